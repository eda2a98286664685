"""YAML text to plain Python values by the rules of YAML 1.2, each value with the line it stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from remit.errors import InputError, Problem, nearest
from remit.files.yaml_scalars import ScalarError, check_text, code_point, number_hint, plain_value
from remit.files.yaml_syntax import events

__all__ = ["Document", "Key", "KeyPath", "key_text", "number_hint", "parse_yaml", "read_yaml"]

Key = str | int | float
KeyPath = tuple[Key, ...]

MAX_BYTES = 2_000_000
MAX_NODES = 100_000
MAX_DEPTH = 50


@dataclass(slots=True)
class _Place:
    """Where a value stands, and where the values inside it stand."""

    line: int
    inside: dict[Key, _Place] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Document:
    """The content of one YAML file: plain values, and for each of them its line.

    Documents are shared between studies: what stands in ``data`` is never changed.
    """

    data: dict[Any, Any]
    file: str
    places: _Place = field(repr=False, compare=False)

    def line(self, key_path: KeyPath) -> int:
        """Return the line (from 1) of a key or list item, or of its nearest ancestor that is there."""
        place = self.places
        for key in key_path:
            if key not in place.inside:
                break
            place = place.inside[key]
        return place.line

    def where(self, key_path: KeyPath) -> tuple[str, int]:
        """Return the file and the line of ``key_path``."""
        return self.file, self.line(key_path)


def read_yaml(path: Path) -> Document:
    """Read a YAML file.

    Raises
    ------
    InputError
        If the file cannot be read, or with every problem that :func:`parse_yaml` finds in it.
    """
    name = str(path)
    content = _content(path, name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        rule = f"the file is not UTF-8 text (byte 0x{content[error.start]:02x})"
        raise InputError(Problem(rule, name, line, hint="save it as UTF-8")) from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> Document:
    """Parse one YAML document whose top level is a mapping.

    Parameters
    ----------
    text
        The YAML; a byte order mark at its start is dropped.
    name
        The file as the user gave it, for messages.

    Raises
    ------
    InputError
        With all problems of the text at once; a mistake of syntax stands alone, since what follows it
        cannot be trusted.
    """
    text = text.removeprefix("\ufeff")
    builder = _Builder(name)
    for event, line in events(text, name):
        builder.take(event, line)
    if builder.problems:
        raise InputError(builder.problems)
    if builder.root is None or builder.data is None:
        raise InputError(Problem("the file holds no keys" if text.strip() else "the file is empty", name, 1))
    if not isinstance(builder.data, dict):
        rule = "the top level must be keys with values"
        raise InputError(Problem(rule, name, builder.root.line, hint="write each entry as `key: value`"))
    return Document(builder.data, name, builder.root)


def key_text(key_path: KeyPath) -> str:
    """Return a key path in dotted form.

    >>> key_text(("strategies", "compare", 0))
    'strategies.compare.0'
    """
    return ".".join(part if len(part) <= 60 else part[:57] + "..." for part in map(str, key_path))


def _content(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise InputError(Problem("this is a folder, not a YAML file", name))
        if not path.exists():
            raise InputError(Problem("there is no such file", name, hint=_neighbour(path)))
        if not path.is_file():  # a pipe or a device could keep us waiting for ever
            raise InputError(Problem("this is not a regular file", name))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InputError(Problem(f"the file cannot be read: {reason}", name)) from error
    if len(content) > MAX_BYTES:
        raise InputError(Problem(f"the file is larger than {MAX_BYTES // 1_000_000} MB", name))
    return content


def _neighbour(path: Path) -> str | None:
    try:
        return nearest(path.name, (sibling.name for sibling in path.parent.iterdir()))
    except (OSError, ValueError):  # no such folder; a NUL in the name
        return None


class _Mark:
    """What stands where a key is not there yet (``?`` in a key path) or where a value was refused."""

    def __str__(self) -> str:
        return "?"


_NO_KEY, _DROPPED = _Mark(), _Mark()


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open; ``lines`` holds the keys seen so far, numbers also as text."""

    value: Any
    place: _Place
    key: Any = _NO_KEY
    keep: bool = True
    lines: dict[Key, int] = field(default_factory=dict)


