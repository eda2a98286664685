"""What the lines behind a patient do to the next one: its response, and who can still be given it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.pathway.antigen import (
    escaped,
    naive_status,
    overlap,
    response_by_status,
    selection,
    status_after,
)
from remit.pathway.course import Course, History, Past
from remit.pathway.modulation import Causes, Modulation, faded, modulated_response, modulates, modulation
from remit.pathway.response import Response, trial_response
from remit.pathway.therapies import Reason
from remit.pathway.waiting import residual_wait
from remit.survival.cure import under_hazard_ratio
from remit.survival.roots import expit, logit

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """A line that lies behind a patient and was given."""

    number: int
    past: Past


def response_of(course: Course, number: int, history: History) -> Response:
    """Return what the therapy of a line does in patients with this history.

    The same therapy given again has its own odds and hazard ratios, where a file gives them. Of the earlier
    lines the latest acts that modulates cells given after it, or that has the antigen in common and a status
    at its failure.
    """
    therapy, values = course.line(number).therapy, course.values
    for behind in reversed(_given(history)):
        earlier = course.line(behind.number).therapy
        if earlier == therapy and f"log_or_cr_again_after_nonresponse_{therapy}" in values:
            return _again(course, therapy, behind.past)
        if _acts(course, behind.number, number):
            split = _split(course, therapy, earlier)
            causes = _causes(course, behind, number, history)
            return modulated_response(split, earlier, behind.past.fate, causes, values)
        before, now = course.kind(behind.number), course.kind(number)
        seen = None if behind.past.fate == "response" else status_after(earlier, _reason(behind.past), values)
        if seen is not None and escaped(before, now) and f"or_cr_dim_{now.antigens[0].lower()}" in values:
            naive = naive_status(now, values)
            return response_by_status(trial_response(therapy, values), naive, seen, now.antigens[0], values)
    return trial_response(therapy, values)


def share_negative(course: Course, number: int, later: int, reason: Reason) -> Array | None:
    """Return the share of those whom a line failed who have lost its antigens, (draw,); None where not known.

    After non-response to a therapy that modulates, status is selected as far as the causal part asks for it:
    none without a causal part.
    """
    therapy, values = course.line(number).therapy, course.values
    seen = status_after(therapy, reason, values)
    if seen is None:
        return None
    kind, after = course.kind(number), course.line(later).therapy
    if reason == "no_response" and after != therapy and modulates(therapy, values):
        split = _split(course, after, therapy)
        shift = values[f"share_causal_modulation_{therapy}"] * values.either(
            f"share_selection_modulation_{therapy}", 1.0
        )
        shift = shift * values[f"log_or_cr_later_after_nonresponse_{therapy}"]
        p = expit(split.nonresponder)
        return selection(naive_status(kind, values), seen, p, shift, kind.antigens[0], values).negative
    return seen.negative


def can_be_given(course: Course, number: int, history: History) -> bool:
    """Tell whether disease with this history still has an antigen of the therapy of a line."""
    kind = course.kind(number)
    lost = {
        antigen
        for place, past in enumerate(history)
        if past.negative
        for antigen in course.kind(place).antigens
    }
    return not kind.antigens or not set(kind.antigens) <= lost


def mean_wait(course: Course, number: int, history: History) -> Array | None:
    """Return the mean wait where cells were collected at the start (None: the whole wait of the therapy)."""
    given = [past for past in history if past.given]
    if course.line(number).apheresis != "at_start" or not given:
        return None
    if given[-1].fate == "relapse":
        # Long made by then.
        return course.values["time_wait_least"]
    return residual_wait(course.line(number).therapy, course.values)


def _acts(course: Course, earlier: int, later: int) -> bool:
    """Tell whether a line modulates a later one: cells given after it, or a therapy with its antigen."""
    before, after = course.kind(earlier), course.kind(later)
    same = course.line(earlier).therapy == course.line(later).therapy
    applies = after.product != "infusion" or overlap(before, after)
    return not same and applies and modulates(course.line(earlier).therapy, course.values)


def _split(course: Course, later: str, earlier: str) -> Modulation:
    if (later, earlier) not in course.splits:
        course.splits[later, earlier] = modulation(later, earlier, course.values)
    return course.splits[later, earlier]


def _causes(course: Course, behind: Given, number: int, history: History) -> Causes:
    """Return what of the causal part acts: selection by antigen, exposure by whose cells and when."""
    values = course.values
    selected = values.full(float(escaped(course.kind(behind.number), course.kind(number))))
    own = course.kind(number).product == "cells" and course.line(number).apheresis == "after_failure"
    if not own:
        return Causes(selected, values.full(0.0))
    earlier = course.line(behind.number).therapy
    return Causes(selected, faded(earlier, _gap(course, behind, history), values))


def _gap(course: Course, behind: Given, history: History) -> Array:
    """Return the time from the last dose of an earlier line to apheresis, years (draw,).

    The sum of the mean sojourns on the branch: remission where it ended by relapse, lines given between.
    """
    gap = course.values.full(0.0)
    for given in _given(history):
        if given.number < behind.number:
            continue
        therapy = course.line(given.number).therapy
        if given.number > behind.number:
            mean = mean_wait(course, given.number, history[: given.number])
            wait = course.values[f"time_wait_{therapy}"] if mean is None else mean
            gap = gap + wait + course.values[f"time_response_{therapy}"]
        if given.past.fate == "relapse":
            response = response_of(course, given.number, history[: given.number])
            gap = gap + 1 / (response.remission.rate + course.excess[0])
    return gap


def _again(course: Course, therapy: str, past: Past) -> Response:
    """Return the response to a therapy that was given before."""
    values, trial = course.values, trial_response(therapy, course.values)
    after = "nonresponse" if past.fate == "no_response" else "relapse"
    inside = np.clip(trial.p_cr, 1e-12, 1 - 1e-12)
    p = expit(logit(inside) + values[f"log_or_cr_again_after_{after}_{therapy}"])
    return Response(p, under_hazard_ratio(trial.remission, values[f"hr_relapse_again_{therapy}"]))


def _given(history: History) -> list[Given]:
    """Return the lines behind a patient that were given, in order."""
    return [Given(place, past) for place, past in enumerate(history) if past.given]


def _reason(past: Past) -> Reason:
    return "relapse" if past.fate == "relapse" else "no_response"
