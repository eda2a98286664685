"""Between which prices of a therapy each strategy is on the efficiency frontier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.evaluation import OpenPrice

Array = NDArray[np.float64]

_POINT = 1e-6  # share of the largest cost: a strategy that touches the frontier at a point alone is not on it


@dataclass(frozen=True)
class FrontierPrice:
    """The prices at which a strategy is on the efficiency frontier; None where at none, ``to`` may be inf."""

    way: str
    strategy: str
    prices: tuple[float, float] | None


def frontier_prices(lines: OpenPrice, way: str) -> list[FrontierPrice]:
    """Return between which prices each strategy is on the efficiency frontier, at the means.

    A strategy is on it at a price where some willingness to pay of 0 or more makes it the best: a convex
    region of price and willingness to pay, so that its prices are an interval.
    """
    qalys, costs, shares = lines.qalys[0], lines.costs[way][0], lines.shares[way][0]
    return [
        FrontierPrice(way, name, _prices_on_frontier(qalys, costs, shares, place))
        for place, name in enumerate(lines.strategies)
    ]


def _prices_on_frontier(
    qalys: Array, costs: Array, shares: Array, strategy: int
) -> tuple[float, float] | None:
    """Return the ends of the region's prices by two linear programmes."""
    from scipy.optimize import linprog

    scale = float(np.abs(costs).max()) or 1.0
    others = np.delete(np.arange(qalys.size), strategy)
    # As good as each other one: -wtp (Q - Q_r) + p (b - b_r) <= -(a - a_r), money in units of the scale.
    left = np.stack([shares[strategy] - shares[others], qalys[others] - qalys[strategy]], axis=1)
    right = (costs[others] - costs[strategy]) / scale
    ends = []
    for sign in (1.0, -1.0):
        done = linprog([sign, 0.0], A_ub=left, b_ub=right, bounds=[(0, None), (0, None)])
        if done.status not in (0, 3):
            return None
        ends.append(float(done.x[0]) * scale if done.status == 0 else np.inf)
    low, high = ends
    return None if high - low < _POINT * scale else (low, high)
