"""Sweeps from YAML: a grid, list or Latin hypercube over parameters, settings, scenarios, strategies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from remit.analysis.sweep import Sweep
from remit.errors import InputError, Problem
from remit.files.loaded import Loaded
from remit.files.reader import Reader
from remit.files.studies import read_study
from remit.files.sweep_checks import SCENARIO, check_entry, check_plot, check_shape
from remit.files.sweep_file import SweepFile, SweepPlot
from remit.files.sweep_points import Points, Tried
from remit.files.yaml_text import Document
from remit.study import Study


@dataclass(frozen=True)
class LoadedSweep:
    """A sweep with the study it starts from, and the study at each point.

    ``tried`` are the studies at every value of every axis alone (of a list: at every point).
    """

    entry: SweepFile
    loaded: Loaded
    file: Path
    study_at: Callable[[Mapping[str, Any]], Study]
    tried: tuple[Tried, ...]

    @cached_property
    def sweep(self) -> Sweep:
        """The points; those of a Latin hypercube are drawn when they are wanted alone."""
        return self.entry.sweep()

    @property
    def plot(self) -> SweepPlot:
        """What is drawn."""
        return self.entry.plot

    @property
    def design(self) -> str:
        """How the points came about."""
        if self.entry.points:
            return "list"
        return "latin_hypercube" if self.entry.latin_hypercube else "grid"

    @property
    def cube_seed(self) -> int | None:
        """The seed of a Latin hypercube."""
        return self.entry.latin_hypercube.seed if self.entry.latin_hypercube else None


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
    check_shape(entry, document, reader)
    loaded = _start(entry, document, reader, posterior=posterior)
    check_entry(entry, loaded, document, reader)
    points = Points(entry, loaded, document, posterior)
    if not reader.problems:
        reader.problems += points.problems()
    strategies = [name for tried in points.tried for name in tried.study.strategies]
    compared = list(dict.fromkeys([*loaded.study.strategies, *strategies]))
    check_plot(entry, loaded.study, compared, document, reader)
    _check_currency(points.tried, document, reader)
    reader.stop_if_broken()
    files = tuple(dict.fromkeys([*loaded.files, path, *points.files()]))
    return LoadedSweep(
        entry=entry,
        loaded=replace(loaded, files=files),
        file=path,
        study_at=points.study_at,
        tried=tuple(points.tried),
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


def _check_currency(tried: Sequence[Tried], document: Document, reader: Reader) -> None:
    """Refuse points in different currencies: their costs cannot stand in one column."""
    found = {one.study.settings.currency: one for one in tried}
    if len(found) > 1:
        said = "; ".join(
            f"{currency} at {', '.join(f'{name} = {value}' for name, value in one.point.items())}"
            for currency, one in found.items()
        )
        rule = f"costs would be in different currencies: {said}"
        reader.problems.append(Problem(rule, document.file, 1, hint="one sweep for each currency"))
