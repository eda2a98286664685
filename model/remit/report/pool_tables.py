"""Tables of pooled trials: what the pools say, and what each rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from remit.survival.pooling import Pool, Trial

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PooledTrial:
    """A row of the table of trials: its counts, or why it is left out."""

    title: str
    trial: Trial | None
    rounded: bool | None = None
    reading: str | None = None
    source: str | None = None
    left_out: str | None = None


@dataclass(frozen=True)
class PooledOutcome:
    """An outcome of a therapy class: its pool (None without trials) and the rows behind it."""

    therapy: str
    outcome: str
    pool: Pool | None
    rows: tuple[PooledTrial, ...]


def pooled_table(outcomes: Iterable[PooledOutcome]) -> pd.DataFrame:
    """Return a row for each therapy class and outcome; what cannot be known is empty."""
    import pandas as pd

    return pd.DataFrame([_pooled_row(each) for each in outcomes])


def pooled_trials_table(outcomes: Iterable[PooledOutcome]) -> pd.DataFrame:
    """Return a row for each trial of a therapy class and outcome, those left out included."""
    import pandas as pd

    rows = []
    for each in outcomes:
        for row in each.rows:
            trial = row.trial
            low, high = trial.interval if trial else (np.nan, np.nan)
            rows.append(
                {
                    "therapy": each.therapy,
                    "outcome": each.outcome,
                    "trial": row.title,
                    "events": trial.events if trial else None,
                    "n": trial.n if trial else None,
                    "share": trial.events / trial.n if trial else np.nan,
                    "low": low,
                    "high": high,
                    "rounded": row.rounded,
                    "reading": row.reading,
                    "source": row.source,
                    "left_out": row.left_out,
                }
            )
    return pd.DataFrame(rows).astype({"events": "Int64", "n": "Int64"})


def _pooled_row(each: PooledOutcome) -> dict[str, object]:
    found = each.pool
    if found is None:
        return {"therapy": each.therapy, "outcome": each.outcome, "trials": 0}
    low, high = found.interval
    tau_low, tau_high = found.tau_interval or (np.nan, np.nan)
    below, above = found.prediction or (np.nan, np.nan)
    median, sd_logit = found.predictive or (np.nan, np.nan)
    return {
        "therapy": each.therapy,
        "outcome": each.outcome,
        "trials": len(found.trials),
        "events": sum(trial.events for trial in found.trials),
        "n": sum(trial.n for trial in found.trials),
        "share": found.share,
        "low": low,
        "high": high,
        "tau": found.tau if found.estimable else np.nan,
        "tau_low": tau_low,
        "tau_high": tau_high,
        "prediction_low": below,
        "prediction_high": above,
        "i_squared": np.nan if found.i_squared is None else found.i_squared,
        "mu": found.mu,
        "se": found.se,
        "median": median,
        "sd_logit": sd_logit,
    }
