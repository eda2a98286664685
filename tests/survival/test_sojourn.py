"""Sojourns in phases: the mean exactly, the spread as near as three phases come."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from remit.survival.sojourn import phase_fractions, phase_rates, sd_over_mean, survive

PLACES = range(15)


def phase_generator(rates):
    """Return the sub-generator of phases in a row: an independent description of the same time."""
    return np.diag(-np.array(rates)) + np.diag(rates[:-1], 1)


def moments(rates):
    """Return mean and sd of a phase-type time from its sub-generator."""
    inverse = np.linalg.inv(-phase_generator(rates))
    first = inverse.sum(axis=1)[0]
    second = 2 * (inverse @ inverse).sum(axis=1)[0]
    return first, np.sqrt(second - first**2)


@given(st.floats(0.001, 5), st.floats(0.1, 2), st.integers(0, 30))
@settings(deadline=None, max_examples=50)
def test_the_mean_is_exact_and_the_sd_the_one_that_is_printed(mean, cv, place):
    rates = [float(rate[0]) for rate in phase_rates(np.array([mean]), cv=cv, place=place)]
    assert 1 <= len(rates) <= 3
    got_mean, got_sd = moments(rates)
    assert got_mean == pytest.approx(mean, rel=1e-12)
    assert got_sd / got_mean == pytest.approx(sd_over_mean(cv, place), rel=1e-7)


@pytest.mark.parametrize(
    ("cv", "phases"), [(2.0, 1), (1.0, 1), (0.8, 2), (0.7, 2), (0.6, 3), (0.465, 3), (0.1, 3)]
)
def test_the_number_of_phases_follows_the_wanted_spread(cv, phases):
    assert len(phase_fractions(cv, 0)) == phases


def test_three_phases_reach_a_spread_of_about_0_64_whatever_the_place():
    reached = [sd_over_mean(0.465, place) for place in PLACES]
    print(f"sd / mean wanted 0.465 (43 days, sd 20), reached {min(reached):.3f} to {max(reached):.3f}")  # noqa: T201 - the report of how near it comes
    assert 0.63 < min(reached) < max(reached) < 0.68


@pytest.mark.parametrize("cv", [0.72, 0.75, 0.8])
def test_two_phases_come_within_0_03_of_the_wanted_spread(cv):
    assert sd_over_mean(cv, 0) == pytest.approx(cv, abs=0.03)


def test_no_two_phases_of_sojourns_on_one_path_share_a_rate():
    """One path holds the wait, a second attempt, response, wait for HSCT and its first year."""
    fractions = [
        fraction for place in range(5) for fraction in phase_fractions(0.5, place) if fraction != 0.30
    ]
    assert np.min(np.diff(np.sort(fractions))) > 1e-3


@given(st.floats(0.01, 3), st.sampled_from([0.4, 0.75, 1.0]), st.integers(0, 10), st.floats(0, 20))
@settings(deadline=None, max_examples=50)
def test_who_outlives_a_sojourn_is_what_the_markov_process_says(mean, cv, place, hazard):
    rates = [float(rate[0]) for rate in phase_rates(np.array([mean]), cv=cv, place=place)]
    n = len(rates)
    generator = np.zeros((n + 2, n + 2))  # phases, arrived, lost
    for i, rate in enumerate(rates):
        generator[i, i + 1] = rate
        generator[i, n + 1] = hazard
        generator[i, i] = -rate - hazard
    expected = expm(generator * mean * 200)[0, n]
    got = survive([np.array([rate]) for rate in rates], np.array([hazard]))
    assert got == pytest.approx([expected], abs=1e-9)
