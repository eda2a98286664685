"""Value-based price: the highest price of a therapy at which a strategy is still worth it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.analysis.price_frontier import FrontierPrice, frontier_prices
from remit.analysis.ranges import column_of
from remit.economics.payment import Payment
from remit.errors import InputError, Problem, nearest
from remit.evaluation import OpenPrice, evaluate_open_price
from remit.inputs.arrays import as_floats
from remit.study import Study

Array = NDArray[np.float64]
Payments = Mapping[str, Payment]

AT_INFUSION = "Paid at infusion"


@dataclass(frozen=True)
class ValuePrice:
    """Prices, (wtp,), at which a strategy is as good as the best of those that do without the therapy.

    Attributes
    ----------
    way
        Of paying.
    wtp
        Willingness to pay per QALY.
    at_means
        All parameters at their means.
    best_of_all
        At the means, the highest price at which no strategy at all is better; NaN where there is none.
    expected
        The price at which mean net benefits over draws are equal: where the decision under PSA flips.
    mean, low, high
        Mean and 95% interval over draws of each draw's own price.
    draws
        How many there were; without any the last four are NaN.
    """

    way: str
    wtp: Array
    at_means: Array
    best_of_all: Array
    expected: Array
    mean: Array
    low: Array
    high: Array
    draws: int


@dataclass(frozen=True)
class Prices:
    """What a therapy may cost: ``price`` is the parameter, ``current`` its mean."""

    price: str
    strategy: str
    current: float
    values: tuple[ValuePrice, ...]
    frontier: tuple[FrontierPrice, ...]


def value_based_prices(
    study: Study,
    strategy: str,
    wtp: ArrayLike,
    *,
    price: str | None = None,
    ways: Mapping[str, Payments] | None = None,
    draws: Mapping[str, Array] | None = None,
) -> Prices:
    """Return up to which price of a therapy a strategy is worth it, at each willingness to pay.

    With costs a + b p of a strategy at the price p, it is as good as a strategy r that does without the
    therapy (b = 0) at p = (wtp (Q - Q_r) - (a - a_r)) / b. The price returned is that against the best of
    all such r. It may be negative: then it is not worth it even free of charge. Other strategies that give
    the therapy get dearer and cheaper with it, so whether this strategy is the best of them too is another
    question: ``best_of_all`` answers it. A price is the list price, on which the way of paying acts: under
    a discount of 30% it may be higher by 1 / 0.7.

    Parameters
    ----------
    study
        What is compared, and how.
    strategy
        Which is to be worth it.
    wtp
        Willingness to pay per QALY, (wtp,), rising.
    price
        A ``cost_drug_...`` parameter; None: that of the first therapy that the strategy gives and the
        comparator does not.
    ways
        Name -> payments (see ``settings.payment``); None: the study's own alone. See `ways_of_paying`.
    draws
        Table of draws for PSA means and intervals.

    Raises
    ------
    InputError
        Where ``wtp`` is empty, unsorted or negative, a name is unknown, the strategy never pays the price, or
        no strategy does without it.

    References
    ----------
    Claxton, Briggs et al., BMJ 2008;336(7638):251-4 (value-based pricing).
    """
    values = _checked_wtp(wtp)
    if ways is not None and not ways:
        raise InputError(Problem("give at least one way of paying", key="ways"))
    chosen = price_of(study, strategy) if price is None else _checked_price(study, price)
    named = {AT_INFUSION: study.settings.payment} if ways is None else dict(ways)
    at_means = evaluate_open_price(study, None, price=chosen, ways=named)
    drawn = None if draws is None else evaluate_open_price(study, draws, price=chosen, ways=named)
    _check_paid(at_means, strategy, chosen)
    return Prices(
        price=chosen,
        strategy=strategy,
        current=column_of(study, chosen).mean,
        values=tuple(_values(way, values, strategy, at_means, drawn) for way in named),
        frontier=tuple(one for way in named for one in frontier_prices(at_means, way)),
    )


def price_of(study: Study, strategy: str) -> str:
    """Return the price of the first therapy that a strategy gives and the comparator does not.

    Raises
    ------
    InputError
        Where the strategy is unknown, or gives nothing else than the comparator.
    """
    if strategy not in study.strategies:
        hint = nearest(strategy, study.strategies)
        raise InputError(Problem("unknown strategy", key=strategy, hint=hint))
    usual = {line.therapy for line in study.strategies[study.comparator].lines}
    for line in study.strategies[strategy].lines:
        name = f"cost_drug_{line.therapy}"
        name = study.borrowed.get(name, name)
        if line.therapy not in usual and name in study.parameters:
            return name
    rule = f"gives no therapy with a price that {study.comparator!r} does without"
    raise InputError(Problem(rule, key=strategy))


def ways_of_paying(
    study: Study, others: Mapping[str, Study], *, own: str = AT_INFUSION
) -> dict[str, Payments]:
    """Return the study's own way of paying, and those of scenarios that differ from it in nothing else.

    Parameters
    ----------
    study
        The base case.
    others
        Title -> study of a scenario.
    own
        What the study's own way is called.
    """
    found: dict[str, Payments] = {own: study.settings.payment}
    for title, other in others.items():
        like = other.with_settings(payment=study.settings.payment)
        same = like.settings == study.settings and like.parameters == study.parameters
        if same and other.settings.payment != study.settings.payment:
            found[title] = other.settings.payment
    return found


def price_reached(wtp: Array, qalys: Array, costs: Array, shares: Array, strategy: int) -> Array:
    """Return the price at which a strategy is as good as the best of those that do without it.

    Parameters
    ----------
    wtp
        (wtp,).
    qalys, costs, shares
        (draw, strategy); costs at a price of 0, and how often the price is paid.
    strategy
        Its place.

    Returns
    -------
    ndarray
        (draw, wtp).

    Examples
    --------
    >>> qalys, costs, shares = np.array([[1.0, 3.0]]), np.array([[50.0, 90.0]]), np.array([[0.0, 0.8]])
    >>> price_reached(np.array([100.0]), qalys, costs, shares, 1)
    array([[200.]])
    """
    without = ~np.any(shares != 0, axis=0)
    nmb = wtp[:, None] * qalys[:, None, :] - costs[:, None, :]
    return np.asarray((nmb[..., strategy] - nmb[..., without].max(axis=-1)) / shares[:, [strategy]])


def best_at(wtp: Array, qalys: Array, costs: Array, shares: Array, strategy: int) -> Array:
    """Return the highest price at which no strategy is better, (wtp,); NaN where one is at every price.

    ``qalys``, ``costs`` and ``shares`` are (strategy,). Against each other strategy the price is bounded from
    above or, where that one pays it more often, from below.
    """
    nmb = wtp[:, None] * qalys - costs
    ahead, more = nmb[:, [strategy]] - nmb, shares[strategy] - shares
    highest, lowest = np.full(wtp.size, np.inf), np.zeros(wtp.size)
    never = np.any((more == 0) & (ahead < 0), axis=1)
    for other in np.flatnonzero(more > 0):
        highest = np.minimum(highest, ahead[:, other] / more[other])
    for other in np.flatnonzero(more < 0):
        lowest = np.maximum(lowest, ahead[:, other] / more[other])
    return np.where(never | (lowest > highest), np.nan, highest)


def _values(way: str, wtp: Array, strategy: str, at_means: OpenPrice, drawn: OpenPrice | None) -> ValuePrice:
    place = at_means.strategies.index(strategy)
    qalys, costs, shares = at_means.qalys, at_means.costs[way], at_means.shares[way]
    nothing = np.full(wtp.size, np.nan)
    found = ValuePrice(
        way=way,
        wtp=wtp,
        at_means=price_reached(wtp, qalys, costs, shares, place)[0],
        best_of_all=best_at(wtp, qalys[0], costs[0], shares[0], place),
        expected=nothing,
        mean=nothing,
        low=nothing,
        high=nothing,
        draws=0,
    )
    if drawn is None:
        return found
    each = (drawn.qalys, drawn.costs[way], drawn.shares[way])
    prices = price_reached(wtp, *each, place)
    low, high = np.quantile(prices, [0.025, 0.975], axis=0)
    qalys, costs, shares = (part.mean(axis=0, keepdims=True) for part in each)
    return replace(
        found,
        expected=price_reached(wtp, qalys, costs, shares, place)[0],
        mean=prices.mean(axis=0),
        low=low,
        high=high,
        draws=int(prices.shape[0]),
    )


def _checked_wtp(wtp: ArrayLike) -> Array:
    values = as_floats("wtp", wtp, "wtp")
    if float(values.min()) < 0:
        raise InputError(Problem("must be 0 or more", key="wtp", value=float(values.min())))
    if np.any(np.diff(values) <= 0):
        raise InputError(Problem("must rise from one to the next", key="wtp", value=values.tolist()))
    return values


def _checked_price(study: Study, price: str) -> str:
    column = column_of(study, price)
    if not column.name.startswith("cost_drug_"):
        prices = [name for name in study.parameters if name.startswith("cost_drug_")]
        hint = nearest(price, prices) or f"there are: {', '.join(prices)}"
        raise InputError(Problem("is no price of a therapy", key=price, hint=hint))
    return price


def _check_paid(lines: OpenPrice, strategy: str, price: str) -> None:
    """Refuse a price that the strategy never pays, and one that all strategies pay."""
    if strategy not in lines.strategies:
        raise InputError(Problem("unknown strategy", key=strategy, hint=nearest(strategy, lines.strategies)))
    shares = np.stack(list(lines.shares.values()))
    if not np.all(shares[:, :, lines.strategies.index(strategy)] > 0):
        raise InputError(Problem(f"the strategy {strategy!r} does not pay this price", key=price))
    if np.all(np.any(shares != 0, axis=(0, 1))):
        rule = "every strategy pays this price, so there is none to hold the strategy against"
        raise InputError(Problem(rule, key=price))
