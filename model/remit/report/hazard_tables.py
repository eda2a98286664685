"""Hazards of the modelled curves, and mean hazards between the landmarks that trials reported."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("strategy", "origin", "endpoint", "year", "hazard", "low", "high")
LANDMARK_COLUMNS = (
    *("strategy", "origin", "endpoint", "from_year", "to_year", "hazard", "low", "high", "title"),
)
_CURVE = ["strategy", "origin", "endpoint"]
_NORMAL = 1.959964  # two-sided 95%


def hazards_table(survival: pd.DataFrame) -> pd.DataFrame:
    """Return the hazard, per year, of every curve of `survival.csv`: -d log S / dt by differences.

    ``low`` and ``high`` are empty: the quantiles of survival at one time and at the next need not be
    those of the same draws, so their differences are no quantiles of the hazard. A band has to be made
    where the draws are, as quantiles of each draw's own hazard.

    Parameters
    ----------
    survival
        ``strategy, origin, endpoint, year, mean``, in years and shares alive.

    Returns
    -------
    DataFrame
        ``strategy, origin, endpoint, year, hazard, low, high``; ``year`` is the middle of the step from
        which the hazard comes. Steps that end with nobody left are absent.
    """
    import pandas as pd

    parts = []
    for key, curve in survival.groupby(_CURVE, sort=False):
        line = curve.sort_values("year")
        year, alive = (line[column].to_numpy(dtype=np.float64) for column in ("year", "mean"))
        left = alive[1:] > 0
        hazard = np.log(alive[:-1][left] / alive[1:][left]) / np.diff(year)[left]
        middle = (year[1:] + year[:-1])[left] / 2
        named = dict(zip(_CURVE, key, strict=True))
        parts.append(pd.DataFrame({**named, "year": middle, "hazard": hazard, "low": np.nan, "high": np.nan}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def landmark_hazards_table(landmarks: pd.DataFrame) -> pd.DataFrame:
    """Return the mean hazard, per year, from each reported landmark to the next of the same report.

    The first step starts at S = 1. Its interval is that of the landmark. Intervals of later steps come
    from Greenwood's formula, in which the variance of log S grows by independent steps: the variance of
    a step is the difference of those of its ends, each read from its printed interval on the scale of
    log(-log S); the interval of the hazard is then symmetric on the log scale. Where an end has no
    interval or the hazard is 0, the interval is empty. Steps in which reported survival rises, as it may
    where denominators change, are absent.

    Parameters
    ----------
    landmarks
        ``strategy, origin, endpoint, year, survival, low, high, label`` of `landmarks.csv`; a median is
        a landmark at S = 0.5.

    Returns
    -------
    DataFrame
        ``strategy, origin, endpoint, from_year, to_year, hazard, low, high, title``.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    if len(landmarks):
        for key, report in landmarks.groupby([*_CURVE, "label"], sort=False):
            marks = report.dropna(subset=["year", "survival"]).sort_values("year").to_dict("records")
            named = dict(zip((*_CURVE, "title"), key, strict=True))
            rows += [{**named, **step} for step in _steps(marks)]
    return pd.DataFrame(rows, columns=list(LANDMARK_COLUMNS))


def _steps(marks: list[dict[Any, Any]]) -> list[dict[str, float]]:
    """Return the steps between the marks of one report, in order of their years."""
    start: dict[Any, Any] = {"year": 0.0, "survival": 1.0, "low": 1.0, "high": 1.0}
    found = []
    for before, after in pairwise([start, *marks]):
        years = after["year"] - before["year"]
        if years <= 0 or not 0 < after["survival"] <= before["survival"]:
            continue
        hazard = math.log(before["survival"] / after["survival"]) / years
        first = before is start
        low, high = _printed(after, years) if first else _greenwood(before, after, hazard * years, years)
        found.append(
            {
                "from_year": before["year"],
                "to_year": after["year"],
                "hazard": hazard,
                "low": low,
                "high": high,
            }
        )
    return found


def _printed(mark: dict[Any, Any], years: float) -> tuple[float, float]:
    """Return the interval of the hazard from the start to a landmark with a printed interval."""
    low, high = float(mark["low"]), float(mark["high"])
    if not 0 < low <= high <= 1:  # also where empty
        return math.nan, math.nan
    return -math.log(high) / years, -math.log(low) / years


def _greenwood(
    before: dict[Any, Any], after: dict[Any, Any], lost: float, years: float
) -> tuple[float, float]:
    """Return the interval of the hazard between two landmarks; ``lost`` is log S before less after."""
    variance = _variance(after) - _variance(before)
    if not variance > 0 or lost <= 0:  # also where empty
        return math.nan, math.nan
    factor = math.exp(_NORMAL * math.sqrt(variance) / lost)
    return lost / years / factor, lost / years * factor


def _variance(mark: dict[Any, Any]) -> float:
    """Return the variance of log S that a printed interval, symmetric in log(-log S), implies."""
    low, high, value = (float(mark[name]) for name in ("low", "high", "survival"))
    if not 0 < low <= high < 1 or not 0 < value < 1:
        return math.nan
    width = math.log(math.log(low) / math.log(high))
    return (width / (2 * _NORMAL) * math.log(value)) ** 2
