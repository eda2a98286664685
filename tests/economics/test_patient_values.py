"""What stays of patients are worth: integrals found without a search, exact where closed forms exist."""

import numpy as np
import pytest
from scipy.integrate import quad

from remit.economics.integrals import Grid, Integral
from remit.engine.clock import Cycle, make_clock

RATE = 0.04


@pytest.fixture(scope="module")
def clock():
    return make_clock([Cycle(1 / 12)], horizon=88, breaks=[2.0, 5.0, 7.123])


@pytest.mark.parametrize("times", [[0, 1, 1.0001, 50], [0, 0.02, 0.04, 88], np.cumsum([0, 3, 1e-4, 1e-4, 7])])
def test_a_time_is_found_in_the_step_in_which_a_search_finds_it(times):
    grid = Grid(np.array(times, dtype=float))
    asked = np.concatenate([np.linspace(0, times[-1], 4001)[:-1], times[:-1], np.nextafter(times[1:], 0)])
    step, since = grid.locate(asked)
    np.testing.assert_array_equal(step, np.searchsorted(times, asked, side="right") - 1)
    np.testing.assert_array_equal(since, asked - np.array(times)[step])
    assert grid.locate(np.array([times[-1]]))[0] == len(times) - 2


def test_discounted_time_is_that_of_its_closed_form_to_a_millionth(clock):
    factor = (1 + RATE) ** -clock.times
    years = Integral(Grid(clock.times), factor[:-1], factor[1:])
    asked = np.random.default_rng(1).uniform(0, 88, 1000)
    exact = -np.expm1(-np.log1p(RATE) * asked) / np.log1p(RATE)
    np.testing.assert_allclose(years.at(*Grid(clock.times).locate(asked)), exact, rtol=1.1e-6, atol=1e-7)


def test_a_value_that_jumps_and_bends_is_summed_on_both_sides(clock):
    def value(t):
        return (1 + RATE) ** -t * (np.interp(t, [0, 40], [1.0, 0.5]) if t >= 7.123 else 3.0)

    nudge = 1e-9
    ends = [
        np.array([value(t) for t in times]) for times in (clock.times[:-1] + nudge, clock.times[1:] - nudge)
    ]
    whole = Integral(Grid(clock.times), *ends)
    for t in (1.0, 7.2, 39.95, 88.0):
        exact = quad(value, 0, t, points=[p for p in (7.123, 40) if p < t] or None, limit=400)[0]
        found = float(whole.at(*Grid(clock.times).locate(np.array([t])))[0])
        assert found == pytest.approx(exact, rel=2e-6)
