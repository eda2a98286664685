"""Everybody who is to be treated: how many, discounted, and whether research on them pays."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remit.errors import InputError, Problem
from remit.inputs.arrays import as_float


@dataclass(frozen=True)
class Population:
    """Who would be treated better: patients per year, for how many years, and the discount rate a year.

    Raises
    ------
    InputError
        Where a number is not sensible.
    """

    per_year: float
    years: float
    discount: float

    def __post_init__(self) -> None:
        """Refuse nobody, no time and discount rates that are none."""
        for name in ("per_year", "years"):
            if not as_float(name, getattr(self, name)) > 0:
                raise InputError(Problem("must be above 0", key=name, value=getattr(self, name)))
        if not 0 <= as_float("discount", self.discount) <= 1:
            raise InputError(Problem("must be from 0 to 1", key="discount", value=self.discount))

    def effective(self, *, delay: float = 0.0) -> float:
        """Return how many patients are helped, discounted: see :func:`effective_population`."""
        return effective_population(self.per_year, self.years, self.discount, delay=delay)


def effective_population(per_year: float, years: float, discount: float, *, delay: float = 0.0) -> float:
    """Return the discounted number of patients whom an answer can help.

    Those of year t = 0, 1, ... count per_year / (1 + discount)^t; of a year in which the research reports,
    or the horizon ends, the part that is left.

    Parameters
    ----------
    per_year
        Patients who come to the decision in a year.
    years
        Years for which the decision is to be taken.
    discount
        Discount rate a year.
    delay
        Years until the research reports; earlier patients are not helped.

    Raises
    ------
    InputError
        Where a number is not finite, or negative.

    Examples
    --------
    >>> effective_population(100, 3, 0.0), effective_population(100, 3, 0.0, delay=2.5)
    (300.0, 50.0)
    >>> round(effective_population(100, 2, 0.25), 9)
    180.0
    """
    for name, value in (("per_year", per_year), ("years", years), ("discount", discount), ("delay", delay)):
        if as_float(name, value) < 0:
            raise InputError(Problem("must be 0 or more", key=name, value=value))
    total = 0.0
    for year in range(math.ceil(years)):
        part = min(year + 1.0, years) - max(float(year), delay)
        total += max(part, 0.0) * per_year / (1 + discount) ** year
    return total
