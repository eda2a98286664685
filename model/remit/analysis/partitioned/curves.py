"""Event-free and overall survival of every strategy from the start of the study, as the model has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.cohort import shares_over
from remit.inputs.values import Values
from remit.pathway.graph import Pathway
from remit.pathway.population import Stratum
from remit.study import Study

Array = NDArray[np.float64]
FAILED = ("refractory", "relapsed")
RESCUED = "rescued"


@dataclass(frozen=True)
class StrategyCurves:
    """Shares of all patients of a strategy at times since the start, (time, draw) each.

    Attributes
    ----------
    event_free
        The strategy has not failed: waiting, under treatment, or in a remission of one of its lines, HSCT
        included. With one line that is EFS by intention to treat: not being infused, non-response, relapse
        and death are its events. With several it is the time until the whole strategy has failed, which
        survives a relapse that a later line is given for.
    overall
        Alive.
    rescued
        In remission for good after the strategy has failed; a partitioned model cannot see them.
    """

    strategy: str
    event_free: Array
    overall: Array
    rescued: Array

    def lengthened(self, n_times: int) -> StrategyCurves:
        """Return curves that stay as they are after their last time, up to so many times."""
        more = n_times - len(self.overall)
        ends = (np.pad(one, ((0, more), (0, 0)), mode="edge") for one in self._all)
        return StrategyCurves(self.strategy, *ends)

    @property
    def _all(self) -> tuple[Array, Array, Array]:
        return self.event_free, self.overall, self.rescued


def strategy_curves(
    study: Study, times: Array, values: Values, strata: Sequence[Stratum]
) -> Iterator[StrategyCurves]:
    """Yield the curves of every strategy, strata weighed by their shares.

    Parameters
    ----------
    study
        Whose strategies; the clock starts where its settings say.
    times
        (time,) rising, in years.
    values, strata
        The parameters, and the population split at them.
    """
    ages = dict.fromkeys(stratum.age for stratum in strata)
    background = {age: study.survival(values, times, age=age) for age in ages}
    for name in study.strategies:
        sums = [np.zeros((len(times), values.n_draws)) for _ in range(3)]
        for stratum in strata:
            pathway = study.pathway(name, stratum.values)
            shares = shares_over(pathway, times, _counted(pathway))
            weight = stratum.share * background[stratum.age]
            for place in range(3):
                sums[place] += weight * shares[:, place]
        event_free, failed, rescued = sums
        # As a sum of its parts, so that rounding cannot lift event-free survival above it.
        yield StrategyCurves(name, event_free, event_free + failed + rescued, rescued)


def _counted(pathway: Pathway) -> tuple[list[int], list[int], list[int]]:
    """Return the alive states that are event-free, those after failure, and those rescued from it."""
    alive = list(enumerate(pathway.states[:-1]))
    rescued = [place for place, state in alive if state.name == RESCUED]
    failed = [place for place, state in alive if state.condition in FAILED and place not in rescued]
    free = [place for place, _ in alive if place not in (*rescued, *failed)]
    return free, failed, rescued


def mean_age(study: Study, strata: Sequence[Stratum]) -> float:
    """Return the mean age at the start: a partitioned model has one cohort, of one age."""
    ages = np.array([stratum.age for stratum in strata])
    if np.all(ages == ages[0]):
        return float(ages[0])
    at_means = study.strata(study.values(None))
    return float(sum(stratum.age * float(stratum.share[0]) for stratum in at_means))
