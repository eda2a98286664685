"""Populations from YAML: a file, and those that it extends."""

from __future__ import annotations

from pathlib import Path

from remit.files.extends import parent_of
from remit.files.layers import Layers
from remit.files.reader import Reader
from remit.files.schema import Where
from remit.files.yaml_text import Document
from remit.pathway.population import Population

KEYS = ("extends", "population", "parameters")


def population_files(path: Path, reader: Reader) -> list[Document]:
    """Return the file of a population after those that it extends; none where one of them cannot be had."""
    chain: list[Document] = []
    seen: list[Path] = []
    parent: Path | None = path
    while parent is not None:
        document = reader.read(parent)
        if document is None:
            return []
        reader.only(document, KEYS)
        chain.insert(0, document)
        seen.append(parent.resolve())
        if "extends" not in document.data:
            return chain
        parent = parent_of(document, seen, reader, kind="population", example="paediatric.yaml")
    return []


def read_population(documents: list[Document], reader: Reader) -> tuple[Population | None, Where]:
    """Return a population whose files are laid on one another, and the place of each of its keys.

    A key of ``population`` replaces that of the file it extends, whole.
    """
    layers = Layers(beginning=documents[-1].where(("population",)))
    for document in documents:
        block = document.data.get("population", {})
        if not isinstance(block, dict):
            at = ("population",)
            reader.refuse("a population is keys with values", document.where(at), at, block)
            continue
        for key, value in block.items():
            layers.lay(key, value, _inside(document))

    def where(path: tuple[str | int | float, ...]) -> tuple[str, int]:
        return layers.where(path[1:])

    return reader.attempt(Population, layers.data, where, ("population",)), where


def _inside(document: Document) -> Where:
    return lambda path: document.where(("population", *path))
