"""Up to which number of places one rule of a clinic is better than another, and how that is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.results import ALL

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
# What a rule may be better by, in the order of the table.
TURNING_MEASURES = ("nmb", "qalys", "life_years")
TURNING = (
    *("resource", "group", "rule", "against", "measure", "fewest", "most", "better_from", "better_up_to"),
    *("unclear_up_to", "worse_from", "same_from", "equal_at"),
)
_SAID = ("nmb", "qalys")
_BY = {"nmb": "net benefit", "qalys": "QALYs", "life_years": "life-years"}


def turning_places(table: pd.DataFrame) -> pd.DataFrame:
    """Return up to how many places each rule is better than the first.

    Parameters
    ----------
    table
        ``clinic_capacity.csv``.

    Returns
    -------
    DataFrame
        A row for each measure (of ``TURNING_MEASURES``), group and rule but the first, with
        ``resource, group, rule, against, measure`` and numbers of places, all of those tried:

        - ``fewest, most``;
        - ``better_from, better_up_to``: fewest and most at which the interval of the difference lies above 0;
        - ``unclear_up_to``: most above ``better_up_to`` at which it contains 0, below ``worse_from``;
        - ``worse_from``: fewest above ``better_up_to`` at which it lies below 0;
        - ``same_from``: fewest from which on there is no difference in any replication;
        - ``equal_at``: where the mean difference falls through 0, on a straight line between two of them.

        What there is not is empty.
    """
    import pandas as pd

    rows = []
    first = str(table["rule"].iloc[0])
    for measure in TURNING_MEASURES:
        some = table[(table["rule"] != first) & (table["measure"] == measure)]
        for (resource, group, rule), part in some.groupby(["resource", "group", "rule"], sort=False):
            what = {"resource": resource, "group": group, "rule": rule, "against": first, "measure": measure}
            rows.append({**what, **_turn(part.sort_values("places"))})
    return pd.DataFrame(rows, columns=list(TURNING))


def _turn(part: pd.DataFrame) -> dict[str, float]:
    """Say where one rule's difference changes sign; rows by rising numbers of places."""
    places, mean, error, low, high = (
        part[name].to_numpy(dtype=np.float64)
        for name in ("places", *(f"difference{end}" for end in ("", "_standard_error", "_low", "_high")))
    )
    better = places[low > 0]
    up_to = better[-1] if better.size else -np.inf
    worse = places[(high < 0) & (places > up_to)]
    same = (mean == 0) & (error == 0)
    beyond = (places > up_to) & (places < (worse[0] if worse.size else np.inf))
    differs = np.flatnonzero(~same)
    alike = places[differs[-1] + 1 if differs.size else 0 :]
    return {
        "fewest": places[0],
        "most": places[-1],
        "better_from": _first(better),
        "better_up_to": _first(better[::-1]),
        "unclear_up_to": _first(places[beyond & ~same][::-1]),
        "worse_from": _first(worse),
        "same_from": _first(alike),
        "equal_at": _falls_at(places, mean),
    }


def _first(places: Array) -> float:
    return float(places[0]) if places.size else np.nan


def _falls_at(places: Array, mean: Array) -> float:
    """Return where a difference last falls through 0."""
    falls = np.flatnonzero((mean[:-1] > 0) & (mean[1:] < 0))
    if not falls.size:
        return np.nan
    last = int(falls[-1])
    share = mean[last] / (mean[last] - mean[last + 1])
    return float(places[last] + share * (places[last + 1] - places[last]))


def capacity_in_words(turning: pd.DataFrame, labels: Mapping[str, str], *, places: str) -> list[str]:
    """Say in one sentence a rule up to how many places it is better than the first, by group of patients.

    Parameters
    ----------
    turning
        See `turning_places`.
    labels
        Rule -> how it is called.
    places
        What the places are called, such as ``manufacturing places``.
    """
    lines = []
    for rule, rows in turning.groupby("rule", sort=False):
        own, against = labels[str(rule)], labels[str(rows["against"].iloc[0])]
        said = "; ".join(f"by {_BY[name]} {_by_group(rows[rows['measure'] == name])}" for name in _SAID)
        tried = f"{rows['fewest'].min():g} to {rows['most'].max():g}"
        lines.append(f"Of {tried} {places} tried, '{own}' is better than '{against}' {said}.")
    return lines


def _by_group(rows: pd.DataFrame) -> str:
    """Say where a rule is better, each group of patients in brackets behind its answer."""
    told: dict[str, list[str]] = {}
    for row in rows.itertuples():
        told.setdefault(_where(row), []).append(group_label(str(row.group)))
    return ", ".join(f"{where} ({', '.join(groups)})" for where, groups in told.items())


def _where(row: Any) -> str:  # noqa: ANN401 - a row of the table
    """Say at which of the numbers of places tried a rule is better."""
    is_clear = np.isnan(row.unclear_up_to)
    if row.same_from == row.fewest:
        return "nowhere: there is no difference"
    if np.isnan(row.better_up_to):
        if is_clear:
            return "nowhere"
        is_all = row.unclear_up_to == row.most
        return "unclear throughout" if is_all else f"nowhere surely, unclear up to {row.unclear_up_to:g}"
    said = _between(row.better_from, row.better_up_to, row)
    return said if is_clear else f"{said}, unclear up to {row.unclear_up_to:g}"


def _between(first: float, last: float, row: Any) -> str:  # noqa: ANN401 - a row of the table
    if first == row.fewest:
        return "throughout" if last == row.most else f"up to {last:g}"
    if last == row.most:
        return f"from {first:g} on"
    return f"at {first:g} alone" if first == last else f"from {first:g} to {last:g}"


def group_label(group: str) -> str:
    """Return how a group of patients is called."""
    return "all patients" if group == ALL else group.replace("_", " ")
