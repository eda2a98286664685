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
        lay_parameters(document, layers, reader)
    return therapies, documents


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
