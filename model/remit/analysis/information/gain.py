"""What is gained by choosing after learning, from expected outcomes given what is learnt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.analysis.information.regression import Fit
from remit.economics.comparison import draws_and_thresholds
from remit.engine.blocks import draw_slices

Array = NDArray[np.float64]

# Simulations of a fit behind a standard error, and rows of what was learnt at which each is looked at.
SIMULATIONS, LOOKED_AT = 100, 256
SEED = 19990718
WIDTH = 2500  # draws whose part in a fit is held at once


@dataclass(frozen=True)
class Increments:
    """Costs and QALYs of every strategy less those of the first: ``outcomes`` (draw, 2 (strategy - 1)).

    Costs first. What all strategies share does not matter for the choice, and would only add noise.
    """

    outcomes: Array
    wtp: Array

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.outcomes)

    @property
    def alone(self) -> bool:
        """Whether there is nothing to choose from."""
        return not self.outcomes.size


def increments(costs: ArrayLike, qalys: ArrayLike, wtp: ArrayLike) -> Increments:
    """Return increments against the first strategy, checked.

    Raises
    ------
    InputError
        Where shapes differ, a number is missing, or ``wtp`` is empty or negative.
    """
    cost, qaly, thresholds = draws_and_thresholds(costs, qalys, wtp)
    outcomes = np.concatenate([cost[:, 1:] - cost[:, :1], qaly[:, 1:] - qaly[:, :1]], axis=1)
    return Increments(outcomes, thresholds)


def gain(fitted: Fit, wtp: Array, *, drawn_again: bool) -> tuple[Array, Array]:
    """Return the expected gain of choosing after learning and its standard error, (wtp,) each.

    The gain is the mean over draws of what is lost by the strategy that is best on average against the one
    that is best given what is learnt, by fitted net benefits. Its error has two parts. One is the
    regression's: the root mean square of what the gain changes by over simulated fits, which covers the
    upward bias of a maximum of uncertain values (Strong, Oakley and Brennan, Med Decis Making
    2014;34(3):311-26). Fits are simulated from residuals times random signs, draw by draw, so that their
    variance may differ from draw to draw (wild bootstrap: Wu, Ann Stat 1986;14(4):1261-95). The other is
    the Monte Carlo error of a mean over this sample of what is learnt. It does not cover that splines of few
    knots, or a penalty, may miss part of a function.
    """
    copies = fitted.rows.copies
    looked = _looked_at(copies.size)
    weights = copies[looked] / copies[looked].sum()
    worth = fitted.rows.effective if drawn_again else float(fitted.rows.row.size)
    known, noise = np.ascontiguousarray(fitted.fitted.T), _noise(fitted, looked)
    base = known[:, looked]
    estimates, errors = np.empty(wtp.size), np.empty(wtp.size)
    for place, threshold in enumerate(wtp):
        nmb = _nmb(known, threshold)
        losses = nmb.max(axis=0) - nmb[int((nmb @ copies).argmax())]
        estimates[place] = losses @ copies / copies.sum()
        of_sample = (losses - estimates[place]) ** 2 @ copies / copies.sum() / worth
        here = _mean_gain(_nmb(base, threshold), weights)
        of_fit = np.mean((_mean_gain(_nmb(base[:, None] + noise, threshold), weights) - here) ** 2)
        errors[place] = np.sqrt(of_sample + of_fit)
    return estimates, errors


def _nmb(outcomes: Array, threshold: float) -> Array:
    """Return incremental net benefit, the first strategy's 0 included: (2 (s - 1), ...) -> (s, ...)."""
    half = len(outcomes) // 2
    found = np.zeros((half + 1, *outcomes.shape[1:]))
    np.subtract(threshold * outcomes[half:], outcomes[:half], out=found[1:])
    return found


def _mean_gain(nmb: Array, weights: Array) -> Array:
    """Return the mean of the best less the best of the means, (strategy, ..., row) -> (...)."""
    return np.asarray(nmb.max(axis=0) @ weights - (nmb @ weights).max(axis=0))


def _looked_at(n_rows: int) -> NDArray[np.intp]:
    """Return at most so many rows, evenly spread (distinct rows are sorted)."""
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, LOOKED_AT)).round().astype(np.intp))


def _noise(fitted: Fit, looked: NDArray[np.intp]) -> Array:
    """Return by how much each simulated fit differs at some rows, (outcome, simulation, row).

    Where a penalty shrinks a direction, its error is as wide as that of the Bayesian who holds the penalty
    for a prior, which covers the bias on average (Nychka, J Am Stat Assoc 1988;83(404):1134-43).
    """
    rows, root = fitted.rows, np.sqrt(fitted.rows.copies)[:, None]
    n, freedom = rows.row.size, float(fitted.kept.sum())
    residuals = fitted.residuals * np.sqrt(n / max(n - freedom, 1.0) * _design_effect(fitted))
    signs, each = _signs(n), fitted.directions / root
    loads = np.zeros((SIMULATIONS, residuals.shape[1] * fitted.kept.size))
    for block in draw_slices(n, WIDTH):
        scores = residuals[block][:, :, None] * each[rows.row[block]][:, None, :]
        loads += signs[:, block] @ scores.reshape(len(scores), -1)
    back = (each[looked] * np.sqrt(fitted.kept)).T
    found = loads.reshape(SIMULATIONS, residuals.shape[1], -1) @ back
    return np.ascontiguousarray(found.transpose(1, 0, 2))


def _design_effect(fitted: Fit) -> Array:
    """Return how much wider the error is since draws that share what is learnt may share more, (outcome,).

    1 where they do not; of posterior rows that are used again, the number of copies at most.
    """
    residuals, n = fitted.residuals, fitted.rows.row.size
    if fitted.rows.copies.size == n:
        return np.ones(residuals.shape[1])
    together = np.sum(fitted.rows.sums(residuals) ** 2, axis=0)
    alone = np.maximum(np.sum(residuals**2, axis=0), 1e-300)
    return np.asarray(np.maximum(together / alone, 1.0))


@lru_cache(maxsize=1)
def _signs(n_draws: int) -> Array:
    """Return random signs, (simulation, draw), the same for all that is learnt from as many draws."""
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([SEED, n_draws])))
    signs = generator.integers(0, 2, size=(SIMULATIONS, n_draws)) * 2.0 - 1.0
    return np.asarray(signs, dtype=np.float64)
