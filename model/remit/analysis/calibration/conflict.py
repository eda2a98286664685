"""Which targets a calibration could not reach, and which others pull them away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.calibration.fit import UNREACHED
from remit.inputs.targets import Target

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Conflict:
    """A target that was not reached, where the model ends, and what holds it there (None: the priors)."""

    target: Target
    predicted: float
    against: Target | None

    def __str__(self) -> str:
        """Say it in one line."""
        other = f"the target {self.against.key}" if self.against else "the priors and the model's structure"
        return (
            f"{self.target.key}: reported {self.target.value:.4g}, the calibration ends at "
            f"{self.predicted:.4g}; in conflict with {other}"
        )


def conflicts(targets: Sequence[Target], prior: Array, posterior: Array) -> list[Conflict]:
    """Return the targets that the posterior misses by more than ``UNREACHED`` standard errors.

    What pulls at a target is told by the linear update: with C the covariance of predictions under the
    prior and R the errors of the reports, target u moves the prediction of t by [C (C + R)^-1]_tu times
    its distance from the prior's mean. The one that moves it furthest from where it should be is named.

    Parameters
    ----------
    targets
        What was fitted.
    prior
        (target, draw) predictions of prior draws.
    posterior
        (target,) mean predictions of the posterior.
    """
    scores = [t.log_likelihood(np.array([p]))[0] for t, p in zip(targets, posterior, strict=True)]
    missed = [place for place, score in enumerate(scores) if np.sqrt(-2 * score) > UNREACHED]
    if not missed:
        return []
    values = np.array([target.value for target in targets])
    errors = np.array([(t.interval[1] - t.interval[0]) / (2 * 1.96) for t in targets])
    covariance = np.atleast_2d(np.cov(prior))
    gain = covariance @ np.linalg.inv(covariance + np.diag(errors**2))
    pulls = gain * (values - prior.mean(axis=1))
    found = []
    for place in missed:
        wanted = np.sign(values[place] - posterior[place])
        against = -wanted * pulls[place]
        against[place] = 0.0
        worst = int(np.argmax(against))
        significant = against[worst] > 0.1 * abs(values[place] - posterior[place])
        found.append(
            Conflict(targets[place], float(posterior[place]), targets[worst] if significant else None)
        )
    return found
