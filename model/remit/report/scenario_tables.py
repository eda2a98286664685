"""Scenarios side by side as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.analysis.scenarios import Compared
from remit.economics.comparison import describe_pairwise

if TYPE_CHECKING:
    import pandas as pd


def scenarios_table(found: Iterable[Compared]) -> pd.DataFrame:
    """Return `scenarios.csv` (T10): a row for each scenario and strategy, at the parameters' means.

    INMB and ICER are against the scenario's own comparator, at its own threshold. A scenario that could not
    stand beside the base case has one row, with the reason in ``skipped``.
    """
    import pandas as pd

    columns = (
        "scenario",
        "title",
        "kind",
        "strategy",
        "comparator",
        "currency",
        "threshold",
        "costs",
        "qalys",
        "incremental_costs",
        "incremental_qalys",
        "inmb",
        "icer",
        "in_words",
        "best",
        "skipped",
    )
    rows = [row for one in found for row in _scenario_rows(one)]
    return pd.DataFrame(rows, columns=columns)


def _scenario_rows(one: Compared) -> list[dict[str, Any]]:
    same = {
        "scenario": one.name,
        "title": one.title,
        "kind": one.kind,
        "comparator": one.comparator,
        "currency": one.currency,
        "threshold": one.threshold,
        "skipped": one.skipped,
    }
    if one.skipped:
        return [{**same, "strategy": "", "in_words": "", "best": False}]
    base = one.strategies.index(one.comparator)
    more, better = one.costs - one.costs[base], one.qalys - one.qalys[base]
    best = int((one.threshold * one.qalys - one.costs).argmax())
    rows = []
    for s, strategy in enumerate(one.strategies):
        words = describe_pairwise(strategy, one.comparator, more[s], better[s]).partition(": ")[2]
        rows.append(
            {
                **same,
                "strategy": strategy,
                "costs": one.costs[s],
                "qalys": one.qalys[s],
                "incremental_costs": more[s],
                "incremental_qalys": better[s],
                "inmb": one.threshold * better[s] - more[s],
                "icer": more[s] / better[s] if better[s] else np.nan,
                "in_words": "" if s == base else words,
                "best": s == best,
            }
        )
    return rows
