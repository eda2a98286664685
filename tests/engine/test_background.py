import numpy as np

from remit.engine.background import make_background, no_background

LENGTHS = np.array([0.5, 1.0, 2.0])
TIMES = np.array([0, 0.5, 1.5, 3.5])


def test_the_hazard_leads_from_one_grid_point_to_the_next():
    survival = np.exp(-np.array([0.01, 0.2]) * TIMES[:, None])
    background = make_background(survival, LENGTHS)
    np.testing.assert_allclose(background.hazard, np.tile([0.01, 0.2], (3, 1)), rtol=1e-12)
    np.testing.assert_allclose(survival[:-1] * background.ratio, survival[1:], rtol=1e-15)


def test_where_nobody_is_left_nothing_is_divided_by_zero():
    background = make_background(np.array([[1.0], [1e-200], [0.0], [0.0]]), LENGTHS)
    assert np.all(np.isfinite(background.hazard))
    assert background.survival[-1, 0] < 1e-200


def test_without_mortality_all_survive_every_step():
    background = no_background(3, 2)
    assert background.survival.shape == (4, 2)
    assert np.all(background.survival == 1)
    assert np.all(background.ratio == 1)
    assert not background.hazard.any()


def test_the_background_of_some_draws_is_theirs_on_every_step():
    background = make_background(np.exp(-np.arange(5) * TIMES[:, None]), LENGTHS)
    some = background.take(np.array([3, 1]))
    np.testing.assert_array_equal(some.survival, background.survival[:, [3, 1]])
    np.testing.assert_array_equal(some.hazard, background.hazard[:, [3, 1]])
    np.testing.assert_array_equal(some.ratio, background.ratio[:, [3, 1]])
