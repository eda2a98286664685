"""Tables of a run: numbers of the analyses as tidy DataFrames with the columns that others rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import ceac, ceaf
from remit.analysis.follow_up import ModelledCurve
from remit.analysis.information import evpi
from remit.analysis.psa import Psa
from remit.analysis.sweep import SweptPoint
from remit.economics.comparison import incremental_analysis
from remit.economics.outcomes import Outcomes
from remit.inputs.draws import means
from remit.inputs.evidence import Landmark
from remit.inputs.units import to_years
from remit.pathway.graph import HEALTH_STATES, Pathway
from remit.study import Study

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
    """Return mean, sd and 95% interval of each outcome, of INMB against the comparator, and its Monte Carlo error."""
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


def trace_table(traces: Mapping[str, Array], times: Array) -> pd.DataFrame:
    """Return `trace.csv`: the share in each health state over time, at the parameters' means."""
    import pandas as pd

    parts = [
        pd.DataFrame({"strategy": name, "year": times, **dict(zip(HEALTH_STATES, trace.T, strict=True))})
        for name, trace in traces.items()
    ]
    return pd.concat(parts, ignore_index=True)


def curves_table(
    at_means: Sequence[ModelledCurve], drawn: Sequence[ModelledCurve], population: Array, times: Array
) -> pd.DataFrame:
    """Return modelled survival with its 95% band over draws, and that of the general population."""
    import pandas as pd

    parts = []
    for mean, band in zip(at_means, drawn, strict=True):
        low, high = np.quantile(band.survival, [0.025, 0.975], axis=1)
        key = {"strategy": mean.strategy, "origin": mean.origin, "endpoint": mean.endpoint, "year": times}
        parts.append(pd.DataFrame({**key, "mean": mean.survival[:, 0], "low": low, "high": high}))
    whole = {"strategy": "general population", "origin": "infusion", "endpoint": "os", "year": times}
    parts.append(pd.DataFrame({**whole, "mean": population, "low": population, "high": population}))
    return pd.concat(parts, ignore_index=True)


def landmarks_table(landmarks: Mapping[str, Landmark], study: Study) -> pd.DataFrame:
    """Return the reported points that each therapy's modelled curve is held against."""
    import pandas as pd

    rows = []
    for name, strategy in study.strategies.items():
        therapy = strategy.lines[0].therapy
        if len(strategy.lines) > 1:
            continue
        for mark in landmarks.values():
            if mark.curve in study.therapies[therapy].compared_with:
                year = to_years(f"{mark.value} months") if mark.is_median else to_years(mark.at or "0 months")
                low, high = mark.interval or (np.nan, np.nan)
                shown = 0.5 if mark.is_median else float(mark.value)
                upper = np.nan if isinstance(high, str) or mark.is_median else high
                lower = np.nan if mark.is_median else low
                rows.append(
                    (therapy, name, mark.origin, mark.endpoint, year, shown, lower, upper, mark.n, mark.of, mark.title)
                )
    columns = ["therapy", "strategy", "origin", "endpoint", "year", "survival", "low", "high", "n", "of", "label"]
    table = pd.DataFrame(rows, columns=columns)
    table["kind"] = np.where(table["survival"] == 0.5, "median", "landmark")
    table["follow_up_end"] = table.groupby(["strategy", "endpoint"])["year"].transform("max") if rows else []
    return table


def moves_table(pathways: Sequence[Pathway]) -> pd.DataFrame:
    """Return the moves between conditions that at least one of the pathways has."""
    import pandas as pd

    moves: dict[tuple[str, str], set[str]] = {}
    for pathway in pathways:
        names = ["rescued" if state.name == "rescued" else state.condition for state in pathway.states]
        for move in pathway.transitions:
            pair = (names[move.origin], names[move.destination])
            if pair[0] != pair[1]:
                moves.setdefault(pair, set()).update(event.kind for event in move.events)
    rows = [(a, b, ", ".join(sorted(kinds))) for (a, b), kinds in sorted(moves.items())]
    return pd.DataFrame(rows, columns=["origin", "destination", "events"])


def parameters_table(study: Study, origins: Mapping[str, str]) -> pd.DataFrame:
    """Return every input with its value, mean, distribution, source and the file that set it."""
    import pandas as pd

    rows = []
    for name, parameter in study.parameters.items():
        spread = parameter.uncertainty
        fields = {k: v for k, v in vars(spread).items() if v is not None and k not in ("type", "because")}
        shown = ", ".join(f"{k}={v:.6g}" for k, v in fields.items())
        mean = list(means({name: parameter}).values())
        value = parameter.value
        rows.append(
            {
                "parameter": name,
                "title": parameter.title,
                "value": value if not isinstance(value, dict) else "; ".join(f"{k}: {v:g}" for k, v in value.items()),
                "mean": float(mean[0][0]) if len(mean) == 1 and not parameter.by else np.nan,
                "unit": parameter.unit,
                "of": parameter.of,
                "distribution": f"{spread.type}({shown})",
                "source": parameter.source,
                "where": parameter.where,
                "note": parameter.note,
                "set_in": origins.get(name, ""),
            }
        )
    return pd.DataFrame(rows)


def sweep_table(points: Sequence[SweptPoint]) -> pd.DataFrame:
    """Return one row a point and strategy: means, increments against the comparator, ICER and INMB."""
    import pandas as pd

    rows = []
    for at in points:
        base = list(at.strategies).index(at.comparator)
        for s, strategy in enumerate(at.strategies):
            costs, qalys = at.costs[s] - at.costs[base], at.qalys[s] - at.qalys[base]
            rows.append(
                {
                    "point": at.number,
                    **{f"at_{name}": value for name, value in at.point.items()},
                    "strategy": strategy,
                    "life_years": at.life_years[s],
                    "qalys": at.qalys[s],
                    "costs": at.costs[s],
                    "incremental_costs": costs,
                    "incremental_qalys": qalys,
                    "icer": costs / qalys if s != base and qalys else np.nan,
                    "inmb": at.threshold * qalys - costs,
                    "probability_best": at.probability_best[s],
                }
            )
    return pd.DataFrame(rows)
