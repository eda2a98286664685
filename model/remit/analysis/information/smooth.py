"""Functions of what is learnt: splines of few columns, random features of many, to be fitted to outcomes.

Every one is a table of columns of features, fitted by least squares; which columns there are depends on the
inputs alone, but for the scales of many inputs, so that the fit is linear in the outcomes.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from remit.inputs.draws import uniforms

Array = NDArray[np.float64]

# Knots of a natural cubic spline of one input, and of each of two or three whose products are fitted.
KNOTS = {1: 7, 2: 5, 3: 4}
MOST_IN_PRODUCTS = 3
# Knots of each of many inputs, and how many random features are added to their splines.
KNOTS_OF_MANY, FEATURES = 4, 200
# Outermost knots: beyond these quantiles the spline is straight.
TAILS = 0.025
SEED = 20140714  # of the random features; another seed gives as good a fit


def standardised(inputs: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return the inputs with mean 0 and sd 1, and which of them say something that the others do not.

    Constant columns and those that are sums of others (shares that sum to 1) are left out, the last first.

    Examples
    --------
    >>> standardised(np.array([[0.0, 1.0, 5.0], [1.0, 0.0, 5.0]]))
    (array([[-1.],
           [ 1.]]), array([0]))
    """
    centred = inputs - inputs.mean(axis=0)
    sd = centred.std(axis=0)
    varies = np.flatnonzero(sd > 1e-12 * np.maximum(np.abs(inputs).max(axis=0), 1e-300))
    scaled = centred[:, varies] / sd[varies]
    # In the order given: the diagonal tells what each column adds to those before it.
    corner = np.abs(np.diag(np.linalg.qr(scaled, mode="r"))) if varies.size else np.empty(0)
    adds = np.zeros(varies.size, dtype=bool)
    adds[: corner.size] = corner > 1e-7 * np.sqrt(len(scaled))
    return scaled[:, adds], varies[adds]


def splines(inputs: Array) -> Array:
    """Return the features of at most three inputs: every product of their natural cubic splines.

    Parameters
    ----------
    inputs
        (row, input), distinct rows.

    Returns
    -------
    ndarray
        (row, feature), without a constant.
    """
    knots = KNOTS[inputs.shape[1]]
    alone = [natural_spline(column, knots) for column in inputs.T]
    ones = np.ones((len(inputs), 1))
    factors = [np.concatenate([ones, columns], axis=1) for columns in alone]
    places = list(product(*(range(factor.shape[1]) for factor in factors)))[1:]
    found = np.empty((len(inputs), len(places)))
    for number, place in enumerate(places):
        found[:, number] = np.prod([f[:, at] for f, at in zip(factors, place, strict=True)], axis=0)
    return found


def natural_spline(column: Array, knots: int) -> Array:
    """Return a basis of natural cubic splines, (row, knots - 1), without a constant, each with mean 0, sd 1.

    Knots are at quantiles of the distinct values; of fewer values than knots each has its own fitted value.
    Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 5.2.1.
    """
    at = np.unique(np.quantile(np.unique(column), np.linspace(TAILS, 1 - TAILS, knots)))
    width = at[-1] - at[0]
    x, at = (column - at[0]) / width, (at - at[0]) / width
    cubes = [np.maximum(x - knot, 0.0) ** 3 for knot in at]
    bends = [(cube - cubes[-1]) / (at[-1] - knot) for cube, knot in zip(cubes[:-1], at[:-1], strict=True)]
    basis = np.stack([x, *(bend - bends[-1] for bend in bends[:-1])], axis=1)
    basis -= basis.mean(axis=0)
    return np.asarray(basis / np.maximum(basis.std(axis=0), 1e-300))


def additive_splines(inputs: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return natural splines of each of many inputs side by side, and to which input each belongs."""
    alone = [natural_spline(column, KNOTS_OF_MANY) for column in inputs.T]
    owners = np.repeat(np.arange(inputs.shape[1]), [columns.shape[1] for columns in alone])
    return np.concatenate(alone, axis=1), owners


def random_features(inputs: Array, names: list[str], length: float) -> Array:
    """Return cosines in random directions: a Gaussian process of squared-exponential covariance of low rank.

    Rahimi and Recht, Advances in Neural Information Processing Systems 2007;20.

    Parameters
    ----------
    inputs
        (row, input), scaled by how much each matters.
    names
        Of the inputs; each has a stream of frequencies of its own, so that their order does not matter.
    length
        Over which distance the function bends.

    Returns
    -------
    ndarray
        (row, feature).
    """
    from scipy.special import ndtri

    frequencies = np.stack([ndtri(uniforms(SEED, f"frequency of {name}", FEATURES)) for name in names])
    phases = 2 * np.pi * uniforms(SEED, "phases", FEATURES)
    return np.asarray(np.cos(inputs @ (frequencies / length) + phases))
