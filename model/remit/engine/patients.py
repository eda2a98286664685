"""Patients one by one, all at once: a next-event microsimulation of a pathway in continuous time.

All patients in a state are asked together when and where they leave, state by state in topological order:
as many steps as there are states, however many patients. What follows is exact: no grid, no cycle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.itinerary import START, Exits, Itinerary
from remit.engine.streams import Streams
from remit.pathway.graph import HEALTH_STATES, Event, Pathway, State

Array = NDArray[np.float64]
Places = NDArray[np.intp]
# In place of a transition: background death, or alive at the horizon.
ENDED = -1
BACKGROUND_DEATH = "background death"


@dataclass(frozen=True)
class Visits:
    """The stays of some patients in one state, (visit,) each; no patient comes to a state twice.

    Attributes
    ----------
    state
        Its index.
    patients
        Who, by place in the block.
    entered, left
        Years.
    moves
        Transitions by which they left; ``ENDED`` for background death and the horizon.
    """

    state: int
    patients: Places
    entered: Array
    left: Array
    moves: Places


@dataclass(frozen=True)
class Histories:
    """What happened to some patients of a block.

    Attributes
    ----------
    pathway
        Through which they went, one draw.
    patients
        Who, by place in the block, rising.
    ends
        (block,): when each dies of background causes, at most the horizon.
    horizon
        Years.
    visits
        State by state, in topological order.
    """

    pathway: Pathway
    patients: Places
    ends: Array
    horizon: float
    visits: tuple[Visits, ...]

    def of(self, patient: int) -> Iterator[tuple[State, float, float, tuple[Event, ...]]]:
        """Yield one patient's stays in order: state, entered, left, and the events of the move out of it."""
        for visits in self.visits:
            for row in np.flatnonzero(visits.patients == patient):
                number = int(visits.moves[row])
                events = () if number == ENDED else self.pathway.transitions[number].events
                if number == ENDED and visits.left[row] < self.horizon:
                    events = (Event("background_death"),)
                state = self.pathway.states[visits.state]
                yield state, float(visits.entered[row]), float(visits.left[row]), events


def background_deaths(times: Array, survival: Array, uniform: Array) -> Array:
    """Return when patients die of background causes: infinite for those who outlive the grid.

    The summed hazard reaches -ln(uniform) then. It is exact at the points of the grid and a straight line
    between them, as in :class:`remit.engine.background.Background`.

    Parameters
    ----------
    times, survival
        (point,) years, and background survival in one draw.
    uniform
        (patient,) of the purpose ``BACKGROUND_DEATH``.
    """
    with np.errstate(divide="ignore"):
        summed = np.minimum(-np.log(survival), np.finfo(float).max)
    budget = -np.log(uniform)
    return np.where(budget < summed[-1], np.interp(budget, summed, times), np.inf)


def follow_patients(
    itinerary: Itinerary, streams: Streams, patients: Places, ends: Array, horizon: float
) -> Histories:
    """Follow patients through a pathway until death or the horizon.

    Parameters
    ----------
    itinerary
        See :func:`remit.engine.itinerary.itinerary_of`.
    streams
        Their uniforms.
    patients
        Who of the block goes this way, rising.
    ends
        (block,): when each dies of background causes or reaches the horizon, in years.
    horizon
        Years.
    """
    arrivals: list[list[tuple[Places, Array]]] = [[] for _ in itinerary.exits]
    for state, who in _begun(itinerary, streams, patients):
        arrivals[state].append((who, np.zeros(who.size)))
    visits = []
    for state, exits in enumerate(itinerary.exits):
        if not arrivals[state]:
            continue
        who, entered = _together(arrivals[state])
        arrivals[state] = []
        place, left = _leave(exits, streams, who, entered, ends)
        moves = np.append(exits.numbers, ENDED).take(place)
        visits.append(Visits(state, who, entered, left, moves))
        for exit_, destination in enumerate(exits.destinations):
            if destination < len(itinerary.exits):
                taken = np.flatnonzero(place == exit_)
                if taken.size:
                    arrivals[destination].append((who.take(taken), left.take(taken)))
    return Histories(itinerary.pathway, patients, ends, horizon, tuple(visits))


def _begun(itinerary: Itinerary, streams: Streams, patients: Places) -> Iterator[tuple[int, Places]]:
    """Yield each state in which patients start, and who does."""
    if itinerary.starts.size == 1:
        yield int(itinerary.starts[0]), patients
        return
    place = np.searchsorted(itinerary.bounds, streams.uniforms(START, patients), side="right")
    for number, state in enumerate(itinerary.starts):
        yield int(state), patients[place == number]


def _together(arrived: Sequence[tuple[Places, Array]]) -> tuple[Places, Array]:
    if len(arrived) == 1:
        return arrived[0]
    return np.concatenate([who for who, _ in arrived]), np.concatenate([at for _, at in arrived])


def _leave(exits: Exits, streams: Streams, who: Places, entered: Array, ends: Array) -> tuple[Places, Array]:
    """Return the place of the exit by which patients leave a state (one past the last: ended), and when."""
    end = ends.take(who)
    if not exits.numbers.size:
        return np.zeros(who.size, dtype=np.intp), end
    left = exits.time(entered, streams.uniforms(f"{exits.purpose} time", who))
    if exits.numbers.size == 1:
        place = np.zeros(who.size, dtype=np.intp)
    else:
        place = exits.which(left, streams.uniforms(f"{exits.purpose} exit", who))
    place[left >= end] = exits.numbers.size
    return place, np.minimum(left, end)


def occupancy(histories: Histories, times: Sequence[float]) -> NDArray[np.int64]:
    """Return how many patients are in each reported health state, (time, health state)."""
    counted = np.zeros((len(times), len(HEALTH_STATES)), dtype=np.int64)
    for visits in histories.visits:
        column = HEALTH_STATES.index(histories.pathway.states[visits.state].health_state)
        for row, time in enumerate(times):
            counted[row, column] += np.count_nonzero((visits.entered <= time) & (time < visits.left))
    counted[:, -1] = histories.patients.size - counted.sum(axis=1)
    return counted


def times_of_events(histories: Histories, count: int) -> dict[Event, NDArray[np.int64]]:
    """Return how often each event of a move happened to each of the ``count`` patients of a block."""
    happened: dict[Event, NDArray[np.int64]] = {}
    for visits in histories.visits:
        for number in np.unique(visits.moves[visits.moves != ENDED]):
            who = visits.patients[visits.moves == number]
            for event in histories.pathway.transitions[number].events:
                counts = happened.setdefault(event, np.zeros(count, dtype=np.int64))
                counts[who] += 1
    return happened
