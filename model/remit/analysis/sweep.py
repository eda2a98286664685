"""Sweeps: the same study at every point of a grid over parameters, settings and scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from remit.analysis.psa import run_psa
from remit.errors import InputError, Problem
from remit.study import Study, evaluate

MOST_POINTS = 100_000


@dataclass(frozen=True)
class Axis:
    """One axis of a grid: a parameter's name, a dotted setting or ``scenario``, and its values."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Sweep:
    """A grid; ``draws`` 0 evaluates at the parameters' means, otherwise by PSA with common random numbers."""

    title: str
    axes: tuple[Axis, ...]
    draws: int = 0

    def __post_init__(self) -> None:
        """Refuse an empty grid."""
        if not self.axes or any(not axis.values for axis in self.axes):
            raise InputError(Problem("a sweep needs at least one axis, and every axis a value", key="over"))

    @property
    def n_points(self) -> int:
        """Number of points of the grid."""
        return int(np.prod([len(axis.values) for axis in self.axes]))

    def points(self) -> Iterator[dict[str, Any]]:
        """Yield every point, the last axis running fastest."""
        for values in product(*(axis.values for axis in self.axes)):
            yield dict(zip((axis.name for axis in self.axes), values, strict=True))


@dataclass(frozen=True)
class SweptPoint:
    """A point of the grid with the mean outcomes of each strategy there."""

    number: int
    point: Mapping[str, Any]
    strategies: Sequence[str]
    comparator: str
    threshold: float
    life_years: Sequence[float]
    qalys: Sequence[float]
    costs: Sequence[float]
    probability_best: Sequence[float]


def run_sweep(
    sweep: Sweep, study_at: Callable[[Mapping[str, Any]], Study], *, n_draws: int | None = None, jobs: int = 1
) -> Iterator[SweptPoint]:
    """Evaluate a study at every point, yielding each as it is done.

    Parameters
    ----------
    sweep
        The grid.
    study_at
        Returns the study of a point, with every value of the point set.
    n_draws
        In place of the sweep's own number of draws; 0 for the parameters' means.
    jobs
        Threads for the draws of a point.

    Raises
    ------
    InputError
        Where a value of a point is not allowed; the message names the point.
    """
    draws = sweep.draws if n_draws is None else n_draws
    for number, point in enumerate(sweep.points()):
        study = study_at(point)
        seed = study.psa.seed
        outcomes = run_psa(study, n_draws=draws, seed=seed, jobs=jobs).outcomes if draws else evaluate(study)
        threshold = study.settings.wtp.threshold
        best = np.argmax(threshold * outcomes.qalys - outcomes.costs, axis=1)
        share = [float(np.mean(best == s)) for s in range(len(outcomes.strategies))]
        yield SweptPoint(
            number=number,
            point=point,
            strategies=outcomes.strategies,
            comparator=study.comparator,
            threshold=threshold,
            life_years=outcomes.life_years.mean(axis=0).tolist(),
            qalys=outcomes.qalys.mean(axis=0).tolist(),
            costs=outcomes.costs.mean(axis=0).tolist(),
            probability_best=share,
        )
