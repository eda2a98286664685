"""Survival families fitted to patients by maximum likelihood, censored on the right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from remit.errors import RemitError
from remit.survival.families import FAMILIES
from remit.survival.family import Family
from remit.survival.mixture import MixtureCure
from remit.survival.patients import Patients, kaplan_meier
from remit.survival.roots import expit, logit

Array = NDArray[np.float64]
# Beyond this distance from the start a parameter (log, log odds) has run away; it is kept there.
FAR = 12.0
STEP = 1e-4
RUN_AWAY = 1e300


@dataclass(frozen=True)
class Fit:
    """A fitted curve.

    ``estimates`` are the parameters by name, ``covariance`` (parameter, parameter) that of ``scaled``: logs
    of positive parameters, log odds of the durable share, others as they are. It holds NaN where the
    likelihood has no peak, as where the best durable share is 0 or a generalised gamma is best as the
    log-normal that it approaches.
    """

    family: str
    curve: Family | MixtureCure
    estimates: dict[str, float]
    scaled: Array
    covariance: Array
    log_likelihood: float
    patients: int
    events: int

    @property
    def cure(self) -> bool:
        """Whether a durable share is fitted."""
        return isinstance(self.curve, MixtureCure)

    @property
    def durable(self) -> float | None:
        """The durable share; None without one."""
        return self.estimates.get("durable")

    @property
    def aic(self) -> float:
        """Akaike's criterion: 2 x parameters - 2 x log-likelihood."""
        return 2 * self.scaled.size - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of patients."""
        return float(np.log(self.patients)) * self.scaled.size - 2 * self.log_likelihood

    @property
    def standard_errors(self) -> Array:
        """Standard errors of ``scaled``, (parameter,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diag(self.covariance)), dtype=np.float64)


@dataclass(frozen=True)
class _Model:
    """A family with or without durable share, by an unbounded vector."""

    family: type[Family]
    cure: bool

    @property
    def names(self) -> list[str]:
        own = [field.name for field in fields(self.family)]
        return ["durable", *own] if self.cure else own

    def curve(self, scaled: Array) -> Family | MixtureCure:
        values = [np.array([value]) for value in self.values(scaled)]
        if not self.cure:
            return self.family(*values)
        return MixtureCure(values[0], self.family(*values[1:]))

    def values(self, scaled: Array) -> list[float]:
        return [
            float(expit(x)) if name == "durable" else float(x if name in self.family.any_sign else np.exp(x))
            for name, x in zip(self.names, scaled, strict=True)
        ]

    def scaled(self, family: Family, durable: float) -> Array:
        own = [(name, getattr(family, name)[0]) for name in self.names if name != "durable"]
        found = [float(x if name in self.family.any_sign else np.log(x)) for name, x in own]
        return np.array([float(logit(np.array(durable))), *found] if self.cure else found)


