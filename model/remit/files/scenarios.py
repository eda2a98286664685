"""Scenarios: the chain of files that a scenario extends, and what each of them sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.errors import InputError, Problem, nearest
from remit.files.places import scenario_file
from remit.files.yaml_text import Document, KeyPath, parse_yaml, read_yaml

MOST_PARENTS = 10
SCENARIO_KEYS = ("extends", "title", "because", "set")


@dataclass(frozen=True)
class Change:
    """One thing that a scenario, or the command line, sets."""

    path: KeyPath
    value: Any
    place: tuple[str, int]
    because: str


@dataclass(frozen=True)
class Scenario:
    """A scenario resolved to its root study file and the changes on the way down, in order."""

    name: str
    root: Document
    chain: tuple[Document, ...]
    changes: tuple[Change, ...]

    @property
    def title(self) -> str:
        """Return the title of the last file of the chain."""
        return str(self.chain[-1].data.get("title", self.name))

    @property
    def because(self) -> str | None:
        """Return the reason that the last file of the chain gives."""
        reason = self.chain[-1].data.get("because")
        return None if reason is None else str(reason)


def read_scenario(name: str | None, *, others: Iterable[str] = (), settings: Iterable[str] = ()) -> Scenario:
    """Read a scenario, scenarios applied on top of it, and ``NAME=VALUE`` settings of the command line.

    Parameters
    ----------
    name
        A path, a name in ``params/scenarios``, or None for the base case.
    others
        Scenarios whose ``set`` is applied after.
    settings
        ``NAME=VALUE`` texts.

    Raises
    ------
    InputError
        Where a file is missing or wrong, files extend each other in a circle, or two scenarios set
        the same key.
    """
    chain = _chain(scenario_file(name))
    changes = _changes(chain)
    for other in others:
        more = _changes(_chain(scenario_file(other)))
        twice = {change.path for change in changes} & {change.path for change in more}
        if twice:
            raise InputError([_set_twice(change, changes) for change in more if change.path in twice])
        changes = [*changes, *more]
    changes += [_from_command_line(text) for text in settings]
    label = "-".join([Path(chain[-1].file).stem, *(Path(scenario_file(other)).stem for other in others)])
    return Scenario(label, chain[0], tuple(chain), tuple(changes))


def _chain(path: Path) -> list[Document]:
    """Return the documents from the root down to ``path``."""
    chain: list[Document] = []
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            names = " -> ".join(p.name for p in [*seen, path])
            place = chain[0].where(("extends",))
            raise InputError(Problem(f"scenarios extend each other in a circle: {names}", *place, key="extends"))
        seen.append(path.resolve())
        document = read_yaml(path)
        chain.insert(0, document)
        parent = document.data.get("extends")
        if parent is None:
            return chain
        if not isinstance(parent, str):
            raise InputError(Problem("extends takes the path of one file", *document.where(("extends",)), key="extends"))
        if len(chain) > MOST_PARENTS:
            rule = f"more than {MOST_PARENTS} files extend one another"
            raise InputError(Problem(rule, *document.where(("extends",)), key="extends"))
        _check_keys(document)
        path = path.parent / parent
        if not path.is_file():
            place = document.where(("extends",))
            hint = nearest(path.name, (p.name for p in path.parent.glob("*.yaml")))
            raise InputError(Problem("there is no such file", *place, key="extends", value=parent, hint=hint))


def _check_keys(document: Document) -> None:
    problems = [
        Problem(
            "a scenario has no such key",
            *document.where((key,)),
            key=str(key),
            hint=nearest(str(key), SCENARIO_KEYS) or "what it changes stands under `set`",
        )
        for key in document.data
        if key not in SCENARIO_KEYS
    ]
    changes = document.data.get("set", {})
    if not isinstance(changes, dict):
        problems.append(Problem("set takes keys with values", *document.where(("set",)), key="set"))
    if "title" not in document.data:
        problems.append(Problem("a scenario needs a title", document.file, 1, key="title"))
    if "because" not in document.data:
        problems.append(Problem("a scenario says why it is of interest", document.file, 1, key="because"))
    if problems:
        raise InputError(problems)


def _changes(chain: list[Document]) -> list[Change]:
    return [
        Change(tuple(str(key).split(".")), value, document.where(("set", key)), str(document.data.get("because")))
        for document in chain[1:]
        for key, value in document.data.get("set", {}).items()
    ]


def _set_twice(change: Change, earlier: Iterable[Change]) -> Problem:
    first = next(other for other in earlier if other.path == change.path)
    rule = f"also set at {first.place[0]}:{first.place[1]}; two scenarios cannot set the same key"
    return Problem(rule, *change.place, key=".".join(map(str, change.path)))


def _from_command_line(text: str) -> Change:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise InputError(Problem("write NAME=VALUE", "--set", value=text))
    data = parse_yaml(f"value: {value}", f"--set {name.strip()}").data
    return Change(tuple(name.strip().split(".")), data["value"], ("--set", 1), "set on the command line")
