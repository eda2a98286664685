"""The expected value of learning some parameters, against closed forms and nested simulation."""

# ruff: noqa: E501 - one line for each mistake in the table

import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from remit.analysis import evpi, evppi
from remit.analysis.information import evppi_of_each, partial
from remit.errors import InputError

WTP = [50_000.0]


def unit_loss(mean, sd):
    """Return E max(0, X) - max(0, E X) of a normal X (Raiffa and Schlaifer's unit normal loss)."""
    return sd * norm.pdf(mean / sd) - abs(mean) * norm.sf(abs(mean) / sd)


def linear(seed, n_draws=5_000, n_parameters=10, mean=1_000.0):
    """Return costs, QALYs and parameters whose incremental net benefit at EUR 50,000 is a sum of normals."""
    known = np.random.default_rng(seed).normal(size=(n_draws, n_parameters))
    weights = np.linspace(0, 2_000, n_parameters)
    costs = np.stack([np.zeros(n_draws), -0.4 * (mean + known @ weights)], axis=1)
    qalys = np.stack([np.ones(n_draws), 1 + 0.6 * (mean + known @ weights) / WTP[0]], axis=1)
    return costs, qalys, {f"x{i}": known[:, i] for i in range(n_parameters)}, weights


def value_of(inmb, parameters, names):
    """Return EVPPI and its error of an incremental net benefit, (draw,)."""
    costs = np.stack([np.zeros(inmb.size), -inmb], axis=1)
    (estimate,), (error,) = evppi(costs, np.ones_like(costs), parameters, [0.0], names=names)
    return estimate, error


def test_the_example_in_the_docstring_holds():
    result = doctest.testmod(partial)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("places", [[4], [9], [5, 8], [3, 5, 9], [3, 4, 5, 7, 9], list(range(10))])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_linear_normal_benefit_has_the_value_of_its_closed_form(seed, places):
    costs, qalys, known, weights = linear(seed)
    estimate, error = evppi(costs, qalys, known, WTP, names=[f"x{i}" for i in places])
    truth = unit_loss(1_000.0, np.sqrt(np.sum(weights[places] ** 2)))
    assert 0 < error[0] < 0.2 * truth + 20
    assert abs(estimate[0] - truth) < 3 * error[0]


def test_the_error_is_the_spread_of_the_estimate_over_repeated_samples():
    # A fixed sample of x, so that both parts of the error have something to do.
    found = np.array([value_of_noisy(seed) for seed in range(60)])
    assert np.mean(found[:, 1]) == pytest.approx(np.std(found[:, 0]), rel=0.25)


def value_of_noisy(seed):
    random = np.random.default_rng(seed)
    x, noise = random.normal(size=(2, 1_000))
    return value_of(300 + 1_000 * np.sin(x) + 3_000 * noise, {"x": x}, ["x"])


def test_rows_of_a_posterior_that_are_used_again_count_less():
    # 5 copies of 300 rows, of which one column is learnt and another, shared alike, is not: the errors of
    # rows that share both are the same, and a fit that took them for 1,500 draws would be too sure.
    z = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        x, other = np.tile(random.normal(size=(2, 300)), 5)
        estimate, error = value_of(500 + 1_000 * x + 4_000 * other, {"x": x}, ["x"])
        z.append((estimate - unit_loss(500, 1_000)) / error)
    assert 0.6 < np.sqrt(np.mean(np.square(z))) < 1.5


def test_copies_of_the_same_draws_make_no_surer():
    costs, qalys, known, _ = linear(7, 400, 2)
    once = evppi(costs, qalys, known, WTP, names=["x1"])
    copied = {name: np.tile(column, 5) for name, column in known.items()}
    again = evppi(np.tile(costs, (5, 1)), np.tile(qalys, (5, 1)), copied, WTP, names=["x1"])
    np.testing.assert_allclose(again, once, rtol=1e-6)


def nested(outer, inner, inmb):
    """Return EVPPI by two loops: draws of what is learnt, and of the rest within each."""
    means = np.array([inmb(*row, *inner).mean() for row in outer])
    return np.maximum(means, 0).mean() - max(means.mean(), 0), means.std() / np.sqrt(len(means))


