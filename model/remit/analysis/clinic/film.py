"""A replication of a clinic, moment by moment: who waits, who holds a place, and how patients fare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.service import columns_of, open_places, queue_and_held
from remit.engine.journeys import Arrivals, Clinic, ClinicRun
from remit.errors import InputError, Problem
from remit.pathway.graph import State

Array = NDArray[np.float64]
Counts = NDArray[np.intp]
# Relapsed or refractory patients who wait for the therapy at hand or are given it, and those beyond it; then
# the other health states.
WHEREABOUTS = ("in_care", "relapse", "remission", "hsct", "death")
_IN_CARE = ("waiting", "treated")


@dataclass(frozen=True)
class ClinicFilm:
    """What is to be seen of a clinic, frame by frame.

    Attributes
    ----------
    times
        (frame,) years since the clinic opened.
    resources
        As tables name them; those of one use share a queue, which stands at each.
    queue, held, places
        (resource, frame): how many wait, and how many places are held and open.
    whereabouts
        (of ``WHEREABOUTS``, frame): how many of those who came are where.
    """

    times: Array
    resources: tuple[str, ...]
    queue: Counts
    held: Counts
    places: Counts
    whereabouts: Counts

    @property
    def arrived(self) -> Counts:
        """How many patients have come, (frame,)."""
        return np.asarray(self.whereabouts.sum(axis=0))


def film_of(
    run: ClinicRun, clinic: Clinic, arrivals: Arrivals, every: float, *, until: float | None = None
) -> ClinicFilm:
    """Return what is to be seen of a clinic from its opening on.

    Parameters
    ----------
    run, clinic, arrivals
        What happened, where, and to whom.
    every
        Years between frames.
    until
        Years since the clinic opened; by default when the last patient comes.

    Raises
    ------
    InputError
        Where there is no time between frames.
    """
    if not every > 0:
        raise InputError(Problem("frames need a time above 0 between them", key="every", value=every))
    end = float(arrivals.times[-1]) if until is None else until
    times = every * np.arange(int(end / every + 1e-9) + 1, dtype=np.float64)
    columns = columns_of(clinic.resources)
    queue, held = queue_and_held(run.uses, columns, times)
    return ClinicFilm(
        times,
        tuple(column.name for column in columns),
        queue.astype(np.intp),
        held.astype(np.intp),
        open_places(columns, times).astype(np.intp),
        _whereabouts(run, clinic, arrivals, times),
    )


def _whereabouts(run: ClinicRun, clinic: Clinic, arrivals: Arrivals, times: Array) -> Counts:
    """Count patients by ``WHEREABOUTS``, (of them, frame)."""
    stays = run.stays
    came = arrivals.times[stays.patient]
    place = np.empty(stays.state.size, dtype=np.intp)
    for stratum, ways in enumerate(clinic.ways):
        for strategy, way in enumerate(ways):
            own = (arrivals.strata[stays.patient] == stratum) & (run.strategy[stays.patient] == strategy)
            of_state = np.array([_place_of(state) for state in way.itinerary.pathway.states])
            place[own] = of_state[stays.state[own]]
    counts = np.zeros((len(WHEREABOUTS), times.size), dtype=np.intp)
    for row in range(len(WHEREABOUTS) - 1):
        own = place == row
        counts[row] = _begun(came[own] + stays.entered[own], times) - _begun(
            came[own] + stays.left[own], times
        )
    # Everybody else who came.
    counts[-1] = _begun(arrivals.times, times) - counts.sum(axis=0)
    return counts


def _place_of(state: State) -> int:
    return WHEREABOUTS.index("in_care" if state.condition in _IN_CARE else state.health_state)


def _begun(at: Array, times: Array) -> Counts:
    """Return how many events have happened by some times."""
    return np.searchsorted(np.sort(at), times, side="right")
