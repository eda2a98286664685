"""Survival families: exponential, Weibull, log-normal, log-logistic, Gompertz, gamma, generalised gamma.

Closed forms as in Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data (2002), chapter 2,
and for the generalised gamma Stacy (Ann Math Stat 1962;33:1187). ``with_median`` gives each family by its
median and the shape that is left, so that the same median can be held over families.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from remit.survival.family import Array, Family, log, power, product
from remit.survival.gompertz import Gompertz
from remit.survival.incomplete_gamma import minus_log_upper

LOG_2 = math.log(2)


@dataclass(frozen=True)
class Exponential(Family):
    """Constant hazard: S(t) = exp(-rate t), ``rate`` per year."""

    rate: Array

    @classmethod
    def with_median(cls, median: Array) -> Self:
        """Return the curve with this median, in years."""
        return cls(LOG_2 / median)

    def _cumulative_hazard(self, t: Array) -> Array:
        return np.asarray(self.rate * t, dtype=np.float64)

    def _hazard(self, t: Array) -> Array:
        return np.asarray(self.rate + 0 * np.where(np.isfinite(t), t, 0), dtype=np.float64)

    def _quantile(self, survival: Array) -> Array:
        return (0.0 - log(survival)) / self.rate

    def _restricted_mean(self, t: Array) -> Array:
        return np.asarray(-np.expm1(-self.rate * t) / self.rate, dtype=np.float64)


@dataclass(frozen=True)
class Weibull(Family):
    """S(t) = exp(-(t / scale)^shape); the hazard rises where ``shape`` is above 1. ``scale`` in years."""

    shape: Array
    scale: Array

    @classmethod
    def with_median(cls, median: Array, shape: Array) -> Self:
        """Return the curve with this median, in years."""
        return cls(shape, median / power(LOG_2, 1 / shape))

    def _cumulative_hazard(self, t: Array) -> Array:
        return power(t / self.scale, self.shape)

    def _hazard(self, t: Array) -> Array:
        return np.asarray(self.shape / self.scale * power(t / self.scale, self.shape - 1), dtype=np.float64)

    def _quantile(self, survival: Array) -> Array:
        return np.asarray(self.scale * power(0.0 - log(survival), 1 / self.shape), dtype=np.float64)

    def _restricted_mean(self, t: Array) -> Array:
        from scipy.special import gamma, gammainc

        whole = self.scale * gamma(1 + 1 / self.shape)
        return np.asarray(whole * gammainc(1 / self.shape, power(t / self.scale, self.shape)))


@dataclass(frozen=True)
class LogNormal(Family):
    """The log of the time (in years) is normal: mean ``meanlog``, standard deviation ``sdlog``."""

    meanlog: Array
    sdlog: Array
    any_sign: ClassVar[frozenset[str]] = frozenset({"meanlog"})

    @classmethod
    def with_median(cls, median: Array, sdlog: Array) -> Self:
        """Return the curve with this median, in years."""
        return cls(log(median), sdlog)

    def _cumulative_hazard(self, t: Array) -> Array:
        from scipy.special import log_ndtr

        return np.asarray(-log_ndtr(-self._score(t)), dtype=np.float64)

    def _hazard(self, t: Array) -> Array:
        from scipy.special import erfcx

        # The normal hazard phi / (1 - Phi) without either, both too small in the tail.
        scaled = math.sqrt(2 / math.pi) / erfcx(self._score(t) / math.sqrt(2))
        return np.asarray(np.where(t > 0, scaled / (self.sdlog * _positive(t)), 0.0))

    def _quantile(self, survival: Array) -> Array:
        from scipy.special import ndtri

        return np.asarray(np.exp(self.meanlog - self.sdlog * ndtri(survival)), dtype=np.float64)

    def _restricted_mean(self, t: Array) -> Array:
        from scipy.special import ndtr

        whole = np.exp(self.meanlog + self.sdlog**2 / 2)
        return np.asarray(product(t, self.survival(t)) + whole * ndtr(self._score(t) - self.sdlog))

    def _score(self, t: Array) -> Array:
        return np.asarray((log(t) - self.meanlog) / self.sdlog, dtype=np.float64)


@dataclass(frozen=True)
class LogLogistic(Family):
    """S(t) = 1 / (1 + (t / scale)^shape); ``scale`` is the median in years."""

    shape: Array
    scale: Array

    @classmethod
    def with_median(cls, median: Array, shape: Array) -> Self:
        """Return the curve with this median, in years."""
        return cls(shape, median)

    def _cumulative_hazard(self, t: Array) -> Array:
        return np.asarray(np.logaddexp(0, self._log_odds(t)), dtype=np.float64)

    def _hazard(self, t: Array) -> Array:
        from scipy.special import expit

        later = self.shape / _positive(t) * expit(self._log_odds(t))
        return np.asarray(np.where(t > 0, later, self.shape / self.scale * power(0.0, self.shape - 1)))

    def _quantile(self, survival: Array) -> Array:
        from scipy.special import logit

        with np.errstate(over="ignore"):
            return np.asarray(self.scale * np.exp(-logit(survival) / self.shape), dtype=np.float64)

    def _restricted_mean(self, t: Array) -> Array:
        """Return the integral of survival: an incomplete beta where the mean exists, else 2F1 times t."""
        from scipy.special import beta, betainc, expit, hyp2f1

        x, one_over = self._log_odds(t), 1 / self.shape
        steep = np.where(self.shape > 1, one_over, 0.5)
        whole = self.scale * one_over * beta(steep, 1 - steep) * betainc(steep, 1 - steep, expit(x))
        finite = np.isfinite(t) & (self.shape <= 1)
        odds = np.exp(np.where(finite, x, 0.0))
        flat = np.where(finite, t, np.inf) * hyp2f1(1.0, one_over, 1 + one_over, -odds)
        return np.asarray(np.where(self.shape > 1, whole, flat), dtype=np.float64)

    def _log_odds(self, t: Array) -> Array:
        return np.asarray(self.shape * log(t / self.scale), dtype=np.float64)


@dataclass(frozen=True)
class GeneralisedGamma(Family):
    """S(t) = Q(shape, (t / scale)^power), Q the upper incomplete gamma; ``scale`` in years.

    Exponential where ``shape`` and ``power`` are 1, Weibull where ``shape`` is, gamma where ``power`` is.
    """

    shape: Array
    power: Array
    scale: Array

    @classmethod
    def with_median(cls, median: Array, shape: Array, power_: Array) -> Self:
        """Return the curve with this median, in years."""
        from scipy.special import gammainccinv

        return cls(shape, power_, median / power(gammainccinv(shape, 0.5), 1 / power_))

    def _cumulative_hazard(self, t: Array) -> Array:
        return minus_log_upper(self.shape, self._scaled(t))

    def _hazard(self, t: Array) -> Array:
        from scipy.special import gammaln

        x, several = self._scaled(t), self.power * self.shape
        logs = np.log(self.power) - gammaln(self.shape) - np.log(_positive(t))
        later = np.exp(logs + several * log(_positive(t) / self.scale) - x + self.cumulative_hazard(t))
        first = self.power / self.scale * np.exp(-gammaln(self.shape)) * power(0.0, several - 1)
        return np.asarray(np.where(t > 0, later, first), dtype=np.float64)

    def _quantile(self, survival: Array) -> Array:
        from scipy.special import gammainccinv

        return np.asarray(self.scale * power(gammainccinv(self.shape, survival), 1 / self.power))

    def _restricted_mean(self, t: Array) -> Array:
        from scipy.special import gammainc, gammaln

        raised = self.shape + 1 / self.power
        whole = self.scale * np.exp(gammaln(raised) - gammaln(self.shape))
        return np.asarray(product(t, self.survival(t)) + whole * gammainc(raised, self._scaled(t)))

    def _scaled(self, t: Array) -> Array:
        return power(t / self.scale, self.power)


@dataclass(frozen=True)
class Gamma(Family):
    """S(t) = Q(shape, t / scale): the generalised gamma whose power is 1. ``scale`` in years."""

    shape: Array
    scale: Array

    @classmethod
    def with_median(cls, median: Array, shape: Array) -> Self:
        """Return the curve with this median, in years."""
        return cls(shape, GeneralisedGamma.with_median(median, shape, np.ones_like(shape)).scale)

    def _cumulative_hazard(self, t: Array) -> Array:
        return self._general.cumulative_hazard(t)

    def _hazard(self, t: Array) -> Array:
        return self._general.hazard(t)

    def _quantile(self, survival: Array) -> Array:
        return self._general.quantile(survival)

    def _restricted_mean(self, t: Array) -> Array:
        return self._general.restricted_mean(t)

    @property
    def _general(self) -> GeneralisedGamma:
        return GeneralisedGamma(self.shape, np.ones_like(self.scale), self.scale)


def _positive(t: Array) -> Array:
    """Return times with 1 in the place of 0, where a limit is taken instead."""
    return np.asarray(np.where(t > 0, t, 1.0), dtype=np.float64)


FAMILIES: dict[str, type[Family]] = {
    "exponential": Exponential,
    "weibull": Weibull,
    "log-normal": LogNormal,
    "log-logistic": LogLogistic,
    "gompertz": Gompertz,
    "gamma": Gamma,
    "generalised-gamma": GeneralisedGamma,
}
