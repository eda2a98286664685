"""Background mortality: a life table, the hazard ratio of a country, and that of survivors (SMR)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LifeTable:
    """Probability of dying within a year of age: ages 0, 1, 2, ... and (age,) arrays for each sex."""

    name: str
    male: Array
    female: Array

    def __post_init__(self) -> None:
        """Refuse what is not a life table."""
        for q in (self.male, self.female):
            if q.ndim != 1 or q.size == 0 or not bool(np.all((q >= 0) & (q < 1))):
                raise ValueError("a life table has probabilities from 0 to below 1, one for each age from 0")


@dataclass(frozen=True)
class Mortality:
    """How the population's mortality differs from the table: (draw,) arrays, ``smr_from`` in years."""

    share_female: Array
    hr_male: Array
    hr_female: Array
    smr: Array
    smr_from: float


def background_survival(table: LifeTable, mortality: Mortality, *, age: float, times: Array) -> Array:
    """Return the share not dead of background causes at each time, mixed over sex as survival.

    The hazard within a year of age is -ln(1 - q) x hazard ratio x SMR, the SMR being 1 before
    ``smr_from``; beyond the table its last hazard goes on.

    Parameters
    ----------
    table, mortality
        The life table and what applies to this population.
    age
        Age at time 0, in years.
    times
        (time,) in years since time 0.

    Returns
    -------
    (time, draw) array
    """
    before, after = (
        {sex: _cumulative(q, age, times, part) for sex, q in (("male", table.male), ("female", table.female))}
        for part in ((0.0, mortality.smr_from), (mortality.smr_from, np.inf))
    )
    survival = {
        sex: np.exp(-hr * (before[sex][:, None] + mortality.smr * after[sex][:, None]))
        for sex, hr in (("male", mortality.hr_male), ("female", mortality.hr_female))
    }
    return np.asarray(
        mortality.share_female * survival["female"] + (1 - mortality.share_female) * survival["male"],
        dtype=np.float64,
    )


def _cumulative(q: Array, age: float, times: Array, part: tuple[float, float]) -> Array:
    """Return the table's hazard summed from ``part[0]`` to each time, at most to ``part[1]``, (time,)."""
    hazard = -np.log1p(-q)
    total = np.concatenate([[0.0], np.cumsum(hazard)])
    ages = age + np.clip(times, *part)
    year = np.minimum(np.floor(ages).astype(int), q.size - 1)
    start = age + part[0]
    first = min(int(np.floor(start)), q.size - 1)
    reached = total[year] + (ages - year) * hazard[year]
    begun = total[first] + (start - first) * hazard[first]
    return np.asarray(reached - begun, dtype=np.float64)
