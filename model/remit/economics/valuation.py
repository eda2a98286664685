"""From weighed time and counted moves to life-years, QALYs and costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.economics.payment import START, Charges
from remit.economics.prices import (
    CATEGORIES,
    EVENT_LOSSES,
    EVENT_PRICES,
    REMISSION,
    SOCIETAL,
    TIME_PRICES,
    UTILITIES,
)
from remit.economics.scales import LOSING
from remit.engine.totals import Group, Totals
from remit.inputs.values import Values
from remit.pathway.graph import HEALTH_STATES, Event, Pathway

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """What a cohort got and what it cost, per patient.

    Attributes
    ----------
    life_years
        (health state, draw), in the order of ``HEALTH_STATES``.
    qalys
        (health state + 1, draw); the last row holds the losses at events, negative.
    costs
        (category, draw), in the order of ``CATEGORIES``.
    events
        (kind, therapy) -> (draw,) times that an event happened; empty unless moves were counted.
    alive_at_end
        (draw,).
    diagnostics
        What the pathway notes by name, (draw,) each.
    """

    life_years: Array
    qalys: Array
    costs: Array
    events: dict[Event, Array]
    alive_at_end: Array
    diagnostics: dict[str, Array | NDArray[np.bool_]]


def value(
    pathway: Pathway,
    totals: Totals,
    values: Values,
    charges: Charges,
    *,
    perspective: str,
    norm_early: float,
) -> Worth:
    """Value a cohort's time and moves.

    Parameters
    ----------
    pathway, totals
        Whose cohort, and what an engine counted of it.
    values
        Prices and utilities, (draw,) each.
    charges
        What share of a therapy's price is charged at its events: see
        :func:`remit.economics.payment.charges_of`.
    perspective
        ``societal`` or ``healthcare``; the latter leaves out the categories in ``SOCIETAL``.
    norm_early
        The utility norm at the end of early remission, before its level: a cap on utility in
        remission, which is never above the norm.
    """
    costs = np.zeros((len(CATEGORIES), pathway.n_draws))
    amounts = (*_time_costs(totals, values), *_event_costs(pathway, totals, values, charges))
    for category, amount in amounts:
        if perspective == "societal" or category not in SOCIETAL:
            costs[CATEGORIES.index(category)] += amount
    life_years = np.zeros((len(HEALTH_STATES), pathway.n_draws))
    qalys = np.zeros((len(HEALTH_STATES) + 1, pathway.n_draws))
    for place, group in enumerate(totals.groups):
        row = HEALTH_STATES.index(group.health_state)
        life_years[row] += totals.time["effects"][place]
        qalys[row] += _qalys(group, place, totals, values, norm_early)
    for event, moved in _happened(pathway, totals, "effects").items():
        if event.kind in LOSING:
            qalys[-1] -= moved * _loss(event, values)
    events = _happened(pathway, totals, "count") if "count" in totals.moves else {}
    return Worth(life_years, qalys, costs, events, totals.alive_at_end, dict(pathway.diagnostics))


def _time_costs(totals: Totals, values: Values) -> Iterator[tuple[str, Array]]:
    for place, group in enumerate(totals.groups):
        for price in TIME_PRICES:
            if group.condition in price.conditions:
                yield price.category, values[price.parameter] * totals.time[price.profile][place]
        if group.condition == "remission_hsct_planned":
            # The short wait for HSCT is not split by immunoglobulin; the share on it at CR pays throughout.
            share = values.either(f"p_immunoglobulin_{group.therapy}", 0.0)
            yield "immunoglobulin", share * values["cost_immunoglobulin"] * totals.time["costs"][place]


def _event_costs(
    pathway: Pathway, totals: Totals, values: Values, charges: Charges
) -> Iterator[tuple[str, Array]]:
    charged = _charged(pathway, totals, charges)
    for event, moved in _happened(pathway, totals, "costs").items():
        for price in EVENT_PRICES:
            if price.kind == event.kind:
                names = [name.format(therapy=event.therapy) for name in price.parameters]
                factor = price.factor.format(therapy=event.therapy) if price.factor else ""
                if not (price.optional and names[0] not in values):
                    times = charged[event] if price.agreed else moved
                    each = _product([*names, factor] if factor in values else names, values)
                    yield price.category, times * each
    rates = pathway.exit_rates(0)
    for place, number in enumerate(totals.counted):
        move = pathway.transitions[number]
        if any(event.kind == "active_disease" for event in move.events):
            # Parents' work is lost for at most the friction period of each episode.
            time = _within(values["time_friction"], rates[move.destination])
            yield "productivity", totals.moves["costs"][place] * time * values["cost_productivity_carers"]
    for state, begun, rate in zip(pathway.states, pathway.initial, rates, strict=True):
        if state.condition in ("refractory", "relapsed"):
            time = _within(values["time_friction"], rate)
            yield "productivity", begun * time * values["cost_productivity_carers"]


def _within(period: Array, rate: Array) -> Array:
    """Return E[min(T, period)] of an exponential time T, (draw,)."""
    rate = np.maximum(rate, 1e-12)
    return np.asarray(-np.expm1(-rate * period) / rate, dtype=np.float64)


def _happened(pathway: Pathway, totals: Totals, scale: str) -> dict[Event, Array]:
    """Return how often each event happened on a scale, (draw,), those at time 0 included."""
    happened: dict[Event, Array] = {}
    for event, _, count in _occasions(pathway, totals, scale):
        happened[event] = happened[event] + count if event in happened else count
    return happened


def _charged(pathway: Pathway, totals: Totals, charges: Charges) -> dict[Event, Array]:
    """Return how many whole prices are charged at each event that asks for one, discounted, (draw,)."""
    charged: dict[Event, Array] = {}
    for event, place, count in _occasions(pathway, totals, "costs"):
        if (event, place) in charges:
            paid = count * charges[event, place]
            charged[event] = charged[event] + paid if event in charged else paid
    return charged


def _occasions(pathway: Pathway, totals: Totals, scale: str) -> Iterator[tuple[Event, int, Array]]:
    """Yield each event, the state that its move leads to, and how often that happened, (draw,)."""
    for event, share in pathway.starting_events:
        yield event, START, share
    for place, number in enumerate(totals.counted):
        move = pathway.transitions[number]
        for event in move.events:
            yield event, move.destination, totals.moves[scale][place]


def _qalys(group: Group, place: int, totals: Totals, values: Values, norm_early: float) -> Array:
    effects = totals.time["effects"][place]
    if group.condition in UTILITIES:
        return np.asarray(values[UTILITIES[group.condition]] * effects, dtype=np.float64)
    if group.condition not in REMISSION:
        raise AssertionError(f"no utility for {group.condition}")
    early, norm = totals.time["early"][place], totals.time["norm"][place]
    level = values["utility_norm"]
    # Utility in remission is never above the norm: neither early nor by a negative decrement.
    in_remission = np.minimum(values["utility_remission_early"], level * norm_early)
    decrement = np.maximum(values["utility_decrement_survivor"], 0.0)
    total = in_remission * early + level * norm - decrement * (effects - early)
    if group.condition == "remission_immunoglobulin":
        total = total - values["utility_decrement_immunoglobulin"] * effects
    return np.asarray(total, dtype=np.float64)


def _loss(event: Event, values: Values) -> Array | float:
    losses = [
        _product([name.format(therapy=event.therapy) for name in loss.parameters], values)
        for loss in EVENT_LOSSES
        if loss.kind == event.kind
    ]
    return np.sum(losses, axis=0) if losses else 0.0


def _product(names: list[str], values: Values) -> Array:
    product = values[names[0]]
    for name in names[1:]:
        product = product * values[name]
    return product
