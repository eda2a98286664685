"""Probabilistic sensitivity analysis: draw the parameters, evaluate them all."""

from __future__ import annotations

from dataclasses import dataclass

from remit.economics.outcomes import Outcomes
from remit.economics.strata import StratumOutcomes, whole_and_strata
from remit.evaluation import evaluate_strata
from remit.inputs.draws import Draws
from remit.study import Study


@dataclass(frozen=True)
class Psa:
    """Outcomes of every draw, (draw, strategy), with the parameters drawn, column -> (draw,).

    ``strata`` are the totals of each stratum of the population, in the same draws.
    """

    outcomes: Outcomes
    parameters: Draws
    seed: int
    strata: tuple[StratumOutcomes, ...] = ()

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(self.outcomes.costs.shape[0])


def run_psa(study: Study, *, n_draws: int, seed: int, jobs: int = 1) -> Psa:
    """Draw every uncertain parameter and evaluate all draws.

    Parameters
    ----------
    study
        What is compared, and how.
    n_draws, seed
        Draw i depends on the seed and on each parameter's name alone, not on how many are drawn.
    jobs
        Threads; results are the same bytes on any number of them.

    Raises
    ------
    InputError
        Where seed or number of draws is not sensible.
    """
    draws = study.draws(seed=seed, n_draws=n_draws)
    together, *strata = evaluate_strata(study, draws, jobs=jobs, n_draws=n_draws, keep=whole_and_strata)
    return Psa(together.outcomes, draws, seed, tuple(strata))
