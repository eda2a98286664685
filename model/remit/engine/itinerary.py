"""How a patient leaves each state of a pathway, in one draw: when, and where to.

The questions are asked of uniforms, so that whoever follows patients (all at once, or one by one in a clinic)
gets the same answers for the same patient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.lineage import lineage_of
from remit.errors import InputError, Problem
from remit.pathway.graph import HealthState, Pathway, State

Array = NDArray[np.float64]
# Ordered from good to bad, so that a patient's uniform means much the same in every strategy.
_GOODNESS: dict[HealthState, int] = {"remission": 0, "hsct": 1, "relapse": 2, "death": 3}


@dataclass(frozen=True)
class Exits:
    """The moves out of one state that can happen, from good to bad.

    Attributes
    ----------
    purpose
        Names the streams of the state: see :func:`purposes_of`.
    epochs
        Years at which hazards change; the first is 0.
    numbers, destinations
        (exit,): the transitions, and the states that they lead to.
    hazards
        (epoch, exit) per year.
    rates
        (epoch,): all of them together.
    bounds
        (epoch, exit - 1): up to which uniform each exit but the last is taken.
    """

    purpose: str
    epochs: tuple[float, ...]
    numbers: NDArray[np.intp]
    destinations: NDArray[np.intp]
    hazards: Array
    rates: Array
    bounds: Array

    def time(self, entered: Array, uniform: Array) -> Array:
        """Return when patients leave who ``entered`` then, background mortality apart: infinite if never.

        The hazard summed from entry on reaches -ln(uniform) then: exact with hazards constant within epochs.

        Parameters
        ----------
        entered
            (patient,) years.
        uniform
            (patient,) of the purpose ``self.purpose + " time"``.
        """
        return time_of(self.rates, self.epochs, entered, -np.log(uniform))

    def which(self, left: Array, uniform: Array) -> NDArray[np.intp]:
        """Return the place of the exit taken by patients who leave at ``left``, (patient,).

        Parameters
        ----------
        left
            (patient,) years.
        uniform
            (patient,) of the purpose ``self.purpose + " exit"``.
        """
        # Small numbers are compared and summed fastest.
        place = np.zeros(np.shape(left), dtype=np.uint8 if len(self.numbers) < 256 else np.intp)
        if (self.bounds == self.bounds[0]).all():
            for bound in self.bounds[0]:
                place += uniform >= bound
        else:
            epoch = np.searchsorted(self.epochs, left, side="right") - 1
            for bound in self.bounds.T:
                place += uniform >= bound.take(epoch)
        return place.astype(np.intp)


def time_of(rates: Array, epochs: tuple[float, ...], entered: Array, budget: Array) -> Array:
    """Return when a hazard, summed from ``entered`` on, reaches ``budget``; infinite if it never does.

    Parameters
    ----------
    rates
        (epoch,) hazards per year.
    epochs
        Years at which each begins; the first is 0.
    entered, budget
        (patient,) years, and the summed hazard at which it happens (unit exponential).
    """
    if (rates == rates[0]).all():
        return _reached(entered, budget, float(rates[0]))
    lengths = np.diff([*epochs, np.inf])
    # Summed from time 0 it is a line with a bend at each epoch, which is read backwards.
    target, summed, bends = np.array(budget), 0.0, []
    for rate, start, length in zip(rates.tolist(), epochs, lengths.tolist(), strict=True):
        if rate > 0:
            target += rate * np.clip(entered - start, 0.0, length)
        bends.append((rate, start, summed))
        summed += rate * length if rate > 0 else 0.0
    rate, start, begun = bends.pop()
    found = _reached(start, target - begun, rate)
    while bends:
        after, (rate, start, begun) = begun, bends.pop()
        found = np.where(target <= after, _reached(start, target - begun, rate), found)
    return found


def _reached(start: Array | float, budget: Array, rate: float) -> Array:
    """Return when a constant hazard, summed from ``start`` on, reaches ``budget``."""
    return np.asarray(start + budget / rate) if rate > 0 else np.full(np.shape(budget), np.inf)


@dataclass(frozen=True)
class Itinerary:
    """One draw of a pathway as a patient meets it.

    Attributes
    ----------
    pathway
        The pathway, of this draw alone.
    exits
        One for each alive state, in topological order.
    starts, bounds
        Where patients start, and up to which uniform (purpose ``START``) in each but the last.
    """

    pathway: Pathway
    exits: tuple[Exits, ...]
    starts: NDArray[np.intp]
    bounds: Array


START = "start"


def itinerary_of(pathway: Pathway, draw: int = 0) -> Itinerary:
    """Return one draw of a pathway as a patient meets it.

    Raises
    ------
    InputError
        Where its states are phases of both signs, through which a cohort can be followed but no patient.
    """
    if pathway.phased:
        rule = "patients can be followed one by one only where the time to relapse is exponential"
        hint = "its other families are sums of phases with negative shares: use the cohort engine"
        raise InputError(Problem(rule, key="settings.relapse", hint=hint))
    one = pathway.take(np.array([draw]))
    purposes = purposes_of(one)
    leaving: list[list[int]] = [[] for _ in purposes]
    for number, move in enumerate(one.transitions):
        if bool(np.any(one.hazards[:, number] > 0)):
            leaving[move.origin].append(number)
    exits = [_exits(one, state, numbers, purposes[state]) for state, numbers in enumerate(leaving)]
    shares = one.initial[:, 0]
    begun = sorted(np.flatnonzero(shares > 0).tolist(), key=lambda place: _order(one.states[place]))
    starts = np.array(begun, dtype=np.intp)
    return Itinerary(one, tuple(exits), starts, np.cumsum(shares[starts])[:-1] / np.sum(shares[starts]))


def purposes_of(pathway: Pathway) -> list[str]:
    """Name the streams of each alive state: by therapy, how often it was given, and the state in its line.

    So that the same therapy asks the same uniforms of a patient in whatever line and strategy. No patient
    asks one twice: a state whose purpose he may have met before has its own.
    """
    ancestors = lineage_of(pathway).ancestors
    own = [_purpose(pathway, state) for state in pathway.states[:-1]]
    met = [{own[other] for other in above[:-1]} for above in ancestors]
    return [
        f"{purpose} as {pathway.states[place].name}" if purpose in before else purpose
        for place, (purpose, before) in enumerate(zip(own, met, strict=True))
    ]


def _purpose(pathway: Pathway, state: State) -> str:
    before = {other.line for other in pathway.states if other.therapy == state.therapy}
    course = sum(line < state.line for line in before) + 1
    return f"{state.therapy} {course} {state.name.rpartition('.')[2]}"


def _exits(pathway: Pathway, state: int, numbers: list[int], purpose: str) -> Exits:
    own = pathway.states[state]
    moves = pathway.transitions

    def order(number: int) -> tuple[object, ...]:
        """Order exits: those that stay in the line first, from good to bad."""
        there = pathway.states[moves[number].destination]
        return (there.line != own.line, *_order(there), moves[number].events)

    ordered = np.array(sorted(numbers, key=order), dtype=np.intp)
    hazards = pathway.hazards[:, ordered, 0]
    rates = np.sum(hazards, axis=1)
    shares = np.cumsum(hazards, axis=1) / np.where(rates > 0, rates, 1.0)[:, None]
    destinations = np.array([moves[number].destination for number in ordered], dtype=np.intp)
    return Exits(purpose, pathway.epochs, ordered, destinations, hazards, rates, shares[:, :-1])


def _order(state: State) -> tuple[object, ...]:
    return state.health_state == "death", _GOODNESS[state.health_state], state.name.rpartition(".")[2]
