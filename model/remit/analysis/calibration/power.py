"""How much the result hangs on the cited QALYs: the anchor at growing weight (a power prior)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.analysis.calibration.calibrate import Calibration, posterior_of, run_stages
from remit.analysis.calibration.sampler import Stage, reweighed
from remit.economics.outcomes import Outcomes
from remit.evaluation import evaluate
from remit.study import Study

WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0)
ROWS = 1000


@dataclass(frozen=True)
class AnchorPower:
    """Means over the posterior with the anchor at a weight, of a strategy against the comparator."""

    weight: float
    strategy: str
    comparator: str
    qalys: float
    comparator_qalys: float
    incremental_qalys: float
    incremental_qalys_sd: float
    incremental_costs: float
    icer: float
    ess: float


@dataclass(frozen=True)
class Weighted:
    """A posterior with the anchor at a weight, of the strategies that the targets are on."""

    weight: float
    study: Study
    ess: float


def at_weights(calibration: Calibration, anchors: Sequence[str]) -> Iterator[Weighted]:
    """Yield the posterior at each weight of the anchor's likelihood, 0 to 1.

    Each weight starts from the posterior of the one before, a little wider than its own.

    Parameters
    ----------
    calibration
        With the anchor at full weight.
    anchors
        Keys of the targets that make up the anchor.
    """
    size = max(calibration.plan.draws // 2, 1000)
    plan = replace(calibration.plan, draws=size, last=size, ess=size / 16)
    names = dict.fromkeys(name for target in calibration.targets for name in target.strategies)
    few = replace(calibration.study, strategies={name: calibration.study.strategies[name] for name in names})
    stage: Stage | None = None
    known = np.zeros(0)
    for weight in WEIGHTS:
        weighed = replace(calibration, plan=plan, weights=dict.fromkeys(anchors, weight))
        if stage is not None:
            stage = reweighed(stage, weighed.log_likelihood(stage.predictions) - known)
        *_, stage = run_stages(weighed, done=stage)
        known = weighed.log_likelihood(stage.predictions)
        rows = posterior_of(weighed, stage, f"anchor at {weight}", rows=ROWS)
        yield Weighted(weight, replace(few, posterior=rows), stage.ess)


def power_of(one: Weighted, comparator: str) -> Iterator[AnchorPower]:
    """Yield the result of each strategy against the comparator, over draws of a posterior."""
    outcomes = evaluate(one.study, one.study.draws(n_draws=ROWS, seed=one.study.psa.seed))
    yield from _against(outcomes, comparator, one.weight, one.ess)


def _against(outcomes: Outcomes, comparator: str, weight: float, ess: float) -> Iterator[AnchorPower]:
    first = outcomes.strategies.index(comparator)
    for place, name in enumerate(outcomes.strategies):
        if place == first:
            continue
        qalys = outcomes.qalys[:, place] - outcomes.qalys[:, first]
        costs = float(np.mean(outcomes.costs[:, place] - outcomes.costs[:, first]))
        yield AnchorPower(
            weight,
            name,
            comparator,
            float(outcomes.qalys[:, place].mean()),
            float(outcomes.qalys[:, first].mean()),
            float(qalys.mean()),
            float(qalys.std()),
            costs,
            costs / float(qalys.mean()),
            ess,
        )
