"""Tables of access to the lines of a strategy, and of what it costs to give one therapy before another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.access import LOST, MONTHS, Access, NextTreatment
from remit.analysis.sequencing import Loss

if TYPE_CHECKING:
    import pandas as pd


def access_table(lines: Iterable[Access], left: Iterable[NextTreatment]) -> pd.DataFrame:
    """Return a row for each line of each strategy: who is given it, when, and who is lost in its queue.

    Time to next treatment or death, from time 0, stands with the first line.
    """
    import pandas as pd

    times = {one.strategy: one for one in left}
    rows = []
    for one in lines:
        first = times[one.strategy] if one.line == 1 else None
        rows.append(
            {
                "strategy": one.strategy,
                "line": one.line,
                "therapy": one.therapy,
                "share_infused": one.infused,
                "months_to_infusion": 12 * one.years_to_infusion,
                **{f"share_{kind}": one.lost[kind] for kind in LOST},
                "months_to_next_treatment_median": 12 * first.median
                if first and first.median is not None
                else np.nan,
                f"months_to_next_treatment_mean_{MONTHS}_months": 12 * first.mean_within if first else np.nan,
            }
        )
    return pd.DataFrame(rows)


def sequence_table(parts: Iterable[Loss], wtp: float) -> pd.DataFrame:
    """Return a row for each loss and its parts: QALYs and NMB lost and costs saved, with 95% intervals."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "strategy": one.strategy,
                "against": one.against,
                "part": one.part,
                **_summary("qalys_lost", one.qalys),
                **_summary("costs_saved", one.costs),
                **_summary("nmb_lost", one.nmb(wtp)),
            }
            for one in parts
        ]
    )


def _summary(name: str, values: NDArray[np.float64]) -> dict[str, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return {name: float(values.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
