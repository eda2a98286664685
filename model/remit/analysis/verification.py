"""Verification tests that run on any scenario: what the model must do with extreme and neutral inputs.

The identifiers are those of TECH-VER-like lists kept in docs/method. Each test returns what it
measured, so that a report can show numbers and not only "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from remit.economics.outcomes import Outcomes
from remit.engine.clock import Cycle, make_clock
from remit.engine.cohort import health_state_trace
from remit.engine.stepping import step_probabilities
from remit.pathway.graph import Pathway
from remit.study import NARROWEST, Study, evaluate
from remit.survival.life_table import LifeTable


@dataclass(frozen=True)
class Check:
    """One verification test: what it is about, the worst deviation measured, and what is tolerated."""

    test: str
    about: str
    measured: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the deviation is tolerated; NaN never is."""
        return bool(self.measured <= self.tolerance)


def verify(study: Study) -> Iterator[Check]:
    """Run every verification test on a study, yielding each result."""
    for test in TESTS:
        yield from test(study)


def _pathways(study: Study) -> list[Pathway]:
    values = study.values(None).widened(NARROWEST)
    return [study.pathway(name, s.values) for s in study.strata(values) for name in study.strategies]


def _with(study: Study, prefixes: tuple[str, ...], value: float) -> Study:
    """Return the study with all parameters of some prefixes at one value, profiles and shares too."""
    changed = {}
    for name, parameter in study.parameters.items():
        if name.startswith(prefixes):
            changed[name] = {0: value} if parameter.by else value
    return study.set(changed, because="verification")


def _no_losses(study: Study) -> Study:
    losses = ("qaly_loss_", "utility_decrement_")
    return _with(study, losses, 0.0)


def probabilities_sum_to_one(study: Study) -> Iterator[Check]:
    """V01: the transition probabilities of a step and the trace are probabilities that sum to 1."""
    sums, lowest = 0.0, 0.0
    for pathway in _pathways(study):
        for epoch in range(len(pathway.epochs)):
            step = step_probabilities(pathway, epoch, 1 / 12)
            lowest = min(lowest, float(step.values.min()))
            rows = np.zeros((len(pathway.states) - 1, pathway.n_draws))
            np.add.at(rows, step.origins, step.values)
            sums = max(sums, float(rows.max()) - 1)
    yield Check("V01", "probabilities of a step: none negative, no row above 1", max(sums, -lowest), 1e-12)
    times = np.arange(0, 1201) / 12
    values = study.values(None).widened(NARROWEST)
    survival = study.survival(values, times)
    worst = 0.0
    for pathway in _pathways(study):
        trace = health_state_trace(pathway, times, survival)
        worst = max(worst, float(np.abs(trace.sum(axis=1) - 1).max()), float(-trace.min()))
    yield Check("V01", "trace over 1,200 months: sums to 1, none negative", worst, 1e-10)


def death_is_absorbing(study: Study) -> Iterator[Check]:
    """V02: the dead never decrease, every state can be reached, and few are alive at the horizon."""
    times = study.clock.times
    values = study.values(None).widened(NARROWEST)
    survival = study.survival(values, times)
    fall, unreached = 0.0, 0
    for pathway in _pathways(study):
        dead = health_state_trace(pathway, times, survival)[:, -1]
        fall = max(fall, float(-np.diff(dead, axis=0).min()))
        reached = {i for i, share in enumerate(pathway.initial[:, 0]) if share > 0}
        for move in pathway.transitions:
            if move.origin in reached:
                reached.add(move.destination)
        unreached += len(pathway.states) - len(reached)
    yield Check("V02", "dead: largest decrease between cycles", fall, 1e-12)
    yield Check("V02", "states that nobody can reach", float(unreached), 0)
    alive = float(evaluate(study).alive_at_end.max())
    if study.age + study.settings.horizon >= 100:
        yield Check("V02", "alive at a lifetime horizon", alive, 0.02)


def moves_balance(study: Study) -> Iterator[Check]:
    """V03: everybody who dies of a counted cause or of background mortality is one patient."""
    outcomes = evaluate(study, counts=True)
    deaths = [count[0] for event, count in outcomes.events.items() if "death" in event.kind]
    total = np.sum(deaths, axis=0) + outcomes.alive_at_end[0]
    yield Check("V03", "deaths by cause and those alive: no more than one per patient", float(total.max()) - 1, 1e-10)
    plain = evaluate(study.with_settings(discount_costs=0.0), counts=True)
    place = plain.categories.index("end_of_life")
    died = np.sum([c[0] for e, c in plain.events.items() if e.kind == "leukaemia_death"], axis=0)
    price = study.values(None)["cost_end_of_life"][0]
    gap = np.abs(died * price - plain.costs_by_category[0, :, place]).max()
    yield Check("V03", "leukaemia deaths x unit cost = cost line (relative)", float(gap / max(price, 1)), 1e-8)


