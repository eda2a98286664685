"""Distributions of parameters: each is its mean and its quantile function around a central value.

A distribution's fields are what YAML gives beside ``type``; the parameter's ``value`` is its mean
(log-normal and logit-normal: its median), so that no number is written twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Distribution(Protocol):
    """What every distribution of a single number offers."""

    def mean(self, value: float) -> float:
        """Return the mean, given the parameter's central value."""

    def quantile(self, u: Array, value: float) -> Array:
        """Return the quantiles at ``u`` in (0, 1), shape of ``u``."""

    def problem(self, value: float) -> str | None:
        """Say in one sentence why this distribution cannot be, or return None."""


@dataclass(frozen=True)
class Fixed:
    """A number without uncertainty; ``because`` says why."""

    because: str
    type: Literal["fixed"] = "fixed"

    def mean(self, value: float) -> float:
        """Return the value."""
        return value

    def quantile(self, u: Array, value: float) -> Array:
        """Return the value for every ``u``."""
        return np.full_like(u, value)

    def problem(self, value: float) -> str | None:
        """Return None: any number may be fixed."""
        return None if math.isfinite(value) else "the value must be finite"


@dataclass(frozen=True)
class Beta:
    """Beta, given as ``a`` and ``b``, as ``events`` of ``n``, or as ``sd`` around the value."""

    a: float | None = None
    b: float | None = None
    events: float | None = None
    n: float | None = None
    sd: float | None = None
    type: Literal["beta"] = "beta"

    def shapes(self, value: float) -> tuple[float, float]:
        """Return the two shape parameters (method of moments where ``sd`` is given)."""
        if self.a is not None and self.b is not None:
            return self.a, self.b
        if self.events is not None and self.n is not None:
            return self.events, self.n - self.events
        size = value * (1 - value) / float(self.sd or 0) ** 2 - 1
        return value * size, (1 - value) * size

    def mean(self, value: float) -> float:
        """Return a / (a + b)."""
        a, b = self.shapes(value)
        return a / (a + b)

    def quantile(self, u: Array, value: float) -> Array:
        """Return the inverse of the regularised incomplete beta function."""
        from scipy.special import betaincinv

        return np.asarray(betaincinv(*self.shapes(value), u), dtype=np.float64)

    def problem(self, value: float) -> str | None:
        """Check that exactly one way of giving it is used, and that it is a proper beta."""
        ways = (
            self.a is not None and self.b is not None,
            self.events is not None and self.n is not None,
            self.sd is not None,
        )
        given = [x for x in (self.a, self.b, self.events, self.n, self.sd) if x is not None]
        if sum(ways) != 1 or len(given) != (1 if ways[2] else 2):
            return "a beta distribution is given as a and b, as events and n, or as sd"
        if not 0 < value < 1:
            return "the mean of a beta distribution lies between 0 and 1, both excluded"
        if self.sd is not None and not 0 < self.sd**2 < value * (1 - value):
            return "sd of a beta distribution must be above 0 and below sqrt(mean x (1 - mean))"
        if min(self.shapes(value)) <= 0:
            return "a beta distribution needs a > 0 and b > 0 (events above 0 and below n)"
        return None


@dataclass(frozen=True)
class Gamma:
    """Gamma with the value as its mean and ``cv`` (sd / mean)."""

    cv: float
    type: Literal["gamma"] = "gamma"

    def mean(self, value: float) -> float:
        """Return the value."""
        return value

    def quantile(self, u: Array, value: float) -> Array:
        """Return the inverse of the regularised lower incomplete gamma function, scaled."""
        from scipy.special import gammaincinv

        shape = self.cv**-2
        return np.asarray(gammaincinv(shape, u) * (value / shape), dtype=np.float64)

    def problem(self, value: float) -> str | None:
        """Check mean and cv."""
        if value <= 0:
            return "the mean of a gamma distribution must be above 0"
        return None if self.cv > 0 else "cv must be above 0; write {type: fixed, because: ...} for no spread"


@dataclass(frozen=True)
class LogNormal:
    """Log-normal with the value as its median and ``sdlog`` on the log scale."""

    sdlog: float
    type: Literal["lognormal"] = "lognormal"

    def mean(self, value: float) -> float:
        """Return median x exp(sdlog^2 / 2)."""
        return value * math.exp(self.sdlog**2 / 2)

    def quantile(self, u: Array, value: float) -> Array:
        """Return median x exp(sdlog x z)."""
        return np.asarray(value * np.exp(self.sdlog * _z(u)), dtype=np.float64)

    def problem(self, value: float) -> str | None:
        """Check median and sdlog."""
        if value <= 0:
            return "the median of a log-normal distribution must be above 0"
        return None if self.sdlog > 0 else "sdlog must be above 0"


