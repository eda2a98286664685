"""What clinics did for their patients, replication by replication."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Of the patients who count, per patient; discounted to the patient's own decision.
OUTCOMES = ("life_years", "qalys", "costs", "never_infused", "years_to_infusion")
# Of everybody from the first who counts to the last.
SERVICE = ("asked", "wait", "wait_90", "share_waited", "share_left", "queue", "utilisation")
ALL = "all"


@dataclass(frozen=True)
class ClinicResults:
    """Results of some rules in one clinic.

    Attributes
    ----------
    rules, strategies
        Names.
    groups
        ``ALL``, then the levels of the feature by which patients are told apart.
    resources
        ``<use>``, or ``<use> <site>`` where a resource has several sites; queues are common to them and
        stand at each.
    times
        (time,) years since the clinic opened.
    patients
        (rule, replication, group): how many count.
    outcomes
        Of each of ``OUTCOMES`` (rule, replication, group): means over patients; ``never_infused`` is the
        share never given any therapy, ``years_to_infusion`` a mean over the others. NaN where nobody is.
    given
        (rule, replication, group, strategy): shares of patients.
    service
        Of each of ``SERVICE`` (rule, replication, resource): how many asked; mean wait, and what 90% waited
        at most, of those who had a place (years); the share of all that waited, and that left the queue
        without one; mean length of the queue; share of the places that are held (of all,
        closures included).
    queue, held
        (rule, replication, resource, time): how many wait, and how many places are held.
    places
        (resource, time): how many places are open.
    """

    rules: tuple[str, ...]
    strategies: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    times: Array
    patients: Array
    outcomes: dict[str, Array]
    given: Array
    service: dict[str, Array]
    queue: Array
    held: Array
    places: Array

    @property
    def n_replications(self) -> int:
        """Number of replications."""
        return int(self.patients.shape[1])

    def nmb(self, wtp: float) -> Array:
        """Return mean net monetary benefit per patient, (rule, replication, group)."""
        return np.asarray(wtp * self.outcomes["qalys"] - self.outcomes["costs"])
