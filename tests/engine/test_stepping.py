"""The stepping solver: exact steps, and moves by the balance of flows."""

import numpy as np
import pytest
from graphs import MONTH, dying, monthly, nobody_dies, pathway, plain_scales, random_pathway, uneven
from scipy.linalg import expm

from remit.engine import stepping
from remit.engine.stepping import step_probabilities, step_through


def test_a_step_holds_several_moves():
    path = pathway([(0, 1, 0.08 * 12), (0, 2, 0.01 * 12), (1, 2, 0.12 * 12)], [1, 0, 0])
    after = step_probabilities(path, 0, MONTH).move(path.initial[:-1])
    np.testing.assert_allclose(after[:, 0], [0.913931185, 0.072028663, 0.014040152], rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_step_is_the_matrix_exponential(seed):
    path = random_pathway(seed, n_alive=6, n_draws=3)
    after = step_probabilities(path, 0, 0.7).move(path.initial[:-1])
    for draw in range(3):
        q = np.zeros((7, 7))
        for move, hazard in zip(path.transitions, path.hazards[0, :, draw], strict=True):
            q[move.origin, move.destination] += hazard
            q[move.origin, move.origin] -= hazard
        expected = path.initial[:, draw] @ expm(0.7 * q)
        np.testing.assert_allclose(after[:, draw], expected[:-1], rtol=0, atol=1e-13)


def test_only_pairs_that_can_be_reached_are_kept():
    path = pathway([(0, 1, 1.0), (2, 3, 1.0), (1, 3, 1.0)], [1, 0, 0])
    step = step_probabilities(path, 0, 1.0)
    assert step.origins.tolist() == [0, 0, 1, 2]
    assert step.starts.tolist() == [0, 1, 3]


def test_moves_do_not_depend_on_how_fine_the_steps_are():
    path = random_pathway(1, n_alive=5, epochs=(0.0, 0.5))
    counts = []
    for clock in (uneven(4, breaks=(0.5,)), monthly(4)):
        (totals,) = step_through([path], clock, nobody_dies(clock, path.n_draws), plain_scales(clock))
        counts.append(totals.moves["count"])
    np.testing.assert_allclose(counts[0], counts[1], rtol=1e-10, atol=1e-12)


def test_equal_rates_along_a_path_are_no_trouble():
    path = pathway([(0, 1, 3.0), (1, 2, 3.0), (2, 3, 3.0)], [1, 0, 0])
    clock = monthly(30)
    (totals,) = step_through([path], clock, nobody_dies(clock, 1), plain_scales(clock))
    np.testing.assert_allclose(totals.moves["count"][:, 0], 1, rtol=0, atol=1e-12)


def test_a_draw_does_not_depend_on_those_followed_with_it(monkeypatch):
    path = random_pathway(5, n_alive=6, n_draws=40, epochs=(0.0, 0.5))
    clock = uneven(5, breaks=(0.5,))
    arguments = (clock, dying(clock, 0.02, 40), plain_scales(clock, rate=0.03))
    (whole,) = step_through([path], *arguments)
    monkeypatch.setattr(stepping, "WIDTH", 9)
    (parts,) = step_through([path], *arguments)
    assert whole.time["years"].tobytes() == parts.time["years"].tobytes()
    assert whole.moves["count"].tobytes() == parts.moves["count"].tobytes()
    assert whole.alive_at_end.tobytes() == parts.alive_at_end.tobytes()
