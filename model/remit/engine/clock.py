"""The grid of cycles and what is weighed on it: where values count, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from remit.engine.quadrature import step_weights
from remit.errors import InputError
from remit.pathway.graph import Condition

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Cycle:
    """Cycles of one length, in years, up to a time (None: up to the horizon)."""

    length: float
    until: float | None = None


@dataclass(frozen=True)
class Clock:
    """Grid points from 0 to the horizon, and the weight in years of a value at both ends of each step.

    Attributes
    ----------
    times
        (step + 1,) in years.
    at_start, at_end
        (step,) weights of the value just after the start and just before the end of a step.
    """

    times: Array
    at_start: Array
    at_end: Array

    @property
    def lengths(self) -> Array:
        """Return the length of each step, (step,)."""
        return np.diff(self.times)

    @property
    def middles(self) -> Array:
        """Return the middle of each step, (step,), where one-off values are discounted."""
        return 0.5 * (self.times[1:] + self.times[:-1])

    def index(self, time: float) -> int:
        """Return the number of the grid point at ``time``."""
        position = int(np.argmin(np.abs(self.times - time)))
        if abs(self.times[position] - time) > 1e-9:
            raise InputError(f"no cycle ends at {time:g} years, where values or hazards change")
        return position


def make_clock(
    cycles: Sequence[Cycle], *, horizon: float, breaks: Sequence[float] = (), correction: str = "half-cycle"
) -> Clock:
    """Lay the grid of cycles: a last step is cut at the horizon, and a step at every break.

    Parameters
    ----------
    cycles
        Lengths with the time up to which each holds.
    horizon
        Years from time 0.
    breaks
        Years at which values or hazards jump; the correction is applied on each side of them.
    correction
        ``half-cycle``, ``simpson``, ``start`` or ``end``.

    Raises
    ------
    InputError
        Where lengths are not above 0 or there would be more than 100,000 steps.
    """
    edges = sorted({0.0, horizon, *(t for t in breaks if 0 < t < horizon)})
    lengths = [cycle.length for cycle in cycles]
    ends = [np.inf if cycle.until is None else cycle.until for cycle in cycles]
    if horizon < 0 or not lengths or min(lengths) <= 0 or ends != sorted(ends):
        raise InputError("cycles need a length above 0 and rising ends, and the horizon cannot be negative")
    if horizon / min(lengths) > 100_000:
        raise InputError(f"a cycle of {min(lengths):g} years over {horizon:g} years makes too many steps")
    points = _points(lengths, ends, horizon, edges)
    starts, finishes = [], []
    for low, high in pairwise(edges):
        inside = points[(points >= low) & (points <= high)]
        at_start, at_end = step_weights(inside, correction)
        starts.append(at_start)
        finishes.append(at_end)
    empty = np.zeros(0)
    return Clock(points, np.concatenate([empty, *starts]), np.concatenate([empty, *finishes]))


def _points(lengths: list[float], ends: list[float], horizon: float, edges: list[float]) -> Array:
    points = {0.0, horizon, *edges}
    begin = 0.0
    for length, until in zip(lengths, ends, strict=True):
        end = min(until, horizon)
        count = max(int(np.floor((end - begin) / length + 1e-9)), 0)
        points.update(begin + length * np.arange(1, count + 1))
        begin = max(end, begin)
    sorted_points = np.array(sorted(points))
    # Edges and multiples of a cycle that differ by rounding alone are one point: the edge.
    exact = np.array(edges)
    nearest_edge = exact[np.argmin(np.abs(sorted_points[:, None] - exact[None, :]), axis=1)]
    snapped = np.where(np.abs(sorted_points - nearest_edge) < 1e-9, nearest_edge, sorted_points)
    return np.unique(snapped)


def epoch_bounds(epochs: Sequence[float], clock: Clock) -> list[tuple[int, int]]:
    """Return the first and last grid point of each epoch; an epoch after the horizon has no step."""
    edges = [clock.index(min(t, clock.times[-1])) for t in epochs] + [len(clock.times) - 1]
    return list(pairwise(edges))


@dataclass(frozen=True)
class Profile:
    """Something counted per year in a state: its value just after the start and before the end of each step.

    ``conditions`` are those in which it counts (None: in all), so that the rest need not be summed.
    """

    name: str
    at_start: Array
    at_end: Array
    conditions: frozenset[Condition] | None = None

    def counts(self, condition: Condition) -> bool:
        """Tell whether it counts in a condition."""
        return self.conditions is None or condition in self.conditions


@dataclass(frozen=True)
class MoveScale:
    """How much a move counts in each step, (step,), and which kinds of event count (None: all)."""

    factors: Array
    kinds: frozenset[str] | None = None

    def counts(self, kind: str) -> bool:
        """Tell whether an event counts."""
        return self.kinds is None or kind in self.kinds


@dataclass(frozen=True)
class Scales:
    """All that is counted: profiles for time in states, and scales for moves by name."""

    profiles: tuple[Profile, ...]
    moves: dict[str, MoveScale]
