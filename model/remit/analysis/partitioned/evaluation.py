"""A study valued through partitioned survival, from the curves of its own parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from remit.analysis.partitioned.curves import StrategyCurves, mean_age, strategy_curves
from remit.economics.outcomes import Outcomes, outcomes_of, stack_draws
from remit.economics.partitioned import Reported, Rules, Stay, value_stays
from remit.economics.scales import by_age
from remit.economics.valuation import Worth
from remit.engine.partitioned import (
    PARTITIONED_STATES,
    Curve,
    Partition,
    partition,
    with_background_tail,
)
from remit.evaluation import evaluate
from remit.inputs.columns import draw_columns
from remit.inputs.targets import Origin
from remit.inputs.values import Values
from remit.pathway.graph import Event
from remit.study import Study

Array = NDArray[np.float64]
# What is taken of the Markov model: its curves up to the joint and a tail after it (a partitioned model),
# its curves to the end, or those and who is rescued, whom no curve shows.
Structure = Literal["partitioned", "no tail", "rescued apart"]
# Wide enough for numpy; the occupancy of a long sequence at every point of the clock is kept for a block.
BLOCK = 500


@dataclass(frozen=True)
class PartitionedOutcomes:
    """Outcomes of a study through partitioned survival.

    Attributes
    ----------
    outcomes
        As those of the Markov model; health states are event-free, progressed and dead.
    years_capped
        (draw, strategy) years in which event-free survival was capped at overall survival.
    largest_excess
        (draw, strategy) the most by which it lay above.
    years_followed
        The horizon, of which those years are part.
    """

    outcomes: Outcomes
    years_capped: Array
    largest_excess: Array
    years_followed: float

    @property
    def share_crossing(self) -> Array:
        """Share of draws in which the curves cross, (strategy,)."""
        return np.asarray(np.mean(self.largest_excess > 0, axis=0), dtype=np.float64)

    @property
    def share_of_time(self) -> Array:
        """Mean share of the time followed in which the curve was capped, (strategy,)."""
        return np.asarray(np.mean(self.years_capped / self.years_followed, axis=0), dtype=np.float64)


def evaluate_partitioned(
    study: Study,
    parameters: Any = None,  # noqa: ANN401 - as for evaluate
    *,
    structure: Structure = "partitioned",
) -> PartitionedOutcomes:
    """Follow every strategy by its curves, and value its three states.

    Both curves follow background mortality, survivors' ratio included, from
    ``settings.survivor_mortality_from`` on; from then on all who are alive are valued as survivors.

    Parameters
    ----------
    study
        What is compared, and how.
    parameters
        As for :func:`remit.evaluation.evaluate`: None for the means, or a table of draws.
    structure
        ``partitioned``; the others are steps on the way to it, for the explanation of the difference.

    Raises
    ------
    InputError
        As :func:`remit.evaluation.evaluate` does.
    """
    draws = draw_columns(study.parameters, parameters)
    width = max((column.size for column in draws.values()), default=1)
    events = evaluate(study, draws or None, counts=True).events
    parts = []
    for start in range(0, width, BLOCK):
        some = slice(start, min(start + BLOCK, width))
        block = {name: column[some] for name, column in draws.items()}
        parts.append(_block(study, block, {e: count[some] for e, count in events.items()}, structure))
    return PartitionedOutcomes(
        outcomes=stack_draws([part.outcomes for part in parts]),
        years_capped=np.concatenate([part.years_capped for part in parts]),
        largest_excess=np.concatenate([part.largest_excess for part in parts]),
        years_followed=float(study.clock.times[-1]),
    )


def follow_partitioned(
    study: Study, times: Array, parameters: Mapping[str, Array] | None = None
) -> dict[str, Partition]:
    """Return the partition of every strategy at times of its own choice, the joint of the tail among them.

    Parameters
    ----------
    study
        Whose strategies.
    times
        (time,) rising from 0, in years.
    parameters
        Columns of draws; None: the parameters' means.
    """
    values = study.wide_values(parameters)
    strata = study.strata(values)
    background = study.survival(values, times, age=mean_age(study, strata))
    return {
        curves.strategy: _partition(study, curves, times, background, "partitioned")
        for curves in strategy_curves(study, times, values, strata)
    }


def _partition(
    study: Study, curves: StrategyCurves, times: Array, background: Array, structure: Structure
) -> Partition:
    """Turn a strategy's curves into states, with a tail where the structure has one."""
    pair = [curves.event_free, curves.overall]
    if structure == "partitioned":
        since = study.settings.survivor_mortality_from
        pair = [with_background_tail(one, times, since=since, background=background) for one in pair]
    enrolled = study.settings.start == "enrolled"
    origin: Origin = "decision" if enrolled else "infusion"
    of: Literal["enrolled", "infused"] = "enrolled" if enrolled else "infused"
    return partition(Curve("efs", of, origin, pair[0]), Curve("os", of, origin, pair[1]), times)


