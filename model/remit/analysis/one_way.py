"""One-way sensitivity analysis: every uncertain parameter at its quantiles, all others at their means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.ranges import Column, draws_at, quantiles_of, varied_columns
from remit.errors import InputError, Problem
from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]

# The outer two make the bars of a tornado; those between them show whether it is a straight way there.
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
# A parameter without effect leaves the last digits of costs and QALYs alone; the two solvers agree to 1e-8.
_NOTHING = 1e-7


@dataclass(frozen=True)
class OneWay:
    """Outcomes with one parameter at a time away from its mean.

    Attributes
    ----------
    strategies
        Names, in the order of the study.
    columns
        What was varied.
    values
        (column, quantile), in each column's own unit.
    costs, qalys
        (column, quantile, strategy), discounted, per patient.
    base_costs, base_qalys
        (strategy,) with all at their means.
    stepped
        Share of the evaluations that needed the stepping solver.
    """

    strategies: tuple[str, ...]
    columns: tuple[Column, ...]
    values: Array
    costs: Array
    qalys: Array
    base_costs: Array
    base_qalys: Array
    stepped: float

    def without_effect(self) -> list[str]:
        """Return the columns that move neither costs nor QALYs of any strategy, the others at their means."""
        moves = np.zeros(len(self.columns), dtype=np.bool_)
        for found, base in ((self.costs, self.base_costs), (self.qalys, self.base_qalys)):
            moves |= np.any(np.abs(found - base) > _NOTHING * np.abs(base), axis=(1, 2))
        return [column.name for column, moved in zip(self.columns, moves, strict=True) if not moved]


def one_way(
    study: Study,
    *,
    columns: Sequence[Column] | None = None,
    quantiles: Sequence[float] = QUANTILES,
    jobs: int = 1,
) -> OneWay:
    """Evaluate a study at quantiles of one parameter at a time, all in one call.

    Quantiles are marginal: of the posterior where a calibration fitted the parameter, else of its own
    distribution; what is correlated with it stays at its mean. Of named shares one component is varied and
    the others are scaled, so that all sum to 1.

    Parameters
    ----------
    study
        What is compared, and how.
    columns
        What to vary; None: all that PSA draws.
    quantiles
        Rising, within 0 and 1; the first and the last are the ends of the bars.
    jobs
        Threads.

    Raises
    ------
    InputError
        Where quantiles are fewer than two, do not rise or are not within 0 and 1.

    References
    ----------
    Briggs, Claxton and Sculpher, Decision Modelling for Health Economic Evaluation, Oxford 2006, chapter 4.
    """
    u = np.asarray(quantiles, dtype=np.float64)
    if u.size < 2 or np.any(np.diff(u) <= 0) or not 0 < u[0] < u[-1] < 1:
        rule = "quantiles are two or more, rise, and lie within 0 and 1"
        raise InputError(Problem(rule, key="quantiles", value=list(quantiles)))
    chosen = tuple(varied_columns(study) if columns is None else columns)
    values = np.array([quantiles_of(study, column, u) for column in chosen]).reshape(len(chosen), u.size)
    places = [
        {column.name: float(value)} for column, row in zip(chosen, values, strict=True) for value in row
    ]
    outcomes = evaluate(study, draws_at(study, [*places, {}]), jobs=jobs, n_draws=1)
    shape = (len(chosen), u.size, len(outcomes.strategies))
    return OneWay(
        strategies=outcomes.strategies,
        columns=chosen,
        values=values,
        costs=outcomes.costs[:-1].reshape(shape),
        qalys=outcomes.qalys[:-1].reshape(shape),
        base_costs=outcomes.costs[-1],
        base_qalys=outcomes.qalys[-1],
        stepped=float(outcomes.stepped.mean()),
    )


def is_monotone(values: Array) -> Array:
    """Tell along the last axis where values only rise or only fall, but for their last digits.

    Examples
    --------
    >>> is_monotone(np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]]))
    array([ True, False])
    """
    steps = np.diff(values, axis=-1)
    slack = 1e-4 * np.ptp(values, axis=-1)[..., None] + 1e-9 * np.abs(values).max(axis=-1)[..., None]
    return np.asarray(np.all(steps >= -slack, axis=-1) | np.all(steps <= slack, axis=-1))
