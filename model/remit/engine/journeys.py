"""Patients who come to a clinic one after the other, and their journeys through their pathways.

Every time that is not waited for a place comes from a patient's own uniforms, so that a clinic with places
enough gives the histories of :mod:`remit.engine.patients`, and rules are compared on the same patients.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.engine.clinic import NEVER, Desk, Guide, Steps, Taken, python_random_kept
from remit.engine.patients import ENDED
from remit.engine.resources import BEDS, USES, Resources, Use
from remit.engine.stops import Need
from remit.engine.way import Chances, Leaving, Way

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Clinic:
    """Everything about a clinic but who comes to it.

    Attributes
    ----------
    ways
        Stratum -> strategy -> the way of its patients.
    resources
        What it has too little of.
    p_icu
        Stratum -> therapy -> the share of those infused who need intensive care.
    """

    ways: Sequence[Sequence[Way]]
    resources: Resources
    p_icu: Sequence[Mapping[str, float]]


@dataclass(frozen=True)
class Arrivals:
    """Who comes to a clinic, (patient,) each.

    Attributes
    ----------
    times
        Years since the clinic opened, rising.
    strata
        To which each belongs.
    ends
        Years from arrival to death of background causes, or to the horizon.
    """

    times: Array
    strata: Places
    ends: Array


@dataclass(frozen=True)
class Stays:
    """Every stay of every patient, (stay,) each; years since the patient's arrival."""

    patient: Places
    state: Places
    entered: Array
    left: Array
    move: Places


@dataclass(frozen=True)
class Uses:
    """Every place asked for, (use,) each; years since the clinic opened, infinite for what never happened.

    ``use`` is a place in ``USES``, ``site`` one among its sites (-1: none was had). Who left the queue has
    ``released`` without ``granted``.
    """

    patient: Places
    use: Places
    site: Places
    asked: Array
    granted: Array
    released: Array


@dataclass(frozen=True)
class ClinicRun:
    """What happened in a clinic: the strategy of each patient, all stays, and the places asked for."""

    strategy: Places
    stays: Stays
    uses: Uses


# A patient, and how long one who came to a resource now would wait for it -> the strategy.
Choice = Callable[[int, Callable[[Use], float]], int]


def run_clinic(clinic: Clinic, arrivals: Arrivals, chances: Chances, choose: Choice) -> ClinicRun:
    """Run a clinic until all who came have left it.

    Parameters
    ----------
    clinic, arrivals
        See there.
    chances
        The uniforms of these patients.
    choose
        The rule by which a patient who arrives is given a strategy (a place among the ways).
    """
    with python_random_kept():
        return _Floor(clinic, arrivals, chances, choose).run()


@dataclass
class _Journey:
    """One patient's journey: who, on which way, and which places he has asked for."""

    patient: int
    arrived: float
    end: float
    way: Way
    guide: Guide
    p_icu: Mapping[str, float]
    products: dict[str, Taken] = field(default_factory=dict)
    beds: list[Taken] = field(default_factory=list)


