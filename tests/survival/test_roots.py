"""Roots of increasing functions against scipy's bracketing solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit as their_expit
from scipy.special import logit as their_logit

from remit.survival.roots import expit, logit, root

ONE = np.ones(1)


def mixture(share, ratio, target):
    return lambda x: (1 - share) * x + share * x**ratio - target


@given(st.floats(0, 1), st.floats(0.05, 20), st.floats(1e-6, 1 - 1e-6))
@settings(deadline=None, max_examples=50)
def test_a_mixture_of_powers_has_the_root_that_brentq_finds(share, ratio, target):
    function = mixture(share, ratio, target)
    got = float(root(function, 0 * ONE, ONE)[0])
    assert abs(function(got)) < 1e-13
    theirs = brentq(function, 0, 1, xtol=1e-15, rtol=1e-14, maxiter=500)
    assert got == pytest.approx(theirs, rel=1e-9, abs=1e-13)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.floats(-6, 6))
@settings(deadline=None, max_examples=50)
def test_a_mixture_of_odds_has_the_root_that_brentq_finds(p, q, b):
    reach = abs(b) + 1
    low, high = float(their_logit(p)) - reach, float(their_logit(p)) + reach

    def function(x):
        return q * their_expit(x) + (1 - q) * their_expit(x + b) - p

    got = float(root(function, low * ONE, high * ONE)[0])
    assert got == pytest.approx(brentq(function, low, high, xtol=1e-15, rtol=1e-14), abs=1e-11)


@pytest.mark.parametrize("ratio", [0.02, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("target", [0.9, 0.5, 0.2])
def test_a_function_that_is_steep_at_0_is_followed_all_the_way(ratio, target):
    """Small steps next to the end of the bracket are not arrival."""
    function = mixture(0.99, ratio, target)
    assert abs(float(function(root(function, 0 * ONE, ONE))[0])) < 1e-12


def test_the_nearer_end_is_returned_where_there_is_no_root():
    low, high = np.zeros(3), np.ones(3)
    got = root(lambda x: x + np.array([2.0, -2.0, -0.5]), low, high)
    assert got.tolist() == [0.0, 1.0, 0.5]


def test_a_root_at_an_end_is_that_end_exactly():
    assert root(lambda x: x**3, np.zeros(1), ONE).tolist() == [0.0]
    assert root(lambda x: x**3 - 1, np.zeros(1), ONE).tolist() == [1.0]


def test_a_root_has_the_same_bytes_whatever_it_is_solved_with():
    random = np.random.default_rng(1)
    shares, ratios, targets = random.random(300), random.gamma(2, 1, 300), random.beta(1, 4, 300)
    together = root(mixture(shares, ratios, targets), np.zeros(300), np.ones(300))
    for width in (1, 7, 100):
        parts = [
            root(
                mixture(shares[i : i + width], ratios[i : i + width], targets[i : i + width]),
                0 * ONE,
                np.ones(1),
            )
            if width == 1
            else root(
                mixture(shares[i : i + width], ratios[i : i + width], targets[i : i + width]),
                np.zeros(len(shares[i : i + width])),
                np.ones(len(shares[i : i + width])),
            )
            for i in range(0, 300, width)
        ]
        assert np.concatenate(parts).tobytes() == together.tobytes()


def test_log_odds_and_their_inverse_are_those_of_scipy():
    p = np.array([1e-300, 1e-12, 0.3, 0.5, 0.999, 1 - 1e-12])
    np.testing.assert_allclose(logit(p), their_logit(p), rtol=1e-12, atol=1e-15)
    x = np.array([-700.0, -30, -1, 0, 1, 30, 40])
    np.testing.assert_allclose(expit(x), their_expit(x), rtol=1e-12)