def parts_sum_to_total(study: Study) -> Iterator[Check]:
    """V04: cost categories sum to costs, QALYs of states to QALYs."""
    outcomes = evaluate(study)
    costs = np.abs(outcomes.costs_by_category.sum(axis=2) - outcomes.costs) / np.maximum(outcomes.costs, 1)
    qalys = np.abs(outcomes.qalys_by_state.sum(axis=2) - outcomes.qalys)
    yield Check("V04", "sum of cost categories = costs (relative)", float(costs.max()), 1e-8)
    yield Check("V04", "sum of QALYs by state = QALYs", float(qalys.max()), 1e-8)


def constants_integrate_exactly(study: Study) -> Iterator[Check]:
    """V05: with a constant value every correction gives the horizon, for even and odd numbers of cycles."""
    worst = 0.0
    for correction in ("half-cycle", "simpson", "start", "end"):
        for horizon in (study.settings.horizon, 7.0, 8.0, 5.3):
            clock = make_clock(study.settings.cycle, horizon=horizon, breaks=[2.0, 5.0], correction=correction)
            worst = max(worst, abs(float(clock.at_start.sum() + clock.at_end.sum()) - horizon))
    yield Check("V05", "weights of every correction sum to the horizon (years)", worst, 1e-10)


def utilities_at_extremes(study: Study) -> Iterator[Check]:
    """V10, V11: utilities of 1 make QALYs life-years, utilities of 0 make none."""
    whole = evaluate(_no_losses(_with(study, ("utility_",), 1.0)))
    yield Check("V10", "all utilities 1: QALYs = life-years", float(np.abs(whole.qalys - whole.life_years).max()), 1e-10)
    none = evaluate(_no_losses(_with(study, ("utility_",), 0.0)))
    yield Check("V11", "all utilities 0: QALYs = 0", float(np.abs(none.qalys).max()), 1e-12)


def costs_at_zero(study: Study) -> Iterator[Check]:
    """V12: without costs nothing costs."""
    free = evaluate(_with(study, ("cost_",), 0.0))
    yield Check("V12", "all costs 0: costs = 0", float(np.abs(free.costs).max()), 0)


def _immortal(study: Study) -> Study:
    """Nobody dies: no disease deaths and no background mortality."""
    nobody = np.zeros_like(study.life_table.male)
    table = LifeTable("nobody dies", nobody, nobody)
    harmless = _with(study, ("rate_death_", "p_death_", "p_trm_"), 0.0)
    return replace(harmless, life_table=table)


def mortality_at_extremes(study: Study) -> Iterator[Check]:
    """V13, V14: if nobody dies life-years are the horizon; if all die at once they are at most a cycle."""
    plain = _immortal(study).with_settings(discount_costs=0.0, discount_qalys=0.0)
    gap = np.abs(evaluate(plain).life_years - study.settings.horizon)
    yield Check("V13", "mortality 0: life-years = horizon", float(gap.max()), 1e-8)
    certain = np.full_like(study.life_table.male, 1 - 1e-300)
    table = LifeTable("all die at once", np.minimum(certain, np.nextafter(1, 0)), np.minimum(certain, np.nextafter(1, 0)))
    doomed = replace(study, life_table=table).set({"hr_life_table_male": 1e6, "hr_life_table_female": 1e6})
    first = float(study.clock.lengths[0])
    yield Check("V14", "all die in cycle 1: life-years less one cycle", float(evaluate(doomed).life_years.max()) - first, 0)


def discounting_at_extremes(study: Study) -> Iterator[Check]:
    """V15: a discount rate of 0 leaves outcomes as they are, and a higher one never raises them."""
    plain = evaluate(study.with_settings(discount_costs=0.0, discount_qalys=0.0))
    split = evaluate(study.with_settings(discount_costs=0.0))
    yield Check("V15", "undiscounted costs do not depend on the rate of QALYs", float(np.abs(plain.costs - split.costs).max()), 0)
    dear = evaluate(study.with_settings(discount_costs=0.2, discount_qalys=0.2))
    rise = max(float((dear.qalys - plain.qalys).max()), float((dear.costs - plain.costs).max()))
    yield Check("V15", "discounting raises nothing", rise, 0)