def test_one_parameter_of_a_curved_model_agrees_with_nested_simulation():
    def inmb(x, y):
        return 2_000 * (np.exp(1.5 * x + 0.5 * y) - 1.9 * (1 + y**2 * x))

    random = np.random.default_rng(1)
    truth, mc = nested(random.uniform(-1, 1, (3_000, 1)), random.normal(size=(1, 2_000)), inmb)
    x, y = random.uniform(-1, 1, 8_000), random.normal(size=8_000)
    estimate, error = value_of(inmb(x, y), {"x": x, "y": y}, ["x"])
    assert truth > 5 * mc
    assert abs(estimate - truth) < 3 * np.hypot(error, mc)


@pytest.mark.parametrize("more", [0, 4])
def test_parameters_that_act_together_agree_with_nested_simulation(more):
    # Alone neither x nor y is worth anything here: their product decides. With more inputs, which say
    # nothing, the splines of products give way to random features.
    def inmb(x, y, z):
        return 3_000 * x * y * z + 500 * (z - 1)

    random = np.random.default_rng(2)
    truth, mc = nested(random.normal(size=(4_000, 2)), random.gamma(4, 0.25, (1, 1_000)), inmb)
    known = {f"x{i}": random.normal(size=6_000) for i in range(2 + more)}
    benefit = inmb(known["x0"], known["x1"], random.gamma(4, 0.25, 6_000))
    estimate, error = value_of(benefit, known, list(known))
    alone, _ = value_of(benefit, known, ["x0"])
    assert alone < 0.2 * truth
    assert abs(estimate - truth) < 3 * np.hypot(error, mc) + (0.03 * truth if more else 0)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 6))
def test_v48_everything_is_worth_no_less_than_a_group_and_a_group_than_one_of_it(seed, n_strategies, n_more):
    random = np.random.default_rng(seed)
    n = 600
    known = random.normal(size=(n, 1 + n_more))
    effects = random.normal(size=(1 + n_more, n_strategies))
    qalys = known @ effects + 0.3 * known[:, :1] ** 2 * effects[:1] + random.normal(size=(n, n_strategies))
    costs = random.normal(size=(n, n_strategies)) * 1e4
    table, wtp = {f"x{i}": column for i, column in enumerate(known.T)}, [0.0, 1e4, 1e5]
    alone, alone_error = evppi(costs, qalys, table, wtp, names=["x0"])
    group, group_error = evppi(costs, qalys, table, wtp, names=list(table))
    everything = evpi(costs, qalys, wtp)
    assert (alone >= 0).all()
    assert (group >= alone - 4 * np.hypot(alone_error, group_error) - 1e-9).all()
    assert (everything >= group - 4 * group_error - 1e-9).all()


def test_what_does_not_vary_is_worth_exactly_nothing():
    costs, qalys, known, _ = linear(1, 500)
    known["fixed"] = np.full(500, 0.3)
    assert [part.tolist() for part in evppi(costs, qalys, known, WTP, names=["fixed"])] == [[0.0], [0.0]]
    once = evppi(costs, qalys, known, WTP, names=["x9"])
    np.testing.assert_allclose(evppi(costs, qalys, known, WTP, names=["fixed", "x9"]), once, rtol=1e-9)
    one = evppi(costs[:, :1], qalys[:, :1], known, [0, 1e5], names=["x9"])
    assert [part.tolist() for part in one] == [[0.0, 0.0], [0.0, 0.0]]


def test_shares_that_sum_to_1_are_as_good_as_all_but_one_of_them():
    random = np.random.default_rng(3)
    shares = random.dirichlet([4, 5, 6], 2_000)
    known = {f"share_{name}": shares[:, i] for i, name in enumerate("abc")}
    inmb = 5_000 * (shares[:, 0] - shares[:, 1]) + random.normal(size=2_000) * 500
    three = value_of(inmb, known, list(known))
    two = value_of(inmb, known, ["share_a", "share_b"])
    assert three[0] == pytest.approx(two[0], rel=1e-9)
    assert three[0] > 200


