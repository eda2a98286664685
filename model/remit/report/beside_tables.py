"""A study beside the same study under other posteriors, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import probability_best
from remit.analysis.psa import Psa
from remit.economics.outcomes import Outcomes
from remit.report.psa_tables import ceac_table, evpi_table

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Named = tuple[str, str, Psa]


def beside_table(named: Sequence[Named], comparator: str, threshold: float) -> pd.DataFrame:
    """Return `beside.csv`: means of PSA of each scenario and strategy, and increments with their spread.

    Parameters
    ----------
    named
        (scenario, title, PSA) of each, the study itself first.
    comparator, threshold
        Against which, and at which WTP the probability of being best is told.
    """
    import pandas as pd

    rows = []
    for name, title, psa in named:
        outcomes = psa.outcomes
        probability = probability_best(threshold * outcomes.qalys - outcomes.costs)
        base = outcomes.strategies.index(comparator)
        for place, strategy in enumerate(outcomes.strategies):
            rows.append(
                {
                    "scenario": name,
                    "title": title,
                    "strategy": strategy,
                    "qalys": outcomes.qalys[:, place].mean(),
                    "qalys_sd": _sd(outcomes.qalys[:, place]),
                    "costs": outcomes.costs[:, place].mean(),
                    **_increments(outcomes, place, base),
                    "probability_best": probability[place],
                }
            )
    return pd.DataFrame(rows)


def ceac_beside_table(named: Sequence[Named], wtp: Array) -> pd.DataFrame:
    """Return `ceac_beside.csv`: `ceac.csv` of each scenario."""
    return _each(named, lambda outcomes: ceac_table(outcomes, wtp))


def evpi_beside_table(named: Sequence[Named], wtp: Array) -> pd.DataFrame:
    """Return `evpi_beside.csv`: `evpi.csv` of each scenario."""
    return _each(named, lambda outcomes: evpi_table(outcomes, wtp))


def _each(named: Sequence[Named], make: Callable[[Outcomes], pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for name, title, psa in named:
        part = make(psa.outcomes)
        part.insert(0, "scenario", name)
        part.insert(1, "title", title)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _increments(outcomes: Outcomes, place: int, base: int) -> dict[str, float]:
    nan = float("nan")
    names = ("incremental_costs", "incremental_qalys", "incremental_qalys_sd", "icer")
    if place == base:
        return dict.fromkeys(names, nan)
    qalys = outcomes.qalys[:, place] - outcomes.qalys[:, base]
    costs = float(np.mean(outcomes.costs[:, place] - outcomes.costs[:, base]))
    better = float(qalys.mean())
    return dict(zip(names, (costs, better, _sd(qalys), costs / better if better else nan), strict=True))


def _sd(values: Array) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else float("nan")
