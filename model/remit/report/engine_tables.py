"""The table of what engines are compared on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from remit.analysis.engines import Compared

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "scenario",
    "engines",
    "subject",
    "quantity",
    "reference",
    "other",
    "difference",
    "relative_difference",
    "standard_error",
    "z",
    "as_set",
    "expected",
    "result",
    "why",
)


def compared_table(compared: Iterable[Compared]) -> pd.DataFrame:
    """Return a row for each number from two engines, with what `Compared` holds.

    ``difference`` is ``other`` less ``reference``; ``relative_difference`` that over ``reference`` (over 1
    where it is smaller).
    """
    import pandas as pd

    return pd.DataFrame([{name: getattr(row, name) for name in COLUMNS} for row in compared], columns=COLUMNS)
