"""Roots of monotone functions, one per draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def root(function: Callable[[Array], Array], low: Array, high: Array, *, most: int = 100) -> Array:
    """Return the root of an increasing function in [low, high], or the nearer end where there is none.

    Regula falsi with the Illinois rule (Dowell and Jarratt, BIT 1971;11:168). A draw is frozen once
    it has converged, so that its root does not depend on which other draws it is solved with; a
    library's solver compacts what is left, and so changes bytes with the block. Converged means that a
    step no longer moves the guess relative to its size: an absolute measure takes the first small steps
    away from 0 for arrival where the function is steep there (x ** 0.1).

    Parameters
    ----------
    function
        Elementwise increasing in its argument, (draw,) -> (draw,).
    low, high
        (draw,) bracket.
    """
    a, b = (np.array(end, dtype=np.float64) for end in np.broadcast_arrays(low, high))
    fa, fb = function(a), function(b)
    found = np.where(fa >= 0, a, np.where(fb <= 0, b, np.nan))
    moving = np.isnan(found)
    side = np.zeros(a.shape)
    last = a
    for _ in range(most):
        if not bool(np.any(moving)):
            break
        rise = np.where(moving, fb - fa, 1.0)
        guess = np.clip(b - fb * (b - a) / np.where(rise > 0, rise, 1.0), a, b)
        value = function(guess)
        done = (np.abs(guess - last) <= 1e-15 * np.abs(guess)) | (value == 0)
        found = np.where(moving & done, guess, found)
        moving &= ~done
        left = value < 0
        fa, fb = (
            np.where(left, value, np.where(side < 0, 0.5 * fa, fa)),
            np.where(left, np.where(side > 0, 0.5 * fb, fb), value),
        )
        a, b = np.where(left, guess, a), np.where(left, b, guess)
        side = np.where(left, 1.0, -1.0)
        last = guess
    return np.where(moving, last, found)


def logit(p: Array) -> Array:
    """Return the log odds of ``p``."""
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def expit(x: Array) -> Array:
    """Return the probability whose log odds are ``x``."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)
