"""Budget impact: what a change of practice costs a payer, year by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]
# A mix of strategies: the share of each year's new patients that goes to each.
Mix = Mapping[str, float]


@dataclass(frozen=True)
class BudgetYear:
    """What all patients treated so far cost in one year, by category, undiscounted.

    Attributes
    ----------
    world
        ``now`` (practice stays as it is) or ``then`` (it changes as expected).
    year
        From 1.
    starting
        New patients of that year by strategy.
    costs
        Category -> costs.
    """

    world: str
    year: int
    starting: Mapping[str, float]
    costs: Mapping[str, float]


def yearly_costs(study: Study, *, years: int, perspective: str) -> dict[str, dict[str, Array]]:
    """Return what a patient costs in each year after the decision, undiscounted, at the parameters' means.

    Parameters
    ----------
    study
        Whose strategies; its horizon must reach as far.
    years
        How many years.
    perspective
        Whose costs: ``healthcare`` or ``societal``.

    Returns
    -------
    dict
        Strategy -> category -> (year,).
    """
    upto = []
    for year in range(1, years + 1):
        cut = study.with_settings(
            horizon=float(year), discount_costs=0.0, discount_qalys=0.0, perspective=perspective
        )
        upto.append(evaluate(cut))
    return {
        strategy: {
            category: np.diff([0.0, *(one.costs_by_category[0, s, place] for one in upto)])
            for place, category in enumerate(upto[0].categories)
        }
        for s, strategy in enumerate(upto[0].strategies)
    }


def budget_impact(
    costs: Mapping[str, Mapping[str, Array]], *, patients: float, now: Mix, then: Sequence[Mix]
) -> Iterator[BudgetYear]:
    """Yield the budget of every year in both worlds; their difference is the budget impact.

    The patients of a year all start at its beginning, and cost in each later year what a patient costs in
    that year after the start.

    Parameters
    ----------
    costs
        Strategy -> category -> (year,) of a patient, see :func:`yearly_costs`.
    patients
        New patients a year.
    now
        The mix of strategies today, which the world without a change keeps.
    then
        The mix of each year in the world with the change, (year,).

    Notes
    -----
    Sullivan SD et al., Budget impact analysis - principles of good practice (ISPOR 2012), Value Health
    2014;17(1):5-14: undiscounted, by year, of all who are eligible.
    """
    categories = list(next(iter(costs.values())))
    for world, mixes in (("now", [now] * len(then)), ("then", then)):
        for year in range(len(then)):
            spent = dict.fromkeys(categories, 0.0)
            for begun in range(year + 1):
                for strategy, share in mixes[begun].items():
                    for category in categories:
                        each = float(costs[strategy][category][year - begun])
                        spent[category] += patients * share * each
            starting = {strategy: patients * share for strategy, share in mixes[year].items()}
            yield BudgetYear(world, year + 1, starting, spent)
