"""Therapies and strategies from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from remit.files.layers import Layers
from remit.files.parameters import lay_parameters
from remit.files.reader import Reader
from remit.files.yaml_text import Document
from remit.inputs.evidence import Landmark
from remit.pathway.therapies import Strategy, Therapy


def read_therapies(
    folder: Path, reported: Mapping[str, Landmark], layers: Layers, reader: Reader
) -> tuple[dict[str, Therapy], list[Document]]:
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
    therapies, documents
        By name; the files.
    """
    therapies: dict[str, Therapy] = {}
    documents = [document for path in sorted(folder.glob("*.yaml")) if (document := reader.read(path))]
    known = {mark.curve for mark in reported.values()}
    for document in documents:
        reader.only(document, ("therapy", "parameters"))
        raw = document.data.get("therapy")
        therapy = reader.attempt(Therapy, raw, document.where, ("therapy",))
        if therapy is not None:
            therapies[Path(document.file).stem] = therapy
            for number, name in enumerate(therapy.compared_with):
                if name not in known:
                    at = ("therapy", "compared_with", number)
                    reader.refuse("no such curve in the evidence", document.where(at), at, name, known)
            _check_antigens(therapy, document, reader)
        lay_parameters(document, layers, reader)
    for document in documents:
        _check_like(therapies, document, reader)
    return therapies, documents


def _check_antigens(therapy: Therapy, document: Document, reader: Reader) -> None:
    """Refuse a therapy that has an effect on later ones, or a status after it, and no antigen."""
    asking = ("log_or_cr_later_", "hr_relapse_later_", "share_antigen_after_")
    for name in document.data.get("parameters") or {}:
        if not therapy.antigens and str(name).startswith(asking):
            rule = "antigen modulation and status need the antigens that the therapy aims at"
            reader.refuse(rule, document.where(("therapy", "antigens")), ("therapy", "antigens"), [])
            return


def _check_like(therapies: dict[str, Therapy], document: Document, reader: Reader) -> None:
    """Refuse a therapy that is like none, like itself, or like one that is itself like another."""
    name = Path(document.file).stem
    like = therapies[name].like if name in therapies else None
    if like is None:
        return
    others = {other: kind for other, kind in therapies.items() if other != name and kind.like is None}
    if like not in others:
        at = ("therapy", "like")
        rule = "not a therapy that has numbers of its own"
        reader.refuse(rule, document.where(at), at, like, others)


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
