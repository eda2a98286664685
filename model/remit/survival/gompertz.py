"""The Gompertz curve: a hazard that grows or falls exponentially; where it falls, survival has a plateau."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from remit.survival.family import Array, Family, log

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)
# Survival beyond which nothing is added to a mean, and growth over that time from which on the closed form
# of the mean loses no digits.
NOTHING, ENOUGH = 1e-18, 3.0


@dataclass(frozen=True)
class Gompertz(Family):
    """Hazard rate x exp(shape t), both per year; ``shape`` 0 is exponential.

    Where ``shape`` is negative survival never falls below exp(rate / shape): quantiles beyond it and the
    mean are infinite.
    """

    shape: Array
    rate: Array
    any_sign: ClassVar[frozenset[str]] = frozenset({"shape"})

    @classmethod
    def with_median(cls, median: Array, growth: Array) -> Self:
        """Return the curve with this median, in years; ``growth`` is the hazard there / that at 0."""
        from scipy.special import exprel

        grown = np.log(growth)
        return cls(grown / median, math.log(2) / (median * exprel(grown)))

    def _cumulative_hazard(self, t: Array) -> Array:
        from scipy.special import exprel

        reach = self.shape * _finite(t)
        found = self.rate * _finite(t) * exprel(reach)
        last = np.where(self.shape < 0, -self.rate / np.where(self.shape < 0, self.shape, 1), np.inf)
        return np.asarray(np.where(np.isfinite(t), found, last), dtype=np.float64)

    def _hazard(self, t: Array) -> Array:
        with np.errstate(over="ignore"):
            return np.asarray(self.rate * np.exp(self.shape * t), dtype=np.float64)

    def _quantile(self, survival: Array) -> Array:
        constant = (0.0 - log(survival)) / self.rate
        grown = self.shape * np.where(np.isfinite(constant), constant, 0.0)
        safe = np.where((grown > -1) & (grown != 0), grown, 1.0)
        ratio = np.where(grown > -1, np.where(grown == 0, 1.0, np.log1p(safe) / safe), np.inf)
        finite = np.where(np.isfinite(constant), constant, 1.0) * ratio
        return np.asarray(np.where(np.isfinite(constant), finite, np.inf), dtype=np.float64)

    def _restricted_mean(self, t: Array) -> Array:
        """Return the integral of survival until ``t``.

        With exponential integrals (E1, Ei) where the hazard changes enough until ``t``; elsewhere those
        are differences of nearly equal numbers, and 64-point Gauss-Legendre is exact to rounding.
        """
        end = np.minimum(t, self.quantile(NOTHING))
        changes = np.abs(self.shape) * np.where(np.isfinite(end), end, 0.0)
        much = ~np.isfinite(end) | (changes > ENOUGH)
        found = np.where(much, self._closed(end, much), self._summed(np.where(much, 1, end)))
        # A plateau too low to count in any finite time still makes the mean infinite.
        return np.asarray(np.where((self.shape < 0) & np.isinf(t), np.inf, found), dtype=np.float64)

    def _closed(self, end: Array, much: NDArray[np.bool_]) -> Array:
        """Return the integral where ``much``: e^a (E1(a) - E1(a e^(shape t))) / shape, a = rate / shape."""
        from scipy.special import exp1, expi

        shape = np.where(much & (self.shape != 0), self.shape, 1.0)
        ratio = np.where(much, self.rate / np.abs(shape), 1.0)
        with np.errstate(over="ignore"):
            moved = ratio * np.exp(np.where(shape > 0, np.minimum(shape * end, 700), shape * end))
        rising = np.exp(ratio) * (exp1(ratio) - np.where(shape > 0, exp1(moved), 0.0)) / shape
        # Ei(x) is Euler's constant + log x where x is small, also where x is too small for a number.
        small = np.euler_gamma + np.log(ratio) + np.where(shape < 0, shape * end, 0.0)
        gone = np.where(moved > 1e-17, expi(np.maximum(moved, 1e-17)), small)
        falling = np.exp(-ratio) * (expi(ratio) - np.where(shape < 0, gone, 0.0)) / -shape
        return np.asarray(np.where(shape > 0, rising, falling), dtype=np.float64)

    def _summed(self, end: Array) -> Array:
        total = np.zeros_like(end)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            total = total + 0.5 * weight * self.survival(end * (0.5 * (node + 1)))
        return np.asarray(total * end, dtype=np.float64)


def _finite(t: Array) -> Array:
    return np.asarray(np.where(np.isfinite(t), t, 0.0), dtype=np.float64)
