"""Sweeps: the same study at every point of a grid, a list or a Latin hypercube of values."""

from __future__ import annotations

from collections.abc import Callable, Container, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from remit.analysis.acceptability import probability_best
from remit.analysis.decision_map import cr_after_nonresponse
from remit.analysis.information import expected_losses
from remit.analysis.processes import worked_out
from remit.analysis.shared_draws import SharedDraws
from remit.economics.strata import StratumOutcomes, by_level, mixture
from remit.errors import InputError, Problem
from remit.evaluation import evaluate_strata
from remit.study import Study

MOST_POINTS = 100_000
# A point costs as much as this many draws however few it has, and a process as much as this many to start.
DRAWS_OF_A_POINT, DRAWS_OF_A_START = 200, 1000


@dataclass(frozen=True)
class Axis:
    """What is varied: a parameter's name, a dotted setting, ``scenario`` or ``strategy``, and its values.

    Of a Latin hypercube the values are the ends of the range.
    """

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Sweep:
    """A sweep; ``draws`` 0 evaluates at the parameters' means, otherwise by PSA with common random numbers.

    ``listed`` are the points, (point, axis), where they are not the grid of all values of the axes. ``by`` is
    a feature of the population whose levels are told apart.
    """

    title: str
    axes: tuple[Axis, ...]
    draws: int = 0
    by: str | None = None
    listed: tuple[tuple[Any, ...], ...] | None = None

    def __post_init__(self) -> None:
        """Refuse a sweep without points."""
        if not self.axes or any(not axis.values for axis in self.axes):
            raise InputError(Problem("a sweep needs at least one axis, and every axis a value", key="over"))
        if self.listed is not None and not self.listed:
            raise InputError(Problem("a sweep needs at least one point", key="points"))

    @property
    def n_points(self) -> int:
        """Number of points."""
        return prod(len(axis.values) for axis in self.axes) if self.listed is None else len(self.listed)

    def points(self) -> Iterator[dict[str, Any]]:
        """Yield every point, of a grid the last axis running fastest."""
        rows = product(*(axis.values for axis in self.axes)) if self.listed is None else self.listed
        for values in rows:
            yield dict(zip((axis.name for axis in self.axes), values, strict=True))


@dataclass(frozen=True)
class SweptGroup:
    """Means of a group of patients at a point, and how sure they are; (strategy,) but for the first two.

    ``level`` is ``all`` or a level of the feature that the sweep tells apart, ``share`` theirs of all.
    ``probability_best`` and ``expected_loss`` are by net benefit at the threshold, ``..._health`` by QALYs.
    """

    level: str
    share: float
    life_years: Sequence[float]
    qalys: Sequence[float]
    costs: Sequence[float]
    probability_best: Sequence[float]
    expected_loss: Sequence[float]
    probability_best_health: Sequence[float]
    expected_loss_health: Sequence[float]
    p_cr_after_nonresponse: Sequence[float]


@dataclass(frozen=True)
class SweptPoint:
    """A point of the grid with the outcomes of each strategy there, of all patients first."""

    number: int
    point: Mapping[str, Any]
    strategies: Sequence[str]
    comparator: str
    threshold: float
    groups: Sequence[SweptGroup]


@dataclass(frozen=True)
class _Task:
    """A point to be evaluated, which another process can be given."""

    number: int
    point: Mapping[str, Any]
    study: Study
    draws: int
    by: str | None
    threads: int


def run_sweep(
    sweep: Sweep,
    study_at: Callable[[Mapping[str, Any]], Study],
    *,
    n_draws: int | None = None,
    jobs: int = 1,
    done: Container[int] = (),
) -> Generator[SweptPoint, None, None]:
    """Evaluate a study at every point, yielding each as it is done: in order in one process alone.

    Every point has the same seed: what the point does not fix is drawn alike at all of them. Close the
    generator where not all of it is wanted: that ends its processes.

    Parameters
    ----------
    sweep
        Its points.
    study_at
        Returns the study of a point, with every value of the point set.
    n_draws
        In place of the sweep's own number of draws; 0 for the parameters' means.
    jobs
        Processes, each for a point at a time; a script that asks for several is to guard its start by
        ``if __name__ == "__main__"``. The results are the same bytes.
    done
        Numbers of points, from 0, that are left out: they are known already.

    Raises
    ------
    InputError
        Where a value of a point is not allowed; the message names the point.
    """
    draws = sweep.draws if n_draws is None else n_draws
    left = sum(number not in done for number in range(sweep.n_points))
    processes = _processes(jobs, left, draws)
    threads = max(1, jobs // max(left, 1))
    tasks = (
        _Task(number, point, study_at(point), draws, sweep.by, threads)
        for number, point in enumerate(sweep.points())
        if number not in done
    )
    yield from worked_out(_evaluate, tasks, processes=processes)


def _processes(jobs: int, n_points: int, draws: int) -> int:
    """Return how many processes are worth their start."""
    work = n_points * max(draws, DRAWS_OF_A_POINT)
    return max(1, min(jobs, n_points, work // (2 * DRAWS_OF_A_START)))


def _evaluate(task: _Task) -> SweptPoint:
    study, threshold = task.study, task.study.settings.wtp.threshold
    if task.draws:
        drawn = _shared_draws(study.psa.seed, task.draws).of(study)
        strata = evaluate_strata(study, drawn, jobs=task.threads, n_draws=task.draws)
    else:
        strata = evaluate_strata(study)
    groups = [("", mixture(strata))]
    if task.by is not None:
        study.check_feature(task.by)
        groups += [(task.by, group) for group in by_level(strata, task.by)]
    after = cr_after_nonresponse(study, [(feature, group.name) for feature, group in groups])
    return SweptPoint(
        number=task.number,
        point=task.point,
        strategies=tuple(study.strategies),
        comparator=study.comparator,
        threshold=threshold,
        groups=[_group(group, threshold, p) for (_, group), p in zip(groups, after, strict=True)],
    )


@lru_cache(maxsize=1)
def _shared_draws(seed: int, n_draws: int) -> SharedDraws:
    """Return the draws that the points of this process share."""
    return SharedDraws(seed, n_draws)


def _group(group: StratumOutcomes, threshold: float, after: list[float]) -> SweptGroup:
    outcomes = group.outcomes
    nmb = threshold * outcomes.qalys - outcomes.costs
    return SweptGroup(
        level=group.name,
        share=float(group.share.mean()),
        life_years=outcomes.life_years.mean(axis=0).tolist(),
        qalys=outcomes.qalys.mean(axis=0).tolist(),
        costs=outcomes.costs.mean(axis=0).tolist(),
        probability_best=probability_best(nmb).tolist(),
        expected_loss=expected_losses(nmb).tolist(),
        probability_best_health=probability_best(outcomes.qalys).tolist(),
        expected_loss_health=expected_losses(outcomes.qalys).tolist(),
        p_cr_after_nonresponse=after,
    )
