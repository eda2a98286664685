"""Research that could be done: what it would observe, in how many patients, at what cost and how soon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.inputs.draws import uniforms
from remit.inputs.stated import Stated
from remit.inputs.targets import Binomial, Endpoint, NormalError, Origin, ShareOf, SurvivalAt
from remit.inputs.units import to_years

Array = NDArray[np.float64]
MOST_PATIENTS = 100_000


@dataclass(frozen=True)
class ParameterSeen:
    """A parameter: a probability seen as a share of patients, or with ``sd`` a mean of numbers of patients.

    ``sd`` is that between patients, in the parameter's own unit.
    """

    parameter: str
    type: Literal["parameter"]
    sd: float | None = None

    def __post_init__(self) -> None:
        """Refuse patients who do not differ."""
        if self.sd is not None and not self.sd > 0:
            raise ValueError("sd must be above 0")


@dataclass(frozen=True)
class AfterNonresponse:
    """Complete remission with the next line of those who did not respond to the strategy's first."""

    strategy: str
    type: Literal["remission_after_nonresponse"]


@dataclass(frozen=True)
class ShareSeen:
    """A share of patients: infused of those enrolled, or in remission of those treated."""

    strategy: str
    share: Literal["infused", "remission"]
    type: Literal["share"]

    @property
    def quantity(self) -> ShareOf:
        """What the model predicts of it."""
        return ShareOf(self.strategy, self.share)


@dataclass(frozen=True)
class SurvivalSeen:
    """The share without event ``at`` a time ("24 months") from the origin."""

    strategy: str
    origin: Origin
    endpoint: Endpoint
    at: str
    type: Literal["survival"]

    def __post_init__(self) -> None:
        """Refuse what is no time."""
        to_years(self.at)

    @property
    def quantity(self) -> SurvivalAt:
        """What the model predicts of it."""
        return SurvivalAt(self.strategy, self.origin, self.endpoint, to_years(self.at))


Seen = ParameterSeen | AfterNonresponse | ShareSeen | SurvivalSeen


@dataclass(frozen=True)
class Observation:
    """One thing that a design observes, in a share of its patients (None: in all of them)."""

    title: str
    seen: Seen
    share_observed: Stated | None = None

    def __post_init__(self) -> None:
        """Refuse more patients than there are, and none."""
        if self.share_observed is not None and not 0 < self.share_observed.value <= 1:
            raise ValueError("share_observed must be above 0 and at most 1")

    def patients(self, size: int) -> int:
        """Return in how many patients it is observed, at least one."""
        return max(1, round(size * (self.share_observed.value if self.share_observed else 1.0)))

    def simulate(self, truth: Array, size: int, u: Array) -> Array:
        """Return what a study of so many patients would report, (draw,), from the truth and uniforms."""
        n = self.patients(size)
        if isinstance(self.seen, ParameterSeen) and self.seen.sd is not None:
            return NormalError(self.seen.sd / np.sqrt(n)).simulate(truth, u)
        return Binomial(n).simulate(truth, u)


@dataclass(frozen=True)
class Design:
    """A study that could be done, in one of several sizes (patients).

    It reports ``time_follow_up`` years after its last patient has come, at ``patients_per_year``; without
    that, after ``time_follow_up`` whatever its size. Costs are undiscounted.
    """

    title: str
    because: str
    observes: dict[str, Observation]
    sizes: tuple[int, ...]
    cost_fixed: Stated
    cost_per_patient: Stated
    time_follow_up: Stated
    patients_per_year: Stated | None = None

    def __post_init__(self) -> None:
        """Refuse designs that observe nothing, and sizes that are none or do not rise."""
        if not self.observes:
            raise ValueError("observes needs one observation or more")
        if not self.sizes or self.sizes[0] < 1 or self.sizes[-1] > MOST_PATIENTS:
            raise ValueError(f"sizes are whole numbers from 1 to {MOST_PATIENTS:,}")
        if any(later <= earlier for earlier, later in pairwise(self.sizes)):
            raise ValueError("sizes must rise")
        if self.patients_per_year is not None and self.patients_per_year.value == 0:
            raise ValueError("patients_per_year must be above 0")

    def cost(self, size: int) -> float:
        """Return what a study of this size costs."""
        return self.cost_fixed.value + size * self.cost_per_patient.value

    def delay(self, size: int) -> float:
        """Return after how many years a study of this size reports."""
        recruiting = size / self.patients_per_year.value if self.patients_per_year else 0.0
        return recruiting + self.time_follow_up.value

    def summaries(self, name: str, truth: Mapping[str, Array], *, size: int, seed: int) -> Array:
        """Return simulated data, one set for each draw, (draw, observation).

        Every size has the same uniforms, from a stream for each observation of the design ``name``.

        Parameters
        ----------
        name
            Of the design.
        truth
            Observation -> the quantity in each draw, (draw,).
        size, seed
            Patients, and the seed of the streams.
        """
        columns = []
        for key, observation in self.observes.items():
            u = uniforms(seed, f"research {name}.{key}", truth[key].size)
            columns.append(observation.simulate(truth[key], size, u))
        return np.stack(columns, axis=1)
