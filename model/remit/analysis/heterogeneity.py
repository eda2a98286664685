"""Who gains: the best strategy of each group of patients, and what one decision for all gives up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import best_in_each_draw, best_on_average
from remit.economics.strata import StratumOutcomes, by_level, features_of, mixture

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GroupDecision:
    """What a group of patients has from the decision for all, and from one of its own.

    Attributes
    ----------
    feature, level, share
        Which group, and its mean share of all patients.
    best, best_for_all, best_by_health
        Strategies: with the highest mean net benefit in the group and in all patients, and with the
        highest mean QALYs in the group.
    probability_best
        Of ``best``, in the group, draws weighed by its share.
    qalys
        Mean QALYs of each strategy, (strategy,).
    nmb_gained, qalys_gained
        Per patient of the group, by deciding for the group instead of for all, in net benefit and QALYs.
    """

    feature: str
    level: str
    share: float
    best: str
    best_for_all: str
    best_by_health: str
    probability_best: float
    qalys: tuple[float, ...]
    nmb_gained: float
    qalys_gained: float


def decisions_by_group(strata: Sequence[StratumOutcomes], wtp: float) -> Iterator[GroupDecision]:
    """Yield the decision of each level of each feature, at one willingness to pay.

    The sum over the levels of a feature of share times ``nmb_gained`` is what may be gained by deciding
    level by level on what is known today (static value of heterogeneity).

    Parameters
    ----------
    strata
        Outcomes of every stratum, (draw, strategy), in the same draws.
    wtp
        Willingness to pay per QALY.

    References
    ----------
    Espinoza et al., Med Decis Making 2014;34(8):951-64.
    """
    whole = mixture(strata).outcomes
    names = whole.strategies
    overall = best_on_average(wtp * whole.qalys - whole.costs)
    for feature in features_of([stratum.levels for stratum in strata]):
        for group in by_level(strata, feature):
            outcomes = group.outcomes
            # Draws in which the group is larger count more, so that the groups add up to all patients.
            weight = group.share / group.share.mean()
            nmb = (wtp * outcomes.qalys - outcomes.costs) * weight[:, None]
            qalys = (outcomes.qalys * weight[:, None]).mean(axis=0)
            best, means = best_on_average(nmb), nmb.mean(axis=0)
            yield GroupDecision(
                feature=feature,
                level=group.name,
                share=float(group.share.mean()),
                best=names[best],
                best_for_all=names[overall],
                best_by_health=names[int(qalys.argmax())],
                probability_best=float((best_in_each_draw(nmb)[:, best] * weight).mean()),
                qalys=tuple(float(mean) for mean in qalys),
                nmb_gained=float(means[best] - means[overall]),
                qalys_gained=float(qalys[best] - qalys[overall]),
            )
