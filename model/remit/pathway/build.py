"""From a strategy and a stratum's values to a pathway: the one place where lines are strung together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from remit.errors import InputError, Problem, nearest
from remit.inputs.values import Values
from remit.pathway.course import Course
from remit.pathway.graph import Pathway, Sketch, State
from remit.pathway.lines import start_enrolled, start_in_remission, start_infused
from remit.pathway.therapies import Strategy, Therapy
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

    Raises
    ------
    InputError
        Where a line names an unknown therapy, or a parameter is missing.
    """
    for position, line in enumerate(strategy.lines, start=1):
        if line.therapy not in therapies:
            hint = nearest(line.therapy, therapies)
            raise InputError(
                Problem(f"line {position} names an unknown therapy", key=line.therapy, hint=hint)
            )
        if line.apheresis == "at_start":
            rule = "cells collected at the start are not modelled yet; use after_failure"
            raise InputError(Problem(rule, key=f"line {position}.apheresis"))
    sketch = Sketch(values.n_draws, (0.0, early_remission))
    sketch.add(State("dead", "death", "dead"))
    early = np.array([[1.0], [0.0]])
    course = Course(
        sketch, strategy, therapies, values, early * values["rate_death_remission_excess"], relapse
    )
    begin = {"enrolled": start_enrolled, "infused": start_infused, "remission": start_in_remission}
    branches = begin[start](course)
    for destination, share, _ in branches:
        sketch.start(destination, share)
    phased = relapse != EXPONENTIAL
    return sketch.freeze(branches[0][2], tuple(course.diagnostics), phased=phased)
