"""Parameters from the files that a study names, and what scenarios make of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from remit.errors import Problem, nearest
from remit.files.layers import Layers
from remit.files.reader import Reader
from remit.files.scenarios import Change
from remit.files.schema import Where, attempt
from remit.files.yaml_text import Document
from remit.inputs.distributions import DISTRIBUTIONS
from remit.inputs.parameters import Parameter, parameter_problems
from remit.inputs.sources import ASSUMPTION, Source


def lay_parameters(document: Document, layers: Layers, reader: Reader) -> None:
    """Add the parameters of one file to those of the study."""
    parameters = document.data.get("parameters")
    if not isinstance(parameters, dict):
        reader.refuse("parameters are names with their entries", (document.file, 1), ("parameters",))
        return
    for name, raw in parameters.items():
        if name in layers.data:
            first = ":".join(map(str, layers.where((name,))))
            reader.refuse(f"given already at {first}", document.where(("parameters", name)), (name,))
        else:
            layers.lay(name, raw, lambda path: document.where(("parameters", *path)))


def changed_value(layers: Layers, change: Change) -> Any:  # noqa: ANN401 - any YAML value
    """Turn a bare number for a parameter into a fixed parameter whose provenance is the scenario.

    For a parameter by age or time a bare number is a multiple of its profile.
    """
    old = layers.data.get(change.path[0])
    value = change.value
    if len(change.path) > 1 or not isinstance(old, dict) or not _is_bare(value, old):
        return value
    if old.get("by") and isinstance(old.get("value"), dict) and not isinstance(value, dict | str | bool):
        value = {at: number * value for at, number in old["value"].items()}
    for key in ("correlated_with", "because"):
        old.pop(key, None)
    fixed = {"type": "fixed", "because": change.because}
    note = f"set by {change.place[0]}: {change.because}"
    return {"value": value, "uncertainty": fixed, "source": ASSUMPTION, "where": None, "note": note}


def check_parameters(layers: Layers, currency: str) -> tuple[dict[str, Parameter], list[Problem]]:
    """Return the parameters as they stand, and every rule that one of them breaks."""
    found: dict[str, Parameter] = {}
    problems: list[Problem] = []
    for name, raw in layers.data.items():
        parameter, wrong = _parameter(name, raw, layers.where)
        problems += wrong
        if parameter is None:
            continue
        found[name] = parameter
        for at, rule in parameter_problems(name, parameter, currency):
            path = (name, at) if at else (name,)
            shown = raw.get(at) if at in ("value", "unit", "of") else None
            problems.append(Problem(rule, *layers.where(path), key=".".join(path), value=shown))
    return found, problems


def check_sources(path: Path, parameters: dict[str, Parameter], layers: Layers, reader: Reader) -> None:
    """Refuse a parameter whose source is not in the bibliography."""
    known = [ASSUMPTION, *reader.attempt_each(Source, reader.read(path))]
    for name, parameter in parameters.items():
        if parameter.source not in known:
            at = (name, "source")
            reader.refuse("no such source in sources.yaml", layers.where(at), at, parameter.source, known)


def _is_bare(value: object, old: dict[Any, Any]) -> bool:
    """Tell whether a scenario gives a parameter's value alone, not some fields of it."""
    if not isinstance(value, dict):
        return True
    numbers = all(isinstance(key, int | float) for key in value)
    components = isinstance(old.get("value"), dict) and set(value) <= set(old["value"])
    return numbers or components


def _parameter(name: str, raw: object, where: Where) -> tuple[Parameter | None, list[Problem]]:
    parameter, problems = attempt(Parameter, raw, where=where, path=(name,))
    if parameter is None:
        return None, list(problems)
    spread = parameter.uncertainty
    path = (name, "uncertainty")
    kind = spread.get("type") if isinstance(spread, dict) else None
    if kind not in DISTRIBUTIONS:
        hint = nearest(str(kind), DISTRIBUTIONS) or f"known: {', '.join(DISTRIBUTIONS)}"
        rule = "unknown type of distribution"
        return None, [Problem(rule, *where((*path, "type")), key=f"{name}.uncertainty.type", value=kind, hint=hint)]
    distribution, problems = attempt(DISTRIBUTIONS[kind], spread, where=where, path=path)
    if distribution is None:
        return None, list(problems)
    return replace(parameter, uncertainty=distribution), []
