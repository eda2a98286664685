"""A study: parameters, strategies, population and settings, and what follows from them before patients do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.economics.scales import Discounting, breaks_of, make_scales
from remit.economics.strata import features_of
from remit.engine.blocks import NARROWEST
from remit.engine.clock import Clock, Scales, make_clock
from remit.errors import InputError, Problem, nearest
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
        return draw_parameters(
            self.parameters,
            seed=seed,
            n_draws=n_draws,
            posterior=self.posterior,
            sampling=self.psa.sampling,
        )

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


def _padded(draws: dict[str, Array], width: int) -> dict[str, Array]:
    """Repeat the last draw until the block is wide enough."""
    if width >= NARROWEST:
        return draws
    return {name: np.pad(column, (0, NARROWEST - column.size), mode="edge") for name, column in draws.items()}
