"""Weights over steps of time: exactness, order of convergence, uneven grids."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.engine import quadrature as module
from remit.engine.quadrature import point_weights, step_weights
from remit.errors import InputError

CORRECTIONS = ["half-cycle", "simpson", "start", "end"]
MONTHLY_THEN_YEARLY = np.concatenate([np.arange(61) / 12, np.arange(6, 26)])


def integral(times, correction, function):
    at_start, at_end = step_weights(times, correction)
    values = function(np.asarray(times, float))
    return float((at_start * values[:-1] + at_end * values[1:]).sum())


def refused(*arguments):
    with pytest.raises(InputError) as caught:
        step_weights(*arguments)
    return str(caught.value)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("correction", "at_start", "at_end"),
    [
        ("half-cycle", [1, 1, 1], [1, 1, 1]),
        ("start", [2, 2, 2], [0, 0, 0]),
        ("end", [0, 0, 0], [2, 2, 2]),
        ("simpson", [2 / 3, 4 / 3, 1], [4 / 3, 2 / 3, 1]),
    ],
)
def test_each_correction_splits_a_step_as_it_says(correction, at_start, at_end):
    got = step_weights([0, 2, 4, 6], correction)
    np.testing.assert_allclose(got, [at_start, at_end], rtol=1e-15)


def test_simpson_weights_are_one_third_then_four_thirds_then_two_thirds():
    got = point_weights(np.arange(7), "simpson")
    np.testing.assert_allclose(got, np.array([1, 4, 2, 4, 2, 4, 1]) / 3, rtol=1e-15)


def test_an_odd_last_step_takes_the_trapezoid():
    got = point_weights(np.arange(4), "simpson")
    np.testing.assert_allclose(got, [1 / 3, 4 / 3, 1 / 3 + 1 / 2, 1 / 2], rtol=1e-15)


def test_each_run_of_equal_steps_is_handled_by_itself():
    got = point_weights([0, 1, 2, 3, 5, 7, 10], "simpson")
    by_run = np.zeros(7)
    for first, last in [(0, 3), (3, 5), (5, 6)]:
        by_run[first : last + 1] += point_weights([0, 1, 2, 3, 5, 7, 10][first : last + 1], "simpson")
    np.testing.assert_allclose(got, by_run, rtol=1e-15)
    np.testing.assert_allclose(got[3:6], [1 / 2 + 2 / 3, 8 / 3, 2 / 3 + 3 / 2], rtol=1e-15)


def test_months_in_floating_point_are_one_run_of_equal_steps():
    at_start, _ = step_weights(1 / 12 * np.arange(1201), "simpson")
    np.testing.assert_allclose(at_start, np.tile([1 / 36, 2 / 36], 600), rtol=1e-10)


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("times", [np.arange(11), np.arange(12), MONTHLY_THEN_YEARLY, [0, 1, 4, 4.5]])
def test_a_constant_is_integrated_exactly_on_any_grid(correction, times):
    assert integral(times, correction, np.ones_like) == pytest.approx(times[-1] - times[0], abs=1e-10)


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=30))
def test_the_trapezoid_is_exact_for_lines_on_any_grid(lengths):
    times = np.append(0, np.cumsum(lengths))
    got = integral(times, "half-cycle", lambda t: 3 * t + 1)
    assert got == pytest.approx(1.5 * times[-1] ** 2 + times[-1], rel=1e-10)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 5), st.integers(1, 4)), min_size=1, max_size=8))
def test_simpson_is_exact_for_cubics_where_every_run_of_steps_is_even(runs):
    lengths = np.concatenate([[length] * (2 * pairs) for length, pairs in runs])
    times = np.append(0, np.cumsum(lengths))
    got = integral(times, "simpson", lambda t: t**3)
    assert got == pytest.approx(times[-1] ** 4 / 4, rel=1e-9)


@pytest.mark.parametrize(
    ("correction", "ratio"), [("half-cycle", 4), ("simpson", 16), ("start", 2), ("end", 2)]
)
def test_halving_the_step_divides_the_error_as_the_order_of_the_rule_says(correction, ratio):
    def error(n_steps):
        return abs(integral(np.linspace(0, 10, n_steps + 1), correction, lambda t: np.exp(-t / 3)) - exact)

    exact = 3 * (1 - np.exp(-10 / 3))
    assert error(40) / error(80) == pytest.approx(ratio, rel=0.05)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_grid_of_one_point_has_no_steps(correction):
    at_start, at_end = step_weights([3.0], correction)
    assert at_start.shape == at_end.shape == (0,)
    assert point_weights([3.0], correction).tolist() == [0.0]


@pytest.mark.parametrize("times", [[0, 1, 1], [0, 2, 1]])
def test_times_that_do_not_increase_are_refused(times):
    assert f"{float(times[1])} is followed by {float(times[2])}" in refused(times, "start")


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([], "empty"),
        ([0, np.nan], "holds nan at point 1"),
        ([[0, 1]], "axes (point)"),
        (["a"], "hold numbers"),
    ],
)
def test_times_that_are_no_grid_are_refused(times, words):
    assert words in refused(times, "start")


def test_an_unknown_correction_is_refused_with_the_nearest_name():
    assert "'simpson'" in refused([0, 1], "simpsons")
    assert "half-cycle, simpson, start, end" in refused([0, 1], "qqq")
    assert "unknown correction" in refused([0, 1], ["simpson"])
