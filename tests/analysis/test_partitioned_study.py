"""The same study through partitioned survival, held against the Markov model."""

from dataclasses import replace

import numpy as np
import pytest

from remit import evaluate
from remit.analysis.follow_up import without_event
from remit.analysis.partitioned import (
    evaluate_partitioned,
    explain_partitioned,
    follow_partitioned,
    strategy_curves,
)
from remit.analysis.verification import engines
from remit.analysis.verification.engines import partitioned_against_cohort
from remit.engine import partitioned as engine
from remit.files.studies import read_study
from remit.pathway.graph import Event
from remit.report.partitioned_tables import (
    crossing_table,
    structures_psa_table,
    structures_table,
)

TIMES = np.array([0.0, 0.25, 0.5, 1.0, 2.0, 5.0, 20.0])


SETTINGS = [
    "settings.subgroup={tempo: [base]}",
    "strategies.compare=[blinatumomab, car_t, blinatumomab_then_car_t]",
]


@pytest.fixture(scope="module")
def study():
    return read_study(settings=SETTINGS).study


@pytest.fixture(scope="module")
def markov(study):
    return evaluate(study, counts=True)


@pytest.fixture(scope="module")
def ours(study):
    return evaluate_partitioned(study)


@pytest.fixture(scope="module")
def curves(study):
    values = study.wide_values(None)
    return {one.strategy: one for one in strategy_curves(study, TIMES, values, study.strata(values))}


def test_event_free_survival_of_one_line_is_that_of_those_waiting_and_the_trials_efs(study, curves):
    # From infusion nobody waits, so the strategy's curve is the trial's EFS.
    infused = study.with_settings(start="infused")
    values = infused.wide_values(None)
    strata = infused.strata(values)
    own = {one.strategy: one for one in strategy_curves(infused, TIMES, values, strata)}["car_t"]
    trial = without_event(infused, "car_t", "infusion", ("efs",), TIMES, values, strata)["efs"]
    assert own.event_free == pytest.approx(trial, abs=1e-12)
    assert np.all(own.event_free <= own.overall + 1e-12)
    assert curves["car_t"].event_free[0] == pytest.approx(np.ones(8))


def test_overall_survival_is_that_of_the_model_and_event_free_survival_only_falls(study, curves):
    values = study.wide_values(None)
    for name, one in curves.items():
        alive = without_event(study, name, "decision", ("os",), TIMES, values, study.strata(values))["os"]
        assert one.overall == pytest.approx(alive, abs=1e-12)
        assert np.diff(one.event_free, axis=0).max() < 1e-12
        assert np.all(one.event_free + one.rescued <= one.overall + 1e-12)


def test_life_years_are_the_models_own_where_no_tail_is_put_on(study, markov):
    whole = evaluate_partitioned(study, structure="no tail").outcomes
    assert whole.life_years == pytest.approx(markov.life_years, rel=1e-10)


def test_with_the_tail_more_live_since_nobody_relapses_any_more(markov, ours):
    assert np.all(ours.outcomes.life_years > markov.life_years)
    assert np.all(ours.outcomes.life_years < markov.life_years + 0.5)


def test_totals_are_the_sums_of_their_parts(ours):
    outcomes = ours.outcomes
    assert outcomes.health_states == ("event_free", "progressed", "dead")
    assert outcomes.life_years_by_state.sum(axis=2) == pytest.approx(outcomes.life_years)
    assert outcomes.qalys_by_state.sum(axis=2) == pytest.approx(outcomes.qalys)
    assert outcomes.costs_by_category.sum(axis=2) == pytest.approx(outcomes.costs)
    assert np.all(outcomes.life_years_by_state[..., 2] == 0)


def test_the_drug_is_charged_at_the_start_to_those_infused(study, markov, ours):
    place, category = study_place(study, "car_t"), ours.outcomes.categories.index("drug")
    values = study.values(None)
    share = infusions(markov, place)
    names = ("cost_drug_tisagenlecleucel", "cost_lymphodepletion_drug_tisagenlecleucel")
    expected = share * sum(values[name][0] for name in names)
    assert ours.outcomes.costs_by_category[0, place, category] == pytest.approx(expected)


def infusions(outcomes, place):
    """Return how often a patient of a strategy is infused with tisagenlecleucel."""
    return outcomes.events[Event("infusion", "tisagenlecleucel")][0, place]


def study_place(study, strategy):
    return list(study.strategies).index(strategy)


def test_without_discounting_costs_at_the_start_are_those_of_the_model(study):
    plain = study.with_settings(discount_costs=0.0)
    theirs, own = evaluate(plain), evaluate_partitioned(plain).outcomes
    for category in ("drug", "apheresis_bridging", "adverse_events", "salvage", "hsct"):
        place = theirs.categories.index(category)
        gap = own.costs_by_category[..., place] / theirs.costs_by_category[..., place].clip(1e-9) - 1
        assert np.abs(gap[theirs.costs_by_category[..., place] > 0]).max() < 2e-3, category


