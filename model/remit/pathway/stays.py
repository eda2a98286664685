"""Remission and HSCT in it: the states in which a patient may stay for years."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remit.pathway.course import HSCT, PLACES_PER_LINE, Branch, Course, History, chain, scaled, state_name
from remit.pathway.graph import Event
from remit.pathway.remission import Class
from remit.pathway.response import Response
from remit.pathway.transplant import Transplant, plan_transplant

Array = NDArray[np.float64]


def enter_remission(
    course: Course,
    number: int,
    history: History,
    response: Response,
    classes: list[Class],
    relapse: list[Branch],
) -> dict[str, list[Branch]]:
    """Add the states of remission and of HSCT in it; return where those of each class enter them."""
    therapy, values = course.line(number).therapy, course.values
    place = PLACES_PER_LINE * number + HSCT
    plan = plan_transplant(therapy, classes, values, place=place, policy=course.policy(number))
    name = state_name(number, history, "hsct")
    course.diagnostics += [
        (f"{name} planned share capped", plan.capped),
        (f"{name} share reached", plan.reached),
    ]
    some = any(bool(np.any(planned > 0)) for planned in plan.planned)
    transplanted = _hsct(course, number, history, plan, response.remission.rate, relapse) if some else {}
    entries: dict[str, list[Branch]] = {}
    for one, planned in zip(classes, plan.planned, strict=True):
        entries[one.name] = _staying(course, number, history, one, 1 - planned, relapse)
        if some:
            entries[one.name] += _planned(course, number, history, one, planned, plan, relapse, transplanted)
    return entries


def _staying(
    course: Course, number: int, history: History, one: Class, unplanned: Array, relapse: list[Branch]
) -> list[Branch]:
    """Add remission without a plan for HSCT, on and off immunoglobulin."""
    therapy, values = course.line(number).therapy, course.values
    off = course.state(state_name(number, history, one.name), "remission", "remission", number)
    states = [off]
    entry: list[Branch] = [(off, unplanned, ())]
    if f"p_immunoglobulin_{therapy}" in values:
        p_on = values[f"p_immunoglobulin_{therapy}"]
        name = state_name(number, history, f"{one.name}_immunoglobulin")
        on = course.state(name, "remission", "remission_immunoglobulin", number)
        course.sketch.move(on, off, 1 / values[f"time_immunoglobulin_{therapy}"])
        states.append(on)
        entry = [(off, unplanned * (1 - p_on), ()), (on, unplanned * p_on, ())]
    for state in states:
        leave_remission(course, state, one, relapse)
    return entry


def _planned(
    course: Course,
    number: int,
    history: History,
    one: Class,
    planned: Array,
    plan: Transplant,
    relapse: list[Branch],
    transplanted: dict[bool, list[Branch]],
) -> list[Branch]:
    """Add remission of those planned for HSCT, who wait for it in competition with relapse and death."""
    phases = [
        course.state(
            state_name(number, history, f"{one.name}_planned_{j + 1}"),
            "remission",
            "remission_hsct_planned",
            number,
        )
        for j in range(len(plan.wait))
    ]
    for phase in phases:
        leave_remission(course, phase, one, relapse)
    chain(course, phases, plan.wait, transplanted[one.durable])
    return [(phases[0], planned, ())]


def leave_remission(course: Course, state: str, one: Class, relapse: list[Branch]) -> None:
    """Let patients of a class leave a state of remission by relapse and excess death."""
    if not one.durable:
        course.send(state, one.rate, relapse)
    course.sketch.move(state, "dead", course.excess, (Event("death_in_remission"),))


def _hsct(
    course: Course, number: int, history: History, plan: Transplant, rate: Array, relapse: list[Branch]
) -> dict[bool, list[Branch]]:
    """Add HSCT and return where the durable and the fragile enter it.

    The durable stay durable and a share (``rescue``) of the fragile becomes so; both may die of the
    transplant in its first year; fragile patients relapse at the fragile rate of their curve.
    """
    entry: dict[bool, list[Branch]] = {}
    for durable in (True, False):
        kind = "durable" if durable else "fragile"
        name = state_name(number, history, f"hsct_{kind}")
        phases = [
            course.state(f"{name}_{j + 1}", "hsct", "hsct_first_year", number)
            for j in range(len(plan.first_year))
        ]
        later = course.state(f"{name}_later", "hsct", "hsct_later", number)
        for phase, leaving in zip(phases, plan.first_year, strict=True):
            course.sketch.move(phase, "dead", leaving * plan.dying, (Event("transplant_death"),))
        for state in () if durable else (*phases, later):
            course.send(state, rate, relapse)
        surviving = [leaving * (1 - plan.dying) for leaving in plan.first_year]
        chain(course, phases, surviving, [(later, np.ones_like(rate), (Event("hsct_later"),))])
        entry[durable] = [(phases[0], course.values.full(1.0), (Event("hsct"),))]
    rescued, lost = entry[True], entry[False]
    return {True: rescued, False: scaled(rescued, plan.rescue) + scaled(lost, 1 - plan.rescue)}
