"""Tables of the deterministic sensitivity analyses, and what they say in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.nonlinearity import Departure
from remit.analysis.one_way import OneWay, is_monotone
from remit.analysis.ranges import Column
from remit.analysis.threshold import Threshold
from remit.analysis.two_way import TwoWay
from remit.economics.outcomes import Outcomes
from remit.report.figures.style import money
from remit.report.words import label_of
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

# A swing below this share of the largest net benefit is the solver's last digits.
_NOTHING = 1e-7


def owsa_table(found: OneWay, study: Study) -> pd.DataFrame:
    """Return `owsa.csv` (T9): each strategy against the comparator, one parameter at a time.

    Per strategy sorted by swing, that is the largest less the smallest INMB over all quantiles looked at;
    parameters without one are left out. ``low``, ``high`` and ``base`` are in the parameter's own ``unit``.
    ICERs stand where the strategy is dearer and more effective at every quantile of the parameter.
    ``decision_changes`` where another strategy than at the means is the best of all.
    """
    import pandas as pd

    threshold, places = study.settings.wtp.threshold, {name: s for s, name in enumerate(found.strategies)}
    nmb = threshold * found.qalys - found.costs
    base_nmb = threshold * found.base_qalys - found.base_costs
    changes = np.any(nmb.argmax(axis=2) != base_nmb.argmax(), axis=1)
    against, rows = places[study.comparator], []
    least = _NOTHING * float(np.abs(base_nmb).max())
    for strategy, own in places.items():
        inmb = nmb[..., own] - nmb[..., against]
        swing = np.ptp(np.column_stack([inmb, np.full(len(inmb), base_nmb[own] - base_nmb[against])]), axis=1)
        icer = _icers(found.costs, found.qalys, own, against)
        base_icer = _icers(found.base_costs[None, None], found.base_qalys[None, None], own, against)[0, 0]
        if strategy == study.comparator:
            continue
        rows += [
            {
                "strategy": strategy,
                **_name(found.columns[c]),
                **_ends("", found.values[c], found.columns[c].mean),
                **_ends("inmb_", inmb[c], base_nmb[own] - base_nmb[against]),
                **_ends("icer_", icer[c], base_icer),
                "swing": swing[c],
                "icer_swing": np.ptp(icer[c]),
                "monotone": bool(is_monotone(inmb[c])),
                "icer_monotone": bool(is_monotone(icer[c])),
                "decision_changes": bool(changes[c]),
            }
            for c in np.argsort(-swing, kind="stable")
            if swing[c] > least
        ]
    return pd.DataFrame(rows, columns=_OWSA)


_ENDS = ("low", "high", "base")
_OWSA = (
    "strategy",
    "parameter",
    "title",
    "unit",
    *_ENDS,
    *(f"inmb_{end}" for end in _ENDS),
    *(f"icer_{end}" for end in _ENDS),
    "swing",
    "icer_swing",
    "monotone",
    "icer_monotone",
    "decision_changes",
)


def _name(column: Column) -> dict[str, str]:
    return {"parameter": column.name, "title": column.title, "unit": column.unit}


def _ends(prefix: str, values: Array, base: float) -> dict[str, float]:
    ends = zip(_ENDS, (values[0], values[-1], base), strict=True)
    return {f"{prefix}{name}": float(value) for name, value in ends}


def _icers(costs: Array, qalys: Array, own: int, against: int) -> Array:
    """Return ICERs, (column, quantile), of columns at all of whose quantiles they are in the north-east."""
    more, better = costs[..., own] - costs[..., against], qalys[..., own] - qalys[..., against]
    north_east = np.all((more > 0) & (better > 0), axis=1, keepdims=True)
    return np.divide(
        more, better, out=np.full_like(more, np.nan), where=np.broadcast_to(north_east, more.shape)
    )


def two_way_table(found: TwoWay, study: Study) -> pd.DataFrame:
    """Return `two_way.csv`: a row for each point of the grid and strategy; `best` of all at that point."""
    import pandas as pd

    n_y, n_x, n = found.costs.shape
    nmb = study.settings.wtp.threshold * found.qalys - found.costs
    inmb = nmb - nmb[..., [found.strategies.index(study.comparator)]]
    best = nmb.argmax(axis=2)[..., None] == np.arange(n)
    return pd.DataFrame(
        {
            "parameter_x": found.x.column.name,
            "x": np.tile(np.repeat(found.x.values, n), n_y),
            "parameter_y": found.y.column.name,
            "y": np.repeat(found.y.values, n_x * n),
            "strategy": np.tile(np.array(found.strategies, dtype=object), n_x * n_y),
            "costs": found.costs.reshape(-1),
            "qalys": found.qalys.reshape(-1),
            "inmb": inmb.reshape(-1),
            "best": best.reshape(-1),
        }
    )


def two_way_axes_table(found: TwoWay) -> pd.DataFrame:
    """Return `two_way_axes.csv`: what the axes of the grid are, and where the base case lies on them."""
    import pandas as pd

    axes = (("x", found.x.column), ("y", found.y.column))
    return pd.DataFrame([{"axis": axis, **_name(column), "base": column.mean} for axis, column in axes])


def thresholds_table(found: Sequence[Threshold], study: Study) -> pd.DataFrame:
    """Return `thresholds.csv`: where the decision flips, those reached first; `value` is empty if never."""
    import pandas as pd

    columns = (
        "parameter",
        "title",
        "unit",
        "question",
        "mean",
        "low",
        "high",
        "value",
        "before",
        "after",
        "crossings",
        "in_words",
    )
    rows = [
        {
            **_name(one.column),
            "question": one.question,
            "mean": one.column.mean,
            "low": one.low,
            "high": one.high,
            "value": np.nan if one.value is None else one.value,
            "before": one.before,
            "after": one.after,
            "crossings": one.crossings,
            "in_words": words_on_threshold(one, study),
        }
        for one in sorted(found, key=lambda one: one.value is None)
    ]
    return pd.DataFrame(rows, columns=columns)


def words_on_threshold(one: Threshold, study: Study) -> str:
    """Say in one sentence where the decision flips, or that it never does."""
    unit, wtp = one.column.unit, money(study.settings.wtp.threshold, study.settings.currency)
    low, high = (written(value, unit) for value in (one.low, one.high))
    if one.value is None:
        if one.column.name.startswith("cost_drug_"):
            return f"no price in [{low}, {high}] changes the decision at {wtp} per QALY"
        return f"never reached within [{low}, {high}]"
    side = "above" if one.value > one.column.mean else "below"
    after, before = label_of(study, one.after), label_of(study, one.before)
    said = f"{side} {written(one.value, unit)} '{after}' is better than '{before}'"
    return f"{said} (mean {written(one.column.mean, unit)})" + (
        f"; flips {one.crossings} times within [{low}, {high}]" if one.crossings > 1 else ""
    )


def difference_table(found: Sequence[Departure], at_means: Outcomes, threshold: float) -> pd.DataFrame:
    """Return `probabilistic_vs_deterministic.csv`: by strategy and outcome what each group of draws adds.

    ``difference`` of ``all`` is the probabilistic less the deterministic result; the groups and their
    ``interaction`` sum to it. ``standard_error`` is of Monte Carlo; that of ``nmb`` takes costs and QALYs for
    independent.
    """
    import pandas as pd

    rows = []
    for s, strategy in enumerate(at_means.strategies):
        plain = {"costs": float(at_means.costs[0, s]), "qalys": float(at_means.qalys[0, s])}
        plain["nmb"] = threshold * plain["qalys"] - plain["costs"]
        for outcome, deterministic in plain.items():
            for one in found:
                difference, error = _departure(one, outcome, s, threshold)
                rows.append((strategy, outcome, deterministic, one.group, difference, error))
    columns = ["strategy", "outcome", "deterministic", "group", "difference", "standard_error"]
    return pd.DataFrame(rows, columns=columns)


def _departure(one: Departure, outcome: str, s: int, threshold: float) -> tuple[float, float]:
    if outcome != "nmb":
        return float(getattr(one, outcome)[s]), float(getattr(one, f"{outcome}_error")[s])
    error = np.hypot(threshold * one.qalys_error[s], one.costs_error[s])
    return float(threshold * one.qalys[s] - one.costs[s]), float(error)


def written(value: float, unit: str) -> str:
    """Write a value of a parameter with its unit, to three digits; ratios and utilities without one.

    Examples
    --------
    >>> written(0.4567, "probability"), written(320_000, "EUR"), written(43, "days"), written(1.8, "ratio")
    ('46%', 'EUR 320,000', '43 days', '1.8')
    >>> written(1234.5, "EUR per month"), written(0.0731, "per month"), written(0.0312, "share")
    ('EUR 1,230 per month', '0.0731 per month', '3.1%')
    """
    currency, _, per = unit.partition(" per ")
    if unit in ("probability", "share"):
        return f"{100 * value:.0f}%" if 0.1 <= value <= 0.9 else f"{100 * value:.2g}%"
    if currency in ("EUR", "USD", "GBP", "CHF"):
        return money(value, currency, digits=3) + (f" per {per}" if per else "")
    if unit == "of the value as printed":
        return f"× {value:.3g}"
    number = f"{value:,.3g}".replace("-", "−")
    if unit in ("hazard ratio", "odds ratio", "ratio", "log odds ratio", "utility"):
        return number
    return f"{number} {unit}"
