"""Tables of a run: numbers of the analyses as tidy DataFrames with the columns that others rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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


def incremental_table(outcomes: Outcomes) -> pd.DataFrame:
    """Return the full incremental analysis of mean costs and QALYs."""
    return incremental_analysis(outcomes.strategies, outcomes.costs.mean(axis=0), outcomes.qalys.mean(axis=0))


def breakdown_table(discounted: Outcomes, undiscounted: Outcomes) -> pd.DataFrame:
    """Return `breakdown.csv`: life-years and QALYs by health state, costs by category, at the means.

    ``discounted`` and ``undiscounted`` stand side by side; ``events`` are QALY losses at events.
    """
    import pandas as pd

    kinds = {
        "life_years": ("life_years_by_state", discounted.health_states[:-1]),
        "qalys": ("qalys_by_state", (*discounted.health_states[:-1], "events")),
        "costs": ("costs_by_category", discounted.categories),
    }
    rows = []
    for s, strategy in enumerate(discounted.strategies):
        for outcome, (name, parts) in kinds.items():
            for place, part in enumerate(parts):
                at = -1 if part == "events" else place
                each = (float(getattr(found, name)[0, s, at]) for found in (discounted, undiscounted))
                rows.append((strategy, outcome, part, *each))
    return pd.DataFrame(rows, columns=["strategy", "outcome", "part", "discounted", "undiscounted"])


def nmb_table(base: Outcomes, psa: Outcomes | None, wtp: Array) -> pd.DataFrame:
    """Return `nmb.csv`: net monetary benefit at each WTP, at the means and over draws."""
    import pandas as pd

    n = len(base.strategies)
    columns: dict[str, Any] = {
        "wtp": np.repeat(wtp, n),
        "strategy": np.tile(np.array(base.strategies, dtype=object), wtp.size),
    }
    for name, found in (("nmb", base), ("nmb_psa", psa)):
        if found is not None:
            costs, qalys = found.costs.mean(axis=0), found.qalys.mean(axis=0)
            columns[name] = (wtp[:, None] * qalys - costs).reshape(-1)
    return pd.DataFrame(columns)


def pairwise_table(outcomes: Outcomes, comparator: str, threshold: float) -> pd.DataFrame:
    """Return each strategy against each other one: increments, ICER of means and INMB at the threshold.

    Those against the study's comparator come first.
    """
    import pandas as pd

    from remit.economics.comparison import describe_pairwise

    names = list(outcomes.strategies)
    costs, qalys = outcomes.costs.mean(axis=0), outcomes.qalys.mean(axis=0)
    rows = []
    for against in [comparator, *(name for name in names if name != comparator)]:
        base = names.index(against)
        for s, strategy in enumerate(names):
            if s == base or (against != comparator and s < base) or strategy == comparator:
                continue
            more, better = costs[s] - costs[base], qalys[s] - qalys[base]
            icer = more / better if better else np.nan
            words = describe_pairwise(strategy, against, more, better)
            rows.append((strategy, against, more, better, icer, threshold * better - more, words))
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
