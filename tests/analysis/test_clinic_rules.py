"""Rules of a clinic in replications: against the patients engine, the cohort, and laws of queues."""

from dataclasses import replace

import numpy as np
import pytest

from remit import load_study
from remit.analysis.clinic.agreement import ample_plan, compare_clinic_with_patients
from remit.analysis.clinic.compare import results_of, run_rules
from remit.analysis.clinic.opening import comers_of, open_clinic
from remit.analysis.clinic.plan import ONLY, Capacity, Clause, ClinicPlan, Coming, Rule, SitePlan
from remit.analysis.clinic.replication import follow, outcomes_of
from remit.analysis.clinic.service import columns_of, queue_and_held, service_of
from remit.analysis.microsimulation import microsimulate
from remit.economics.patient_values import MEASURES
from remit.engine.streams import Streams
from remit.errors import InputError

DAY = 1 / 365.25
BRIDGE, SERIAL = "blinatumomab_bridge_to_car_t", "blinatumomab_then_car_t"


@pytest.fixture(scope="module")
def base():
    return load_study("params/base.yaml")


def places(number, days, **more):
    return {ONLY: SitePlan(number, days * DAY, source="a test", **more)}


def scarce(rules, **changed):
    plan = ClinicPlan(
        title="Scarce",
        because="a test",
        arrivals=Coming(source="a test", per_year=60),
        resources={
            "consultation": places(1, 1),
            "apheresis": places(1, 2),
            "manufacturing": places(3, 22),
            "infusion_bed": {ONLY: SitePlan(8, {"cells": 28 * DAY, "infusion": 4 * DAY}, source="a test")},
            "icu_bed": places(1, 7),
            "donor_search": places(2, 30),
            "transplant_bed": places(3, 45),
        },
        rules={name: Rule(name, *rule) for name, rule in rules.items()},
        patients=60,
        replications=3,
        warm_up=0.5,
    )
    return replace(plan, **changed)


def results(study, plan, *, jobs=1, seed=1):
    opened = open_clinic(study, plan)
    return results_of(opened, list(run_rules(opened, n_replications=plan.replications, seed=seed, jobs=jobs)))


@pytest.mark.parametrize("scenario", ["base", "second-manufacture"])
def test_with_places_enough_every_history_is_that_of_the_patients_engine(scenario):
    """Of some hundred patients; `make verify-engines` asks for the 2,000 of V61 in every scenario."""
    path = "params/base.yaml" if scenario == "base" else f"params/scenarios/{scenario}.yaml"
    n_patients = 500 if scenario == "base" else 200
    found = list(compare_clinic_with_patients(load_study(path), scenario=scenario, n_patients=n_patients))
    assert [one.strategy for one in found] == list(load_study(path).strategies)
    assert all(one.passed and one.stays > 5 * n_patients for one in found)


def test_where_nothing_is_short_each_patient_has_what_the_patients_engine_says(base):
    opened = open_clinic(base, replace(ample_plan(base, 500), resources={}))
    theirs = microsimulate(base, n_patients=500, seed=1)
    for place, strategy in enumerate(theirs.strategies):
        comers, run = follow(opened, strategy, 0, seed=1)
        ours = outcomes_of(opened, comers.arrivals, run)
        for name in MEASURES:
            np.testing.assert_allclose(ours[name][:500], theirs.measure(name)[place], rtol=1e-9, atol=1e-9)
        first = theirs.firsts["infusion"][place]
        np.testing.assert_array_equal(ours["never_infused"][:500], np.isinf(first))
        np.testing.assert_allclose(np.nan_to_num(ours["years_to_infusion"][:500], nan=np.inf), first)


def test_a_replication_does_not_depend_on_which_others_are_run(base):
    plan = scarce({"car_t": ("car_t",), SERIAL: (SERIAL,)})
    alone = results(base, replace(plan, replications=1, rules={SERIAL: plan.rules[SERIAL]}))
    both = results(base, plan)
    np.testing.assert_array_equal(alone.outcomes["costs"][0, 0], both.outcomes["costs"][1, 0])
    assert np.unique(both.outcomes["costs"][0, :, 0]).size == 3


def test_queues_and_places_held_keep_littles_law(base):
    """L = lambda W over a time in which everybody comes and goes: queue x time = sum of waits."""
    opened = open_clinic(base, scarce({"car_t": ("car_t",)}))
    _, run = follow(opened, "car_t", 0, seed=1)
    columns, whole = columns_of(opened.clinic.resources), (0.0, 500.0)
    service = service_of(run.uses, columns, counted=slice(0, 10_000), window=whole)
    served = np.minimum(run.uses.granted, run.uses.released)
    for row, column in enumerate(columns):
        own = run.uses.use == [*opened.clinic.resources].index(column.use)
        assert service["queue"][row] * 500 == pytest.approx((served - run.uses.asked)[own].sum())
        held = (run.uses.released - run.uses.granted)[own & np.isfinite(run.uses.granted)].sum()
        assert service["utilisation"][row] * 500 * column.site.places == pytest.approx(held)
        times = np.linspace(0, 20, 200_001)
        queue, taken = queue_and_held(run.uses, columns, times)
        assert queue[row].mean() * 20 == pytest.approx((served - run.uses.asked)[own].sum(), abs=0.02)
        assert queue[row].min() >= 0
        assert taken[row].max() <= column.site.places


