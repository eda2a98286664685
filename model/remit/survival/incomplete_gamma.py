"""The upper incomplete gamma function on the log scale, also where it is too small for a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Below it the library's upper incomplete gamma begins to lose digits, and the fraction has all of them.
SMALL = 1e-280
TERMS = 60


def minus_log_upper(shape: Array, x: Array) -> Array:
    """Return -log Q(shape, x), Q the regularised upper incomplete gamma.

    Where Q is too small, by Legendre's continued fraction of the upper incomplete gamma (Abramowitz and
    Stegun 6.5.31, even part), which converges fast there since ``x`` is far above ``shape``.

    Parameters
    ----------
    shape
        (draw,), positive.
    x
        Not negative, broadcasts against ``shape``.
    """
    from scipy.special import gammainc, gammaincc

    shape, x = np.broadcast_arrays(np.asarray(shape, dtype=np.float64), x)
    lower, upper = gammainc(shape, x), gammaincc(shape, x)
    tail = upper < SMALL
    near = np.where(
        lower < 0.5, -np.log1p(-np.minimum(lower, 0.5)), -np.log(np.where(upper > 0.5, 1.0, upper + tail))
    )
    return np.asarray(np.where(tail, _far(shape, x), near) if np.any(tail) else near, dtype=np.float64)


def _far(shape: Array, x: Array) -> Array:
    """Return -log Q where x is far above shape (the value elsewhere means nothing)."""
    from scipy.special import gammaln

    far = np.where(np.isfinite(x), np.maximum(x, shape + 100), 1e300)
    fraction = far + 2 * TERMS + 1 - shape
    for term in range(TERMS, 0, -1):
        fraction = far + 2 * term - 1 - shape - term * (term - shape) / fraction
    found = far - shape * np.log(far) + np.log(fraction) + gammaln(shape)
    return np.asarray(np.where(np.isfinite(x), found, np.inf), dtype=np.float64)
