"""A clinic made ready for patients: the ways that they may go, what is short, and who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.plan import ClinicPlan
from remit.analysis.patient_ways import STRATUM, Crowd, crowds_of
from remit.engine.journeys import Arrivals, Clinic
from remit.engine.patients import BACKGROUND_DEATH, background_deaths
from remit.engine.resources import Resources, Site
from remit.engine.streams import Streams
from remit.engine.way import way_of
from remit.errors import InputError, Problem
from remit.study import Study

Array = NDArray[np.float64]
ARRIVAL = "arrival"
# Patients of other replications are other patients: each has this many numbers of its own.
PER_REPLICATION = 2**24


@dataclass(frozen=True)
class OpenClinic:
    """A clinic that is ready for patients.

    Attributes
    ----------
    plan
        Its rules, and who comes.
    clinic
        Ways, resources and shares who need intensive care.
    crowd
        The patients of the study at the parameters' means, with what their stays are worth.
    levels
        Stratum -> feature -> level.
    """

    plan: ClinicPlan
    clinic: Clinic
    crowd: Crowd
    levels: tuple[Mapping[str, str], ...]

    @property
    def last_time(self) -> float:
        """Return until when the clinic is looked at: the time at which the last who counts is expected."""
        coming = self.plan.arrivals
        if coming.per_year is None:
            return max(coming.times[-1], self.plan.warm_up)
        return self.plan.warm_up + self.plan.patients / coming.per_year

    def with_places(self, places: int) -> OpenClinic:
        """Return the clinic with another number of the places that its plan varies."""
        capacity = self.plan.capacity
        if capacity is None:
            raise InputError(Problem("the clinic varies no places", key="capacity"))
        sites = tuple(
            replace(site, places=places) if site.name == capacity.site else site
            for site in self.clinic.resources[capacity.resource]
        )
        resources = {**self.clinic.resources, capacity.resource: sites}
        return replace(self, clinic=replace(self.clinic, resources=resources))


def open_clinic(study: Study, plan: ClinicPlan) -> OpenClinic:
    """Make a clinic ready for the patients of a study, at the parameters' means.

    Raises
    ------
    InputError
        Where the time to relapse is not exponential: see :func:`remit.engine.itinerary.itinerary_of`.
    """
    (crowd,) = crowds_of(study)
    strata = study.strata(study.wide_values(None))
    therapies = dict.fromkeys(line.therapy for one in study.strategies.values() for line in one.lines)
    products = {name: study.therapies[name].product for name in therapies}
    clinic = Clinic(
        ways=[[way_of(itinerary) for itinerary, _ in stratum.ways] for stratum in crowd.strata],
        resources=_resources(plan, products),
        p_icu=[
            {name: float(stratum.values[f"p_severe_crs_{name}"][0]) for name in therapies}
            for stratum in strata
        ],
    )
    return OpenClinic(plan, clinic, crowd, tuple(stratum.levels for stratum in strata))


def _resources(plan: ClinicPlan, products: Mapping[str, str]) -> Resources:
    therapies = {**products, "": ""}
    return {
        use: tuple(
            Site(name, site.places, site.held_for(therapies), site.closed) for name, site in sites.items()
        )
        for use, sites in plan.resources.items()
    }


@dataclass(frozen=True)
class Comers:
    """Everybody who comes in a replication, and which of them count."""

    arrivals: Arrivals
    counted: slice


def comers_of(opened: OpenClinic, streams: Streams) -> Comers:
    """Return who comes to a clinic in a replication.

    Raises
    ------
    InputError
        Where nobody is left who counts.
    """
    plan, coming = opened.plan, opened.plan.arrivals
    if coming.per_year is None:
        times = np.array(coming.times)
        counted = slice(int(np.searchsorted(times, plan.warm_up)), times.size)
    else:
        times, counted = _at_random(plan, coming.per_year, streams)
    if counted.start >= counted.stop:
        rule = "all patients come within the warm-up, so that nobody counts"
        raise InputError(Problem(rule, key="warm_up", value=plan.warm_up))
    return Comers(_patients(opened.crowd, times, streams), counted)


def _at_random(plan: ClinicPlan, per_year: float, streams: Streams) -> tuple[Array, slice]:
    """Return times of a Poisson process: some who come before, those who count, and some after."""
    beside = 2 * plan.warm_up * per_year
    most = int(plan.patients + beside + 10 * np.sqrt(beside) + 10)
    times = np.cumsum(-np.log(streams.uniforms(ARRIVAL, np.arange(most)))) / per_year
    first = int(np.searchsorted(times, plan.warm_up))
    last = min(first + plan.patients, most)
    until = np.searchsorted(times, times[last - 1] + plan.warm_up, side="right")
    return times[: int(until)], slice(first, last)


def _patients(crowd: Crowd, times: Array, streams: Streams) -> Arrivals:
    """Return the patients who come at some times: their strata, and when they die of background causes."""
    everyone = np.arange(times.size)
    strata = np.searchsorted(crowd.bounds, streams.uniforms(STRATUM, everyone), side="right")
    dying = streams.uniforms(BACKGROUND_DEATH, everyone)
    ends = np.empty(times.size)
    for number, stratum in enumerate(crowd.strata):
        own = strata == number
        ends[own] = background_deaths(stratum.times, stratum.survival, dying[own])
    return Arrivals(times, strata, np.minimum(ends, crowd.horizon))
