"""Tables of a clinic: means over replications, their intervals, and where one rule becomes the better one."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from clinic_results import LABELS, RESOURCES, RULES, results_with
from scipy import stats

from remit.analysis.clinic.results import OUTCOMES, SERVICE
from remit.report.clinic_tables import (
    SPREAD,
    capacity_table,
    clinic_over_time_table,
    clinic_resources_table,
    clinic_table,
)
from remit.report.clinic_turning import capacity_in_words, turning_places

WTP = 80_000.0


@pytest.fixture(scope="module")
def results():
    return results_with()


def row_of(table, **what):
    """Return the one row of a table of which all of this holds."""
    for column, value in what.items():
        table = table[table[column] == value]
    (row,) = table.to_dict("records")
    return row


def test_means_and_intervals_are_those_of_a_t_test_and_differences_are_paired(results):
    table = clinic_table(results, WTP)
    nmb = WTP * results.outcomes["qalys"][:, :, 2] - results.outcomes["costs"][:, :, 2]
    row = row_of(table, rule="blinatumomab_first", group="rapid", measure="nmb")
    one, paired = stats.ttest_1samp(nmb[1], 0.0), stats.ttest_rel(nmb[1], nmb[0])
    assert row["mean"] == pytest.approx(nmb[1].mean(), rel=1e-12)
    assert row["standard_error"] == pytest.approx(stats.sem(nmb[1]), rel=1e-9)
    assert (row["low"], row["high"]) == pytest.approx(tuple(one.confidence_interval(0.95)), rel=1e-9)
    ends = (row["difference_low"], row["difference_high"])
    assert ends == pytest.approx(tuple(paired.confidence_interval(0.95)), rel=1e-6)
    assert row["difference"] == pytest.approx(nmb[1].mean() - nmb[0].mean(), rel=1e-6)
    assert row["difference_standard_error"] < row["standard_error"] / 3  # the same patients


def test_there_is_a_row_for_each_rule_group_and_measure_and_the_first_rule_has_no_difference(results):
    table = clinic_table(results, WTP)
    measures = {*OUTCOMES, "nmb", "given car_t", "given blinatumomab_then_car_t"}
    assert set(table["measure"]) == measures
    assert len(table) == len(RULES) * 3 * len(measures)
    assert table[table["rule"] == "car_t"].filter(like="difference").isna().all(axis=None)
    assert table[table["rule"] != "car_t"].notna().all(axis=None)
    assert row_of(table, rule="by_wait", group="all", measure="given car_t")["mean"] == 0.75


def test_a_replication_without_patients_of_a_group_is_left_out_of_its_mean(results):
    outcomes = {name: values.copy() for name, values in results.outcomes.items()}
    patients = results.patients.copy()
    patients[:, 0, 1] = 0
    for values in outcomes.values():
        values[:, 0, 1] = np.nan
    table = clinic_table(replace(results, outcomes=outcomes, patients=patients), WTP)
    row = row_of(table, rule="by_wait", group="slow", measure="costs")
    left = results.outcomes["costs"][2, 1:, 1]
    assert row["mean"] == pytest.approx(left.mean())
    assert row["standard_error"] == pytest.approx(stats.sem(left))
    interval = stats.ttest_1samp(left, 0.0).confidence_interval(0.95)
    assert (row["low"], row["high"]) == pytest.approx(tuple(interval))
    again = clinic_table(replace(results, outcomes=outcomes, patients=0 * patients), WTP)
    assert np.isnan(row_of(again, rule="by_wait", group="slow", measure="given car_t")["mean"])


def test_one_replication_has_means_but_neither_errors_nor_intervals_and_warns_of_nothing():
    one = results_with(replications=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tables = [clinic_table(one, WTP), clinic_resources_table(one), clinic_over_time_table(one)]
    for table in tables[:2]:
        assert table["mean"].notna().all()
        assert table[list(SPREAD[1:])].isna().all(axis=None)
    assert tables[0].loc[tables[0]["rule"] != "car_t", "difference"].notna().all()
    assert tables[2][["queue_low", "queue_high"]].isna().all(axis=None)


def test_waits_are_in_days_and_every_measure_has_its_unit(results):
    table = clinic_resources_table(results)
    assert len(table) == len(RULES) * len(RESOURCES) * len(SERVICE)
    row = row_of(table, rule="by_wait", resource="infusion_bed", measure="wait_90")
    assert row["unit"] == "days"
    assert row["mean"] == pytest.approx(365.25 * results.service["wait_90"][2, :, 3].mean())
    shares = table[table["measure"].isin(["share_waited", "share_left", "utilisation"])]
    assert set(shares["unit"]) == {"share"}


def test_a_clinic_that_is_short_of_nothing_has_empty_tables_of_resources(results):
    nothing = np.empty((len(RULES), 6, 0))
    none = replace(
        results,
        resources=(),
        service=dict.fromkeys(SERVICE, nothing),
        queue=np.empty((len(RULES), 6, 0, 31)),
        held=np.empty((len(RULES), 6, 0, 31)),
        places=np.empty((0, 31)),
    )
    assert clinic_resources_table(none).empty
    assert clinic_over_time_table(none).empty
    assert clinic_resources_table(replace(none, service={})).empty


def test_queues_and_places_over_time_have_intervals_that_do_not_go_below_nothing(results):
    table = clinic_over_time_table(results)
    own = table[(table["rule"] == "by_wait") & (table["resource"] == "manufacturing central")]
    np.testing.assert_array_equal(own["year"], results.times)
    np.testing.assert_array_equal(own["places"], results.places[1])
    np.testing.assert_allclose(own["queue"], results.queue[2, :, 1].mean(axis=0))
    found = stats.ttest_1samp(results.held[2, :, 1, 5], 0.0).confidence_interval(0.95)
    ends = own.iloc[5][["held_low", "held_high"]].tolist()
    assert ends == pytest.approx([max(found.low, 0.0), found.high])
    low = stats.ttest_1samp(results.queue[2, :, 1], 0.0).confidence_interval(0.95).low
    assert (low < 0).any()
    np.testing.assert_allclose(own["queue_low"], np.maximum(low, 0.0))


def test_at_each_number_of_places_there_is_the_table_of_that_clinic(results):
    other = results_with(seed=2)
    table = capacity_table([(1, results), (4, other)], "manufacturing", WTP)
    assert set(table["resource"]) == {"manufacturing"}
    part = table[table["places"] == 4].drop(columns=["resource", "places"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(part, clinic_table(other, WTP))


def differences(*ends, rule="b"):
    """Return a capacity table of one rule from (places, low, high) of its difference to the first."""
    rows = []
    for places, low, high in ends:
        base = {"resource": "manufacturing", "places": places, "group": "all", "measure": "qalys"}
        error = (high - low) / 4
        told = {"difference": (low + high) / 2, "difference_standard_error": error}
        rows.append({**base, "rule": "a"})
        rows.append({**base, "rule": rule, **told, "difference_low": low, "difference_high": high})
    return pd.DataFrame(rows)


def turn(*ends):
    (row,) = turning_places(differences(*ends)).to_dict("records")
    return row


def test_a_rule_is_better_up_to_the_most_places_at_which_the_interval_lies_above_nothing():
    row = turn((1, 1, 3), (2, 0.5, 1.5), (4, -0.2, 0.4), (8, -2, 1), (16, -3, -1))
    assert (row["better_from"], row["better_up_to"], row["unclear_up_to"]) == (1, 2, 8)
    assert row["worse_from"] == 16
    assert row["equal_at"] == pytest.approx(4 + 4 * 0.1 / 0.6)
    assert np.isnan(row["same_from"])
    assert (row["fewest"], row["most"], row["against"]) == (1, 16, "a")


def test_a_rule_that_is_never_better_or_unclear_has_no_such_numbers():
    row = turn((1, -2, -1), (2, -3, -2))
    assert np.isnan([row["better_from"], row["better_up_to"], row["unclear_up_to"], row["equal_at"]]).all()
    assert row["worse_from"] == 1


def test_where_rules_do_the_same_for_everybody_nothing_is_unclear():
    row = turn((1, 1, 3), (2, -1, 2), (4, 0, 0), (8, 0, 0))
    assert (row["better_up_to"], row["unclear_up_to"], row["same_from"]) == (1, 2, 4)
    assert np.isnan(row["equal_at"])


def test_without_intervals_everything_is_unclear():
    row = turn((1, np.nan, np.nan), (2, np.nan, np.nan))
    assert np.isnan(row["better_up_to"])
    assert row["unclear_up_to"] == 2


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([(1, 1, 3), (2, 1, 2), (4, -2, -1)], "up to 2 (all patients)"),
        ([(1, 1, 3), (2, -1, 2), (4, -2, -1)], "up to 1, unclear up to 2 (all patients)"),
        ([(1, -1, 3), (2, -3, -2), (4, -2, -1)], "nowhere surely, unclear up to 1 (all patients)"),
        ([(1, -3, -1), (2, 1, 2), (4, -2, -1)], "at 2 alone (all patients)"),
        ([(1, -3, -1), (2, 1, 2), (4, 1, 2)], "from 2 on (all patients)"),
        ([(1, 1, 3), (2, 1, 2), (4, 1, 2)], "throughout (all patients)"),
        ([(1, -3, -1), (2, -3, -1), (4, -3, -1)], "nowhere (all patients)"),
        ([(1, 0, 0), (2, 0, 0), (4, 0, 0)], "nowhere: there is no difference (all patients)"),
        ([(1, -1, 3), (2, -3, 2), (4, -2, 1)], "unclear throughout (all patients)"),
    ],
)
def test_the_verdict_says_up_to_how_many_places_a_rule_is_better(ends, said):
    table = differences(*ends)
    both = pd.concat([table, table.assign(measure="nmb")], ignore_index=True)
    (line,) = capacity_in_words(turning_places(both), {"a": "A", "b": "B"}, places="manufacturing places")
    assert line.startswith("Of 1 to 4 manufacturing places tried, 'B' is better than 'A' by net benefit ")
    assert line.endswith(f"; by QALYs {said}.")


def test_groups_with_one_answer_are_named_together():
    tables = [(1, results_with(better=1.0)), (4, results_with(better=-1.0))]
    turning = turning_places(capacity_table(tables, "manufacturing", WTP))
    line = capacity_in_words(turning, LABELS, places="manufacturing places")[0]
    assert "by QALYs up to 1 (all patients, slow, rapid)." in line
