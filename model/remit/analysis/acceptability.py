"""How probable it is that each strategy is the most cost-effective, by willingness to pay."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.economics.comparison import iterate_nmb

Floats = NDArray[np.float64]


def ceac(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> Floats:
    """Return the cost-effectiveness acceptability curves.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    wtp
        Willingness to pay per QALY, (wtp,), in the currency of the costs.

    Returns
    -------
    ndarray
        (wtp, strategy): the share of draws in which the strategy has the highest net monetary
        benefit. Strategies that tie in a draw share it equally, so that each row sums to 1.

    Raises
    ------
    InputError
        Where shapes differ, a number is missing or ``wtp`` is negative.

    References
    ----------
    Fenwick, Claxton and Sculpher, Health Econ 2001;10(8):779-87.

    Examples
    --------
    >>> costs, qalys = [[0, 100], [0, 300]], [[1.0, 2.0], [1.0, 2.0]]
    >>> ceac(costs, qalys, [50, 200, 300])
    array([[1.  , 0.  ],
           [0.5 , 0.5 ],
           [0.25, 0.75]])
    """
    return np.array([probability_best(nmb) for nmb in iterate_nmb(costs, qalys, wtp)])


def ceaf(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> NDArray[np.intp]:
    """Return which strategy is best on average: the one whose CEAC is the frontier.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    wtp
        Willingness to pay per QALY, (wtp,), in the currency of the costs.

    Returns
    -------
    ndarray
        (wtp,): index of the strategy with the highest mean net monetary benefit; of several that
        are exactly equal the first.

    Raises
    ------
    InputError
        Where shapes differ, a number is missing or ``wtp`` is negative.

    References
    ----------
    Barton, Briggs and Fenwick, Value Health 2008;11(5):886-97.

    Examples
    --------
    >>> ceaf([[0, 100], [0, 300]], [[1.0, 2.0], [1.0, 2.0]], [50, 300])
    array([0, 1])
    """
    return np.array([best_on_average(nmb) for nmb in iterate_nmb(costs, qalys, wtp)], dtype=np.intp)


def best_on_average(nmb: Floats) -> int:
    """Return the index of the strategy with the highest mean; ``nmb`` is (draw, strategy).

    Examples
    --------
    >>> best_on_average(np.array([[1.0, 2.0], [4.0, 1.0]]))
    0
    """
    return int(nmb.mean(axis=0).argmax())


def probability_best(nmb: Floats) -> Floats:
    """Return the share of draws in which each strategy is best, (strategy,); ``nmb`` is (draw, strategy).

    Strategies that tie in a draw share it equally. Of QALYs it is the probability of most health.

    Examples
    --------
    >>> probability_best(np.array([[1.0, 2.0], [4.0, 1.0], [3.0, 3.0], [0.0, 1.0]]))
    array([0.375, 0.625])
    """
    shares = best_in_each_draw(nmb)
    # Along contiguous draws numpy adds pairwise: thirds of many draws still sum to 1 within 1e-12.
    means: Floats = np.ascontiguousarray(shares.T).mean(axis=1)
    return means


def best_in_each_draw(nmb: Floats) -> Floats:
    """Return 1 for the best strategy of a draw and 0 for the others, (draw, strategy); ties share the 1."""
    best = nmb == nmb.max(axis=1, keepdims=True)
    return np.asarray(best / best.sum(axis=1, keepdims=True))
