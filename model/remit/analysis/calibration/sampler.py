"""Importance sampling in stages: from the prior to the posterior through ever stronger likelihoods.

Everything happens on normal scores: a parameter's stream of uniforms is Phi(z), so that the prior is a
standard normal of all scores. Each stage draws from a normal proposal, weighs its draws by prior x
likelihood^power / proposal with the largest power that keeps enough of them alive, and hands the weighted
mean and covariance on as the next proposal (population Monte Carlo; Cappe et al., J Comput Graph Stat
2004;13:907). At power 1 the stage's own weights are those of the posterior.

Targets are far fewer than parameters, and where no prediction changes the posterior is the prior. So the
proposal differs from the prior in the directions alone in which predictions change (the likelihood-informed
subspace; Cui et al., Inverse Problems 2014;30:114015), found by linear regression of the predictions on the
scores: a covariance of all scores, estimated from a few thousand draws, would be noise for the most part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Of a stage's draws, the share that must stay alive when the likelihood is strengthened.
ALIVE = 0.2
# The proposal is a little wider than what it was fitted to, so that weights stay bounded.
INFLATION = 1.1
MOST_STAGES = 40


@dataclass(frozen=True)
class Plan:
    """How many draws each stage takes, the last one, what must be reached, and the seed."""

    draws: int = 8000
    last: int = 20000
    ess: float = 1000.0
    seed: int = 20180201


@dataclass(frozen=True)
class Stage:
    """One stage, weighed.

    Attributes
    ----------
    number
        From 0, whose draws are from the prior.
    power
        Of the likelihood, that its weights aim at; 1 is the posterior.
    scores
        (score, draw) normal scores.
    predictions
        (target, draw).
    directions
        (score, direction), orthonormal: those in which predictions change.
    weights
        (draw,), summing to 1.
    ess
        Effective sample size of the weights.
    last
        Whether the posterior is taken from this stage.
    log_evidence
        Log of the mean likelihood over the prior, as this stage's draws estimate it.
    """

    number: int
    power: float
    scores: Array
    predictions: Array
    directions: Array
    weights: Array
    ess: float
    last: bool
    log_evidence: float = float("nan")

    def proposal(self) -> Proposal:
        """Return the normal distribution that the next stage draws from."""
        along = self.directions.T @ self.scores
        mean = along @ self.weights
        apart = along - mean[:, None]
        covariance = (apart * self.weights) @ apart.T / (1 - np.sum(self.weights**2))
        return Proposal(self.directions, mean, INFLATION * covariance)


@dataclass(frozen=True)
class Proposal:
    """A distribution of scores: normal along some directions, with the prior across them.

    ``directions`` (score, direction), orthonormal; ``mean`` (direction,) and ``covariance`` along them.
    """

    directions: Array
    mean: Array
    covariance: Array

    def draw(self, n_draws: int, seed: int, number: int) -> Array:
        """Return (score, draw) draws; those of a stage depend on seed and number alone."""
        generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, number])))
        normal = generator.standard_normal((n_draws, len(self.directions))).T
        along = self.directions.T @ normal
        moved = self.mean[:, None] + np.linalg.cholesky(self.covariance) @ along
        return np.asarray(normal + self.directions @ (moved - along))

    def from_prior(self, scores: Array) -> Array:
        """Return the log density of the prior less that of the proposal, (draw,)."""
        from scipy.linalg import solve_triangular

        along, root = self.directions.T @ scores, np.linalg.cholesky(self.covariance)
        white = solve_triangular(root, along - self.mean[:, None], lower=True)
        apart = 0.5 * (np.sum(white**2, axis=0) - np.sum(along**2, axis=0))
        return np.asarray(apart + np.sum(np.log(np.diag(root))))


def sample(
    n_scores: int,
    predict: Callable[[Array], Array],
    log_likelihood: Callable[[Array], Array],
    plan: Plan,
    *,
    done: Stage | None = None,
) -> Iterator[Stage]:
    """Yield the stages, the last of which carries the posterior.

    Parameters
    ----------
    n_scores
        Number of scores.
    predict
        Scores (score, draw) -> what the model predicts of each target, (target, draw).
    log_likelihood
        Predictions (target, draw) -> (draw,); -inf where a draw is impossible.
    plan
        Sizes and seed.
    done
        The last finished stage of an interrupted calibration: what follows it is the same, to the byte.

    Raises
    ------
    ValueError
        Where no draw has any likelihood at all, or the stages do not reach the posterior.
    """
    stage = done
    while stage is None or not stage.last:
        if stage is not None and stage.number + 1 >= MOST_STAGES:
            raise ValueError(f"{MOST_STAGES} stages did not reach the posterior: it hangs on few draws")
        stage = _next(stage, n_scores, predict, log_likelihood, plan)
        yield stage


def reweighed(stage: Stage, change: Array) -> Stage:
    """Return a finished stage weighed for another likelihood, to go on from.

    ``change`` is by how much the log likelihood of each draw differs from the one it was weighed with.
    """
    weights = _normalised(np.log(np.maximum(stage.weights, 1e-300)) + change)
    return replace(stage, weights=weights, ess=1 / float(np.sum(weights**2)), last=False)


def _next(
    before: Stage | None,
    n_scores: int,
    predict: Callable[[Array], Array],
    log_likelihood: Callable[[Array], Array],
    plan: Plan,
) -> Stage:
    number = 0 if before is None else before.number + 1
    none = np.zeros((n_scores, 0))
    proposal = Proposal(none, np.zeros(0), np.zeros((0, 0))) if before is None else before.proposal()
    ready = before is not None and before.power == 1.0
    scores = proposal.draw(plan.last if ready else plan.draws, plan.seed, number)
    predictions = predict(scores)
    likelihood = log_likelihood(predictions)
    # What cannot be predicted is impossible, not a reason to lose all other draws.
    likelihood = np.where(np.isnan(likelihood), -np.inf, likelihood)
    if not bool(np.any(np.isfinite(likelihood))):
        raise ValueError("no draw has any likelihood: the prior excludes what was reported")
    away = proposal.from_prior(scores)
    weights = _normalised(away + likelihood)
    last = ready and 1 / float(np.sum(weights**2)) >= plan.ess
    power = 1.0 if last else _strongest(likelihood, away)
    weights = _normalised(away + power * likelihood)
    ess = 1 / float(np.sum(weights**2))
    directions = _directions(scores, predictions)
    evidence = _log_mean(away + likelihood)
    return Stage(number, power, scores, predictions, directions, weights, ess, last, evidence)


def _directions(scores: Array, predictions: Array) -> Array:
    """Return the directions in which predictions change here, orthonormal, (score, direction)."""
    centred = scores - np.mean(scores, axis=1, keepdims=True)
    response = predictions - np.mean(predictions, axis=1, keepdims=True)
    slopes = np.linalg.lstsq(centred.T, response.T, rcond=None)[0]
    slopes = slopes / np.maximum(np.linalg.norm(slopes, axis=0), 1e-300)
    left, sizes, _ = np.linalg.svd(slopes, full_matrices=False)
    return np.asarray(left[:, sizes > 1e-6])


def _strongest(likelihood: Array, away: Array) -> float:
    """Return the largest power up to 1 at which enough draws stay alive; if at none, that of the most.

    So it may be less than that of the stage before, whose proposal then missed.
    """
    powers = np.concatenate([np.geomspace(1e-6, 0.01, 41), np.linspace(0.01, 1.0, 200)[1:]])
    alive = np.array([1 / np.sum(_normalised(away + power * likelihood) ** 2) for power in powers])
    enough = np.flatnonzero(alive >= ALIVE * likelihood.size)
    return float(powers[enough[-1] if enough.size else np.argmax(alive)])


def _log_mean(log_values: Array) -> float:
    top = float(np.max(log_values))
    return top + float(np.log(np.mean(np.exp(log_values - top))))


def _normalised(log_weights: Array) -> Array:
    weights = np.exp(np.where(np.isfinite(log_weights), log_weights - np.max(log_weights), -np.inf))
    return np.asarray(weights / np.sum(weights))
