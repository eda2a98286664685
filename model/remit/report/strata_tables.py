"""Results of each stratum of the population, and of each level of its features, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from remit.analysis.acceptability import probability_best
from remit.analysis.psa import Psa
from remit.economics.outcomes import Outcomes
from remit.economics.strata import StratumOutcomes, groups_of

if TYPE_CHECKING:
    import pandas as pd

DRAWN = (
    *("probability_best", "inmb_mean", "inmb_low", "inmb_high"),
    *("probability_best_health", "qalys_mean", "qalys_low", "qalys_high"),
)


def strata_table(
    base: Sequence[StratumOutcomes], psa: Psa | None, comparator: str, threshold: float
) -> pd.DataFrame:
    """Return `strata.csv`: a row for each group of patients and strategy.

    Parameters
    ----------
    base
        Strata at the parameters' means: share, outcomes, increments against the comparator, ICER, net
        monetary benefit, and which strategy is best.
    psa
        For the probabilities of being best, by net benefit and by QALYs, and mean and 95% interval of INMB
        and QALYs over draws; without it they are empty.
    comparator, threshold
        Against which, and at which WTP.

    Returns
    -------
    DataFrame
        ``feature`` is ``all``, a feature with its ``level``, or ``stratum``, see
        :func:`remit.economics.strata.groups_of`.
    """
    import pandas as pd

    drawn = [group.outcomes for _, group in groups_of(psa.strata)] if psa is not None else []
    rows = []
    for number, (feature, group) in enumerate(groups_of(base)):
        part = _at_means(group.outcomes, comparator, threshold)
        part.insert(0, "feature", feature)
        part.insert(1, "level", group.name)
        part.insert(2, "share", group.share[0])
        over = _over_draws(drawn[number], comparator, threshold) if drawn else {}
        for name in DRAWN:
            part[name] = over.get(name, np.nan)
        rows.append(part)
    return pd.concat(rows, ignore_index=True)


def _at_means(outcomes: Outcomes, comparator: str, threshold: float) -> pd.DataFrame:
    import pandas as pd

    base = outcomes.strategies.index(comparator)
    costs, qalys = outcomes.costs[0], outcomes.qalys[0]
    more, better, nmb = costs - costs[base], qalys - qalys[base], threshold * qalys - costs
    part = {
        "strategy": outcomes.strategies,
        "life_years": outcomes.life_years[0],
        "qalys": qalys,
        "costs": costs,
        "incremental_costs": more,
        "incremental_qalys": better,
        "icer": np.divide(more, better, out=np.full(better.size, np.nan), where=better != 0),
        "nmb": nmb,
        "best": nmb == nmb.max(),
    }
    return pd.DataFrame(part)


def _over_draws(outcomes: Outcomes, comparator: str, threshold: float) -> dict[str, np.ndarray]:
    nmb = threshold * outcomes.qalys - outcomes.costs
    inmb = nmb - nmb[:, [outcomes.strategies.index(comparator)]]
    found = {
        "probability_best": probability_best(nmb),
        "probability_best_health": probability_best(outcomes.qalys),
    }
    for name, values in (("inmb", inmb), ("qalys", outcomes.qalys)):
        low, high = np.quantile(values, [0.025, 0.975], axis=0)
        found |= {f"{name}_mean": values.mean(axis=0), f"{name}_low": low, f"{name}_high": high}
    return found
