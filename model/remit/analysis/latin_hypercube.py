"""Points spread over ranges by Latin hypercube: each slice of each range is hit once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def latin_hypercube(
    ranges: Sequence[tuple[float, float]], *, n_points: int, seed: int
) -> tuple[tuple[float, ...], ...]:
    """Return points spread over the box of some ranges, the same for the same seed.

    Parameters
    ----------
    ranges
        From and to of each axis, from below to.
    n_points
        How many points; each range is cut into as many slices of equal width, each with one point.
    seed
        From 0 to 2**63 - 1.

    Returns
    -------
    tuple of tuple
        For each point its value on each axis.

    References
    ----------
    McKay, Beckman and Conover, Technometrics 1979;21(2):239-45.

    Examples
    --------
    >>> points = latin_hypercube([(0, 4), (10, 14)], n_points=4, seed=1)
    >>> sorted(int(first) for first, _ in points), sorted(int(second) for _, second in points)
    ([0, 1, 2, 3], [10, 11, 12, 13])
    """
    from scipy.stats.qmc import LatinHypercube

    unit = LatinHypercube(d=len(ranges), rng=np.random.default_rng(seed)).random(n_points)
    low, high = np.array(ranges, dtype=np.float64).T
    return tuple(tuple(map(float, point)) for point in low + (high - low) * unit)
