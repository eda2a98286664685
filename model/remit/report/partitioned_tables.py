"""Tables of partitioned survival beside the Markov model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import probability_best
from remit.analysis.partitioned import Cause, CitedResult, Crossing, Needed, PartitionedOutcomes
from remit.economics.comparison import incremental_analysis
from remit.economics.outcomes import Outcomes
from remit.engine.partitioned import Partition
from remit.pathway.graph import HEALTH_STATES
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
MARKOV, PARTITIONED = "markov", "partitioned"
MEASURES = ("life_years", "qalys", "costs")


def structures_table(study: Study, markov: Outcomes, partitioned: PartitionedOutcomes) -> pd.DataFrame:
    """Return both structures side by side, at the parameters' means.

    Columns: `strategy, structure, life_years, qalys, costs, icer, status, tail_from, represented`; ``icer``
    is against the study's comparator, ``status`` that of the full incremental analysis within the structure,
    ``tail_from`` the year from which both curves follow background mortality alone (empty: never), and
    ``represented`` says whether a partitioned model can hold the strategy.
    """
    import pandas as pd

    rows = []
    tail = {PARTITIONED: study.settings.survivor_mortality_from}
    for structure, outcomes in ((MARKOV, markov), (PARTITIONED, partitioned.outcomes)):
        ranked = incremental_analysis(outcomes.strategies, outcomes.costs[0], outcomes.qalys[0])
        status = dict(zip(ranked["strategy"], ranked["status"], strict=True))
        base = outcomes.strategies.index(study.comparator)
        for place, name in enumerate(outcomes.strategies):
            row: dict[str, object] = {"strategy": name, "structure": structure}
            row |= {measure: float(getattr(outcomes, measure)[0, place]) for measure in MEASURES}
            row["icer"] = _icer(outcomes, place, base)
            row |= {"status": status[name], "tail_from": tail.get(structure, float("nan"))}
            row["represented"] = _represented(study, name)
            rows.append(row)
    return pd.DataFrame(rows)


def _icer(outcomes: Outcomes, place: int, base: int) -> float:
    gained = float(outcomes.qalys[0, place] - outcomes.qalys[0, base])
    dearer = float(outcomes.costs[0, place] - outcomes.costs[0, base])
    return dearer / gained if place != base and gained > 0 else float("nan")


def _represented(study: Study, strategy: str) -> str:
    if len(study.strategies[strategy].lines) == 1:
        return "yes"
    return "in part: between lines patients in relapse count as event-free"


def causes_table(causes: Iterable[Cause]) -> pd.DataFrame:
    """Return what each cause adds: `strategy, outcome, cause, change`, in units of the outcome."""
    import pandas as pd

    return pd.DataFrame([vars(cause) for cause in causes])


def occupancy_table(
    traces: Mapping[str, Array], partitions: Mapping[str, Partition], times: Array
) -> pd.DataFrame:
    """Return F5's table: `strategy, structure, year, event_free, progressed, dead`, at the means.

    In the Markov model event-free is remission and after HSCT, of whatever line; progressed is relapsed or
    refractory disease, in which everyone begins.

    Parameters
    ----------
    traces
        Strategy -> (time, health state), see :func:`remit.analysis.follow_up.follow_health_states`.
    partitions
        Strategy -> partition at the same times.
    times
        (time,) in years.
    """
    import pandas as pd

    parts = []
    for name, trace in traces.items():
        share = dict(zip(HEALTH_STATES, trace.T, strict=True))
        markov = (share["remission"] + share["hsct"], share["relapse"], share["death"])
        for structure, columns in ((MARKOV, markov), (PARTITIONED, partitions[name].occupancy[:, :, 0].T)):
            states = dict(zip(("event_free", "progressed", "dead"), columns, strict=True))
            parts.append(pd.DataFrame({"strategy": name, "structure": structure, "year": times, **states}))
    return pd.concat(parts, ignore_index=True)


def crossing_table(partitioned: PartitionedOutcomes) -> pd.DataFrame:
    """Return how often the curves cross: `strategy, draws, share_of_draws, share_of_time, largest_excess`.

    ``share_of_time`` is the mean over draws of the share of the horizon in which event-free survival was
    capped at overall survival; ``largest_excess`` the most by which it lay above in any draw.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "strategy": partitioned.outcomes.strategies,
            "draws": len(partitioned.years_capped),
            "share_of_draws": partitioned.share_crossing,
            "share_of_time": partitioned.share_of_time,
            "largest_excess": partitioned.largest_excess.max(axis=0),
        }
    )


def structures_psa_table(
    markov: Outcomes, partitioned: PartitionedOutcomes, *, threshold: float
) -> pd.DataFrame:
    """Return means and 95% intervals of both structures over the same draws.

    Columns: `strategy, structure, qalys, qalys_low, qalys_high, costs, costs_low, costs_high,
    probability_best`, the last at ``threshold``, in money per QALY.
    """
    import pandas as pd

    rows = []
    for structure, outcomes in ((MARKOV, markov), (PARTITIONED, partitioned.outcomes)):
        best = probability_best(threshold * outcomes.qalys - outcomes.costs)
        for place, name in enumerate(outcomes.strategies):
            row: dict[str, object] = {"strategy": name, "structure": structure}
            for measure in ("qalys", "costs"):
                drawn = getattr(outcomes, measure)[:, place]
                low, high = np.quantile(drawn, [0.025, 0.975])
                row |= {measure: drawn.mean(), f"{measure}_low": low, f"{measure}_high": high}
            rows.append({**row, "probability_best": float(best[place])})
    return pd.DataFrame(rows)


def cited_table(results: Iterable[CitedResult]) -> pd.DataFrame:
    """Return how close a published structure comes: one row per strategy, the cited figures beside ours.

    Columns: `strategy, life_years, qalys, costs, icer, os_at_benefit, efs_at_benefit, years_capped,
    cited_qalys, cited_costs, cited_icer`.
    """
    import pandas as pd

    return pd.DataFrame([vars(one) for one in results])


def needed_table(needed: Iterable[Needed]) -> pd.DataFrame:
    """Return which single assumption would give the cited QALYs: `strategy, assumption, now, needed`."""
    import pandas as pd

    return pd.DataFrame([vars(one) for one in needed])


def cited_crossing_table(crossings: Iterable[Crossing]) -> pd.DataFrame:
    """Return how often drawn curves of a published structure cross, columns as those of `crossing_table`."""
    import pandas as pd

    return pd.DataFrame([vars(one) for one in crossings])
