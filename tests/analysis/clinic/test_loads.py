"""The offered load of a clinic is what its patients bring, against what its places can do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.analysis.clinic.loads import arrivals_per_year, expected_uses, offered_loads
from remit.analysis.clinic.plan import ONLY, Clause, ClinicPlan, Coming, Rule, SitePlan
from remit.engine.stops import Need
from remit.evaluation import evaluate
from remit.files.studies import load_study
from remit.pathway.graph import Event

DAY = 1 / 365.25
CELLS, BIT = "tisagenlecleucel", "blinatumomab"


@pytest.fixture(scope="module")
def study():
    return load_study()


def site(places: int, held: float | dict[str, float]) -> SitePlan:
    return SitePlan(places, held, "a source")


def clinic(resources: dict[str, dict[str, SitePlan]], **changed) -> ClinicPlan:
    rules = {"car_t": Rule("CAR T", "car_t")}
    plan = ClinicPlan("A clinic", "to test it", Coming("a source", per_year=100), resources, rules)
    return replace(plan, **changed)


def loads(plan: ClinicPlan, study) -> dict[tuple[str, str], float]:
    return {(one.strategy, one.resource): one.load for one in offered_loads(plan, study)}


def test_a_load_is_arrivals_times_uses_times_time_held_over_places(study):
    everybody = {"manufacturing": {ONLY: site(8, 22 * DAY)}, "consultation": {ONLY: site(2, 1 * DAY)}}
    found = loads(clinic(everybody), study)
    # Cells of everybody are made once: 100 a year, 22 days each, in 8 places.
    assert found["car_t", "manufacturing"] == pytest.approx(100 * 1 * 22 / 365.25 / 8)
    assert found["car_t", "consultation"] == pytest.approx(100 * 1 * 1 / 365.25 / 2)


def test_what_sites_can_do_adds_up(study):
    sites = {"quick": site(2, 10 * DAY), "slow": site(3, {"cells": 30 * DAY})}
    # 2 places make 36.525 batches a year each, 3 places 12.175 each.
    found = loads(clinic({"manufacturing": sites}), study)
    assert found["car_t", "manufacturing"] == pytest.approx(100 / (2 * 36.525 + 3 * 12.175))


def test_a_bed_is_held_for_as_long_as_the_product_of_each_therapy_says(study):
    beds = {"infusion_bed": {ONLY: site(10, {"cells": 28 * DAY, "infusion": 4 * DAY})}}
    plan = clinic(beds, rules={"bridge": Rule("Bridge", "blinatumomab_bridge_to_car_t")})
    counted = evaluate(study, counts=True)
    own = counted.strategies.index("blinatumomab_bridge_to_car_t")
    cells, bit = (float(counted.events[Event("infusion", name)][0, own]) for name in (CELLS, BIT))
    expected = 100 * (cells * 28 + bit * 4) / 365.25 / 10
    assert loads(plan, study)["blinatumomab_bridge_to_car_t", "infusion_bed"] == pytest.approx(expected)


@pytest.mark.parametrize("strategy", ["car_t", "blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t"])
def test_uses_are_the_events_that_the_cohort_counts(study, strategy):
    counted, uses = evaluate(study, counts=True), expected_uses(study, strategy)
    own = counted.strategies.index(strategy)

    def count(kind: str, therapy: str = "") -> float:
        return float(counted.events[Event(kind, therapy)][0, own])

    assert uses[Need("consultation")] == pytest.approx(1)
    assert uses[Need("apheresis", CELLS)] == pytest.approx(count("apheresis", CELLS))
    assert uses[Need("manufacturing", CELLS)] == pytest.approx(count("apheresis", CELLS))
    assert uses[Need("infusion_bed", CELLS)] == pytest.approx(count("infusion", CELLS))
    assert uses[Need("transplant_bed")] == pytest.approx(count("hsct"))
    assert uses[Need("donor_search")] > count("hsct")
    severe = study.means[f"p_severe_crs_{CELLS}"] * count("infusion", CELLS)
    assert uses[Need("icu_bed", CELLS)] == pytest.approx(severe)


def test_cells_that_failed_are_made_again(study):
    def failures(p_second: float) -> tuple[float, float]:
        changed = study.set({f"p_second_manufacture_{CELLS}": p_second})
        failed = evaluate(changed, counts=True).events[Event("manufacturing_failure", CELLS)]
        own = list(changed.strategies).index("car_t")
        return float(failed[0, own]), expected_uses(changed, "car_t")[Need("manufacturing", CELLS)]

    first, once = failures(0.0)
    _, twice = failures(0.5)
    assert once == pytest.approx(1)
    assert twice == pytest.approx(1 + 0.5 * first)


def test_each_strategy_that_a_rule_may_give_has_its_load(study):
    queue = Clause("blinatumomab_then_car_t", wait_for="manufacturing", exceeds=0.1)
    rules = {"car_t": Rule("CAR T", "car_t"), "queue": Rule("By queue", "car_t", (queue,))}
    found = offered_loads(clinic({"manufacturing": {ONLY: site(8, 22 * DAY)}}, rules=rules), study)
    assert [(one.strategy, one.rules) for one in found] == [
        ("car_t", ("car_t", "queue")),
        ("blinatumomab_then_car_t", ("queue",)),
    ]
    assert found[1].load < found[0].load


def test_what_nobody_asks_for_has_no_load(study):
    alone = {"blinatumomab": Rule("Blinatumomab", "blinatumomab")}
    found = loads(clinic({"manufacturing": {ONLY: site(1, {"cells": 1.0})}}, rules=alone), study)
    assert found == {("blinatumomab", "manufacturing"): 0}


def test_patients_of_a_file_come_as_often_as_between_its_first_and_last():
    assert arrivals_per_year(Coming("a source", file="t.csv", times=(1.0, 1.5, 3.0))) == 1.0
    assert arrivals_per_year(Coming("a source", file="t.csv", times=(1.0, 1.0))) == float("inf")
    assert arrivals_per_year(Coming("a source", file="t.csv", times=(1.0,))) == 0.0