@dataclass(frozen=True)
class LogitNormal:
    """Logit-normal with the value as its median and ``sd_logit`` on the log odds scale."""

    sd_logit: float
    type: Literal["logit-normal"] = "logit-normal"

    def mean(self, value: float) -> float:
        """Return the mean by 64-point Gauss-Hermite quadrature (there is no closed form)."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(64)
        logit = math.log(value / (1 - value)) + self.sd_logit * nodes
        return float(np.sum(weights / (1 + np.exp(-logit))) / math.sqrt(2 * math.pi))

    def quantile(self, u: Array, value: float) -> Array:
        """Return the inverse logit of logit(median) + sd_logit x z."""
        logit = math.log(value / (1 - value)) + self.sd_logit * _z(u)
        return np.asarray(1 / (1 + np.exp(-logit)), dtype=np.float64)

    def problem(self, value: float) -> str | None:
        """Check median and spread."""
        if not 0 < value < 1:
            return "the median of a logit-normal distribution lies between 0 and 1, both excluded"
        return None if self.sd_logit > 0 else "sd_logit must be above 0"


@dataclass(frozen=True)
class Normal:
    """Normal with the value as its mean and ``sd``; for log ratios, decrements and levels only."""

    sd: float
    type: Literal["normal"] = "normal"

    def mean(self, value: float) -> float:
        """Return the value."""
        return value

    def quantile(self, u: Array, value: float) -> Array:
        """Return mean + sd x z."""
        return np.asarray(value + self.sd * _z(u), dtype=np.float64)

    def problem(self, value: float) -> str | None:
        """Check sd."""
        return None if self.sd > 0 and math.isfinite(value) else "sd must be above 0"


@dataclass(frozen=True)
class Uniform:
    """Uniform between ``low`` and ``high``, with the value as its mean."""

    low: float
    high: float
    type: Literal["uniform"] = "uniform"

    def mean(self, value: float) -> float:  # noqa: ARG002 - the bounds alone make the mean
        """Return the middle of the bounds."""
        return (self.low + self.high) / 2

    def quantile(self, u: Array, value: float) -> Array:  # noqa: ARG002 - see mean
        """Return low + u x (high - low)."""
        return np.asarray(self.low + u * (self.high - self.low), dtype=np.float64)

    def problem(self, value: float) -> str | None:
        """Check the bounds."""
        return None if self.low < value < self.high else "a uniform needs low < value < high"


@dataclass(frozen=True)
class Dirichlet:
    """Shares that sum to 1, with the mean as given by the value and ``n`` as the sum of counts.

    Drawn by breaking the stick: component j of what the earlier ones left is beta(n m_j, n rest).
    """

    n: float
    type: Literal["dirichlet"] = "dirichlet"

    def mean(self, value: dict[str, float]) -> dict[str, float]:
        """Return the shares as given."""
        return dict(value)

    def quantile(self, u: dict[str, Array], value: dict[str, float]) -> dict[str, Array]:
        """Return one array per component, each drawn from its own uniform in ``u``."""
        from scipy.special import betaincinv

        names = list(value)
        left: Array | float = 1.0
        shares: dict[str, Array] = {}
        for position, name in enumerate(names[:-1]):
            rest = sum(value[later] for later in names[position + 1 :])
            broken = betaincinv(self.n * value[name], self.n * rest, u[name])
            shares[name] = np.asarray(left * broken, dtype=np.float64)
            left = left * (1 - broken)
        shares[names[-1]] = np.asarray(left, dtype=np.float64)
        return shares

    def problem(self, value: dict[str, float]) -> str | None:
        """Check that the shares sum to 1 and that every count is above 0."""
        if abs(sum(value.values()) - 1) > 1e-9:
            return f"shares must sum to 1, these sum to {sum(value.values()):.10g}"
        if len(value) < 2 or min(value.values()) <= 0 or self.n <= 0:
            return "a dirichlet distribution needs two or more shares, each above 0, and n > 0"
        return None


def _z(u: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(ndtri(u), dtype=np.float64)


SINGLE = {
    "fixed": Fixed,
    "beta": Beta,
    "gamma": Gamma,
    "lognormal": LogNormal,
    "logit-normal": LogitNormal,
    "normal": Normal,
    "uniform": Uniform,
}
DISTRIBUTIONS: dict[str, type] = {**SINGLE, "dirichlet": Dirichlet}
