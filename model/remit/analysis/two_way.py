"""Two-way sensitivity analysis: any two parameters over a grid, all others at their means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.ranges import Column, check_range, column_of, draws_at, plausible_range
from remit.errors import InputError, Problem
from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]

POINTS = 25  # of an axis: what lies between them is drawn straight
_MOST = 250_000  # evaluations of one grid


@dataclass(frozen=True)
class Range:
    """A column and its values, rising, in its own unit."""

    column: Column
    values: Array


@dataclass(frozen=True)
class TwoWay:
    """Outcomes over a grid: ``costs`` and ``qalys`` are (y, x, strategy), discounted, per patient."""

    x: Range
    y: Range
    strategies: tuple[str, ...]
    costs: Array
    qalys: Array


def range_of(
    study: Study, name: str, *, low: float | None = None, high: float | None = None, points: int = POINTS
) -> Range:
    """Return evenly spaced values of a parameter.

    Parameters
    ----------
    study
        Whose parameter.
    name
        Of a column of the draws.
    low, high
        Ends of the range; those of the plausible range where not given.
    points
        How many.

    Raises
    ------
    InputError
        Where the parameter is unknown (with the nearest name), the range is reversed, or a fixed parameter
        is given none.
    """
    column = column_of(study, name)
    if low is None or high is None:
        own = plausible_range(study, column)
        low, high = own[0] if low is None else low, own[1] if high is None else high
    check_range(name, low, high)
    if points < 2:
        raise InputError(Problem("a range needs two points or more", key=name, value=points))
    return Range(column, np.linspace(low, high, points))


def two_way(study: Study, x: Range, y: Range, *, jobs: int = 1) -> TwoWay:
    """Evaluate a study over a grid of two parameters, all in one call.

    Raises
    ------
    InputError
        Where both are the same, or the grid has too many points; and as :func:`remit.evaluation.evaluate`.
    """
    first, second = x.column.name, y.column.name
    if first == second:
        raise InputError(Problem("a two-way analysis varies two different parameters", key=first))
    if x.values.size * y.values.size > _MOST:
        rule = f"a grid of more than {_MOST:,} points is a sweep's work"
        raise InputError(Problem(rule, key=f"{first}, {second}", value=x.values.size * y.values.size))
    places = [{first: float(at), second: float(level)} for level in y.values for at in x.values]
    outcomes = evaluate(study, draws_at(study, places), jobs=jobs)
    shape = (y.values.size, x.values.size, len(outcomes.strategies))
    return TwoWay(x, y, outcomes.strategies, outcomes.costs.reshape(shape), outcomes.qalys.reshape(shape))
