"""What a type annotation asks for: its keys, the kinds inside it, and how to say it in plain words."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_type_hints
from typing import get_origin as typing_origin

Kind = Any  # an annotation: a class, or what typing makes of classes

_PLAIN = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "keys with values",
    type(None): "nothing",
    Any: "a value",
}


def key_of_field(name: str) -> str:
    """Return the key in YAML of a field; ``from_`` is ``from``, which Python keeps for itself."""
    return name.removesuffix("_")


@cache
def fields_of(kind: Hashable) -> Mapping[str, Any]:
    """Return the kind of each key of a dataclass, and nothing for other kinds."""
    if not dataclasses.is_dataclass(kind):
        return {}
    hints = get_type_hints(kind, include_extras=True)
    return {key_of_field(field.name): hints[field.name] for field in dataclasses.fields(kind) if field.init}


def members(kind: Kind) -> tuple[Kind, ...]:
    """Return the kinds that a union joins without None, or the kind alone; annotations are dropped.

    >>> members(int | str | None), members(float)
    ((<class 'int'>, <class 'str'>), (<class 'float'>,))
    """
    if _origin(kind) is Annotated:
        return members(get_args(kind)[0])
    if _origin(kind) not in (Union, types.UnionType):
        return (kind,)
    return tuple(inner for part in get_args(kind) if part is not type(None) for inner in members(part))


def inside(kind: Kind, step: str | float) -> Kind:
    """Return the kind of what stands at a key or at a place in a list of ``kind``."""
    if fields := fields_of(kind):
        return fields.get(str(step), Any)
    arguments = get_args(kind)
    if _origin(kind) is tuple and arguments[-1:] != (...,) and isinstance(step, int):
        return arguments[step] if step < len(arguments) else Any
    if not arguments:
        return Any
    return arguments[1] if is_mapping(kind) else arguments[0]


def key_kind(kind: Kind) -> Kind:
    """Return the kind of the keys of a mapping."""
    return get_args(kind)[0]


def words(kind: Kind) -> tuple[Any, ...]:
    """Return the words that a Literal allows, and none for other kinds."""
    return get_args(kind) if _origin(kind) is Literal else ()


def is_mapping(kind: Kind) -> bool:
    """Return whether YAML writes ``kind`` as keys with values."""
    origin = _origin(kind)
    return dataclasses.is_dataclass(kind) or (isinstance(origin, type) and issubclass(origin, Mapping))


def has_shape(kind: Kind, data: object) -> bool:
    """Return whether both are mappings or both are lists."""
    if isinstance(data, dict):
        return is_mapping(kind)
    return isinstance(data, list) and not is_mapping(kind) and _origin(kind) in (tuple, list)


def tags(kinds: tuple[Any, ...]) -> tuple[str | None, dict[Any, Any]]:
    """Return the key whose word tells dataclasses apart, and the dataclass of each word.

    The key is a Literal field of all of them (``type: Literal["beta"]``) with no word in common.
    """
    if len(kinds) < 2 or not all(map(fields_of, kinds)):
        return None, {}
    for key in fields_of(kinds[0]):
        pairs = [(word, kind) for kind in kinds for word in words(fields_of(kind).get(key))]
        if len(dict(pairs)) == len(pairs) and {kind for _, kind in pairs} == set(kinds):
            return key, dict(pairs)
    return None, {}


def describe(*kinds: Kind) -> str:
    """Say in plain words what one kind, or one of several kinds, asks for.

    >>> describe(float | None), describe(Literal["a", "b"])
    ('a number', 'one of a, b')
    """
    parts = [part for kind in kinds for part in members(kind)]
    plain = [part for part in parts if part is not int or float not in parts]  # a whole number is a number
    return " or ".join(dict.fromkeys(map(_describe_one, plain)))


def _describe_one(kind: Kind) -> str:
    allowed = [str(word).lower() if isinstance(word, bool) else str(word) for word in words(kind)]
    if allowed:
        return "one of " + ", ".join(allowed) if len(allowed) > 1 else f"'{allowed[0]}'"
    if is_mapping(kind):
        return _PLAIN[dict]
    if _origin(kind) in (tuple, list):
        return _describe_list(kind)
    return _PLAIN.get(kind, f"a {getattr(kind, '__name__', 'value')}")


def _describe_list(kind: Kind) -> str:
    arguments = get_args(kind)
    if _origin(kind) is tuple and arguments[-1:] != (...,):
        return f"a list of {len(arguments)} values"
    return "a list"


def _origin(kind: Kind) -> Kind:
    origin: Kind = typing_origin(kind)
    return kind if origin is None else origin
