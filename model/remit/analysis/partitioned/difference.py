"""Why partitioned survival and the Markov model differ: one thing changed after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from remit.analysis.partitioned.evaluation import PartitionedOutcomes, Structure, evaluate_partitioned
from remit.economics.outcomes import Outcomes
from remit.evaluation import evaluate
from remit.study import Study

CauseName = Literal["values by state", "rescue", "tail"]
CAUSES: dict[CauseName, Structure] = {
    "values by state": "rescued apart",
    "rescue": "no tail",
    "tail": "partitioned",
}
WHOLE: Structure = "partitioned"
OUTCOMES = ("life_years", "qalys", "costs")


@dataclass(frozen=True)
class Cause:
    """What one cause adds to a strategy's outcome when partitioned survival takes the Markov model's place.

    Attributes
    ----------
    cause
        ``values by state``: waiting, treatment and the first year after HSCT are valued once at the start
        instead of when they happen, events are charged at the start, between lines as in remission.
        ``rescue``: those rescued after the strategy has failed count as progressed, with its utility and
        costs, until survivors' time begins; from then on everyone alive counts as a survivor.
        ``tail``: after that time both curves follow background mortality alone, so that nobody relapses
        or dies of leukaemia any more, whatever state the other curve would put him in.
    change
        In life-years, QALYs or money, discounted.
    """

    strategy: str
    outcome: str
    cause: CauseName
    change: float


def explain_partitioned(
    study: Study, markov: Outcomes | None = None, partitioned: PartitionedOutcomes | None = None
) -> Iterator[Cause]:
    """Yield what each cause adds, at the parameters' means; they sum to the whole difference.

    Parameters
    ----------
    study
        Whose strategies.
    markov, partitioned
        Its outcomes in both structures, where they are known already.
    """
    whole = evaluate_partitioned(study) if partitioned is None else partitioned
    between = (evaluate_partitioned(study, structure=s).outcomes for s in CAUSES.values() if s != WHOLE)
    steps = [evaluate(study) if markov is None else markov, *between, whole.outcomes]
    for place, strategy in enumerate(study.strategies):
        for outcome in OUTCOMES:
            found = [float(getattr(one, outcome)[0, place]) for one in steps]
            for cause, (before, after) in zip(CAUSES, pairwise(found), strict=True):
                yield Cause(strategy, outcome, cause, after - before)
