"""Plain data put together from several files, each value knowing the file and line that set it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from remit.errors import InputError, Problem, nearest
from remit.files.schema import Where
from remit.files.yaml_text import Key, KeyPath, key_text

Place = tuple[str, int]
# What is replaced whole, never merged key by key.
WHOLE = ("uncertainty", "value")


@dataclass
class Layers:
    """A mapping built up layer by layer: files first, then what scenarios set.

    What files gave is never changed: a layer on top copies the way down to what it sets.

    Attributes
    ----------
    data
        The mapping as finally set.
    beginning
        The place of what no layer set, such as a key that is missing.
    """

    beginning: Place = ("", 0)
    data: dict[Any, Any] = field(default_factory=dict)
    _places: dict[KeyPath, Where] = field(default_factory=dict)

    def where(self, path: KeyPath) -> Place:
        """Return the file and line that set the value at a key path."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._places:
                return self._places[path[:length]](path)
        return self.beginning

    def copy(self) -> Layers:
        """Return layers to be built on without changing these."""
        return Layers(self.beginning, dict(self.data), dict(self._places))

    def lay(self, key: str, value: object, where: Where) -> None:
        """Put a whole entry at the top level."""
        self.data[key] = value
        self._places[(key,)] = where

    def override(self, path: KeyPath, value: object, place: Place) -> None:
        """Change a value that is there already: mappings merge, everything else is replaced.

        Raises
        ------
        InputError
            Where the key is not there, with the nearest one.
        """
        written, old = self._find(path, place)
        if not (isinstance(old, dict) and isinstance(value, dict)) or written[-1] in WHOLE:
            self.put(written, value, place)
            return
        for key, inner in value.items():
            if key in old:
                self.override((*written, key), inner, place)
            else:
                self.put((*written, key), inner, place)

    def put(self, path: KeyPath, value: object, place: Place) -> None:
        """Set the value at a key path whose holder is there."""
        self._set(path, value, lambda _: place)

    def merge(self, path: KeyPath, value: object, where: Where) -> None:
        """Set the value at a key path whose holder is there: mappings merge, everything else is replaced.

        ``where`` gives the place of each key path below: everything in the value keeps its own line.
        """
        old = self._at(path)
        if isinstance(old, dict) and isinstance(value, dict):
            for key, inner in value.items():
                self.merge((*path, key), inner, _below(where, key))
        else:
            self._set(path, value, lambda full: where(full[len(path) :]))

    def _at(self, path: KeyPath) -> object:
        value: Any = self.data
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _set(self, path: KeyPath, value: object, where: Where) -> None:
        self.data = _changed(self.data, path, value)
        for stale in [known for known in self._places if known[: len(path)] == path]:
            del self._places[stale]
        self._places[path] = where

    def drop(self, path: KeyPath) -> None:
        """Take a key out, where it is there."""
        holder = dict(self.data[path[0]])
        holder.pop(path[1], None)
        self.data = {**self.data, path[0]: holder}

    def _find(self, path: KeyPath, place: Place) -> tuple[KeyPath, Any]:
        """Return a key path as its keys are written, and what stands there."""
        value: Any = self.data
        written: list[Key] = []
        for depth, key in enumerate(path):
            names = {str(known): known for known in value} if isinstance(value, dict) else {}
            if str(key) not in names:
                rule = (
                    f"there is no {str(key)!r} here to set"
                    if depth
                    else "there is nothing of this name to set"
                )
                raise InputError(
                    Problem(rule, *place, key=key_text(path), hint=_nearest_path(path, depth, names))
                )
            written.append(names[str(key)])
            value = value[written[-1]]
        return tuple(written), value


def leaves(path: KeyPath, value: object) -> Iterator[KeyPath]:
    """Yield the key paths that setting ``value`` at ``path`` sets.

    >>> list(leaves(("settings",), {"wtp": {"from": 0}, "start": "infused"}))
    [('settings', 'wtp', 'from'), ('settings', 'start')]
    """
    if isinstance(value, dict) and value and path[-1] not in WHOLE:
        for key, inner in value.items():
            yield from leaves((*path, key), inner)
    else:
        yield path


def _nearest_path(path: KeyPath, depth: int, names: dict[str, Key]) -> str | None:
    """Return a hint with the whole key path that is nearest."""
    before = ".".join(str(key) for key in path[:depth])
    known = [f"{before}.{name}" if before else name for name in names]
    return nearest(key_text(path[: depth + 1]), known)


def _below(where: Where, key: Key) -> Where:
    return lambda path: where((key, *path))


def _changed(data: dict[Any, Any], path: KeyPath, value: object) -> dict[Any, Any]:
    inner = value if len(path) == 1 else _changed(data[path[0]], path[1:], value)
    return {**data, path[0]: inner}
