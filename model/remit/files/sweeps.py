"""Sweeps from YAML: a grid over parameters, dotted settings and scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from remit.analysis.sweep import MOST_POINTS, Axis, Sweep
from remit.errors import InputError, Problem
from remit.files.reader import Reader
from remit.files.studies import Loaded, read_study
from remit.files.yaml_text import Document
from remit.study import Study


@dataclass(frozen=True)
class Range:
    """Evenly spaced values of an axis, both ends included."""

    from_: float
    to: float
    points: int

    def __post_init__(self) -> None:
        """Refuse a range without extent."""
        if self.points < 2 or self.from_ == self.to:
            raise ValueError("a range needs two points or more and different ends")
        if self.points > MOST_POINTS:
            raise ValueError(f"a range has at most {MOST_POINTS:,} points")


@dataclass(frozen=True)
class SweepPlot:
    """What is drawn: a value of one strategy against the comparator."""

    strategy: str
    values: tuple[str, ...] = ("icer", "inmb")


@dataclass(frozen=True)
class SweepFile:
    """What stands in a sweep file."""

    title: str
    over: dict[str, Range | tuple[Any, ...]]
    plot: SweepPlot
    scenario: str = "base"
    draws: int = 0


@dataclass(frozen=True)
class LoadedSweep:
    """A sweep with the study it starts from, and the study at each point."""

    sweep: Sweep
    plot: SweepPlot
    loaded: Loaded
    file: Path
    study_at: Callable[[Mapping[str, Any]], Study]


def read_sweep(path: Path) -> LoadedSweep:
    """Read a sweep and the scenario that it starts from.

    Raises
    ------
    InputError
        Where the file is wrong, or an axis names nothing that there is.
    """
    reader = Reader()
    document = reader.read(path)
    entry = reader.attempt(SweepFile, document.data, document.where) if document else None
    reader.stop_if_broken()
    if document is None or entry is None:
        raise InputError(Problem("the sweep cannot be read", str(path)))
    loaded = read_study(entry.scenario)
    axes = tuple(Axis(name, _values(spread)) for name, spread in entry.over.items())
    for axis in axes:
        if axis.name != "scenario" and axis.name not in loaded.study.parameters and "." not in axis.name:
            known = ["scenario", *loaded.study.parameters]
            reader.refuse("no such parameter or setting", document.where(("over", axis.name)), ("over", axis.name), axis.name, known)
    if entry.plot.strategy not in loaded.study.strategies:
        at = ("plot", "strategy")
        reader.refuse("not among the strategies compared", document.where(at), at, entry.plot.strategy, loaded.study.strategies)
    reader.stop_if_broken()
    sweep = Sweep(entry.title, axes, entry.draws)
    return LoadedSweep(sweep, entry.plot, loaded, path, _study_at(entry.scenario, loaded, document))


def _values(spread: Range | tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(spread, Range):
        return tuple(float(x) for x in np.linspace(spread.from_, spread.to, spread.points))
    return tuple(spread)


def _study_at(scenario: str, loaded: Loaded, document: Document) -> Callable[[Mapping[str, Any]], Study]:
    """Return a function from a point to its study; scenarios and settings are read once each."""

    @lru_cache(maxsize=256)
    def base(name: str, settings: tuple[str, ...]) -> Study:
        return loaded.study if (name, settings) == (scenario, ()) else read_study(name, settings=settings).study

    def study_at(point: Mapping[str, Any]) -> Study:
        name = str(point.get("scenario", scenario))
        settings = tuple(f"{key}={value}" for key, value in point.items() if "." in key)
        numbers = {key: value for key, value in point.items() if "." not in key and key != "scenario"}
        try:
            return base(name, settings).set(numbers, because="point of a sweep")
        except InputError as error:
            shown = ", ".join(f"{key} = {value}" for key, value in point.items())
            place = document.where(("over",))
            raise InputError([Problem(f"at the point {shown}: {p}", *place, key="over") for p in error.problems]) from None

    return study_at
