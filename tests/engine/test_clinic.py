"""The clinic's desk against queueing theory, and patients who wait against what waiting should do to them."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from remit.engine.clinic import queue_waits
from remit.engine.itinerary import itinerary_of
from remit.engine.journeys import Arrivals, Clinic, run_clinic
from remit.engine.resources import USES, Closure, Load, Site, next_free
from remit.engine.streams import Streams
from remit.engine.way import Chances, way_of
from remit.pathway.graph import Event, Pathway, State, Transition

INFUSION, WORSENED = (Event("infusion", "car"),), (Event("worsened_waiting", "car"),)
DIED = (Event("leukaemia_death"),)
HORIZON = 50.0


# Queueing theory


def waits_by_hand(arrivals, service, places):
    """Return waits, first come first served: each takes the place that is free first (Kiefer & Wolfowitz)."""
    free, waits = np.zeros(places), []
    for arrived, time in zip(arrivals, service, strict=True):
        first = int(np.argmin(free))
        waits.append(max(free[first] - arrived, 0.0))
        free[first] = arrived + waits[-1] + time
    return np.array(waits)


@pytest.mark.parametrize(
    ("rate", "places", "published"),
    [(0.8, 1, 4.0), (1.6, 2, 1.777778), (4.0, 5, 0.554113), (9.0, 10, 0.668732)],
)
def test_queues_of_random_arrivals_wait_as_long_as_theory_says(rate, places, published):
    """Anchor A12: mean waits of M/M/c with service rate 1 (Erlang C)."""
    rng, n = np.random.default_rng(20180201 + places), 22_000
    arrivals, service = np.cumsum(rng.exponential(1 / rate, n)), rng.exponential(1.0, n)
    waits = queue_waits(arrivals, service, places=places)
    np.testing.assert_allclose(waits, waits_by_hand(arrivals, service, places), rtol=0, atol=1e-8)
    batches = waits[2000:].reshape(20, -1).mean(axis=1)  # long enough to have little to do with each other
    assert abs(batches.mean() - published) < 4 * batches.std(ddof=1) / np.sqrt(20)


def test_a_queue_leaves_the_random_numbers_of_python_alone():
    before = random.getstate()
    queue_waits(np.array([0.0, 0.1]), np.array([1.0, 1.0]), places=1)
    assert random.getstate() == before


# Small clinics by hand


def small_pathway(*, worsens=0.0, relapses=2.0, ready=20.0):
    """Build the pathway of one therapy: wait, infusion, remission, relapse; everybody is infused in time."""
    states = (
        State("waiting", "relapse", "waiting", "car", 1),
        State("remission", "remission", "remission", "car", 1),
        State("dead", "death", "dead"),
    )
    moves = [Transition(0, 1, INFUSION), Transition(0, 2, WORSENED), Transition(1, 2, DIED)]
    hazards = np.array([[[ready], [worsens], [relapses]]])
    initial = np.array([[1.0], [0.0], [0.0]])
    starting = ((Event("apheresis", "car"), np.ones(1)),)
    return Pathway(states, tuple(moves), initial, (0.0,), hazards, starting)


def run(resources, *, times, path=None, p_icu=0.0, seed=1):
    """Run a clinic of one strategy, and return what happened."""
    n = len(times)
    way = way_of(itinerary_of(path or small_pathway()))
    clinic = Clinic([[way]], resources, [{"car": p_icu}])
    arrivals = Arrivals(np.asarray(times, dtype=float), np.zeros(n, dtype=int), np.full(n, HORIZON))
    return run_clinic(clinic, arrivals, Chances(Streams(seed), n), lambda *_: 0)


def site(places, held, *closed):
    return (Site("only", places, {"car": held, "": held}, tuple(Closure(*one) for one in closed)),)


def of(uses, use):
    """Return the patients who asked for a place, and when they asked, had it and gave it back."""
    own = uses.use == USES.index(use)
    order = np.argsort(uses.patient[own], kind="stable")
    return [column[own][order] for column in (uses.patient, uses.asked, uses.granted, uses.released)]


def infused(found):
    """Return when each patient was infused, in years since arrival."""
    first = found.stays.state == 0
    return found.stays.left[first][np.argsort(found.stays.patient[first])]


def test_who_waits_for_manufacture_is_infused_later_by_just_that():
    times = np.zeros(6)
    alone = infused(run({}, times=times))
    found = run({"manufacturing": site(2, 0.5)}, times=times)
    np.testing.assert_allclose(infused(found) - alone, [0, 0, 0.5, 0.5, 1.0, 1.0], rtol=0, atol=1e-12)


def test_waits_for_one_thing_after_the_other_add_up():
    found = run({"apheresis": site(1, 0.25), "manufacturing": site(1, 1.0)}, times=[0.0, 0.0])
    _, _, collected, _ = of(found.uses, "apheresis")
    _, asked, begun, _ = of(found.uses, "manufacturing")
    assert collected.tolist() == [0.0, 0.25]
    assert asked.tolist() == [0.0, 0.25]
    assert begun.tolist() == [0.0, 1.0]
    alone = infused(run({}, times=[0.0, 0.0]))
    np.testing.assert_allclose(infused(found) - alone, [0.0, 1.0], rtol=0, atol=1e-12)


def test_two_sites_serve_one_queue_each_in_its_own_time():
    sites = (Site("slow", 1, {"car": 2.0}), Site("quick", 1, {"car": 0.5}))
    found = run({"manufacturing": sites}, times=np.zeros(4))
    assert of(found.uses, "manufacturing")[2].tolist() == [0.0, 0.0, 0.5, 1.0]


def test_a_closed_site_takes_nobody_in_and_finishes_what_it_has_begun():
    found = run({"manufacturing": site(1, 0.3, (0.2, 1.0))}, times=[0.1, 0.15, 0.5])
    _, _, granted, released = of(found.uses, "manufacturing")
    np.testing.assert_allclose(granted, [0.1, 1.0, 1.3], rtol=0, atol=1e-12)
    np.testing.assert_allclose(released, [0.4, 1.3, 1.6], rtol=0, atol=1e-12)


def test_who_dies_gives_a_bed_back_but_not_a_batch():
    resources = {"infusion_bed": site(50, 30.0), "manufacturing": site(50, 30.0)}
    found = run(resources, times=np.arange(40.0))
    died = (
        np.arange(40.0)
        + found.stays.left[found.stays.state == 1][np.argsort(found.stays.patient[found.stays.state == 1])]
    )
    _, _, granted, released = of(found.uses, "infusion_bed")
    np.testing.assert_allclose(released, np.minimum(died, granted + 30.0), rtol=0, atol=1e-9)
    _, _, begun, ended = of(found.uses, "manufacturing")
    np.testing.assert_allclose(ended, begun + 30.0, rtol=0, atol=1e-9)


def test_patients_who_wait_for_ever_worsen_as_their_disease_goes_on():
    """Nobody is served: the time to worsening is exponential, and the queue is left then."""
    rate, n = 1.5, 1500
    found = run(
        {"manufacturing": site(1, 1000.0)}, times=np.linspace(0, 1, n), path=small_pathway(worsens=rate)
    )
    _, asked, granted, left = of(found.uses, "manufacturing")
    assert np.isfinite(granted).sum() == 1
    waited = (left - asked)[~np.isfinite(granted)]
    assert waited.size == n - 1
    assert kstest(waited, "expon", args=(0, 1 / rate)).pvalue > 1e-3


def test_intensive_care_is_asked_for_by_its_share_and_in_vain_after_the_time_of_need():
    n, need = 2000, 0.1
    found = run({"icu_bed": site(1, need)}, times=np.linspace(0, 10, n), p_icu=0.4)
    patients, asked, granted, left = of(found.uses, "icu_bed")
    assert abs(patients.size / n - 0.4) < 4 * np.sqrt(0.24 / n)
    without = ~np.isfinite(granted)
    assert 0 < without.sum() < n
    assert (left - asked)[without].max() <= need + 1e-9
    assert (granted - asked)[~without].max() <= need + 1e-9


def test_cells_made_ahead_come_late_by_what_the_time_until_they_are_needed_does_not_make_up_for():
    """A bridge: cells are collected at the start, and made while another therapy is given."""
    states = (
        State("bridging", "relapse", "treated", "bite", 1),
        State("waiting", "relapse", "waiting", "car", 2),
        State("remission", "remission", "remission", "car", 2),
        State("dead", "death", "dead"),
    )
    moves = (Transition(0, 1), Transition(1, 2, INFUSION), Transition(2, 3, DIED))
    hazards = np.array([[[5.0], [5.0], [1.0]]])
    initial = np.array([[1.0], [0.0], [0.0], [0.0]])
    path = Pathway(states, moves, initial, (0.0,), hazards, ((Event("apheresis", "car"), np.ones(1)),))
    n, batch = 300, 0.3
    times = np.sort(np.random.default_rng(1).uniform(0, 20, n))
    found = run({"manufacturing": site(5, batch)}, times=times, path=path)
    alone = run({}, times=times, path=path)

    def infusion(one):
        own = one.stays.state == 1
        return one.stays.left[own][np.argsort(one.stays.patient[own])]

    _, asked, granted, _ = of(found.uses, "manufacturing")
    usual = infusion(alone)
    by_hand = np.maximum(usual, (granted - asked) + np.minimum(batch, usual))
    np.testing.assert_allclose(infusion(found), by_hand, rtol=0, atol=1e-9)
    assert (by_hand > usual + 0.01).sum() > 20
    assert ((granted > asked) & (by_hand == usual)).sum() > 20


def test_replications_and_rules_are_the_same_patients_only_where_they_should_be():
    times = np.linspace(0, 1, 50)
    one, again, other = (infused(run({}, times=times, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.isclose(one, other).any()


# Expected waits


def test_the_expected_wait_is_the_wait_of_who_comes_where_nobody_leaves_the_queue():
    rng = np.random.default_rng(3)
    for _ in range(200):
        places, n = int(rng.integers(1, 4)), int(rng.integers(1, 12))
        arrivals, held = np.sort(rng.uniform(0, 2, n)), float(rng.uniform(0.1, 2))
        begun = arrivals + waits_by_hand(arrivals, np.full(n, held), places)
        now = float(arrivals[-1])
        busy = tuple(time + held for time in begun[:-1] if time <= now < time + held)
        queue = ["car"] * int((begun[:-1] > now).sum())
        expected = next_free([Load(site(places, held)[0], busy)], queue, now=now)
        assert expected == pytest.approx(max(begun[-1], now), abs=1e-12)


def test_the_expected_wait_knows_when_a_closed_site_opens_again():
    closed = site(1, 1.0, (0.0, 3.0))[0]
    assert next_free([Load(closed)], [], now=1.0) == 3.0
    assert next_free([Load(closed)], ["car"], now=1.0) == 4.0
    assert next_free([Load(closed, (5.0,))], [], now=1.0) == 5.0
    to_come = site(1, 1.0, (2.0, 3.0))[0]
    assert next_free([Load(to_come)], ["car"], now=1.5) == 3.0
    assert next_free([Load(replace(closed, closed=())), Load(closed)], ["car"], now=1.0) == 2.0


def test_nobody_is_infused_with_cells_that_are_not_made_and_none_are_made_for_who_can_have_none():
    """A bridge from whose remission some relapse while they wait for cells, and some are lost to salvage."""
    states = (
        State("bridging", "remission", "remission", "bite", 1),
        State("relapsed", "relapse", "waiting", "car", 2),
        State("salvage", "relapse", "refractory", "", 3),
        State("remission", "remission", "remission", "car", 2),
        State("dead", "death", "dead"),
    )
    relapse, lost = (Event("salvage"),), (Event("salvage"), Event("active_disease"))
    failed = (Event("manufacturing_failure", "car"), Event("salvage"))
    moves = (
        Transition(0, 1, relapse),
        Transition(0, 3, INFUSION),
        Transition(1, 2, lost),
        Transition(1, 2, failed),
        Transition(1, 3, INFUSION),
        Transition(2, 4, DIED),
        Transition(3, 4, DIED),
    )
    hazards = np.array([[[3.0], [9.0], [1.0], [2.0], [9.0], [0.5], [0.5]]])
    initial = np.array([[1.0], [0.0], [0.0], [0.0], [0.0]])
    path = Pathway(states, moves, initial, (0.0,), hazards, ((Event("apheresis", "car"), np.ones(1)),))
    batch, times = 0.25, np.sort(np.random.default_rng(2).uniform(0, 20, 400))
    found = run({"manufacturing": site(4, batch)}, times=times, path=path)
    _, _, granted, released = of(found.uses, "manufacturing")
    stays = found.stays
    infused_by = {1: 0, 4: 1}  # the moves, and the states that they leave
    for move, state in infused_by.items():
        own = (stays.move == move) & (stays.state == state)
        who = stays.patient[own]
        assert own.sum() > 40
        # Never before cells were begun to be made.
        assert (times[who] + stays.left[own] >= granted[who] - 1e-9).all()
        assert np.isfinite(granted[who]).all()
    failing = stays.patient[stays.move == 3]
    assert failing.size > 10
    assert np.isfinite(granted[failing]).all()
    lost = np.unique(stays.patient[(stays.move == 2) | (stays.move == 3)])
    entered = {
        int(p): float(t) for p, t, s in zip(stays.patient, stays.entered, stays.state, strict=True) if s == 2
    }
    waiting = [p for p in lost if not np.isfinite(granted[p])]
    assert len(waiting) > 10
    for patient in waiting:  # who is lost leaves the queue then
        assert released[patient] == pytest.approx(times[patient] + entered[int(patient)], abs=1e-9)
