"""Totals of state values over a trace: anchors, closed forms, shapes, and what is refused."""

import doctest
from math import log

import numpy as np
import pytest

from remit.economics import accumulate as module
from remit.economics.accumulate import accumulate
from remit.engine.trace import cohort_trace
from remit.errors import InputError

CORRECTIONS = ["half-cycle", "simpson", "start", "end"]
SONNENBERG_BECK = [[[[0.6, 0.2, 0.2], [0, 0.6, 0.4], [0, 0, 1]]]]


def random_trace(seed, draws, points, states):
    return np.random.default_rng(seed).dirichlet(np.ones(states), size=(draws, points))


def survival_trace(*, hazards, shares, horizon, steps_a_year=12):
    """Return the trace of groups that die at constant hazards, exact at each point; last state: dead."""
    p_death = 1 - np.exp(-np.asarray(hazards) / steps_a_year)
    moves = np.diag(np.append(1 - p_death, 1.0))
    moves[:-1, -1] = p_death
    return cohort_trace([*shares, 0], moves[None, None], n_cycles=horizon * steps_a_year)


def closed_form(*, hazards, shares, horizon, discount_rate):
    """Return the discounted life-years of the same groups, cut at the horizon."""
    rates = np.asarray(hazards) + log(1 + discount_rate)
    return float((np.asarray(shares) * (1 - np.exp(-rates * horizon)) / rates).sum())


