"""Rules of a clinic compared on the same patients, replication by replication."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.opening import PER_REPLICATION, OpenClinic
from remit.analysis.clinic.replication import Replication, group_names, replicate
from remit.analysis.clinic.results import OUTCOMES, SERVICE, ClinicResults
from remit.analysis.clinic.service import columns_of, open_places
from remit.analysis.processes import worked_out
from remit.engine.trace import MEMORY_BUDGET_BYTES
from remit.errors import InputError, Problem

Array = NDArray[np.float64]
# Points of time at which queues are looked at.
N_TIMES = 240
# What the record of one patient takes while a replication runs (measured: 4.2 kB with all resources short).
BYTES_PER_PATIENT = 6000
# Replications that a process is given at once, and that are kept at once.
CHUNK = 2


@dataclass(frozen=True)
class Piece:
    """Some replications of one rule, with the number of places that is varied (None: as planned).

    ``number`` is its place among all pieces, ``first`` that of its first replication.
    """

    number: int
    places: int | None
    rule: str
    first: int
    replications: tuple[Replication, ...]


@dataclass(frozen=True)
class _Task:
    """The replications of a piece before they are run, which another process can be given."""

    number: int
    places: int | None
    rule: str
    replications: range


def run_rules(
    opened: OpenClinic, *, n_replications: int, seed: int, jobs: int = 1, done: Container[int] = ()
) -> Generator[Piece, None, None]:
    """Run every rule of a clinic, yielding some replications as they are done: in order in one process alone.

    Where the plan varies the places of a resource, every rule is run at each number of them. Close the
    generator where not all of it is wanted: that ends its processes.

    Parameters
    ----------
    opened
        See :func:`remit.analysis.clinic.opening.open_clinic`.
    n_replications, seed
        Patient i of replication r hangs on the seed, r and i alone.
    jobs
        Processes; results are the same bytes on any number of them.
    done
        Numbers of pieces, from 0, that are left out: they are known already.

    Raises
    ------
    InputError
        Where a replication has more patients than memory holds.
    """
    refuse_beyond_memory(opened, jobs)
    tasks = (task for task in _tasks(opened, n_replications) if task.number not in done)
    yield from worked_out(partial(_piece, opened, seed), tasks, processes=jobs)


def n_pieces(opened: OpenClinic, n_replications: int) -> int:
    """Return how many pieces :func:`run_rules` yields where none is done."""
    capacity = opened.plan.capacity
    places = 1 if capacity is None else len(capacity.places)
    return places * len(opened.plan.rules) * -(-n_replications // CHUNK)


def _tasks(opened: OpenClinic, n_replications: int) -> Iterator[_Task]:
    capacity = opened.plan.capacity
    places = (None,) if capacity is None else capacity.places
    firsts = range(0, n_replications, CHUNK)
    for number, (at, rule, first) in enumerate(product(places, opened.plan.rules, firsts)):
        yield _Task(number, at, rule, range(first, min(first + CHUNK, n_replications)))


def _piece(opened: OpenClinic, seed: int, task: _Task) -> Piece:
    clinic = opened if task.places is None else opened.with_places(task.places)
    times = times_of(opened)
    found = tuple(replicate(clinic, task.rule, one, seed=seed, times=times) for one in task.replications)
    return Piece(task.number, task.places, task.rule, task.replications.start, found)


def times_of(opened: OpenClinic) -> Array:
    """Return the times at which queues are looked at, (time,) years since the clinic opened."""
    return np.linspace(0.0, opened.last_time, N_TIMES + 1)


def refuse_beyond_memory(opened: OpenClinic, jobs: int) -> None:
    """Refuse more patients in a replication, or more replications, than memory holds.

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
        rule = _beyond(
            f"{expected:,} patients in {jobs} replications at once", expected * BYTES_PER_PATIENT * jobs
        )
        hint = f"at most {most:,} patients a replication, those of the warm-up included, or more replications"
        raise InputError(Problem(rule, key="patients", hint=hint))
    # Queues and places held of every replication are kept until all are there.
    each = 2 * 8 * (N_TIMES + 1) * (len(columns_of(opened.clinic.resources)) + 1)
    needed = each * n_pieces(opened, plan.replications) * CHUNK
    if needed > MEMORY_BUDGET_BYTES:
        rule = _beyond(f"{plan.replications:,} replications of every rule", needed)
        hint = f"at most {MEMORY_BUDGET_BYTES * plan.replications // needed:,} replications"
        raise InputError(Problem(rule, key="replications", hint=hint))


def _beyond(what: str, needed: int) -> str:
    return f"{what} need {needed / 1e9:,.1f} GB of {MEMORY_BUDGET_BYTES / 1e9:,.1f} GB"


def results_of(opened: OpenClinic, pieces: Sequence[Piece]) -> ClinicResults:
    """Put the replications of all rules of one clinic together.

    ``pieces`` are of one number of places, in any order.
    """
    (places,) = {piece.places for piece in pieces}
    clinic = opened.clinic if places is None else opened.with_places(places).clinic
    rules = tuple(opened.plan.rules)
    ordered = sorted(pieces, key=lambda piece: piece.first)
    by_rule = [
        [one for piece in ordered if piece.rule == rule for one in piece.replications] for rule in rules
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
