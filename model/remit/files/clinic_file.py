"""What stands in a clinic's file, and in those that it extends, with the line of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from remit.analysis.clinic.plan import ONLY, ClinicPlan, SitePlan
from remit.errors import Problem
from remit.files.arrivals import read_arrivals
from remit.files.extends import parent_of
from remit.files.kinds import key_of_field
from remit.files.layers import Layers
from remit.files.reader import Reader
from remit.files.schema import Where, attempt
from remit.files.yaml_text import Document, KeyPath

# What stands in a file that extends another: the rest stands under `set`.
EXTENDING = ("extends", "title", "because", "set")
RESOURCES = "resources"
# So no site may be called.
KEYS_OF_A_SITE = [key_of_field(field.name) for field in fields(SitePlan)]


def read_plan(path: Path, reader: Reader) -> tuple[ClinicPlan | None, Where]:
    """Read a clinic's file, the files that it extends, and the arrivals that it names.

    Parameters
    ----------
    path
        The clinic's file.
    reader
        Where files and mistakes are kept.

    Returns
    -------
    The clinic, or None where anything is wrong, and the place of each of its key paths.
    """
    chain = _chain(path, reader)
    if not chain:
        return None, lambda _: (str(path), 1)
    layers = _merged(chain, reader)
    before = len(reader.problems)
    raw = layers.data
    if isinstance(raw.get("arrivals"), dict) and "times" in raw["arrivals"]:
        at = ("arrivals", "times")
        reader.refuse(
            "there is no such key here: times stand in a file", layers.where(at), at, known=["file"]
        )
    data = reader.in_years(raw, _times_of(raw), layers.where, ())
    reader.problems[before:] = [_told_once(problem) for problem in reader.problems[before:]]
    plan, problems = attempt(
        ClinicPlan, _with_sites(data), where=lambda at: layers.where(as_written(at, raw))
    )
    reader.problems += [_in_their_words(problem, raw) for problem in problems]
    if plan is None or len(reader.problems) > before:
        return None, layers.where
    if plan.arrivals.file is not None:
        times = _arrivals(plan.arrivals.file, plan.warm_up, layers, reader)
        plan = replace(plan, arrivals=replace(plan.arrivals, times=times))
    return plan, layers.where


def as_written(path: KeyPath, data: Mapping[Any, Any]) -> KeyPath:
    """Return a key path of a plan as the file has it: a resource's only site needs no name."""
    if path[:1] == (RESOURCES,) and path[2:3] == (ONLY,) and _has_one_site(data[RESOURCES][path[1]]):
        return (*path[:2], *path[3:])
    return path


def _arrivals(file: str, warm_up: float, layers: Layers, reader: Reader) -> tuple[float, ...]:
    """Read the arrivals that a clinic names; somebody must come after the warm-up."""
    at = ("arrivals", "file")
    place = layers.where(at)
    times = read_arrivals(Path(place[0]).parent / file, place, reader)
    if times and times[-1] < warm_up:
        within = f"within a warm-up of {warm_up:g}"
        rule = f"the last patient comes after {times[-1]:g} years, {within}: nobody counts"
        late, value = (("warm_up",), layers.data["warm_up"]) if "warm_up" in layers.data else (at, file)
        reader.refuse(rule, layers.where(late), late, value)
    return times


def _chain(path: Path, reader: Reader) -> list[Document]:
    """Return the documents from the whole clinic down to a file; none where one of them cannot be had."""
    chain: list[Document] = []
    seen: list[Path] = []
    parent: Path | None = path
    while parent is not None:
        document = reader.read(parent)
        if document is None:
            return []
        chain.insert(0, document)
        seen.append(parent.resolve())
        if "extends" not in document.data:
            return chain
        _check_extending(document, reader)
        parent = parent_of(document, seen, reader, kind="clinic", example="scarce.yaml")
    return []


def _check_extending(document: Document, reader: Reader) -> None:
    for key in document.data:
        if key not in EXTENDING:
            rule = "a clinic that extends another has no such key: what it changes stands under `set`"
            reader.refuse(rule, document.where((key,)), (key,), known=EXTENDING)
    for key in ("title", "because"):
        if key not in document.data:
            rule = "a clinic that extends another says this anew, in its own words"
            reader.refuse(rule, document.where((key,)), (key,))
    if not isinstance(document.data.get("set", {}), dict):
        reader.refuse("set takes keys with values", document.where(("set",)), ("set",), document.data["set"])


