"""Which durable share and which mortality of survivors given QALYs imply, all else as the trials have it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]
SMR = "smr_survivors"
SHARES = np.linspace(0.0, 1.0, 21)
RATIOS = np.linspace(1.0, 15.0, 15)


@dataclass(frozen=True)
class Implied:
    """QALYs of a strategy over its durable share and the SMR, and the posterior of both.

    ``shares``, ``ratios`` and ``qalys`` (point,) are the grid; ``posterior_shares`` and
    ``posterior_ratios`` (draw,).
    """

    strategy: str
    shares: Array
    ratios: Array
    qalys: Array
    posterior_shares: Array
    posterior_ratios: Array


def implied_grid(study: Study, strategies: Sequence[str]) -> Iterator[Implied]:
    """Yield for each strategy its QALYs over durable share and SMR, all else at the posterior's means.

    Parameters
    ----------
    study
        With the posterior of the trials alone.
    strategies
        Whose first line's durable share is moved.
    """
    shares, ratios = (grid.ravel() for grid in np.meshgrid(SHARES, RATIOS))
    for name in strategies:
        parameter = f"share_durable_{study.strategies[name].lines[0].therapy}"
        one = replace(study, strategies={name: study.strategies[name]})
        outcomes = evaluate(one, {parameter: shares, SMR: ratios})
        drawn = study.draws(n_draws=study.posterior.n_rows if study.posterior else 1000, seed=study.psa.seed)
        yield Implied(name, shares, ratios, outcomes.qalys[:, 0], drawn[parameter], drawn[SMR])
