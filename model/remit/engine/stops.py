"""Where a patient on a pathway must wait for something that a clinic has too little of.

Read from the events and conditions of the pathway, so that new therapies and strategies need nothing here.
While patients wait, the disease goes on: they stay in their state, and leave it by its exits that are no step
of their treatment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from remit.engine.resources import Use
from remit.pathway.graph import Event, Pathway, State, Transition

# Moves that are steps of a treatment: none happens to a patient who waits for it.
_STEPS = ("infusion", "hsct", "manufacturing_failure")


@dataclass(frozen=True)
class Need:
    """A place that a patient must have; ``therapy`` is the one that it is for.

    One that is ``ahead`` was asked for at the start of the strategy: it is waited for, not asked for again.
    """

    use: Use
    therapy: str = ""
    ahead: bool = False


@dataclass(frozen=True)
class Stops:
    """Where patients on a pathway stop.

    Attributes
    ----------
    at_start
        State in which patients start -> what they need before its clock starts, one after the other.
    ahead
        State in which they start -> therapies whose cells are made from then on, while the patient is
        treated otherwise.
    until
        Therapy whose cells are made ahead -> the states from which patients may still be infused with it.
    before
        Transition -> what they need before they make it.
    after
        Transition -> what they need before the clock of the state that it leads to starts.
    """

    at_start: dict[int, tuple[Need, ...]]
    ahead: dict[int, tuple[str, ...]]
    until: dict[str, frozenset[int]]
    before: dict[int, tuple[Need, ...]]
    after: dict[int, tuple[Need, ...]]


def stops_of(pathway: Pathway) -> Stops:
    """Return where patients on a pathway stop.

    - Before their first state: a consultation, and apheresis where cells are collected then. Cells of the
      therapy they wait for go to manufacture at once, and they wait for a place there; those of a later line
      are made while the line before is given.
    - On entering a wait with apheresis: an apheresis place, then one in manufacture. After a failure of
      manufacture: one in manufacture.
    - Before infusion: the cells, where they are made ahead, and a bed. Their manufacture does not fail before
      it has begun.
    - Before a planned transplant: the search for a donor, which begins with the remission, and a bed.
    """
    at_start, ahead = {}, {}
    for state in np.flatnonzero(np.any(pathway.initial > 0, axis=1)).tolist():
        collected = tuple(_collected_at_start(pathway, pathway.states[state]))
        at_start[state] = tuple(_at_start(pathway.states[state], collected))
        ahead[state] = tuple(therapy for therapy in collected if therapy != pathway.states[state].therapy)
    made = {therapy for therapies in ahead.values() for therapy in therapies}
    before, after = {}, {}
    for number, move in enumerate(pathway.transitions):
        if early := tuple(_before(move, made)):
            before[number] = early
        if late := tuple(_after(pathway, move)):
            after[number] = late
    until = {therapy: _before_infusion(pathway, therapy) for therapy in sorted(made)}
    return Stops(at_start, ahead, until, before, after)


def _collected_at_start(pathway: Pathway, first: State) -> Iterator[str]:
    """Yield the therapies for which cells are collected at the start of those who start in a state."""
    for event, share in pathway.starting_events:
        if event.kind == "apheresis" and (event.therapy == first.therapy or bool(share[0] == 1)):
            yield event.therapy


def _at_start(first: State, collected: tuple[str, ...]) -> Iterator[Need]:
    if first.condition == "waiting":
        yield Need("consultation")
    for therapy in collected:
        yield Need("apheresis", therapy)
        if therapy == first.therapy:
            yield Need("manufacturing", therapy)


def _before_infusion(pathway: Pathway, therapy: str) -> frozenset[int]:
    """Return the states from which patients may still be infused with a therapy."""
    found: set[int] = set()
    for move in reversed(pathway.transitions):  # ordered by origin, and those who follow stand later
        if Event("infusion", therapy) in move.events or move.destination in found:
            found.add(move.origin)
    return frozenset(found)


def _before(move: Transition, made_ahead: Collection[str]) -> Iterator[Need]:
    for event in move.events:
        if event.kind in {"infusion", "manufacturing_failure"} and event.therapy in made_ahead:
            yield Need("manufacturing", event.therapy, ahead=True)
        if event.kind == "infusion":
            yield Need("infusion_bed", event.therapy)
        elif event.kind == "hsct":
            yield Need("transplant_bed")


def _after(pathway: Pathway, move: Transition) -> Iterator[Need]:
    origin, destination = pathway.states[move.origin], pathway.states[move.destination]
    for event in move.events:
        if event.kind == "apheresis":
            yield Need("apheresis", event.therapy)
            yield Need("manufacturing", event.therapy)
        elif event.kind == "manufacturing_failure" and _begins(destination, event):
            yield Need("manufacturing", event.therapy)
    if destination.condition == "remission_hsct_planned" and origin.condition != destination.condition:
        yield Need("donor_search")


def _begins(state: State, event: Event) -> bool:
    """Tell whether cells are made again in a state: the patient goes on waiting for the same therapy."""
    return state.condition == "waiting" and state.therapy == event.therapy


def goes_on(pathway: Pathway, number: int) -> bool:
    """Tell whether a move also happens to patients who wait for a place: it is no step of their treatment."""
    move = pathway.transitions[number]
    origin, destination = pathway.states[move.origin], pathway.states[move.destination]
    onward = (origin.therapy, origin.line, origin.condition) == (
        destination.therapy,
        destination.line,
        destination.condition,
    )
    return not onward and not any(event.kind in _STEPS for event in move.events)
