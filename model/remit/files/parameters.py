"""Parameters from the files that a study names, and what scenarios make of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from remit.economics.scales import COST_PROFILES
from remit.errors import Problem, nearest
from remit.files.layers import Layers
from remit.files.reader import Reader
from remit.files.scenarios import Change
from remit.files.schema import Where, attempt
from remit.files.yaml_text import Document
from remit.inputs.distributions import DISTRIBUTIONS
from remit.inputs.parameters import Parameter, parameter_problems
from remit.inputs.sources import ASSUMPTION

NORM = "utility_norm"
# The uncertainty that a pool of trials gives: resolved to a distribution before parameters are checked.
POOLED = "pooled"
# Those that may change with age or time: only these are followed over time.
PROFILES = (NORM, *COST_PROFILES.values())


@dataclass(frozen=True)
class AsGiven:
    """A parameter as its file gives it: what it was made of, and the rules that it breaks by currency."""

    raw: object
    parameter: Parameter
    rules: dict[str | None, tuple[tuple[str, str], ...]] = field(default_factory=dict)


Given = Mapping[str, AsGiven]


def lay_parameters(
    document: Document, layers: Layers, reader: Reader, *, replacing: Collection[str] = ()
) -> None:
    """Add the parameters of one file to those of the study.

    Those of a file that it extends (``replacing``) it may give anew, whole; and it may have none of its own.
    """
    parameters = document.data.get("parameters", {} if "extends" in document.data else None)
    if not isinstance(parameters, dict):
        where = document.where(("parameters",))
        reader.refuse("parameters are names with their entries", where, ("parameters",), parameters)
        return
    for name, raw in parameters.items():
        if name in layers.data and name not in replacing:
            first = ":".join(map(str, layers.where((name,))))
            reader.refuse(f"given already at {first}", document.where(("parameters", name)), (name,))
        else:
            layers.lay(name, raw, lambda path: document.where(("parameters", *path)))


@lru_cache(maxsize=64)
def given_parameters(document: Document) -> Given:
    """Return the parameters of a file that are made as they must be, each with what it was made of."""
    found = {}
    parameters = document.data.get("parameters")
    for name, raw in (parameters if isinstance(parameters, dict) else {}).items():
        parameter, _ = _parameter(name, raw, document.where)
        if parameter is not None:
            found[name] = AsGiven(raw, parameter)
    return found


def apply_change(layers: Layers, change: Change) -> None:
    """Change parameters as a scenario says.

    A bare number makes a parameter fixed, and the scenario its provenance; for one by age or time it is a
    multiple of the profile.

    Raises
    ------
    InputError
        Where there is no such parameter, or no such key in it, with the nearest one.
    """
    name, value = change.path[0], change.value
    old = layers.data.get(name)
    if len(change.path) > 1 or not isinstance(old, dict) or not _is_bare(value, old):
        layers.override(change.path, value, change.place)
        fields = set(value) if len(change.path) == 1 and isinstance(value, dict) else set(change.path[1:2])
        if fields & {"value", "uncertainty"} and "source" not in fields:
            _own_provenance(layers, change, noted="note" in fields)
        return
    profile = old.get("value")
    if old.get("by") and isinstance(profile, dict) and _is_number(value):
        value = {at: number * value for at, number in profile.items() if _is_number(number)}
    for key in ("correlated_with", "because", "where"):
        layers.drop((name, key))
    fixed = {
        "value": value,
        "uncertainty": {"type": "fixed", "because": change.because},
        "source": ASSUMPTION,
        "note": f"set by {change.origin}: {change.because}",
    }
    for key, inner in fixed.items():
        layers.put((name, key), inner, change.place)


def _own_provenance(layers: Layers, change: Change, *, noted: bool) -> None:
    """Give a number that a scenario changes without a source the scenario as its provenance."""
    name = change.path[0]
    layers.drop((name, "where"))
    layers.put((name, "source"), ASSUMPTION, change.place)
    if not noted:
        layers.put((name, "note"), f"set by {change.origin}: {change.because}", change.place)


def check_parameters(
    layers: Layers, given: Given, currency: str | None, reader: Reader, *, unused: Iterable[str] = ()
) -> dict[str, Parameter]:
    """Return the parameters as they stand, and note every rule that one of them breaks.

    Therapies that the study does not use (``unused``) may cost in another currency.
    """
    elsewhere = tuple(f"_{therapy}" for therapy in unused)
    standing: dict[str, AsGiven] = {}
    for name, raw in layers.data.items():
        if name in given and raw is given[name].raw:
            standing[name] = given[name]
            continue
        parameter, problems = _parameter(name, raw, layers.where)
        reader.problems += problems
        if parameter is not None:
            standing[name] = AsGiven(raw, parameter)
    found = {name: entry.parameter for name, entry in standing.items()}
    for name, entry in standing.items():
        counted = None if elsewhere and name.endswith(elsewhere) else currency
        for at, rule in (*_rules(name, entry, counted), *_correlation_problems(name, found)):
            path = (name, at) if at else (name,)
            shown = layers.data[name].get(at) if at in ("value", "unit", "of", "by") else None
            reader.refuse(rule, layers.where(path), path, shown)
    return found


def _rules(name: str, entry: AsGiven, currency: str | None) -> tuple[tuple[str, str], ...]:
    """Return (field, rule broken), worked out once for each currency."""
    if currency not in entry.rules:
        broken = (
            *parameter_problems(name, entry.parameter, currency),
            *_profile_problems(name, entry.parameter),
        )
        entry.rules[currency] = broken
    return entry.rules[currency]


def check_sources(
    known: Collection[str], parameters: Mapping[str, Parameter], layers: Layers, reader: Reader
) -> None:
    """Refuse a parameter whose source is not in the bibliography."""
    for name, parameter in parameters.items():
        if parameter.source not in known:
            at = (name, "source")
            reader.refuse("no such source in sources.yaml", layers.where(at), at, parameter.source, known)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_bare(value: object, old: dict[Any, Any]) -> bool:
    """Tell whether a scenario gives a parameter's value alone, not some fields of it."""
    if not isinstance(value, dict):
        return True
    numbers = bool(value) and all(_is_number(key) for key in value)
    components = isinstance(old.get("value"), dict) and bool(value) and set(value) <= set(old["value"])
    return numbers or components


