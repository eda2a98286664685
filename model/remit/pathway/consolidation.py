"""A line given in the remission of the one before it: as soon as its product is there, to those in remission.

They wait in competition with relapse; whoever relapses meanwhile goes on waiting, in relapse. Where the
product cannot be made, or does not work, they go on in the remission they are in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.pathway.course import PLACES_PER_LINE, RESPONSE, Branch, Course, History, chain, scaled, state_name
from remit.pathway.graph import Event
from remit.pathway.remission import Class
from remit.pathway.stays import leave_remission
from remit.pathway.waiting import sojourn, waiting_phases

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Consolidation:
    """A later line in the remission of an earlier one.

    Attributes
    ----------
    later
        The number of the line.
    mean
        Mean wait for its product, years (draw,); None: that of the therapy.
    p_works
        Share of those infused in whom it works, (draw,).
    works
        Where these go.
    relapsed
        For each phase of the wait where those go who relapse in it.
    """

    later: int
    mean: Array | None
    p_works: Array
    works: list[Branch]
    relapsed: list[list[Branch]]


def wait_in_remission(
    course: Course, number: int, history: History, one: Class, plan: Consolidation, back: list[Branch]
) -> list[Branch]:
    """Add the wait of a class in remission for a later line, and return where it begins.

    ``back`` is where those go on for whom there is no product, or in whom it does not work.
    """
    therapy, values = course.line(plan.later).therapy, course.values
    rates = waiting_phases(therapy, values, place=PLACES_PER_LINE * plan.later, mean=plan.mean)
    name = state_name(number, history, f"{one.name}_waiting_for_line_{plan.later + 1}")
    phases = [course.state(f"{name}_{j + 1}", "remission", "remission", number) for j in range(len(rates))]
    for phase, gone in zip(phases, plan.relapsed, strict=True):
        leave_remission(course, phase, one, gone)
    chain(course, phases, rates, _after_wait(course, plan, back))
    return [(phases[0], values.full(1.0), ())]


def treated_in_remission(course: Course, later: int, history: History, entry: list[Branch]) -> list[Branch]:
    """Add the time under a therapy that works in patients in remission, and return where it begins."""
    therapy, values = course.line(later).therapy, course.values
    rates = sojourn(f"response_{therapy}", values, place=PLACES_PER_LINE * later + RESPONSE)
    phases = [
        course.state(state_name(later, history, f"treated_{j + 1}"), "remission", "treated", later)
        for j in range(len(rates))
    ]
    for phase in phases:
        course.sketch.move(phase, "dead", course.excess, (Event("death_in_remission"),))
    chain(course, phases, rates, entry)
    return [(phases[0], values.full(1.0), ())]


def _after_wait(course: Course, plan: Consolidation, back: list[Branch]) -> list[Branch]:
    """Return where the end of the wait leads: infusion that works, kills or fails, or no product."""
    therapy, values = course.line(plan.later).therapy, course.values
    made = values.full(1.0)
    if course.kind(plan.later).product != "infusion":
        made = 1 - values[f"p_manufacturing_failure_{therapy}"]
    killed = values[f"p_death_treatment_{therapy}"]
    working = np.minimum(plan.p_works, 1 - killed)
    infusion = Event("infusion", therapy)

    def infused(branches: list[Branch], share: Array) -> list[Branch]:
        return [(to, part, (infusion, *own)) for to, part, own in scaled(branches, share)]

    return [
        ("dead", made * killed, (infusion, Event("treatment_death", therapy))),
        *infused(plan.works, made * working),
        *infused(back, made * np.maximum(1 - working - killed, 0.0)),
        *[
            (to, part, (Event("manufacturing_failure", therapy), *own))
            for to, part, own in scaled(back, 1 - made)
        ],
    ]
