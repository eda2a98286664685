"""Evidence from YAML and the life table from CSV."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from remit.files.layers import Place
from remit.files.reader import Reader
from remit.files.yaml_text import Document
from remit.inputs.evidence import Landmark, Ratio, Reports, SeedTable, Share
from remit.survival.life_table import LifeTable

SEED_TABLES = ("blinatumomab", "car_t")
COLUMNS = ["age", "male", "female"]


@dataclass(frozen=True)
class Evidence:
    """What trials reported: the seed paper's tables by therapy class, landmarks and shares outside them."""

    tables: dict[str, SeedTable] = field(default_factory=dict)
    landmarks: dict[str, Landmark] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    ratios: dict[str, Ratio] = field(default_factory=dict)


def read_evidence(folder: Path, reader: Reader) -> Evidence:
    """Read what trials reported.

    Parameters
    ----------
    folder
        ``params/evidence``.
    reader
        Where mistakes are kept.

    Returns
    -------
    Evidence
        What could be read of it.
    """
    tables = {}
    for name in SEED_TABLES:
        document = reader.read(folder / f"{name}.yaml")
        table = reader.attempt(SeedTable, document.data, document.where) if document else None
        if table is not None:
            tables[name] = table
    document = reader.read(folder / "landmarks.yaml")
    reports = reader.attempt(Reports, document.data, document.where) if document else None
    if reports is None or document is None:
        return Evidence(tables)
    _check_hsct(reports.shares, tables, document, reader)
    return Evidence(tables, reports.landmarks, reports.shares, reports.ratios)


def _check_hsct(
    shares: dict[str, Share], tables: dict[str, SeedTable], document: Document, reader: Reader
) -> None:
    """Refuse a share of HSCT that names no trial of the tables, or one that another share names already."""
    known = [key for table in tables.values() for key in table.studies]
    seen: dict[str, str] = {}
    for name, share in shares.items():
        if share.hsct_of is None:
            continue
        at = ("shares", name, "hsct_of")
        if len(tables) == len(SEED_TABLES) and share.hsct_of not in known:
            reader.refuse("no such trial in the tables", document.where(at), at, share.hsct_of, known)
        elif share.hsct_of in seen:
            rule = f"{seen[share.hsct_of]} is the HSCT share of this trial already"
            reader.refuse(rule, document.where(at), at, share.hsct_of)
        seen[share.hsct_of] = name


def read_life_table(folder: Path, name: str, named_at: Place, reader: Reader) -> LifeTable | None:
    """Read a life table: columns age, male, female, a row for each age from 0.

    Parameters
    ----------
    folder
        ``params/mortality``.
    name
        The table's file, without ``.csv``.
    named_at
        The file and line that name it.
    reader
        Where mistakes are kept.

    Returns
    -------
    LifeTable or None
        None where it cannot be had.
    """
    known = sorted(path.stem for path in folder.glob("*.csv"))
    key = ("population", "life_table")
    if name not in known:
        reader.refuse(f"no such life table in {folder}", named_at, key, name, known)
        return None
    path = folder / f"{name}.csv"
    reader.files.append(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        reader.refuse(f"the life table cannot be read: {reason.lower()}", (str(path), 1), key)
        return None
    probabilities = _rows(path, lines, reader)
    return None if probabilities is None else LifeTable(name, *probabilities.T)


def _rows(path: Path, lines: list[str], reader: Reader) -> np.ndarray | None:
    """Return (age, sex) probabilities, or None where a line is wrong."""
    numbered = [
        (n, line) for n, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")
    ]
    cells = [(n, next(csv.reader([line]))) for n, line in numbered]
    if not cells or [cell.strip() for cell in cells[0][1]] != COLUMNS:
        place = (str(path), cells[0][0] if cells else 1)
        reader.refuse("a life table begins with the columns age,male,female", place, ("life_table",))
        return None
    before = len(reader.problems)
    rows = [_row(cell, age, (str(path), n), reader) for age, (n, cell) in enumerate(cells[1:])]
    if not rows:
        reader.refuse("the life table has no rows", (str(path), cells[0][0]), ("life_table",))
    return np.array(rows) if len(reader.problems) == before else None


def _row(cells: list[str], age: int, place: Place, reader: Reader) -> list[float]:
    """Return the two probabilities of an age, and note what is wrong with its line."""
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        numbers = []
    if len(numbers) != len(COLUMNS):
        rule = "a row has three numbers: age, male, female"
    elif numbers[0] != age:
        rule = f"ages run 0, 1, 2, ...: here comes {age}"
    elif not all(0 <= q < 1 for q in numbers[1:]):
        rule = "a probability of dying within a year lies between 0 and 1"
    else:
        return numbers[1:]
    reader.refuse(rule, place, ("life_table",), ",".join(cells))
    return [0.0, 0.0]
