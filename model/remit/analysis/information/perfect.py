"""What it is worth to know more before deciding."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.analysis.acceptability import best_on_average
from remit.economics.comparison import iterate_nmb

Floats = NDArray[np.float64]


def evpi(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> Floats:
    """Return the expected value of perfect information per patient.

    The mean over draws of what is lost by choosing the strategy that is best on average instead of
    the one that is best in that draw. No loss is negative, hence neither is their mean. Memory does
    not grow with the number of ``wtp``.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    wtp
        Willingness to pay per QALY, (wtp,), in the currency of the costs.

    Returns
    -------
    ndarray
        (wtp,), in the currency of the costs.

    Raises
    ------
    InputError
        Where shapes differ, a number is missing or ``wtp`` is negative.

    References
    ----------
    Claxton, J Health Econ 1999;18(3):341-64; Briggs, Sculpher and Claxton, Decision Modelling for
    Health Economic Evaluation, Oxford 2006, chapter 6.

    Examples
    --------
    >>> evpi([[0, 100], [0, 300]], [[1.0, 2.0], [1.0, 2.0]], [50, 200, 300])
    array([ 0., 50.,  0.])
    """
    return np.array([expected_losses(nmb)[best_on_average(nmb)] for nmb in iterate_nmb(costs, qalys, wtp)])


def evpi_error(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> Floats:
    """Return the Monte Carlo standard error of :func:`evpi`, (wtp,), in the currency of the costs.

    That of the mean of the losses of the strategy that is best on average. Parameters and errors as there.
    """
    errors = []
    for nmb in iterate_nmb(costs, qalys, wtp):
        losses = nmb.max(axis=1) - nmb[:, best_on_average(nmb)]
        errors.append(losses.std() / np.sqrt(losses.size))
    return np.array(errors)


def expected_losses(nmb: Floats) -> Floats:
    """Return what is lost on average by choosing each strategy, (strategy,); ``nmb`` is (draw, strategy).

    The mean over draws of the best strategy's net benefit in that draw less one's own, in the unit of
    ``nmb``. The smallest is the expected value of perfect information.

    Examples
    --------
    >>> expected_losses(np.array([[1.0, 2.0], [4.0, 1.0]]))
    array([0.5, 1.5])
    """
    losses = nmb.max(axis=1, keepdims=True) - nmb
    means: Floats = np.ascontiguousarray(losses.T).mean(axis=1)
    return means
