"""Dominance, ICERs, net monetary benefit, and their words."""

import doctest
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.economics import comparison as module
from remit.economics.comparison import (
    describe_pairwise,
    incremental_analysis,
    iterate_nmb,
    net_monetary_benefit,
)
from remit.errors import InputError

COLUMNS = ["strategy", "costs", "qalys", "incremental_costs", "incremental_qalys", "icer", "status"]


def statuses(*points):
    """Return the status of each (cost, QALYs) in the order given."""
    names = [f"s{index}" for index in range(len(points))]
    table = incremental_analysis(names, *zip(*points, strict=True)).set_index("strategy")
    return [table.loc[name, "status"] for name in names]


def brute_force(points):
    """Return the status of each point from the definitions alone, in exact arithmetic."""

    def status(index):
        cost, qaly = points[index]
        others = [point for point in points if point != (cost, qaly)]
        if any(c <= cost and q >= qaly for c, q in others):
            return "dominated"
        for low_cost, low_qaly in others:
            for high_cost, high_qaly in others:
                if low_qaly < qaly < high_qaly:
                    share = Fraction(qaly - low_qaly, high_qaly - low_qaly)
                    if low_cost + share * (high_cost - low_cost) < cost:
                        return "extendedly dominated"
        return "equal" if (cost, qaly) in points[:index] else "frontier"

    return [status(index) for index in range(len(points))]


def refused(function, *arguments):
    with pytest.raises(InputError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


# Incremental analysis


def test_the_table_has_the_columns_of_the_contract_sorted_by_cost():
    table = incremental_analysis(["b", "c", "a"], [20, 30, 10], [2, 2.5, 1])
    assert list(table.columns) == COLUMNS
    assert list(table["strategy"]) == ["a", "b", "c"]
    assert list(table.index) == [0, 1, 2]
    np.testing.assert_array_equal(table["costs"], [10, 20, 30])
    np.testing.assert_array_equal(table["qalys"], [1, 2, 2.5])
    np.testing.assert_array_equal(table["incremental_costs"], [np.nan, 10, 10])
    np.testing.assert_array_equal(table["incremental_qalys"], [np.nan, 1, 0.5])
    np.testing.assert_array_equal(table["icer"], [np.nan, 10, 20])
    assert list(table["status"]) == ["frontier"] * 3


def test_three_strategies_in_a_row_fall_to_extended_dominance_by_a_fifth():
    costs, qalys = [0, 10_000, 22_000, 34_000, 40_000], [0, 0.2, 0.45, 0.6, 1.0]
    table = incremental_analysis(list("ABCDE"), costs, qalys)
    assert list(table["status"]) == ["frontier", *["extendedly dominated"] * 3, "frontier"]
    assert table["icer"].tolist()[-1] == 40_000
    assert table[["incremental_costs", "incremental_qalys", "icer"]][:4].isna().all(axis=None)


def test_a_strategy_dearer_and_worse_is_dominated():
    assert statuses((10, 2), (20, 1)) == ["frontier", "dominated"]


def test_a_strategy_as_dear_but_worse_is_dominated_whichever_comes_first():
    assert statuses((10, 2), (10, 1)) == ["frontier", "dominated"]
    assert statuses((10, 1), (10, 2)) == ["dominated", "frontier"]


def test_a_strategy_as_good_but_dearer_is_dominated():
    assert statuses((10, 2), (11, 2)) == ["frontier", "dominated"]


def test_a_strategy_dominated_by_one_that_is_itself_extendedly_dominated_is_dominated():
    assert statuses((0, 0), (50, 1), (60, 0.5), (60, 4)) == [
        "frontier",
        "extendedly dominated",
        "dominated",
        "frontier",
    ]


def test_the_later_of_two_equal_strategies_is_called_equal_and_has_no_increments():
    table = incremental_analysis(["a", "b", "c", "d"], [0, 10, 10, 10], [0, 1, 1, 1])
    assert list(table["status"]) == ["frontier", "frontier", "equal", "equal"]
    assert table["icer"].tolist()[1] == 10
    assert table[["incremental_costs", "incremental_qalys", "icer"]][2:].isna().all(axis=None)


def test_the_twin_of_a_dominated_strategy_is_dominated_too():
    assert statuses((0, 1), (10, 0.5), (10, 0.5)) == ["frontier", "dominated", "dominated"]
    assert statuses((0, 0), (50, 1), (50, 1), (60, 4))[1:3] == ["extendedly dominated"] * 2


def test_strategies_on_one_line_all_stay_on_the_frontier_in_floating_point():
    qalys = np.array([0, 0.1, 0.2, 0.3, 0.7, 1.1])
    for price in (1.0, 3.0, 50_000.0, 1 / 3):
        assert set(statuses(*zip(price * qalys, qalys, strict=True))) == {"frontier"}


def test_costs_and_qalys_may_be_negative():
    table = incremental_analysis(["a", "b"], [-30.0, -10.0], [-2.0, -1.0])
    assert table["icer"].tolist()[1] == 20


def test_one_strategy_alone_is_the_frontier():
    table = incremental_analysis(["only"], [5], [1])
    assert list(table["status"]) == ["frontier"]
    assert np.isnan(table["icer"][0])


points = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=9)


