"""Tables of a run: numbers of the analyses as tidy DataFrames with the columns that others rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import ceac, ceaf
from remit.analysis.information import evpi
from remit.analysis.psa import Psa
from remit.economics.comparison import incremental_analysis
from remit.economics.outcomes import Outcomes

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


def outcomes_table(discounted: Outcomes, undiscounted: Outcomes) -> pd.DataFrame:
    """Return `outcomes.csv`: one row a strategy, at the parameters' means."""
    import pandas as pd

    table = pd.DataFrame({"strategy": discounted.strategies})
    for suffix, outcomes in (("", discounted), ("_undiscounted", undiscounted)):
        for name in ("life_years", "qalys", "costs"):
            table[name + suffix] = getattr(outcomes, name)[0]
    for place, category in enumerate(discounted.categories):
        table[f"cost_{category}"] = discounted.costs_by_category[0, :, place]
    return table


def qalys_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return discounted life-years and QALYs by health state; `events` are QALY losses at events."""
    import pandas as pd

    rows = []
    for s, strategy in enumerate(outcomes.strategies):
        for place, state in enumerate((*outcomes.health_states[:-1], "events")):
            losses = state == "events"
            life_years = 0.0 if losses else outcomes.life_years_by_state[0, s, place]
            qalys = outcomes.qalys_by_state[0, s, -1 if losses else place]
            rows.append((strategy, state, life_years, qalys))
    return pd.DataFrame(rows, columns=["strategy", "health_state", "life_years", "qalys"])


def incremental_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return the full incremental analysis of mean costs and QALYs."""
    return incremental_analysis(outcomes.strategies, outcomes.costs.mean(axis=0), outcomes.qalys.mean(axis=0))


def pairwise_table(outcomes: Outcomes, comparator: str, threshold: float) -> pd.DataFrame:
    """Return each strategy against the comparator: increments, ICER of means and INMB at the threshold."""
    import pandas as pd

    from remit.economics.comparison import describe_pairwise

    base = outcomes.strategies.index(comparator)
    costs, qalys = outcomes.costs.mean(axis=0), outcomes.qalys.mean(axis=0)
    rows = []
    for s, strategy in enumerate(outcomes.strategies):
        if s != base:
            more, better = costs[s] - costs[base], qalys[s] - qalys[base]
            icer = more / better if better else np.nan
            words = describe_pairwise(strategy, comparator, more, better)
            rows.append((strategy, comparator, more, better, icer, threshold * better - more, words))
    columns = ["strategy", "comparator", "incremental_costs", "incremental_qalys", "icer", "inmb", "in_words"]
    return pd.DataFrame(rows, columns=columns)


def events_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return how often each event happens per patient, undiscounted, at the parameters' means."""
    import pandas as pd

    rows = [
        (strategy, event.kind, event.therapy, count[0, s])
        for event, count in outcomes.events.items()
        for s, strategy in enumerate(outcomes.strategies)
    ]
    table = pd.DataFrame(rows, columns=["strategy", "event", "therapy", "per_patient"])
    return table.sort_values(["strategy", "event", "therapy"], ignore_index=True)


def diagnostics_table(base: Outcomes, psa: Psa | None) -> pd.DataFrame:
    """Return what the pathways note, at the means and over draws: shares reached, how often capped."""
    import pandas as pd

    rows = []
    for name, noted in base.diagnostics.items():
        for s, strategy in enumerate(base.strategies):
            drawn = psa.outcomes.diagnostics.get(name) if psa is not None else None
            if noted[0, s] or (drawn is not None and drawn[:, s].any()):
                over = np.nan if drawn is None else drawn[:, s].mean()
                rows.append((strategy, name, noted[0, s], over))
    return pd.DataFrame(rows, columns=["strategy", "diagnostic", "at_means", "mean_of_draws"])


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
