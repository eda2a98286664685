"""Where a patient of the second clinic stops for a place, and how the disease goes on meanwhile.

Section 18 of docs/method.md. Needs are pairs: what a patient must have, and the therapy that it is for.
"""

from __future__ import annotations

CELLS_AHEAD = "cells made ahead"
# Of a treatment: none happens to those who wait for it.
STEPS = {"infusion", "hsct", "manufacturing_failure"}


def collected_at_start(itinerary):
    """Return the therapies whose cells are collected at time 0: that of the first line, and others."""
    pathway, (start,) = itinerary.pathway, itinerary.starts.tolist()
    own = pathway.states[start].therapy
    found = [event.therapy for event, _ in pathway.starting_events if event.kind == "apheresis"]
    return [name for name in found if name == own], [name for name in found if name != own]


def needs_at_start(itinerary):
    first, later = collected_at_start(itinerary)
    needs = [("consultation", ""), *(("apheresis", name) for name in [*first, *later])]
    return [*needs, *(("manufacturing", name) for name in first)]


def needs_after(itinerary, number):
    """Return what a patient needs after a move, before the clock of the state entered starts."""
    states, move = itinerary.pathway.states, itinerary.pathway.transitions[number]
    before, state = states[move.origin], states[move.destination]
    needs = []
    for event in move.events:
        if event.kind == "apheresis":
            needs += [("apheresis", event.therapy), ("manufacturing", event.therapy)]
        again = state.condition == "waiting" and state.therapy == event.therapy
        if event.kind == "manufacturing_failure" and again:
            needs.append(("manufacturing", event.therapy))
    if state.condition == "remission_hsct_planned" != before.condition:
        needs.append(("donor_search", ""))
    return needs


def needs_before(itinerary, number, ahead):
    """Return what a patient needs before a move; ``ahead`` are the therapies whose cells were made ahead."""
    needs = []
    for event in itinerary.pathway.transitions[number].events:
        if event.kind in ("infusion", "manufacturing_failure") and event.therapy in ahead:
            needs.append((CELLS_AHEAD, event.therapy))
        if event.kind == "infusion":
            needs.append(("infusion_bed", event.therapy))
        if event.kind == "hsct":
            needs.append(("transplant_bed", ""))
    return needs


def exits_of_disease(itinerary, state):
    """Return by which exits of a state those who wait leave it: all that are no step of the treatment."""
    exits, pathway = itinerary.exits[state], itinerary.pathway
    return [
        place
        for place, number in enumerate(exits.numbers)
        if not STEPS & {event.kind for event in pathway.transitions[number].events}
        and sojourn(pathway.states[exits.destinations[place]]) != sojourn(pathway.states[state])
    ]


def sojourn(state):
    """Return what the phases of a sojourn share: their names differ in the number at the end."""
    name, _, number = state.name.rpartition("_")
    return name if number.isdigit() else state.name


def may_be_given(itinerary, therapy, state):
    """Tell whether patients in a state can still come to an infusion with a therapy."""
    found, reached = {state}, [state]
    while reached:
        exits = itinerary.exits[reached.pop()]
        for number, following in zip(exits.numbers, exits.destinations.tolist(), strict=True):
            events = itinerary.pathway.transitions[number].events
            if any(event.kind == "infusion" and event.therapy == therapy for event in events):
                return True
            if following < len(itinerary.exits) and following not in found:
                found.add(following)
                reached.append(following)
    return False
