"""Compare strategies: which stand on the frontier, at what price per QALY, and net benefit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.errors import InputError, Problem
from remit.inputs.arrays import as_float, as_floats

if TYPE_CHECKING:  # pandas takes half a second to load
    import pandas as pd

Floats = NDArray[np.float64]

_ROUNDING = 1e-12  # three strategies on one line stay on the frontier whatever the last bit says


def incremental_analysis(strategies: Sequence[str], costs: ArrayLike, qalys: ArrayLike) -> pd.DataFrame:
    """Return the full incremental analysis of mutually exclusive strategies, the cheapest first.

    Parameters
    ----------
    strategies
        Names, unique also when capitals are ignored.
    costs, qalys
        Mean of each strategy, (strategy,), in one currency and in QALYs.

    Returns
    -------
    DataFrame
        ``strategy, costs, qalys, incremental_costs, incremental_qalys, icer, status``, sorted by
        cost. Status: ``frontier``; ``dominated`` (another costs no more and gives no less, and one
        of both strictly); ``extendedly dominated`` (a mixture of two others costs no more and gives
        no less); ``equal`` (costs and QALYs of an earlier one that is on the frontier). Increments
        and ``icer`` refer to the next cheaper strategy on the frontier; NaN for the cheapest and for
        those off the frontier.

    Raises
    ------
    InputError
        Where names are missing or not unique, lengths differ, or a number is missing.

    References
    ----------
    Johannesson and Weinstein, J Health Econ 1993;12(4):459-67; Drummond et al., Methods for the
    Economic Evaluation of Health Care Programmes, 4th ed., Oxford 2015, chapter 4.

    Examples
    --------
    >>> table = incremental_analysis(["A", "B", "C"], [0, 30_000, 40_000], [0.0, 0.2, 1.0])
    >>> table[["strategy", "icer", "status"]]
      strategy     icer                status
    0        A      NaN              frontier
    1        B      NaN  extendedly dominated
    2        C  40000.0              frontier
    """
    import pandas as pd

    cost, qaly = as_floats("costs", costs, "strategy"), as_floats("qalys", qalys, "strategy")
    names = _names(strategies, len(cost), len(qaly))
    order = np.lexsort((-qaly, cost))  # stable: of two equal strategies the one given first leads
    cost, qaly = cost[order], qaly[order]
    status = _status(cost, qaly)

    frontier = np.flatnonzero(status == "frontier")
    increments = np.full((3, len(order)), np.nan)
    increments[0, frontier[1:]] = np.diff(cost[frontier])
    increments[1, frontier[1:]] = np.diff(qaly[frontier])
    increments[2] = increments[0] / increments[1]
    return pd.DataFrame(
        {
            "strategy": [names[index] for index in order],
            "costs": cost,
            "qalys": qaly,
            "incremental_costs": increments[0],
            "incremental_qalys": increments[1],
            "icer": increments[2],
            "status": status,
        }
    )


def _names(strategies: Sequence[str], n_costs: int, n_qalys: int) -> list[str]:
    names = [strategies] if isinstance(strategies, str) else list(strategies)
    if not len(names) == n_costs == n_qalys:
        raise InputError(f"{len(names)} strategies have {n_costs} costs and {n_qalys} QALYs")
    seen: set[str] = set()
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise InputError(Problem("a strategy needs a name", key="strategies", value=name))
        if name.casefold() in seen:
            raise InputError(Problem("names must differ, capitals ignored", key="strategies", value=name))
        seen.add(name.casefold())
    return names


def _status(cost: Floats, qaly: Floats) -> NDArray[np.object_]:
    """Return the status of strategies sorted by cost, then by falling QALYs."""
    status = np.full(len(cost), "dominated", dtype=object)
    frontier: list[int] = []
    for new in range(len(cost)):
        if frontier and qaly[new] <= qaly[frontier[-1]]:
            if (cost[new], qaly[new]) == (cost[frontier[-1]], qaly[frontier[-1]]):
                status[new] = "equal"
            continue
        while len(frontier) > 1 and _bends_inwards(cost, qaly, frontier[-2], frontier[-1], new):
            status[frontier.pop()] = "extendedly dominated"
        frontier.append(new)
        status[new] = "frontier"
    return _with_twins(status, cost, qaly)


def _bends_inwards(cost: Floats, qaly: Floats, low: int, middle: int, high: int) -> bool:
    """Tell whether the middle one buys its QALYs at a higher price than the one after it."""
    before = (cost[middle] - cost[low]) / (qaly[middle] - qaly[low])
    after = (cost[high] - cost[middle]) / (qaly[high] - qaly[middle])
    return bool(before > after * (1 + _ROUNDING))


def _with_twins(status: NDArray[np.object_], cost: Floats, qaly: Floats) -> NDArray[np.object_]:
    """Give the twin of a strategy that fell off the frontier later the same status as that one."""
    for index in np.flatnonzero(status == "equal"):
        first = np.flatnonzero((cost == cost[index]) & (qaly == qaly[index]))[0]
        if status[first] != "frontier":
            status[index] = status[first]
    return status


def net_monetary_benefit(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> Floats:
    """Return QALYs times willingness to pay, less costs.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    wtp
        Willingness to pay per QALY, (wtp,) or one number, 0 or more.

    Returns
    -------
    ndarray
        (draw, strategy, wtp), in the currency of the costs; one number counts as one ``wtp``.

    Raises
    ------
    InputError
        Where shapes differ, a number is missing or ``wtp`` is negative.

    Examples
    --------
    >>> net_monetary_benefit([[1_000.0, 30_000.0]], [[1.0, 2.0]], [20_000, 50_000])
    array([[[19000., 49000.],
            [10000., 70000.]]])
    """
    return np.stack(list(iterate_nmb(costs, qalys, wtp)), axis=-1)


def iterate_nmb(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> Iterator[Floats]:
    """Yield the net monetary benefit, (draw, strategy), at one ``wtp`` after the other.

    The door for what needs all draws but only one ``wtp`` at a time: memory stays that of the draws.
    Parameters and errors as in `net_monetary_benefit`.

    Examples
    --------
    >>> [nmb.tolist() for nmb in iterate_nmb([[10.0, 20.0]], [[1.0, 2.0]], [5, 50])]
    [[[-5.0, -10.0]], [[40.0, 80.0]]]
    """
    cost, qaly, thresholds = draws_and_thresholds(costs, qalys, wtp)
    for threshold in thresholds:
        yield qaly * threshold - cost


def draws_and_thresholds(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return costs and QALYs, (draw, strategy), and willingness to pay, (wtp,), as sound numbers.

    Raises
    ------
    InputError
        Where shapes differ, a number is missing, or ``wtp`` is empty, negative or unsorted.
    """
    cost = as_floats("costs", costs, "draw", "strategy")
    qaly = as_floats("qalys", qalys, "draw", "strategy")
    if cost.shape != qaly.shape:
        raise InputError(f"costs of shape {cost.shape} and qalys of shape {qaly.shape} must agree")
    thresholds = as_floats("wtp", np.atleast_1d(as_floats("wtp", wtp)), "wtp")
    if thresholds.min() < 0:
        raise InputError(Problem("must be 0 or more", key="wtp", value=float(thresholds.min())))
    if np.any(np.diff(thresholds) < 0):
        raise InputError(Problem("must rise from the lowest to the highest", key="wtp", value=wtp))
    return cost, qaly, thresholds


