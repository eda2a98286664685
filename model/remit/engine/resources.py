"""What a clinic has too little of: places that patients, or their cells, hold for a time.

Times are years since the clinic opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace
from typing import Literal

# What patients wait for, in the order in which they meet it.
Use = Literal[
    "consultation",
    "apheresis",
    "manufacturing",
    "infusion_bed",
    "icu_bed",
    "donor_search",
    "transplant_bed",
]
USES: tuple[Use, ...] = (
    "consultation",
    "apheresis",
    "manufacturing",
    "infusion_bed",
    "icu_bed",
    "donor_search",
    "transplant_bed",
)
# Given back when the patient dies; the others are held to their end.
BEDS: tuple[Use, ...] = ("infusion_bed", "icu_bed", "transplant_bed")


@dataclass(frozen=True)
class Closure:
    """A time in which a site takes nobody in; what it has begun it finishes."""

    from_: float
    until: float


@dataclass(frozen=True)
class Site:
    """Some places of one kind under one roof.

    Attributes
    ----------
    places
        How many can be held at once.
    held
        Therapy -> for how long, in years.
    closed
        When it takes nobody in.
    """

    name: str
    places: int
    held: Mapping[str, float]
    closed: tuple[Closure, ...] = ()

    def opens(self, at: float) -> float:
        """Return when the site takes somebody in who comes ``at`` that time."""
        for closure in sorted(self.closed, key=lambda one: one.from_):
            if closure.from_ <= at < closure.until:
                at = closure.until
        return at


# What is short, and where it is to be had; what is missing there is unlimited.
Resources = Mapping[Use, tuple[Site, ...]]


@dataclass(frozen=True)
class Load:
    """How busy a site is: when each of its places that are held is given back."""

    site: Site
    until: tuple[float, ...] = ()


def next_free(loads: Iterable[Load], queue: Iterable[str], *, now: float) -> float:
    """Return when the next who joins the queue of some sites gets a place, if nobody leaves it before.

    Parameters
    ----------
    loads
        How busy each site is.
    queue
        The therapies of those who wait already, first come first.
    now
        Years.

    Examples
    --------
    One place, held for another year, and one patient who waits for it and will hold it for half a year:

    >>> site = Site("only", 1, {"car": 0.5})
    >>> next_free([Load(site, (3.0,))], ["car"], now=2.0)
    3.5
    """
    free: list[tuple[float, int]] = []
    sites, waiting = [], list(queue)
    for number, load in enumerate(loads):
        sites.append(load.site)
        # No more than those who wait, and who comes, could take.
        idle = min(max(load.site.places - len(load.until), 0), len(waiting) + 1)
        until = sorted(load.until, reverse=True)[: load.site.places]
        free += [(load.site.opens(max(time, now)), number) for time in (*until, *[now] * idle)]
    if not free:
        return float("inf")
    heapify(free)
    for therapy in waiting:
        begin, number = free[0]
        site = sites[number]
        heapreplace(free, (site.opens(begin + site.held[therapy]), number))
    return free[0][0]
