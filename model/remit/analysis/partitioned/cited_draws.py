"""How often the curves of a published partitioned model cross when its points are as uncertain as trials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.partitioned.cited import Landmarks, Points, free_and_overall, point_of
from remit.analysis.partitioned.structure import CitedStructure, GivenCurve, OwnPoint
from remit.engine.partitioned import Curve, partition
from remit.inputs.draws import uniforms
from remit.inputs.units import MONTHS_PER_YEAR

Array = NDArray[np.float64]
STEPS_A_YEAR = 12


@dataclass(frozen=True)
class Crossing:
    """In how many draws, and for how long of the benefit, EFS lies above OS before it is capped.

    ``share_of_time`` is the mean over draws of the share of the time until the benefit ends;
    ``largest_excess`` the most by which EFS lies above.
    """

    strategy: str
    draws: int
    share_of_draws: float
    share_of_time: float
    largest_excess: float


def crossing_of_cited(
    structure: CitedStructure, landmarks: Landmarks, *, n_draws: int, seed: int
) -> Iterator[Crossing]:
    """Yield how often the curves of each strategy cross, up to the end of the benefit.

    Each curve is drawn by itself, as a partitioned model does: shares at landmarks are beta with the
    trial's n, the second of those alive at the first. Points without a number of patients stay.

    Parameters
    ----------
    structure, landmarks
        As for :func:`remit.analysis.partitioned.follow_cited`.
    n_draws, seed
        Draw i depends on the seed and the landmark's key alone.
    """
    benefit = structure.benefit.value / MONTHS_PER_YEAR
    times = np.linspace(0.0, benefit, round(benefit * STEPS_A_YEAR) + 1)
    for name, given in structure.strategies.items():
        points = _drawn_points(landmarks, n_draws, seed)
        free, overall = free_and_overall(structure, name, points, times)
        of, origin = given.os.of, given.os.origin
        part = partition(Curve("efs", of, origin, free), Curve("os", of, origin, overall), times)
        yield Crossing(
            strategy=name,
            draws=n_draws,
            share_of_draws=float(np.mean(part.crosses)),
            share_of_time=float(np.mean(part.share_of_time_capped)),
            largest_excess=float(part.excess.max()),
        )


def _drawn_points(landmarks: Landmarks, n_draws: int, seed: int) -> Points:
    from scipy.special import betaincinv

    def drawn(given: GivenCurve) -> list[tuple[float, Array]]:
        points: list[tuple[float, Array]] = []
        reached, reported = np.ones(n_draws), 1.0
        for one in given.through:
            time, value = point_of(one, landmarks)
            n = None if isinstance(one, OwnPoint) else landmarks[one].n
            share = float(value[0]) / reported
            if isinstance(one, OwnPoint) or n is None:
                conditional = np.full(n_draws, share)
            else:
                left = n * reported
                conditional = betaincinv(left * share, left * (1 - share), uniforms(seed, one, n_draws))
            reached = reached * conditional
            points.append((time, reached))
            reported *= share
        return points

    return drawn
