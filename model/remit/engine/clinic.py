"""The desk of a clinic, which gives out places to patients who queue for them: discrete events (salabim).

All times are given to it: salabim's own random numbers are not used.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.engine.resources import Load, Resources, Site, Use, next_free
from remit.engine.stops import Need


@contextmanager
def python_random_kept() -> Iterator[None]:
    """Leave Python's own random numbers as they were: salabim seeds them at import and for each clinic."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


with python_random_kept():
    import salabim

Array = NDArray[np.float64]
Steps = Generator[Any, None, None]
NEVER = float("inf")


def queue_waits(arrivals: Array, service: Array, *, places: int) -> Array:
    """Return how long customers of one resource wait, who hold it each for a time of their own, (customer,).

    Parameters
    ----------
    arrivals, service
        (customer,) times, arrivals rising.
    places
        How many can be served at once.
    """
    held = {str(number): float(time) for number, time in enumerate(service)}
    with python_random_kept():
        desk = Desk({"consultation": (Site("desk", places, held),)})

        def come() -> Steps:
            for number, time in enumerate(arrivals.tolist()):
                yield guide.hold(till=time)
                desk.ask(Need("consultation", str(number)), number)

        guide = desk.guide()
        guide.send(come())
        desk.run()
    return np.array([held.granted - held.asked for held in desk.log])


class Guide(salabim.Component):  # type: ignore[misc]
    """Whoever does what takes time; one that has done it does the next thing: making one is slow."""

    def setup(self, idle: list[Guide]) -> None:
        """Begin with nothing to do; ``idle`` are those who have nothing to do."""
        self._idle, self._steps = idle, iter(())

    def send(self, steps: Steps) -> None:
        """Begin to do something."""
        self._steps = steps
        self.activate()

    def process(self) -> Steps:
        """Do one thing after the other."""
        while True:
            yield from self._steps
            self._idle.append(self)
            yield self.passivate()


@dataclass(eq=False)
class Taken:
    """A place that is asked for, then held, then given back; years since the clinic opened.

    Attributes
    ----------
    until
        When it will be given back, or the latest time of that while it is only asked for.
    waiter
        Who is woken when it is had.
    """

    need: Need
    patient: int
    guide: Guide
    asked: float
    until: float
    waiter: Guide | None = None
    site: int = -1
    granted: float = NEVER
    released: float = NEVER
    given_up: bool = False


class Desk:
    """Who gives out the places: salabim's resources, their queues, and a record of both."""

    def __init__(self, resources: Resources) -> None:
        self._env = salabim.Environment(random_seed=0, set_numpy_random_seed=False, yieldless=False)
        self._idle: list[Guide] = []
        self._resources = resources
        self._places = {
            use: [
                salabim.Resource(f"{use} {site.name}", capacity=site.places, monitor=False, env=self._env)
                for site in sites
            ]
            for use, sites in resources.items()
        }
        self._queues: dict[Use, dict[Taken, None]] = {use: {} for use in resources}
        self._held: dict[Use, list[dict[Taken, None]]] = {
            use: [{} for _ in sites] for use, sites in resources.items()
        }
        self.log: list[Taken] = []
        for use, sites in resources.items():
            for place, site in zip(self._places[use], sites, strict=True):
                if site.closed:
                    guide = self.guide()
                    guide.send(_close(guide, place, site))

    def run(self) -> None:
        """Let everything happen that is to happen."""
        self._env.run()

    def now(self) -> float:
        """Return the time."""
        return float(self._env.now())

    def guide(self) -> Guide:
        """Return somebody with nothing to do."""
        return self._idle.pop() if self._idle else Guide(env=self._env, process=None, idle=self._idle)

    def is_short_of(self, use: Use) -> bool:
        """Tell whether places for a use are limited."""
        return use in self._resources

    def time_held(self, need: Need, site: int = 0) -> float:
        """Return for how long a place at a site is held."""
        return self._resources[need.use][site].held[need.therapy]

    def ask(self, need: Need, patient: int, waiter: Guide | None = None, *, patience: float = NEVER) -> Taken:
        """Queue for a place on behalf of a patient, at most for the time of his ``patience``."""
        now, guide = self.now(), self.guide()
        longest = max(site.held[need.therapy] for site in self._resources[need.use])
        taken = Taken(need, patient, guide, now, now + patience + longest, waiter)
        self.log.append(taken)
        guide.send(self._hold(taken, patience))
        return taken

    def give_up(self, taken: Taken) -> None:
        """Leave a queue, if the place is not had by now."""
        if taken.granted == NEVER and taken.released == NEVER:
            taken.given_up = True
            taken.guide.activate()

    def give_back(self, taken: Taken) -> None:
        """Give a place back now, if it is still held."""
        if taken.granted != NEVER and taken.released == NEVER:
            taken.until = self.now()
            taken.guide.hold(0)

    def expected_wait(self, use: Use) -> float:
        """Return how long somebody who came to a resource now would wait, if nobody left its queue."""
        if use not in self._resources:
            return 0.0
        loads = [
            Load(site, tuple(taken.until for taken in held))
            for site, held in zip(self._resources[use], self._held[use], strict=True)
        ]
        return (
            next_free(loads, [taken.need.therapy for taken in self._queues[use]], now=self.now()) - self.now()
        )

    def _hold(self, taken: Taken, patience: float) -> Steps:
        guide, use = taken.guide, taken.need.use
        self._queues[use][taken] = None
        yield guide.request(*self._places[use], oneof=True, fail_delay=patience)
        del self._queues[use][taken]
        if taken.given_up or guide.failed():
            taken.released = self.now()
            return
        (place,) = guide.claimed_resources()
        taken.site, taken.granted = self._places[use].index(place), self.now()
        taken.until = taken.granted + self.time_held(taken.need, taken.site)
        held = self._held[use][taken.site]
        held[taken] = None
        if taken.waiter is not None:
            taken.waiter.activate()
        yield guide.hold(till=taken.until)
        guide.release(place)
        del held[taken]
        taken.released = self.now()


def _close(guide: Guide, place: salabim.Resource, site: Site) -> Steps:
    """Take nobody in while a site is closed."""
    for closure in sorted(site.closed, key=lambda one: one.from_):
        yield guide.hold(till=closure.from_)
        place.set_capacity(0)
        yield guide.hold(till=closure.until)
        place.set_capacity(site.places)
