"""When patients come to a clinic, from a CSV file with a column ``year``."""

from __future__ import annotations

import math
import re
from pathlib import Path

from remit.analysis.clinic.plan import LAST_YEAR
from remit.errors import Problem
from remit.files.layers import Place
from remit.files.reader import Reader

COLUMN = "year"
MOST_ARRIVALS = 1_000_000
MOST_BYTES = 64_000_000
# More mistakes than this are counted, not told.
MOST_TOLD = 20


def read_arrivals(path: Path, named_at: Place, reader: Reader) -> tuple[float, ...]:
    """Read when patients come: one time a line, in years since the clinic opened.

    Parameters
    ----------
    path
        The CSV file: a line ``year``, then times that do not fall; lines with # are comments.
    named_at
        Where a clinic names it.
    reader
        Where mistakes are kept.

    Returns
    -------
    tuple of float
        Years; none where the file is wrong.
    """
    lines = _lines(path, named_at, reader)
    if not lines:
        return ()
    number, heading = lines[0]
    if heading != COLUMN:
        rule = f"a file of arrivals begins with the column {COLUMN}: years since the clinic opened"
        hint = f"write {COLUMN} alone, in small letters without quotes" if _means_year(heading) else None
        reader.problems.append(Problem(rule, str(path), number, "columns", heading, hint))
        return ()
    if not 1 < len(lines) <= MOST_ARRIVALS + 1:
        rule = f"arrivals go from 1 to {MOST_ARRIVALS:,}, here are {len(lines) - 1:,}"
        reader.refuse(rule, (str(path), number), (COLUMN,))
        return ()
    times: list[float] = []
    broken: list[tuple[str, int, str]] = []
    last, last_line = 0.0, 0
    for number, text in lines[1:]:
        time = _time(text)
        if wrong := _wrong(time, last, last_line):
            broken.append((wrong, number, text))
        else:
            last, last_line = time, number
        times.append(time)
    _tell(broken, path, reader)
    return () if broken else tuple(times)


def _lines(path: Path, named_at: Place, reader: Reader) -> list[tuple[int, str]]:
    """Return the lines that are no comments, each with its number."""
    at = ("arrivals", "file")
    try:
        if not path.is_file():
            reader.refuse("there is no such file", named_at, at, str(path), _neighbours(path))
            return []
        reader.files.append(path)
        if path.stat().st_size > MOST_BYTES:
            reader.refuse(f"the file is larger than {MOST_BYTES // 1_000_000} MB", (str(path), 0), ())
            return []
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        reader.refuse(f"arrivals cannot be read: {reason.lower()}", named_at, at, str(path))
        return []
    numbered = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1)]
    kept = [(n, line) for n, line in numbered if line and line[0] != "#"]
    if not kept:
        reader.refuse("the file is empty", (str(path), 1), (COLUMN,))
    return kept


def _neighbours(path: Path) -> list[str]:
    return sorted(str(other) for other in path.parent.glob("*.csv"))


def _means_year(heading: str) -> bool:
    """Tell whether a heading has the column, but in capitals, in quotes or beside others."""
    return COLUMN in re.split(r"[^a-z]+", heading[:1000].lower())


def _time(text: str) -> float:
    try:
        # Python reads 2_0 as 20, and digits of other scripts.
        return float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan


def _wrong(time: float, last: float, last_line: int) -> str | None:
    """Say what is wrong with a time of arrival, or None."""
    if not math.isfinite(time):
        return "must be a number of years"
    if time < 0:
        return "must not be negative"
    if time > LAST_YEAR:
        return f"must be at most {LAST_YEAR:,.0f} years"
    if time < last:
        return f"comes before the patient in line {last_line} ({last:g}): times must not fall"
    return None


def _tell(broken: list[tuple[str, int, str]], path: Path, reader: Reader) -> None:
    for rule, number, text in broken[:MOST_TOLD]:
        reader.refuse(rule, (str(path), number), (COLUMN,), text)
    if len(broken) > MOST_TOLD:
        rule = f"{len(broken) - MOST_TOLD:,} more such mistakes from here on"
        reader.refuse(rule, (str(path), broken[MOST_TOLD][1]), (COLUMN,))
