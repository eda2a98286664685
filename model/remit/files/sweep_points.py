"""The studies at the points of a sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from remit.errors import InputError, Problem
from remit.files.loaded import Loaded
from remit.files.places import public_name
from remit.files.scenarios import Change
from remit.files.studies import read_study
from remit.files.sweep_checks import COMPARED, SCENARIO, STRATEGY, place_of
from remit.files.sweep_file import Range, SweepFile
from remit.files.yaml_text import Document, KeyPath
from remit.study import Study

# How many studies a sweep over settings keeps at a time.
MOST_KEPT = 256


@dataclass(frozen=True)
class Tried:
    """A study that came of some values of a sweep, which were tried before it begins."""

    point: Mapping[str, Any]
    study: Study


@dataclass(frozen=True)
class Points:
    """The studies at the points of a sweep; scenarios and settings are read once for each of their values."""

    entry: SweepFile
    start: Loaded
    document: Document
    posterior: bool
    tried: list[Tried] = field(default_factory=list)
    _read: dict[str, Loaded] = field(default_factory=dict)
    _files: dict[Path, None] = field(default_factory=dict)

    def problems(self) -> Iterator[Problem]:
        """Try every value of every axis alone, of a range both ends, of a list every point.

        Yields
        ------
        Problem
            Whatever is wrong.
        """
        for place, point in self._to_try():
            try:
                self._check_kinds(point, place)
                self.tried.append(Tried(point, self._study_at(point, place)))
            except InputError as error:
                yield from error.problems

    def files(self) -> tuple[Path, ...]:
        """Return the files behind every study that was tried."""
        return tuple(self._files)

    def study_at(self, point: Mapping[str, Any]) -> Study:
        """Return the study of a point.

        Raises
        ------
        InputError
            Where it is not allowed, naming the point.
        """
        return self._study_at(point, place_of(self.entry, next(iter(point))))

    def _to_try(self) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
        for number, point in enumerate(self.entry.points):
            yield ("points", number), point
        for name, spread in self.entry.over.items():
            for value in (spread.from_, spread.to) if isinstance(spread, Range) else spread:
                yield ("over", name), {name: value}

    def _check_kinds(self, point: Mapping[str, Any], place: KeyPath) -> None:
        """Refuse what is no number where a parameter wants one, as in a file."""
        odd = {
            name: value
            for name, value in point.items()
            if name in self.start.study.parameters and type(value) not in (int, float)
        }
        try:
            self._loaded_at(odd, place)
        except InputError as error:
            raise self._refusal(point, place, error) from None

    def _study_at(self, point: Mapping[str, Any], place: KeyPath) -> Study:
        parameters = self.start.study.parameters
        numbers = {key: value for key, value in point.items() if key in parameters}
        others = {key: value for key, value in point.items() if key not in parameters}
        try:
            return self._loaded_at(others, place).study.set(numbers, because="point of a sweep")
        except InputError as error:
            raise self._refusal(point, place, error) from None

    def _loaded_at(self, point: Mapping[str, Any], place: KeyPath) -> Loaded:
        """Return the study with the scenario and settings of a point, checked as a scenario is.

        Raises
        ------
        InputError
            Where they are not allowed.
        """
        if not point:
            return self.start
        if repr(point) not in self._read:
            if len(self._read) >= MOST_KEPT:
                self._read.clear()
            scenario = str(point.get(SCENARIO, self.entry.scenario))
            loaded = read_study(scenario, changes=self._changes(point, place), posterior=self.posterior)
            if self.entry.by is not None:
                loaded.study.check_feature(self.entry.by)
            self._read[repr(point)] = loaded
            self._files.update(dict.fromkeys(loaded.files))
        return self._read[repr(point)]

    def _changes(self, point: Mapping[str, Any], place: KeyPath) -> list[Change]:
        origin, where = public_name(Path(self.document.file)), self.document.where(place)
        found = {name: value for name, value in point.items() if name != SCENARIO}
        if STRATEGY in found:  # one strategy, against the comparator alone
            found[COMPARED] = [self.start.study.comparator, found.pop(STRATEGY)]
        return [
            Change(tuple(name.split(".")), value, where, "point of a sweep", origin)
            for name, value in found.items()
        ]

    def _refusal(self, point: Mapping[str, Any], place: KeyPath, error: InputError) -> InputError:
        words = f"at the point {', '.join(f'{key} = {value}' for key, value in point.items())}: "
        file, line = self.document.where(place)
        return InputError(
            replace(
                problem,
                rule=words + problem.rule,
                file=problem.file or file,
                line=problem.line or line,
            )
            for problem in error.problems
        )
