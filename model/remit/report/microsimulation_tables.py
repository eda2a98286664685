"""Tables of patients followed one by one: how outcomes differ between them, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.microsimulation import FIRSTS, DrawOfPatients, Microsimulation
from remit.analysis.patient_histories import Stay
from remit.economics.patient_values import MEASURES

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
YEARS_LIVED = "years_lived"
QUANTILES = {"p2_5": 0.025, "p25": 0.25, "median": 0.5, "p75": 0.75, "p97_5": 0.975}
# Points of the distribution table, up to what all but a few patients stay below.
POINTS, WITHIN = 201, 0.998


def microsimulation_table(found: Microsimulation) -> pd.DataFrame:
    """Return `microsimulation.csv`: a row for each strategy and outcome.

    Columns: ``strategy, outcome`` (``life_years, qalys, costs`` discounted; ``years_lived`` not),
    ``patients, seed, mean, standard_error`` (Monte Carlo), ``sd`` (of patients) and their quantiles.
    """
    import pandas as pd

    rows = []
    for place, strategy in enumerate(found.strategies):
        outcomes = {name: found.measure(name)[place] for name in MEASURES}
        outcomes[YEARS_LIVED] = found.years_lived[place]
        for name, values in outcomes.items():
            sd = float(np.std(values, ddof=1)) if values.size > 1 else np.nan
            row = {"strategy": strategy, "outcome": name, "patients": found.n_patients, "seed": found.seed}
            row |= {"mean": float(values.mean()), "standard_error": sd / np.sqrt(values.size), "sd": sd}
            rows.append(row | _quantiles(values))
    return pd.DataFrame(rows)


def patient_events_table(found: Microsimulation) -> pd.DataFrame:
    """Return `patient_events.csv`: to how many patients something happened, and when first.

    Columns: ``strategy, event`` (those of ``FIRSTS``, then ``durable`` and ``cured``, which have no time),
    ``share, standard_error``, and quantiles of the years from time 0 among those to whom it happened.
    """
    import pandas as pd

    rows = []
    for place, strategy in enumerate(found.strategies):
        for name in FIRSTS:
            times = found.firsts[name][place]
            happened = np.isfinite(times)
            some = times[happened] if happened.any() else np.array([np.nan])
            rows.append({"strategy": strategy, "event": name, **_share(happened), **_quantiles(some)})
        for name, flags in (("durable", found.durable[place]), ("cured", found.cured[place])):
            rows.append({"strategy": strategy, "event": name, **_share(flags)})
    return pd.DataFrame(rows)


def patient_distribution_table(found: Microsimulation) -> pd.DataFrame:
    """Return `patient_distribution.csv`: how many patients have at least so many QALYs, and such costs.

    Columns: ``strategy, outcome`` (``qalys`` or ``costs``), ``at, share_at_least``; the points are the same
    for all strategies and end where all but 0.2% of patients lie below.
    """
    import pandas as pd

    parts = []
    for outcome in ("qalys", "costs"):
        values = found.measure(outcome)
        points = np.linspace(0.0, max(float(np.quantile(values, WITHIN)), 1e-9), POINTS)
        for strategy, own in zip(found.strategies, values, strict=True):
            below = np.searchsorted(np.sort(own), points, side="left")
            part = {"strategy": strategy, "outcome": outcome, "at": points}
            parts.append(pd.DataFrame(part | {"share_at_least": 1 - below / own.size}))
    return pd.concat(parts, ignore_index=True)


def patient_uncertainty_table(
    draws: Iterable[DrawOfPatients], strategies: Sequence[str], *, n_patients: int
) -> pd.DataFrame:
    """Return how far single patients are uncertain by chance, and how far by the parameters.

    Columns: ``strategy, outcome, draws, patients`` (of each draw), ``mean``, ``sd_first_order`` (of patients
    at known parameters), ``sd_second_order`` (of the mean over draws, less the Monte Carlo error of patients)
    and ``share_first_order`` of the variance of a patient's outcome.
    """
    import pandas as pd

    parts = list(draws)
    means = np.stack([part.mean for part in parts])
    within = np.mean([part.variance for part in parts], axis=0)
    over = np.var(means, axis=0, ddof=min(1, len(parts) - 1)) - within / n_patients
    between = np.maximum(over, 0.0)
    total = within + between
    rows = [
        {
            "strategy": strategy,
            "outcome": outcome,
            "draws": len(parts),
            "patients": n_patients,
            "mean": means[:, s, m].mean(),
            "sd_first_order": np.sqrt(within[s, m]),
            "sd_second_order": np.sqrt(between[s, m]),
            "share_first_order": within[s, m] / total[s, m] if total[s, m] > 0 else np.nan,
        }
        for s, strategy in enumerate(strategies)
        for m, outcome in enumerate(MEASURES)
    ]
    return pd.DataFrame(rows)


def histories_table(stays: Iterable[Stay]) -> pd.DataFrame:
    """Return `histories.csv`: a row for each stay of a patient in a state, in order.

    Columns: ``strategy, patient, stratum, state, health_state, entered, left`` (years), ``events`` of the
    move out of it.
    """
    import pandas as pd

    rows = [asdict(stay) | {"events": "; ".join(stay.events)} for stay in stays]
    return pd.DataFrame(rows, columns=list(Stay.__dataclass_fields__))


def _quantiles(values: Array) -> dict[str, float]:
    return dict(zip(QUANTILES, np.quantile(values, list(QUANTILES.values())).tolist(), strict=True))


def _share(flags: NDArray[np.bool_]) -> dict[str, float]:
    share = float(flags.mean())
    return {"share": share, "standard_error": float(np.sqrt(share * (1 - share) / flags.size))}