def no_response(study: Study) -> Iterator[Check]:
    """V17: with no remission everybody takes the path of failure."""
    failing = study.set({name: 0.0 for name in study.parameters if name.startswith("p_cr_")})
    outcomes = evaluate(failing, counts=True)
    hsct = sum((float(count.max()) for event, count in outcomes.events.items() if event.kind == "hsct"), 0.0)
    yield Check("V17", "CR 0: HSCT in remission per patient", hsct, 0)


def certain_cure(study: Study) -> Iterator[Check]:
    """V18: all cured at once survive like the general population."""
    sure: dict[str, float] = {}
    for therapy in study.therapies:
        sure |= {f"p_cr_{therapy}": 1.0, f"share_durable_{therapy}": 1.0, f"p_hsct_remission_{therapy}": 0.0}
        sure |= {f"time_wait_{therapy}": 1e-9, f"p_death_treatment_{therapy}": 0.0}
        sure |= {name: 0.0 for name in (f"p_manufacturing_failure_{therapy}",) if name in study.parameters}
    cured = _with(study.set(sure), ("rate_death_",), 0.0)
    outcomes = evaluate(cured)
    clock, scales = cured.clock, cured.scales()
    survival = cured.survival(cured.values(None), clock.times)[:, 0]
    effects = next(profile for profile in scales.profiles if profile.name == "effects")
    expected = np.sum(clock.at_start * effects.at_start * survival[:-1] + clock.at_end * effects.at_end * survival[1:])
    gap = np.abs(outcomes.life_years / expected - 1).max()
    yield Check("V18", "all cured: life-years = those of the population (relative)", float(gap), 1e-8)


def short_horizons(study: Study) -> Iterator[Check]:
    """V19: a horizon of one cycle works and yields at most its length."""
    month = Cycle(1 / 12)
    outcomes = evaluate(study.with_settings(horizon=1 / 12, cycle=(month,)))
    yield Check("V19", "horizon of one cycle: life-years above it", float(outcomes.life_years.max()) - 1 / 12, 1e-12)


def drug_price_is_linear(study: Study) -> Iterator[Check]:
    """V20: twice the price doubles its cost line, a price of 0 empties it."""
    names = [name for name in study.parameters if name.startswith("cost_drug_")]
    others = {n: 0.0 for n in study.parameters if n.startswith(("cost_lymphodepletion_drug", "cost_product_not_given"))}

    def line(factor: float) -> Outcomes:
        prices = {n: factor * float(study.parameters[n].means(n)[n]) for n in names}
        return evaluate(study.set({**prices, **others}))

    place = line(1.0).categories.index("drug")
    once, twice, none = (line(f).costs_by_category[0, :, place] for f in (1.0, 2.0, 0.0))
    yield Check("V20", "drug price doubled: cost line doubles (relative)", float(np.abs(twice / (2 * once) - 1).max()), 1e-8)
    yield Check("V20", "drug price 0: cost line 0", float(np.abs(none).max()), 0)


def life_expectancy(study: Study) -> Iterator[Check]:
    """V21: background survival alone gives the life table's own life expectancy."""
    values = study.values(None)
    values = values.with_values({name: values.full(1.0) for name in ("smr_survivors", "hr_life_table_male", "hr_life_table_female")})
    times = np.linspace(0, 110, 110 * 48 + 1)
    modelled = float(np.trapezoid(study.survival(values, times)[:, 0], times))
    share, age = float(values["share_female"][0]), int(study.age)
    direct = sum(
        weight * _expectancy(q[age:]) for weight, q in ((share, study.life_table.female), (1 - share, study.life_table.male))
    )
    yield Check("V21", "life expectancy against the life table (years)", abs(modelled - direct), 0.01)


def _expectancy(q: np.ndarray) -> float:
    """Return life expectancy of a life table directly, deaths within a year of age at a constant hazard."""
    alive, total = 1.0, 0.0
    for death in np.append(q, [q[-1]] * 60):
        hazard = -np.log1p(-death)
        total += alive * (death / hazard if hazard > 0 else 1.0)
        alive *= 1 - death
    return total


TESTS: tuple[Callable[[Study], Iterator[Check]], ...] = (
    probabilities_sum_to_one,
    death_is_absorbing,
    moves_balance,
    parts_sum_to_total,
    constants_integrate_exactly,
    utilities_at_extremes,
    costs_at_zero,
    mortality_at_extremes,
    discounting_at_extremes,
    no_response,
    certain_cure,
    short_horizons,
    drug_price_is_linear,
    life_expectancy,
)
