"""Whether the draws of a PSA are enough: running means with their Monte Carlo error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.inputs.arrays import as_floats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Running:
    """Means of the first draws, (point, column), with their standard errors; ``draws`` is (point,)."""

    draws: NDArray[np.intp]
    means: Array
    errors: Array


def running_means(values: ArrayLike, *, points: int = 60) -> Running:
    """Return the means of the first 10, ..., all draws, and how sure each is.

    Parameters
    ----------
    values
        (draw, column), in the order of the draws.
    points
        At how many numbers of draws at most, spread evenly.

    Examples
    --------
    >>> running_means([[1.0], [3.0], [5.0]]).means[-1]
    array([3.])
    """
    drawn = as_floats("values", values, "draw", "column")
    n = len(drawn)
    upto = np.unique(np.linspace(min(10, n), n, points).round().astype(np.intp))
    counts = upto[:, None].astype(np.float64)
    means = np.cumsum(drawn, axis=0)[upto - 1] / counts
    # Around the mean of all, so that nothing is lost where the mean is large and the spread small.
    apart = drawn - drawn.mean(axis=0)
    squares = np.cumsum(apart**2, axis=0)[upto - 1]
    variance = np.maximum(squares - counts * (np.cumsum(apart, axis=0)[upto - 1] / counts) ** 2, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.sqrt(np.where(counts > 1, variance / (counts - 1), np.nan) / counts)
    return Running(upto, means, errors)


@dataclass(frozen=True)
class Lead:
    """How far the strategy with the highest mean net benefit leads the next one, and how surely.

    ``is_resolved`` tells that the lead is more than twice its Monte Carlo error.
    """

    best: int
    second: int
    lead: float
    error: float

    @property
    def is_resolved(self) -> bool:
        """Whether as many draws settle which is best."""
        return self.lead >= 2 * self.error


def lead_of(nmb: Array) -> Lead:
    """Return the lead of the best of several strategies; ``nmb`` is (draw, strategy).

    Examples
    --------
    >>> lead_of(np.array([[0.0, 10.0], [0.0, 12.0]])).is_resolved
    True
    """
    means = nmb.mean(axis=0)
    best = int(np.argmax(means))
    others = np.delete(np.arange(means.size), best)
    second = int(others[np.argmax(means[others])])
    gap = nmb[:, best] - nmb[:, second]
    error = float(gap.std(ddof=1) / np.sqrt(gap.size)) if gap.size > 1 else float("inf")
    return Lead(best, second, float(gap.mean()), error)
