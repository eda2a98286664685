"""Extreme values, at which the answer is known beforehand (V10 to V21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.verification.check import Check, Subject, with_all, without_losses
from remit.economics.outcomes import Outcomes
from remit.engine.clock import Cycle
from remit.evaluation import evaluate
from remit.inputs.values import Values
from remit.study import Study
from remit.survival.life_table import LifeTable

Array = NDArray[np.float64]


def utilities_at_extremes(subject: Subject) -> Iterator[Check]:
    """V10, V11: utilities of 1 make QALYs life-years, utilities of 0 make none."""
    study = subject.study
    whole = evaluate(without_losses(with_all(study, ("utility_",), 1.0)))
    gap = float(np.abs(whole.qalys - whole.life_years).max())
    yield Check("V10", "all utilities 1: QALYs = life-years", gap, 1e-10)
    none = evaluate(without_losses(with_all(study, ("utility_",), 0.0)))
    yield Check("V11", "all utilities 0: QALYs = 0", float(np.abs(none.qalys).max()), 1e-12)


def costs_at_zero(subject: Subject) -> Iterator[Check]:
    """V12: without costs nothing costs."""
    free = evaluate(with_all(subject.study, ("cost_",), 0.0))
    yield Check("V12", "all costs 0: costs = 0", float(np.abs(free.costs).max()), 0)


def mortality_at_extremes(subject: Subject) -> Iterator[Check]:
    """V13, V14: if nobody dies life-years are the horizon; if all die at once they are at most a cycle."""
    study = subject.study
    plain = _immortal(study).with_settings(discount_costs=0.0, discount_qalys=0.0)
    gap = np.abs(evaluate(plain).life_years - study.settings.horizon)
    yield Check("V13", "mortality 0: life-years = horizon", float(gap.max()), 1e-8 * subject.slack)
    certain = np.full_like(study.life_table.male, np.nextafter(1, 0))
    doomed = replace(study, life_table=LifeTable("all die at once", certain, certain))
    doomed = doomed.set({"hr_life_table_male": 1e6, "hr_life_table_female": 1e6})
    above = float(evaluate(doomed).life_years.max()) - float(study.clock.lengths[0])
    yield Check("V14", "all die in cycle 1: life-years less one cycle", above, 0)


def _immortal(study: Study) -> Study:
    """Nobody dies: no disease deaths and no background mortality."""
    nobody = np.zeros_like(study.life_table.male)
    harmless = with_all(study, ("rate_death_", "p_death_", "p_trm_"), 0.0)
    return replace(harmless, life_table=LifeTable("nobody dies", nobody, nobody))


def discounting_at_extremes(subject: Subject) -> Iterator[Check]:
    """V15: a discount rate of 0 leaves outcomes as they are, and a higher one never raises them."""
    study = subject.study
    plain = evaluate(study.with_settings(discount_costs=0.0, discount_qalys=0.0))
    split = evaluate(study.with_settings(discount_costs=0.0))
    apart = float(np.abs(plain.costs - split.costs).max())
    yield Check("V15", "undiscounted costs do not depend on the rate of QALYs", apart, 0)
    dear = evaluate(study.with_settings(discount_costs=0.2, discount_qalys=0.2))
    rise = max(float((dear.qalys - plain.qalys).max()), float((dear.costs - plain.costs).max()))
    yield Check("V15", "discounting raises nothing", rise, 0)


def no_response(subject: Subject) -> Iterator[Check]:
    """V17: with no remission and no rescue everybody takes the path of failure."""
    study = with_all(subject.study, ("p_cr_", "p_rescue_"), 0.0)
    outcomes = evaluate(study, counts=True)
    places = [outcomes.health_states.index(name) for name in ("remission", "hsct")]
    better = float(np.abs(outcomes.life_years_by_state[:, :, places]).max())
    yield Check("V17", "CR 0 and no rescue: life-years in remission or after HSCT", better, 0)
    hsct = sum((float(count.max()) for event, count in outcomes.events.items() if event.kind == "hsct"), 0.0)
    yield Check("V17", "CR 0 and no rescue: HSCT in remission per patient", hsct, 0)


def certain_cure(subject: Subject) -> Iterator[Check]:
    """V18: all cured at once survive like the general population of their age."""
    study = subject.study
    certain = {"p_cr_": 1.0, "share_durable_": 1.0, "p_hsct_remission_": 0.0, "time_wait_": 1e-9}
    certain |= {"p_death_treatment_": 0.0, "p_manufacturing_failure_": 0.0}
    names = {prefix + therapy: x for prefix, x in certain.items() for therapy in study.therapies}
    sure = study.set({name: x for name, x in names.items() if name in study.parameters})
    # Death after failure stays as it is: nobody must come to it.
    cured = with_all(sure, ("rate_death_waiting", "rate_death_treated_", "rate_death_remission_"), 0.0)
    values = cured.values(None)
    years = sum(one.share[0] * _population_years(cured, values, one.age) for one in cured.strata(values))
    gap = np.abs(evaluate(cured).life_years / years - 1).max()
    yield Check("V18", "all cured: life-years = those of the population (relative)", float(gap), 1e-8)


def _population_years(study: Study, values: Values, age: float) -> float:
    """Return discounted life-years of background survival from an age on the study's grid."""
    clock = study.clock
    survival = study.survival(values, clock.times, age=age)[:, 0]
    effects = next(profile for profile in study.scales().profiles if profile.name == "effects")
    at_start = clock.at_start * effects.at_start * survival[:-1]
    return float(np.sum(at_start + clock.at_end * effects.at_end * survival[1:]))


