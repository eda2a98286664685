"""The decision map: what a point of it implies, and where one group of strategies is best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.build import response_after_nonresponse
from remit.study import Study

Array = NDArray[np.float64]


def cr_after_nonresponse(study: Study, levels: Sequence[tuple[str, str]]) -> list[list[float]]:
    """Return complete remission with the next line of those who did not respond to the first.

    At the parameters' means. Strata are weighed by their shares of non-responders to the first line.

    Parameters
    ----------
    study
        Whose strategies, in order.
    levels
        (feature, level) of each group of patients; a feature that no stratum has means all of them.

    Returns
    -------
    list of list
        For each group, for each strategy; NaN where no later line is given for it.
    """
    strata = study.strata(study.wide_values(None))
    rows = []
    for feature, level in levels:
        own = [stratum for stratum in strata if stratum.levels.get(feature, level) == level]
        row = []
        for strategy in study.strategies:
            told = [_of_stratum(study, strategy, stratum.values) for stratum in own]
            weights = [
                float(stratum.share[0]) * failed for stratum, (failed, _) in zip(own, told, strict=True)
            ]
            total = sum(weights)
            mean = sum(weight * p for weight, (_, p) in zip(weights, told, strict=True))
            row.append(mean / total if total > 0 else float("nan"))
        rows.append(row)
    return rows


def _of_stratum(study: Study, strategy: str, values: Values) -> tuple[float, float]:
    """Return the share not in remission after the first line, and remission of those with the next."""
    chosen = study.strategies[strategy]
    failed = 1 - float(values[f"p_cr_{chosen.lines[0].therapy}"][0])
    response = response_after_nonresponse(chosen, study.therapies, values)
    return failed, float("nan") if response is None else float(response.p_cr[0])


@dataclass(frozen=True)
class Stretch:
    """A part of an axis, from one value to another."""

    start: float
    end: float


def stretches_above(at: Array, gain: Array) -> list[Stretch]:
    """Return where a curve through points, straight between them, is above 0.

    Parameters
    ----------
    at
        (point,), rising.
    gain
        (point,), the curve there.

    Examples
    --------
    >>> stretches_above(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 1.0, 3.0]))
    [Stretch(start=0.5, end=2.0)]
    """
    found: list[Stretch] = []
    for place in range(at.size - 1):
        low, high = float(gain[place]), float(gain[place + 1])
        if low <= 0 and high <= 0:
            continue
        width = float(at[place + 1] - at[place])
        start = float(at[place]) + (width * -low / (high - low) if low <= 0 else 0.0)
        end = float(at[place + 1]) - (width * -high / (low - high) if high <= 0 else 0.0)
        if found and found[-1].end == start:
            start = found.pop().start
        found.append(Stretch(start, end))
    return found


def begun_alike(study: Study, strategy: str) -> tuple[str, ...]:
    """Return the strategies whose first line is the same therapy as that of ``strategy``."""
    first = study.strategies[strategy].lines[0].therapy
    return tuple(name for name, other in study.strategies.items() if other.lines[0].therapy == first)