def fit(patients: Patients, family: str, *, cure: bool = False) -> Fit:
    """Return the curve of a family under which the patients are likeliest.

    Nelder-Mead from several starts on the scale of logs and log odds; the covariance is the inverse of
    the Hessian there, by central differences.

    Parameters
    ----------
    patients
        At least one with the event, none of them at time 0.
    family
        A key of ``FAMILIES``.
    cure
        Whether a share is durable.

    Raises
    ------
    RemitError
        Where there is no event, one at time 0, or no peak is found.
    """
    from scipy.optimize import minimize

    if not np.any(patients.events) or np.min(patients.times[patients.events]) <= 0:
        raise RemitError("a fit needs at least one event, and none at time 0")
    model = _Model(FAMILIES[family], cure)
    starts = [model.scaled(start, durable) for start, durable in _starts(patients, family, cure=cure)]
    misfit = _misfit(model, patients, starts[0])
    rough = {"xatol": 1e-3, "fatol": 1e-4, "maxiter": 300}
    first = sorted(starts, key=misfit)[:2]
    found = min(
        (minimize(misfit, start, method="Nelder-Mead", options=rough) for start in first),
        key=lambda result: float(result.fun),
    )
    fine = {"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2000}
    found = minimize(misfit, found.x, method="Nelder-Mead", options=fine)
    if found.fun >= RUN_AWAY:
        raise RemitError(f"no {family} curve fits")
    return Fit(
        family=family,
        curve=model.curve(found.x),
        estimates=dict(zip(model.names, model.values(found.x), strict=True)),
        scaled=np.asarray(found.x, dtype=np.float64),
        covariance=_covariance(misfit, found.x),
        log_likelihood=-float(found.fun),
        patients=patients.times.size,
        events=int(np.sum(patients.events)),
    )


def fit_all(patients: Patients, families: Iterable[str] = tuple(FAMILIES)) -> list[Fit]:
    """Return families with and without a durable share, the lowest AIC first."""
    fits = [fit(patients, name, cure=cure) for name in families for cure in (False, True)]
    return sorted(fits, key=lambda one: one.aic)


def log_likelihood(curve: Family | MixtureCure, patients: Patients) -> float:
    """Return the log-likelihood: log density of those with the event, log survival of the others."""
    happened, left = patients.times[patients.events], patients.times[~patients.events]
    return float(np.sum(curve.log_density(happened)) - np.sum(curve.cumulative_hazard(left)))


def _starts(patients: Patients, name: str, *, cure: bool) -> list[tuple[Family, float]]:
    """Return curves through the middle of what is seen, with several shapes."""
    last = float(kaplan_meier(patients).survival[-1])
    constant = float(np.log(2) * np.sum(patients.times) / np.sum(patients.events))
    among_events = float(np.median(patients.times[patients.events]))
    family = FAMILIES[name]
    count = len(fields(family)) - 1
    shapes = list(itertools.product((0.7, 1.0, 1.6), repeat=count))
    if name == "generalised-gamma":  # near the log-normal, where the search would not come from afar
        shapes += [(30.0, spread) for spread in (0.07, 0.12, 0.2, 0.35)]
    medians = [among_events] if cure else [constant, among_events]
    durable = min(max(0.95 * last, 0.02), 0.98)
    starts = []
    for median, shape in itertools.product(medians, shapes):
        given = (np.array([x]) for x in (median, *shape))
        starts.append((family.with_median(*given), durable))  # type: ignore[attr-defined]
    return starts


def _misfit(model: _Model, patients: Patients, near: Array) -> Callable[[Array], float]:
    """Return minus the log-likelihood, as good as infinite where a parameter has run away."""
    # On the way to its log-normal limit the scale of a generalised gamma falls far below any time.
    limits = np.array([5 * FAR if name == "scale" else FAR for name in model.names])

    def misfit(scaled: Array) -> float:
        if np.any(np.abs(scaled - near) > limits):
            return RUN_AWAY
        with np.errstate(all="ignore"):
            value = -log_likelihood(model.curve(scaled), patients)
        return value if np.isfinite(value) else RUN_AWAY

    return misfit


def _covariance(misfit: Callable[[Array], float], x: Array) -> Array:
    """Return the inverse of the matrix of second derivatives, NaN where it has no peak."""
    moves = np.eye(x.size) * STEP

    def second(u: Array, v: Array) -> float:
        return misfit(x + u + v) - misfit(x + u - v) - misfit(x - u + v) + misfit(x - u - v)

    corners = [misfit(x + side * (u + v)) for u in moves for v in moves for side in (-1, 1)]
    if max(corners) >= RUN_AWAY:
        return np.full((x.size, x.size), np.nan)
    hessian = np.array([[second(u, v) for v in moves] for u in moves]) / (4 * STEP**2)
    try:
        np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        return np.full(hessian.shape, np.nan)
    return np.asarray(np.linalg.inv(hessian), dtype=np.float64)
