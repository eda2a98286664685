"""Sojourns as phases: the time in a state as at most three exponential phases in a row.

So that one Markov process describes everything. The mean is exact; the sd is as near to the wanted
one as three phases of well separated rates allow. Equal phases would come nearer (sd / mean 0.58
instead of 0.64), but the closed form needs distinct rates along a path, and loses digits as they draw
together; so each place in the pathway has its own fixed spread.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def phase_rates(mean: Array, *, cv: float, place: int) -> list[Array]:
    """Return the rates of the phases of a sojourn.

    Parameters
    ----------
    mean
        Mean sojourn in years, (draw,).
    cv
        Wanted sd / mean; below 0.64 it cannot be reached.
    place
        Number of the sojourn in the pathway, which gives it a spread of its own.

    Returns
    -------
    list of (draw,) arrays
        Rates per year; one to three phases.
    """
    return [1.0 / (mean * fraction) for fraction in phase_fractions(cv, place)]


def phase_fractions(cv: float, place: int) -> list[float]:
    """Return the share of the mean sojourn that each phase takes; they sum to 1."""
    count = int(np.clip(np.round(cv**-2), 1, 3))
    shift = 0.008 * (place % 7)
    if count == 1:
        return [1.0]
    if count == 2:
        # x^2 + (1 - x)^2 = cv^2 where it has a solution apart from equal phases.
        x = 0.5 + np.sqrt(max(2 * cv**2 - 1, 0.0)) / 2
        first = float(np.clip(x, 0.55, 0.95)) - shift / 4
        return [first, 1 - first]
    return [0.15 - shift / 2, 0.30, 0.55 + shift / 2]


def sd_over_mean(cv: float, place: int) -> float:
    """Return the sd / mean that the phases reach, to be printed beside the wanted one."""
    return float(np.sqrt(sum(fraction**2 for fraction in phase_fractions(cv, place))))


def survive(rates: list[Array], hazard: Array) -> Array:
    """Return the probability of ending all phases before a competing event of constant ``hazard``."""
    alive = np.ones_like(hazard)
    for rate in rates:
        alive = alive * (rate / (rate + hazard))
    return alive
