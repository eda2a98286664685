"""Background survival on a grid, and its hazard within each step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_NOBODY = 1e-300


@dataclass(frozen=True)
class Background:
    """Background survival at the grid points and the hazard that leads from one to the next.

    Survival at the points is exact. Between two of them it is taken as exponential (the mixture of
    two sexes within one cycle; it touches only when within a cycle a move falls).

    Attributes
    ----------
    survival
        (step + 1, draw).
    ratio
        (step, draw): survival over each step.
    hazard
        (step, draw), per year.
    """

    survival: Array
    ratio: Array
    hazard: Array

    def take(self, draws: NDArray[np.intp] | slice) -> Background:
        """Return the background of some of the draws."""
        return Background(self.survival[:, draws], self.ratio[:, draws], self.hazard[:, draws])


def make_background(survival: Array, lengths: Array) -> Background:
    """Return the background from survival at the grid points, (step + 1, draw)."""
    survival = np.maximum(survival, _NOBODY)
    ratio = survival[1:] / survival[:-1]
    return Background(survival, ratio, -np.log(ratio) / lengths[:, None])


def no_background(n_steps: int, n_draws: int) -> Background:
    """Return a background in which nobody dies."""
    ones = np.ones((n_steps + 1, n_draws))
    return Background(ones, ones[1:], np.zeros((n_steps, n_draws)))
