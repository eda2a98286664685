"""A calibration: which parameters are fitted, the stages, and the posterior that they end in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.calibration.costs import draw_costs
from remit.analysis.calibration.sampler import Plan, Stage, sample
from remit.analysis.predictions import predict
from remit.inputs.draws import Draws, draw_parameters, quantiles, streams_of
from remit.inputs.parameters import Parameter
from remit.inputs.posterior import Posterior, rounded
from remit.inputs.targets import Quantity, Target
from remit.study import Study

Array = NDArray[np.float64]
# Rows of a posterior: twice the effective sample size that must be reached.
ROWS = 2000


@dataclass(frozen=True)
class Calibration:
    """What is fitted to what.

    Attributes
    ----------
    study
        With the priors.
    targets
        What is fitted; those on costs may move cost parameters alone.
    streams
        The streams of uniforms of the parameters that are fitted.
    plan
        How it is sampled.
    weights
        Target -> power of its likelihood, where it is not 1.
    costly
        Parameters beside the cost parameters that move targets on costs alone: each row takes them from
        their priors, before it is priced.
    """

    study: Study
    targets: tuple[Target, ...]
    streams: tuple[str, ...]
    plan: Plan
    weights: Mapping[str, float]
    costly: tuple[str, ...] = ()

    @property
    def clinical(self) -> tuple[Target, ...]:
        """The targets that are not on costs."""
        return tuple(target for target in self.targets if not target.moves_costs)

    @property
    def on_costs(self) -> tuple[Target, ...]:
        """The targets that may move cost parameters alone."""
        return tuple(target for target in self.targets if target.moves_costs)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters that are fitted, those on costs apart."""
        return {
            name: parameter
            for name, parameter in self.study.parameters.items()
            if any(stream in self.streams for stream in streams_of({name: parameter}))
        }

    def draws(self, scores: Array) -> Draws:
        """Return the fitted parameters of normal scores, (score, draw), in their own units."""
        from scipy.special import ndtr

        uniforms = dict(zip(self.streams, ndtr(scores), strict=True))
        return quantiles(self.parameters, uniforms.__getitem__)

    def log_likelihood(self, predictions: Array) -> Array:
        """Return the log likelihood of predictions of the clinical targets, (target, draw) -> (draw,)."""
        parts = [
            self.weights.get(target.key, 1.0) * target.log_likelihood(values)
            for target, values in zip(self.clinical, predictions, strict=True)
        ]
        return np.asarray(np.sum(parts, axis=0))


def plan_calibration(
    study: Study, targets: Sequence[Target], plan: Plan, weights: Mapping[str, float] | None = None
) -> Calibration:
    """Find out which parameters move a prediction: these are fitted, all others stay as they are.

    Parameters are moved one by one, at two random draws of all others. A parameter that
    is correlated with a fitted one is fitted with it. Cost parameters are fitted to targets on costs.
    """
    known = {n: p for n, p in study.parameters.items() if p.is_uncertain and not n.startswith("cost_")}
    streams = streams_of(known)
    empty = Calibration(study, tuple(targets), tuple(streams), plan, weights or {})
    fitted = _moving(empty, [target.quantity for target in empty.clinical])
    costly = _moving(empty, [target.quantity for target in empty.on_costs]) - fitted
    linked = {(n, p.correlated_with.parameter) for n, p in known.items() if p.correlated_with}
    while more := {one for pair in linked for one in pair if fitted.intersection(pair)} - fitted:
        fitted |= more
    chosen = tuple(streams_of({n: p for n, p in known.items() if n in fitted}))
    return Calibration(study, tuple(targets), chosen, plan, weights or {}, tuple(sorted(costly - fitted)))


def _moving(calibration: Calibration, quantities: Sequence[Quantity]) -> set[str]:
    """Return the parameters of a calibration that move some of the quantities."""
    streams, study, seed = calibration.streams, calibration.study, calibration.plan.seed
    moved = np.zeros(len(streams), dtype=np.bool_)
    for base in np.random.Generator(np.random.Philox(seed)).standard_normal((2, len(streams))):
        if not quantities:
            break
        scores = np.repeat(base[:, None], len(streams) + 1, axis=1)
        scores[np.arange(len(streams)), np.arange(len(streams))] += 1.0
        predictions = np.stack(predict(study, calibration.draws(scores), quantities))
        moved |= np.any(np.abs(predictions[:, :-1] - predictions[:, -1:]) > 1e-12, axis=0)
    found = {stream for stream, does in zip(streams, moved, strict=True) if does}
    return {n for n, p in calibration.parameters.items() if found.intersection(streams_of({n: p}))}


def run_stages(calibration: Calibration, *, done: Stage | None = None) -> Iterator[Stage]:
    """Yield the stages of a calibration; after ``done``, where it was interrupted.

    Raises
    ------
    ValueError
        Where the prior excludes the targets, or the stages do not reach the posterior.
    """
    yield from sample(
        len(calibration.streams),
        lambda scores: np.stack(_predicted(calibration, scores)),
        calibration.log_likelihood,
        calibration.plan,
        done=done,
    )


def posterior_of(calibration: Calibration, stage: Stage, name: str, *, rows: int = ROWS) -> Posterior:
    """Return equally weighted rows of the last stage, cost parameters drawn for each of them.

    Rows are taken by systematic resampling (Kitagawa, J Comput Graph Stat 1996;5:1), so that a draw of
    weight w stands in it about w x rows times.
    """
    seed = calibration.plan.seed
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 2**32 - 1])))
    points = (np.arange(rows) + generator.random()) / rows
    chosen = np.searchsorted(np.cumsum(stage.weights), points).clip(max=stage.weights.size - 1)
    columns = calibration.draws(stage.scores[:, generator.permutation(chosen)])
    return Posterior(name, priced(calibration, columns), stage.ess, stage.log_evidence)


def priced(calibration: Calibration, columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return posterior rows, rounded as their file holds them, with cost parameters drawn for each.

    Raises
    ------
    ValueError
        Where the cost parameters do not reach the cited totals.
    """
    known, seed = calibration.study.parameters, calibration.plan.seed
    rows = rounded(columns, known)
    if not calibration.on_costs:
        return rows
    size = next(iter(rows.values())).size
    apart = {name: known[name] for name in calibration.costly}
    rows |= rounded(draw_parameters(apart, seed=seed, n_draws=size), known)
    prices = draw_costs(calibration.study, rows, calibration.on_costs, seed=seed)
    return rows | rounded(prices.columns, known)


def _predicted(calibration: Calibration, scores: Array) -> list[Array]:
    """Return predictions of the clinical targets, (draw,) each."""
    quantities = [target.quantity for target in calibration.clinical]
    return predict(calibration.study, calibration.draws(scores), quantities)
