"""From a digitised Kaplan-Meier curve back to individual patients.

The algorithm of Guyot, Ades, Ouwens and Welton (BMC Med Res Methodol 2012;12:9), from its description:
within each interval of the risk table censoring is spread evenly; events are what the curve's falls need
given who is then at risk; the number censored is changed until the next number at risk is met.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.survival.digitised import Digitised
from remit.survival.patients import Patients

Array = NDArray[np.float64]
# How often the number censored in an interval is changed at most before the best one is taken.
MOST = 200
# Points this close, as a share of the time axis, may hide on which side of a row a fall lies.
CLOSE = 0.02
# How near the reconstructed curve comes to the end of the curve at least, if it can.
NEAR = 0.01


@dataclass(frozen=True)
class _Interval:
    """From one row of the risk table to the next: the curve's points in (start, end].

    ``levels`` are those the curve may have at the end, the likelier first: a fall between the points on
    either side of a row may have come before or after it.
    """

    start: float
    end: float
    times: Array
    survival: Array
    levels: tuple[float, ...]


@dataclass(frozen=True)
class _State:
    """What the reconstruction has come to: patients at risk and the Kaplan-Meier estimate so far."""

    n: int
    estimate: float


@dataclass(frozen=True)
class _Walk:
    """One way through an interval: events at its points, times of censoring, and the state at its end."""

    events: NDArray[np.int64]
    censored: Array
    state: _State


def reconstruct(curve: Digitised) -> Patients:
    """Return patients whose Kaplan-Meier curve and numbers at risk are those of the digitised ones.

    A fall that is read at the time of a row of the risk table is put just before it, since the row
    counts who is left. In the last interval, which no row ends, patients are censored at the mean rate
    until then, or so that the total of events is met where it is known. Those left at the end of the
    curve are censored there.

    Parameters
    ----------
    curve
        Clean (see :func:`remit.survival.digitised.clean`).
    """
    intervals = _intervals(curve)
    state = _State(int(curve.at_risk[0]), 1.0)
    walks = []
    rows = [int(n) for n in curve.at_risk[1:]]
    for i in range(len(rows)):
        walks.append(_to_meet(rows[i:], intervals[i:], state))
        state = walks[-1].state
    if len(intervals) == curve.at_risk.size:
        walks.append(_last(intervals, walks, state, curve.events))
        state = walks[-1].state
    return _patients(curve, intervals, walks, state)


def _intervals(curve: Digitised) -> list[_Interval]:
    """Return the intervals between rows of the risk table, and from the last row on if points follow."""
    last = curve.times[-1]
    edges = [*curve.risk_times, last] if last > curve.risk_times[-1] else list(curve.risk_times)
    found = []
    for start, end in itertools.pairwise(edges):
        inside = (curve.times > start) & (curve.times < end)
        level = float(curve.steps.at(np.array(end)))
        survival = np.append(curve.survival[inside], level)
        times = np.append(curve.times[inside], end)
        found.append(_Interval(float(start), float(end), times, survival, _levels(curve, float(end), level)))
    return found


def _levels(curve: Digitised, end: float, level: float) -> tuple[float, ...]:
    """Return the levels on either side of ``end`` where points lie close, that of the nearer point first."""
    after = int(np.searchsorted(curve.times, end, side="right"))
    if after == curve.times.size or curve.times[after - 1] == end or end not in curve.risk_times:
        return (level,)
    gap = curve.times[after] - curve.times[after - 1]
    if gap > curve.times[-1] * CLOSE or curve.survival[after] == level:
        return (level,)
    both = (level, float(curve.survival[after]))
    return both if end - curve.times[after - 1] < gap / 2 else both[::-1]


def _to_meet(rows: list[int], intervals: list[_Interval], state: _State) -> _Walk:
    """Return the walk through the first interval that meets the next row and leads to that after it.

    Parameters
    ----------
    rows
        The numbers at risk at the ends of the intervals.
    """
    walks = _walks(rows[0], intervals[0], state)
    if len(walks) == 1:
        return walks[0]

    def missed(walk: _Walk) -> int:
        later = _walks(rows[1], intervals[1], walk.state) if rows[1:] else []
        return abs(walk.state.n - rows[0]) + min((abs(way.state.n - rows[1]) for way in later), default=0)

    return min(walks, key=missed)


def _walks(wanted: int, interval: _Interval, state: _State) -> list[_Walk]:
    ways = (replace(interval, survival=np.append(interval.survival[:-1], end)) for end in interval.levels)
    return [_censoring_until(wanted, way, state) for way in ways]


def _censoring_until(wanted: int, interval: _Interval, state: _State) -> _Walk:
    """Change the number censored until ``wanted`` are left, as the paper does."""
    left = state.n * interval.survival[-1] / state.estimate if state.estimate > 0 else 0.0
    count, seen = int(np.clip(round(left) - wanted, 0, state.n)), dict[int, _Walk]()
    while count not in seen and len(seen) < MOST:
        seen[count] = _walk(count, interval, state)
        count = int(np.clip(count + seen[count].state.n - wanted, 0, state.n))
    return min(seen.values(), key=lambda walk: abs(walk.state.n - wanted))


def _last(intervals: list[_Interval], walks: list[_Walk], state: _State, events: int | None) -> _Walk:
    """Return the walk through the interval that no row of the risk table ends.

    Nobody is censored whom a later fall of the curve needs.
    """
    interval = intervals[-1]
    rate = sum(walk.censored.size for walk in walks) / interval.start if interval.start > 0 else 0.0
    most = min(round(rate * (interval.end - interval.start)), state.n) if events is None else state.n
    missing = (events or 0) - sum(int(walk.events.sum()) for walk in walks)

    def amiss(walk: _Walk) -> tuple[float, int]:
        gap = abs(walk.state.estimate - float(interval.survival[-1]))
        return max(gap, NEAR), 0 if events is None else abs(int(walk.events.sum()) - missing)

    return min((_walk(count, interval, state) for count in range(most, -1, -1)), key=amiss)


def _walk(count: int, interval: _Interval, state: _State) -> _Walk:
    """Go through an interval with ``count`` censored evenly, and as many events as the curve's falls need."""
    shares = np.arange(1, count + 1) / (count + 1)
    censored = interval.start + (interval.end - interval.start) * shares
    gone = np.diff(np.searchsorted(censored, interval.times), prepend=0)
    n, estimate = state.n, state.estimate
    events = np.zeros(interval.times.size, dtype=np.int64)
    lost = 0
    for k, survival in enumerate(interval.survival):
        leaving = min(int(gone[k]), n)
        n, lost = n - leaving, lost + leaving
        if n == 0 or estimate == 0:
            continue
        events[k] = min(max(round(n * (1 - float(survival) / estimate)), 0), n)
        estimate *= 1 - events[k] / n
        n -= int(events[k])
    return _Walk(events, censored[:lost], _State(n, float(estimate)))


def _patients(curve: Digitised, intervals: list[_Interval], walks: list[_Walk], state: _State) -> Patients:
    times, events = [], []
    for interval, walk in zip(intervals, walks, strict=True):
        at = interval.times.copy()
        before = at[-2] if at.size > 1 else interval.start
        at[-1] -= 1e-3 * (interval.end - before) if interval.end in curve.risk_times else 0.0
        happened = np.repeat(at, walk.events)
        times += [happened, walk.censored]
        events += [np.ones(happened.size, dtype=bool), np.zeros(walk.censored.size, dtype=bool)]
    times.append(np.full(state.n, curve.times[-1]))
    events.append(np.zeros(state.n, dtype=bool))
    order = np.argsort(np.concatenate(times), kind="stable")
    return Patients(np.concatenate(times)[order], np.concatenate(events)[order])
