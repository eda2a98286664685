"""Values over time summed from time 0, looked up at any time: what a stay is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
_MOST_BINS = 200_000


class Grid:
    """Points of time from 0, and the step into which any time falls, found without a search.

    Bins of even width, as narrow as the shortest step where that is possible, tell the first step that a
    time of theirs can be in; each point within a bin asks for one comparison more.
    """

    def __init__(self, times: Array) -> None:
        self.times = times
        horizon = float(times[-1])
        bins = int(min(np.ceil(horizon / np.min(np.diff(times))), _MOST_BINS)) + 1
        self._per_year = bins / horizon
        edges = np.arange(bins + 1) / self._per_year
        # Half a bin of rounding is forgiven on the left: a step too early is put right, one too late not.
        first = np.searchsorted(times, edges - 1e-9 * horizon, side="right") - 1
        self._first = np.clip(first, 0, len(times) - 2)
        self._within = int(np.max(np.diff(self._first))) + 1
        self._next = np.append(times[1:-1], np.inf)

    def locate(self, t: Array) -> tuple[Places, Array]:
        """Return the step in which each time falls, and the time since it began, (time,) each."""
        step = self._first.take((t * self._per_year).astype(np.intp), mode="clip")
        for _ in range(self._within):
            step += t >= self._next.take(step)
        return step, t - self.times.take(step)


class Integral:
    """The integral from 0 of a value that is a straight line within each step of a grid.

    Parameters
    ----------
    grid
        The grid.
    at_start, at_end
        (step,): the value just after the start and just before the end of each step.
    """

    def __init__(self, grid: Grid, at_start: Array, at_end: Array) -> None:
        lengths = np.diff(grid.times)
        self._summed = np.concatenate([[0.0], np.cumsum(0.5 * lengths * (at_start + at_end))[:-1]])
        self._value = np.ascontiguousarray(at_start)
        self._bend = 0.5 * (at_end - at_start) / lengths

    def at(self, step: Places, since: Array) -> Array:
        """Return the integral up to times that :meth:`Grid.locate` located, (time,)."""
        found = self._bend.take(step)
        found *= since
        found += self._value.take(step)
        found *= since
        found += self._summed.take(step)
        return found