def refused(*arguments, **options):
    with pytest.raises(InputError) as caught:
        accumulate(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


# Anchors


def test_sonnenberg_and_beck_counted_at_the_end_and_with_the_half_cycle_correction():
    trace = cohort_trace([1, 0, 0], SONNENBERG_BECK, n_cycles=24)
    assert accumulate(trace, [1, 0.7, 0], correction="end") == pytest.approx([2.374949], abs=1e-6)
    assert accumulate(trace, [1, 0.7, 0]) == pytest.approx([2.874933], abs=1e-6)


CLOSED_FORMS = {
    "constant hazard": ({"hazards": [0.1], "shares": [1]}, 0.03, 7.718503),
    "cure": ({"hazards": [0.01, 1.01], "shares": [0.4, 0.6]}, 0.0, 40.594059),
    "discounted cure": ({"hazards": [0.01, 1.01], "shares": [0.4, 0.6]}, 0.03, 10.688698),
}


@pytest.mark.parametrize("name", CLOSED_FORMS)
@pytest.mark.parametrize(("correction", "tolerance"), [("half-cycle", 1e-3), ("simpson", 1e-6)])
def test_monthly_cycles_come_to_the_closed_form_cut_at_the_same_horizon(name, correction, tolerance):
    groups, rate, limit = CLOSED_FORMS[name]
    trace = survival_trace(**groups, horizon=100)
    alive = [*np.ones(len(groups["hazards"])), 0]
    got = accumulate(trace, alive, cycle_length=1 / 12, discount_rate=rate, correction=correction)
    expected = closed_form(**groups, horizon=100, discount_rate=rate)
    assert got == pytest.approx([expected], abs=tolerance)
    assert closed_form(**groups, horizon=1e6, discount_rate=rate) == pytest.approx(limit, abs=5e-7)


@pytest.mark.parametrize(("correction", "tolerance"), [("half-cycle", 1e-3), ("simpson", 1e-6)])
def test_mean_survival_restricted_to_ten_years(correction, tolerance):
    trace = survival_trace(hazards=[0.1], shares=[1], horizon=10)
    got = accumulate(trace, [1, 0], cycle_length=1 / 12, correction=correction)
    assert got == pytest.approx([6.321206], abs=tolerance)


def test_the_share_alive_of_a_cure_model_at_five_years():
    trace = survival_trace(hazards=[0.01, 1.01], shares=[0.4, 0.6], horizon=5)
    assert trace[0, -1, :2].sum() == pytest.approx(0.384337370, abs=1e-9)


def test_mean_survival_of_a_weibull_through_probabilities_that_change_with_time():
    times = np.arange(12 * 40 + 1) / 12
    survival = np.exp(-((times / 1.5) ** 1.3))
    p_death = 1 - survival[1:] / survival[:-1]
    moves = np.zeros((1, len(p_death), 2, 2))
    moves[0, :, 0] = np.stack([1 - p_death, p_death], axis=1)
    moves[0, :, 1, 1] = 1
    trace = cohort_trace([1, 0], moves)
    assert accumulate(trace, [1, 0], times=times) == pytest.approx([1.385365], abs=1e-3)


# Corrections


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("n_cycles", [0, 1, 2, 74, 75])
def test_a_cohort_in_which_nobody_dies_lives_exactly_to_the_horizon(correction, n_cycles):
    trace = cohort_trace([1.0], [[[[1.0]]]], n_cycles=n_cycles)
    got = accumulate(trace, [1.0], cycle_length=0.25, correction=correction)
    assert got == pytest.approx([0.25 * n_cycles], abs=1e-10)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_nobody_dying_on_an_uneven_grid_also_lives_to_the_horizon(correction):
    times = np.concatenate([np.arange(61) / 12, np.arange(6, 89)])
    trace = cohort_trace([1.0], [[[[1.0]]]], n_cycles=len(times) - 1)
    assert accumulate(trace, [1.0], times=times, correction=correction) == pytest.approx([88], abs=1e-10)


@pytest.mark.parametrize(
    ("correction", "ratio"), [("half-cycle", 4), ("simpson", 16), ("start", 2), ("end", 2)]
)
def test_all_corrections_approach_the_same_limit_each_at_its_own_order(correction, ratio):
    groups = {"hazards": [0.1, 0.6], "shares": [0.5, 0.5], "horizon": 20}

    def error(steps_a_year):
        trace = survival_trace(**groups, steps_a_year=steps_a_year)
        options = {"cycle_length": 1 / steps_a_year, "discount_rate": 0.03, "correction": correction}
        return abs(accumulate(trace, [1, 1, 0], **options)[0] - closed_form(**groups, discount_rate=0.03))

    assert error(4) / error(8) == pytest.approx(ratio, rel=0.1)


def test_the_named_corrections_are_the_sums_they_stand_for():
    trace = random_trace(1, 2, 4, 3)
    value = np.array([1.0, 5.0, 0.2])
    worth = trace @ value / 1.05 ** (0.5 * np.arange(4))
    weights = {
        "half-cycle": [1 / 2, 1, 1, 1 / 2],
        "simpson": [1 / 3, 4 / 3, 1 / 3 + 1 / 2, 1 / 2],
        "start": [1, 1, 1, 0],
        "end": [0, 1, 1, 1],
    }
    for correction, factors in weights.items():
        got = accumulate(trace, value, cycle_length=0.5, discount_rate=0.05, correction=correction)
        np.testing.assert_allclose(got, 0.5 * (worth * factors).sum(axis=1), rtol=1e-13)


def test_weights_count_cycles_where_cycles_are_even_and_years_where_times_are_given():
    trace = random_trace(1, 2, 3, 2)
    worth = trace[:, :, 0]
    weights = np.array([0.3, 2.0, 0.7])
    by_cycle = accumulate(trace, [1, 0], cycle_length=0.25, correction=weights)
    np.testing.assert_allclose(by_cycle, 0.25 * (worth * weights).sum(axis=1), rtol=1e-13)
    in_years = accumulate(trace, [1, 0], times=[0, 0.25, 4], correction=weights)
    np.testing.assert_allclose(in_years, (worth * weights).sum(axis=1), rtol=1e-13)


def test_the_teaching_code_weights_differ_from_simpson_by_the_known_amount():
    never_dying = np.ones((1, 76, 1))
    weights = np.where(np.arange(76) % 2, 2 / 3, 4 / 3)
    weights[[0, -1]] = 1 / 3
    assert accumulate(never_dying, [1.0], correction=weights)[0] == pytest.approx(74 + 2 / 3)
    assert accumulate(never_dying, [1.0], correction="simpson")[0] == pytest.approx(75)


# Discounting


def test_discounting_at_nothing_changes_nothing_not_by_the_last_bit():
    times = np.arange(1_057) / 12
    trace = random_trace(1, 5, 1_057, 3)
    for point in (0, 1, 600, 1_056):
        got = accumulate(trace, [1, 0, 0], times=times, discount_rate=0, correction=np.eye(1_057)[point])
        np.testing.assert_array_equal(got, trace[:, point, 0])


def test_a_very_large_discount_rate_leaves_the_first_point_only():
    trace = random_trace(1, 5, 9, 2)
    first = trace[:, 0] @ [3.0, 1.0]
    np.testing.assert_allclose(accumulate(trace, [3, 1], discount_rate=1e300, correction="start"), first)
    np.testing.assert_allclose(accumulate(trace, [3, 1], discount_rate=1e300), first / 2)


def test_years_are_discounted_by_time_not_by_the_number_of_the_cycle():
    trace = np.ones((1, 3, 1))
    got = accumulate(trace, [1.0], times=[0, 2, 3], discount_rate=0.1, correction=[0, 0, 1])
    assert got == pytest.approx([1.1**-3])
    got = accumulate(trace, [1.0], cycle_length=0.5, discount_rate=0.1, correction=[0, 0, 2])
    assert got == pytest.approx([1.1**-1])


# Shapes


def test_all_four_shapes_of_values_mean_what_they_say():
    trace = random_trace(1, 3, 5, 2)
    by_draw, by_point = np.arange(6.0).reshape(3, 2), np.arange(10.0).reshape(5, 2)
    whole = by_draw[:, None] + by_point[None]
    weights = np.array([0.5, 1, 1, 1, 0.5])

    def expected(values):
        return (trace * values).sum(axis=2) @ weights

    np.testing.assert_allclose(accumulate(trace, [2, 3]), expected(np.array([2.0, 3.0])), rtol=1e-13)
    np.testing.assert_allclose(accumulate(trace, by_draw), expected(by_draw[:, None]), rtol=1e-13)
    np.testing.assert_allclose(accumulate(trace, by_point), expected(by_point[None]), rtol=1e-13)
    np.testing.assert_allclose(accumulate(trace, whole), expected(whole), rtol=1e-13)


def test_two_axes_that_cannot_be_told_apart_are_refused_and_three_are_not():
    trace = random_trace(1, 4, 4, 2)
    values = np.arange(8.0).reshape(4, 2)
    message = refused(trace, values)
    assert "values[:, None, :]" in message
    assert "values[None, :, :]" in message
    by_draw, by_point = accumulate(trace, values[:, None]), accumulate(trace, values[None])
    np.testing.assert_allclose(by_draw, accumulate(trace, np.repeat(values[:, None], 4, axis=1)), rtol=1e-13)
    np.testing.assert_allclose(by_point, accumulate(trace, np.repeat(values[None], 4, axis=0)), rtol=1e-13)
    assert not np.allclose(by_draw, by_point)


def test_one_row_of_values_holds_for_all_draws_and_all_time():
    trace = random_trace(1, 3, 5, 2)
    np.testing.assert_array_equal(accumulate(trace, [[2, 3]]), accumulate(trace, [2, 3]))


def test_one_trace_may_be_valued_by_many_draws_of_values():
    trace = random_trace(1, 1, 5, 2)
    values = np.arange(14.0).reshape(7, 2)
    got = accumulate(trace, values[:, None])
    np.testing.assert_array_equal(got, np.concatenate([accumulate(trace, row) for row in values]))
    assert "values[:, None, :]" in refused(trace, values)


@pytest.mark.parametrize("block", [1, 2, 5, 12])
@pytest.mark.parametrize("states", [1, 3, 9])
def test_a_draw_has_the_same_bytes_in_any_block_of_draws(block, states):
    trace = random_trace(1, 13, 30, states)
    values = np.random.default_rng(2).random((13, 30, states))
    blocks = [accumulate(trace[at : at + block], values[at : at + block]) for at in range(0, 13, block)]
    assert np.concatenate(blocks).tobytes() == accumulate(trace, values).tobytes()


def test_the_parts_of_a_value_add_up_to_the_whole():
    trace = random_trace(1, 6, 20, 3)
    parts = np.random.default_rng(2).random((4, 6, 20, 3))
    total = accumulate(trace, parts.sum(axis=0), discount_rate=0.04)
    np.testing.assert_allclose(
        sum(accumulate(trace, part, discount_rate=0.04) for part in parts), total, rtol=1e-8
    )
    by_state = sum(accumulate(trace, np.eye(3)[s], discount_rate=0.04) for s in range(3))
    np.testing.assert_allclose(by_state, accumulate(trace, np.ones(3), discount_rate=0.04), rtol=1e-8)


def test_the_order_of_states_does_not_matter():
    trace, value = random_trace(1, 6, 20, 5), np.arange(5.0)
    shuffled = np.array([3, 0, 4, 1, 2])
    got = accumulate(trace[:, :, shuffled], value[shuffled])
    np.testing.assert_allclose(got, accumulate(trace, value), rtol=1e-8)


# Refused


@pytest.mark.parametrize("values", [[1, 0], np.ones((4, 3)), np.ones((2, 4, 3)), np.ones((3, 5, 3)), 1.0])
def test_values_that_do_not_fit_the_trace_are_refused(values):
    message = refused(np.ones((2, 5, 3)), values)
    assert "does not fit a trace of 2 draws, 5 points in time and 3 states" in message


def test_a_trace_without_its_axis_of_draws_is_refused():
    assert "axes (draw, cycle + 1, state)" in refused(np.ones((5, 3)), [1, 1, 1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"times": [0, 1]}, "times has 2 points and the trace has 3"),
        ({"times": [0, 2, 1]}, "times must increase"),
        ({"times": [0, 2, 1], "correction": [1, 1, 1]}, "times must increase"),
        ({"times": [-1, 0, 1]}, "none lies before it"),
        ({"times": [0, 1, 2], "cycle_length": 0.5}, "not both"),
        ({"cycle_length": 0}, "cycle_length"),
        ({"cycle_length": -1}, "cycle_length"),
        ({"cycle_length": np.nan}, "cycle_length"),
        ({"discount_rate": -0.01}, "discount_rate"),
        ({"discount_rate": np.inf}, "discount_rate"),
        ({"discount_rate": [0.03]}, "discount_rate"),
        ({"correction": "half cycle"}, "'half-cycle'"),
        ({"correction": [1, 1]}, "correction has 2 weights"),
        ({"correction": [1, np.nan, 1]}, "correction holds nan"),
        ({"correction": None}, "correction must hold numbers"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, words):
    assert words in refused(np.ones((2, 3, 1)), [1.0], **options)


def test_missing_numbers_are_refused_by_their_place():
    trace = np.ones((2, 3, 2))
    assert "state_values holds nan" in refused(trace, [1, np.nan])
    trace[1, 2, 0] = np.nan
    assert "trace holds nan at draw 1, cycle 2, state 0" in refused(trace, [1, 1])