class _Floor:
    """Patients and their journeys through one clinic."""

    def __init__(self, clinic: Clinic, arrivals: Arrivals, chances: Chances, choose: Choice) -> None:
        self._clinic, self._arrivals, self._chances, self._choose = clinic, arrivals, chances, choose
        self._desk = Desk(clinic.resources)
        self._strategy = np.zeros(arrivals.times.size, dtype=np.intp)
        self._stays: list[tuple[int, int, float, float, int]] = []

    def run(self) -> ClinicRun:
        """Let everybody come and go, and return what happened."""
        door = self._desk.guide()
        door.send(self._admit(door))
        self._desk.run()
        return ClinicRun(self._strategy, self._all_stays(), self._all_uses())

    def _all_stays(self) -> Stays:
        patient, state, entered, left, move = zip(*self._stays, strict=True)
        return Stays(_ints(patient), _ints(state), np.array(entered), np.array(left), _ints(move))

    def _all_uses(self) -> Uses:
        log = self._desk.log
        whole = [(taken.patient, USES.index(taken.need.use), taken.site) for taken in log]
        times = [(taken.asked, taken.granted, taken.released) for taken in log]
        return Uses(*_ints(whole).reshape(-1, 3).T, *np.array(times).reshape(-1, 3).T)

    def _admit(self, door: Guide) -> Steps:
        """Let patients in as they come, each on the way that the rule gives him."""
        arrivals, desk = self._arrivals, self._desk
        each = zip(arrivals.times.tolist(), arrivals.strata.tolist(), arrivals.ends.tolist(), strict=True)
        for patient, (time, stratum, end) in enumerate(each):
            yield door.hold(till=time)
            strategy = self._choose(patient, desk.expected_wait)
            self._strategy[patient] = strategy
            guide, way = desk.guide(), self._clinic.ways[stratum][strategy]
            guide.send(self._go(_Journey(patient, time, end, way, guide, self._clinic.p_icu[stratum])))

    def _go(self, journey: _Journey) -> Steps:
        """Walk one patient through his states until he dies or the horizon comes."""
        way, patient = journey.way, journey.patient
        state, at = way.start(patient, self._chances), 0.0
        needs, ahead = way.stops.at_start[state], way.stops.ahead[state]
        move: int | None = None
        while True:
            entered = at
            at, move = yield from self._wait(journey, needs, way.at_entry, state, at)
            if move is None:
                self._make(journey, ahead)
                at, move = yield from self._leave(journey, state, at)
            self._stays.append((patient, state, entered, at, move))
            if move == ENDED or way.leads_to[move] == len(way.leaving):
                break
            state, needs, ahead = way.leads_to[move], way.stops.after.get(move, ()), ()
            self._note_infusion(journey, move, state)
            yield from self._drop_products(journey, state, at)
            if needs:
                yield from self._until(journey, at)
        yield from self._clear(journey, at)

    def _leave(self, journey: _Journey, state: int, at: float) -> Generator[Any, None, tuple[float, int]]:
        """Return when and by which move a patient leaves a state, once he has the places that it needs."""
        way = journey.way
        left, move = way.leaving[state].leave(journey.patient, at, journey.end, self._chances)
        needs = way.stops.before.get(move, ())
        if not needs:
            return left, move
        yield from self._until(journey, left)
        left, other = yield from self._wait(journey, needs, way.at_exit, state, left)
        return left, move if other is None else other

    def _wait(
        self, journey: _Journey, needs: Sequence[Need], waiting: Mapping[int, Leaving], state: int, at: float
    ) -> Generator[Any, None, tuple[float, int | None]]:
        """Wait for places, one after the other, and return when they are had, and no move.

        Who dies or worsens meanwhile leaves the queue: when, and by which move.
        """
        short = [need for need in needs if self._is_short(journey, need)]
        if not short:
            return at, None
        left, move = waiting[state].leave(journey.patient, at, journey.end, self._chances)
        for need in short:
            if at < left:
                wait = self._wait_for_product if need.ahead else self._wait_for_place
                at = yield from wait(journey, need, at, left)
        if at >= left:
            return left, move
        for need in short:
            if need.ahead:
                del journey.products[need.therapy]
        return at, None

    def _is_short(self, journey: _Journey, need: Need) -> bool:
        return need.therapy in journey.products if need.ahead else self._desk.is_short_of(need.use)

    def _wait_for_place(
        self, journey: _Journey, need: Need, at: float, left: float
    ) -> Generator[Any, None, float]:
        """Return when a place is had; ``left`` or later if the patient does not live to see it."""
        taken = self._desk.ask(need, journey.patient, journey.guide)
        yield from self._until(journey, left)
        self._desk.give_up(taken)
        journey.beds += [taken] if need.use in BEDS else []
        return at + (taken.granted - taken.asked)

    def _wait_for_product(
        self, journey: _Journey, need: Need, at: float, left: float
    ) -> Generator[Any, None, float]:
        """Return when cells that are made ahead are there; ``left`` or later if the patient leaves before.

        The pathway's own wait counts as long enough for manufacture that begins at once; where it begins
        late, cells come late by what that wait does not make up for. Who leaves may come to wait for them in
        another state: they go on being made.
        """
        product = journey.products[need.therapy]
        reached = journey.arrived + at
        if product.granted == NEVER:
            product.waiter = journey.guide
            yield from self._until(journey, left)
            product.waiter = None
        time = self._desk.time_held(need, max(product.site, 0))
        late = product.granted + min(time, reached - product.asked) - reached
        if late > 0:
            at = min(at + late, left)
            yield from self._until(journey, at)
        return at

    def _make(self, journey: _Journey, therapies: Sequence[str]) -> None:
        """Have cells made while the patient is treated otherwise."""
        for therapy in therapies:
            if self._desk.is_short_of("manufacturing"):
                journey.products[therapy] = self._desk.ask(Need("manufacturing", therapy), journey.patient)

    def _drop_products(self, journey: _Journey, state: int, at: float) -> Steps:
        """Leave the queue for cells that a patient in this state will never be given."""
        until = journey.way.stops.until
        for therapy in [name for name in journey.products if state not in until[name]]:
            product = journey.products.pop(therapy)
            if product.granted == NEVER:
                yield from self._until(journey, at)
                self._desk.give_up(product)

    def _note_infusion(self, journey: _Journey, move: int, state: int) -> None:
        """Ask for intensive care where an infusion makes it necessary, in vain after the time of need."""
        way = journey.way
        for event in way.itinerary.pathway.transitions[move].events:
            need = Need("icu_bed", event.therapy)
            if event.kind == "infusion" and self._desk.is_short_of("icu_bed"):
                purpose = f"{way.itinerary.exits[state].purpose} intensive care"
                if self._chances.uniform(purpose, journey.patient) < journey.p_icu[event.therapy]:
                    patience = self._desk.time_held(need)
                    journey.beds.append(self._desk.ask(need, journey.patient, patience=patience))

    def _clear(self, journey: _Journey, at: float) -> Steps:
        """Give back beds, and leave queues, that a patient still has or stands in when he is gone."""
        held = [*journey.beds, *journey.products.values()]
        if any(taken.until > journey.arrived + at for taken in held):
            yield from self._until(journey, at)
            for taken in journey.beds:
                self._desk.give_back(taken)
            for taken in held:
                self._desk.give_up(taken)

    def _until(self, journey: _Journey, at: float) -> Steps:
        """Let the clock come to a time of a patient."""
        yield journey.guide.hold(till=max(journey.arrived + at, self._desk.now()))


def _ints(numbers: Sequence[object]) -> Places:
    return np.array(numbers, dtype=np.intp)
