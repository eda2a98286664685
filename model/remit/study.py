"""A study: parameters, strategies, population and settings; and the one path from them to outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.economics.outcomes import Outcomes, outcomes_of
from remit.economics.payment import Charges, charges_of
from remit.economics.scales import Discounting, breaks_of, by_age, make_scales
from remit.economics.strata import StratumOutcomes, features_of, mixture, stack_strata, whole
from remit.economics.valuation import Worth, value
from remit.engine.background import Background, make_background
from remit.engine.blocks import NARROWEST
from remit.engine.clock import Clock, Scales, make_clock
from remit.engine.cohort import Solver, follow_cohorts
from remit.engine.totals import Totals
from remit.errors import InputError, Problem, nearest
from remit.inputs.columns import draw_columns
from remit.inputs.distributions import Fixed
from remit.inputs.draws import Draws, draw_parameters
from remit.inputs.parameters import Parameter, parameter_problems
from remit.inputs.posterior import Posterior
from remit.inputs.values import Values, values_of
from remit.pathway.build import Start, build_pathway
from remit.pathway.graph import Pathway
from remit.pathway.population import Population, Stratum, stratify
from remit.pathway.therapies import Strategy, Therapy
from remit.pathway.transplant import with_rescue
from remit.settings import Plan, Settings
from remit.survival.life_table import LifeTable, Mortality, background_survival

Array = NDArray[np.float64]
# What is kept of the strata of a block of draws: all of them, or some groups of them.
Keep = Callable[[Sequence[StratumOutcomes]], list[StratumOutcomes]]
# Draws that are prepared at once: wide enough for numpy, narrow enough for memory and for sharing out.
BLOCK = 2500


@dataclass(frozen=True)
class Study:
    """Everything that one comparison needs, and nothing that changes while it runs.

    ``strategies`` are those compared, in order; ``comparator`` is one of them. ``posterior`` holds the
    parameters that a calibration fitted; the others are drawn from their own distributions.
    """

    title: str
    parameters: Mapping[str, Parameter]
    therapies: Mapping[str, Therapy]
    strategies: Mapping[str, Strategy]
    comparator: str
    population: Population
    life_table: LifeTable
    settings: Settings
    psa: Plan
    because: str | None = None
    posterior: Posterior | None = None

    def set(self, changed: Mapping[str, Any], *, because: str = "set by the user") -> Study:
        """Return the study with some parameters fixed at new values, in their own units.

        Raises
        ------
        InputError
            Where a name is unknown, with the nearest one.

        Examples
        --------
        ``study.set({"cost_drug_tisagenlecleucel": 160000})``
        """
        parameters = dict(self.parameters)
        for name, new in changed.items():
            if name not in parameters:
                hint = nearest(name, parameters)
                raise InputError(Problem("unknown parameter", key=name, hint=hint))
            by = parameters[name].by
            if by and not isinstance(new, Mapping):
                new = {at: float(new) * old for at, old in parameters[name].value.items()}  # type: ignore[union-attr]  # noqa: PLW2901
            parameters[name] = replace(
                parameters[name], value=new, uncertainty=Fixed(because), correlated_with=None
            )
            broken = [rule for _, rule in parameter_problems(name, parameters[name], None)]
            if broken:
                raise InputError([Problem(rule, key=name, value=new) for rule in broken])
        replaced = {column for name in changed for column in parameters[name].columns(name)}
        posterior = self.posterior.without(replaced) if self.posterior else None
        return replace(self, parameters=parameters, posterior=posterior)

    def with_settings(self, **changed: Any) -> Study:  # noqa: ANN401 - any field of Settings
        """Return the study with some settings changed.

        Raises
        ------
        InputError
            Where a setting is not allowed, or pays for an unknown therapy.
        """
        for therapy in changed.get("payment", {}):
            if therapy not in self.therapies:
                hint = nearest(therapy, self.therapies)
                raise InputError(Problem("unknown therapy", key=f"payment.{therapy}", hint=hint))
        try:
            return replace(self, settings=replace(self.settings, **changed))
        except ValueError as error:
            raise InputError(str(error)) from None

    @cached_property
    def clock(self) -> Clock:
        """The grid of cycles."""
        settings = self.settings
        breaks = [settings.early_remission, settings.survivor_mortality_from, *breaks_of(self.parameters)]
        return make_clock(
            settings.cycle, horizon=settings.horizon, breaks=breaks, correction=settings.correction
        )

    @property
    def age(self) -> float:
        """Age at time 0, in years."""
        age = self.parameters["age_start"]
        return float(age.value) * age.factor  # type: ignore[arg-type]  # a number, by its prefix

    def scales(self, *, counts: bool = False, age: float | None = None) -> Scales:
        """Return what is counted over time in patients of an age at time 0 (None: that of all)."""
        return make_scales(
            self.clock,
            Discounting(self.settings.discount_costs, self.settings.discount_qalys),
            self.parameters,
            age=self.age if age is None else age,
            early_remission=self.settings.early_remission,
            counts=counts,
        )

    def draws(self, *, n_draws: int, seed: int) -> Draws:
        """Draw every uncertain parameter, (draw,) each: see :func:`remit.inputs.draws.draw_parameters`."""
        return draw_parameters(self.parameters, seed=seed, n_draws=n_draws, posterior=self.posterior)

    @cached_property
    def means(self) -> dict[str, float]:
        """The mean of every column in its own unit: of the posterior where there is one."""
        own = {column: mean for name, p in self.parameters.items() for column, mean in p.means(name).items()}
        return {**own, **(self.posterior.means() if self.posterior else {})}

    def values(self, draws: Mapping[str, Array] | None) -> Values:
        """Return means overlaid with draws, in years and per year."""
        known = self.posterior.means() if self.posterior else {}
        own = values_of(self.parameters, {**{c: np.array([x]) for c, x in known.items()}, **(draws or {})})
        return own.with_values({name: own[of] for name, of in self.borrowed.items()})

    @cached_property
    def borrowed(self) -> dict[str, str]:
        """The columns that a therapy has from the one that it is like: its own name -> that column."""
        found: dict[str, str] = {}
        for therapy, kind in self.therapies.items():
            for name, parameter in self.parameters.items() if kind.like else ():
                own = f"{name.removesuffix(str(kind.like))}{therapy}"
                if name.endswith(f"_{kind.like}") and own not in self.parameters:
                    found |= {f"{own}{c.removeprefix(name)}": c for c in parameter.columns(name)}
        return found

    def wide_values(self, draws: Mapping[str, Array] | None) -> Values:
        """Return values of at least as many draws as a block has; the last draw is repeated for that."""
        drawn = dict(draws or {})
        width = max((column.size for column in drawn.values()), default=1)
        return self.values(_padded(drawn, width)).widened(NARROWEST)

    def survival(self, values: Values, times: Array, *, age: float | None = None) -> Array:
        """Return background survival of patients of an age at time 0 (None: that of all), (time, draw)."""
        mortality = Mortality(
            share_female=values["share_female"],
            hr_male=values["hr_life_table_male"],
            hr_female=values["hr_life_table_female"],
            smr=values["smr_survivors"],
            smr_from=self.settings.survivor_mortality_from,
        )
        own = self.age if age is None else age
        return background_survival(self.life_table, mortality, age=own, times=times)

    def strata(self, values: Values) -> list[Stratum]:
        """Split the population."""
        common = with_rescue(self.settings.hsct_reference, values, self.settings.relapse)
        given = {line.therapy for strategy in self.strategies.values() for line in strategy.lines}
        therapies = {name: kind for name, kind in self.therapies.items() if name in given}
        return stratify(self.population, therapies, common, self.settings.subgroup)

    @cached_property
    def features(self) -> dict[str, tuple[str, ...]]:
        """The features in which the population's strata differ, with their levels."""
        return features_of([stratum.levels for stratum in self.strata(self.wide_values(None))])

    def check_feature(self, name: str) -> None:
        """Refuse a feature that the population does not have.

        Raises
        ------
        InputError
            With the nearest one.
        """
        if name not in self.features:
            hint = nearest(name, self.features) or f"there are: {', '.join(self.features) or 'none'}"
            raise InputError(Problem("no feature of the population", key=name, hint=hint))

    def pathway(self, strategy: str, values: Values, *, start: Start | None = None) -> Pathway:
        """Build the pathway of a strategy for the values of a stratum, from the study's start or another."""
        return build_pathway(
            self.strategies[strategy],
            self.therapies,
            values,
            start=start or self.settings.start,
            early_remission=self.settings.early_remission,
            relapse=self.settings.relapse,
            hsct=self.settings.hsct,
        )


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
class _Followed:
    """A block of draws followed through every pathway, not yet valued; ``width`` of them are asked for."""

    width: int
    values: Values
    strata: list[Stratum]
    pathways: list[Pathway]
    charges: list[Charges]
    totals: list[Totals]
    stepped: NDArray[np.bool_]

    def worth(self, study: Study, prices: Mapping[str, Array] | None = None) -> list[StratumOutcomes]:
        """Value what was followed, at other prices if given, stratum by stratum."""
        n = len(study.strategies)
        valued = []
        for place, stratum in enumerate(self.strata):
            worths = self._worth_of(study, stratum, slice(place * n, (place + 1) * n), prices or {})
            own = outcomes_of(list(study.strategies), worths, self.stepped)
            own = own if self.values.n_draws == self.width else own.first(self.width)
            share = stratum.share[: self.width]
            valued.append(StratumOutcomes(stratum.name, stratum.levels, share, own))
        return valued

    def _worth_of(
        self, study: Study, stratum: Stratum, places: slice, prices: Mapping[str, Array]
    ) -> list[Worth]:
        """Value the strategies in one stratum, by its own toxicity and age."""
        settings, values = study.settings, stratum.values.with_values(prices)
        norm = by_age(study.parameters["utility_norm"], stratum.age)(np.array(settings.early_remission))
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
    strata = study.strata(values)
    pathways = [study.pathway(name, stratum.values) for stratum in strata for name in study.strategies]
    ages = [stratum.age for stratum in strata for _ in study.strategies]
    totals: dict[int, Totals] = {}
    stepped = np.zeros(values.n_draws, dtype=np.bool_)
    for age in dict.fromkeys(ages):
        places = [place for place, own in enumerate(ages) if own == age]
        background = _background(study, values, age)
        scales = study.scales(counts=counts, age=age)
        found, doubtful = follow_cohorts(
            [pathways[place] for place in places], study.clock, background, scales, solver=solver
        )
        totals |= dict(zip(places, found, strict=True))
        stepped |= doubtful
    in_order = [totals[place] for place in range(len(pathways))]
    settings = study.settings
    charges = [charges_of(pathway, settings.payment, settings.discount_costs) for pathway in pathways]
    return _Followed(width, values, strata, pathways, charges, in_order, stepped)


def _blocks(draws: dict[str, Array]) -> list[dict[str, Array]]:
    width = max((column.size for column in draws.values()), default=1)
    return [{k: v[i : i + BLOCK] for k, v in draws.items()} for i in range(0, width, BLOCK)]


def _padded(draws: dict[str, Array], width: int) -> dict[str, Array]:
    """Repeat the last draw until the block is wide enough."""
    if width >= NARROWEST:
        return draws
    return {name: np.pad(column, (0, NARROWEST - column.size), mode="edge") for name, column in draws.items()}


def _background(study: Study, values: Values, age: float) -> Background:
    return make_background(study.survival(values, study.clock.times, age=age), study.clock.lengths)