def test_of_a_parameter_with_few_values_each_has_its_own_mean():
    random = np.random.default_rng(4)
    kind = random.integers(0, 3, 3_000).astype(float)
    inmb = np.array([-900.0, 1_500.0, -300.0])[kind.astype(int)] + random.normal(size=3_000) * 1_000
    estimate, error = value_of(inmb, {"kind": kind}, ["kind"])
    means = np.array([inmb[kind == value].mean() for value in range(3)])
    expected = np.maximum(means, 0)[kind.astype(int)].mean() - max(inmb.mean(), 0)
    assert estimate == pytest.approx(expected, rel=1e-9)
    assert 5 < error < 50


def test_the_order_of_names_and_strategies_does_not_matter_and_currency_scales_it():
    costs, qalys, known, _ = linear(5, 1_000)
    names = [f"x{i}" for i in range(3, 9)]
    once, error = evppi(costs, qalys, known, [2e4, 5e4], names=names)
    turned, _ = evppi(costs, qalys, known, [2e4, 5e4], names=names[::-1])
    np.testing.assert_allclose(turned, once, rtol=1e-6)
    np.testing.assert_allclose(evppi(costs[:, ::-1], qalys[:, ::-1], known, [2e4, 5e4], names=names)[0], once)
    twice = evppi(2 * costs, qalys, known, [4e4, 1e5], names=names)
    np.testing.assert_allclose(twice, [2 * once, 2 * error])


def test_each_alone_is_the_same_as_one_after_the_other_and_takes_a_data_frame():
    costs, qalys, known, _ = linear(6, 500)
    table = pd.DataFrame({"draw": np.arange(500), **known})
    each = evppi_of_each(costs, qalys, table, WTP)
    assert list(each) == list(known)
    np.testing.assert_array_equal(each["x7"], evppi(costs, qalys, known, WTP, names=["x7"]))
    groups = evppi_of_each(costs, qalys, table, WTP, groups={"some": ["x1", "x9"]})
    np.testing.assert_array_equal(groups["some"], evppi(costs, qalys, known, WTP, names=["x1", "x9"]))


@pytest.mark.parametrize(
    ("changed", "names", "wtp", "words"),
    [
        ({}, ["x99"], WTP, "x99: no such column of draws (did you mean 'x9'?)"),
        ({"x1": np.zeros(99)}, ["x1"], WTP, "x1: must have a row for each of 100 draws, but its shape is (99,)"),
        ({"x1": np.full(100, np.nan)}, ["x1"], WTP, "x1: every draw must be a finite number"),
        ({"x1": np.full(100, "a")}, ["x1"], WTP, "x1: must hold numbers"),
        ({"draw": np.arange(100)[::-1]}, ["x1"], WTP, "draw: rows must be numbered 0 to 99"),
        ({}, [], WTP, "names: needs the names of the parameters"),
        ({}, ["x1", "x1"], WTP, "names = 'x1, x1': each parameter at most once"),
        ({}, [f"x{i}" for i in range(8)], WTP, "100 draws cannot tell what 8 parameters are worth together (needs 180 draws or more)"),
        ({}, ["x1"], [], "wtp is empty"),
        ({}, ["x1"], [5.0, -1.0], "wtp = -1.0: must be 0 or more"),
        ({}, ["x1"], [np.inf], "wtp holds inf"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_from_is_refused(changed, names, wtp, words):
    costs, qalys, known, _ = linear(1, 100)
    with pytest.raises(InputError) as caught:
        evppi(costs, qalys, {**known, **changed}, wtp, names=names)
    assert words in str(caught.value)


def test_every_mistake_of_every_group_is_told_at_once():
    costs, qalys, known, _ = linear(1, 100)
    with pytest.raises(InputError) as caught:
        evppi_of_each(costs, qalys, known, WTP, groups={"a": ["y"], "b": ["z"]})
    assert [problem.key for problem in caught.value.problems] == ["y", "z"]


def test_outcomes_that_do_not_agree_are_refused():
    with pytest.raises(InputError, match="must agree"):
        evppi([[1, 2]], [[1, 2, 3]], {"x": [1]}, WTP, names=["x"])