def test_instalments_fall_due_by_the_curves(study, markov, ours):
    due = "[{month: 0, share: 0.5}, {month: 12, share: 0.5, only_if: in_remission}]"
    paid = read_study(settings=[*SETTINGS, f"settings.payment.tisagenlecleucel.due={due}"]).study
    category = ours.outcomes.categories.index("drug")
    place = study_place(study, "car_t")
    whole = ours.outcomes.costs_by_category[0, place, category]
    half = evaluate_partitioned(paid).outcomes.costs_by_category[0, place, category]
    price = study.values(None)["cost_drug_tisagenlecleucel"][0]
    times = np.array([0.0, 1.0, 5.0])
    free = follow_partitioned(study, times)["car_t"].occupancy[1, 0, 0]
    assert whole - half == pytest.approx(0.5 * price * (infusions(markov, place) - free / 1.04), rel=1e-9)


def test_causes_sum_to_the_difference(study, markov, ours):
    causes = list(explain_partitioned(study))
    for place, strategy in enumerate(study.strategies):
        for outcome in ("life_years", "qalys", "costs"):
            added = sum(c.change for c in causes if (c.strategy, c.outcome) == (strategy, outcome))
            gap = getattr(ours.outcomes, outcome)[0, place] - getattr(markov, outcome)[0, place]
            assert added == pytest.approx(gap, abs=1e-6)
        by = {c.cause: c.change for c in causes if (c.strategy, c.outcome) == (strategy, "qalys")}
        assert by["tail"] > 0 > by["rescue"]


def test_constant_hazards_give_the_same_in_both_engines(study):
    rows = list(partitioned_against_cohort(study))
    equal = [row for row in rows if row.expected == "equal"]
    assert {"life_years", "qalys", "costs", "share in death at 10 years"} <= {row.quantity for row in equal}
    assert len({row.name for row in equal if row.name.startswith("constant hazards")}) == 2
    assert max(abs(row.difference) / max(abs(row.cohort), 1) for row in equal) < 1e-9
    assert all(row.passed for row in rows)
    reported = [row for row in rows if row.expected == "reported"]
    assert any(abs(row.difference) > 1e-3 for row in reported)


def test_a_comparison_that_must_be_equal_fails_where_it_is_not():
    row = engines.EngineComparison("a", "qalys", 2.0, 2.0 + 3e-6, "equal")
    assert not row.passed
    assert replace(row, partitioned=2.0 + 1e-6).passed
    assert replace(row, expected="reported").passed


def test_draws_are_the_same_bytes_in_any_block(study):
    draws = study.draws(seed=3, n_draws=9)
    whole = evaluate_partitioned(study, draws)
    some = evaluate_partitioned(study, {name: column[5:7] for name, column in draws.items()})
    for measure in ("qalys", "costs", "costs_by_category"):
        there = getattr(whole.outcomes, measure)[5:7]
        assert getattr(some.outcomes, measure).tobytes() == np.ascontiguousarray(there).tobytes()


def test_curves_of_one_model_never_cross_and_the_table_says_so(study):
    draws = study.draws(seed=3, n_draws=9)
    found = evaluate_partitioned(study, draws)
    table = crossing_table(found)
    assert table["draws"].tolist() == [9] * 3
    assert table[["share_of_draws", "share_of_time", "largest_excess"]].to_numpy().max() == 0
    psa = structures_psa_table(evaluate(study, draws), found, threshold=80_000)
    assert psa.groupby("structure")["probability_best"].sum().tolist() == pytest.approx([1, 1])
    assert np.all(psa["qalys_low"] < psa["qalys"])


def test_crossing_in_some_draws_is_reported_as_their_share(study, monkeypatch):
    draws = study.draws(seed=3, n_draws=10)
    usual = engine.partition

    def raised(event_free, overall, times):
        above = event_free.survival.copy()
        above[5:, :4] = np.minimum(overall.survival[5:, :4] + 0.01, above[4, :4])
        return usual(replace(event_free, survival=above), overall, times)

    monkeypatch.setattr("remit.analysis.partitioned.evaluation.partition", raised)
    table = crossing_table(evaluate_partitioned(study, draws))
    assert table["share_of_draws"].tolist() == [0.4] * 3
    assert np.all(table["share_of_time"] > 0)
    assert table["largest_excess"].to_numpy() == pytest.approx([0.01] * 3, abs=1e-3)


def test_the_table_says_where_a_partitioned_model_cannot_hold_a_strategy(study, markov, ours):
    table = structures_table(study, markov, ours)
    assert table["structure"].tolist() == ["markov"] * 3 + ["partitioned"] * 3
    one_line = table["strategy"].isin(["blinatumomab", "car_t"])
    assert set(table.loc[one_line, "represented"]) == {"yes"}
    assert table.loc[~one_line, "represented"].str.startswith("in part").all()
    row = table[(table["strategy"] == "car_t") & (table["structure"] == "markov")].iloc[0]
    expected = np.diff(markov.costs[0, :2]) / np.diff(markov.qalys[0, :2])
    assert row["icer"] == pytest.approx(expected[0])