@settings(deadline=None)
@given(points)
def test_the_statuses_are_those_of_the_definitions(some):
    assert statuses(*some) == brute_force(some)


@settings(deadline=None)
@given(points)
def test_icers_rise_along_the_frontier_and_are_those_of_its_neighbours(some):
    names = [str(index) for index in range(len(some))]
    table = incremental_analysis(names, *zip(*some, strict=True))
    frontier = table[table["status"] == "frontier"]
    icers = frontier["icer"].to_numpy()[1:]
    steps = np.diff(frontier[["costs", "qalys"]].to_numpy(), axis=0)
    np.testing.assert_allclose(icers, steps[:, 0] / steps[:, 1], rtol=1e-15)
    assert (np.diff(icers) > -1e-12 * icers[1:]).all()
    assert table.loc[table["status"] != "frontier", "icer"].isna().all()


@settings(deadline=None)
@given(points, st.randoms(use_true_random=False))
def test_the_order_in_which_strategies_are_given_does_not_matter(some, random):
    distinct = list(dict.fromkeys(some))
    shuffled = random.sample(range(len(distinct)), len(distinct))

    def table(order):
        names = [f"s{index}" for index in order]
        chosen = [distinct[index] for index in order]
        return incremental_analysis(names, *zip(*chosen, strict=True))

    assert table(range(len(distinct))).equals(table(shuffled))


def test_twice_the_currency_gives_twice_the_icer():
    costs, qalys = np.array([1.7, 3.9, 11.3]), [0.3, 0.9, 1.4]
    once, twice = (incremental_analysis(list("abc"), factor * costs, qalys) for factor in (1, 2))
    np.testing.assert_array_equal(twice["icer"], 2 * once["icer"])
    assert list(once["status"]) == list(twice["status"])


@pytest.mark.parametrize(
    ("strategies", "costs", "qalys", "words"),
    [
        (["a", "A"], [1, 2], [1, 2], "capitals ignored"),
        (["a", " "], [1, 2], [1, 2], "needs a name"),
        (["a", 7], [1, 2], [1, 2], "needs a name"),
        (["a"], [1, 2], [1, 2], "1 strategies have 2 costs and 2 QALYs"),
        (["a", "b"], [1, 2], [1], "2 strategies have 2 costs and 1 QALYs"),
        ("ab", [1, 2], [1, 2], "1 strategies"),
        ([], [], [], "costs is empty"),
        (["a", "b"], [1, np.nan], [1, 2], "costs holds nan at strategy 1"),
        (["a", "b"], [1, 2], [1, np.inf], "qalys holds inf at strategy 1"),
        (["a", "b"], [[1, 2]], [[1, 2]], "costs must have the axes (strategy)"),
    ],
)
def test_what_cannot_be_compared_is_refused(strategies, costs, qalys, words):
    assert words in refused(incremental_analysis, strategies, costs, qalys)