def describe_pairwise(
    strategy: str, comparator: str, incremental_costs: float, incremental_qalys: float
) -> str:
    """Say in words how a strategy stands to its comparator.

    Parameters
    ----------
    strategy, comparator
        Names.
    incremental_costs, incremental_qalys
        Mean of the strategy less mean of the comparator.

    Returns
    -------
    str
        ``strategy against comparator:`` and one of ``dominant``, ``dominated``, ``ICER ... per QALY``,
        ``less effective and less costly (ICER ... saved per QALY lost)``, ``undefined (equal)``.
        ICERs are rounded to three digits.

    Raises
    ------
    InputError
        Where an increment is no finite number.

    Examples
    --------
    >>> describe_pairwise("B", "SoC", 107_521, 1.473)
    'B against SoC: ICER 73,000 per QALY'
    >>> describe_pairwise("A", "B", 25_704, -0.686)
    'A against B: dominated'
    """
    cost = as_float("incremental_costs", incremental_costs)
    qaly = as_float("incremental_qalys", incremental_qalys)
    if cost == qaly == 0:
        words = "undefined (equal)"
    elif cost <= 0 <= qaly:
        words = "dominant"
    elif qaly <= 0 <= cost:
        words = "dominated"
    elif cost > 0:
        words = f"ICER {_three_digits(cost / qaly)} per QALY"
    else:
        words = f"less effective and less costly (ICER {_three_digits(cost / qaly)} saved per QALY lost)"
    return f"{strategy} against {comparator}: {words}"


def _three_digits(ratio: float) -> str:
    return f"{float(f'{ratio:.3g}'):,.10g}"
