"""One line of therapy after another: access, response, failure, salvage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remit.pathway.antigen import (
    Response,
    modulated_response,
    modulates,
    modulation,
    share_antigen_negative,
    trial_response,
)
from remit.pathway.course import (
    PLACES_PER_LINE,
    RESPONSE,
    SECOND_ATTEMPT,
    Branch,
    Course,
    History,
    chain,
    death,
    scaled,
    state_name,
)
from remit.pathway.graph import Condition, Event, State
from remit.pathway.stays import enter_remission
from remit.pathway.therapies import Reason
from remit.pathway.waiting import sojourn, waiting_phases
from remit.survival.sojourn import survive

Array = NDArray[np.float64]


def enter_line(course: Course, number: int, history: History) -> list[Branch]:
    """Return where a patient goes who is to be given a line: to its queue."""
    therapy = course.line(number).therapy
    first = state_name(number, history, "waiting_1")
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
    return _responders(course, 0, ())


def _queue(course: Course, number: int, history: History, attempt: int) -> str:
    """Add the wait for a therapy and return its first state."""
    therapy, values = course.line(number).therapy, course.values
    name = state_name(number, history, "waiting" if attempt == 1 else "waiting_again")
    place = PLACES_PER_LINE * number + (0 if attempt == 1 else SECOND_ATTEMPT)
    rates = waiting_phases(therapy, values, place=place)
    phases = [course.state(f"{name}_{j + 1}", "relapse", "waiting", number) for j in range(len(rates))]
    lost = values["rate_death_waiting"] * values["hr_tempo"]
    died = values["share_death_waiting"]
    cells = course.therapies[therapy].product == "cells"
    unused = (Event("product_not_given", therapy),) if cells else ()
    dropped = _failure(course, number, history, "not_infused")
    for phase in phases:
        course.send(phase, lost * died, [death("leukaemia_death")], *unused)
        course.send(phase, lost * (1 - died), dropped, *unused)
    chain(course, phases, rates, _after_wait(course, number, history, attempt, dropped))
    return phases[0]


def _after_wait(
    course: Course, number: int, history: History, attempt: int, dropped: list[Branch]
) -> list[Branch]:
    """Return where the end of a wait leads: treatment, a second attempt to make cells, or neither."""
    therapy, values = course.line(number).therapy, course.values
    name = state_name(number, history, "treated_1")
    treated = name if name in course.sketch else _treated(course, number, history)
    infusion = (Event("infusion", therapy),)
    if course.therapies[therapy].product != "cells":
        return [(treated, values.full(1.0), infusion)]
    failed = values[f"p_manufacturing_failure_{therapy}"]
    again = values[f"p_second_manufacture_{therapy}"] if attempt == 1 else values.full(0.0)
    branches: list[Branch] = [(treated, 1 - failed, infusion)]
    if bool(np.any(again > 0)):
        branches.append((_queue(course, number, history, attempt=2), failed * again, ()))
    return branches + scaled(dropped, failed * (1 - again))


def _treated(course: Course, number: int, history: History) -> str:
    """Add the time under treatment until response is known, and return its first state.

    Response and treatment-related death are reported of all treated, so among those alive at
    assessment they are higher by 1 / (share who reach it).
    """
    therapy, values = course.line(number).therapy, course.values
    response = _response(course, number, history)
    rates = sojourn(f"response_{therapy}", values, place=PLACES_PER_LINE * number + RESPONSE)
    phases = [
        course.state(state_name(number, history, f"treated_{j + 1}"), "relapse", "treated", number)
        for j in range(len(rates))
    ]
    lost = values[f"rate_death_treated_{therapy}"] * values["hr_tempo"]
    for phase in phases:
        course.send(phase, lost, [death("leukaemia_death")])
    reached = survive(rates, lost)
    toxic = np.minimum(values[f"p_death_treatment_{therapy}"] / reached, 1.0)
    remission = np.minimum(response.p_cr / reached, 1 - toxic)
    limited = response.p_cr / reached > 1 - toxic
    course.diagnostics.append((f"{state_name(number, history, 'cr')} limited by early death", limited))
    branches: list[Branch] = [("dead", toxic, (Event("treatment_death", therapy),))]
    branches += scaled(_responders(course, number, history), remission)
    branches += scaled(_failure(course, number, history, "no_response"), 1 - toxic - remission)
    chain(course, phases, rates, branches)
    return phases[0]


def _responders(course: Course, number: int, history: History) -> list[Branch]:
    """Return where responders go."""
    relapse = _failure(course, number, history, "relapse")
    return enter_remission(course, number, history, _response(course, number, history), relapse)


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
    return scaled(enter_line(course, chosen, onward), fit) + scaled(salvage, 1 - fit)


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
        course.send(state, rate, [death("leukaemia_death")])
    p_rescue = values[f"p_rescue_{suffix}"]
    salvage = Event("salvage")
    return [(rescued, p_rescue, (salvage,)), (state, 1 - p_rescue, (salvage, Event("active_disease")))]
