"""One line of therapy after another: access, response, failure, salvage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remit.pathway.consolidation import Consolidation, treated_in_remission, wait_in_remission
from remit.pathway.course import (
    PLACES_PER_LINE,
    RESPONSE,
    SECOND_ATTEMPT,
    Branch,
    Course,
    History,
    Past,
    chain,
    death,
    scaled,
    state_name,
)
from remit.pathway.effects import UNCONTROLLED
from remit.pathway.graph import Event
from remit.pathway.remission import Class, remission_classes
from remit.pathway.salvage import salvage_after
from remit.pathway.sequence import can_be_given, mean_wait, response_of, share_negative
from remit.pathway.stays import enter_remission
from remit.pathway.therapies import Reason
from remit.pathway.waiting import sojourn, waiting_phases
from remit.survival.sojourn import survive

Array = NDArray[np.float64]


def start_enrolled(course: Course) -> list[Branch]:
    """Return where a patient starts whose clock begins with the decision to treat."""
    return _collected(course, enter_line(course, 0, ()))


def start_infused(course: Course) -> list[Branch]:
    """Return where a patient starts whose clock begins with the first therapy."""
    infusion = (Event("infusion", course.line(0).therapy),)
    entry: list[Branch] = [(_treated(course, 0, ()), course.values.full(1.0), infusion)]
    return _collected(course, _if_suitable(course, 0, (), entry))


def start_in_remission(course: Course) -> list[Branch]:
    """Return where a patient starts whose clock begins with remission after the first therapy."""
    return _responders(course, 0, ())


def enter_line(course: Course, number: int, history: History) -> list[Branch]:
    """Return where a patient goes who is to be given a line: to its queue."""
    first = state_name(number, history, "waiting_1")
    if first not in course.sketch:
        _queue(course, number, history, "waiting", mean_wait(course, number, history))
    entry: list[Branch] = [(first, course.values.full(1.0), _collection(course, number))]
    return _if_suitable(course, number, history, entry)


def _collection(course: Course, number: int) -> tuple[Event, ...]:
    """Return what happens when a wait begins: cells are collected, unless that was at the start."""
    therapy, early = course.line(number).therapy, course.line(number).apheresis == "at_start"
    if course.kind(number).product != "cells" or (number and early):
        return ()
    return Event("apheresis", therapy), Event("bridging", therapy)


def _collected(course: Course, start: list[Branch]) -> list[Branch]:
    """Add to a start the collection of cells for later lines that is done then, of everyone."""
    collected = tuple(
        Event("apheresis", line.therapy)
        for number, line in enumerate(course.strategy.lines)
        if number and line.apheresis == "at_start" and course.kind(number).product == "cells"
    )
    return [(to, share, (*collected, *events)) for to, share, events in start]


def _if_suitable(course: Course, number: int, history: History, entry: list[Branch]) -> list[Branch]:
    """Return the entry into a line, but for patients whom its therapy is not given to: the next line."""
    name = f"share_suitable_{course.line(number).therapy}"
    if name not in course.values:
        return entry
    share, onward = course.values[name], (*history, Past("skipped"))
    others = salvage_after(course, number, "not_infused")
    if number + 1 < len(course.strategy.lines) and can_be_given(course, number + 1, onward):
        others = enter_line(course, number + 1, onward)
    return scaled(entry, share) + scaled(others, 1 - share)


def _queue(
    course: Course, number: int, history: History, label: str, mean: Array | None, *, attempt: int = 1
) -> list[str]:
    """Add the wait for a therapy and return its phases."""
    therapy, values = course.line(number).therapy, course.values
    name = state_name(number, history, label)
    place = PLACES_PER_LINE * number + (0 if attempt == 1 else SECOND_ATTEMPT)
    rates = waiting_phases(therapy, values, place=place, mean=mean)
    phases = [course.state(f"{name}_{j + 1}", "relapse", "waiting", number) for j in range(len(rates))]
    lost = values["rate_death_waiting"] * values[UNCONTROLLED]
    died = values["share_death_waiting"]
    unused = () if course.kind(number).product == "infusion" else (Event("product_not_given", therapy),)
    dropped = failure(course, number, history, "not_infused")
    for phase in phases:
        course.send(phase, lost * died, [death("leukaemia_death")], Event("died_waiting", therapy), *unused)
        course.send(phase, lost * (1 - died), dropped, Event("worsened_waiting", therapy), *unused)
    chain(course, phases, rates, _after_wait(course, number, history, attempt, dropped))
    return phases


def _after_wait(
    course: Course, number: int, history: History, attempt: int, dropped: list[Branch]
) -> list[Branch]:
    """Return where the end of a wait leads: treatment, a second attempt to make cells, or neither."""
    therapy, values = course.line(number).therapy, course.values
    name = state_name(number, history, "treated_1")
    treated = name if name in course.sketch else _treated(course, number, history)
    infusion = (Event("infusion", therapy),)
    if course.kind(number).product == "infusion":
        return [(treated, values.full(1.0), infusion)]
    failed = values[f"p_manufacturing_failure_{therapy}"]
    again = values[f"p_second_manufacture_{therapy}"] if attempt == 1 else values.full(0.0)
    failure_of_product = (Event("manufacturing_failure", therapy),)
    branches: list[Branch] = [(treated, 1 - failed, infusion)]
    if bool(np.any(again > 0)):
        second = state_name(number, history, "waiting_again_1")
        if second not in course.sketch:
            _queue(course, number, history, "waiting_again", None, attempt=2)
        branches.append((second, failed * again, failure_of_product))
    unmade = scaled(dropped, failed * (1 - again))
    return branches + [(to, share, (*failure_of_product, *events)) for to, share, events in unmade]


def _treated(course: Course, number: int, history: History) -> str:
    """Add the time under treatment until response is known, and return its first state.

    Response and treatment-related death are reported of all treated, so among those alive at
    assessment they are higher by 1 / (share who reach it).
    """
    therapy, values = course.line(number).therapy, course.values
    response = response_of(course, number, history)
    rates = sojourn(f"response_{therapy}", values, place=PLACES_PER_LINE * number + RESPONSE)
    phases = [
        course.state(state_name(number, history, f"treated_{j + 1}"), "relapse", "treated", number)
        for j in range(len(rates))
    ]
    lost = values[f"rate_death_treated_{therapy}"] * values[UNCONTROLLED]
    for phase in phases:
        course.send(phase, lost, [death("leukaemia_death")])
    reached = survive(rates, lost)
    toxic = np.minimum(values[f"p_death_treatment_{therapy}"] / reached, 1.0)
    remission = np.minimum(response.p_cr / reached, 1 - toxic)
    limited = response.p_cr / reached > 1 - toxic
    course.diagnostics.append((f"{state_name(number, history, 'cr')} limited by early death", limited))
    branches: list[Branch] = [("dead", toxic, (Event("treatment_death", therapy),))]
    branches += scaled(_responders(course, number, history), remission)
    branches += scaled(failure(course, number, history, "no_response"), 1 - toxic - remission)
    chain(course, phases, rates, branches)
    return phases[0]


def _responders(course: Course, number: int, history: History) -> list[Branch]:
    """Return where responders go: into the remission of their class, or to wait in it for a later line."""
    response = response_of(course, number, history)
    therapy, values = course.line(number).therapy, course.values
    classes = remission_classes(therapy, response.remission, values, course.relapse)
    relapse = failure(course, number, history, "relapse")
    entries = enter_remission(course, number, history, response, classes, relapse)
    later = _in_remission(course, number, history, classes)
    if later is None:
        return [branch for one in classes for branch in scaled(entries[one.name], one.share)]
    plan = _consolidation(course, number, history, later)
    everyone = "bridge" in course.line(later).when
    branches: list[Branch] = []
    for one in classes:
        taken = _fit(course, later, "response") * (1.0 if everyone else one.positive)
        taken = taken * values.either(f"share_suitable_{course.line(later).therapy}", 1.0)
        back = entries[one.name]
        waiting = wait_in_remission(course, number, history, one, plan, back)
        collect = _collection(course, later)
        branches += [(to, one.share * taken * part, collect) for to, part, _ in waiting]
        branches += scaled(back, one.share * (1 - taken))
    return branches


def _in_remission(course: Course, number: int, history: History, classes: list[Class]) -> int | None:
    """Return the next line if it is given to some of the classes in the remission of this one."""
    later = number + 1
    if later == len(course.strategy.lines):
        return None
    when = course.line(later).when
    some = "bridge" in when or (
        "mrd_positive" in when and any(bool(np.any(one.positive > 0)) for one in classes)
    )
    return later if some and can_be_given(course, later, (*history, Past("response"))) else None


def _consolidation(course: Course, number: int, history: History, later: int) -> Consolidation:
    """Return a later line in the remission of an earlier one, and the wait of those who relapse before it."""
    onward = (*history, Past("response"))
    response = response_of(course, later, onward)
    works = treated_in_remission(course, later, onward, _responders(course, later, onward))
    relapsed = (*history, Past("relapse"))
    mean = mean_wait(course, later, onward)
    waiting: list[list[Branch]] = [
        [(phase, course.values.full(1.0), ())]
        for phase in _queue(course, later, relapsed, "waiting_on", mean)
    ]
    lost = Past("relapse", negative=True)
    closed = _closed(course, later, (*history, lost))
    negative = None if closed is None else share_negative(course, number, closed, "relapse")
    if negative is not None:
        others = [_onward(course, number, history, lost)] * len(waiting)
        if closed != later:
            phases = _queue(course, later, (*history, lost), "waiting_on", mean)
            others = [[(phase, course.values.full(1.0), ())] for phase in phases]
        waiting = [
            scaled(own, 1 - negative) + scaled(other, negative)
            for own, other in zip(waiting, others, strict=True)
        ]
    return Consolidation(later, mean, response.p_cr, works, waiting)


def failure(course: Course, number: int, history: History, reason: Reason) -> list[Branch]:
    """Return where a patient goes whom a line has failed: the next line given for it, or salvage.

    Those who have lost the antigens of the line go to the next line that has another antigen.
    """
    kept, lost = Past(reason), Past(reason, negative=True)
    chosen = _chosen(course, number, history, kept)
    closed = None if chosen is None else _closed(course, chosen, (*history, lost))
    if closed is None:
        return _onward(course, number, history, kept)
    negative = share_negative(course, number, closed, reason)
    if negative is None:
        return _onward(course, number, history, kept)
    positive = scaled(_onward(course, number, history, kept), 1 - negative)
    return positive + scaled(_onward(course, number, history, lost), negative)


def _onward(course: Course, number: int, history: History, past: Past) -> list[Branch]:
    """Return where those go whom a line has failed in this way: fit for the next line, or salvage."""
    reason: Reason = past.fate if past.fate in ("relapse", "no_response") else "not_infused"
    salvage = salvage_after(course, number, reason)
    chosen = _chosen(course, number, history, past)
    if chosen is None:
        return salvage
    if _closed(course, chosen, (*history, past)) is None:
        # What was lost makes no difference any more, so these patients are told apart no longer.
        past = Past(past.fate)
    skipped = [Past("skipped")] * (chosen - number - 1)
    fit = _fit(course, chosen, past.fate)
    entry = enter_line(course, chosen, (*history, past, *skipped))
    return scaled(entry, fit) + scaled(salvage, 1 - fit)


def _closed(course: Course, first: int, history: History) -> int | None:
    """Return the first line, from one on, that has no antigen left to aim at after this history."""
    later = range(first, len(course.strategy.lines))
    return next((number for number in later if not can_be_given(course, number, history)), None)


def _chosen(course: Course, number: int, history: History, past: Past) -> int | None:
    """Return the next line that is given after such a failure and still has an antigen to aim at."""
    for later in range(number + 1, len(course.strategy.lines)):
        when = course.line(later).when
        bridged = past.fate == "no_response" and "bridge" in when and later == number + 1
        if (past.fate in when or bridged) and can_be_given(course, later, (*history, past)):
            return later
    return None


def _fit(course: Course, number: int, fate: str) -> Array:
    """Return the share fit for a line, (draw,)."""
    line, values = course.line(number), course.values
    if isinstance(line.fit, str):
        return values[line.fit]
    if line.fit is not None:
        return values.full(line.fit)
    if fate == "response" or ("bridge" in line.when and fate == "no_response"):
        return values.full(1.0)
    return values["p_fit_after_relapse" if fate == "relapse" else "p_fit_after_nonresponse"]
