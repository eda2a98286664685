"""Sweeps: the same study at every point of a grid over parameters, settings and scenarios."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import active_children, get_context
from typing import Any

import numpy as np

from remit.analysis.acceptability import probability_best
from remit.analysis.decision_map import cr_after_nonresponse
from remit.analysis.information import expected_losses
from remit.analysis.psa import run_psa
from remit.economics.strata import StratumOutcomes, by_level, mixture
from remit.errors import InputError, Problem
from remit.evaluation import evaluate_strata
from remit.study import Study

MOST_POINTS = 100_000
# A point costs as much as this many draws however few it has, and a process as much as this many to start.
DRAWS_OF_A_POINT, DRAWS_OF_A_START = 200, 1000
AHEAD = 4  # points that wait for a process, for each of them


@dataclass(frozen=True)
class Axis:
    """One axis of a grid: a parameter's name, a dotted setting or ``scenario``, and its values."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Sweep:
    """A grid; ``draws`` 0 evaluates at the parameters' means, otherwise by PSA with common random numbers.

    ``by`` is a feature of the population whose levels are told apart.
    """

    title: str
    axes: tuple[Axis, ...]
    draws: int = 0
    by: str | None = None

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
    sweep: Sweep, study_at: Callable[[Mapping[str, Any]], Study], *, n_draws: int | None = None, jobs: int = 1
) -> Generator[SweptPoint, None, None]:
    """Evaluate a study at every point, yielding each as it is done, in the order of the grid.

    Every point has the same seed: what the point does not fix is drawn alike at all of them. Close the
    generator where not all of it is wanted: that ends its processes.

    Parameters
    ----------
    sweep
        The grid.
    study_at
        Returns the study of a point, with every value of the point set.
    n_draws
        In place of the sweep's own number of draws; 0 for the parameters' means.
    jobs
        Processes, each for a point at a time; a script that asks for several is to guard its start by
        ``if __name__ == "__main__"``. The results are the same bytes.

    Raises
    ------
    InputError
        Where a value of a point is not allowed; the message names the point.
    """
    draws = sweep.draws if n_draws is None else n_draws
    processes = _processes(jobs, sweep.n_points, draws)
    threads = max(1, jobs // sweep.n_points)
    tasks = (
        _Task(number, point, study_at(point), draws, sweep.by, threads)
        for number, point in enumerate(sweep.points())
    )
    yield from map(_evaluate, tasks) if processes == 1 else _in_processes(tasks, processes)


def _processes(jobs: int, n_points: int, draws: int) -> int:
    """Return how many processes are worth their start."""
    work = n_points * max(draws, DRAWS_OF_A_POINT)
    return max(1, min(jobs, n_points, work // (2 * DRAWS_OF_A_START)))


def _in_processes(tasks: Iterator[_Task], processes: int) -> Iterator[SweptPoint]:
    context = get_context("spawn")  # a copy of a process with threads may hang
    others = set(active_children())
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_interrupts)
    waiting: deque[Future[SweptPoint]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(_evaluate, task))
            if len(waiting) > AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException:  # an interrupt too does not wait for points that nobody will see
        for child in set(active_children()) - others:
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that gave the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _evaluate(task: _Task) -> SweptPoint:
    study, threshold = task.study, task.study.settings.wtp.threshold
    if task.draws:
        strata = run_psa(study, n_draws=task.draws, seed=study.psa.seed, jobs=task.threads).strata
    else:
        strata = tuple(evaluate_strata(study))
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
