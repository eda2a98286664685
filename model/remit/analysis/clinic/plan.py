"""What a clinic is like and how patients are treated in it: what stands in a file of ``params/clinics``.

Times are years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from remit.engine.resources import Closure, Use
from remit.inputs.stated import check_reason

# The site of a resource that has only one.
ONLY = "only"
MOST_PLACES = 1_000_000
# Years since the clinic opened: up to here a float tells seconds apart.
LAST_YEAR = 1000.0
# Years for which a place is held, or a site closed, in one piece.
LONGEST = 10.0
FEWEST_PER_YEAR, MOST_PER_YEAR = 0.01, 1e6
# Patients of a replication have numbers of their own, of which there are more (opening.PER_REPLICATION).
_MOST = {"patients": 10_000_000, "replications": 100_000}


@dataclass(frozen=True)
class Coming:
    """How patients come: so many a year at random (Poisson), or at times of their own.

    ``file`` names a CSV with a column ``year``; what it says is in ``times``.
    """

    source: str
    per_year: float | None = None
    file: str | None = None
    times: tuple[float, ...] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse both at once, and none."""
        check_reason(self.source, self.note)
        if (self.per_year is None) == (self.file is None):
            raise ValueError("arrivals are so many per_year, or those of a file")
        if self.per_year is not None and not FEWEST_PER_YEAR <= self.per_year <= MOST_PER_YEAR:
            raise ValueError(f"per_year goes from {FEWEST_PER_YEAR:g} to {MOST_PER_YEAR:,.0f}")


@dataclass(frozen=True)
class SitePlan:
    """Some places, and for how long each patient, or the patient's cells, hold one.

    ``held`` is a time, or one for each product of a therapy (``cells``, ``donor_cells``, ``infusion``).
    """

    places: int
    held: float | dict[str, float]
    source: str
    note: str | None = None
    closed: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        """Refuse no places and no time, and times that nobody can have meant."""
        check_reason(self.source, self.note)
        if not 1 <= self.places <= MOST_PLACES:
            raise ValueError(f"places go from 1 to {MOST_PLACES:,}; leave a resource out that is not short")
        times = self.held.values() if isinstance(self.held, dict) else [self.held]
        if not all(0 < time <= LONGEST for time in times):
            raise ValueError(f"a place is held for more than no time and at most {LONGEST:g} years")
        self._check_closures()

    def _check_closures(self) -> None:
        if any(not 0 <= closure.from_ < closure.until for closure in self.closed):
            raise ValueError("a site is closed from one time until a later one")
        if any(closure.until > LAST_YEAR for closure in self.closed):
            raise ValueError(f"a site is closed until {LAST_YEAR:,.0f} years after the clinic opened at most")
        if any(closure.until - closure.from_ > LONGEST for closure in self.closed):
            raise ValueError(f"a site is closed for more than {LONGEST:g} years: leave the site out instead")
        ordered = sorted(self.closed, key=lambda closure: closure.from_)
        if any(later.from_ <= earlier.until for earlier, later in pairwise(ordered)):
            raise ValueError("a site is closed twice at once: leave time between, or make it one time")

    def held_for(self, therapies: Mapping[str, str]) -> dict[str, float]:
        """Return for how long a place is held for each therapy that comes here.

        Parameters
        ----------
        therapies
            Therapy -> product; under no name of either, where a place is held for none.
        """
        if not isinstance(self.held, dict):
            return dict.fromkeys(therapies, self.held)
        return {name: self.held[product] for name, product in therapies.items() if product in self.held}


@dataclass(frozen=True)
class Clause:
    """Which strategy patients are given of whom all of this holds.

    Attributes
    ----------
    give
        The strategy.
    wait_for, exceeds
        Somebody who came to that resource now would wait for longer than that.
    patients
        Feature of the population -> levels.
    """

    give: str
    wait_for: Use | None = None
    exceeds: float | None = None
    patients: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a clause without a condition, and half of one."""
        if (self.wait_for is None) != (self.exceeds is None):
            raise ValueError("wait_for needs exceeds, and exceeds needs wait_for")
        if self.wait_for is None and not self.patients:
            raise ValueError("a clause needs a condition: wait_for with exceeds, or patients")
        if self.exceeds is not None and not 0 <= self.exceeds <= LAST_YEAR:
            raise ValueError(f"exceeds goes from 0 to {LAST_YEAR:,.0f} years")
        if not all(self.patients.values()):
            raise ValueError("patients has a feature without levels, so that the clause never holds")


@dataclass(frozen=True)
class Rule:
    """Which strategy a patient is given: that of the first clause that holds, else ``otherwise``."""

    title: str
    otherwise: str
    when: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class Capacity:
    """Numbers of places of one resource (at one site, if there are several) that are tried one by one."""

    resource: Use
    places: tuple[int, ...]
    site: str = ONLY

    def __post_init__(self) -> None:
        """Refuse no numbers, numbers out of order, and those that a site cannot have."""
        rising = len(self.places) > 1 and list(self.places) == sorted(set(self.places))
        if not rising or self.places[0] < 1 or self.places[-1] > MOST_PLACES:
            raise ValueError(f"places need two numbers or more, rising, from 1 to {MOST_PLACES:,}")


@dataclass(frozen=True)
class ClinicPlan:
    """A clinic.

    Attributes
    ----------
    scenario
        The study whose patients and strategies these are, unless the command line names another.
    resources
        What is short -> site -> places; what is not named is unlimited.
    rules
        Compared with each other, on the same patients; the first is the one that others are compared with.
    patients, replications, seed
        How many patients count in each replication, and how many replications there are.
    warm_up
        For how long before the first who counts, and after the last, others come who take places too.
    by
        A feature of the population by whose levels results are told apart.
    capacity
        Places that are varied.
    """

    title: str
    because: str
    arrivals: Coming
    resources: dict[Use, dict[str, SitePlan]]
    rules: dict[str, Rule]
    scenario: str = "base"
    patients: int = 200
    replications: int = 20
    seed: int = 1
    warm_up: float = 1.0
    by: str | None = None
    capacity: Capacity | None = None

    @property
    def n_counted(self) -> int:
        """How many patients count in each replication: of a file all who come after the warm-up."""
        if self.arrivals.per_year is not None:
            return self.patients
        return sum(time >= self.warm_up for time in self.arrivals.times)

    def __post_init__(self) -> None:
        """Refuse numbers that no clinic can have meant."""
        if not self.rules:
            raise ValueError("rules needs one rule or more")
        for name, most in _MOST.items():
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more")
            if getattr(self, name) > most:
                raise ValueError(f"{name} must be at most {most:,}")
        if not 0 <= self.seed < 2**63:
            raise ValueError("seed must be a whole number from 0 to 2^63 - 1")
        if not 0 <= self.warm_up <= 100:
            raise ValueError("warm_up goes from 0 to 100 years")
        if any(not sites for sites in self.resources.values()):
            raise ValueError("a resource needs a site or more; leave it out if it is not short")