# Net monetary benefit


def test_net_monetary_benefit_has_the_axes_draw_strategy_wtp():
    random = np.random.default_rng(1)
    costs, qalys, wtp = random.random((5, 3)), random.random((5, 3)), np.array([0.0, 2.0])
    got = net_monetary_benefit(costs, qalys, wtp)
    assert got.shape == (5, 3, 2)
    np.testing.assert_array_equal(got[:, :, 0], -costs)
    np.testing.assert_array_equal(got[:, :, 1], 2 * qalys - costs)
    np.testing.assert_array_equal(net_monetary_benefit(costs, qalys, 2.0), got[:, :, 1:])
    np.testing.assert_array_equal(np.stack(list(iterate_nmb(costs, qalys, wtp)), axis=-1), got)


@pytest.mark.parametrize(
    ("costs", "qalys", "wtp", "words"),
    [
        ([[1, 2]], [[1, 2, 3]], 1, "must agree"),
        ([1, 2], [1, 2], 1, "costs must have the axes (draw, strategy)"),
        ([[1, 2]], [[1, np.nan]], 1, "qalys holds nan at draw 0, strategy 1"),
        ([[1, 2]], [[1, 2]], [0, -5], "wtp = -5.0"),
        ([[1, 2]], [[1, 2]], [[1]], "wtp must have the axes (wtp)"),
        ([[1, 2]], [[1, 2]], [[1], [1, 2]], "wtp must be an array"),
    ],
)
def test_benefits_of_what_does_not_fit_are_refused(costs, qalys, wtp, words):
    assert words in refused(net_monetary_benefit, costs, qalys, wtp)


# Words


@pytest.mark.parametrize(
    ("cost", "qaly", "words"),
    [
        (-10, 1, "dominant"),
        (0, 1, "dominant"),
        (-10, 0, "dominant"),
        (10, -1, "dominated"),
        (0, -1, "dominated"),
        (10, 0, "dominated"),
        (0, 0, "undefined (equal)"),
        (0.0, -0.0, "undefined (equal)"),
        (107_521, 1.473, "ICER 73,000 per QALY"),
        (1_234_567, 1, "ICER 1,230,000 per QALY"),
        (1.236, 1, "ICER 1.24 per QALY"),
        (-50_000, -2, "less effective and less costly (ICER 25,000 saved per QALY lost)"),
    ],
)
def test_each_quadrant_and_axis_has_its_words(cost, qaly, words):
    assert describe_pairwise("car_t", "blinatumomab", cost, qaly) == f"car_t against blinatumomab: {words}"


def test_two_identical_strategies_differ_by_exactly_nothing():
    random = np.random.default_rng(1)
    costs, qalys = random.random(1_000), random.random(1_000)
    increments = [float(values.mean() - values.copy().mean()) for values in (costs, qalys)]
    assert increments == [0.0, 0.0]
    assert describe_pairwise("a", "b", *increments) == "a against b: undefined (equal)"
    table = incremental_analysis(["a", "b"], [costs.mean()] * 2, [qalys.mean()] * 2)
    assert list(table["status"]) == ["frontier", "equal"]


@pytest.mark.parametrize("wrong", [np.nan, np.inf, None])
def test_words_for_what_is_no_number_are_refused(wrong):
    assert "incremental_costs" in refused(describe_pairwise, "a", "b", wrong, 1.0)
    assert "incremental_qalys" in refused(describe_pairwise, "a", "b", 1.0, wrong)


def test_loading_the_comparison_does_not_load_pandas():
    import subprocess
    import sys

    code = "import sys, remit.economics.comparison; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


def test_willingness_to_pay_that_does_not_rise_is_refused():
    with pytest.raises(InputError, match="must rise"):
        net_monetary_benefit([[1.0, 2.0]], [[1.0, 2.0]], [50_000, 20_000])
