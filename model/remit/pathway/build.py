"""From a strategy and a stratum's values to a pathway: the one place where lines are strung together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.values import Values
from remit.pathway.course import Course, Past
from remit.pathway.graph import Pathway, Sketch, State
from remit.pathway.lines import start_enrolled, start_in_remission, start_infused
from remit.pathway.response import Response
from remit.pathway.sequence import response_of
from remit.pathway.therapies import Policy, Strategy, Therapy
from remit.survival.phases import EXPONENTIAL

Start = Literal["enrolled", "infused", "remission"]


def build_pathway(
    strategy: Strategy,
    therapies: Mapping[str, Therapy],
    values: Values,
    *,
    start: Start,
    early_remission: float,
    relapse: str = EXPONENTIAL,
    hsct: Mapping[str, Policy] | None = None,
) -> Pathway:
    """Build the pathway of one strategy for the patients of one stratum.

    Parameters
    ----------
    strategy
        Ordered lines of therapy.
    therapies
        Every therapy by name.
    values
        The stratum's values, (draw,) each.
    start
        ``enrolled``: the clock starts at the decision; ``infused``: at the first therapy, skipping
        the access of the first line only; ``remission``: at the first therapy's remission.
    early_remission
        Years from time 0 during which there is excess death in remission.
    relapse
        Survival family of the time to relapse of those whose remission is not durable.
    hsct
        Therapy -> who is planned for HSCT in its remission, where a line does not say so itself.

    Raises
    ------
    InputError
        Where a line names an unknown therapy or can never be reached, or a parameter is missing.
    """
    for position, line in enumerate(strategy.lines, start=1):
        if line.therapy not in therapies:
            hint = nearest(line.therapy, therapies)
            raise InputError(
                Problem(f"line {position} names an unknown therapy", key=line.therapy, hint=hint)
            )
    sketch = Sketch(values.n_draws, (0.0, early_remission))
    sketch.add(State("dead", "death", "dead"))
    course = Course(sketch, strategy, therapies, values, _excess(values), relapse, hsct or {})
    begin = {"enrolled": start_enrolled, "infused": start_infused, "remission": start_in_remission}
    for destination, share, events in begin[start](course):
        sketch.start(destination, share, events)
    pathway = sketch.freeze(tuple(course.diagnostics), phased=relapse != EXPONENTIAL)
    if start != "remission":
        _refuse_unreached(pathway, strategy)
    return pathway


def response_after_nonresponse(
    strategy: Strategy, therapies: Mapping[str, Therapy], values: Values
) -> Response | None:
    """Return what the next line does in those who did not respond to the first; None where none is given."""
    for number, line in enumerate(strategy.lines[1:], start=1):
        if {"no_response", "bridge"} & set(line.when):
            course = Course(Sketch(values.n_draws, (0.0,)), strategy, therapies, values, _excess(values))
            return response_of(course, number, (Past("no_response"), *[Past("skipped")] * (number - 1)))
    return None


def _excess(values: Values) -> NDArray[np.float64]:
    """Return excess death in remission before and after its time, (epoch, draw)."""
    return np.array([[1.0], [0.0]]) * values["rate_death_remission_excess"]


def _refuse_unreached(pathway: Pathway, strategy: Strategy) -> None:
    """Refuse a line that nobody can come to."""
    reached = {state.line for state in pathway.states}
    for position, line in enumerate(strategy.lines, start=1):
        if position not in reached:
            rule = f"line {position} ({line.therapy}) can never be reached"
            hint = "an earlier line is given on its occasions, or they cannot happen"
            key = f"lines.{position - 1}.when"
            raise InputError(Problem(rule, key=key, value=", ".join(line.when), hint=hint))
