"""Roots of monotone functions, one per draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def root(function: Callable[[Array], Array], low: Array, high: Array, *, steps: int = 60) -> Array:
    """Return the root of an increasing function in [low, high], or the nearer end where there is none.

    Regula falsi with the Illinois rule, kept inside a bracket: the same operations for every draw in
    the same order, so that a draw's root does not depend on which other draws it is solved with (a
    library's solver stops when all, or compacts what is left, and so changes bytes with the block).

    Parameters
    ----------
    function
        Elementwise increasing in its argument, (draw,) -> (draw,).
    low, high
        (draw,) bracket.
    """
    low, high = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
    low, high = np.broadcast_arrays(low, high)
    a, b = low.copy(), high.copy()
    fa, fb = function(a), function(b)
    below, above = fa >= 0, fb <= 0
    side = np.zeros(a.shape, dtype=np.int8)
    for step in range(steps):
        spread = fb - fa
        guess = np.where(np.abs(spread) > 0, b - fb * (b - a) / np.where(spread == 0, 1.0, spread), a)
        # Every fourth step halves the bracket: the Illinois rule alone can crawl on steep curves.
        middle = guess if step % 4 != 3 else 0.5 * (a + b)
        middle = np.clip(middle, np.minimum(a, b), np.maximum(a, b))
        value = function(middle)
        left = value < 0
        fb = np.where(left & (side == 1), 0.5 * fb, fb)
        fa = np.where(~left & (side == -1), 0.5 * fa, fa)
        a, fa = np.where(left, middle, a), np.where(left, value, fa)
        b, fb = np.where(left, b, middle), np.where(left, fb, value)
        side = np.where(left, 1, -1).astype(np.int8)
        if bool(np.all(np.abs(b - a) <= 4e-16 * (1 + np.abs(a)))):
            break
    found = np.where(np.abs(fa) < np.abs(fb), a, b)
    return np.where(below, low, np.where(above, high, found))


def logit(p: Array) -> Array:
    """Return the log odds of ``p``."""
    return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)


def expit(x: Array) -> Array:
    """Return the probability whose log odds are ``x``."""
    return np.asarray(1.0 / (1.0 + np.exp(-x)), dtype=np.float64)
