"""What the disease takes from patients: absolute and proportional shortfall of QALYs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.economics.accumulate import accumulate
from remit.economics.outcomes import Outcomes
from remit.economics.scales import by_age
from remit.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Severity:
    """A range of proportional shortfall, from ``above`` on, with the willingness to pay that goes with it."""

    above: float
    wtp: float

    def __post_init__(self) -> None:
        """Refuse what is no share, and a price of nothing."""
        if not 0 <= self.above <= 1 or self.wtp <= 0:
            raise ValueError("above lies between 0 and 1, and wtp above 0")


@dataclass(frozen=True)
class Shortfall:
    """QALYs that patients lose to the disease under a strategy.

    ``expected`` are the QALYs of the general population of the same age and sex, ``qalys`` those of the
    patients, ``absolute`` the difference and ``proportional`` its share of those expected.
    """

    strategy: str
    discounted: bool
    expected: float
    qalys: float

    @property
    def absolute(self) -> float:
        """QALYs lost."""
        return self.expected - self.qalys

    @property
    def proportional(self) -> float:
        """Share of the QALYs expected that is lost."""
        return self.absolute / self.expected


def shortfalls(study: Study, discounted: Outcomes, undiscounted: Outcomes) -> Iterator[Shortfall]:
    """Yield the shortfall under every strategy, as the study discounts and without discounting.

    Parameters
    ----------
    study
        With a horizon that covers the rest of life.
    discounted, undiscounted
        Its outcomes at the parameters' means.

    Notes
    -----
    Stolk et al., Pharmacoeconomics 2004;22(17):1097-107. Shortfall is that under the standard of care: of
    the strategies whichever a country holds to be that.
    """
    outcomes = ((True, discounted, study.settings.discount_qalys), (False, undiscounted, 0.0))
    for is_discounted, found, rate in outcomes:
        expected = expected_qalys(study, rate)
        for place, strategy in enumerate(found.strategies):
            yield Shortfall(strategy, is_discounted, expected, float(found.qalys[0, place]))


def expected_qalys(study: Study, discount_rate: float) -> float:
    """Return the QALYs that the general population of the patients' ages has over the study's horizon."""
    clock = study.clock
    known = study.wide_values(None)
    values = known.with_values({"smr_survivors": known.full(1.0)})
    total = 0.0
    for stratum in study.strata(values):
        norm = by_age(study.parameters["utility_norm"], stratum.age)(clock.times)
        alive = study.survival(values, clock.times, age=stratum.age)[:, 0]
        trace = alive[None, :, None]
        qalys = accumulate(trace, norm[None, :, None], times=clock.times, discount_rate=discount_rate)
        total += float(stratum.share[0]) * float(qalys[0])
    return total


def wtp_of(proportional: float, severities: Sequence[Severity]) -> float | None:
    """Return the willingness to pay at a proportional shortfall; None below the lowest range.

    Examples
    --------
    >>> wtp_of(0.94, [Severity(0.1, 20000), Severity(0.41, 50000), Severity(0.71, 80000)])
    80000
    """
    reached = [one for one in severities if proportional >= one.above]
    return max(reached, key=lambda one: one.above).wtp if reached else None
