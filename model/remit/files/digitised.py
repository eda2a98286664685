"""Digitised survival curves from CSV, and the curves that ``params/evidence/curves.yaml`` lists."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

import numpy as np

from remit.files.layers import Place
from remit.files.reader import Reader
from remit.inputs.curves import Curves, DigitisedCurve
from remit.inputs.units import YEARS_IN
from remit.survival.digitised import Digitised

COLUMNS = ["time", "survival", "n_at_risk"]


def read_curves(
    folder: Path, reader: Reader, *, sources: Collection[str] | None = None
) -> dict[str, DigitisedCurve]:
    """Read which digitised curves there are; without a file there are none.

    Parameters
    ----------
    folder
        ``params/evidence``; each curve's CSV is named relative to it.
    reader
        Where mistakes are kept.
    sources
        The known keys of sources; None where they are not to be checked.
    """
    path = folder / "curves.yaml"
    if not path.is_file():
        return {}
    document = reader.read(path)
    read = reader.attempt(Curves, document.data, document.where) if document else None
    if document is None or read is None:
        return {}
    for key, curve in read.curves.items():
        if not (folder / curve.file).is_file():
            at = ("curves", key, "file")
            reader.refuse(f"no such file in {folder}", document.where(at), at, curve.file)
        if sources is not None and curve.source not in sources:
            at = ("curves", key, "source")
            reader.refuse("no such source in sources.yaml", document.where(at), at, curve.source, sources)
    return read.curves


def read_listed(folder: Path, curve: DigitisedCurve, reader: Reader) -> Digitised | None:
    """Read the points of a curve that is listed, or None where a line is wrong or n does not agree."""
    path = folder / curve.file
    points = read_digitised(path, curve.time_unit, reader, events=curve.events)
    if points is not None and points.at_risk.size and points.at_risk[0] != curve.n:
        rule = f"the table starts with {points.at_risk[0]:g} at risk, the entry says n: {curve.n}"
        reader.refuse(rule, (str(path), 0), ("n_at_risk",))
        return None
    return points


def read_digitised(path: Path, unit: str, reader: Reader, *, events: int | None = None) -> Digitised | None:
    """Read a digitised curve: columns time, survival, n_at_risk, lines with # being comments.

    ``n_at_risk`` is empty but in the rows of the risk table; in such a row ``survival`` may be empty.

    Parameters
    ----------
    path
        The CSV file.
    unit
        Of its times: day, week, month or year, or their plurals.
    reader
        Where mistakes are kept.
    events
        Total of events, where reported.

    Returns
    -------
    Digitised or None
        Times in years; None where a line is wrong.
    """
    factor = YEARS_IN.get(unit.removesuffix("s"))
    if factor is None:
        reader.refuse(
            "no such unit of time", (str(path), 0), ("unit",), unit, [f"{name}s" for name in YEARS_IN]
        )
        return None
    reader.files.append(path)
    before = len(reader.problems)
    rows = [_row(cells, place, reader) for cells, place in _lines(path, reader)]
    if len(reader.problems) > before:
        return None
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    points, risk = table[~np.isnan(table[:, 1])], table[~np.isnan(table[:, 2])]
    risk = risk[np.argsort(risk[:, 0], kind="stable")]
    return Digitised(points[:, 0] * factor, points[:, 1], risk[:, 0] * factor, risk[:, 2], events)


def _lines(path: Path, reader: Reader) -> list[tuple[list[str], Place]]:
    """Return the cells of each row after the heading, with its line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        reader.refuse(f"the curve cannot be read: {reason.lower()}", (str(path), 0), ("curve",))
        return []
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if line.strip() and line[0] != "#"]
    cells = [([cell.strip() for cell in next(csv.reader([line]))], (str(path), n)) for n, line in numbered]
    if not cells or cells[0][0] != COLUMNS:
        place = cells[0][1] if cells else (str(path), 1)
        given = ",".join(cells[0][0]) if cells else None
        reader.refuse("a curve begins with the columns time,survival,n_at_risk", place, ("columns",), given)
        return []
    if len(cells) == 1:
        reader.refuse("the curve has no rows", cells[0][1], ("time",))
    return cells[1:]


def _row(cells: list[str], place: Place, reader: Reader) -> list[float]:
    """Return time, survival and number at risk of a row, NaN where empty, and note what is wrong with it."""
    if len(cells) != len(COLUMNS):
        rule = f"a row has {len(COLUMNS)} cells: time,survival,n_at_risk (the last may be empty)"
        reader.refuse(rule, place, ("row",), ",".join(cells))
        return [np.nan] * 3
    numbers = [_number(text, key, place, reader) for text, key in zip(cells, COLUMNS, strict=True)]
    if not cells[0]:
        reader.refuse("a row needs its time", place, ("time",))
    elif not cells[1] and not cells[2]:
        reader.refuse("a row needs its survival, its number at risk, or both", place, ("survival",))
    if numbers[2] < 0 or numbers[2] % 1 > 0:
        reader.refuse("a number at risk is a whole number of patients", place, ("n_at_risk",), cells[2])
    return numbers


def _number(text: str, key: str, place: Place, reader: Reader) -> float:
    if not text:
        return np.nan
    try:
        number = float(text)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        rule = "survival is a share from 0 to 1" if "%" in text else "this is not a number"
        reader.refuse(rule, place, (key,), text)
    return number