def _merged(chain: list[Document], reader: Reader) -> Layers:
    """Return what a clinic's file says on top of those that it extends."""
    layers = Layers(beginning=chain[-1].where(()))
    for key, value in chain[0].data.items():
        layers.lay(key, value, chain[0].where)
    for document in chain[1:]:
        for key in ("title", "because"):
            if key in document.data:
                layers.lay(key, document.data[key], document.where)
        own = document.data.get("set")
        for key, value in own.items() if isinstance(own, dict) else ():
            _lay(layers, key, value, document, reader)
        _drop_other_arrivals(layers, own)
    return layers


def _drop_other_arrivals(layers: Layers, own: object) -> None:
    """Let arrivals of a file take the place of so many a year that a clinic inherits, and the other way."""
    if not isinstance(own, dict) or not isinstance(layers.data.get("arrivals"), dict):
        return
    below = own.get("arrivals")
    said = {str(key).partition(".")[2] for key in own if str(key).startswith("arrivals.")}
    said |= set(below) if isinstance(below, dict) else set()
    for one, other in (("file", "per_year"), ("per_year", "file")):
        if one in said and other not in said:
            layers.drop(("arrivals", other))


def _lay(layers: Layers, key: str | float, value: object, document: Document, reader: Reader) -> None:
    """Lay one key of a `set` on top; it may be a dotted path to something that is there."""
    path = tuple(str(key).split("."))
    holder: Any = layers.data
    for depth, step in enumerate(path[:-1], start=1):
        holder = holder.get(step) if isinstance(holder, dict) else None
        if not isinstance(holder, dict):
            at = ("set", key)
            reader.refuse(f"there is no {'.'.join(path[:depth])!r} here to set", document.where(at), at)
            return
    layers.merge(path, value, lambda below: document.where(("set", key, *below)))


def _has_one_site(resource: object) -> bool:
    """Tell whether a resource is one site's own keys, not sites by their names.

    A site by the name of a key (``held: {places: 2, ...}``) is one by its name: it is refused as such.
    """
    if not isinstance(resource, dict) or not resource:
        return True
    return any(
        not isinstance(value, dict) or (key in KEYS_OF_A_SITE and not _is_site(value))
        for key, value in resource.items()
    )


def _is_site(value: Mapping[Any, Any]) -> bool:
    return any(key in KEYS_OF_A_SITE for key in value)


def _with_sites(data: Mapping[Any, Any]) -> dict[Any, Any]:
    """Give the only site of a resource its name."""
    resources = data.get(RESOURCES)
    if not isinstance(resources, dict):
        return dict(data)
    named = {use: {ONLY: one} if _has_one_site(one) else one for use, one in resources.items()}
    return {**data, RESOURCES: named}


def _times_of(data: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return where times stand, as :meth:`Reader.in_years` wants it: a branch without any is left out."""
    resources, rules = data.get(RESOURCES), data.get("rules")
    times: dict[Any, Any] = {"warm_up": {}}
    if isinstance(resources, dict) and resources:
        times[RESOURCES] = {
            use: _times_of_site(one) if _has_one_site(one) else {k: _times_of_site(v) for k, v in one.items()}
            for use, one in resources.items()
        }
    if isinstance(rules, dict) and rules:
        times["rules"] = {name: {"when": {"exceeds": {}}} for name in rules}
    return times


def _times_of_site(site: object) -> dict[Any, Any]:
    held = site.get("held") if isinstance(site, dict) else None
    times: dict[Any, Any] = {"closed": {"from": {}, "until": {}}}
    if held != {}:
        times["held"] = {product: {} for product in held} if isinstance(held, dict) else {}
    return times


def _told_once(problem: Problem) -> Problem:
    """Return a problem whose rule does not repeat the value, which its line shows, shortened, already."""
    return replace(problem, rule=problem.rule.removeprefix(f"{problem.value!r} "))


def _in_their_words(problem: Problem, data: Mapping[Any, Any]) -> Problem:
    """Return a problem with the key and the value as the file has them, times with their units."""
    if problem.key is None:
        return problem
    key = as_written(tuple(problem.key.split(".")), data)
    value: Any = data
    for step in key:
        if isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    written = problem.value if value is None or problem.value is None else value
    return replace(problem, key=".".join(map(str, key)), value=written)
