"""Cost parameters held against cited total costs, given everything else (a cut).

Total costs are linear in the cost parameters, so each posterior row keeps what a patient uses of each
(`unit_costs`) and its cost parameters are drawn from p(costs | row, cited totals): a cited total may move
prices, never efficacy. Each row has its own normal proposal, from a few Gauss-Newton steps on normal
scores, and picks one of several candidates by its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.predictions import costs_in
from remit.evaluation import unit_costs
from remit.inputs.draws import quantiles, streams_of
from remit.inputs.parameters import Parameter
from remit.inputs.targets import Expected, LogNormalError, Target
from remit.study import Study

Array = NDArray[np.float64]
CANDIDATES = 32
NEWTON_STEPS = 6
# Scores beyond this are as good as impossible; without a bound a step far from the mode has no way back.
FURTHEST = 6.0
LEAST_ALIVE = 0.05


@dataclass(frozen=True)
class PricedRows:
    """Cost parameters drawn for each posterior row, and how well the proposals served.

    ``alive`` is the mean effective share of the candidates of a row.
    """

    columns: dict[str, Array]
    alive: float


@dataclass(frozen=True)
class _Bills:
    """What each row would pay at a price of 1: ``each`` (row, target, cost), ``rest`` (row, target)."""

    names: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    each: Array
    rest: Array

    def log_totals(self, prices: Array) -> Array:
        """Return log total costs, (row, target), at prices (row, cost)."""
        return np.asarray(np.log(np.einsum("rtc,rc->rt", self.each, prices) + self.rest))

    def prices(self, scores: Array) -> Array:
        """Return prices of normal scores, both (row, cost)."""
        from scipy.special import ndtr

        drawn = quantiles(self.parameters, dict(zip(self.names, ndtr(scores).T, strict=True)).__getitem__)
        return np.stack([drawn[name] for name in self.names], axis=1)


def draw_costs(
    study: Study, rows: Mapping[str, Array], targets: Sequence[Target], *, seed: int
) -> PricedRows:
    """Draw the cost parameters of each posterior row.

    Parameters
    ----------
    study
        Whose prices.
    rows
        Posterior columns of everything else, (row,) each.
    targets
        Cited totals, each with a log-normal error.
    seed
        Of the candidates.

    Raises
    ------
    ValueError
        Where the cost parameters do not reach the cited totals.
    """
    bills = _bills(study, rows, targets)
    if not bills.names:
        return PricedRows({}, 1.0)
    wanted = np.log([target.value for target in targets])
    errors = np.array([_error(target) for target in targets])
    mean, slopes = _mode(bills, wanted, errors)
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, len(bills.names)])))
    weights = np.empty((CANDIDATES, len(mean)))
    candidates = np.empty((CANDIDATES, *mean.shape))
    for number in range(CANDIDATES):
        scores = np.clip(mean + _noise(slopes, errors, generator), -FURTHEST, FURTHEST)
        misfit = (bills.log_totals(bills.prices(scores)) - wanted) / errors
        along = np.einsum("rtc,rc->rt", slopes, scores - mean) / errors
        proposal = np.sum((scores - mean) ** 2, axis=1) + np.sum(along**2, axis=1)
        weights[number] = -0.5 * (np.sum(scores**2, axis=1) + np.sum(misfit**2, axis=1) - proposal)
        candidates[number] = scores
    weights = np.exp(weights - weights.max(axis=0))
    weights /= weights.sum(axis=0)
    alive = float(np.mean(1 / np.sum(weights**2, axis=0)) / CANDIDATES)
    if not alive > LEAST_ALIVE:
        names = ", ".join(target.key for target in targets)
        raise ValueError(f"the cost parameters do not reach the cited totals ({names})")
    chosen = np.sum(np.cumsum(weights, axis=0) < generator.random(len(mean)), axis=0)
    picked = candidates[np.minimum(chosen, CANDIDATES - 1), np.arange(len(mean))]
    return PricedRows(dict(zip(bills.names, bills.prices(picked).T, strict=True)), alive)


def _bills(study: Study, rows: Mapping[str, Array], targets: Sequence[Target]) -> _Bills:
    wanted = [target.quantity for target in targets]
    strategies = list(dict.fromkeys(q.strategy for q in wanted if isinstance(q, Expected)))
    few = replace(study, strategies={name: study.strategies[name] for name in strategies})
    prices = unit_costs(few.with_settings(perspective="societal"), rows)
    each = {
        name: np.stack(
            [
                costs_in(by_category[:, strategies.index(q.strategy)], q.perspective)
                for q in wanted
                if isinstance(q, Expected)
            ],
            axis=1,
        )
        for name, by_category in prices.items()
    }
    uncertain = {n: p for n, p in study.parameters.items() if n in each and p.is_uncertain}
    names = tuple(name for name in streams_of(uncertain) if bool(np.any(each[name] > 0)))
    rest = np.sum([each[name] * study.means[name] for name in each if name not in names], axis=0)
    chosen = {name: uncertain[name] for name in names}
    together = np.stack([each[name] for name in names], axis=2) if names else np.zeros((*rest.shape, 0))
    return _Bills(names, chosen, together, rest)


def _error(target: Target) -> float:
    if not isinstance(target.likelihood, LogNormalError):
        raise TypeError(f"{target.key}: cited costs need a log-normal error")
    return target.likelihood.sdlog


def _mode(bills: _Bills, wanted: Array, errors: Array) -> tuple[Array, Array]:
    """Return the most probable scores of each row, (row, cost), and the slopes there, (row, target, cost)."""
    scores = np.zeros((len(bills.rest), len(bills.names)))
    for _ in range(NEWTON_STEPS):
        slopes = _slopes(bills, scores)
        short = wanted - bills.log_totals(bills.prices(scores)) + np.einsum("rtc,rc->rt", slopes, scores)
        scores = np.clip(np.einsum("rtc,rt->rc", slopes, _solve(slopes, errors, short)), -FURTHEST, FURTHEST)
    return scores, _slopes(bills, scores)


def _slopes(bills: _Bills, scores: Array, step: float = 1e-3) -> Array:
    """Return the change of log totals with each score, (row, target, cost)."""
    prices = bills.prices(scores)
    rise = (bills.prices(scores + step) - bills.prices(scores - step)) / (2 * step)
    return np.asarray(bills.each * rise[:, None, :] / np.exp(bills.log_totals(prices))[:, :, None])


def _solve(slopes: Array, errors: Array, right: Array) -> Array:
    """Return (J J' + R)^-1 right for each row, (row, target)."""
    matrix = np.einsum("rtc,rsc->rts", slopes, slopes) + np.diag(errors**2)
    return np.asarray(np.linalg.solve(matrix, right[:, :, None])[:, :, 0])


def _noise(slopes: Array, errors: Array, generator: np.random.Generator) -> Array:
    """Return a draw around the mode with covariance (I + J' R^-1 J)^-1, (row, cost)."""
    prior = generator.standard_normal((len(slopes), slopes.shape[2]))
    error = generator.standard_normal((len(slopes), len(errors))) * errors
    seen = np.einsum("rtc,rc->rt", slopes, prior) + error
    return np.asarray(prior - np.einsum("rtc,rt->rc", slopes, _solve(slopes, errors, seen)))
