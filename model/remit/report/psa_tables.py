"""Tables of a PSA: draws, intervals, acceptability, and whether the draws are enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import best_in_each_draw, ceac, ceaf
from remit.analysis.convergence import running_means
from remit.analysis.information import evpi
from remit.analysis.psa import Psa
from remit.economics.outcomes import Outcomes

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


def psa_table(psa: Psa) -> pd.DataFrame:
    """Return `psa.parquet`: one row a draw and strategy."""
    import pandas as pd

    n, outcomes = psa.n_draws, psa.outcomes
    columns: dict[str, Any] = {
        "draw": np.repeat(np.arange(n), len(outcomes.strategies)),
        "strategy": np.tile(np.array(outcomes.strategies, dtype=object), n),
    }
    for name in ("life_years", "qalys", "costs"):
        columns[name] = getattr(outcomes, name).reshape(-1)
    return pd.DataFrame(columns)


def psa_parameters_table(psa: Psa) -> pd.DataFrame:
    """Return `psa_parameters.parquet`: one row a draw, a column for each uncertain parameter."""
    import pandas as pd

    return pd.DataFrame({"draw": np.arange(psa.n_draws), **psa.parameters})


def psa_summary_table(psa: Psa, comparator: str, threshold: float) -> pd.DataFrame:
    """Return mean, sd, 95% interval and Monte Carlo error of outcomes, and of INMB against the comparator."""
    import pandas as pd

    outcomes = psa.outcomes
    nmb = threshold * outcomes.qalys - outcomes.costs
    inmb = nmb - nmb[:, [outcomes.strategies.index(comparator)]]
    rows = []
    for name, values in (
        ("life_years", outcomes.life_years),
        ("qalys", outcomes.qalys),
        ("costs", outcomes.costs),
        ("inmb", inmb),
    ):
        for s, strategy in enumerate(outcomes.strategies):
            drawn = values[:, s]
            low, high = np.quantile(drawn, [0.025, 0.975])
            sd = drawn.std(ddof=1) if drawn.size > 1 else np.nan
            rows.append((strategy, name, drawn.mean(), sd, low, high, sd / np.sqrt(drawn.size)))
    columns = ["strategy", "outcome", "mean", "sd", "low", "high", "standard_error"]
    return pd.DataFrame(rows, columns=columns)


def quadrants_table(psa: Psa, comparator: str, threshold: float) -> pd.DataFrame:
    """Return `quadrants.csv`: where on the CE plane each strategy's draws lie, as shares of them.

    ``north_east`` is dearer and better than the comparator, and so on clockwise; draws on an axis count with
    the worse side. ``below_threshold`` are those with an INMB above 0.
    """
    import pandas as pd

    outcomes, rows = psa.outcomes, []
    base = outcomes.strategies.index(comparator)
    for s, strategy in enumerate(outcomes.strategies):
        if s == base:
            continue
        dearer = outcomes.costs[:, s] >= outcomes.costs[:, base]
        better = outcomes.qalys[:, s] > outcomes.qalys[:, base]
        nmb = threshold * outcomes.qalys - outcomes.costs
        rows.append(
            {
                "strategy": strategy,
                "comparator": comparator,
                "north_east": np.mean(dearer & better),
                "south_east": np.mean(~dearer & better),
                "south_west": np.mean(~dearer & ~better),
                "north_west": np.mean(dearer & ~better),
                "below_threshold": np.mean(nmb[:, s] > nmb[:, base]),
            }
        )
    return pd.DataFrame(rows)


def convergence_table(psa: Psa, comparator: str, threshold: float) -> pd.DataFrame:
    """Return `convergence.csv`: mean INMB of the first draws with its standard error, and who is best.

    ``probability_best`` has the error ``probability_error``, that of a share of as many draws.
    """
    import pandas as pd

    outcomes = psa.outcomes
    nmb = threshold * outcomes.qalys - outcomes.costs
    inmb = running_means(nmb - nmb[:, [outcomes.strategies.index(comparator)]])
    best = running_means(best_in_each_draw(nmb))
    n, points = len(outcomes.strategies), len(inmb.draws)
    return pd.DataFrame(
        {
            "draws": np.repeat(inmb.draws, n),
            "strategy": np.tile(np.array(outcomes.strategies, dtype=object), points),
            "inmb": inmb.means.reshape(-1),
            "standard_error": inmb.errors.reshape(-1),
            "probability_best": best.means.reshape(-1),
            "probability_error": best.errors.reshape(-1),
        }
    )


def ceac_table(outcomes: Outcomes, wtp: Array) -> pd.DataFrame:
    """Return `ceac.csv`; `on_ceaf` marks the strategy with the highest mean NMB at each WTP."""
    import pandas as pd

    probability = ceac(outcomes.costs, outcomes.qalys, wtp)
    best = ceaf(outcomes.costs, outcomes.qalys, wtp)
    n = len(outcomes.strategies)
    return pd.DataFrame(
        {
            "wtp": np.repeat(wtp, n),
            "strategy": np.tile(np.array(outcomes.strategies, dtype=object), wtp.size),
            "probability": probability.reshape(-1),
            "on_ceaf": (best[:, None] == np.arange(n)).reshape(-1),
        }
    )


def evpi_table(outcomes: Outcomes, wtp: Array) -> pd.DataFrame:
    """Return `evpi.csv`: expected value of perfect information per patient."""
    import pandas as pd

    return pd.DataFrame({"wtp": wtp, "evpi": evpi(outcomes.costs, outcomes.qalys, wtp)})
