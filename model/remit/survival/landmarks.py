"""Landmarks and medians -> starting values of a mixture cure curve, with their uncertainty.

Until a calibration takes over. The relapse-free survival of responders is
exp(-e t) (d + (1 - d) exp(-l t)), e the excess death in remission. Landmarks of one curve enter as
conditional binomials with their effective n (a median as S = 0.5). The parameters' own distributions
are the priors. The mode on the scale (logit d, log l) is the centre of a normal approximation
(Laplace) whose covariance is the inverse Hessian there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.errors import RemitError
from remit.inputs.distributions import Beta, LogitNormal, LogNormal
from remit.inputs.parameters import Correlation, Parameter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Landmark:
    """Survival at ``at`` years among those event-free at ``given`` years, known from about n patients."""

    at: float
    survival: float
    n: float
    given: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not a landmark."""
        if not 0 < self.survival <= 1 or self.n <= 0 or not 0 <= self.given < self.at:
            raise ValueError("a landmark needs 0 < survival <= 1, n > 0 and 0 <= given < at")


@dataclass(frozen=True)
class Curve:
    """Which two parameters a set of landmarks informs."""

    share_durable: str
    rate_relapse: str
    landmarks: tuple[Landmark, ...]
    source: str
    where: str


def solve_curve(curve: Curve, durable: Parameter, rate: Parameter, excess: float) -> dict[str, Parameter]:
    """Return the two parameters as the landmarks leave them: logit-normal and log-normal, correlated.

    Parameters
    ----------
    curve
        The landmarks.
    durable, rate
        The parameters as given: beta and log-normal priors.
    excess
        Death in remission apart from relapse, per year.

    Raises
    ------
    RemitError
        Where a prior is of another type, or no mode is found.
    """
    from scipy.optimize import minimize

    prior, spread = durable.uncertainty, rate.uncertainty
    if not isinstance(prior, Beta) or not isinstance(spread, LogNormal):
        raise RemitError(f"{curve.share_durable} needs a beta and {curve.rate_relapse} a log-normal prior")
    a, b = prior.shapes(float(durable.central))  # type: ignore[arg-type]
    centre = math.log(float(rate.central) * rate.factor)  # type: ignore[arg-type]

    def misfit(x: Array) -> float:
        d = 1 / (1 + math.exp(-x[0]))
        penalty = -a * math.log(d) - b * math.log1p(-d) + 0.5 * ((float(x[1]) - centre) / spread.sdlog) ** 2
        return penalty - _log_likelihood(curve, d, math.exp(x[1]), excess)

    start = np.array([math.log(a / b), centre])
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000}
    found = minimize(misfit, start, method="Nelder-Mead", options=options)
    if not found.success:
        raise RemitError(f"no starting value found for {curve.share_durable}: {found.message}")
    covariance = np.linalg.inv(_hessian(misfit, found.x))
    sds = np.sqrt(np.diag(covariance))
    said = f"solved from landmarks of {curve.source} ({curve.where}) with the prior given in the file"
    return {
        curve.share_durable: replace(
            durable,
            value=float(1 / (1 + math.exp(-found.x[0]))),
            uncertainty=LogitNormal(float(sds[0])),
            note=_joined(durable.note, said),
        ),
        curve.rate_relapse: replace(
            rate,
            value=math.exp(found.x[1]) / rate.factor,
            uncertainty=LogNormal(float(sds[1])),
            correlated_with=Correlation(curve.share_durable, float(covariance[0, 1] / (sds[0] * sds[1]))),
            note=_joined(rate.note, said),
        ),
    }


def _log_likelihood(curve: Curve, d: float, rate: float, excess: float) -> float:
    def survival(t: float) -> float:
        return math.exp(-excess * t) * (d + (1 - d) * math.exp(-rate * t))

    total = 0.0
    for mark in curve.landmarks:
        p = survival(mark.at) / survival(mark.given)
        failed = mark.n * (1 - mark.survival)
        total += mark.n * mark.survival * math.log(p) + (failed * math.log1p(-p) if failed else 0.0)
    return total


def _hessian(function: Callable[[Array], float], x: Array, step: float = 1e-4) -> Array:
    """Return the matrix of second derivatives by central differences."""

    def second(u: Array, v: Array) -> float:
        rise = function(x + u + v) - function(x + u - v) - function(x - u + v) + function(x - u - v)
        return rise / (4 * step**2)

    moves = np.eye(2) * step
    return np.array([[second(u, v) for v in moves] for u in moves])


def _joined(*notes: str | None) -> str:
    return "; ".join(note for note in notes if note)
