"""Mixture cure curves: hazard ratios on the whole hazard, and mixtures that keep what a trial reports."""

import doctest
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from remit.survival import cure as module
from remit.survival.cure import Cure, reference_of_mixture, under_hazard_ratio


def curve(durable, rate):
    return Cure(np.atleast_1d(np.float64(durable)), np.atleast_1d(np.float64(rate)))


def fragile_time(durable, rate, ratio):
    """Return the integral over time of S(t)^H less its plateau, in time, not by the model's substitution."""

    def above(t):
        return (durable + (1 - durable) * np.exp(-rate * t)) ** ratio - durable**ratio

    ends = np.array([0, 0.1, 0.5, 1, 2, 5, 10, 40, 400]) / rate
    pieces = pairwise(ends)
    return sum(quad(above, a, b, epsabs=1e-12, epsrel=1e-12, limit=200)[0] for a, b in pieces)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_survival_is_the_closed_form_with_its_plateau():
    got = curve(0.4, 1.0)
    assert got.survival(5.0) * np.exp(-0.05) == pytest.approx([0.384337370], abs=1e-9)
    assert got.survival(0.0).tolist() == [1.0]
    assert got.survival(1e9) == pytest.approx([0.4], abs=1e-15)


@given(st.floats(0.02, 0.98), st.floats(0.1, 20), st.floats(0.4, 5))
@settings(deadline=None, max_examples=50)
def test_a_hazard_ratio_keeps_the_plateau_and_the_mean_relapse_free_time(durable, rate, ratio):
    got = under_hazard_ratio(curve(durable, rate), np.array([ratio]))
    assert got.durable == pytest.approx([durable**ratio], rel=1e-12)
    mean = (1 - got.durable[0]) / got.rate[0]
    assert mean == pytest.approx(fragile_time(durable, rate, ratio), rel=1e-4)


@pytest.mark.parametrize(
    ("durable", "ratio", "within"), [(0.0, 0.5, 0.03), (0.0, 0.8, 0.002), (0.01, 0.5, 1e-4), (0.0, 3.0, 1e-9)]
)
def test_where_hardly_anyone_is_durable_the_mean_is_lost_as_the_docstring_says(durable, ratio, within):
    got = under_hazard_ratio(curve(durable, 1.0), np.array([ratio]))
    mean = (1 - got.durable[0]) / got.rate[0]
    assert mean == pytest.approx(fragile_time(durable, 1.0, ratio), rel=within)


@pytest.mark.parametrize("ratio", [0.5, 1.25, 2.0, 2.5, 3.0, 5.0])
def test_the_curve_stays_within_0_05_of_the_whole_hazard_times_the_ratio(ratio):
    durable = np.linspace(0.01, 0.99, 99)
    start = curve(durable, 1.3)
    got = under_hazard_ratio(start, np.full(99, ratio))
    gaps = [np.abs(got.survival(t) - start.survival(t) ** ratio).max() for t in np.linspace(0, 20, 400)]
    assert max(gaps) < 0.05


def test_a_ratio_of_1_and_a_curve_without_relapse_stay_as_they_are_bit_for_bit():
    random = np.random.default_rng(1)
    start = Cure(random.random(500), random.gamma(2, 1, 500))
    got = under_hazard_ratio(start, np.ones(500))
    assert got.durable.tobytes() == start.durable.tobytes()
    assert got.rate.tobytes() == start.rate.tobytes()
    all_durable = Cure(np.ones(500), start.rate)
    got = under_hazard_ratio(all_durable, random.gamma(2, 1, 500))
    assert got.durable.tolist() == [1.0] * 500
    assert got.rate.tobytes() == start.rate.tobytes()


def test_two_ratios_in_a_row_are_their_product_on_the_plateau():
    start = curve(0.6, 1.5)
    twice = under_hazard_ratio(under_hazard_ratio(start, np.array([1.5])), np.array([2.0]))
    assert twice.durable == pytest.approx(under_hazard_ratio(start, np.array([3.0])).durable, rel=1e-12)


def test_a_draw_does_not_depend_on_its_block():
    random = np.random.default_rng(2)
    whole, share, ratio = (
        Cure(random.random(40), random.gamma(2, 1, 40)),
        random.random(40),
        random.gamma(4, 0.5, 40),
    )
    together = reference_of_mixture(whole, share, ratio)
    for i in (0, 7, 39):
        one = reference_of_mixture(Cure(whole.durable[[i]], whole.rate[[i]]), share[[i]], ratio[[i]])
        assert one.durable.tobytes() == together.durable[[i]].tobytes()
        assert one.rate.tobytes() == together.rate[[i]].tobytes()


@given(st.floats(0.01, 0.99), st.floats(0.1, 20), st.floats(0, 1), st.floats(0.3, 6))
@settings(deadline=None, max_examples=50)
def test_a_mixture_of_the_reference_and_its_ratio_is_the_curve_of_the_trial(durable, rate, share, ratio):
    whole, part, h = curve(durable, rate), np.array([share]), np.array([ratio])
    reference = reference_of_mixture(whole, part, h)
    other = under_hazard_ratio(reference, h)
    mixed = (1 - share) * reference.durable + share * other.durable
    assert mixed == pytest.approx([durable], abs=1e-12)
    mean = (1 - share) * (1 - reference.durable) / reference.rate + share * (1 - other.durable) / other.rate
    assert mean == pytest.approx([(1 - durable) / rate], rel=1e-9)


def test_a_mixture_without_the_other_class_or_with_a_ratio_of_1_is_the_curve_itself():
    whole = curve([0.0, 0.3, 0.9, 1.0], [1.0, 2.0, 3.0, 4.0])
    for share, ratio in ((0.0, 2.5), (0.4, 1.0), (1.0, 1.0)):
        got = reference_of_mixture(whole, np.full(4, share), np.full(4, ratio))
        assert got.durable == pytest.approx(whole.durable, abs=1e-15)
        assert got.rate == pytest.approx(whole.rate, rel=1e-12)
