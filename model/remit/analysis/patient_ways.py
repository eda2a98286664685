"""Everything that following patients of a study one by one needs, draw by draw, and a block followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.economics.patient_values import PatientPrices, price_patients
from remit.economics.payment import charges_of
from remit.economics.scales import Discounting, breaks_of, by_age, make_scales
from remit.engine.clock import Clock, Cycle, Scales, make_clock
from remit.engine.itinerary import Itinerary, itinerary_of
from remit.engine.patients import BACKGROUND_DEATH, Histories, background_deaths, follow_patients
from remit.engine.streams import Streams
from remit.inputs.draws import Draws
from remit.inputs.values import Values
from remit.pathway.graph import Pathway
from remit.pathway.population import Stratum
from remit.study import Study
from remit.survival.phases import EXPONENTIAL

Array = NDArray[np.float64]
STRATUM = "stratum"
# Years: the grid on which discounted values are straight lines; no event is bound to it.
STEP = 1 / 12
# Draws whose pathways are built at once.
BLOCK = 500


@dataclass(frozen=True)
class StratumWays:
    """Patients of one stratum: background survival on ``times``, and their way through every strategy."""

    name: str
    times: Array
    survival: Array
    ways: tuple[tuple[Itinerary, PatientPrices], ...]


@dataclass(frozen=True)
class Crowd:
    """Patients of one draw: strata, and up to which uniform (purpose ``STRATUM``) each but the last goes."""

    draw: int
    strategies: tuple[str, ...]
    horizon: float
    strata: tuple[StratumWays, ...]
    bounds: Array


def crowds_of(study: Study, draws: Draws | None = None, *, n_draws: int = 1) -> Iterator[Crowd]:
    """Prepare the patients of a study, draw by draw; without draws those of the parameters' means.

    Raises
    ------
    InputError
        Where the time to relapse is not exponential: see :func:`remit.engine.itinerary.itinerary_of`.
    """
    for first in range(0, n_draws, BLOCK):
        some = {name: column[first : first + BLOCK] for name, column in (draws or {}).items()}
        builder = _Builder(study, some)
        for place in range(min(BLOCK, n_draws - first)):
            # Where nothing is uncertain, all draws are one.
            yield builder.crowd(place if some else 0, first + place)


@dataclass(frozen=True)
class Followed:
    """The patients of a block who belong to one stratum, under one strategy; both by number."""

    stratum: int
    strategy: int
    histories: Histories
    prices: PatientPrices


def follow_block(crowd: Crowd, block: slice, *, seed: int) -> Iterator[Followed]:
    """Follow a block of patients through every strategy, yielding strategy by strategy in each stratum."""
    streams = Streams(seed, first=block.start, draw=crowd.draw)
    everyone = np.arange(block.stop - block.start)
    own = np.searchsorted(crowd.bounds, streams.uniforms(STRATUM, everyone), side="right")
    dying = streams.uniforms(BACKGROUND_DEATH, everyone)
    for number, stratum in enumerate(crowd.strata):
        who = np.flatnonzero(own == number)
        if who.size:
            ends = np.minimum(background_deaths(stratum.times, stratum.survival, dying), crowd.horizon)
            for strategy, (itinerary, prices) in enumerate(stratum.ways):
                histories = follow_patients(itinerary, streams, who, ends, crowd.horizon)
                yield Followed(number, strategy, histories, prices)


def phased_relapse(study: Study) -> str:
    """Return the family of the time to relapse where it keeps patients from being followed, else nothing.

    Only the exponential one is no sum of phases of both signs.
    """
    family = study.settings.relapse
    return "" if family == EXPONENTIAL else family


def fine_clock(study: Study) -> Clock:
    """Return the grid on which profiles are taken: months, and wherever values or mortality jump."""
    settings = study.settings
    breaks = [settings.early_remission, settings.survivor_mortality_from, *breaks_of(study.parameters)]
    return make_clock([Cycle(STEP)], horizon=settings.horizon, breaks=breaks)


class _Builder:
    """The pathways of a block of draws, from which each draw's crowd is taken."""

    def __init__(self, study: Study, draws: Draws) -> None:
        self._study, self._clock = study, fine_clock(study)
        values = study.wide_values(draws)
        self._strata = study.strata(values)
        self._survival = {
            age: study.survival(values, self._clock.times, age=age)
            for age in dict.fromkeys(stratum.age for stratum in self._strata)
        }
        self._scales = {age: self._scales_of(age) for age in self._survival}
        self._pathways = [
            [study.pathway(name, stratum.values) for name in study.strategies] for stratum in self._strata
        ]

    def crowd(self, place: int, draw: int) -> Crowd:
        """Return the patients of the draw at a place of the block; ``draw`` is its number."""
        shares = np.array([stratum.share[place] for stratum in self._strata])
        strata = tuple(
            StratumWays(
                stratum.name,
                self._clock.times,
                self._survival[stratum.age][:, place],
                tuple(self._way(pathway, stratum, place) for pathway in pathways),
            )
            for stratum, pathways in zip(self._strata, self._pathways, strict=True)
        )
        bounds = np.cumsum(shares)[:-1] / np.sum(shares)
        return Crowd(draw, tuple(self._study.strategies), self._study.settings.horizon, strata, bounds)

    def _way(self, pathway: Pathway, stratum: Stratum, place: int) -> tuple[Itinerary, PatientPrices]:
        itinerary, settings = itinerary_of(pathway, place), self._study.settings
        norm = by_age(self._study.parameters["utility_norm"], stratum.age)(np.array(settings.early_remission))
        return itinerary, price_patients(
            itinerary.pathway,
            _one(stratum.values, place),
            charges_of(itinerary.pathway, settings.payment, settings.discount_costs),
            self._clock,
            self._scales[stratum.age],
            discounting=self._discounting,
            perspective=settings.perspective,
            norm_early=float(norm),
        )

    @property
    def _discounting(self) -> Discounting:
        return Discounting(self._study.settings.discount_costs, self._study.settings.discount_qalys)

    def _scales_of(self, age: float) -> Scales:
        return make_scales(
            self._clock,
            self._discounting,
            self._study.parameters,
            age=age,
            early_remission=self._study.settings.early_remission,
        )


def _one(values: Values, place: int) -> Values:
    return Values({name: values[name][place : place + 1] for name in values})
