"""Threshold analysis: at which value of a parameter the decision flips, all others at their means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from remit.analysis.ranges import (
    PLAUSIBLE,
    Column,
    check_range,
    column_of,
    draws_at,
    plausible_range,
    quantiles_of,
    varied_columns,
)
from remit.errors import InputError, Problem, nearest
from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]
Question = Literal["against comparator", "best of all"]
QUESTIONS: tuple[Question, ...] = ("against comparator", "best of all")

POINTS = 7  # of a range, between which a crossing is looked for; net benefit is linear in costs, so 2 do
_SURE = 0.01  # currency units within which net benefits at a threshold agree


@dataclass(frozen=True)
class Threshold:
    """Where the decision flips as one parameter changes.

    Attributes
    ----------
    column, low, high
        What was varied, and the range in which it was looked for.
    question
        ``against comparator``: where a strategy and the comparator have the same net benefit; ``best of
        all``: where the strategy that is best at the means and the best of the others have.
    value
        The value nearest to the mean, or None: never reached within the range.
    before, after
        Which of them is the better at the mean, and beyond the value.
    crossings
        How often the decision flips within the range, as far as the points looked at show.
    """

    column: Column
    question: Question
    low: float
    high: float
    value: float | None
    before: str
    after: str
    crossings: int


@dataclass(frozen=True)
class _Search:
    """One column and one question: the points looked at, and the differences there.

    Between the points at ``place`` and after it lies the crossing nearest to the mean, if there is any.
    """

    column: Column
    question: Question
    points: Array
    differences: Array
    crossings: int
    place: int


def thresholds(
    study: Study,
    strategy: str,
    *,
    columns: Sequence[str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    wtp: float | None = None,
    jobs: int = 1,
) -> list[Threshold]:
    """Find for every parameter the value at which the decision flips.

    All are searched at once: first at a few points of each range, then within the bracket nearest to the
    mean, on a straight line and, where that misses, by a root finder over arrays (Chandrupatla's). At a
    value found the two net benefits agree within a hundredth of a currency unit.

    Parameters
    ----------
    study
        What is compared, and how.
    strategy
        Whose net benefit is compared with the comparator's.
    columns
        Parameters by the name of their column; None: all that PSA draws, and every cost.
    ranges
        Column -> (low, high) in place of the plausible range: 0.1% to 99.9% quantiles, of a cost 0 to three
        times its mean.
    wtp
        In place of the study's threshold.
    jobs
        Threads.

    Raises
    ------
    InputError
        Where a strategy or parameter is unknown, with the nearest; a range is reversed; or a fixed parameter
        is given none.
    """
    _check(study, strategy, wtp)
    threshold = study.settings.wtp.threshold if wtp is None else float(wtp)
    chosen = _columns(study) if columns is None else [column_of(study, name) for name in columns]
    if not chosen:
        return []
    looked = [_points(study, column, (ranges or {}).get(column.name)) for column in chosen]

    def nmb_at(places: Sequence[Mapping[str, float]]) -> Array:
        outcomes = evaluate(study, draws_at(study, places), jobs=jobs)
        return np.asarray(threshold * outcomes.qalys - outcomes.costs)

    places = [{c.name: float(x)} for c, points in zip(chosen, looked, strict=True) for x in points]
    found = nmb_at([*places, {chosen[0].name: chosen[0].mean}])
    judges = _judges(study, strategy, found[-1])
    ends = np.cumsum([points.size for points in looked])[:-1]
    searches = [
        _search(column, question, points, judges[question](nmb))
        for column, points, nmb in zip(chosen, looked, np.split(found[:-1], ends), strict=True)
        for question in QUESTIONS
    ]
    return _solve(study, strategy, searches, nmb_at, judges, found[-1])


def _check(study: Study, strategy: str, wtp: float | None) -> None:
    if strategy not in study.strategies:
        raise InputError(Problem("unknown strategy", key=strategy, hint=nearest(strategy, study.strategies)))
    if strategy == study.comparator:
        raise InputError(Problem("a strategy is compared with another than itself", key=strategy))
    if wtp is not None and not (np.isfinite(wtp) and wtp >= 0):
        raise InputError(Problem("must be 0 or more", key="wtp", value=wtp))


def _columns(study: Study) -> list[Column]:
    """Return what PSA draws, and fixed costs such as list prices."""
    varied = varied_columns(study)
    known = {column.name for column in varied}
    costs = [name for name in study.parameters if name.startswith("cost_") and name not in known]
    return [*varied, *(column for name in costs if (column := column_of(study, name)).mean > 0)]


def _points(study: Study, column: Column, given: tuple[float, float] | None) -> Array:
    """Return where to look: from end to end, the mean among them, closer where values are likelier."""
    if given is not None:
        check_range(column.name, *given)
        points = np.linspace(*given, 2 if column.is_cost else POINTS)
    elif column.is_cost and column.mean > 0:
        points = np.array(plausible_range(study, column))
    else:
        from scipy.special import ndtr, ndtri

        low, high = plausible_range(study, column)
        first, last = (float(z) for z in ndtri(PLAUSIBLE))
        inner = ndtr(np.linspace(first, last, POINTS))[1:-1]
        points = np.array([low, *quantiles_of(study, column, inner), high])
    inside = points[0] <= column.mean <= points[-1]
    return np.unique(np.append(points, column.mean) if inside else points)


def _judges(study: Study, strategy: str, at_means: Array) -> dict[Question, Callable[[Array], Array]]:
    """Return for each question the difference of net benefit, (draw, strategy) -> (draw,), that flips."""
    names = list(study.strategies)
    own, base, best = names.index(strategy), names.index(study.comparator), int(at_means.argmax())
    return {
        "against comparator": lambda nmb: nmb[:, own] - nmb[:, base],
        "best of all": lambda nmb: nmb[:, best] - np.delete(nmb, best, axis=1).max(axis=1),
    }


def _search(column: Column, question: Question, points: Array, differences: Array) -> _Search:
    """Find the bracket of a change of sign that is nearest to the mean."""
    worth = differences > 0
    flips = np.flatnonzero(worth[1:] != worth[:-1])
    near = [min(abs(points[flip] - column.mean), abs(points[flip + 1] - column.mean)) for flip in flips]
    place = int(flips[int(np.argmin(near))]) if near else 0
    return _Search(column, question, points, differences, int(flips.size), place)


def _solve(
    study: Study,
    strategy: str,
    searches: Sequence[_Search],
    nmb_at: Callable[[Sequence[Mapping[str, float]]], Array],
    judges: Mapping[Question, Callable[[Array], Array]],
    at_means: Array,
) -> list[Threshold]:
    """Narrow every bracket down to its root, all at once, and say which strategies meet there."""
    open_ones = [search for search in searches if search.crossings]
    roots = iter(_roots(open_ones, nmb_at, judges))
    names = list(study.strategies)
    best = names[int(at_means.argmax())]
    versus = at_means[names.index(strategy)] > at_means[names.index(study.comparator)]
    pair = (strategy, study.comparator) if versus else (study.comparator, strategy)
    found = []
    for search in searches:
        value, beyond = next(roots) if search.crossings else (None, None)
        before, after = pair if search.question == "against comparator" else (best, "")
        if beyond is not None and search.question == "best of all":
            rivals = [name for name in names if name != best]
            after = rivals[int(np.delete(beyond, names.index(best)).argmax())]
        low, high = float(search.points[0]), float(search.points[-1])
        found.append(
            Threshold(
                search.column, search.question, low, high, value, before, after if beyond is not None else "",
                search.crossings,
            )
        )  # fmt: skip
    return found


def _roots(
    searches: Sequence[_Search],
    nmb_at: Callable[[Sequence[Mapping[str, float]]], Array],
    judges: Mapping[Question, Callable[[Array], Array]],
) -> list[tuple[float, Array]]:
    """Return the root of each search, and net benefits there, (strategy,)."""
    if not searches:
        return []

    def at(x: Array, which: NDArray[Any]) -> tuple[Array, Array]:
        """Return net benefits, (number, strategy), and differences of some searches at some values."""
        chosen = [searches[int(number)] for number in np.ravel(which)]
        nmb = nmb_at([{s.column.name: float(value)} for s, value in zip(chosen, np.ravel(x), strict=True)])
        rows = [judges[s.question](nmb[[row]])[0] for row, s in enumerate(chosen)]
        return nmb, np.reshape(np.array(rows), np.shape(x))

    every = np.arange(len(searches))
    low, high, values = _straight(searches)
    nmb, found = at(values, every)
    rest = np.flatnonzero(np.abs(found) > _SURE)
    if rest.size:
        from scipy.optimize.elementwise import find_root

        # The root lies on that side of the value tried where the sign changes.
        below = (found > 0) != np.array([s.differences[s.place] > 0 for s in searches])
        ends = (np.where(below, low, values)[rest], np.where(below, values, high)[rest])
        done = find_root(lambda x, n: at(x, n)[1], ends, args=(rest,), tolerances={"fatol": _SURE})
        values[rest] = done.x
        nmb[rest] = at(values[rest], rest)[0]
    return [(float(value), row) for value, row in zip(values, nmb, strict=True)]


def _straight(searches: Sequence[_Search]) -> tuple[Array, Array, Array]:
    """Return the ends of the brackets, and where a straight line between them is 0: the root, of a cost."""
    ends = np.array([s.points[s.place : s.place + 2] for s in searches]).T
    values = np.array([s.differences[s.place : s.place + 2] for s in searches]).T
    share = values[0] / (values[0] - values[1])
    return ends[0], ends[1], ends[0] + share * (ends[1] - ends[0])
