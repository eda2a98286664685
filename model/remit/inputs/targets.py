"""What the model is held against: quantities that it predicts, with the value reported and its likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Origin = Literal["decision", "infusion", "remission"]
Endpoint = Literal["os", "rfs", "efs"]
Measure = Literal["qalys", "life_years", "costs"]


@dataclass(frozen=True)
class SurvivalAt:
    """The share without event at ``at`` years from the origin, among those without event at ``given``."""

    strategy: str
    origin: Origin
    endpoint: Endpoint
    at: float
    given: float = 0.0


@dataclass(frozen=True)
class ShareOf:
    """A share of patients: infused of those enrolled, or in remission of those treated."""

    strategy: str
    share: Literal["infused", "remission"]


@dataclass(frozen=True)
class HazardRatio:
    """The ratio of cumulative hazards of death from first infusion to ``at`` years, of two strategies."""

    strategy: str
    comparator: str
    at: float


@dataclass(frozen=True)
class Expected:
    """A mean outcome per patient over the horizon, discounted as the study is."""

    strategy: str
    outcome: Measure
    perspective: Literal["societal", "healthcare"] = "societal"


Quantity = SurvivalAt | ShareOf | HazardRatio | Expected


@dataclass(frozen=True)
class Binomial:
    """A share seen in ``n`` patients (effective sample size)."""

    n: float
    type: Literal["binomial"] = "binomial"

    def __post_init__(self) -> None:
        """Refuse a sample of nobody."""
        if not 0 < self.n < math.inf:
            raise ValueError("n must be above 0")

    def log_likelihood(self, value: float, predicted: Array) -> Array:
        """Return n (v log p + (1 - v) log(1 - p)) less its value at p = v, (draw,)."""
        from scipy.special import xlog1py, xlogy

        def score(p: Array | float) -> Array:
            return np.asarray(
                self.n * (xlogy(value, p) + xlog1py(1 - value, -np.asarray(p))), dtype=np.float64
            )

        # Rounding may leave a prediction on the spot a hair above 0.
        return np.asarray(np.minimum(score(np.clip(predicted, 0.0, 1.0)) - score(value), 0.0))

    def interval(self, value: float) -> tuple[float, float]:
        """Return the 95% interval: Wilson's score interval."""
        z2 = 1.959964**2
        centre = (value + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = math.sqrt(z2 * (value * (1 - value) / self.n + z2 / (4 * self.n**2))) / (1 + z2 / self.n)
        low, high = centre - half, centre + half
        return (0.0 if value == 0 else max(low, 0.0)), (1.0 if value == 1 else min(high, 1.0))

    def simulate(self, predicted: Array, u: Array) -> Array:
        """Return the share that another such sample would show, (draw,), from uniforms."""
        from scipy.stats import binom

        n = max(round(self.n), 1)
        return np.asarray(binom.ppf(u, n, np.clip(predicted, 0.0, 1.0)) / n, dtype=np.float64)


@dataclass(frozen=True)
class NormalError:
    """A number known with a normal error."""

    sd: float
    type: Literal["normal"] = "normal"

    def __post_init__(self) -> None:
        """Refuse an error of nothing."""
        if not 0 < self.sd < math.inf:
            raise ValueError("sd must be above 0")

    def log_likelihood(self, value: float, predicted: Array) -> Array:
        """Return -(p - v)^2 / (2 sd^2), (draw,)."""
        return np.asarray(-0.5 * ((predicted - value) / self.sd) ** 2, dtype=np.float64)

    def interval(self, value: float) -> tuple[float, float]:
        """Return the 95% interval."""
        return value - 1.959964 * self.sd, value + 1.959964 * self.sd

    def simulate(self, predicted: Array, u: Array) -> Array:
        """Return another such number, (draw,), from uniforms."""
        from scipy.special import ndtri

        return np.asarray(predicted + self.sd * ndtri(u), dtype=np.float64)


@dataclass(frozen=True)
class LogNormalError:
    """A number above 0 known with a normal error on the log scale."""

    sdlog: float
    type: Literal["lognormal"] = "lognormal"

    def __post_init__(self) -> None:
        """Refuse an error of nothing."""
        if not 0 < self.sdlog < math.inf:
            raise ValueError("sdlog must be above 0")

    def log_likelihood(self, value: float, predicted: Array) -> Array:
        """Return -(log p - log v)^2 / (2 sdlog^2), (draw,)."""
        apart = np.log(np.maximum(predicted, 1e-300)) - math.log(value)
        return np.asarray(-0.5 * (apart / self.sdlog) ** 2, dtype=np.float64)

    def interval(self, value: float) -> tuple[float, float]:
        """Return the 95% interval."""
        return value * math.exp(-1.959964 * self.sdlog), value * math.exp(1.959964 * self.sdlog)

    def simulate(self, predicted: Array, u: Array) -> Array:
        """Return another such number, (draw,), from uniforms."""
        from scipy.special import ndtri

        return np.asarray(predicted * np.exp(self.sdlog * ndtri(u)), dtype=np.float64)


Likelihood = Binomial | NormalError | LogNormalError


@dataclass(frozen=True)
class Target:
    """A reported value of a quantity, how surely it is known, and of whom.

    ``validates`` says what it is a validation of where no calibration has used it; ``scenario`` names the
    setting in which it is to be predicted, where that is not the study's own; ``population`` whose patients
    it is of (None: of any).
    """

    key: str
    title: str
    quantity: Quantity
    value: float
    likelihood: Likelihood
    of: str
    source: str
    where: str
    note: str | None = None
    validates: str | None = None
    scenario: str | None = None
    population: str | None = None

    def log_likelihood(self, predicted: Array) -> Array:
        """Return the log likelihood of each draw's prediction, 0 at the value itself, (draw,)."""
        return self.likelihood.log_likelihood(self.value, predicted)

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95% interval of the reported value."""
        return self.likelihood.interval(self.value)

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies that it is on."""
        quantity = self.quantity
        second = (quantity.comparator,) if isinstance(quantity, HazardRatio) else ()
        return (quantity.strategy, *second)

    @property
    def moves_costs(self) -> bool:
        """Whether it may move cost parameters alone (the cut of model.md, section 6)."""
        return isinstance(self.quantity, Expected) and self.quantity.outcome == "costs"


LIKELIHOODS: dict[str, type[Likelihood]] = {
    "binomial": Binomial,
    "normal": NormalError,
    "lognormal": LogNormalError,
}
