"""The decision map: what a point of it implies, and where one group of strategies is best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.pathway.build import response_after_nonresponse
from remit.pathway.population import Stratum
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
        rows.append([float(remission_after_nonresponse(study, name, own)[0]) for name in study.strategies])
    return rows


def remission_after_nonresponse(study: Study, strategy: str, strata: Sequence[Stratum]) -> Array:
    """Return complete remission with the next line of those who did not respond to the first, (draw,).

    Strata are weighed by their shares of those non-responders; NaN where no later line is given for it.
    """
    chosen = study.strategies[strategy]
    remission = weight = np.zeros(strata[0].share.size)
    for stratum in strata:
        values = stratum.values
        failed = stratum.share * (1 - values[f"p_cr_{chosen.lines[0].therapy}"])
        response = response_after_nonresponse(chosen, study.therapies, values)
        if response is None:
            return np.full(failed.size, np.nan)
        remission, weight = remission + failed * response.p_cr, weight + failed
    return np.asarray(np.where(weight > 0, remission / np.where(weight > 0, weight, 1.0), np.nan))


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
