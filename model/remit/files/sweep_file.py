"""What stands in a sweep file: which values are varied, how they make points, and what is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from remit.analysis.latin_hypercube import latin_hypercube
from remit.analysis.sweep import MOST_POINTS, Axis, Sweep


@dataclass(frozen=True)
class Range:
    """Values of an axis from one to another.

    ``points`` of them evenly spaced, both ends included; for a Latin hypercube, which draws within the range,
    it is left out.
    """

    from_: float
    to: float
    points: int | None = None

    def __post_init__(self) -> None:
        """Refuse a range without extent."""
        if self.from_ == self.to or (self.points is not None and self.points < 2):
            raise ValueError("a range needs two points or more and different ends")
        if self.points is not None and self.points > MOST_POINTS:
            raise ValueError(f"a range has at most {MOST_POINTS:,} points")


@dataclass(frozen=True)
class Hypercube:
    """A Latin hypercube over the ranges of ``over``: how many points, and the seed of where they lie."""

    points: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse what no points can be drawn with."""
        if not 2 <= self.points <= MOST_POINTS:
            raise ValueError(f"points go from 2 to {MOST_POINTS:,}")
        if not 0 <= self.seed < 2**63:
            raise ValueError("seed must be a whole number from 0 to 2^63 - 1")


@dataclass(frozen=True)
class SweepPlot:
    """What is drawn.

    ``lines`` and ``heat_map`` show ``values`` of one strategy against the comparator, ``scatter`` shows them
    against every axis; where no ``kind`` is given, what suits the points is drawn. A ``decision_map`` shows
    over two parameters which strategy is best, and what is lost by beginning as ``strategy`` does. ``titles``
    are those of axes.
    """

    strategy: str
    kind: Literal["lines", "heat_map", "scatter", "decision_map"] | None = None
    values: tuple[str, ...] = ("icer", "inmb")
    titles: dict[str, str] = field(default_factory=dict)


Spread = Range | tuple[Any, ...]


@dataclass(frozen=True)
class SweepFile:
    """What stands in a sweep file.

    A grid of all values ``over`` axes, or a Latin hypercube within their ranges, or else ``points``, each
    with a value for the same names. ``by`` names a feature of the population whose levels are told apart.
    """

    title: str
    plot: SweepPlot
    over: dict[str, Spread] = field(default_factory=dict)
    points: tuple[dict[str, Any], ...] = ()
    latin_hypercube: Hypercube | None = None
    scenario: str = "base"
    draws: int = 0
    by: str | None = None

    def sweep(self) -> Sweep:
        """Return the sweep, once the file is known to be sound."""
        return Sweep(self.title, self.axes(), self.draws, self.by, self._listed())

    def axes(self) -> tuple[Axis, ...]:
        """Return the axes with their values; those of a list of points in the order in which they come."""
        if self.points:
            names = list(self.points[0])
            return tuple(Axis(name, _each_once([p.get(name) for p in self.points])) for name in names)
        return tuple(Axis(name, _values(spread)) for name, spread in self.over.items())

    def _listed(self) -> tuple[tuple[Any, ...], ...] | None:
        if self.points:
            return tuple(tuple(point[name] for name in self.points[0]) for point in self.points)
        if self.latin_hypercube is None:
            return None
        ranges = [(s.from_, s.to) for s in self.over.values() if isinstance(s, Range)]
        cube = self.latin_hypercube
        return latin_hypercube(ranges, n_points=cube.points, seed=cube.seed)


def same(value: object) -> str:
    """Return a text that two values of an axis share where they are the same: 1 and 1.0 are."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {same(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(same, value))}]"
    return repr(float(value)) if isinstance(value, int) and not isinstance(value, bool) else repr(value)


def _each_once(values: list[Any]) -> tuple[Any, ...]:
    return tuple({same(value): value for value in values}.values())


def _values(spread: Spread) -> tuple[Any, ...]:
    if not isinstance(spread, Range):
        return tuple(spread)
    if spread.points is None:
        return (spread.from_, spread.to)
    return tuple(float(x) for x in np.linspace(spread.from_, spread.to, spread.points))
