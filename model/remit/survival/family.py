"""What every survival family offers, and what follows from a cumulative hazard alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Times = Array | float


@dataclass(frozen=True)
class Family(ABC):
    """A survival curve whose parameters are (draw,) arrays; times are in years, hazards per year.

    Times broadcast against the parameters: a scalar gives (draw,), a (time, 1) array (time, draw). A
    family gives its cumulative hazard, so that nothing is lost where survival is too small for a number.
    """

    any_sign: ClassVar[frozenset[str]] = frozenset()
    """The parameters that may be negative or 0; all others are positive."""

    def __post_init__(self) -> None:
        """Refuse parameters that are not positive, unless they may be."""
        for field in fields(self):
            value = np.asarray(getattr(self, field.name))
            if not np.all(np.isfinite(value)) or (field.name not in self.any_sign and np.any(value <= 0)):
                wanted = "finite" if field.name in self.any_sign else "positive"
                raise ValueError(f"{field.name} of {type(self).__name__} must be {wanted}")

    @abstractmethod
    def _cumulative_hazard(self, t: Array) -> Array: ...

    @abstractmethod
    def _hazard(self, t: Array) -> Array: ...

    @abstractmethod
    def _quantile(self, survival: Array) -> Array: ...

    @abstractmethod
    def _restricted_mean(self, t: Array) -> Array: ...

    def cumulative_hazard(self, t: Times) -> Array:
        """Return the hazard summed from 0 to ``t``: -log of survival."""
        return self._cumulative_hazard(np.asarray(t, dtype=np.float64))

    def hazard(self, t: Times) -> Array:
        """Return the hazard at ``t``; at 0 its limit, which may be infinite."""
        return self._hazard(np.asarray(t, dtype=np.float64))

    def quantile(self, survival: Times) -> Array:
        """Return the time at which survival has fallen to ``survival``; infinite where it never does."""
        return self._quantile(np.asarray(survival, dtype=np.float64))

    def restricted_mean(self, t: Times) -> Array:
        """Return the mean time lived until ``t``: the integral of survival from 0 to ``t``."""
        return self._restricted_mean(np.asarray(t, dtype=np.float64))

    def survival(self, t: Times) -> Array:
        """Return the share without event at ``t``."""
        return np.asarray(np.exp(-self.cumulative_hazard(t)), dtype=np.float64)

    def log_density(self, t: Times) -> Array:
        """Return the log of the density at ``t``, which outlives the density itself in the tail."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.hazard(t)) - self.cumulative_hazard(t), dtype=np.float64)

    def density(self, t: Times) -> Array:
        """Return the density of the time of the event at ``t``, per year."""
        return np.asarray(np.exp(self.log_density(t)), dtype=np.float64)

    def mean(self) -> Array:
        """Return the mean time to the event, (draw,); infinite where it has none."""
        return self.restricted_mean(np.inf)


def log(x: Times) -> Array:
    """Return the logarithm, minus infinity at 0 without complaint."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(x), dtype=np.float64)


def power(base: Times, exponent: Times) -> Array:
    """Return a power of what is not negative: 0 to a negative power is infinite, as is what is too large."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(np.power(np.asarray(base, dtype=np.float64), exponent), dtype=np.float64)


def product(time: Times, share: Array) -> Array:
    """Return a time multiplied with a share, 0 where the share is: also of an infinite time."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(share > 0, time * share, 0.0), dtype=np.float64)
