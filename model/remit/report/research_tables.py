"""What research designs are worth by their size, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.information import Population
from remit.analysis.information.choice import Choice
from remit.analysis.information.designs import Design
from remit.analysis.information.research import DesignValue, design_value

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

EVSI_COLUMNS = [
    "design", "title", "n", "wtp", "evsi", "standard_error", "limit", "helped", "population_evsi", "cost",
    "delay", "enbs", "best",
]  # fmt: skip


def evsi_table(
    choice: Choice,
    designs: Mapping[str, Design],
    truths: Mapping[str, Mapping[str, Array]],
    *,
    wtp: Array,
    population: Population,
    seed: int,
) -> pd.DataFrame:
    """Return `evsi.csv`: a row for each design, size and WTP.

    `design, title, n, wtp, evsi, standard_error, limit` (per patient; `limit` is what endless patients would
    be worth), `helped` (patients, discounted), `population_evsi, cost, delay, enbs` and `best`: the size of
    the highest `enbs`, where that is above 0.

    Parameters
    ----------
    choice
        Of PSA: the strategies among which one is chosen.
    designs, truths
        By name; what endless patients would show in each draw, see
        :func:`remit.analysis.information.research.truths`.
    wtp, population, seed
        At which WTP, who is helped, and the seed of the simulated data.
    """
    import pandas as pd

    parts = [
        _evsi_rows(
            name,
            design_value(choice.costs, choice.qalys, truths[name], wtp, name=name, design=design, seed=seed),
            population,
        )
        for name, design in designs.items()
    ]
    return pd.DataFrame([row for rows in parts for row in rows], columns=EVSI_COLUMNS)


def _evsi_rows(name: str, value: DesignValue, population: Population) -> list[dict[str, Any]]:
    everybody, enbs = value.population_evsi(population), value.enbs(population)
    best = value.best_sizes(population)
    return [
        {
            "design": name,
            "title": value.design.title,
            "n": size,
            "wtp": threshold,
            "evsi": value.evsi[row, column],
            "standard_error": value.standard_error[row, column],
            "limit": value.limit[column],
            "helped": population.effective(delay=value.design.delay(size)),
            "population_evsi": everybody[row, column],
            "cost": value.design.cost(size),
            "delay": value.design.delay(size),
            "enbs": enbs[row, column],
            "best": best[column] == size,
        }
        for column, threshold in enumerate(value.wtp)
        for row, size in enumerate(value.design.sizes)
    ]


def telling_wtp(evsi_of: pd.DataFrame, threshold: float, *, least: float = 1.0) -> float:
    """Return the WTP at which a table of EVSI has something to show.

    The threshold where a study is worth `least` per patient or more there, else where one is worth the most.
    """
    at = evsi_of[evsi_of["wtp"] == threshold]
    if len(at) and float(at["evsi"].max()) >= least:
        return threshold
    return float(evsi_of.loc[evsi_of["evsi"].idxmax(), "wtp"])
