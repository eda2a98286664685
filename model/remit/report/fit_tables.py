"""Tables of curves fitted to a digitised one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from remit.survival.fitting import Fit
from remit.survival.patients import Patients

YEARS = (1, 2, 5, 10)
RESTRICTED = 10


def fits_table(fits: Iterable[Fit]) -> pd.DataFrame:
    """Return a row for each fit.

    ``parameters`` are on their own scale (years, per year); ``restricted_mean_10y`` in years; standard
    errors are those of logs, and of the log odds of ``durable``.
    """
    return pd.DataFrame([_row(fit) for fit in fits])


def patients_table(patients: Patients) -> pd.DataFrame:
    """Return a row for each reconstructed patient: ``year`` last seen, ``event`` 1 or censored 0."""
    return pd.DataFrame({"year": patients.times, "event": patients.events.astype(int)})


def fit_label(fit: Fit) -> str:
    """Return how a fit is called."""
    name = fit.family.capitalize()
    return f"{name} with cure" if fit.cure else name


def _row(fit: Fit) -> dict[str, object]:
    errors = dict(zip(fit.estimates, fit.standard_errors, strict=True))
    return {
        "family": fit.family,
        "cure": fit.cure,
        "parameters": _written(fit.estimates),
        "standard_errors": "" if np.isnan(fit.standard_errors).any() else _written(errors),
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "bic": fit.bic,
        "durable": np.nan if fit.durable is None else fit.durable,
        **{f"survival_{year}y": float(fit.curve.survival(float(year))[0]) for year in YEARS},
        f"restricted_mean_{RESTRICTED}y": float(fit.curve.restricted_mean(float(RESTRICTED))[0]),
    }


def _written(values: dict[str, float]) -> str:
    return "; ".join(f"{name} {value:.4g}" for name, value in values.items())
