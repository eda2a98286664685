"""Tables of the model itself: its inputs, its moves, its curves beside what trials reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.follow_up import ModelledCurve
from remit.inputs.evidence import Landmark
from remit.inputs.units import to_years
from remit.pathway.graph import HEALTH_STATES, Pathway
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
# What is known of a reported point; a study whose therapies are held against none has an empty table of them.
POINT = ("origin", "endpoint", "year", "survival", "low", "high", "n", "of", "label", "kind")


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

    own = study.population.compared_with
    rows = [
        {"therapy": therapy, "strategy": name, **_point(mark)}
        for name, strategy in study.strategies.items()
        if len(strategy.lines) == 1
        for therapy in [strategy.lines[0].therapy]
        for mark in landmarks.values()
        if mark.curve in own.get(therapy, study.therapies[therapy].compared_with)
    ]
    table = pd.DataFrame(rows, columns=["therapy", "strategy", *POINT])
    table["follow_up_end"] = table.groupby(["strategy", "endpoint"])["year"].transform("max")
    return table


def _point(mark: Landmark) -> dict[str, object]:
    """Return a landmark, or a median as S = 0.5, with its interval where one is printed."""
    low, high = mark.interval or (np.nan, np.nan)
    median = mark.is_median
    return {
        "origin": mark.origin,
        "endpoint": mark.endpoint,
        "year": to_years(f"{mark.value} months" if median else mark.at or "0 months"),
        "survival": 0.5 if median else float(mark.value),
        "low": np.nan if median else low,
        "high": np.nan if median or isinstance(high, str) else high,
        "n": np.nan if mark.n is None else mark.n,
        "of": mark.of,
        "label": mark.title,
        "kind": "median" if median else "landmark",
    }


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
        mean = [study.means[column] for column in parameter.columns(name)]
        value = parameter.value
        rows.append(
            {
                "parameter": name,
                "title": parameter.title,
                "value": value
                if not isinstance(value, dict)
                else "; ".join(f"{k}: {v:g}" for k, v in value.items()),
                "mean": mean[0] if len(mean) == 1 and not parameter.by else np.nan,
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
