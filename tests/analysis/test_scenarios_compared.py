"""Scenarios side by side, and why draws leave the result at the means."""

from dataclasses import replace

import numpy as np
import pytest

from remit.analysis.nonlinearity import ALL, INTERACTION, explain_difference, groups_of
from remit.analysis.scenarios import compare_scenarios, kind_of
from remit.economics.comparison import describe_pairwise
from remit.errors import InputError
from remit.evaluation import evaluate
from remit.files.studies import read_study
from remit.report.scenario_tables import scenarios_table
from remit.report.sensitivity_tables import difference_table

NAMES = ("half-price-car-t", "healthcare-payer", "no-cure", "all-comparators", "us-payer", "myeloma")


@pytest.fixture(scope="module")
def study():
    return read_study().study


@pytest.fixture(scope="module")
def named():
    return [(name, (own := read_study(name).study).title, own) for name in NAMES]


@pytest.fixture(scope="module")
def compared(study, named):
    return list(compare_scenarios(study, named))


def test_scenarios_come_in_the_order_given_the_base_case_first(compared):
    assert [one.name for one in compared] == ["base", *NAMES]


def test_a_scenario_beside_others_is_what_it_is_alone(named, compared):
    for (name, _, own), one in zip(named, compared[1:], strict=True):
        if not one.skipped:
            alone = evaluate(own)
            assert one.costs == pytest.approx(alone.costs[0], rel=1e-11), name
            assert one.qalys == pytest.approx(alone.qalys[0], rel=1e-11), name


def test_what_cannot_stand_beside_the_base_case_says_why(compared):
    assert {one.name: one.skipped for one in compared if one.skipped} == {
        "us-payer": "counts in USD",
        "myeloma": "compares none of these strategies",
    }


def test_the_table_has_words_for_each_pair_and_one_best_strategy(compared):
    table = scenarios_table(compared)
    assert table[table["strategy"] != ""].groupby("scenario")["best"].sum().eq(1).all()
    row = table[(table["scenario"] == "half-price-car-t") & (table["strategy"] == "car_t")].iloc[0]
    words = describe_pairwise("car_t", "blinatumomab", row["incremental_costs"], row["incremental_qalys"])
    assert words == f"car_t against blinatumomab: {row['in_words']}"
    assert row["inmb"] == pytest.approx(80_000 * row["incremental_qalys"] - row["incremental_costs"])
    assert list(table[table["skipped"] != ""]["scenario"]) == ["us-payer", "myeloma"]


def test_scenarios_are_told_apart_by_what_they_change(study, named):
    kinds = {name: kind_of(study, own) for name, _, own in named}
    assert kinds == {
        "half-price-car-t": "prices",
        "healthcare-payer": "perspective",
        "no-cure": "evidence",
        "all-comparators": "strategies",
        "us-payer": "perspective",
        "myeloma": "patients",
    }
    assert kind_of(study, study) == "base"
    assert kind_of(study, study.with_settings(hsct={"tisagenlecleucel": "none"})) == "course"


def test_groups_hold_every_drawn_column_once(study):
    groups = groups_of(study)
    columns = [name for group in groups.values() for name in group]
    assert sorted(columns) == sorted(study.draws(n_draws=1, seed=1))
    assert "log_or_cr_later_after_nonresponse_blinatumomab" in groups["hazards and ratios"]
    assert "qaly_loss_severe_crs" in groups["utilities"]


@pytest.fixture(scope="module")
def departures(study):
    draws = study.draws(n_draws=400, seed=8)
    few = {"costs": ["cost_salvage", "cost_hsct_first_year"], "death": ["rate_death_remission_excess"]}
    return explain_difference(study, evaluate(study, draws), groups=few, n_draws=60, seed=8)


def test_costs_alone_do_not_move_the_mean_for_outcomes_are_linear_in_them(departures):
    (costs,) = (one for one in departures if one.group == "costs")
    assert costs.costs == pytest.approx(np.zeros(4), abs=1e-6)
    assert costs.qalys == pytest.approx(np.zeros(4), abs=1e-12)


def test_one_hazard_moves_the_mean_by_what_an_average_over_its_quantiles_says(study, departures):
    """The mean over the posterior of one parameter, taken over 200 of its quantiles instead of draws."""
    name = "rate_death_remission_excess"
    column = np.quantile(study.posterior.columns[name], (np.arange(200) + 0.5) / 200)
    column += study.means[name] - column.mean()
    expected = evaluate(study, {name: column}).qalys.mean(axis=0) - evaluate(study).qalys[0]
    (found,) = (one for one in departures if one.group == "death")
    assert np.all(np.abs(found.qalys - expected) < 4 * found.qalys_error + 0.02 * np.abs(expected))
    assert np.all(found.qalys > 0)


def test_groups_and_interaction_sum_to_the_whole_difference(study, departures):
    *groups, interaction, whole = departures
    assert (interaction.group, whole.group) == (INTERACTION, ALL)
    assert sum(one.qalys for one in groups) + interaction.qalys == pytest.approx(whole.qalys)
    draws = evaluate(study, study.draws(n_draws=400, seed=8))
    base = evaluate(study)
    assert whole.qalys == pytest.approx(draws.qalys.mean(axis=0) - base.qalys[0], abs=1e-12)
    table = difference_table(departures, base, 80_000.0)
    nmb = table[(table["outcome"] == "nmb") & (table["strategy"] == "car_t")].set_index("group")
    assert nmb["difference"].drop(ALL).sum() == pytest.approx(nmb.loc[ALL, "difference"])
    assert nmb.loc[ALL, "difference"] == pytest.approx(80_000 * whole.qalys[1] - whole.costs[1])


def test_groups_that_cannot_be_told_apart_are_refused(study):
    psa = evaluate(study, study.draws(n_draws=10, seed=1))
    for groups, n, said in (
        ({"a": ["p_cr_blinatumomabb"]}, 50, "did you mean 'p_cr_blinatumomab'"),
        ({"a": ["cost_salvage"], "b": ["cost_salvage"]}, 50, "stands in two groups"),
        ({"a": ["cost_salvage", "cost_travel"]}, 5, "2 columns need 6 draws or more"),
    ):
        with pytest.raises(InputError, match=said):
            explain_difference(study, psa, groups=groups, n_draws=n)


def test_two_studies_with_other_life_tables_are_not_evaluated_together(study):
    table = study.life_table
    older = replace(
        study, title="Older", life_table=replace(table, male=table.male**0.5, female=table.female)
    )
    base, other = compare_scenarios(study, [("older", "Older", older)])
    assert np.all(other.qalys < base.qalys)
