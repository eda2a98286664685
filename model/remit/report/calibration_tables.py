"""Calibrations as tables: targets, parameters, stages and the weight of the anchor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from remit.analysis.calibration.fit import Fit, Move
from remit.analysis.calibration.implied import Implied
from remit.analysis.calibration.power import AnchorPower
from remit.analysis.calibration.sampler import Stage
from remit.inputs.targets import Expected, HazardRatio, Quantity, ShareOf, SurvivalAt
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd


def targets_table(fits: Iterable[Fit], study: Study) -> pd.DataFrame:
    """Return `targets.csv`: what was reported, and what prior and posterior predict of it.

    ``prior_*`` and ``posterior_*`` are mean and 95% interval of the quantity itself,
    ``*_predictive_*`` the interval of another report of the same size; ``inside`` tells whether the
    posterior mean lies in the reported interval, ``foretold`` whether the report lies in the predictive one.
    """
    import pandas as pd

    rows = []
    for fit in fits:
        target = fit.target
        low, high = target.interval
        row: dict[str, object] = {
            "target": target.key,
            "title": target.title,
            "strategy": target.strategies[0],
            "quantity": quantity_words(target.quantity, study),
            "measure": _measure(target.quantity),
            "of": target.of,
            "reported": target.value,
            "low": low,
            "high": high,
            "likelihood": _likelihood_words(target.likelihood),
            "fitted": fit.fitted,
        }
        for name in ("prior", "posterior"):
            row |= {f"{name}_{part}": value for part, value in vars(getattr(fit, name)).items()}
        row |= {"inside": fit.inside, "foretold": fit.foretold, "errors_off": fit.errors_off}
        row |= {"validates": target.validates, "scenario": target.scenario}
        row |= {"source": target.source, "where": target.where, "note": target.note}
        rows.append(row)
    return pd.DataFrame(rows)


def quantity_words(quantity: Quantity, study: Study) -> str:
    """Return in words what a target is on."""
    if isinstance(quantity, SurvivalAt):
        given = f" of those at {_months(quantity.given)}" if quantity.given else ""
        return f"{quantity.endpoint.upper()} from {quantity.origin} at {_months(quantity.at)}{given}"
    if isinstance(quantity, ShareOf):
        return "infused of enrolled" if quantity.share == "infused" else "remission of treated"
    if isinstance(quantity, HazardRatio):
        return f"hazard ratio of death against {quantity.comparator}, to {_months(quantity.at)}"
    settings = study.settings
    rate = settings.discount_costs if quantity.outcome == "costs" else settings.discount_qalys
    whose = f", {quantity.perspective}" if quantity.outcome == "costs" else ""
    return f"{quantity.outcome}{whose}, discounted {rate:.1%}"


def moves_table(moves: Iterable[Move], study: Study) -> pd.DataFrame:
    """Return `posterior_parameters.csv`: every fitted parameter before and after."""
    import pandas as pd

    owners = {column: name for name, p in study.parameters.items() for column in p.columns(name)}
    rows = []
    for move in moves:
        parameter = study.parameters[owners[move.column]]
        rows.append(
            {
                "parameter": move.column,
                "title": parameter.title,
                "unit": "level" if parameter.by else parameter.unit,
                "prior_mean": move.prior_mean,
                "prior_sd": move.prior_sd,
                "mean": move.mean,
                "sd": move.sd,
                "low": move.low,
                "high": move.high,
                "shift_in_prior_sd": move.shift,
                "sd_ratio": move.sd / move.prior_sd if move.prior_sd else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def stages_table(stages: Sequence[Stage]) -> pd.DataFrame:
    """Return `stages.csv`: how the sampler went."""
    import pandas as pd

    rows = [(s.number, s.weights.size, s.power, s.ess, float(s.weights.max())) for s in stages]
    return pd.DataFrame(rows, columns=["stage", "draws", "power", "effective_sample_size", "largest_weight"])


def power_table(powers: Iterable[AnchorPower], fits: Iterable[Fit]) -> pd.DataFrame:
    """Return `anchor_power.csv`: the result with the anchor at each weight, and the cited QALYs gained."""
    import pandas as pd

    cited = {
        fit.target.strategies[0]: fit.target.value
        for fit in fits
        if isinstance(fit.target.quantity, Expected) and fit.target.quantity.outcome == "qalys"
    }
    nan = float("nan")
    return pd.DataFrame(
        [
            vars(power)
            | {"cited_incremental_qalys": cited.get(power.strategy, nan) - cited.get(power.comparator, nan)}
            for power in powers
        ]
    )


def implied_table(grids: Iterable[Implied]) -> pd.DataFrame:
    """Return `implied.csv`: QALYs of each strategy over its durable share and the SMR."""
    return _stacked(grids, ("shares", "ratios", "qalys"), ("durable_share", "smr", "qalys"))


def implied_trials_table(grids: Iterable[Implied]) -> pd.DataFrame:
    """Return `implied_trials.csv`: draws of both from the posterior of the trials alone."""
    table = _stacked(grids, ("posterior_shares", "posterior_ratios"), ("durable_share", "smr"))
    return table.assign(weight=1.0)


def _stacked(grids: Iterable[Implied], fields: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(
        [
            pd.DataFrame(
                {"strategy": grid.strategy}
                | {name: getattr(grid, field) for field, name in zip(fields, names, strict=True)}
            )
            for grid in grids
        ],
        ignore_index=True,
    )


def _measure(quantity: Quantity) -> str:
    """Return the axis on which a target stands: a probability, QALYs, costs or a ratio."""
    if isinstance(quantity, Expected):
        return quantity.outcome
    return "hazard ratio" if isinstance(quantity, HazardRatio) else "probability"


def _likelihood_words(likelihood: object) -> str:
    fields = {name: value for name, value in vars(likelihood).items() if name != "type"}
    shown = ", ".join(f"{name}={value:g}" for name, value in fields.items())
    return f"{likelihood.type}({shown})"  # type: ignore[attr-defined]


def _months(years: float) -> str:
    return f"{years * 12:.3g} months"
