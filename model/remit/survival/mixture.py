"""Mixture cure: a durable share never has the event, the others follow a survival family."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remit.survival.family import Array, Family, Times, product


@dataclass(frozen=True)
class MixtureCure:
    """S(t) = durable + (1 - durable) S_family(t), ``durable`` (draw,) (Boag, JRSS B 1949;11:15)."""

    durable: Array
    family: Family

    def __post_init__(self) -> None:
        """Refuse what is not a share."""
        if not bool(np.all((np.asarray(self.durable) >= 0) & (np.asarray(self.durable) <= 1))):
            raise ValueError("durable of MixtureCure must lie between 0 and 1")

    def survival(self, t: Times) -> Array:
        """Return the share without event at ``t`` years."""
        return np.asarray(self.durable + (1 - self.durable) * self.family.survival(t), dtype=np.float64)

    def cumulative_hazard(self, t: Times) -> Array:
        """Return -log of survival; where nobody is durable, that of the family itself."""
        fallen = (1 - self.durable) * np.expm1(-self.family.cumulative_hazard(t))
        mixed = -np.log1p(np.where(self.durable > 0, fallen, 0.0))
        return np.asarray(np.where(self.durable > 0, mixed, self.family.cumulative_hazard(t)))

    def hazard(self, t: Times) -> Array:
        """Return the hazard of all, per year: that of the family in those fragile who are left."""
        own = self.family.hazard(t)
        # The fragile share of those left, 1 where nobody is durable even if nobody is left in numbers.
        left = (1 - self.durable) * self.family.survival(t)
        fragile = np.where(self.durable > 0, left / np.where(self.durable > 0, self.durable + left, 1.0), 1.0)
        return product(own, fragile)

    def log_density(self, t: Times) -> Array:
        """Return the log of the density at ``t``."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log1p(-self.durable) + self.family.log_density(t), dtype=np.float64)

    def density(self, t: Times) -> Array:
        """Return the density of the time of the event at ``t``, per year; it sums to 1 - durable."""
        return np.asarray((1 - self.durable) * self.family.density(t), dtype=np.float64)

    def quantile(self, survival: Times) -> Array:
        """Return the time at which survival has fallen to ``survival``; infinite at the durable share."""
        share = (survival - self.durable) / np.where(self.durable < 1, 1 - self.durable, 1.0)
        found = self.family.quantile(np.clip(share, 0.0, 1.0))
        return np.asarray(np.where((share > 0) | (self.durable == 0), found, np.inf), dtype=np.float64)

    def restricted_mean(self, t: Times) -> Array:
        """Return the mean time lived until ``t``."""
        fragile = product(self.family.restricted_mean(t), 1 - np.asarray(self.durable))
        return np.asarray(product(t, np.asarray(self.durable)) + fragile, dtype=np.float64)

    def mean(self) -> Array:
        """Return the mean time to the event, infinite where some are durable, (draw,)."""
        return self.restricted_mean(np.inf)
