"""Weighted integrals of exp(-rate t) over the steps of a grid, for many rates and draws at once.

A transform depends on a rate alone, so that equal rates, of whatever strategy or stratum, share one.
Elementwise operations in a fixed order throughout: a draw's bytes do not depend on its block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.background import Background
from remit.engine.clock import Clock, Scales

Array = NDArray[np.float64]
# What has decayed to less than this is nothing: it is below the rounding of what it began with.
NOTHING = 1e-18
# A tile is as many (rate, draw) pairs, over as many steps, as stay in the processor's cache.
_TILE = 8192
_STEPS = 12


@dataclass(frozen=True)
class Transforms:
    """For each distinct rate: weighed time, weighed departures and what is left at the end.

    ``time`` (distinct weight, rate, draw), and which of them each profile has; ``moves`` (scale,
    rate, draw); ``end`` (rate, draw), background mortality left out of it alone.
    """

    time: Array
    weight_of: dict[str, int]
    moves: Array
    end: Array


class RateTable:
    """The distinct rates of all pathways, each row once, and where each pathway's rows stand."""

    def __init__(self, all_rates: Sequence[Array]) -> None:
        known: dict[bytes, int] = {}
        unique: list[Array] = []
        self.rows: list[NDArray[np.intp]] = []
        for rates in all_rates:
            places = []
            for row in rates:
                key = row.tobytes()
                if key not in known:
                    known[key] = len(unique)
                    unique.append(row)
                places.append(known[key])
            self.rows.append(np.array(places, dtype=np.intp))
        self.rates = np.stack(unique)


def transform(
    rates: Array, clock: Clock, background: Background, scales: Scales, first: int, last: int
) -> Transforms:
    """Weigh background survival x exp(-rate t) over the steps from ``first`` to ``last``, t from ``first``.

    Parameters
    ----------
    rates
        (rate, draw) per year.
    clock, background, scales
        The grid, background survival on it for these draws, and what is counted.
    first, last
        Grid points.
    """
    weights, weight_of = _weights(clock, scales, first, last)
    factors = np.array([scale.factors[first:last] for scale in scales.moves.values()])
    factors = factors.reshape(len(scales.moves), last - first)
    time = np.zeros((len(weights), *rates.shape))
    moves = np.zeros((len(factors), *rates.shape))
    # Rates of like speed in one tile, so that it can be left as soon as all of it has decayed.
    order = np.argsort(np.min(rates, axis=1), kind="stable")
    height = max(_TILE // rates.shape[1], 1)
    for top in range(0, len(order), height):
        rows = order[top : top + height]
        tile = _Tile(rates[rows], clock, background, first, last)
        time[:, rows], moves[:, rows] = tile.weigh(weights, factors)
    return Transforms(time, weight_of, moves, np.exp(-rates * (clock.times[last] - clock.times[first])))


def _weights(clock: Clock, scales: Scales, first: int, last: int) -> tuple[Array, dict[str, int]]:
    """Return the distinct weights of the grid's points, (weight, point), and which each profile has."""
    known: dict[bytes, int] = {}
    distinct: list[Array] = []
    weight_of = {}
    for profile in scales.profiles:
        weight = np.zeros(last - first + 1)
        weight[:-1] += (clock.at_start * profile.at_start)[first:last]
        weight[1:] += (clock.at_end * profile.at_end)[first:last]
        if not np.any(weight):
            continue
        if weight.tobytes() not in known:
            known[weight.tobytes()] = len(distinct)
            distinct.append(weight)
        weight_of[profile.name] = known[weight.tobytes()]
    return np.array(distinct).reshape(len(distinct), last - first + 1), weight_of


class _Tile:
    """A few rates, followed some steps at a time until nothing is left."""

    def __init__(self, rates: Array, clock: Clock, background: Background, first: int, last: int) -> None:
        # Nothing ever leaves a state of rate 0, so its moves count nothing: keep 0 / 0 out.
        self._rates = np.maximum(rates, 1e-300)
        self._background = background
        self._bounds = (first, last)
        self._lengths: list[float] = clock.lengths.tolist()
        self._length = -1.0
        self._factor = rates
        # Row 0 is what is left now, the others what is left after each of the next steps.
        self._left = np.empty((_STEPS + 1, *rates.shape))
        self._left[0] = background.survival[first]
        self._stay = np.empty((_STEPS, *rates.shape))
        self._leaving = np.empty((_STEPS, *rates.shape))

    def weigh(self, weights: Array, factors: Array) -> tuple[Array, Array]:
        """Return weighed time (weight, rate, draw) and weighed moves per hazard (scale, rate, draw)."""
        first, last = self._bounds
        time = np.zeros((len(weights), *self._rates.shape))
        moves = np.zeros((len(factors), *self._rates.shape))
        for begin in range(first, last, _STEPS):
            end = min(begin + _STEPS, last)
            now, count = slice(begin - first, end - first), end - begin
            self._advance(begin, end)
            time += np.einsum("pk,krd->prd", weights[:, now], self._left[:count])
            moves += np.einsum("pk,krd->prd", factors[:, now], self._stays(begin, end))
            self._left[0] = self._left[count]
            self._left[0][self._left[0] < NOTHING] = 0.0
            if not np.any(self._left[0]):
                return time, moves
        time += weights[:, -1, None, None] * self._left[0]
        return time, moves

    def _advance(self, begin: int, end: int) -> None:
        for place, step in enumerate(range(begin, end)):
            if abs(self._lengths[step] - self._length) > 1e-12:
                self._length = self._lengths[step]
                self._factor = np.exp(-self._rates * self._length)
            after = self._left[place + 1]
            np.multiply(self._factor, self._background.ratio[step], out=after)
            np.multiply(self._left[place], after, out=after)

    def _stays(self, begin: int, end: int) -> Array:
        """Return the time spent within each step, (step, rate, draw): departures by their hazard."""
        count = end - begin
        stay, leaving = self._stay[:count], self._leaving[:count]
        np.subtract(self._left[:count], self._left[1 : count + 1], out=stay)
        np.add(self._rates, self._background.hazard[begin:end, None, :], out=leaving)
        np.divide(stay, leaving, out=stay)
        return stay
