"""How well a posterior fits what was reported, and how far it moved the parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.predictions import predict
from remit.inputs.draws import draw_parameters, uniforms
from remit.inputs.posterior import Posterior
from remit.inputs.targets import Expected, Target
from remit.study import Study

Array = NDArray[np.float64]
# Likelihood is lost beyond repair where a prediction lies further off than this, in standard errors.
UNREACHED = 3.0


@dataclass(frozen=True)
class Spread:
    """Mean and 95% interval of a prediction, and the 95% predictive interval of another such report."""

    mean: float
    low: float
    high: float
    predictive_low: float
    predictive_high: float


@dataclass(frozen=True)
class Fit:
    """A target beside what prior and posterior predict of it."""

    target: Target
    fitted: bool
    prior: Spread
    posterior: Spread

    @property
    def inside(self) -> bool:
        """Whether the posterior mean lies inside the reported 95% interval."""
        low, high = self.target.interval
        return low <= self.posterior.mean <= high

    @property
    def foretold(self) -> bool:
        """Whether the reported value lies inside the posterior's 95% predictive interval."""
        return self.posterior.predictive_low <= self.target.value <= self.posterior.predictive_high

    @property
    def errors_off(self) -> float:
        """How far the posterior mean lies off, in standard errors of the likelihood."""
        return float(np.sqrt(-2 * self.target.log_likelihood(np.array([self.posterior.mean]))[0]))


@dataclass(frozen=True)
class Move:
    """A fitted parameter before and after: means and sd in its own unit, and the 95% interval after."""

    column: str
    prior_mean: float
    prior_sd: float
    mean: float
    sd: float
    low: float
    high: float

    @property
    def shift(self) -> float:
        """The shift of the mean in prior standard deviations."""
        return (self.mean - self.prior_mean) / self.prior_sd if self.prior_sd else 0.0


def fits(
    study: Study, posterior: Posterior, targets: Sequence[Target], fitted: Sequence[str], *, seed: int
) -> list[Fit]:
    """Return every target beside the predictions of prior and posterior.

    Parameters
    ----------
    study
        With the priors.
    posterior
        What it was fitted to.
    targets
        Fitted ones and others.
    fitted
        The keys of those that were fitted.
    seed
        Of the prior draws and of the predictive noise.
    """
    quantities = [target.quantity for target in targets]
    rows = posterior.n_rows
    prior = predict(study, draw_parameters(study.parameters, seed=seed, n_draws=rows), quantities)
    fitted_study = replace(study, posterior=posterior)
    after = predict(fitted_study, fitted_study.draws(n_draws=rows, seed=seed), quantities)
    return [
        Fit(t, t.key in fitted, _spread(t, one, seed), _spread(t, two, seed))
        for t, one, two in zip(targets, prior, after, strict=True)
    ]


def moves(study: Study, posterior: Posterior, *, seed: int) -> list[Move]:
    """Return every fitted parameter before and after the calibration."""
    prior = draw_parameters(study.parameters, seed=seed, n_draws=10 * posterior.n_rows)
    found = []
    for column, after in posterior.columns.items():
        low, high = np.percentile(after, [2.5, 97.5])
        before = prior[column]
        found.append(
            Move(
                column,
                float(before.mean()),
                float(before.std()),
                float(after.mean()),
                float(after.std()),
                float(low),
                float(high),
            )
        )
    return found


def shown_beside(known: Mapping[str, Target], fitted: Sequence[Target], study: Study) -> list[Target]:
    """Return the targets on patients that a calibration shows and did not fit, validation apart."""
    taken = {target.quantity for target in fitted}
    return [
        target
        for target in known.values()
        if not target.validates
        and target.quantity not in taken
        and not isinstance(target.quantity, Expected)
        and set(target.strategies) <= set(study.strategies)
    ]


def _spread(target: Target, predicted: Array, seed: int) -> Spread:
    again = target.likelihood.simulate(predicted, uniforms(seed, f"predictive {target.key}", predicted.size))
    low, high = np.percentile(predicted, [2.5, 97.5])
    below, above = np.percentile(again, [2.5, 97.5])
    return Spread(float(predicted.mean()), float(low), float(high), float(below), float(above))
