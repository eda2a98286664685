"""The clinic written a second time, from sections 16 and 18 of docs/method.md: a heap of events, no salabim.

Given to it are what the page describes elsewhere: the plan of the clinic, pathways with their hazards, the
uniforms of patients, when they die of background causes, and what stays and moves are worth. Where patients
stop (``independent_stops``), who is served and how that is measured (``independent_desks``), how the disease
goes on meanwhile and what the rules ask is all its own. Times are years; a patient's own clock starts on
arrival, in the one state in which patients start, waiting. Patients come at random, not from a file. Where
the page left two readings open, comments marked "Reading:" say which one the engine's results follow.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from independent_desks import BEDS, Clock, Desk, service
from independent_stops import (
    CELLS_AHEAD,
    collected_at_start,
    exits_of_disease,
    may_be_given,
    needs_after,
    needs_at_start,
    needs_before,
)
from remit.economics.patient_values import worth_of_patients
from remit.engine.patients import ENDED, Histories, Visits, background_deaths
from remit.engine.streams import Streams


@dataclass
class Patient:
    """Somebody who comes; ``cells`` are those made ahead for him and not yet used, by therapy."""

    number: int
    arrived: float
    stratum: int
    end: float
    uniform: Callable[[str], float]
    strategy: int = -1
    stays: list = field(default_factory=list)
    cells: dict = field(default_factory=dict)
    beds: list = field(default_factory=list)


def leave(exits, places, purpose, patient, entered):
    """Return when a patient leaves a state by some of its exits, and by which move (section 16)."""
    budget = -math.log(patient.uniform(f"{purpose} time"))
    for hazards, until in zip(exits.hazards[:, places], [*exits.epochs[1:], math.inf], strict=True):
        rate = float(hazards.sum())
        if entered < until:
            left = entered + budget / rate if rate > 0 else math.inf
            if left >= patient.end:
                break
            if left < until:
                bounds = np.cumsum(hazards)[:-1] / rate
                chosen = int((patient.uniform(f"{purpose} exit") >= bounds).sum())
                return left, int(exits.numbers[places[chosen]])
            budget, entered = budget - rate * (until - entered), until
    return patient.end, ENDED


class Clinic:
    """A clinic of a plan, for the patients of a study at its means: ``crowd``, with their ways."""

    def __init__(self, plan, study, crowd):
        self.plan, self.crowd, self.strata = plan, crowd, study.strata(study.wide_values(None))
        self.products = {"": "", **{name: therapy.product for name, therapy in study.therapies.items()}}

    def run(self, rule, replication):
        """Let the patients of a replication come under a rule; return what it did for those who count."""
        self.clock = Clock()
        self.desks = {
            use: Desk(self.clock, sites, self.products) for use, sites in self.plan.resources.items()
        }
        patients, counted = self.comers(replication)
        for patient in patients:
            self.clock.at(patient.arrived, functools.partial(self.admit, patient, self.plan.rules[rule]))
        self.clock.run()
        who = [patients[number] for number in counted]
        return {
            "service": service(self.desks, counted, (who[0].arrived, who[-1].arrived)),
            "worth": np.array([self.worth(patient) for patient in who]),
            "years_to_infusion": np.array([self.infused(patient) for patient in who]),
            "strategy": [patient.strategy for patient in who],
        }

    def comers(self, replication):
        """Return everybody who comes, and which of them count."""
        plan, streams = self.plan, Streams(self.plan.seed, first=replication * 2**24)
        most = plan.patients + int(4 * plan.warm_up * plan.arrivals.per_year) + 100
        gaps = -np.log(streams.uniforms("arrival", np.arange(most)))
        times = (np.cumsum(gaps) / plan.arrivals.per_year).tolist()
        first = next(number for number, time in enumerate(times) if time >= plan.warm_up)
        closes = times[first + plan.patients - 1] + plan.warm_up
        coming = [time for time in times if time <= closes]

        @functools.cache
        def uniforms(purpose):
            return streams.uniforms(purpose, np.arange(len(coming))).tolist()

        patients = [
            self.patient(number, time, lambda purpose, number=number: uniforms(purpose)[number])
            for number, time in enumerate(coming)
        ]
        return patients, range(first, first + plan.patients)

    def patient(self, number, arrived, uniform):
        stratum = int(np.searchsorted(self.crowd.bounds, uniform("stratum"), side="right"))
        own = self.crowd.strata[stratum]
        death = background_deaths(own.times, own.survival, np.array([uniform("background death")]))
        return Patient(number, arrived, stratum, min(float(death[0]), self.crowd.horizon), uniform)

    def admit(self, patient, rule):
        given = next((clause.give for clause in rule.when if self.holds(clause, patient)), rule.otherwise)
        patient.strategy = self.crowd.strategies.index(given)
        self.go_on(self.journey(patient))

    def holds(self, clause, patient):
        levels = self.strata[patient.stratum].levels
        if any(levels[feature] not in allowed for feature, allowed in clause.patients.items()):
            return False
        if clause.wait_for is None:
            return True
        return clause.wait_for in self.desks and self.desks[clause.wait_for].expected_wait() > clause.exceeds

    def go_on(self, journey):
        """Go on with a journey, which yields until when it waits, and for which place at most so long."""
        until, request = next(journey, (None, None))
        if until is None:
            return
        woken = []

        def wake():
            if not woken:
                woken.append(True)
                self.go_on(journey)

        if request is not None:
            request.wake = wake
        self.clock.at(until, wake)

    def worth(self, patient):
        """Return life-years, QALYs and costs (section 16)."""
        itinerary, prices = self.crowd.strata[patient.stratum].ways[patient.strategy]
        visits = tuple(
            Visits(state, np.array([0]), np.array([entered]), np.array([left]), np.array([move]))
            for state, entered, left, move in patient.stays
        )
        history = Histories(
            itinerary.pathway, np.array([0]), np.array([patient.end]), self.crowd.horizon, visits
        )
        found = np.zeros((3, 1))
        worth_of_patients(history, prices, found)
        return found[:, 0]

    def infused(self, patient):
        """Return when a patient was first infused, NaN if never."""
        moves = self.way(patient).pathway.transitions
        for _, _, left, move in patient.stays:
            if move != ENDED and any(event.kind == "infusion" for event in moves[move].events):
                return left
        return math.nan

    def way(self, patient):
        return self.crowd.strata[patient.stratum].ways[patient.strategy][0]

    def journey(self, patient):
        """Follow one patient from state to state; the move that led to the first one is None."""
        itinerary = self.way(patient)
        (state,), at, move = itinerary.starts.tolist(), 0.0, None
        while True:
            exits, entered = itinerary.exits[state], at
            needs = needs_at_start(itinerary) if move is None else needs_after(itinerary, move)
            at, leaving = yield from self.stop(patient, needs, state, "queue", at)
            if leaving is None:
                if move is None:
                    self.make_ahead(patient)
                at, leaving = leave(exits, list(range(exits.numbers.size)), exits.purpose, patient, at)
                yield patient.arrived + at, None
                if leaving != ENDED:
                    needs = needs_before(itinerary, leaving, patient.cells)
                    at, other = yield from self.stop(patient, needs, state, "bed", at)
                    leaving = leaving if other is None else other
            patient.stays.append((state, entered, at, leaving))
            if leaving == ENDED or itinerary.pathway.transitions[leaving].destination == len(itinerary.exits):
                self.clear(patient)
                return
            move, state = leaving, itinerary.pathway.transitions[leaving].destination
            self.ask_for_intensive_care(patient, move, state)
            self.drop_cells(patient, state)

    def make_ahead(self, patient):
        for therapy in collected_at_start(self.way(patient))[1] if "manufacturing" in self.desks else []:
            patient.cells[therapy] = self.desks["manufacturing"].ask(patient.number, therapy)

    def stop(self, patient, needs, state, which, at):
        """Wait for places one after the other, and return when all are had, and None.

        Who leaves his state before that: when, and by which move. One pair of uniforms is for the whole stop.
        """
        if not needs:
            return at, None
        itinerary = self.way(patient)
        exits, places = itinerary.exits[state], exits_of_disease(itinerary, state)
        limit, move = leave(exits, places, f"{exits.purpose} {which}", patient, at)
        for use, therapy in needs:
            if use == CELLS_AHEAD:
                at = yield from self.wait_for_cells(patient, therapy, at, limit)
            elif use in self.desks:
                at = yield from self.wait_for_place(patient, use, therapy, at, limit)
            if at >= limit:
                return limit, move
        for use, therapy in needs:
            if use == CELLS_AHEAD:
                del patient.cells[therapy]
        return at, None

    def wait_for_place(self, patient, use, therapy, at, limit):
        request = self.desks[use].ask(patient.number, therapy)
        if request.granted == math.inf:
            yield patient.arrived + limit, request
            self.desks[use].leave_queue(request)
        if use in BEDS:
            patient.beds.append((self.desks[use], request))
        return at + (request.granted - request.asked)

    def wait_for_cells(self, patient, therapy, at, limit):
        """Wait until the later of x and g + min(b, x) after the cells were asked for.

        Who leaves his state before that leaves neither their queue nor his claim to them.
        """
        cells = patient.cells[therapy]
        without_queue = patient.arrived + at - cells.asked
        if cells.granted == math.inf:
            yield patient.arrived + limit, cells
        begun = cells.granted - cells.asked
        at += max(0.0, begun + min(cells.held, without_queue) - without_queue)
        yield patient.arrived + min(at, limit), None
        return at

    def ask_for_intensive_care(self, patient, number, state):
        itinerary = self.way(patient)
        for event in itinerary.pathway.transitions[number].events:
            if event.kind != "infusion" or "icu_bed" not in self.desks:
                continue
            severe = float(self.strata[patient.stratum].values[f"p_severe_crs_{event.therapy}"][0])
            if patient.uniform(f"{itinerary.exits[state].purpose} intensive care") < severe:
                desk = self.desks["icu_bed"]
                request = desk.ask(patient.number, event.therapy)
                patient.beds.append((desk, request))
                # Reading: with several sites, the time for which the first one would hold it.
                useless = self.clock.now + desk.time_held(0, event.therapy)
                self.clock.at(useless, functools.partial(desk.leave_queue, request))

    def drop_cells(self, patient, state):
        """Leave the queue for cells that a patient in this state is never given."""
        for therapy, cells in patient.cells.items():
            if cells.served == math.inf and not may_be_given(self.way(patient), therapy, state):
                self.desks["manufacturing"].leave_queue(cells)

    def clear(self, patient):
        for desk, request in patient.beds:
            desk.leave_queue(request)
            if request.granted < math.inf:
                desk.give_back(request)
        for cells in patient.cells.values():
            self.desks["manufacturing"].leave_queue(cells)
