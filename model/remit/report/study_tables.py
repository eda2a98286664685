"""What is decided (PICO), how survival is fitted, and what patients lose to the disease, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.follow_up import ModelledCurve
from remit.analysis.heterogeneity import GroupDecision
from remit.analysis.shortfall import Severity, Shortfall, wtp_of
from remit.inputs.targets import SurvivalAt, Target
from remit.report.words import label_of
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
LANDMARKS = (1, 2, 5, 10)  # years at which fitted curves are shown


def decision_problem_table(study: Study, *, population: str) -> pd.DataFrame:
    """Return the decision problem: item, and what the study says; ``population`` in words."""
    import pandas as pd

    settings = study.settings
    others = [label_of(study, name) for name in study.strategies if name != study.comparator]
    start = "decision to treat (enrolment)" if settings.start == "enrolled" else "first infusion"
    steps = ", then ".join(f"{12 * cycle.length:g} months" for cycle in settings.cycle)
    rows = [
        ("population", f"{population}, age {study.age:g} at the decision"),
        ("interventions", "; ".join(others)),
        ("comparator", label_of(study, study.comparator)),
        ("outcomes", "QALYs, life-years, costs, ICER, net monetary benefit"),
        ("perspective", settings.perspective),
        ("time 0", start),
        ("time horizon", f"{settings.horizon:g} years"),
        ("cycle", f"{steps}; {settings.correction} correction"),
        ("discount rate of costs", f"{settings.discount_costs:.2%} a year"),
        ("discount rate of QALYs", f"{settings.discount_qalys:.2%} a year"),
        ("currency", settings.currency),
        ("willingness to pay", f"{settings.currency} {settings.wtp.threshold:,.0f} per QALY"),
        ("model", "health-state Markov model (remission, relapse, HSCT, death), cohort"),
        ("uncertainty", f"PSA of {study.psa.draws:,} draws, seed {study.psa.seed}, {study.psa.sampling}"),
        ("parameters", _from_where(study)),
    ]
    return pd.DataFrame(rows, columns=["item", "description"])


def _from_where(study: Study) -> str:
    fitted = len(study.posterior.columns) if study.posterior else 0
    assumed = sum(parameter.source == "assumption" for parameter in study.parameters.values())
    return f"{len(study.parameters)}, of which {fitted} calibrated; {assumed} assumptions"


def survival_fits_table(
    study: Study,
    curves: Iterable[ModelledCurve],
    times: Array,
    targets: Sequence[Target],
    predicted: Mapping[str, float],
) -> pd.DataFrame:
    """Return how survival of every strategy of one line is modelled, at the parameters' means.

    Parameters
    ----------
    study
        Whose curves.
    curves
        Survival at ``times`` in one draw, see :func:`remit.analysis.follow_up.model_curves`.
    times
        (time,) in years from 0 to where means are cut off, the landmarks among them.
    targets, predicted
        Those that the study was fitted to, and the model's value of each, by key.

    Returns
    -------
    DataFrame
        ``strategy, origin, endpoint, family, share_durable, rate_relapse_fragile`` (per year, of those whose
        remission is not durable), survival at each landmark, ``mean_years`` within the times, and
        ``deviance``: twice the log likelihood lost on the ``targets`` of the curve.
    """
    import pandas as pd

    rows = []
    for curve in curves:
        therapy = study.strategies[curve.strategy].lines[0].therapy
        own = [t for t in targets if _is_of(t, curve)]
        rate = study.values(None)[f"rate_relapse_fragile_{therapy}"][0]
        rows.append(
            {
                "strategy": curve.strategy,
                "origin": curve.origin,
                "endpoint": curve.endpoint,
                "family": f"mixture cure, {study.settings.relapse}",
                "share_durable": study.means.get(f"share_durable_{therapy}", np.nan),
                "rate_relapse_fragile": float(rate),
                **{f"survival_{at}_years": _at(curve, times, at) for at in LANDMARKS},
                "mean_years": float(np.trapezoid(curve.survival[:, 0], times)),
                "targets": len(own),
                "deviance": sum(-2 * float(t.log_likelihood(np.array([predicted[t.key]]))[0]) for t in own),
            }
        )
    return pd.DataFrame(rows)


def _is_of(target: Target, curve: ModelledCurve) -> bool:
    quantity = target.quantity
    return isinstance(quantity, SurvivalAt) and (
        (quantity.strategy, quantity.origin, quantity.endpoint)
        == (curve.strategy, curve.origin, curve.endpoint)
    )


def _at(curve: ModelledCurve, times: Array, year: int) -> float:
    return float(np.interp(year, times, curve.survival[:, 0])) if year <= times[-1] else float("nan")


def shortfall_table(found: Iterable[Shortfall], severities: Sequence[Severity]) -> pd.DataFrame:
    """Return `shortfall.csv`: what patients lose under each strategy, and the WTP that goes with it."""
    import pandas as pd

    rows = [
        {
            "strategy": one.strategy,
            "discounted": one.discounted,
            "qalys_expected": one.expected,
            "qalys": one.qalys,
            "absolute_shortfall": one.absolute,
            "proportional_shortfall": one.proportional,
            "wtp": wtp_of(one.proportional, severities) if severities else np.nan,
        }
        for one in found
    ]
    return pd.DataFrame(rows).astype({"wtp": "float64"})


def group_decisions_table(found: Iterable[GroupDecision], strategies: Sequence[str]) -> pd.DataFrame:
    """Return `decisions_by_group.csv`: health and the decision of each group of patients."""
    import pandas as pd

    rows = [
        {
            "feature": one.feature,
            "level": one.level,
            "share": one.share,
            "best": one.best,
            "best_for_all": one.best_for_all,
            "best_by_health": one.best_by_health,
            "probability_best": one.probability_best,
            "nmb_gained": one.nmb_gained,
            "qalys_gained": one.qalys_gained,
            **{f"qalys_{name}": qalys for name, qalys in zip(strategies, one.qalys, strict=True)},
        }
        for one in found
    ]
    return pd.DataFrame(rows)
