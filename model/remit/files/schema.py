"""Plain values from YAML to the frozen dataclasses of the rooms, and what does not fit in plain words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from remit.errors import InputError, Problem, nearest
from remit.files import kinds
from remit.files.kinds import Kind
from remit.files.yaml_text import Key, KeyPath, key_text, number_hint

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

T = TypeVar("T")
Plain = Any  # a mapping, list, text, number, true, false or None from YAML
Where = Callable[[KeyPath], tuple[str, int]]


def validate(cls: type[T], data: object, *, where: Where, path: KeyPath = ()) -> T:
    """Make an instance of a dataclass of plain values.

    Parameters
    ----------
    cls
        A dataclass. A field named after a word of Python ends in ``_`` (``from_``); its key does not.
    data
        What stands at ``path``: mappings, lists, texts, numbers, true, false and None.
    where
        Gives the file and the line of a key path, as :meth:`Document.where` does.
    path
        The key path at which ``data`` stands.

    Raises
    ------
    InputError
        With every problem found. A ValueError of a ``__post_init__`` becomes a problem of its mapping.
    """
    value, problems = attempt(cls, data, where=where, path=path)
    if problems or value is None:
        raise InputError(problems)
    return value


def attempt(
    cls: type[T], data: object, *, where: Where, path: KeyPath = ()
) -> tuple[T | None, tuple[Problem, ...]]:
    """Do as :func:`validate` does, but return the problems, to be raised with those of other files.

    Returns
    -------
    The instance and no problems, or None and the problems in the order of their lines.
    """
    value, errors = _run(cls, data)
    if value is not None:
        return value, ()
    found = [_located(at, problem, where) for at, problem in _translate(cls, data, path, errors)]
    return None, tuple(sorted(found, key=lambda problem: (problem.file or "", problem.line or 0)))


# What pydantic says -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Error:
    """One error of pydantic: the steps down to it, its type and the numbers or the exception behind it."""

    steps: tuple[Key, ...]
    type: str
    context: dict[str, Any]

    def below(self) -> _Error:
        return replace(self, steps=self.steps[1:])


def _run(kind: Kind, data: object) -> tuple[Any, list[_Error]]:
    from pydantic import ValidationError

    try:
        return _validator(kind).validate_python([data])[0], []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return None, [_Error(tuple(each["loc"][1:]), each["type"], each.get("ctx", {})) for each in found]


@cache
def _validator(kind: Kind) -> SchemaValidator:
    from pydantic import ConfigDict, TypeAdapter
    from pydantic_core import SchemaValidator

    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, alias_generator=kinds.key_of_field)
    adapter = TypeAdapter(list[kind], config=config)  # a list, since a bare dataclass takes no configuration
    return SchemaValidator(_open(adapter.core_schema))


def _open(schema: Any) -> Any:  # noqa: ANN401
    """Let mappings be dataclasses and lists be tuples, which strict types refuse outside JSON.

    JSON itself will not do: its keys are texts, and tables by age have numbers for keys.
    """
    if isinstance(schema, list | tuple):
        return type(schema)(_open(each) for each in schema)
    if not isinstance(schema, dict):
        return schema
    opened = {
        key: each if key in ("default", "expected", "metadata", "serialization") else _open(each)
        for key, each in schema.items()
    }
    return opened | {"strict": False} if schema.get("type") in ("dataclass", "tuple") else opened


# What we say ------------------------------------------------------------------------------------------------

_Found = tuple[KeyPath, Problem]

_LIMITS = {
    "greater_than": "must be above {gt:g}",
    "greater_than_equal": "must be {ge:g} or more",
    "less_than": "must be below {lt:g}",
    "less_than_equal": "must be {le:g} or less",
    "finite_number": "must be a finite number",
}


def _located(path: KeyPath, problem: Problem, where: Where) -> Problem:
    file, line = where(path)
    key = key_text(path) or None
    return replace(problem, file=file, line=line, key=key, value=problem.value if key else None)


def _translate(kind: Kind, data: object, path: KeyPath, errors: Iterable[_Error]) -> Iterator[_Found]:
    """Yield the problems of ``data``, which should be a ``kind``."""
    members = kinds.members(kind)
    if len(members) > 1:
        yield from _of_union(members, data, path)
        return
    own: dict[str, _Error] = {}  # by type: a list that is too short misses each of its places
    below: dict[Key, list[_Error]] = {}
    for error in errors:
        if not error.steps or (error.type == "missing" and isinstance(data, list) and len(error.steps) == 1):
            own.setdefault(error.type, error)
        else:
            below.setdefault(error.steps[0], []).append(error.below())
    for error in own.values():
        problem = _own(members[0], data, error)
        meant = _meant(problem, data, error)
        yield (*path, *meant), _at(problem, data, meant)
    for step, inner in below.items():
        yield from _inside(members[0], data, path, step, inner)


def _inside(kind: Kind, data: Plain, path: KeyPath, step: Key, errors: list[_Error]) -> Iterator[_Found]:
    key = step if not isinstance(data, dict) or step in data else _as_written(step, data)
    here = (*path, key)
    first = errors[0]
    if first.steps[:1] == ("[key]",):
        wanted = kinds.key_kind(kind)
        hint = nearest(str(key), map(str, kinds.words(wanted)))
        yield here, Problem(f"the key must be {kinds.describe(wanted)}", hint=hint)
    elif not first.steps and first.type in ("unexpected_keyword_argument", "invalid_key"):
        yield here, Problem("there is no such key here", value=data[key], hint=_known(str(key), kind, data))
    elif not first.steps and first.type == "missing":
        wanted = kinds.describe(kinds.inside(kind, key))
        yield here, Problem("this key is missing", hint=f"it must be {wanted}")
    else:
        yield from _translate(kinds.inside(kind, step), data[key], here, errors)


def _as_written(step: Key, data: dict[Key, Any]) -> Key:
    return next((key for key in data if str(key) == step), step)  # pydantic names the key 0.5 by a text


def _known(name: str, kind: Kind, data: dict[Key, Any]) -> str:
    keys = list(kinds.fields_of(kind))
    free = [key for key in keys if key not in data]
    return nearest(name, free) or nearest(name, keys) or "known keys: " + ", ".join(keys)


def _meant(problem: Problem, data: Plain, error: _Error) -> KeyPath:
    """Return the key that a ``__post_init__`` complains of: the first of the keys given that it names."""
    if error.type not in ("value_error", "assertion_error") or not isinstance(data, dict):
        return ()
    words = re.findall(r"\w+", problem.rule)
    return next(((key,) for word in words for key in data if str(key) == word), ())


def _at(problem: Problem, data: Plain, meant: KeyPath) -> Problem:
    return replace(problem, value=data[meant[0]]) if meant else problem


def _own(kind: Kind, data: Plain, error: _Error) -> Problem:
    if error.type in ("value_error", "assertion_error"):
        return Problem(" ".join(str(error.context["error"]).split()))
    if error.type in _LIMITS:
        return Problem(_LIMITS[error.type].format(**error.context), value=data)
    if isinstance(data, list) and error.type in ("missing", "too_long", "too_short"):
        return Problem(f"must be {kinds.describe(kind)}, but has {len(data)}", value=data)
    return _misfit((kind,), data)


# Of several kinds pydantic tells what is wrong with each; the user wants to hear of the one that was meant


def _of_union(members: tuple[Kind, ...], data: Plain, path: KeyPath) -> Iterator[_Found]:
    shaped = tuple(kind for kind in members if kinds.has_shape(kind, data))
    tag, meant = kinds.tags(shaped)
    if not shaped:
        yield path, _misfit(members, data)
    elif tag is None:
        # The kind with the fewest errors is the likeliest.
        kind, errors = min(((kind, _run(kind, data)[1]) for kind in shaped), key=lambda pair: len(pair[1]))
        yield from _translate(kind, data, path, errors)
    elif tag not in data:
        yield (*path, tag), Problem("this key is missing", hint="one of " + ", ".join(meant))
    elif isinstance(data[tag], str) and data[tag] in meant:
        kind = meant[data[tag]]
        yield from _translate(kind, data, path, _run(kind, data)[1])
    else:
        hint = nearest(data[tag], meant) if isinstance(data[tag], str) else None
        yield (*path, tag), Problem("must be one of " + ", ".join(meant), value=data[tag], hint=hint)


def _misfit(members: tuple[Kind, ...], data: object) -> Problem:
    rule = f"must be {kinds.describe(*members)}"
    if isinstance(data, float) and not math.isfinite(data):
        return Problem(_LIMITS["finite_number"], value=data)
    if data is None:
        return Problem(f"{rule}, but nothing is given", hint=_keys_hint(members))
    return Problem(rule, value=data, hint=_misfit_hint(members, data) or _keys_hint(members))


def _misfit_hint(members: tuple[Kind, ...], data: object) -> str | None:
    if isinstance(data, str):
        words = [str(word) for kind in members for word in kinds.words(kind)]
        near = nearest(data, words) if words else None
        return near or (number_hint(data) if float in members or int in members else None)
    if str in members and isinstance(data, bool | int | float):
        return "put it in quotes if it is a text"
    if int in members and isinstance(data, float) and data.is_integer():
        return f"write {int(data)}"
    return None


def _keys_hint(members: tuple[Kind, ...]) -> str | None:
    tag, meant = kinds.tags(members)
    if tag is not None:
        return f"with `{tag}` one of {', '.join(meant)}"
    keys = kinds.fields_of(members[0])
    return "its keys: " + ", ".join(keys) if keys else None