def _block(
    study: Study, draws: dict[str, Array], events: Mapping[Event, Array], structure: Structure
) -> PartitionedOutcomes:
    width = max((column.size for column in draws.values()), default=1)
    values = study.wide_values(draws)
    strata = study.strata(values)
    times, age = study.clock.times, mean_age(study, strata)
    background = study.survival(values, times, age=age)
    rules, worths, parts = rules_of(study, age), [], []
    followed = _followed(study, times, structure)
    for place, curves in enumerate(strategy_curves(study, times[:followed], values, strata)):
        curves = curves.lengthened(times.size)  # noqa: PLW2901 - the same curves
        own = {event: _widened(count[:, place], values.n_draws) for event, count in events.items()}
        part = _partition(study, curves, times, background, structure)
        therapies = [line.therapy for line in study.strategies[curves.strategy].lines]
        reported = Reported(
            events=own,
            therapies=therapies,
            ready=therapies[0] if study.settings.start == "infused" else None,
            event_free=part.occupancy[:, 0],
            overall=1 - part.occupancy[:, 2],
            background=background,
        )
        worths.append(value_stays(_stays(part, curves, structure), reported, values, rules))
        parts.append(part)
    return _outcomes(study, worths, parts, values, width)


def _followed(study: Study, times: Array, structure: Structure) -> int:
    """Return at how many times the curves are needed: where a tail follows, up to the joint."""
    since = study.settings.survivor_mortality_from
    return int(np.searchsorted(times, since + 1e-9)) if structure == "partitioned" else times.size


def _stays(part: Partition, curves: StrategyCurves, structure: Structure) -> list[Stay]:
    """Say what time in each state is valued as."""
    free, progressed = part.occupancy[:, 0], part.occupancy[:, 1]
    stays = [Stay("event_free", free, "remission")]
    if structure == "rescued apart":
        stays.append(Stay("progressed", curves.rescued, "remission"))
        return [*stays, Stay("progressed", progressed - curves.rescued, "relapsed")]
    stays.append(Stay("progressed", progressed, "relapsed", when="before"))
    return [*stays, Stay("progressed", progressed, "remission", when="after")]


def _outcomes(
    study: Study, worths: list[Worth], parts: list[Partition], values: Values, width: int
) -> PartitionedOutcomes:
    stepped = np.zeros(values.n_draws, dtype=np.bool_)
    together = replace(outcomes_of(list(study.strategies), worths, stepped), health_states=PARTITIONED_STATES)
    capped = np.stack([part.years_capped for part in parts], axis=1)
    excess = np.stack([part.excess.max(axis=0) for part in parts], axis=1)
    return PartitionedOutcomes(
        together.first(width), capped[:width], excess[:width], float(study.clock.times[-1])
    )


def rules_of(study: Study, age: float) -> Rules:
    """Return how a study counts, in patients of an age at the start."""
    settings = study.settings
    norm = by_age(study.parameters["utility_norm"], age)(np.array(settings.early_remission))
    return Rules(
        clock=study.clock,
        scales=study.scales(age=age),
        payments=settings.payment,
        discount_costs=settings.discount_costs,
        perspective=settings.perspective,
        norm_early=float(norm),
        survivors_from=settings.survivor_mortality_from,
    )


def _widened(column: Array, n_draws: int) -> Array:
    """Repeat the last draw until there are enough."""
    return np.pad(column, (0, n_draws - column.size), mode="edge")
