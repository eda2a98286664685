"""One reading of several files: what was read, and every mistake found on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from remit.errors import InputError, Problem, nearest
from remit.files.schema import Where, attempt
from remit.files.yaml_text import Document, KeyPath, key_text, read_yaml
from remit.inputs.units import to_years

T = TypeVar("T")


@dataclass
class Reader:
    """Reads files, and keeps their names and their mistakes until all can be told at once."""

    files: list[Path] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def read(self, path: Path) -> Document | None:
        """Return a file's content, or None where it is no sound YAML."""
        self.files.append(path)
        try:
            return read_document(path)
        except InputError as error:
            self.problems += error.problems
            return None

    def attempt(self, cls: type[T], data: object, where: Where, path: KeyPath = ()) -> T | None:
        """Return an instance of a dataclass, or None where the data do not fit it."""
        value, problems = attempt(cls, data, where=where, path=path)
        self.problems += problems
        return value

    def attempt_each(self, cls: type[T], document: Document | None) -> dict[str, T]:
        """Return an instance for each entry of a file; those that do not fit are left out."""
        found: dict[str, T] = {}
        for name, raw in (document.data if document else {}).items():
            value = self.attempt(cls, raw, document.where, (name,))  # type: ignore[union-attr]
            if value is not None:
                found[str(name)] = value
        return found

    def refuse(
        self, rule: str, place: tuple[str, int], key: KeyPath, value: object = None, known: Iterable[str] = ()
    ) -> None:
        """Note a mistake, with the nearest of the known words as hint."""
        known = list(known)
        hint = nearest(str(value if value is not None else key[-1]), known)
        if hint is None and 0 < len(known) <= 12:
            hint = f"known: {', '.join(sorted(known))}"
        self.problems.append(Problem(rule, *place, key=key_text(key), value=value, hint=hint))

    def only(self, document: Document, keys: Iterable[str]) -> None:
        """Refuse keys at the top of a file other than these."""
        keys = list(keys)
        for key in document.data:
            if key not in keys:
                self.refuse("unknown key", document.where((key,)), (key,), known=keys)

    def in_years(self, data: Any, times: Mapping[str, Any], where: Where, path: KeyPath) -> Any:  # noqa: ANN401
        """Turn the times in a mapping ("43 days") into years, down the branches that ``times`` names."""
        if isinstance(data, list):
            return [self.in_years(item, times, where, (*path, i)) for i, item in enumerate(data)]
        if not isinstance(data, dict):
            return data
        turned = dict(data)
        for key, inner in times.items():
            if key in turned:
                at = (*path, key)
                turned[key] = (
                    self.in_years(turned[key], inner, where, at)
                    if inner
                    else self._years(turned[key], where, at)
                )
        return turned

    def _years(self, text: object, where: Where, path: KeyPath) -> float:
        try:
            if isinstance(text, str):
                return to_years(text)
            rule = "a time needs its unit, such as '6 months'"
        except ValueError as error:
            rule = str(error)
        self.refuse(rule, where(path), path, text)
        return 1.0

    def sorted_problems(self) -> list[Problem]:
        """Return every mistake found so far, each once, by file and line."""
        return in_order(self.problems)

    def stop_if_broken(self) -> None:
        """Raise every mistake found so far.

        Raises
        ------
        InputError
            Where there is one.
        """
        if self.problems:
            raise InputError(self.sorted_problems())


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return mistakes each once, by file and line."""
    found = {str(told): told for told in (replace(each, line=each.line or None) for each in problems)}
    return sorted(found.values(), key=lambda problem: (problem.file or "", problem.line or 0))


Stamp = tuple[int, int, int, int]


def stamp(path: Path) -> Stamp:
    """Return what changes when a file changes.

    Raises
    ------
    OSError
        Where there is no such file.
    """
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def read_document(path: Path) -> Document:
    """Read a YAML file as :func:`read_yaml` does, and not again for as long as it does not change."""
    try:
        return _read(path, stamp(path))
    except (OSError, ValueError):  # no such file, or a NUL in its name
        return read_yaml(path)


@lru_cache(maxsize=256)
def _read(path: Path, _: Stamp) -> Document:
    return read_yaml(path)