def _parameter(name: str, raw: object, where: Where) -> tuple[Parameter | None, list[Problem]]:
    parameter, problems = attempt(Parameter, raw, where=where, path=(name,))
    spread = raw.get("uncertainty") if isinstance(raw, dict) else None
    if not isinstance(spread, dict):
        rule = "must be keys with values, such as {type: beta, events: 61, n: 75}"
        at = (name, "uncertainty")
        wrong = [Problem(rule, *where(at), key=f"{name}.uncertainty", value=spread)] if parameter else []
        return None, [*problems, *wrong]
    distribution, wrong = _distribution(name, spread, where)
    if parameter is None or distribution is None:
        return None, [*problems, *wrong]
    return replace(parameter, uncertainty=distribution), []


def _distribution(name: str, spread: dict[Any, Any], where: Where) -> tuple[object | None, list[Problem]]:
    kind, path = spread.get("type"), (name, "uncertainty")
    if kind == POOLED:  # not resolved: why is told already
        return None, []
    if kind not in DISTRIBUTIONS:
        known = [*DISTRIBUTIONS, POOLED]
        hint = nearest(str(kind), known) or f"known: {', '.join(known)}"
        key = f"{name}.uncertainty.type"
        return None, [Problem("unknown type of distribution", *where((*path, "type")), key, kind, hint)]
    distribution, problems = attempt(DISTRIBUTIONS[kind], spread, where=where, path=path)
    return distribution, list(problems)


def _profile_problems(name: str, parameter: Parameter) -> list[tuple[str, str]]:
    """Return (field, rule broken) where a parameter changes with age or time and must not, or does not."""
    value = parameter.value
    if parameter.by is None:
        return [("by", f"{name} changes over time: it needs `by` and points")] if name in PROFILES else []
    if name not in PROFILES:
        return [("by", f"only {', '.join(PROFILES)} can change with age or time")]
    if name == NORM and parameter.by != "age":
        return [("by", "the population norm goes by age")]
    if not isinstance(value, dict) or not all(_is_number(at) for at in value):
        return [("value", f"a value by {parameter.by} is points, such as {{12: 0.93, 30: 0.92}}")]
    return []


def _correlation_problems(name: str, known: Mapping[str, Parameter]) -> list[tuple[str, str]]:
    """Return (field, rule broken) where a correlation leads nowhere or in a circle."""
    chain = [name]
    while (link := known[chain[-1]].correlated_with) is not None:
        if link.parameter not in known:
            hint = nearest(link.parameter, known)
            return [("correlated_with", f"no file gives {link.parameter}" + (f"; {hint}" if hint else ""))]
        if link.parameter in chain:
            circle = " -> ".join((*chain, link.parameter))
            return [("correlated_with", f"correlations run in a circle: {circle}")]
        chain.append(link.parameter)
    if len(chain) > 1 and isinstance(known[chain[-1]].central, dict):
        return [("correlated_with", f"{chain[-1]} is named shares, which nothing can be correlated with")]
    return []
