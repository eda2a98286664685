"""The one path from numbers to outcomes: patients followed through every pathway, and valued."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.economics.outcomes import Outcomes, outcomes_of
from remit.economics.payment import Charges, Payment, charges_of
from remit.economics.scales import by_age
from remit.economics.strata import StratumOutcomes, mixture, stack_strata, whole
from remit.economics.valuation import Worth, value
from remit.engine.background import Background, make_background
from remit.engine.cohort import Solver, follow_cohorts
from remit.engine.totals import Totals
from remit.errors import InputError, Problem
from remit.inputs.columns import draw_columns
from remit.inputs.values import Values, stacked_values
from remit.pathway.graph import Pathway
from remit.pathway.population import Cohort, cohorts_of
from remit.study import Study

Array = NDArray[np.float64]
# What is kept of the strata of a block of draws: all of them, or some groups of them.
Keep = Callable[[Sequence[StratumOutcomes]], list[StratumOutcomes]]
# Draws that are prepared at once: wide enough for numpy, narrow enough for memory and for sharing out.
BLOCK = 2500
# Draws of all strata up to which strata are followed as further draws: calls cost then, not draws.
STACKED = 600


def evaluate(
    study: Study,
    parameters: Any = None,  # noqa: ANN401 - a DataFrame or a mapping of columns
    *,
    solver: Solver = "closed-form",
    counts: bool = False,
    jobs: int = 1,
    n_draws: int | None = None,
) -> Outcomes:
    """Follow every strategy and value it: the one path from numbers to outcomes.

    Parameters
    ----------
    study
        What is compared, and how.
    parameters
        A table with a column for each drawn parameter in its own unit and a row for each draw (a
        mapping of (draw,) arrays or a DataFrame); parameters without a column stay at their mean.
        None: all at their means, one draw.
    solver
        ``closed-form`` (default) or ``stepping``.
    counts
        Whether to count events too.
    jobs
        Threads; numpy works outside the interpreter's lock. The results are the same bytes.
    n_draws
        How many draws, where no column tells: all the same.

    Returns
    -------
    Outcomes
        (draw, strategy) arrays; strategies in the order of the study.

    Raises
    ------
    InputError
        Where a column is unknown, too short or out of range, or a parameter is missing.
    """
    (together,) = evaluate_strata(
        study, parameters, solver=solver, counts=counts, jobs=jobs, n_draws=n_draws, keep=whole
    )
    return together.outcomes


def evaluate_strata(
    study: Study,
    parameters: Any = None,  # noqa: ANN401 - as for evaluate
    *,
    solver: Solver = "closed-form",
    counts: bool = False,
    jobs: int = 1,
    n_draws: int | None = None,
    keep: Keep = list,
) -> list[StratumOutcomes]:
    """Follow every strategy in every stratum and value it; `evaluate` is the mixture.

    Parameters
    ----------
    study, parameters, solver, counts, jobs, n_draws
        As for :func:`evaluate`.
    keep
        What is kept of a block of draws, whose strata it is given: all of them, where not told.

    Returns
    -------
    list of StratumOutcomes
        One for each stratum, with its share, (draw,).

    Raises
    ------
    InputError
        As :func:`evaluate` does.
    """
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise InputError(Problem("jobs must be a whole number from 1", key="jobs", value=jobs))
    draws = draw_columns(study.parameters, parameters)
    width = max((column.size for column in draws.values()), default=1)
    first: Solver = "unchecked" if solver == "closed-form" else solver
    with ThreadPoolExecutor(jobs) as pool:
        parts = pool.map(lambda block: keep(_evaluate_block(study, block, first, counts)), _blocks(draws))
        groups = stack_strata(list(parts))
    doubtful = np.flatnonzero(groups[0].outcomes.stepped)
    if solver == "closed-form" and doubtful.size:
        # Gathered, since a call of the stepping solver costs much the same for one draw as for many.
        some = {name: column[doubtful] for name, column in draws.items()}
        again = keep(_evaluate_block(study, some, solver, counts))
        groups = [group.replaced(doubtful, new) for group, new in zip(groups, again, strict=True)]
    return groups if draws else [group.repeated(width if n_draws is None else n_draws) for group in groups]


def unit_costs(study: Study, parameters: Any) -> dict[str, Array]:  # noqa: ANN401 - as for evaluate
    """Return what each cost parameter would add to costs by category if it were 1 in its own unit.

    Costs are linear in the cost parameters: their sum over these, each times its value, is
    ``costs_by_category``. Patients are followed once.

    Parameters
    ----------
    study, parameters
        As for :func:`evaluate`.

    Returns
    -------
    dict
        Cost parameter -> (draw, strategy, category).
    """
    draws = draw_columns(study.parameters, parameters)
    names = [name for name in study.parameters if name.startswith("cost_")]
    parts: list[dict[str, Array]] = []
    for block in _blocks(draws):
        followed = _follow(study, block, "closed-form")
        borrowed = {own: of for own, of in study.borrowed.items() if of in names}
        nothing = dict.fromkeys([*names, *borrowed], followed.values.full(0.0))
        part = {}
        for name in names:
            one = followed.values.full(study.parameters[name].factor)
            prices = {**nothing, name: one, **{own: one for own, of in borrowed.items() if of == name}}
            part[name] = mixture(followed.worth(study, prices)).outcomes.costs_by_category
        parts.append(part)
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


@dataclass(frozen=True)
class OpenPrice:
    """Outcomes with one price left open: costs are ``costs`` plus the price times ``shares``.

    ``qalys`` is (draw, strategy); ``costs`` (at a price of 0) and ``shares`` (how often the price is paid,
    discounted) hold such an array for each way of paying, by its name.
    """

    strategies: tuple[str, ...]
    qalys: Array
    costs: Mapping[str, Array]
    shares: Mapping[str, Array]


def evaluate_open_price(
    study: Study,
    parameters: Any,  # noqa: ANN401 - as for evaluate
    *,
    price: str,
    ways: Mapping[str, Mapping[str, Payment]],
) -> OpenPrice:
    """Evaluate a study as a function of one price, under several ways of paying for therapies.

    Costs are linear in a price however it is paid: what is due is a share of it. Patients are followed
    once. What a therapy borrows from the one that it is like has the same price.

    Parameters
    ----------
    study, parameters
        As for :func:`evaluate`; draws of the price itself are left out of account.
    price
        A cost parameter.
    ways
        Name -> payments in place of those of the study's settings.

    Raises
    ------
    InputError
        As :func:`evaluate` does.
    """
    draws = draw_columns(study.parameters, parameters)
    prices = [price, *(own for own, of in study.borrowed.items() if of == price)]
    costs: dict[str, list[Array]] = {name: [] for name in ways}
    shares: dict[str, list[Array]] = {name: [] for name in ways}
    qalys: list[Array] = []
    for block in _blocks(draws):
        followed = _follow(study, block, "closed-form")
        free = {name: followed.values.full(0.0) for name in prices}
        nothing = {name: followed.values.full(0.0) for name in followed.values if name.startswith("cost_")}
        one = {name: followed.values.full(study.parameters[price].factor) for name in prices}
        for name, payments in ways.items():
            paid = followed.paid(payments, study.settings.discount_costs)
            at_nothing = mixture(paid.worth(study, free)).outcomes
            costs[name].append(at_nothing.costs)
            shares[name].append(mixture(paid.worth(study, {**nothing, **one})).outcomes.costs)
        qalys.append(at_nothing.qalys)
    return OpenPrice(
        tuple(study.strategies),
        np.concatenate(qalys),
        {name: np.concatenate(parts) for name, parts in costs.items()},
        {name: np.concatenate(parts) for name, parts in shares.items()},
    )


@dataclass(frozen=True)
class _Followed:
    """A block of draws followed through every pathway, not yet valued; ``width`` of them are asked for."""

    width: int
    values: Values
    cohorts: list[Cohort]
    pathways: list[Pathway]
    charges: list[Charges]
    totals: list[Totals]
    stepped: NDArray[np.bool_]

    def paid(self, payments: Mapping[str, Payment], discount_rate: float) -> _Followed:
        """Return the same patients, their therapies paid for in another way."""
        return replace(self, charges=[charges_of(p, payments, discount_rate) for p in self.pathways])

    def worth(self, study: Study, prices: Mapping[str, Array] | None = None) -> list[StratumOutcomes]:
        """Value what was followed, at other prices if given, stratum by stratum."""
        n, each = len(study.strategies), self.values.n_draws
        valued: dict[int, StratumOutcomes] = {}
        for place, cohort in enumerate(self.cohorts):
            worths = self._worth_of(study, cohort, slice(place * n, (place + 1) * n), prices or {})
            stepped = np.tile(self.stepped, len(cohort.strata))
            together = outcomes_of(list(study.strategies), worths, stepped)
            for row, (number, stratum) in enumerate(cohort.strata.items()):
                whole_block = len(cohort.strata) == 1 and each == self.width
                own = together if whole_block else together.between(row * each, row * each + self.width)
                share = stratum.share[: self.width]
                valued[number] = StratumOutcomes(stratum.name, stratum.levels, share, own)
        return [valued[number] for number in sorted(valued)]

    def _worth_of(
        self, study: Study, cohort: Cohort, places: slice, prices: Mapping[str, Array]
    ) -> list[Worth]:
        """Value the strategies in one cohort, by its own toxicity and age."""
        tiled = {name: np.tile(price, len(cohort.strata)) for name, price in prices.items()}
        settings, values = study.settings, cohort.values.with_values(tiled)
        norm = by_age(study.parameters["utility_norm"], cohort.age)(np.array(settings.early_remission))
        return [
            value(p, t, values, c, perspective=settings.perspective, norm_early=float(norm))
            for p, t, c in zip(self.pathways[places], self.totals[places], self.charges[places], strict=True)
        ]


def _evaluate_block(
    study: Study, draws: dict[str, Array], solver: Solver, counts: bool
) -> list[StratumOutcomes]:
    return _follow(study, draws, solver, counts=counts).worth(study)


def _follow(study: Study, draws: dict[str, Array], solver: Solver, *, counts: bool = False) -> _Followed:
    """Follow every strategy in every stratum; strata of one age together."""
    width = max((column.size for column in draws.values()), default=1)
    values = study.wide_values(draws)
    cohorts = cohorts_of(study.strata(values), widest=STACKED)
    pathways = [study.pathway(name, cohort.values) for cohort in cohorts for name in study.strategies]
    kinds = [(cohort.age, len(cohort.strata)) for cohort in cohorts for _ in study.strategies]
    totals: dict[int, Totals] = {}
    stepped = np.zeros(values.n_draws, dtype=np.bool_)
    for age, n_strata in dict.fromkeys(kinds):
        places = [place for place, own in enumerate(kinds) if own == (age, n_strata)]
        background = _background(study, stacked_values([values] * n_strata), age)
        scales = study.scales(counts=counts, age=age)
        found, doubtful = follow_cohorts(
            [pathways[place] for place in places], study.clock, background, scales, solver=solver
        )
        totals |= dict(zip(places, found, strict=True))
        stepped |= np.any(doubtful.reshape(n_strata, -1), axis=0)
    in_order = [totals[place] for place in range(len(pathways))]
    settings = study.settings
    charges = [charges_of(pathway, settings.payment, settings.discount_costs) for pathway in pathways]
    return _Followed(width, values, cohorts, pathways, charges, in_order, stepped)


def _blocks(draws: dict[str, Array]) -> list[dict[str, Array]]:
    width = max((column.size for column in draws.values()), default=1)
    return [{k: v[i : i + BLOCK] for k, v in draws.items()} for i in range(0, width, BLOCK)]


def _background(study: Study, values: Values, age: float) -> Background:
    return make_background(study.survival(values, study.clock.times, age=age), study.clock.lengths)
