"""Evidence from YAML and the life table from CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from remit.files.reader import Reader
from remit.inputs.evidence import Landmark, Reports, SeedTable
from remit.survival.life_table import LifeTable

SEED_TABLES = ("blinatumomab", "car_t")


def read_landmarks(folder: Path, reader: Reader) -> dict[str, Landmark]:
    """Read what trials reported, the seed paper's tables checked on the way.

    Parameters
    ----------
    folder
        ``params/evidence``.
    reader
        Where mistakes are kept.

    Returns
    -------
    dict
        The landmarks outside the tables, by key.
    """
    for name in SEED_TABLES:
        document = reader.read(folder / f"{name}.yaml")
        if document is not None:
            reader.attempt(SeedTable, document.data, document.where)
    document = reader.read(folder / "landmarks.yaml")
    reports = reader.attempt(Reports, document.data, document.where) if document else None
    return reports.landmarks if reports else {}


def read_life_table(folder: Path, name: str, reader: Reader) -> LifeTable:
    """Read a life table: columns age, male, female, a row for each age from 0."""
    path = folder / f"{name}.csv"
    reader.files.append(path)
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
        table = np.array([[float(row[column]) for column in ("age", "male", "female")] for row in rows])
        if not np.array_equal(table[:, 0], np.arange(len(table))):
            raise ValueError("ages must run 0, 1, 2, ...")
        return LifeTable(name, table[:, 1], table[:, 2])
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        reader.refuse(f"the life table cannot be read: {reason}", (str(path), 1), ("life_table",), name)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        rule = f"a life table has columns age, male, female with a probability for each age from 0 ({error})"
        reader.refuse(rule, (str(path), 1), ("life_table",), name)
    return LifeTable("none", np.zeros(1), np.zeros(1))
