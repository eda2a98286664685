"""What the three states of partitioned survival are worth, with the utilities and prices of the Markov model.

A partitioned model knows how long patients are in a state, not what they live through in it. What the
Markov model values by condition is valued here by state and time, or once at the start: see `value_stays`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.economics.accumulate import accumulate
from remit.economics.payment import Instalment, Payment
from remit.economics.prices import CATEGORIES, EVENT_LOSSES, EVENT_PRICES, SOCIETAL, TIME_PRICES
from remit.economics.valuation import Worth
from remit.engine.clock import Clock, Scales
from remit.engine.partitioned import PARTITIONED_STATES, PartitionedState
from remit.inputs.values import Values
from remit.pathway.graph import Condition, Event

Array = NDArray[np.float64]
Amount = tuple[str, Array]
# Years are as this condition of the Markov model: in remission, or with uncontrolled disease after failure.
As = Literal["remission", "relapsed"]
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Stay:
    """Time in one state, and what it is valued as: (time, draw) shares at the points of the clock."""

    state: PartitionedState
    shares: Array
    valued_as: As
    when: Literal["throughout", "before", "after"] = "throughout"


@dataclass(frozen=True)
class Reported:
    """What a partitioned model is told beside its curves.

    Attributes
    ----------
    events
        Times that an event happens to a patient, not discounted, (draw,) each.
    therapies
        Those given, in order.
    ready
        The therapy that patients start with at its infusion, without a wait; None where they wait.
    event_free, overall
        (time, draw) shares at the points of the clock.
    background
        (time, draw) background survival: deaths beyond it are of the disease or its treatment.
    """

    events: Mapping[Event, Array]
    therapies: Sequence[str]
    event_free: Array
    overall: Array
    background: Array
    ready: str | None = None

    def given(self) -> Iterator[tuple[str, Array, Array]]:
        """Yield each therapy with how often a patient is given it, and waits for it, (draw,) each."""
        for therapy in dict.fromkeys(self.therapies):
            times = self.events.get(Event("infusion", therapy))
            if times is not None:
                yield therapy, times, np.maximum(times - 1, 0.0) if therapy == self.ready else times


@dataclass(frozen=True)
class Rules:
    """How the study counts: its clock and scales, payments, perspective, and when survivors' time begins.

    ``norm_early`` is the utility norm at the end of early remission, which caps utility in remission.
    """

    clock: Clock
    scales: Scales
    payments: Mapping[str, Payment]
    discount_costs: float
    perspective: str
    norm_early: float
    survivors_from: float


def value_stays(stays: Sequence[Stay], reported: Reported, values: Values, rules: Rules) -> Worth:
    """Value time in the three states, and what happens once.

    Years as in remission and as relapsed have the utilities and the costs a year of these conditions in the
    Markov model. Once, at the start and not discounted: drugs, HSCT, salvage and all other events but
    deaths, the mean waits and times under treatment (what they cost, and what utility they take from
    remission), the first year after HSCT, immunoglobulin. End of life is charged at deaths beyond
    background mortality.

    Parameters
    ----------
    stays
        Time in each state, every alive patient in one of them at any time.
    reported
        Events and curves.
    values
        Prices and utilities, (draw,) each.
    rules
        How the study counts.

    Returns
    -------
    Worth
        Life-years by ``PARTITIONED_STATES``, QALYs the same with losses at the start last.
    """
    life_years = np.zeros((len(PARTITIONED_STATES), values.n_draws))
    qalys = np.zeros((len(PARTITIONED_STATES) + 1, values.n_draws))
    costs = np.zeros((len(CATEGORIES), values.n_draws))
    amounts: list[Amount] = []
    for stay in stays:
        years = _years(stay, rules)
        row = PARTITIONED_STATES.index(stay.state)
        life_years[row] += years["effects"]
        qalys[row] += _utility(stay.valued_as, years, values, rules.norm_early)
        amounts += _costs_of_time(stay.valued_as, years, values)
    qalys[-1] -= _losses(reported, values, rules.norm_early)
    amounts += [*_events(reported, values, rules), *_on_treatment(reported, values)]
    amounts.append(("end_of_life", values["cost_end_of_life"] * _deaths(reported, rules)))
    for category, amount in amounts:
        if rules.perspective == "societal" or category not in SOCIETAL:
            costs[CATEGORIES.index(category)] += amount
    return Worth(life_years, qalys, costs, {}, reported.overall[-1], {})


def _years(stay: Stay, rules: Rules) -> dict[str, Array]:
    """Return years in a stay weighed by each profile of the study, discounting included, (draw,) each."""
    clock = rules.clock
    steps = np.ones(clock.lengths.size)
    if stay.when != "throughout":
        later = clock.times[:-1] >= rules.survivors_from - 1e-9
        steps = (later if stay.when == "after" else ~later).astype(np.float64)
    trace = stay.shares.T[:, :, None]
    years = {}
    for profile in rules.scales.profiles:
        weights = np.zeros(clock.times.size)
        weights[:-1] += clock.at_start * profile.at_start * steps
        weights[1:] += clock.at_end * profile.at_end * steps
        years[profile.name] = accumulate(trace, [1.0], times=clock.times, correction=weights)
    return years


def _utility(valued_as: As, years: Mapping[str, Array], values: Values, norm_early: float) -> Array:
    if valued_as == "relapsed":
        return np.asarray(values["utility_active_disease"] * years["effects"], dtype=np.float64)
    decrement = np.maximum(values["utility_decrement_survivor"], 0.0)
    later = years["effects"] - years["early"]
    early = _remission_early(values, norm_early) * years["early"]
    return np.asarray(early + values["utility_norm"] * years["norm"] - decrement * later)


def _remission_early(values: Values, norm_early: float) -> Array:
    return np.minimum(values["utility_remission_early"], values["utility_norm"] * norm_early)


def _costs_of_time(valued_as: As, years: Mapping[str, Array], values: Values) -> Iterator[Amount]:
    condition: Condition = valued_as
    for price in TIME_PRICES:
        if condition in price.conditions:
            yield price.category, values[price.parameter] * years[price.profile]


def _losses(reported: Reported, values: Values, norm_early: float) -> Array:
    """Return QALYs lost once: toxicity, and utility below that of remission while it is not reached."""
    in_remission = _remission_early(values, norm_early)
    lost = values.full(0.0)
    for therapy, times, waits in reported.given():
        waiting = values[f"time_wait_{therapy}"] * (in_remission - values["utility_active_disease"])
        treated = values[f"time_response_{therapy}"] * (in_remission - values["utility_on_treatment"])
        lost = lost + waits * waiting + times * treated
        for loss in EVENT_LOSSES:
            lost = lost + times * _product([name.format(therapy=therapy) for name in loss.parameters], values)
        lost = lost + times * _immunoglobulin(therapy, values) * values["utility_decrement_immunoglobulin"]
    year = values["time_hsct_first_year"] * (in_remission - values["utility_hsct_first_year"])
    return np.asarray(lost + reported.events.get(Event("hsct"), 0.0) * year)


def _immunoglobulin(therapy: str, values: Values) -> Array:
    """Return years on immunoglobulin of a patient given a therapy: of responders, the mean time on it."""
    if f"p_immunoglobulin_{therapy}" not in values:
        return values.full(0.0)
    names = [f"{kind}_{therapy}" for kind in ("p_cr", "p_immunoglobulin", "time_immunoglobulin")]
    return _product(names, values)


def _events(reported: Reported, values: Values, rules: Rules) -> Iterator[Amount]:
    """Yield what events cost at the start, deaths apart; a price as the study pays it."""
    for event, times in reported.events.items():
        for price in EVENT_PRICES:
            names = [name.format(therapy=event.therapy) for name in price.parameters]
            absent = price.optional and names[0] not in values
            if price.kind != event.kind or event.kind == "leukaemia_death" or absent:
                continue
            paid = _paid(event, times, reported, rules) if price.agreed else times
            yield price.category, paid * _product(names, values)


def _paid(event: Event, times: Array, reported: Reported, rules: Rules) -> Array:
    """Return how many whole prices are due: instalments by the curves, in months from the start."""
    payment = rules.payments.get(event.therapy, Payment())
    if event.kind == "product_not_given":
        return np.asarray(times * (1 - payment.discount) * payment.not_given, dtype=np.float64)
    due = [_due(one, times, reported, rules) for one in payment.due]
    return np.asarray((1 - payment.discount) * np.sum(due, axis=0), dtype=np.float64)


def _due(one: Instalment, times: Array, reported: Reported, rules: Rules) -> Array:
    year = one.month / MONTHS_PER_YEAR
    worth = float(one.share * (1 + rules.discount_costs) ** -year)
    if one.only_if == "always":
        return worth * times
    curve = reported.overall if one.only_if == "alive" else reported.event_free
    points = rules.clock.times
    after = int(np.clip(np.searchsorted(points, year), 1, points.size - 1))
    part = min((year - points[after - 1]) / (points[after] - points[after - 1]), 1.0)
    there = (1 - part) * curve[after - 1] + part * curve[after]
    # Whoever is event-free has been given it; of those alive no more than were given it can be known.
    return np.asarray(worth * (there * times if one.only_if == "alive" else np.minimum(there, times)))


def _on_treatment(reported: Reported, values: Values) -> Iterator[Amount]:
    """Yield what waiting, treatment, the first year after HSCT and failure cost, at the start."""
    for therapy, times, waits in reported.given():
        stays: dict[Condition, Array] = {
            "waiting": waits * values[f"time_wait_{therapy}"],
            "treated": times * values[f"time_response_{therapy}"],
        }
        yield from _costs_of_stays(stays, values)
        yield "immunoglobulin", times * _immunoglobulin(therapy, values) * values["cost_immunoglobulin"]
    hsct = reported.events.get(Event("hsct"), values.full(0.0))
    yield from _costs_of_stays({"hsct_first_year": hsct * values["time_hsct_first_year"]}, values)
    failed = reported.events.get(Event("active_disease"), values.full(0.0))
    yield "productivity", failed * values["time_friction"] * values["cost_productivity_carers"]


def _costs_of_stays(stays: Mapping[Condition, Array], values: Values) -> Iterator[Amount]:
    """Yield costs of short stays; what everyone alive costs, by age, is counted over time."""
    for condition, years in stays.items():
        for price in TIME_PRICES:
            if price.profile == "costs" and condition in price.conditions:
                yield price.category, values[price.parameter] * years


def _deaths(reported: Reported, rules: Rules) -> Array:
    """Return deaths beyond background mortality, discounted at the middle of their step, (draw,)."""
    expected = reported.overall[:-1] * (
        reported.background[1:] / np.maximum(reported.background[:-1], 1e-300)
    )
    beyond = np.maximum(expected - reported.overall[1:], 0.0)
    total = np.zeros(beyond.shape[1])
    for factor, step in zip(rules.scales.moves["costs"].factors, beyond, strict=True):
        total += factor * step
    return total


def _product(names: Sequence[str], values: Values) -> Array:
    product = values[names[0]]
    for name in names[1:]:
        product = product * values[name]
    return product
