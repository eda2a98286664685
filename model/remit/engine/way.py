"""A pathway asked for one patient at a time, in plain numbers: what the clinic walks along.

The questions and answers are those of :mod:`remit.engine.itinerary`, which asks them of many patients at
once; numpy on single numbers costs ten times as much. Both are held against each other (V61).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from remit.engine.itinerary import START, Exits, Itinerary
from remit.engine.patients import ENDED
from remit.engine.stops import Stops, goes_on, stops_of
from remit.engine.streams import Streams


class Chances:
    """The uniforms of all patients of a replication, purpose by purpose, as plain numbers."""

    def __init__(self, streams: Streams, n_patients: int) -> None:
        self._streams, self._everyone = streams, np.arange(n_patients)
        self._uniforms: dict[str, list[float]] = {}
        self._budgets: dict[str, list[float]] = {}

    def uniform(self, purpose: str, patient: int) -> float:
        """Return a patient's uniform for a purpose."""
        if purpose not in self._uniforms:
            self._uniforms[purpose] = self._streams.uniforms(purpose, self._everyone).tolist()
        return self._uniforms[purpose][patient]

    def budget(self, purpose: str, patient: int) -> float:
        """Return the summed hazard at which something happens to a patient: -ln of the uniform."""
        if purpose not in self._budgets:
            found = self._streams.uniforms(purpose, self._everyone)
            self._budgets[purpose] = (-np.log(found)).tolist()
        return self._budgets[purpose][patient]


@dataclass(frozen=True)
class Leaving:
    """Some of the moves out of one state, from good to bad.

    Attributes
    ----------
    time, exit_
        The purposes of the uniforms that say when, and which.
    epochs
        Each: until when (years; the last is infinite), the rate of leaving, and the bounds of the uniforms
        by which each move but the last is taken.
    moves
        The transitions.
    """

    time: str
    exit_: str
    epochs: tuple[tuple[float, float, tuple[float, ...]], ...]
    moves: tuple[int, ...]

    def leave(self, patient: int, entered: float, end: float, chances: Chances) -> tuple[float, int]:
        """Return when a patient leaves who ``entered`` then, and how; ``ENDED`` if ``end`` comes first."""
        if not self.moves:
            return end, ENDED
        left, bounds = self._when(entered, chances.budget(self.time, patient))
        if left >= end:
            return end, ENDED
        if len(self.moves) == 1:
            return left, self.moves[0]
        return left, self.moves[bisect_right(bounds, chances.uniform(self.exit_, patient))]

    def _when(self, entered: float, budget: float) -> tuple[float, tuple[float, ...]]:
        for until, rate, bounds in self.epochs:
            if entered < until:
                left = entered + budget / rate if rate > 0 else float("inf")
                if left < until:
                    return left, bounds
                budget -= rate * (until - entered)
                entered = until
        return float("inf"), self.epochs[-1][2]


@dataclass(frozen=True)
class Way:
    """One draw of a pathway, for one patient after the other.

    Attributes
    ----------
    itinerary
        The same for many patients at once.
    starts, bounds
        The states in which patients start, and up to which uniform (purpose ``START``) in each but the last.
    stops
        Where they wait for places.
    leaving
        State -> by which moves it is left.
    leads_to
        Transition -> the state that it leads to.
    at_entry, at_exit
        State -> by which of its moves it is left by those who wait for a place, before its own clock starts
        and after it has stopped; of states in which nobody waits there is none.
    """

    itinerary: Itinerary
    starts: tuple[int, ...]
    bounds: tuple[float, ...]
    stops: Stops
    leaving: tuple[Leaving, ...]
    leads_to: tuple[int, ...]
    at_entry: dict[int, Leaving]
    at_exit: dict[int, Leaving]

    def start(self, patient: int, chances: Chances) -> int:
        """Return the state in which a patient starts."""
        if len(self.starts) == 1:
            return self.starts[0]
        return self.starts[bisect_right(self.bounds, chances.uniform(START, patient))]


def way_of(itinerary: Itinerary) -> Way:
    """Return an itinerary for one patient after the other."""
    pathway, starts = itinerary.pathway, tuple(itinerary.starts.tolist())
    stops, moves = stops_of(pathway), pathway.transitions
    entered = {moves[number].destination for number in stops.after}.union(starts)
    left = {moves[number].origin for number in stops.before}
    return Way(
        itinerary,
        starts,
        tuple(itinerary.bounds.tolist()),
        stops,
        tuple(_leaving(exits, exits.purpose, range(exits.numbers.size)) for exits in itinerary.exits),
        tuple(move.destination for move in moves),
        {state: _waiting(itinerary, state, "queue") for state in sorted(entered)},
        {state: _waiting(itinerary, state, "bed") for state in sorted(left)},
    )


def _waiting(itinerary: Itinerary, state: int, purpose: str) -> Leaving:
    """Return how a state is left by those who wait in it for a place."""
    exits = itinerary.exits[state]
    some = [place for place, number in enumerate(exits.numbers) if goes_on(itinerary.pathway, int(number))]
    return _leaving(exits, f"{exits.purpose} {purpose}", some)


def _leaving(exits: Exits, purpose: str, places: list[int] | range) -> Leaving:
    some = list(places)
    hazards = exits.hazards[:, some]
    rates = hazards.sum(axis=1)
    shares = np.cumsum(hazards, axis=1) / np.where(rates > 0, rates, 1.0)[:, None]
    untils = (*exits.epochs[1:], float("inf"))
    epochs = tuple(
        (until, float(rate), tuple(row[:-1].tolist()))
        for until, rate, row in zip(untils, rates, shares, strict=True)
    )
    moves = tuple(int(number) for number in exits.numbers[some])
    return Leaving(f"{purpose} time", f"{purpose} exit", epochs, moves)
