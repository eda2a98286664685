"""Times of individual patients, censored on the right, and what can be read off them without a model."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Patients:
    """When each patient was last seen, in years, and whether with the event: (patient,) arrays."""

    times: Array
    events: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Refuse what is not followed."""
        if self.times.shape != self.events.shape or self.times.ndim != 1 or self.times.size == 0:
            raise ValueError("patients need one time and one event or censoring each")
        if not bool(np.all(np.isfinite(self.times) & (self.times >= 0))):
            raise ValueError("times of patients must be finite and not negative")

    def at_risk(self, t: Array) -> Array:
        """Return how many are still followed without event just before each time."""
        return np.asarray(self.times.size - np.searchsorted(np.sort(self.times), t), dtype=np.float64)


@dataclass(frozen=True)
class Steps:
    """A curve in steps: from ``times`` (years, the first 0) on it has the value ``survival``, (step,)."""

    times: Array
    survival: Array

    def at(self, t: Array) -> Array:
        """Return the curve at times from 0."""
        return np.asarray(self.survival[np.searchsorted(self.times, t, side="right") - 1])


def kaplan_meier(patients: Patients) -> Steps:
    """Return the product-limit estimate (Kaplan and Meier, JASA 1958;53:457).

    Examples
    --------
    >>> kaplan_meier(Patients(np.array([1.0, 2.0, 2.0]), np.array([True, False, True]))).survival.round(3)
    array([1.   , 0.667, 0.333])
    """
    times, counts = np.unique(patients.times[patients.events], return_counts=True)
    left = np.cumprod(1 - counts / patients.at_risk(times))
    return Steps(np.concatenate([[0.0], times]), np.concatenate([[1.0], left]))


@dataclass(frozen=True)
class Piece:
    """A hazard taken as constant from ``start`` to ``end`` (years): events over time followed, per year."""

    start: float
    end: float
    events: int
    followed: float

    @property
    def hazard(self) -> float:
        """Events per year followed."""
        return self.events / self.followed if self.followed > 0 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The exact 95% interval of a Poisson count over the time followed."""
        from scipy.special import gammaincinv

        low = float(gammaincinv(self.events, 0.025)) if self.events else 0.0
        high = float(gammaincinv(self.events + 1, 0.975))
        return low / self.followed, high / self.followed


def piecewise_hazard(patients: Patients, pieces: int) -> list[Piece]:
    """Return the hazard in pieces with about equally many events each, until the last patient leaves."""
    times = np.sort(patients.times[patients.events])
    ends = np.quantile(times, np.linspace(0, 1, pieces + 1)[1:-1]) if times.size else times
    edges = np.unique(np.concatenate([[0.0], ends, [np.max(patients.times)]]))
    found = []
    for start, end in itertools.pairwise(edges):
        count = int(np.sum((times > start) & (times <= end)))
        followed = float(np.sum(np.clip(patients.times, start, end) - start))
        found.append(Piece(float(start), float(end), count, followed))
    return found
