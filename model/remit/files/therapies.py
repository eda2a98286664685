"""Therapies and strategies from YAML, and the landmarks that a therapy's curve is solved from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remit.files.layers import Layers
from remit.files.parameters import lay_parameters
from remit.files.reader import Reader
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.evidence import Landmark as Reported
from remit.inputs.units import to_years
from remit.pathway.therapies import Strategy, Therapy
from remit.survival.landmarks import Curve, Landmark


@dataclass(frozen=True)
class Mark:
    """A landmark of the evidence, and the number of patients that it is worth."""

    evidence: str
    n: float


@dataclass(frozen=True)
class CurveEntry:
    """Which two parameters are solved from which landmarks, in the order of time."""

    share_durable: str
    rate_relapse: str
    landmarks: tuple[Mark, ...]
    note: str


def read_therapies(
    folder: Path, reported: dict[str, Reported], layers: Layers, reader: Reader
) -> tuple[dict[str, Therapy], list[Curve], list[Document]]:
    """Read every therapy of a folder; the file's name is the therapy's name.

    Parameters
    ----------
    folder
        ``params/therapies``.
    reported
        What trials reported, by key.
    layers
        Takes the parameters.
    reader
        Where mistakes are kept.

    Returns
    -------
    therapies, curves, documents
        By name; what is solved from landmarks; the files.
    """
    therapies: dict[str, Therapy] = {}
    curves: list[Curve] = []
    documents = [document for path in sorted(folder.glob("*.yaml")) if (document := reader.read(path))]
    known = {mark.curve for mark in reported.values()}
    for document in documents:
        reader.only(document, ("therapy", "curves", "parameters"))
        raw = document.data.get("therapy")
        therapy = reader.attempt(Therapy, raw, document.where, ("therapy",))
        if therapy is not None:
            therapies[Path(document.file).stem] = therapy
            for number, name in enumerate(therapy.compared_with):
                if name not in known:
                    at = ("therapy", "compared_with", number)
                    reader.refuse("no such curve in the evidence", document.where(at), at, name, known)
        lay_parameters(document, layers, reader)
        curves += _curves(document, reported, layers, reader)
    return therapies, curves, documents


def read_strategies(
    document: Document | None, therapies: dict[str, Therapy], reader: Reader
) -> dict[str, Strategy]:
    """Read the strategies, and refuse lines of a therapy that there is not."""
    strategies = reader.attempt_each(Strategy, document)
    for name, strategy in strategies.items():
        for number, line in enumerate(strategy.lines):
            if document is not None and line.therapy not in therapies:
                at = (name, "lines", number, "therapy")
                reader.refuse("unknown therapy", document.where(at), at, line.therapy, therapies)
    return strategies


def _curves(document: Document, reported: dict[str, Reported], layers: Layers, reader: Reader) -> list[Curve]:
    entries = document.data.get("curves", [])
    if not isinstance(entries, list):
        reader.refuse("curves are a list of entries", document.where(("curves",)), ("curves",), entries)
        return []
    found = [_curve(document, number, reported, layers, reader) for number in range(len(entries))]
    return [curve for curve in found if curve is not None]


def _curve(
    document: Document, number: int, reported: dict[str, Reported], layers: Layers, reader: Reader
) -> Curve | None:
    at = ("curves", number)
    entry = reader.attempt(CurveEntry, document.data["curves"][number], document.where, at)
    if entry is None:
        return None
    before = len(reader.problems)
    for key in ("share_durable", "rate_relapse"):
        name = getattr(entry, key)
        if name not in layers.data:
            reader.refuse("unknown parameter", document.where((*at, key)), (*at, key), name, layers.data)
    if not entry.landmarks:
        path = (*at, "landmarks")
        reader.refuse("a curve needs a landmark or more", document.where(path), path)
    for place, mark in enumerate(entry.landmarks):
        _check_mark(mark, reported, (*at, "landmarks", place), document, reader)
    if len(reader.problems) > before:
        return None
    marks = [(reported[mark.evidence], mark.n) for mark in entry.landmarks]
    sources = ", ".join(dict.fromkeys(mark.source for mark, _ in marks))
    try:
        return Curve(entry.share_durable, entry.rate_relapse, _conditional(marks), sources, entry.note)
    except ValueError as error:
        reader.refuse(str(error), document.where((*at, "landmarks")), (*at, "landmarks"))
        return None


def _check_mark(
    mark: Mark, reported: dict[str, Reported], path: KeyPath, document: Document, reader: Reader
) -> None:
    if mark.n <= 0:
        reader.refuse("must be above 0", document.where((*path, "n")), (*path, "n"), mark.n)
    path = (*path, "evidence")
    if mark.evidence not in reported:
        reader.refuse("no such landmark", document.where(path), path, mark.evidence, reported)
    elif reported[mark.evidence].origin != "remission":
        rule = "a landmark of a remission curve starts at remission"
        reader.refuse(rule, document.where(path), path, mark.evidence)


def _conditional(marks: list[tuple[Reported, float]]) -> tuple[Landmark, ...]:
    """Turn points of one curve into conditional probabilities, since marginal ones are not independent."""
    landmarks: list[Landmark] = []
    time, survival = 0.0, 1.0
    for mark, n in marks:
        at = to_years(f"{mark.value} months") if mark.is_median else to_years(mark.at or "")
        reached = 0.5 if mark.is_median else float(mark.value)
        landmarks.append(Landmark(at=at, given=time, survival=reached / survival, n=n))
        time, survival = at, reached
    return tuple(landmarks)
