"""What is counted over time: discounting, and values that change with age or time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.economics.prices import EVENT_LOSSES, EVENT_PRICES, REMISSION, TIME_PRICES
from remit.engine.clock import Clock, MoveScale, Profile, Scales
from remit.inputs.parameters import Parameter
from remit.pathway.graph import Condition

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Discounting:
    """Annual discount rates; the factor at t years is (1 + rate) ** -t."""

    costs: float
    qalys: float


def make_scales(
    clock: Clock,
    discounting: Discounting,
    parameters: Mapping[str, Parameter],
    *,
    age: float,
    early_remission: float,
    counts: bool = False,
) -> Scales:
    """Return the profiles that the valuation asks for.

    ``effects`` and ``costs`` are the discount factors. ``early`` is ``effects`` up to
    ``early_remission``; ``norm`` is ``effects`` after it times the utility norm at the patient's
    age; ``follow_up``, ``medical`` and ``non_medical`` are ``costs`` times a cost that changes with
    time or age. Each counts only in the conditions, and moves only for the events, that are valued
    on it. One-off values are discounted at the middle of the step.

    Parameters
    ----------
    clock
        The grid.
    discounting
        Rates.
    parameters
        Where the profiles by age and time stand.
    age
        At time 0, in years.
    early_remission
        Years from time 0.
    counts
        Whether to count moves without discounting too.
    """
    effects, costs = _factor(discounting.qalys), _factor(discounting.costs)
    norm = by_age(parameters["utility_norm"], age)
    profiles = [
        _profile("effects", clock, effects),
        _profile("early", clock, lambda t: effects(t) * (t < early_remission), frozenset(REMISSION)),
        _profile(
            "norm", clock, lambda t: effects(t) * norm(t) * (t >= early_remission), frozenset(REMISSION)
        ),
        _profile("costs", clock, costs, _paying("costs") | {"remission_hsct_planned"}),
    ]
    for name, parameter in COST_PROFILES.items():
        shape = parameters[parameter]
        profile = by_age(shape, age) if shape.by == "age" else by_time(shape)
        profiles.append(_profile(name, clock, _product(costs, profile), _paying(name)))
    moves = {
        "costs": MoveScale(costs(clock.middles), PRICED),
        "effects": MoveScale(effects(clock.middles), LOSING),
    }
    if counts:
        moves["count"] = MoveScale(np.ones_like(clock.middles))
    return Scales(tuple(profiles), moves)


# The kinds of event that cost money, and those that cost health.
PRICED = frozenset({"active_disease", *(price.kind for price in EVENT_PRICES)})
LOSING = frozenset(loss.kind for loss in EVENT_LOSSES)
COST_PROFILES = {
    "follow_up": "cost_follow_up",
    "medical": "cost_future_medical",
    "non_medical": "cost_future_non_medical",
}


def by_age(parameter: Parameter, age: float) -> Callable[[Array], Array]:
    """Return the values of a parameter by age as a function of time: straight lines between its points."""
    points = _points(parameter)
    ages, values = np.array(list(points)), np.array(list(points.values())) * _per_year(parameter)
    return lambda t: np.interp(age + t, ages, values)


def by_time(parameter: Parameter) -> Callable[[Array], Array]:
    """Return the values of a parameter by time: each holds from its own time to the next one."""
    points = _points(parameter)
    starts, values = np.array(list(points)), np.array(list(points.values())) * _per_year(parameter)
    return lambda t: values[np.clip(np.searchsorted(starts, t, side="right") - 1, 0, None)]


def breaks_of(parameters: Mapping[str, Parameter]) -> list[float]:
    """Return the years at which a parameter by time jumps."""
    return [float(t) for p in parameters.values() if p.by == "time" for t in _points(p)]


def _points(parameter: Parameter) -> dict[float, float]:
    if not isinstance(parameter.value, dict):
        return {0.0: float(parameter.value)}
    return {
        float(at): float(value)
        for at, value in sorted(parameter.value.items(), key=lambda item: float(item[0]))
    }


def _per_year(parameter: Parameter) -> float:
    from remit.inputs.units import unit_factor

    return unit_factor(parameter.unit)


def _factor(rate: float) -> Callable[[Array], Array]:
    return lambda t: np.asarray((1.0 + rate) ** -t, dtype=np.float64)


def _product(a: Callable[[Array], Array], b: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda t: a(t) * b(t)


def _paying(profile: str) -> frozenset[Condition]:
    """Return the conditions in which something is paid on a profile."""
    prices = [price for price in TIME_PRICES if price.profile == profile]
    return frozenset(condition for price in prices for condition in price.conditions)


def _profile(
    name: str,
    clock: Clock,
    value: Callable[[Array], Array],
    conditions: frozenset[Condition] | None = None,
) -> Profile:
    """Take the value just after the start and just before the end of each step, where it may jump."""
    nudge = 1e-9 * clock.lengths
    return Profile(name, value(clock.times[:-1] + nudge), value(clock.times[1:] - nudge), conditions)
