"""What it costs to give one therapy before another: the loss, split into antigen modulation and attrition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.economics.outcomes import Outcomes
from remit.evaluation import evaluate
from remit.inputs.values import Values
from remit.pathway.modulation import modulates
from remit.pathway.therapies import Line, Strategy
from remit.study import Study

Array = NDArray[np.float64]
Part = Literal["total", "modulation", "attrition", "collecting cells later"]
CAUSAL = "share_causal_modulation_"


@dataclass(frozen=True)
class Loss:
    """What a strategy loses in QALYs, and saves in costs, against another, (draw,) each; negative: gains.

    Attributes
    ----------
    strategy, against
        Names; ``against`` a strategy of the study, or a therapy given first and alone.
    part
        ``total``; ``modulation``: what the causal part of antigen modulation makes of it; ``attrition``: the
        rest, that is who dies, worsens or relapses before the later therapy, less what the earlier therapy
        gives; ``collecting cells later``: against the same therapies with cells from the start.
    """

    strategy: str
    against: str
    part: Part
    qalys: Array
    costs: Array

    def nmb(self, wtp: float) -> Array:
        """Return the net monetary benefit lost, (draw,)."""
        return np.asarray(wtp * self.qalys - self.costs)


def losses(study: Study, draws: Mapping[str, Array] | None = None) -> Iterator[Loss]:
    """Yield what each strategy loses that gives a modulating therapy before its last one.

    Parameters
    ----------
    study
        Whose strategies; one that gives the later therapy alone need not be among them.
    draws
        Columns of draws; None for the parameters' means (one draw).
    """
    values = study.values(None)
    later = {name: last for name, one in study.strategies.items() if (last := _modulated(one, values))}
    if not later:
        return
    alone = {_first(therapy): Strategy(therapy, (Line(therapy),)) for therapy in later.values()}
    asked = replace(study, strategies={**{name: study.strategies[name] for name in later}, **alone})
    free = dict.fromkeys((name for name in study.parameters if name.startswith(CAUSAL)), 0.0)
    kept = {name: column for name, column in (draws or {}).items() if name not in free}
    as_is, without = evaluate(asked, draws), evaluate(asked.set(free), kept or None)
    for name, therapy in later.items():
        first, spared, own = _at(as_is, _first(therapy)), _at(without, name), _at(as_is, name)
        yield _loss(name, therapy, "total", first, own)
        yield _loss(name, therapy, "modulation", spared, own)
        yield _loss(name, therapy, "attrition", first, spared)
    for name, other in permutations(later, 2):
        if _collects_later(study.strategies[name], study.strategies[other]):
            yield _loss(name, other, "collecting cells later", _at(as_is, other), _at(as_is, name))


def _modulated(strategy: Strategy, values: Values) -> str | None:
    """Return the last therapy of a strategy if the line before it modulates it."""
    if len(strategy.lines) < 2 or not modulates(strategy.lines[-2].therapy, values):
        return None
    return strategy.lines[-1].therapy


def _collects_later(strategy: Strategy, other: Strategy) -> bool:
    """Tell whether two strategies give the same therapies, and only the other collects cells at the start."""
    same = [line.therapy for line in strategy.lines] == [line.therapy for line in other.lines]
    return (
        same and strategy.lines[-1].apheresis == "after_failure" and other.lines[-1].apheresis == "at_start"
    )


def _first(therapy: str) -> str:
    return f"{therapy} first"


def _at(outcomes: Outcomes, name: str) -> tuple[Array, Array]:
    place = outcomes.strategies.index(name)
    return outcomes.qalys[:, place], outcomes.costs[:, place]


def _loss(
    strategy: str, against: str, part: Part, better: tuple[Array, Array], worse: tuple[Array, Array]
) -> Loss:
    return Loss(strategy, against, part, better[0] - worse[0], better[1] - worse[1])
