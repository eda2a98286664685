"""Acceptability curves and their frontier."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.analysis import acceptability as module
from remit.analysis.acceptability import ceac, ceaf
from remit.errors import InputError

WTP = np.arange(0, 200_001, 20_000)


def draws(seed, n_draws=500, n_strategies=4):
    random = np.random.default_rng(seed)
    costs = random.gamma(9, 20_000, (n_draws, n_strategies)) + 40_000 * np.arange(n_strategies)
    return costs, random.normal(5, 2, (n_draws, n_strategies)) + 0.5 * np.arange(n_strategies)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_curves_count_the_draws_in_which_each_strategy_is_best():
    costs, qalys = draws(1)
    for row, wtp in zip(ceac(costs, qalys, WTP), WTP, strict=True):
        winners = [max(range(4), key=lambda s: wtp * q[s] - c[s]) for c, q in zip(costs, qalys, strict=True)]
        np.testing.assert_allclose(row, np.bincount(winners, minlength=4) / 500, rtol=1e-12)


def test_the_curves_have_the_axes_wtp_strategy():
    assert ceac(*draws(1), WTP).shape == (11, 4)
    assert ceac(*draws(1), 50_000).shape == (1, 4)
    assert ceaf(*draws(1), WTP).shape == (11,)


def test_curves_sum_to_one_at_every_wtp_also_with_thirds_over_many_draws():
    costs, qalys = draws(1, n_draws=100_000, n_strategies=1)
    for copies in (2, 3, 7):
        tied = ceac(np.repeat(costs, copies, axis=1), np.repeat(qalys, copies, axis=1), WTP)
        assert np.abs(tied.sum(axis=1) - 1).max() <= 1e-12
        np.testing.assert_allclose(tied, 1 / copies, rtol=1e-12)
    assert np.abs(ceac(*draws(2), WTP).sum(axis=1) - 1).max() <= 1e-12


def test_two_identical_strategies_share_what_one_of_them_would_have():
    costs, qalys = draws(1)
    alone = ceac(costs, qalys, WTP)
    twins = ceac(costs[:, [0, 1, 2, 3, 3]], qalys[:, [0, 1, 2, 3, 3]], WTP)
    np.testing.assert_array_equal(twins[:, 3], twins[:, 4])
    np.testing.assert_array_equal(twins[:, 3] + twins[:, 4], alone[:, 3])
    np.testing.assert_array_equal(twins[:, :3], alone[:, :3])


@settings(deadline=None)
@given(st.permutations(range(4)), st.integers(0, 1_000))
def test_the_order_of_strategies_changes_no_number(order, seed):
    costs, qalys = draws(seed, n_draws=20)
    costs[:, 2], qalys[:, 2] = costs[:, 1], qalys[:, 1]
    np.testing.assert_array_equal(
        ceac(costs[:, order], qalys[:, order], WTP), ceac(costs, qalys, WTP)[:, order]
    )


def test_twice_the_currency_at_twice_the_wtp_gives_the_same_curves():
    costs, qalys = draws(1)
    np.testing.assert_array_equal(ceac(2 * costs, qalys, 2 * WTP), ceac(costs, qalys, WTP))
    np.testing.assert_array_equal(ceaf(2 * costs, qalys, 2 * WTP), ceaf(costs, qalys, WTP))


def test_the_frontier_is_the_strategy_with_the_highest_mean_benefit():
    costs, qalys = draws(1)
    means = WTP[:, None] * qalys.mean(axis=0) - costs.mean(axis=0)
    got = ceaf(costs, qalys, WTP)
    np.testing.assert_array_equal(got, means.argmax(axis=1))
    assert len(set(got.tolist())) > 1


def test_the_strategy_on_the_frontier_need_not_be_the_most_probable_one():
    costs, qalys = [[0, 1], [0, 1], [0, -10]], np.zeros((3, 2))
    assert ceac(costs, qalys, [1])[0].argmax() == 0
    assert ceaf(costs, qalys, [1]).tolist() == [1]


def test_the_first_of_equal_strategies_stands_on_the_frontier():
    assert ceaf([[2, 1, 1]], [[0, 0, 0]], [1]).tolist() == [1]


@pytest.mark.parametrize("curve", [ceac, ceaf])
def test_what_does_not_fit_is_refused(curve):
    with pytest.raises(InputError, match="must agree"):
        curve([[1, 2]], [[1, 2, 3]], [1])
    with pytest.raises(InputError, match="costs holds nan"):
        curve([[1, np.nan]], [[1, 2]], [1])
    with pytest.raises(InputError, match="wtp"):
        curve([[1, 2]], [[1, 2]], [-1])
