"""Expected outcomes given what is learnt, by regression on draws, and how sure the fit is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.information.smooth import (
    MOST_IN_PRODUCTS,
    additive_splines,
    random_features,
    splines,
    standardised,
)

Array = NDArray[np.float64]

# Penalties tried for many inputs, as shares of the number of rows, and lengths over which they bend.
PENALTIES = np.geomspace(1e-6, 1e1, 36)
LENGTHS = (1.5, 4.0)
# Inputs that matter less than this share of the most important one are stretched no further.
LEAST_SCALE = 0.02
# Directions of the features whose size is below this share of the largest are left out.
SINGULAR = 1e-7
# Rows of which each copy counts for less than a draw of its own where there are fewer copies than this:
# posterior rows are used again. Of more copies (a number with few values) every draw is new.
MOST_COPIES = 10


@dataclass(frozen=True)
class Rows:
    """The distinct rows of what is learnt: ``row`` of each draw, (draw,), and ``copies`` of each, (row,)."""

    row: NDArray[np.intp]
    copies: Array

    def means(self, values: Array) -> Array:
        """Return the mean over the draws of each row, (row, column), of (draw, column)."""
        return self.sums(values) / self.copies[:, None]

    def sums(self, values: Array) -> Array:
        """Return the sum over the draws of each row, (row, column)."""
        columns = [np.bincount(self.row, column, minlength=self.copies.size) for column in values.T]
        return np.stack(columns, axis=1)

    @property
    def effective(self) -> float:
        """Number of draws that a sample of these rows is worth (Kish), or all of them."""
        n, distinct = self.row.size, self.copies.size
        return float(n**2 / np.sum(self.copies**2)) if n < MOST_COPIES * distinct else float(n)


@dataclass(frozen=True)
class Fit:
    """A linear smoother of outcomes, in coordinates in which its features are orthonormal.

    Attributes
    ----------
    rows
        Distinct rows of what was learnt.
    directions
        (row, direction), orthonormal when rows count by their copies.
    kept
        (direction,) share of each that the penalty leaves.
    fitted
        (row, outcome).
    residuals
        (draw, outcome).
    """

    rows: Rows
    directions: Array
    kept: Array
    fitted: Array
    residuals: Array


def fit(inputs: Array, names: list[str], outcomes: Array) -> Fit | None:
    """Fit outcomes to what is learnt.

    Of at most three independent inputs every product of their natural splines, without a penalty; of more
    a spline of each and random features of all, with a ridge penalty. Penalty and the length over which
    the features bend are those of least generalised cross-validation (Golub, Heath and Wahba,
    Technometrics 1979;21(2):215-23), its logarithm summed over outcomes; the inputs are scaled by how
    much the splines alone say that they matter.

    Parameters
    ----------
    inputs
        (draw, input).
    names
        Of the inputs.
    outcomes
        (draw, outcome).

    Returns
    -------
    Fit or None
        None where no input varies.
    """
    scaled, places = standardised(inputs)
    if not places.size:
        return None
    rows, first = distinct_rows(scaled)
    distinct = scaled[first]
    means = rows.means(outcomes)
    if places.size <= MOST_IN_PRODUCTS:
        directions, sizes = _orthonormal(splines(distinct), rows)
        return _fit(rows, directions, np.ones_like(sizes), outcomes, means)
    return _penalised(distinct, [names[place] for place in places], rows, outcomes, means)


def distinct_rows(inputs: Array) -> tuple[Rows, NDArray[np.intp]]:
    """Return which rows are equal, and where each distinct one first stands."""
    keys = inputs[:, 0] if inputs.shape[1] == 1 else inputs
    axis = None if inputs.shape[1] == 1 else 0
    _, first, row, copies = np.unique(
        keys, axis=axis, return_index=True, return_inverse=True, return_counts=True
    )
    return Rows(row.reshape(-1), copies.astype(np.float64)), first


def _penalised(distinct: Array, names: list[str], rows: Rows, outcomes: Array, means: Array) -> Fit:
    """Fit many inputs: first their splines alone, which say how much each matters."""
    alone, owners = additive_splines(distinct)
    directions, sizes = _orthonormal(alone, rows)
    score, penalty = _least_gcv(directions, sizes, rows, means)
    best = (score, directions, sizes, penalty)
    scale = _importance(alone, owners, rows, means)
    for length in LENGTHS:
        features = random_features(distinct * scale, names, length)
        directions, sizes = _orthonormal(np.concatenate([alone, features], axis=1), rows)
        score, penalty = _least_gcv(directions, sizes, rows, means)
        if score < best[0]:
            best = (score, directions, sizes, penalty)
    _, directions, sizes, penalty = best
    return _fit(rows, directions, 1 - penalty / (sizes**2 + penalty), outcomes, means)


def _orthonormal(features: Array, rows: Rows) -> tuple[Array, Array]:
    """Return orthonormal directions, the constant first, rows weighed by copies, and the size of each.

    The constant has the size infinity: no penalty shrinks it.
    """
    weights = rows.copies / rows.row.size
    centred = features - np.einsum("r,rf->f", weights, features)
    found, sizes, _ = np.linalg.svd(centred * np.sqrt(rows.copies)[:, None], full_matrices=False)
    sound = sizes > SINGULAR * sizes[0]
    directions = np.concatenate([np.sqrt(weights)[:, None], found[:, sound]], axis=1)
    return directions, np.concatenate([[np.inf], sizes[sound]])


def _least_gcv(directions: Array, sizes: Array, rows: Rows, means: Array) -> tuple[float, float]:
    """Return the least sum over outcomes of log GCV, and the penalty where it is."""
    n = rows.copies.size
    whole = means * np.sqrt(rows.copies)[:, None]
    loads = directions.T @ whole
    varies = np.ptp(means, axis=0) > 0
    left = np.maximum(np.sum(whole**2, axis=0) - np.sum(loads**2, axis=0), 0.0)[varies]
    best = (np.inf, float(PENALTIES[-1]) * rows.row.size)
    for penalty in PENALTIES * rows.row.size:
        lost = penalty / (sizes**2 + penalty)
        error = left + np.sum((lost[:, None] * loads[:, varies]) ** 2, axis=0)
        freedom = max(n - float(np.sum(1 - lost)), 1.0)
        score = float(np.sum(np.log(np.maximum(error, 1e-300) / freedom**2)))
        if score < best[0]:
            best = (score, float(penalty))
    return best


def _importance(features: Array, owners: NDArray[np.intp], rows: Rows, means: Array) -> Array:
    """Return how much each input alone moves the outcomes by its spline, (input,), of 1 for the most."""
    root = np.sqrt(rows.copies)[:, None]
    centred = (means - np.einsum("r,ro->o", rows.copies, means) / rows.row.size) * root
    wanted = centred / np.maximum(np.sqrt(np.sum(centred**2, axis=0)), 1e-300)
    moved = np.empty(int(owners.max()) + 1)
    for place in range(moved.size):
        directions, _ = _orthonormal(features[:, owners == place], rows)
        moved[place] = np.sqrt(np.sum((directions[:, 1:].T @ wanted) ** 2))
    return np.maximum(moved / max(float(moved.max()), 1e-300), LEAST_SCALE)


def _fit(rows: Rows, directions: Array, kept: Array, outcomes: Array, means: Array) -> Fit:
    root = np.sqrt(rows.copies)[:, None]
    fitted = (directions @ (kept[:, None] * (directions.T @ (means * root)))) / root
    return Fit(rows, directions, kept, fitted, outcomes - fitted[rows.row])
