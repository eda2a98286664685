"""The second clinic's time and places: a heap of events, queues before places, and how they served.

Section 18 of docs/method.md. Times are years since the clinic opened. Where the page left two readings open,
comments marked "Reading:" say which one the engine's results follow.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Given back at death; other places are not.
BEDS = ("infusion_bed", "icu_bed", "transplant_bed")


class Clock:
    """What is to happen, in order of time; of things at one time the one planned first comes first."""

    def __init__(self):
        self.now, self.coming, self.numbers = 0.0, [], itertools.count()

    def at(self, time, happen):
        heapq.heappush(self.coming, (max(time, self.now), next(self.numbers), happen))

    def run(self):
        while self.coming:
            self.now, _, happen = heapq.heappop(self.coming)
            happen()


@dataclass(eq=False)
class Request:
    """A place that is asked for: ``released`` is when it was given back, or its queue left without it."""

    patient: int
    therapy: str
    asked: float
    granted: float = math.inf
    released: float = math.inf
    held: float = 0.0
    site: int | None = None
    wake: Callable[[], None] | None = None

    @property
    def served(self):
        """When the wait ended, with a place or without."""
        return min(self.granted, self.released)


class Desk:
    """One resource: a queue, first come first served, and sites with places in the order of the plan."""

    def __init__(self, clock, sites, products):
        self.clock, self.names, self.sites, self.products = clock, list(sites), list(sites.values()), products
        self.queue, self.log, self.taken = [], [], [[] for _ in sites]
        for site in self.sites:
            for closure in site.closed:
                clock.at(closure.until, self.serve)

    def time_held(self, site, therapy):
        """Return for how long a place is held: one time for all, or one for each product."""
        held = self.sites[site].held
        return held[self.products[therapy]] if isinstance(held, dict) else held

    def opens(self, site, time):
        """Return when a site begins something for somebody who could be served at a time.

        Reading: closures that are still to come are known.
        """
        for closure in sorted(self.sites[site].closed, key=lambda one: one.from_):
            time = closure.until if closure.from_ <= time < closure.until else time
        return time

    def ask(self, patient, therapy):
        request = Request(patient, therapy, self.clock.now)
        self.log.append(request)
        self.queue.append(request)
        self.serve()
        return request

    def serve(self):
        for number, site in enumerate(self.sites):
            is_open = self.opens(number, self.clock.now) == self.clock.now
            while self.queue and is_open and len(self.taken[number]) < site.places:
                self.give(self.queue.pop(0), number)

    def give(self, request, site):
        request.site, request.granted = site, self.clock.now
        request.held = self.time_held(site, request.therapy)
        self.taken[site].append(request)
        self.clock.at(request.granted + request.held, lambda: self.give_back(request))
        if request.wake is not None:
            self.clock.at(self.clock.now, request.wake)

    def give_back(self, request):
        if request.released == math.inf:
            request.released = self.clock.now
            self.taken[request.site].remove(request)
            self.serve()

    def leave_queue(self, request):
        if request in self.queue:
            request.released = self.clock.now
            self.queue.remove(request)

    def expected_wait(self):
        """Return how long who joins the queue now waits, if each before him takes the place free first."""
        now, free = self.clock.now, []
        for number, site in enumerate(self.sites):
            times = [request.granted + request.held for request in self.taken[number]]
            times += [now] * (site.places - len(times))
            free += [(self.opens(number, time), number) for time in times]
        for request in self.queue:
            begun, number = min(free)
            free.remove((begun, number))
            free.append((self.opens(number, begun + self.time_held(number, request.therapy)), number))
        return min(free)[0] - now


def service(desks, counted, window):
    """Return the measures of every site of every resource: {(resource, measure): value}, waits in days.

    ``counted`` are the patients of whom waits are reported; queues and places are those of everybody,
    averaged over ``window``.
    """
    found = {}
    for use, desk in desks.items():
        for site, name in enumerate(desk.names):
            resource = use if len(desk.names) == 1 else f"{use} {name}"
            measures = of_queue(desk, counted, window) | {"utilisation": utilisation(desk, site, window)}
            found |= {(resource, measure): value for measure, value in measures.items()}
    return found


def of_queue(desk, counted, window):
    """Return who waited, for how long, and how many at a time; sites have one queue."""
    own = [request for request in desk.log if request.patient in counted]
    waits = [365.25 * (request.granted - request.asked) for request in own if request.granted < math.inf]
    return {
        "asked": len(own),
        "wait": np.mean(waits) if waits else math.nan,
        "wait_90": np.quantile(waits, 0.9) if waits else math.nan,
        "share_waited": np.mean([request.served > request.asked for request in own]) if own else math.nan,
        "share_left": 1 - len(waits) / len(own) if own else math.nan,
        "queue": sum(within(request.asked, request.served, window) for request in desk.log)
        / (window[1] - window[0]),
    }


def utilisation(desk, site, window):
    """Return the share of all places of a site that is held, closures included."""
    own = [request for request in desk.log if request.site == site]
    held = sum(within(request.granted, request.released, window) for request in own)
    return held / desk.sites[site].places / (window[1] - window[0])


def within(begin, end, window):
    return max(0.0, min(end, window[1]) - max(begin, window[0]))
