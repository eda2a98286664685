"""Plain data put together from several files, each value knowing the file and line that set it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from remit.errors import InputError, Problem, nearest
from remit.files.schema import Where
from remit.files.yaml_text import KeyPath, key_text


@dataclass
class Layers:
    """A mapping built up layer by layer: files first, then what scenarios set.

    ``where`` answers for each key path with the place of the last layer that set it.
    """

    data: dict[Any, Any] = field(default_factory=dict)
    _places: dict[KeyPath, Where] = field(default_factory=dict)

    def where(self, path: KeyPath) -> tuple[str, int]:
        """Return the file and line that set the value at a key path."""
        for length in range(len(path), -1, -1):
            if path[:length] in self._places:
                return self._places[path[:length]](path)
        return "", 0

    def lay(self, key: str, value: object, where: Where) -> None:
        """Put a whole entry at the top level."""
        self.data[key] = copy.deepcopy(value)
        self._places[(key,)] = where

    def override(self, path: KeyPath, value: object, place: tuple[str, int]) -> None:
        """Change a value that is there already: mappings merge, everything else is replaced.

        Raises
        ------
        InputError
            Where the key is not there, with the nearest one.
        """
        holder: Any = self.data
        for depth, key in enumerate(path):
            if not isinstance(holder, dict) or key not in holder:
                known = [str(k) for k in holder] if isinstance(holder, dict) else []
                raise InputError(
                    Problem(
                        f"there is no {key!r} to override" if depth else "there is nothing of this name to override",
                        *place,
                        key=key_text(path),
                        hint=nearest(str(key), known),
                    )
                )
            if depth < len(path) - 1:
                holder = holder[key]
        old = holder[path[-1]]
        if isinstance(old, dict) and isinstance(value, dict) and path[-1] not in ("uncertainty", "value"):
            for key, inner in value.items():
                if key in old:
                    self.override((*path, key), inner, place)
                else:
                    old[key] = copy.deepcopy(inner)
                    self._places[(*path, key)] = lambda _: place
            return
        holder[path[-1]] = copy.deepcopy(value)
        self._places[path] = lambda _: place
