"""How much the result hangs on the cited QALYs: the anchor at growing weight (a power prior)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.analysis.calibration.calibrate import Calibration, posterior_of, run_stages
from remit.analysis.calibration.sampler import Stage, reweighed
from remit.economics.outcomes import Outcomes
from remit.study import evaluate

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


def power_curve(calibration: Calibration, anchors: Sequence[str], comparator: str) -> Iterator[AnchorPower]:
    """Yield the result at each weight of the anchor's likelihood, 0 to 1.

    Each weight starts from the posterior of the one before, a little wider than its own.

    Parameters
    ----------
    calibration
        With the anchor at full weight.
    anchors
        Keys of the targets that make up the anchor.
    comparator
        Against which increments are told.
    """
    size = max(calibration.plan.draws // 2, 1000)
    plan = replace(calibration.plan, draws=size, last=size, ess=size / 16)
    names = dict.fromkeys(name for target in calibration.targets for name in target.strategies)
    strategies = {name: calibration.study.strategies[name] for name in names}
    stage: Stage | None = None
    known = np.zeros(0)
    for place, weight in enumerate(WEIGHTS):
        weighed = replace(calibration, plan=plan, weights=dict.fromkeys(anchors, weight))
        if stage is not None:
            stage = reweighed(stage, weighed.log_likelihood(stage.predictions) - known)
        *_, stage = run_stages(weighed, done=stage)
        known = weighed.log_likelihood(stage.predictions)
        rows = posterior_of(weighed, stage, f"power {weight}", rows=ROWS)
        few = replace(weighed.study, strategies=strategies, posterior=rows)
        outcomes = evaluate(few, few.draws(n_draws=ROWS, seed=plan.seed + place))
        yield from _against(outcomes, comparator, weight, stage.ess)


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
