"""Salvage after the last therapy: a small share is rescued for good, the others die."""

from __future__ import annotations

from remit.pathway.course import Branch, Course, death
from remit.pathway.effects import UNCONTROLLED
from remit.pathway.graph import Condition, Event, State
from remit.pathway.therapies import Reason


def salvage_after(course: Course, number: int, reason: Reason) -> list[Branch]:
    """Return where those go whom the last therapy has failed."""
    therapy, values = course.line(number).therapy, course.values
    if reason == "relapse":
        condition: Condition = "relapsed"
        rate, suffix = values[f"rate_death_after_relapse_{therapy}"], f"after_relapse_{therapy}"
    elif reason == "no_response":
        condition, suffix = "refractory", f"after_nonresponse_{therapy}"
        rate = values[f"rate_death_after_nonresponse_{therapy}"] * values[UNCONTROLLED]
    else:
        condition, suffix = "refractory", "not_treated"
        rate = values["rate_death_not_treated"] * values[UNCONTROLLED]
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
