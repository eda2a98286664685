"""The strategies among which one is chosen: what information is worth hangs on what can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.economics.outcomes import Outcomes
from remit.errors import InputError, Problem, nearest

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Choice:
    """Costs and QALYs, (draw, strategy), of the strategies that can be chosen."""

    strategies: tuple[str, ...]
    costs: Array
    qalys: Array


def choice_among(outcomes: Outcomes, only: Sequence[str] | None = None) -> Choice:
    """Return the choice among all strategies, or among some of them, in the order of the outcomes.

    Raises
    ------
    InputError
        Where one is unknown, with the nearest, or none is left.
    """
    known = list(outcomes.strategies)
    wanted = known if only is None else list(only)
    problems = [
        Problem("no such strategy among the outcomes", key=name, hint=nearest(name, known))
        for name in wanted
        if name not in known
    ]
    if not wanted:
        problems.append(Problem("needs a strategy to choose", key="only"))
    if problems:
        raise InputError(problems)
    places = [place for place, name in enumerate(known) if name in wanted]
    return Choice(
        tuple(known[place] for place in places), outcomes.costs[:, places], outcomes.qalys[:, places]
    )
