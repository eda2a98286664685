"""What a sweep found, as a tidy table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.analysis.sweep import SweptGroup, SweptPoint

if TYPE_CHECKING:
    import pandas as pd


def sweep_table(points: Sequence[SweptPoint]) -> pd.DataFrame:
    """Return one row a point and strategy: means, increments against the comparator, ICER and INMB.

    Where the sweep tells groups of patients apart, one for each group: ``stratum`` is ``all`` or a level.
    ``at_<name>`` holds what is varied, see :func:`cells`.
    """
    import pandas as pd

    names = list(points[0].point)
    at_of = {name: cells([point.point[name] for point in points]) for name in names}
    rows = [
        {
            "point": at.number,
            **{f"at_{name}": at_of[name][place] for name in names},
            **({"stratum": group.level, "share": group.share} if len(at.groups) > 1 else {}),
            **_row(at, group, number),
        }
        for place, at in enumerate(points)
        for group in at.groups
        for number in range(len(at.strategies))
    ]
    return pd.DataFrame(rows)


def cells(values: Sequence[Any]) -> list[Any]:
    """Return values of an axis as a column holds them: numbers where all are, else texts.

    Examples
    --------
    >>> cells([1, 2.5]), cells([1, "5 years"]), cells([["car_t", "blinatumomab"], {"car_t": "all"}])
    ([1, 2.5], ['1', '5 years'], ['car_t, blinatumomab', 'car_t: all'])
    """
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return list(values)
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _row(at: SweptPoint, group: SweptGroup, place: int) -> dict[str, Any]:
    base = list(at.strategies).index(at.comparator)
    costs, qalys = group.costs[place] - group.costs[base], group.qalys[place] - group.qalys[base]
    return {
        "strategy": at.strategies[place],
        "life_years": group.life_years[place],
        "qalys": group.qalys[place],
        "costs": group.costs[place],
        "incremental_costs": costs,
        "incremental_qalys": qalys,
        "icer": costs / qalys if place != base and qalys else np.nan,
        "inmb": at.threshold * qalys - costs,
        "probability_best": group.probability_best[place],
        "expected_loss": group.expected_loss[place],
        "probability_best_health": group.probability_best_health[place],
        "expected_loss_health": group.expected_loss_health[place],
        "p_cr_after_nonresponse": group.p_cr_after_nonresponse[place],
    }