def short_horizons(subject: Subject) -> Iterator[Check]:
    """V19: a horizon of one cycle works and yields at most its length."""
    month = Cycle(1 / 12)
    outcomes = evaluate(subject.study.with_settings(horizon=1 / 12, cycle=(month,)))
    above = float(outcomes.life_years.max()) - 1 / 12
    yield Check("V19", "horizon of one cycle: life-years above it", above, 1e-12)


def drug_price_is_linear(subject: Subject) -> Iterator[Check]:
    """V20: twice the price doubles its cost line, a price of 0 empties it."""
    study = subject.study
    names = [name for name in study.parameters if name.startswith("cost_drug_")]
    others = {name: 0.0 for name in study.parameters if name.startswith("cost_lymphodepletion_drug")}

    def line(factor: float) -> Outcomes:
        prices = {n: factor * study.means[n] for n in names}
        return evaluate(study.set({**prices, **others}))

    once = line(1.0)
    place = once.categories.index("drug")
    paid, twice, none = (x.costs_by_category[0, :, place] for x in (once, line(2.0), line(0.0)))
    gap = float(np.abs(twice - 2 * paid).max() / max(float(paid.max()), 1.0))
    yield Check("V20", "drug price doubled: cost line doubles (relative)", gap, 1e-8)
    yield Check("V20", "drug price 0: cost line 0", float(np.abs(none).max()), 0)


def life_expectancy(subject: Subject) -> Iterator[Check]:
    """V21: background survival alone gives the life table's own life expectancy."""
    study = subject.study
    values = study.values(None)
    neutral = ("smr_survivors", "hr_life_table_male", "hr_life_table_female")
    values = values.with_values({name: values.full(1.0) for name in neutral})
    times = np.linspace(0, 110, 110 * 48 + 1)
    modelled = float(np.trapezoid(study.survival(values, times)[:, 0], times))
    share, age, table = float(values["share_female"][0]), int(study.age), study.life_table
    direct = share * _expectancy(table.female[age:]) + (1 - share) * _expectancy(table.male[age:])
    yield Check("V21", "life expectancy against the life table (years)", abs(modelled - direct), 0.01)


def _expectancy(q: Array) -> float:
    """Return life expectancy of a life table directly, deaths within a year of age at a constant hazard."""
    alive, total = 1.0, 0.0
    for death in np.append(q, [q[-1]] * 60):
        hazard = -np.log1p(-death)
        total += alive * (death / hazard if hazard > 0 else 1.0)
        alive *= 1 - death
    return total
