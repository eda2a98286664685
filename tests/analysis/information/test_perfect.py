"""The expected value of perfect information."""

import doctest
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.analysis.information import evpi, evpi_error, perfect, population, smooth
from remit.errors import InputError


def two_options(seed, n_draws):
    """Return costs and QALYs whose incremental net benefit is normal with mean 2,000 and sd 10,000."""
    benefit = np.random.default_rng(seed).normal(2_000, 10_000, n_draws)
    return np.stack([np.zeros(n_draws), -benefit], axis=1), np.zeros((n_draws, 2))


@pytest.mark.parametrize("module", [perfect, population, smooth])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(("n_draws", "sd"), [(1_000, 164), (10_000, 51), (100_000, 17)])
@pytest.mark.parametrize("seed", [1, 2])
def test_two_options_with_a_normal_benefit_have_the_evpi_of_the_textbook(n_draws, sd, seed):
    assert evpi(*two_options(seed, n_draws), [50_000]) == pytest.approx([3068.95], abs=4 * sd)


def test_it_is_the_mean_of_the_best_less_the_best_of_the_means():
    random = np.random.default_rng(1)
    costs, qalys, wtp = random.random((200, 3)), random.random((200, 3)), np.array([0, 0.5, 1.0, 4.0])
    nmb = qalys[:, :, None] * wtp - costs[:, :, None]
    expected = nmb.max(axis=1).mean(axis=0) - nmb.mean(axis=0).max(axis=0)
    got = evpi(costs, qalys, wtp)
    assert got.shape == (4,)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 50), st.integers(1, 4))
def test_it_is_never_negative_not_by_the_last_bit(seed, n_draws, n_strategies):
    random = np.random.default_rng(seed)
    costs, qalys = random.normal(1e5, 1e-3, (n_draws, n_strategies)), random.random((n_draws, n_strategies))
    costs[:, 0] -= 10 * random.integers(0, 2)
    assert (evpi(costs, qalys, [0, 1e-4, 1.0, 1e5]) >= 0).all()


def test_it_is_exactly_nothing_where_one_strategy_is_best_in_every_draw():
    random = np.random.default_rng(1)
    costs = random.random((1_000, 1)) * 1e5 + np.array([0.0, 0.1, 1_000.0])
    assert evpi(costs, np.ones((1_000, 3)), [0, 50_000]).tolist() == [0.0, 0.0]


def test_it_is_exactly_nothing_for_one_draw_one_strategy_or_identical_ones():
    costs, qalys = two_options(1, 1_000)
    assert evpi(costs[:1], qalys[:1], [1]).tolist() == [0.0]
    assert evpi(costs[:, 1:], qalys[:, 1:], [1]).tolist() == [0.0]
    assert evpi(costs[:, [1, 1]], qalys[:, [1, 1]], [1]).tolist() == [0.0]


def test_the_order_of_strategies_does_not_matter_and_currency_scales_it():
    random = np.random.default_rng(1)
    costs, qalys, wtp = random.random((200, 3)), random.random((200, 3)), np.array([0.5, 4.0])
    once = evpi(costs, qalys, wtp)
    np.testing.assert_array_equal(evpi(costs[:, ::-1], qalys[:, ::-1], wtp), once)
    np.testing.assert_array_equal(evpi(2 * costs, qalys, 2 * wtp), 2 * once)


def test_memory_does_not_grow_with_the_number_of_thresholds():
    costs, qalys = two_options(1, 20_000)
    tracemalloc.start()
    evpi(costs, qalys, np.linspace(0, 1e5, 100))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * costs.nbytes


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="must agree"):
        evpi([[1, 2]], [[1, 2, 3]], [1])
    with pytest.raises(InputError, match="qalys holds inf"):
        evpi([[1, 2]], [[1, np.inf]], [1])


def test_its_monte_carlo_error_is_the_spread_of_it_over_repeated_samples():
    found = [evpi(*two_options(seed, 500), [1.0])[0] for seed in range(300)]
    errors = [evpi_error(*two_options(seed, 500), [1.0])[0] for seed in range(20)]
    # At a mean of 2,000 the loss of the strategy chosen is most of what varies.
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.2)
