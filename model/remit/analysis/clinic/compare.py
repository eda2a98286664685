"""Rules of a clinic compared on the same patients, replication by replication."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.opening import PER_REPLICATION, OpenClinic
from remit.analysis.clinic.replication import Replication, group_names, replicate
from remit.analysis.clinic.results import OUTCOMES, SERVICE, ClinicResults
from remit.analysis.clinic.service import columns_of, open_places
from remit.analysis.processes import Workers, result_of
from remit.engine.trace import MEMORY_BUDGET_BYTES
from remit.errors import InputError, Problem

Array = NDArray[np.float64]
# Points of time at which queues are looked at.
N_TIMES = 240
# What the record of one patient takes while a replication runs (measured: 4.2 kB with all resources short).
BYTES_PER_PATIENT = 6000
# Replications that a process is given at once.
CHUNK = 2


@dataclass(frozen=True)
class Piece:
    """Some replications of one rule, with the number of places that is varied (None: as planned)."""

    places: int | None
    rule: str
    first: int
    replications: tuple[Replication, ...]


def run_rules(
    opened: OpenClinic, *, n_replications: int, seed: int, jobs: int = 1
) -> Generator[Piece, None, None]:
    """Run every rule of a clinic, yielding some replications at a time, in a fixed order.

    Where the plan varies the places of a resource, every rule is run at each number of them.

    Parameters
    ----------
    opened
        See :func:`remit.analysis.clinic.opening.open_clinic`.
    n_replications, seed
        Patient i of replication r hangs on the seed, r and i alone.
    jobs
        Processes; results are the same bytes on any number of them.

    Raises
    ------
    InputError
        Where a replication has more patients than memory holds.
    """
    refuse_beyond_memory(opened, jobs)
    # With a process of one's own a piece is done when it is started: none is started before it is wanted.
    ahead = 2 * jobs if jobs > 1 else 0
    waiting: deque[tuple[int | None, str, int, Future[tuple[Replication, ...]]]] = deque()
    with Workers(jobs) as workers:
        for places, rule, first, last in _pieces(opened, n_replications):
            future = workers.start(_some, opened, places, rule, first, last, seed)
            waiting.append((places, rule, first, future))
            if len(waiting) > ahead:
                yield _piece(*waiting.popleft())
        while waiting:
            yield _piece(*waiting.popleft())


def _piece(places: int | None, rule: str, first: int, future: Future[tuple[Replication, ...]]) -> Piece:
    return Piece(places, rule, first, result_of(future))


def n_pieces(opened: OpenClinic, n_replications: int) -> int:
    """Return how many pieces :func:`run_rules` yields."""
    return len(list(_pieces(opened, n_replications)))


def _pieces(opened: OpenClinic, n_replications: int) -> Iterator[tuple[int | None, str, int, int]]:
    capacity = opened.plan.capacity
    for places in (None,) if capacity is None else capacity.places:
        for rule in opened.plan.rules:
            for first in range(0, n_replications, CHUNK):
                yield places, rule, first, min(first + CHUNK, n_replications)


def _some(
    opened: OpenClinic, places: int | None, rule: str, first: int, last: int, seed: int
) -> tuple[Replication, ...]:
    clinic = opened if places is None else opened.with_places(places)
    times = times_of(opened)
    return tuple(replicate(clinic, rule, number, seed=seed, times=times) for number in range(first, last))


def times_of(opened: OpenClinic) -> Array:
    """Return the times at which queues are looked at, (time,) years since the clinic opened."""
    return np.linspace(0.0, opened.last_time, N_TIMES + 1)


def refuse_beyond_memory(opened: OpenClinic, jobs: int) -> None:
    """Refuse more patients in a replication than memory holds.

    Raises
    ------
    InputError
        With what they would need.
    """
    plan, coming = opened.plan, opened.plan.arrivals
    expected = len(coming.times)
    if coming.per_year is not None:
        expected = plan.patients + int(2 * plan.warm_up * coming.per_year)
    most = min(MEMORY_BUDGET_BYTES // (BYTES_PER_PATIENT * jobs), PER_REPLICATION - 1)
    if expected > most:
        needed, allowed = expected * BYTES_PER_PATIENT * jobs / 1e9, MEMORY_BUDGET_BYTES / 1e9
        rule = (
            f"{expected:,} patients in {jobs} replications at once need {needed:,.1f} GB of {allowed:,.1f} GB"
        )
        hint = f"at most {most:,} patients a replication, those of the warm-up included, or more replications"
        raise InputError(Problem(rule, key="patients", hint=hint))


def results_of(opened: OpenClinic, pieces: Sequence[Piece]) -> ClinicResults:
    """Put the replications of all rules of one clinic together; ``pieces`` are of one number of places."""
    (places,) = {piece.places for piece in pieces}
    clinic = opened.clinic if places is None else opened.with_places(places).clinic
    rules = tuple(opened.plan.rules)
    by_rule = [
        [one for piece in pieces if piece.rule == rule for one in piece.replications] for rule in rules
    ]

    def stacked(take: str, name: str | None = None) -> Array:
        return np.array(
            [
                [getattr(one, take) if name is None else getattr(one, take)[name] for one in of]
                for of in by_rule
            ]
        )

    columns, times = columns_of(clinic.resources), times_of(opened)
    return ClinicResults(
        rules=rules,
        strategies=opened.crowd.strategies,
        groups=group_names(opened),
        resources=tuple(column.name for column in columns),
        times=times,
        patients=stacked("patients"),
        outcomes={name: stacked("outcomes", name) for name in OUTCOMES},
        given=stacked("given"),
        service={name: stacked("service", name) for name in SERVICE} if columns else {},
        queue=stacked("queue"),
        held=stacked("held"),
        places=open_places(columns, times),
    )
