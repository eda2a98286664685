"""One line of therapy after another: access, response, remission, transplant, relapse, salvage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.antigen import (
    Modulation,
    Response,
    modulated_response,
    modulates,
    modulation,
    share_antigen_negative,
    trial_response,
)
from remit.pathway.graph import Condition, Diagnostic, Event, HealthState, Sketch, State
from remit.pathway.remission import Class, remission_classes
from remit.pathway.therapies import Line, Reason, Strategy, Therapy
from remit.pathway.transplant import Transplant, plan_transplant
from remit.pathway.waiting import sojourn, waiting_phases
from remit.survival.sojourn import survive

Array = NDArray[np.float64]
Branch = tuple[str, Array, tuple[Event, ...]]
History = tuple[Reason, ...]

# Places of the sojourns of one line, so that no two on a path share their rates.
_PLACES_PER_LINE = 5
_SECOND_ATTEMPT, _RESPONSE, _HSCT = 1, 2, 3


@dataclass
class Course:
    """What the builders of a pathway share: the sketch, the strategy and the stratum's values.

    ``excess`` is the hazard of death in remission apart from relapse, (epoch, draw).
    """

    sketch: Sketch
    strategy: Strategy
    therapies: Mapping[str, Therapy]
    values: Values
    excess: Array
    diagnostics: list[Diagnostic] = field(default_factory=list)
    splits: dict[tuple[str, str], Modulation] = field(default_factory=dict)

    def line(self, number: int) -> Line:
        """Return a line of the strategy."""
        return self.strategy.lines[number]

    def state(self, name: str, health_state: HealthState, condition: Condition, number: int) -> str:
        """Add a state of a line."""
        return self.sketch.add(State(name, health_state, condition, self.line(number).therapy, number + 1))

    def send(self, origin: str, hazard: Array, branches: list[Branch], *events: Event) -> None:
        """Send those who leave ``origin`` with a hazard to where they go.

        Branches that nobody takes stay, with a hazard of 0: were they left out, the graph, and with it
        the last bits of a draw's results, would depend on the other draws of its block.
        """
        for destination, share, own in branches:
            self.sketch.move(origin, destination, hazard * share, (*events, *own))


def enter_line(course: Course, number: int, history: History) -> list[Branch]:
    """Return where a patient goes who is to be given a line: to its queue."""
    therapy = course.line(number).therapy
    first = _name(number, history, "waiting_1")
    if first not in course.sketch:
        _queue(course, number, history, attempt=1)
    cells = course.therapies[therapy].product == "cells"
    events = (Event("apheresis", therapy), Event("bridging", therapy)) if cells else ()
    return [(first, course.values.full(1.0), events)]


def start_enrolled(course: Course) -> list[Branch]:
    """Return where a patient starts whose clock begins with the decision to treat."""
    return enter_line(course, 0, ())


def start_infused(course: Course) -> list[Branch]:
    """Return where a patient starts whose clock begins with the first therapy."""
    return [(_treated(course, 0, ()), course.values.full(1.0), (Event("infusion", course.line(0).therapy),))]


def start_in_remission(course: Course) -> list[Branch]:
    """Return where a patient starts whose clock begins with remission after the first therapy."""
    return _remission(course, 0, (), _response(course, 0, ()))


def _queue(course: Course, number: int, history: History, attempt: int) -> str:
    """Add the wait for a therapy and return its first state."""
    therapy, values = course.line(number).therapy, course.values
    name = _name(number, history, "waiting" if attempt == 1 else "waiting_again")
    place = _PLACES_PER_LINE * number + (0 if attempt == 1 else _SECOND_ATTEMPT)
    rates = waiting_phases(therapy, values, place=place)
    phases = [course.state(f"{name}_{j + 1}", "relapse", "waiting", number) for j in range(len(rates))]
    lost = values["rate_death_waiting"] * values["hr_tempo"]
    died = values["share_death_waiting"]
    unused = Event("product_not_given", therapy)
    dropped = _failure(course, number, history, "not_infused")
    for phase in phases:
        course.send(phase, lost * died, [_death("leukaemia_death")], unused)
        course.send(phase, lost * (1 - died), dropped, unused)
    _chain(course, phases, rates, _after_wait(course, number, history, attempt, dropped))
    return phases[0]


def _after_wait(
    course: Course, number: int, history: History, attempt: int, dropped: list[Branch]
) -> list[Branch]:
    """Return where the end of a wait leads: treatment, a second attempt to make cells, or neither."""
    therapy, values = course.line(number).therapy, course.values
    name = _name(number, history, "treated_1")
    treated = name if name in course.sketch else _treated(course, number, history)
    infusion = (Event("infusion", therapy),)
    if course.therapies[therapy].product != "cells":
        return [(treated, values.full(1.0), infusion)]
    failed = values[f"p_manufacturing_failure_{therapy}"]
    again = values[f"p_second_manufacture_{therapy}"] if attempt == 1 else values.full(0.0)
    branches: list[Branch] = [(treated, 1 - failed, infusion)]
    if bool(np.any(again > 0)):
        branches.append((_queue(course, number, history, attempt=2), failed * again, ()))
    return branches + _scaled(dropped, failed * (1 - again))


def _treated(course: Course, number: int, history: History) -> str:
    """Add the time under treatment until response is known, and return its first state.

    Response and treatment-related death are reported of all treated, so among those alive at
    assessment they are higher by 1 / (share who reach it).
    """
    therapy, values = course.line(number).therapy, course.values
    response = _response(course, number, history)
    rates = sojourn(f"response_{therapy}", values, place=_PLACES_PER_LINE * number + _RESPONSE)
    phases = [
        course.state(_name(number, history, f"treated_{j + 1}"), "relapse", "treated", number)
        for j in range(len(rates))
    ]
    lost = values[f"rate_death_treated_{therapy}"] * values["hr_tempo"]
    for phase in phases:
        course.send(phase, lost, [_death("leukaemia_death")])
    reached = survive(rates, lost)
    toxic = np.minimum(values[f"p_death_treatment_{therapy}"] / reached, 1.0)
    remission = np.minimum(response.p_cr / reached, 1 - toxic)
    limited = response.p_cr / reached > 1 - toxic
    course.diagnostics.append((f"{_name(number, history, 'cr')} limited by early death", limited))
    branches: list[Branch] = [("dead", toxic, (Event("treatment_death", therapy),))]
    branches += _scaled(_remission(course, number, history, response), remission)
    branches += _scaled(_failure(course, number, history, "no_response"), 1 - toxic - remission)
    _chain(course, phases, rates, branches)
    return phases[0]


def _response(course: Course, number: int, history: History) -> Response:
    """Return what the therapy does in patients with this history of failures."""
    therapy = course.line(number).therapy
    antigen = course.therapies[therapy].antigen
    earlier_lines = [line.therapy for line in course.strategy.lines[:number]]
    for earlier, reason in reversed(list(zip(earlier_lines, history, strict=False))):
        same = course.therapies[earlier].antigen == antigen
        if same and reason != "not_infused" and modulates(earlier, course.values):
            key = (therapy, earlier)
            if key not in course.splits:
                course.splits[key] = modulation(therapy, earlier, course.values)
            return modulated_response(course.splits[key], earlier, reason, course.values)
    return trial_response(therapy, course.values)


def _remission(course: Course, number: int, history: History, response: Response) -> list[Branch]:
    """Add the states of remission and of HSCT in it; return the share of responders that enters each."""
    therapy, values = course.line(number).therapy, course.values
    classes = remission_classes(therapy, response.remission, values)
    place = _PLACES_PER_LINE * number + _HSCT
    plan = plan_transplant(therapy, classes, values, place=place)
    name = _name(number, history, "hsct")
    course.diagnostics += [
        (f"{name} planned share capped", plan.capped),
        (f"{name} share reached", plan.reached),
    ]
    relapse = _failure(course, number, history, "relapse")
    transplanted = _hsct(course, number, history, plan, response.remission.rate, relapse)
    branches: list[Branch] = []
    for one in classes:
        branches += _staying(course, number, history, one, 1 - plan.planned, relapse)
        if bool(np.any(plan.planned > 0)):
            branches += _planned(course, number, history, one, plan, relapse, transplanted)
    return branches


def _staying(
    course: Course, number: int, history: History, one: Class, unplanned: Array, relapse: list[Branch]
) -> list[Branch]:
    """Add remission without a plan for HSCT, on and off immunoglobulin."""
    therapy, values = course.line(number).therapy, course.values
    off = course.state(_name(number, history, one.name), "remission", "remission", number)
    states = [off]
    entry: list[Branch] = [(off, one.share * unplanned, ())]
    if f"p_immunoglobulin_{therapy}" in values:
        p_on = values[f"p_immunoglobulin_{therapy}"]
        name = _name(number, history, f"{one.name}_immunoglobulin")
        on = course.state(name, "remission", "remission_immunoglobulin", number)
        course.sketch.move(on, off, 1 / values[f"time_immunoglobulin_{therapy}"])
        states.append(on)
        entry = [(off, one.share * unplanned * (1 - p_on), ()), (on, one.share * unplanned * p_on, ())]
    for state in states:
        _leave_remission(course, state, one, relapse)
    return entry


def _planned(
    course: Course,
    number: int,
    history: History,
    one: Class,
    plan: Transplant,
    relapse: list[Branch],
    transplanted: dict[bool, list[Branch]],
) -> list[Branch]:
    """Add remission of those planned for HSCT, who wait for it in competition with relapse and death."""
    phases = [
        course.state(
            _name(number, history, f"{one.name}_planned_{j + 1}"),
            "remission",
            "remission_hsct_planned",
            number,
        )
        for j in range(len(plan.wait))
    ]
    for phase in phases:
        _leave_remission(course, phase, one, relapse)
    _chain(course, phases, plan.wait, transplanted[one.durable])
    return [(phases[0], one.share * plan.planned, ())]


def _leave_remission(course: Course, state: str, one: Class, relapse: list[Branch]) -> None:
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
    if not bool(np.any(plan.planned > 0)):
        return {True: [], False: []}
    entry: dict[bool, list[Branch]] = {}
    for durable in (True, False):
        kind = "durable" if durable else "fragile"
        name = _name(number, history, f"hsct_{kind}")
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
        _chain(course, phases, surviving, [(later, np.ones_like(rate), (Event("hsct_later"),))])
        entry[durable] = [(phases[0], course.values.full(1.0), (Event("hsct"),))]
    rescued, lost = entry[True], entry[False]
    return {True: rescued, False: _scaled(rescued, plan.rescue) + _scaled(lost, 1 - plan.rescue)}


def _failure(course: Course, number: int, history: History, reason: Reason) -> list[Branch]:
    """Return where a patient goes whom a line has failed: the next line given for it, or salvage."""
    values = course.values
    later = range(number + 1, len(course.strategy.lines))
    chosen = next((n for n in later if reason in course.line(n).after), None)
    salvage = _salvage(course, number, reason)
    if chosen is None:
        return salvage
    earlier, therapy = course.line(number).therapy, course.line(chosen).therapy
    fit = values["p_fit_after_relapse" if reason == "relapse" else "p_fit_after_nonresponse"]
    if course.therapies[earlier].antigen == course.therapies[therapy].antigen:
        fit = fit * (1 - share_antigen_negative(earlier, reason, values))
    skipped: list[Reason] = ["not_infused"] * (chosen - number - 1)
    onward = (*history, reason, *skipped)
    return _scaled(enter_line(course, chosen, onward), fit) + _scaled(salvage, 1 - fit)


def _salvage(course: Course, number: int, reason: Reason) -> list[Branch]:
    """Return salvage after the last therapy: a small share is rescued for good, the others die."""
    therapy, values = course.line(number).therapy, course.values
    if reason == "relapse":
        condition: Condition = "relapsed"
        rate, suffix = values[f"rate_death_after_relapse_{therapy}"], f"after_relapse_{therapy}"
    elif reason == "no_response":
        condition, suffix = "refractory", f"after_nonresponse_{therapy}"
        rate = values[f"rate_death_after_nonresponse_{therapy}"] * values["hr_tempo"]
    else:
        condition, suffix = "refractory", "not_treated"
        rate = values["rate_death_not_treated"] * values["hr_tempo"]
    state, rescued = f"salvage_{suffix}", "rescued"
    if rescued not in course.sketch:
        course.sketch.add(State(rescued, "remission", "remission", "", len(course.strategy.lines) + 1))
        course.sketch.move(rescued, "dead", course.excess, (Event("death_in_remission"),))
    if state not in course.sketch:
        course.sketch.add(State(state, "relapse", condition, "", len(course.strategy.lines) + 1))
        course.send(state, rate, [_death("leukaemia_death")])
    p_rescue = values[f"p_rescue_{suffix}"]
    salvage = Event("salvage")
    return [(rescued, p_rescue, (salvage,)), (state, 1 - p_rescue, (salvage, Event("active_disease")))]


def _chain(course: Course, phases: list[str], rates: list[Array], end: list[Branch]) -> None:
    """Link phases in a row and send those who leave the last one to where it ends."""
    for origin, destination, rate in zip(phases, phases[1:], rates, strict=False):
        course.sketch.move(origin, destination, rate)
    course.send(phases[-1], rates[-1], end)


def _scaled(branches: list[Branch], share: Array) -> list[Branch]:
    return [(destination, part * share, events) for destination, part, events in branches]


def _death(kind: str) -> Branch:
    return ("dead", np.ones(1), (Event(kind),))


def _name(number: int, history: History, state: str) -> str:
    return ".".join((f"line_{number + 1}", *(f"after_{reason}" for reason in history), state))