class _Builder:
    """Makes plain values of parser events, one at a time and without recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []
        self.root: _Place | None = None
        self.data: Any = None
        self.stack: list[_Frame] = []
        self.nodes = self.documents = 0

    def take(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, yaml.NodeEvent):
            self._check_node(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event, line), _Place(line))
        elif isinstance(event, yaml.CollectionStartEvent):
            empty: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
            self.stack.append(_Frame(empty, _Place(line)))
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self.stack.pop()
            self._put(frame.value, frame.place)
        elif isinstance(event, yaml.AliasEvent):
            self._put(_DROPPED, _Place(line))
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop("a second document begins here", line, "a file holds one document")

    def _check_node(self, event: yaml.NodeEvent, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop(f"the file holds more than {MAX_NODES:,} values", line, "keep large tables in CSV")
        if len(self.stack) >= MAX_DEPTH and isinstance(event, yaml.CollectionStartEvent):
            self._stop(f"values are nested more than {MAX_DEPTH} deep", line, "a bracket too many?")
        if isinstance(event, yaml.AliasEvent):
            self._refuse(
                f"the alias {_shown('*', event.anchor)} is not allowed", line, hint="write the value out"
            )
            return
        if event.anchor is not None:
            self._refuse(f"the anchor {_shown('&', event.anchor)} is not allowed", line, hint="leave it out")
        if tag := getattr(event, "tag", None):
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(f"the tag {_shown('', tag)} is not allowed", line, hint="leave it out")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> object:
        plain = event.implicit[0]  # neither quoted nor tagged
        try:
            check_text(event.value)
            return plain_value(event.value) if plain else event.value
        except ScalarError as error:
            self._refuse(error.rule, line, value=event.value, hint=error.hint)
            return _DROPPED

    def _put(self, value: object, place: _Place) -> None:
        if not self.stack:
            self.data, self.root = value, place
            return
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            frame.place.inside[len(frame.value)] = place
            frame.value.append(value)
        elif frame.key is _NO_KEY:
            self._take_key(value, place.line, frame)
        else:
            if frame.keep:
                place.line = frame.lines[frame.key]  # the key's line says more than that of its first child
                frame.place.inside[frame.key] = place
                frame.value[frame.key] = value
            frame.key = _NO_KEY

    def _take_key(self, key: object, line: int, frame: _Frame) -> None:
        frame.keep = False
        if key is not _DROPPED and (refusal := _key_refusal(key)):
            self._refuse(refusal[0], line, hint=refusal[1])
            key = _DROPPED
        frame.key = key
        if not isinstance(key, (str, int, float)):
            return
        first = frame.lines.get(key, frame.lines.get(str(key)))
        if first is not None:
            lines = f"on line {first} and on line {line}" if first != line else f"on line {line}"
            self._refuse(f"the key stands twice, {lines}", line, hint="keep one of them")
            return
        frame.keep = True
        frame.lines[key] = frame.lines[str(key)] = line

    def _path(self) -> KeyPath:
        parts = (len(frame.value) if isinstance(frame.value, list) else frame.key for frame in self.stack)
        return tuple(part for part in parts if part is not _NO_KEY)

    def _refuse(self, rule: str, line: int, *, value: object = None, hint: str | None = None) -> None:
        key = key_text(self._path()) or None
        self.problems.append(Problem(rule, self.name, line, key, value if key else None, hint))

    def _stop(self, rule: str, line: int, hint: str) -> NoReturn:
        raise InputError([*self.problems, Problem(rule, self.name, line, hint=hint)])


def _key_refusal(key: object) -> tuple[str, str | None] | None:
    if isinstance(key, (dict, list)):
        return "a key must be a word or a number, not a mapping or a list", None
    if key is None or key == "":
        return "a key is empty", "write `key: value`"
    if isinstance(key, bool):
        return "true and false cannot be keys", "put the key in quotes if it is a name"
    if key == "<<":
        return "merging with '<<' is not allowed", "a file inherits from another one with `extends`"
    if isinstance(key, str) and not key.isprintable():
        hidden = next(character for character in key if not character.isprintable())
        return f"the key {key[:40]!r} holds the invisible character {code_point(hidden)}", "type it anew"
    return None


def _shown(sign: str, name: str | None) -> str:
    name = name or ""
    return f"'{sign}{name if len(name) <= 40 else name[:37] + '...'}'"
