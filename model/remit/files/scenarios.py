"""Scenarios: the chain of files that a scenario extends, and what each of them sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from remit.errors import InputError, Problem, nearest
from remit.files.extends import parent_of
from remit.files.layers import Place, leaves
from remit.files.places import public_name, scenario_file
from remit.files.reader import Reader
from remit.files.yaml_text import Document, KeyPath, key_text, parse_yaml

MOST_APPLIED = 2  # more changes than this are counted in a title, not told
SCENARIO_KEYS = ("extends", "title", "because", "set", "calibration")
CALIBRATION = "calibration"
COMMAND_LINE = "--set"


@dataclass(frozen=True)
class Change:
    """One thing that a scenario, or the command line, sets; ``origin`` is who, as it is recorded."""

    path: KeyPath
    value: Any
    place: Place
    because: str
    origin: str


@dataclass(frozen=True)
class Scenario:
    """A scenario resolved to its root study file and the changes on the way down, in order.

    ``applied`` says in words what was put on top of the file: other scenarios, settings typed; ``on_top``
    holds the chains of those scenarios.
    """

    name: str
    root: Document
    chain: tuple[Document, ...]
    changes: tuple[Change, ...]
    applied: tuple[str, ...] = ()
    on_top: tuple[tuple[Document, ...], ...] = ()

    def calibrated(self) -> Scenario | None:
        """Return the scenario whose posterior this one reads: the nearest with a calibration of its own.

        Without what was set after it. None where no file of the chain calibrates.
        """
        chains = [
            chain[: place + 1]
            for chain in (self.chain, *self.on_top)
            for place, document in enumerate(chain)
            if CALIBRATION in document.data and (place or chain is self.chain)
        ]
        if not chains:
            return None
        chain = chains[-1]
        name = Path(chain[-1].file).stem
        return Scenario(name, self.root, chain, tuple(_changes(list(chain))))

    @property
    def title(self) -> str:
        """Return the title of the last file of the chain, and what was applied on top of it."""
        title = str(self.chain[-1].data.get("title", self.name))
        if len(self.applied) > MOST_APPLIED:
            return f"{title}, with {len(self.applied)} changes"
        return f"{title}, with {'; '.join(self.applied)}" if self.applied else title

    @property
    def because(self) -> str | None:
        """Return the reason that the last file of the chain gives."""
        reason = self.chain[-1].data.get("because")
        return None if reason is None else str(reason)


def read_scenario(
    name: str | None, reader: Reader, *, others: Iterable[str] = (), settings: Iterable[str] = ()
) -> Scenario | None:
    """Read a scenario, scenarios applied on top of it, and ``NAME=VALUE`` settings of the command line.

    Parameters
    ----------
    name
        A path, a name in ``params/scenarios``, or None for the base case.
    reader
        Where mistakes are kept: a file missing or wrong, files that extend each other in a circle, two
        scenarios that set the same key.
    others
        Scenarios whose ``set`` is applied after.
    settings
        ``NAME=VALUE`` texts.

    Returns
    -------
    Scenario or None
        None where the scenario's own files are too broken to go on.
    """
    chain = _chain(name, reader)
    sets = [_changes(chain)]
    names = [Path(chain[-1].file).stem] if chain else []
    applied: list[str] = []
    on_tops: list[tuple[Document, ...]] = []
    for other in others:
        on_top = _chain(other, reader)
        if len(on_top) == 1:
            rule = "this is a whole study, which --with cannot apply on top of another"
            reader.problems.append(Problem(rule, on_top[0].file))
        sets.append(_changes(on_top))
        on_tops.append(tuple(on_top))
        names += [Path(document.file).stem for document in on_top[-1:]]
        applied += [str(document.data.get("title")) for document in on_top[-1:]]
    settings = list(settings)
    names += ["set"] if settings else []
    applied += [text.replace("=", " = ", 1) for text in settings]
    typed = [[change] for text in settings for change in _from_command_line(text, reader)]
    for earlier, later in [*combinations(sets, 2), *combinations(typed, 2)]:
        reader.problems += _clashes(earlier, later)
    if not chain:
        return None
    changes = tuple(change for some in [*sets, *typed] for change in some)
    return Scenario("-".join(names), chain[0], tuple(chain), changes, tuple(applied), tuple(on_tops))


def _chain(name: str | None, reader: Reader) -> list[Document]:
    """Return the documents from the root down to a scenario; none where one of them cannot be had."""
    chain: list[Document] = []
    seen: list[Path] = []
    try:
        path: Path | None = scenario_file(name)
    except InputError as error:
        reader.problems += error.problems
        path = None
    while path is not None:
        document = reader.read(path)
        if document is None:
            return []
        chain.insert(0, document)
        seen.append(path.resolve())
        if "extends" not in document.data and "set" not in document.data:  # a whole study
            return chain
        _check_keys(document, reader)
        path = parent_of(document, seen, reader, kind="scenario", example="../base.yaml")
    return []


def _check_keys(document: Document, reader: Reader) -> None:
    for key in document.data:
        if key not in SCENARIO_KEYS:
            hint = nearest(str(key), SCENARIO_KEYS) or "what it changes stands under `set`"
            place = document.where((key,))
            reader.problems.append(Problem("a scenario has no such key", *place, key=str(key), hint=hint))
    if not isinstance(document.data.get("set", {}), dict):
        reader.refuse("set takes keys with values", document.where(("set",)), ("set",), document.data["set"])
    for key, why in (
        ("title", "a scenario needs a title"),
        ("because", "a scenario says why it is of interest"),
    ):
        text = document.data.get(key)
        if not isinstance(text, str) or not text.strip():
            reader.refuse(why, document.where((key,)), (key,), text)


def _changes(chain: list[Document]) -> list[Change]:
    found = []
    for document in chain[1:]:
        because, origin = str(document.data.get("because")), public_name(Path(document.file))
        own = document.data.get("set")
        for key, value in own.items() if isinstance(own, dict) else ():
            place = document.where(("set", key))
            found.append(Change(tuple(str(key).split(".")), value, place, because, origin))
        if CALIBRATION in document.data:
            place = document.where((CALIBRATION,))
            found.append(Change((CALIBRATION,), document.data[CALIBRATION], place, because, origin))
    return found


def _clashes(earlier: list[Change], later: list[Change]) -> list[Problem]:
    """Return a problem for each key that both set, one within the other counting too."""
    found = []
    for change, first in ((b, a) for b in later for a in earlier):
        ours, theirs = list(leaves(change.path, change.value)), list(leaves(first.path, first.value))
        shared = [max(a, b, key=len) for a in ours for b in theirs if a[: len(b)] == b[: len(a)]]
        if shared:
            where = ":".join(str(part) for part in first.place if part)
            rule = f"also set by {where}; two scenarios cannot set the same key"
            found.append(Problem(rule, *change.place, key=key_text(shared[0])))
    return found


def _from_command_line(text: str, reader: Reader) -> list[Change]:
    """Return the change that ``NAME=VALUE`` asks for, or none where it is no such text."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not name or not value or "\n" in value:
        reader.problems.append(Problem("write NAME=VALUE", key=COMMAND_LINE, value=text))
        return []
    try:
        data = parse_yaml(f"value: {value}", COMMAND_LINE).data
    except InputError as error:
        reader.problems += [replace(problem, line=None, key=name, value=value) for problem in error.problems]
        return []
    return [
        Change(
            tuple(name.split(".")), data["value"], (COMMAND_LINE, 0), "set on the command line", COMMAND_LINE
        )
    ]
