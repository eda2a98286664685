"""Running means and their errors, and whether the draws settle a decision (V77, V78)."""

import numpy as np
import pytest

from remit.analysis.convergence import lead_of, running_means
from remit.errors import InputError


def test_running_means_and_errors_are_those_of_the_first_draws():
    values = np.random.default_rng(1).normal(5e8, 3.0, (500, 2))
    found = running_means(values, points=7)
    assert found.draws[0] == 10
    assert found.draws[-1] == 500
    for place, n in enumerate(found.draws):
        np.testing.assert_allclose(found.means[place], values[:n].mean(axis=0), rtol=1e-12)
        expected = values[:n].std(axis=0, ddof=1) / np.sqrt(n)
        np.testing.assert_allclose(found.errors[place], expected, rtol=1e-6)


@pytest.mark.parametrize(("n", "error"), [(500, 0.0224), (1000, 0.0158), (5000, 0.0071), (10_000, 0.0050)])
def test_the_error_of_a_probability_of_one_half_is_that_of_the_textbook(n, error):
    best = (np.arange(n) % 2).astype(float)[:, None]
    assert running_means(best).errors[-1, 0] == pytest.approx(error, abs=5e-5)


def test_one_draw_has_no_error_and_no_draws_are_refused():
    found = running_means([[2.0]])
    assert found.means.tolist() == [[2.0]]
    assert np.isnan(found.errors).all()
    with pytest.raises(InputError):
        running_means(np.empty((0, 1)))


def test_intervals_cover_the_truth_in_95_of_100_toy_analyses():
    rng = np.random.default_rng(20180201)
    inside = 0
    for _ in range(1000):
        inmb = rng.gamma(4.0, 2500.0, 200) - 8000.0  # mean 2,000
        last = running_means(inmb[:, None], points=2)
        inside += abs(last.means[-1, 0] - 2000) <= 1.96 * last.errors[-1, 0]
    assert 0.93 <= inside / 1000 <= 0.97


def test_a_lead_of_less_than_two_errors_is_not_settled():
    rng = np.random.default_rng(3)
    near = np.stack([rng.normal(0, 1, 400), rng.normal(0.02, 1, 400)], axis=1)
    assert not lead_of(near).is_resolved
    far = near + np.array([0.0, 1.0])
    assert lead_of(far).is_resolved
    assert lead_of(far).best == 1
    assert lead_of(far).lead == pytest.approx(far.mean(axis=0)[1] - far.mean(axis=0)[0])
