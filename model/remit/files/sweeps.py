"""Sweeps from YAML: a grid over parameters, dotted settings and scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from remit.analysis.decision_map import begun_alike
from remit.analysis.sweep import MOST_POINTS, Axis, Sweep
from remit.errors import InputError, Problem
from remit.files.places import public_name
from remit.files.reader import Reader
from remit.files.scenarios import Change
from remit.files.studies import Loaded, read_study
from remit.files.yaml_text import Document
from remit.study import Study

SCENARIO = "scenario"
# How many studies a sweep over settings keeps at a time.
MOST_KEPT = 256
VALUES = (
    "life_years",
    "qalys",
    "costs",
    "incremental_costs",
    "incremental_qalys",
    "icer",
    "inmb",
    "probability_best",
    "expected_loss",
    "probability_best_health",
    "expected_loss_health",
    "p_cr_after_nonresponse",
)


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
    """What is drawn.

    ``lines`` and ``heat_map`` show ``values`` of one strategy against the comparator; where no ``kind`` is
    given, both are drawn as far as the axes allow. A ``decision_map`` shows over two parameters which
    strategy is best, and what is lost by beginning as ``strategy`` does. ``titles`` are those of axes.
    """

    strategy: str
    kind: Literal["lines", "heat_map", "decision_map"] | None = None
    values: tuple[str, ...] = ("icer", "inmb")
    titles: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SweepFile:
    """What stands in a sweep file; ``by`` names a feature of the population whose levels are told apart."""

    title: str
    over: dict[str, Range | tuple[Any, ...]]
    plot: SweepPlot
    scenario: str = "base"
    draws: int = 0
    by: str | None = None


@dataclass(frozen=True)
class LoadedSweep:
    """A sweep with the study it starts from, and the study at each point."""

    sweep: Sweep
    plot: SweepPlot
    loaded: Loaded
    file: Path
    study_at: Callable[[Mapping[str, Any]], Study]


def read_sweep(path: Path, *, posterior: bool = True) -> LoadedSweep:
    """Read a sweep and the scenario that it starts from, and try every value of every axis.

    Parameters
    ----------
    path
        The sweep's file.
    posterior
        Whether to read posteriors; checking alone does not need them.

    Raises
    ------
    InputError
        Where the file is wrong, an axis names nothing that there is, or one of its values is not allowed.
    """
    reader = Reader()
    document = reader.read(path)
    entry = reader.attempt(SweepFile, document.data, document.where) if document else None
    if document is None or entry is None:
        raise InputError(reader.sorted_problems())
    loaded = _start(entry, document, reader, posterior=posterior)
    axes = tuple(Axis(name, _values(spread)) for name, spread in entry.over.items())
    _check_entry(entry, axes, loaded, document, reader)
    _check_plot(entry.plot, axes, loaded.study, document, reader)
    reader.stop_if_broken()
    points = _Points(entry, loaded, document, posterior)
    reader.problems += points.problems()
    reader.stop_if_broken()
    loaded = replace(loaded, files=tuple(dict.fromkeys([*loaded.files, path, *points.files()])))
    return LoadedSweep(
        Sweep(entry.title, axes, entry.draws, entry.by), entry.plot, loaded, path, points.study_at
    )


def _start(entry: SweepFile, document: Document, reader: Reader, *, posterior: bool) -> Loaded:
    """Return the study that the sweep starts from; an unknown scenario is told where the sweep names it."""
    try:
        return read_study(entry.scenario, posterior=posterior)
    except InputError as error:
        place = document.where((SCENARIO,))
        reader.problems += [
            problem if problem.file else replace(problem, file=place[0], line=place[1], key=SCENARIO)
            for problem in error.problems
        ]
        raise InputError(reader.sorted_problems()) from None


def _values(spread: Range | tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(spread, Range):
        return tuple(float(x) for x in np.linspace(spread.from_, spread.to, spread.points))
    return tuple(spread)


def _check_entry(
    entry: SweepFile, axes: tuple[Axis, ...], loaded: Loaded, document: Document, reader: Reader
) -> None:
    if not axes:
        reader.refuse("a sweep needs at least one axis", document.where(("over",)), ("over",))
    if entry.scenario != "base" and any(axis.name == SCENARIO for axis in axes):
        rule = "a sweep over scenarios starts from no other: leave one of the two out"
        reader.refuse(rule, document.where((SCENARIO,)), (SCENARIO,))
    known = [SCENARIO, *_dotted(loaded.resolved), *loaded.study.parameters]
    for axis in axes:
        at = ("over", axis.name)
        if axis.name not in known and axis.name.split(".")[0] not in loaded.study.parameters:
            reader.refuse("no such parameter or setting", document.where(at), at, axis.name, known)
        if not axis.values:
            reader.refuse("an axis needs a value or more", document.where(at), at)
    features = loaded.study.features if entry.by is not None else {}
    if entry.by is not None and entry.by not in features:
        rule = "no feature of the population" if features else "the population has no features"
        reader.refuse(rule, document.where(("by",)), ("by",), entry.by, features)
    if not 0 <= entry.draws <= 10_000_000:
        reader.refuse("draws go from 0 to 10,000,000", document.where(("draws",)), ("draws",), entry.draws)


def _check_plot(
    plot: SweepPlot, axes: tuple[Axis, ...], study: Study, document: Document, reader: Reader
) -> None:
    known = plot.strategy in study.strategies
    if not known:
        at = ("plot", "strategy")
        rule = "not among the strategies compared"
        reader.refuse(rule, document.where(at), at, plot.strategy, study.strategies)
    for number, value in enumerate(plot.values):
        if value not in VALUES:
            path = ("plot", "values", number)
            reader.refuse("no such value", document.where(path), path, value, VALUES)
    for name in plot.titles:
        if name not in [axis.name for axis in axes]:
            reader.refuse("no such axis", document.where(("plot", "titles", name)), ("plot", "titles"), name,
                          [axis.name for axis in axes])  # fmt: skip
    at, drawable = ("plot", "kind"), len(axes) == 2 and all(_is_numbers(axis) for axis in axes)
    if plot.kind in ("heat_map", "decision_map") and not drawable:
        rule = "needs two axes of numbers, two values or more on each"
        reader.refuse(rule, document.where(at), at, plot.kind)
    elif plot.kind == "decision_map" and not all(_is_drawn_alone(axis, study) for axis in axes):
        reader.refuse("needs parameters on both axes, each a single number", document.where(at), at)
    if (
        plot.kind == "decision_map"
        and known
        and len(begun_alike(study, plot.strategy)) == len(study.strategies)
    ):
        rule = "needs a strategy that does not begin as plot.strategy does"
        reader.refuse(rule, document.where(at), at, plot.kind)


def _is_numbers(axis: Axis) -> bool:
    return len(set(axis.values)) >= 2 and all(isinstance(value, int | float) for value in axis.values)


def _is_drawn_alone(axis: Axis, study: Study) -> bool:
    """Tell whether an axis is a parameter with a single column of draws that hold its value."""
    parameter = study.parameters.get(axis.name)
    return parameter is not None and parameter.columns(axis.name) == [axis.name] and parameter.by is None


def _dotted(data: Mapping[Any, Any], before: str = "") -> Iterator[str]:
    """Yield the dotted path of everything that a root study file holds."""
    for key, value in data.items():
        if not before and key == "parameters":
            continue
        path = f"{before}{key}"
        yield path
        if isinstance(value, dict):
            yield from _dotted(value, f"{path}.")


@dataclass(frozen=True)
class _Points:
    """The studies at the points of a sweep; scenarios and settings are read once for each of their values."""

    entry: SweepFile
    start: Loaded
    document: Document
    posterior: bool
    read: dict[str, Loaded] = field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        """Try every value of every axis alone, of a range both ends, and yield what is wrong."""
        for name, spread in self.entry.over.items():
            for value in (spread.from_, spread.to) if isinstance(spread, Range) else spread:
                try:
                    self.loaded_at({name: value})
                except InputError as error:
                    yield from error.problems

    def files(self) -> tuple[Path, ...]:
        """Return the files behind every scenario of the sweep."""
        return tuple(dict.fromkeys(file for loaded in self.read.values() for file in loaded.files))

    def study_at(self, point: Mapping[str, Any]) -> Study:
        """Return the study of a point.

        Raises
        ------
        InputError
            Where it is not allowed, naming the point.
        """
        parameters = self.start.study.parameters
        numbers = {key: value for key, value in point.items() if key in parameters}
        try:
            study = self.loaded_at(
                {key: value for key, value in point.items() if key not in parameters}
            ).study
            return study.set(numbers, because="point of a sweep")
        except InputError as error:
            raise self._refusal(point, error) from None

    def loaded_at(self, point: Mapping[str, Any]) -> Loaded:
        """Return the study with everything set that the point says, checked as a scenario is."""
        if not point:
            return self.start
        if repr(point) not in self.read:
            if len(self.read) >= MOST_KEPT:
                self.read.clear()
            try:
                scenario = str(point.get(SCENARIO, self.entry.scenario))
                loaded = read_study(scenario, changes=self._changes(point), posterior=self.posterior)
                if self.entry.by is not None:
                    loaded.study.check_feature(self.entry.by)
            except InputError as error:
                raise self._refusal(point, error) from None
            self.read[repr(point)] = loaded
        return self.read[repr(point)]

    def _changes(self, point: Mapping[str, Any]) -> list[Change]:
        origin = public_name(Path(self.document.file))
        return [
            Change(
                tuple(key.split(".")), value, self.document.where(("over", key)), "point of a sweep", origin
            )
            for key, value in point.items()
            if key != SCENARIO
        ]

    def _refusal(self, point: Mapping[str, Any], error: InputError) -> InputError:
        shown = ", ".join(f"{key} = {value}" for key, value in point.items())
        words = f"at the point {shown}: "
        place = self.document.where(("over", next(iter(point))))
        return InputError(
            replace(
                problem,
                rule=words + problem.rule,
                file=problem.file or place[0],
                line=problem.line or place[1],
            )
            if not problem.rule.startswith("at the point ")
            else problem
            for problem in error.problems
        )