def test_a_rule_by_wait_bridges_when_the_queue_is_long_and_one_by_tempo_the_rapid(base):
    rules = {
        "car_t": ("car_t",),
        "never": ("car_t", (Clause(BRIDGE, "manufacturing", 9.0),)),
        "always": ("car_t", (Clause(BRIDGE, "manufacturing", 0.0),)),
        "rapid": ("car_t", (Clause(BRIDGE, patients={"tempo": ("rapid",)}),)),
        "both": ("car_t", (Clause(BRIDGE, "manufacturing", 20 * DAY, patients={"tempo": ("rapid",)}),)),
    }
    found = results(base, scarce(rules, by="tempo"))
    bridged = found.given[:, :, :, found.strategies.index(BRIDGE)].mean(axis=1)
    np.testing.assert_array_equal(found.outcomes["costs"][0], found.outcomes["costs"][1])
    assert 0.5 < bridged[2, 0] < 1
    assert found.groups == ("all", "slow", "base", "rapid")
    np.testing.assert_allclose(bridged[3], [bridged[3, 0], 0, 0, 1])
    assert 0 < bridged[4, 3] < 1
    assert bridged[4, 1] == bridged[4, 2] == 0


def test_more_places_shorten_waits_and_nothing_waits_for_what_is_not_short(base):
    plan = scarce({"car_t": ("car_t",)}, capacity=Capacity("manufacturing", (2, 4, 40)))
    opened = open_clinic(base, plan)
    pieces = list(run_rules(opened, n_replications=2, seed=1))
    found = [results_of(opened, [one for one in pieces if one.places == n]) for n in (2, 4, 40)]
    column = found[0].resources.index("manufacturing")
    waits = [one.service["wait"][0, :, column].mean() for one in found]
    assert waits[0] > waits[1] > waits[2] == 0
    assert [one.places[column, 0] for one in found] == [2, 4, 40]
    lived = [one.outcomes["life_years"][0, :, 0].mean() for one in found]
    assert lived[0] < lived[2]
    assert results(base, replace(plan, resources={}, capacity=None)).service == {}


def test_pieces_that_are_done_are_left_out_and_results_hang_on_no_order(base):
    plan = scarce({"car_t": ("car_t",), "bridge": ("blinatumomab_bridge_to_car_t",)}, patients=5)
    opened = open_clinic(base, plan)
    pieces = list(run_rules(opened, n_replications=5, seed=1))
    assert [(one.number, one.rule, one.first) for one in pieces[2:4]] == [(2, "car_t", 4), (3, "bridge", 0)]
    left = list(run_rules(opened, n_replications=5, seed=1, done=frozenset({0, 3, 5})))
    assert [one.number for one in left] == [1, 2, 4]
    ordered, other = (results_of(opened, some) for some in (pieces, [*left, pieces[5], *pieces[3::-3]]))
    for measure, values in ordered.outcomes.items():
        np.testing.assert_array_equal(values, other.outcomes[measure])


def test_patients_who_come_at_random_come_as_a_poisson_process(base):
    opened = open_clinic(base, scarce({"car_t": ("car_t",)}, patients=5000, warm_up=1.0))
    comers = comers_of(opened, Streams(1))
    times, counted = comers.arrivals.times, comers.counted
    gaps = np.diff(times)
    assert gaps.mean() * 60 == pytest.approx(1, abs=4 / np.sqrt(gaps.size))
    assert gaps.std() * 60 == pytest.approx(1, abs=0.1)
    assert times[counted.start - 1] < 1 <= times[counted.start]
    assert counted.stop - counted.start == 5000
    assert times[-1] == pytest.approx(times[counted.stop - 1] + 1, abs=0.2)


def test_patients_of_a_file_come_when_it_says_and_only_those_after_the_warm_up_count(base):
    times = (0.1, 0.2, 0.7, 1.4)
    plan = scarce({"car_t": ("car_t",)}, arrivals=Coming(source="a test", file="x.csv", times=times))
    comers = comers_of(open_clinic(base, plan), Streams(1))
    assert comers.arrivals.times.tolist() == list(times)
    assert comers.counted == slice(2, 4)
    with pytest.raises(InputError, match="nobody counts"):
        comers_of(open_clinic(base, replace(plan, warm_up=2.0)), Streams(1))


def test_more_patients_than_memory_holds_are_refused_with_an_estimate(base):
    opened = open_clinic(base, scarce({"car_t": ("car_t",)}, patients=10_000_000))
    with pytest.raises(InputError, match=r"10,000,060 patients in 2 replications at once need 120\.0 GB"):
        list(run_rules(opened, n_replications=1, seed=1, jobs=2))
