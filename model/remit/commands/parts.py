"""The parts of a run beside base case and PSA: each works out some tables from the study alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec

import numpy as np

from remit.analysis.budget import budget_impact, yearly_costs
from remit.analysis.follow_up import follow_health_states, model_curves, population_survival
from remit.analysis.predictions import predict
from remit.analysis.psa import Psa, run_psa
from remit.analysis.sequencing import losses
from remit.commands.base_case import Tables, beside_of
from remit.commands.information import information, information_without
from remit.commands.sensitivity import difference, owsa, prices, scenarios, two_ways
from remit.commands.structures import partitioned, patients
from remit.files.loaded import Loaded
from remit.inputs.targets import SurvivalAt
from remit.report import model_tables
from remit.report.budget_tables import budget_table, uptake_table
from remit.report.sequence_tables import sequence_table
from remit.report.study_tables import LANDMARKS, survival_fits_table

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
# Draws behind the band of the survival figure and the losses of sequences: enough for 2.5% quantiles.
BAND_DRAWS = 1000


@dataclass(frozen=True)
class Part:
    """A part of a run: what ``--only`` and ``--skip`` call it, and what works its tables out.

    ``draws`` tells whether it is about the draws of a PSA.
    """

    name: str
    work: Callable[[Loaded], Tables]
    draws: bool = False


@dataclass(frozen=True)
class DrawnPart:
    """A part that looks at the draws of the PSA, and at which of their columns have no effect."""

    name: str
    work: Callable[[Loaded, Psa, tuple[str, ...]], Tables]


@dataclass(frozen=True)
class Worked:
    """The tables of a part, and how many seconds they took."""

    tables: Tables
    seconds: float


def work_out(work: Callable[P, Tables], *args: P.args, **named: P.kwargs) -> Worked:
    """Work a part out, and tell how long it took."""
    since = time.perf_counter()
    tables = work(*args, **named)
    return Worked(tables, round(time.perf_counter() - since, 3))


def trace(loaded: Loaded) -> Tables:
    """Follow the cohort through its health states."""
    study, times = loaded.study, loaded.study.clock.times
    return {"trace.csv": model_tables.trace_table(follow_health_states(study, times), times)}


def curves(loaded: Loaded) -> Tables:
    """Model the curves that trials report, with their bands, and say how they are fitted."""
    study = loaded.study
    times = np.linspace(0, 5, 61)
    drawn_from = study.draws(seed=study.psa.seed, n_draws=study.psa.draws)
    some = {name: column[:BAND_DRAWS] for name, column in drawn_from.items()}
    at_means, drawn = list(model_curves(study, {}, times)), list(model_curves(study, some, times))
    if not at_means:
        return {}
    population = population_survival(study, times)
    return {
        "survival.csv": model_tables.curves_table(at_means, drawn, population, times),
        "landmarks.csv": model_tables.landmarks_table(loaded.evidence.landmarks, study),
        "survival_fits.csv": _survival_fits(loaded),
    }


def _survival_fits(loaded: Loaded) -> pd.DataFrame:
    study = loaded.study
    times = np.unique([*np.linspace(0, 5, 61), *np.arange(5, study.settings.horizon + 1), *LANDMARKS])
    times = times[times <= study.settings.horizon]
    chosen = loaded.calibration.targets if loaded.calibration else ()
    targets = [loaded.targets[key] for key in chosen if key in loaded.targets]
    own = [
        target
        for target in targets
        if isinstance(target.quantity, SurvivalAt) and target.quantity.strategy in study.strategies
    ]
    predicted = predict(study, {}, [target.quantity for target in own])
    values = {target.key: float(value[0]) for target, value in zip(own, predicted, strict=True)}
    return survival_fits_table(study, model_curves(study, {}, times), times, own, values)


def sequences(loaded: Loaded) -> Tables:
    """Work out what giving one therapy before another loses, by the first draws of the PSA."""
    study = loaded.study
    draws = study.draws(n_draws=min(study.psa.draws, BAND_DRAWS), seed=study.psa.seed)
    table = sequence_table(losses(study, draws), study.settings.wtp.threshold)
    return {} if table.empty else {"sequences.csv": table}


def budget(loaded: Loaded) -> Tables:
    """Work out the budget impact, where it is known how many patients there are and what they are given."""
    decision, study = loaded.decision, loaded.study
    if decision is None or decision.budget is None or no_budget(loaded):
        return {}
    plan = decision.budget
    costs = yearly_costs(study, years=len(plan.then), perspective=plan.perspective)
    patients = decision.patients_per_year.value
    years = list(budget_impact(costs, patients=patients, now=plan.now, then=plan.then))
    return {
        "budget_impact.csv": budget_table(years, perspective=plan.perspective),
        "uptake.csv": uptake_table(years),
    }


def no_budget(loaded: Loaded) -> str:
    """Say why there is no budget impact although the decision has a budget; nothing where there is."""
    if loaded.decision is None and loaded.resolved.get("decision"):
        return f"the decision '{loaded.resolved['decision']}' counts other patients"
    if loaded.decision is None or loaded.decision.budget is None:
        return ""
    plan, study = loaded.decision.budget, loaded.study
    given = {strategy for mix in (plan.now, *plan.then) for strategy in mix}
    missing = sorted(given - set(study.strategies))
    if missing:
        return f"the study does not compare {', '.join(missing)}"
    if study.settings.horizon < len(plan.then):
        return f"its {len(plan.then)} years are longer than the horizon"
    return ""


def beside(loaded: Loaded, other: Loaded) -> Tables:
    """Run the study under another posterior, drawn with the same seed."""
    plan = loaded.study.psa
    return beside_of(loaded, other, run_psa(other.study, n_draws=plan.draws, seed=plan.seed))


ONE_WAY = "one_way"
# What others wait for comes first, then what takes longest.
PARTS = (
    Part(ONE_WAY, owsa),
    Part("scenarios", scenarios),
    Part("sequences", sequences, draws=True),
    Part("prices", prices),
    Part("partitioned", partitioned),
    Part("patients", patients),
    Part("curves", curves),
    Part("trace", trace),
    Part("budget", budget),
    Part("two_way", two_ways),
)
DRAWN_PARTS = (
    DrawnPart("information", information),
    DrawnPart("information_without", information_without),
    DrawnPart("difference", difference),
)
