"""Patients one by one: what happened to each, what it was worth and cost, and how they differ.

First-order uncertainty: patients differ by chance at parameters that are the same for all. All strategies
follow the same patients (stratum, background death, and the uniforms of each state).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from remit.analysis.patient_ways import Crowd, crowds_of, follow_block
from remit.economics.patient_values import MEASURES, worth_of_patients
from remit.engine.blocks import draw_slices
from remit.engine.patients import ENDED, Histories
from remit.engine.trace import MEMORY_BUDGET_BYTES
from remit.errors import InputError, Problem
from remit.pathway.graph import Pathway
from remit.study import Study

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
FIRSTS = ("infusion", "remission", "hsct", "relapse", "death")
# Patients who are followed at once: enough to make a call of numpy worth it.
BLOCK = 131_072
_BYTES_PER_PATIENT = 8 * (len(MEASURES) + len(FIRSTS)) + 2
_IN_REMISSION = ("remission", "hsct")


@dataclass(frozen=True)
class Microsimulation:
    """What happened to every patient under every strategy, at one draw of the parameters.

    Attributes
    ----------
    strategies, horizon, seed
        Which, until when (years), and of which seed.
    worth
        (strategy, measure, patient): discounted life-years, QALYs and costs.
    firsts
        Event -> (strategy, patient): years until it first happened, infinite if never. ``relapse`` is that
        after a remission; ``death`` is of any cause.
    durable
        (strategy, patient): came to a remission from which nobody relapses.
    cured
        (strategy, patient): stayed in one until a death of background causes, or the horizon.
    """

    strategies: tuple[str, ...]
    horizon: float
    seed: int
    worth: Array
    firsts: dict[str, Array]
    durable: Flags
    cured: Flags

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return int(self.worth.shape[2])

    def measure(self, name: str) -> Array:
        """Return one of ``MEASURES``, (strategy, patient)."""
        return np.asarray(self.worth[:, MEASURES.index(name)])

    @property
    def years_lived(self) -> Array:
        """Years until death, at most the horizon, not discounted, (strategy, patient)."""
        return np.minimum(self.firsts["death"], self.horizon)


def microsimulate(study: Study, *, n_patients: int, seed: int, jobs: int = 1) -> Microsimulation:
    """Follow patients one by one through every strategy, at the parameters' means.

    Parameters
    ----------
    study
        What is compared, and how. Its cycle and correction play no part: time is continuous.
    n_patients, seed
        Patient i hangs on the seed and on i alone.
    jobs
        Threads; results are the same bytes on any number of them.

    Raises
    ------
    InputError
        Where number of patients, seed or jobs are not sensible, there are too many patients for memory, or
        the time to relapse is not exponential.
    """
    check_numbers(n_patients=n_patients, seed=seed, jobs=jobs)
    refuse_beyond_memory(n_patients, len(study.strategies))
    (crowd,) = crowds_of(study)
    return _simulated(crowd, n_patients, seed, jobs)


@dataclass(frozen=True)
class DrawOfPatients:
    """Patients of one draw of the parameters: mean and variance over them, (strategy, measure) each."""

    draw: int
    mean: Array
    variance: Array


def microsimulate_draws(
    study: Study, *, n_draws: int, n_patients: int, seed: int, jobs: int = 1
) -> Iterator[DrawOfPatients]:
    """Follow other patients in every draw of the parameters, yielding draw by draw.

    Mean of the variances: first-order uncertainty, of a patient. Variance of the means, less the mean of the
    variances over the number of patients: second-order uncertainty, of the parameters.

    Parameters
    ----------
    study, seed, jobs
        As for :func:`microsimulate`; parameters are those that PSA draws from the seed.
    n_draws, n_patients
        How many draws, and how many patients in each.

    Raises
    ------
    InputError
        As :func:`microsimulate` does.
    """
    check_numbers(n_patients=n_patients, seed=seed, jobs=jobs)
    refuse_beyond_memory(n_patients * jobs, len(study.strategies))
    draws = study.draws(seed=seed, n_draws=n_draws)

    def summarised(crowd: Crowd) -> DrawOfPatients:
        worth = _simulated(crowd, n_patients, seed, 1).worth
        return DrawOfPatients(crowd.draw, worth.mean(axis=2), worth.var(axis=2, ddof=min(1, n_patients - 1)))

    with ThreadPoolExecutor(jobs) as pool:
        crowds = crowds_of(study, draws, n_draws=n_draws)
        while some := list(islice(crowds, 4 * jobs)):
            yield from pool.map(summarised, some)


def check_numbers(*, n_patients: int, seed: int, jobs: int) -> None:
    """Refuse numbers of patients, seeds and jobs that are none.

    Raises
    ------
    InputError
        All of them at once.
    """
    asked = {"n_patients": (n_patients, 1), "seed": (seed, 0), "jobs": (jobs, 1)}
    problems = [
        Problem(f"must be a whole number from {least:,}", key=key, value=value)
        for key, (value, least) in asked.items()
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least
    ]
    if problems:
        raise InputError(problems)


def refuse_beyond_memory(n_patients: int, n_strategies: int) -> None:
    """Refuse more patients than there is memory for.

    Raises
    ------
    InputError
        With how much they need, and how many there could be.
    """
    needed = n_patients * n_strategies * _BYTES_PER_PATIENT
    if needed > MEMORY_BUDGET_BYTES:
        most = MEMORY_BUDGET_BYTES // (n_strategies * _BYTES_PER_PATIENT)
        raise InputError(
            Problem(
                f"{n_patients:,} patients of {n_strategies} strategies need {needed / 1e9:,.1f} GB, more "
                f"than the {MEMORY_BUDGET_BYTES / 1e9:,.1f} GB allowed",
                key="n_patients",
                hint=f"at most {most:,} patients",
            )
        )


def _simulated(crowd: Crowd, n_patients: int, seed: int, jobs: int) -> Microsimulation:
    shape = (len(crowd.strategies), n_patients)
    found = Microsimulation(
        strategies=crowd.strategies,
        horizon=crowd.horizon,
        seed=seed,
        worth=np.empty((shape[0], len(MEASURES), n_patients)),
        firsts={name: np.full(shape, np.inf) for name in FIRSTS},
        durable=np.zeros(shape, dtype=np.bool_),
        cured=np.zeros(shape, dtype=np.bool_),
    )
    marks = [[_marks(itinerary.pathway) for itinerary, _ in one.ways] for one in crowd.strata]

    def fill(block: slice) -> None:
        for one in follow_block(crowd, block, seed=seed):
            worth_of_patients(one.histories, one.prices, found.worth[one.strategy, :, block])
            own = marks[one.stratum][one.strategy]
            _note_firsts(
                one.histories, own, {k: times[one.strategy, block] for k, times in found.firsts.items()}
            )
            _note_lasting(
                one.histories, own, found.durable[one.strategy, block], found.cured[one.strategy, block]
            )

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(fill, draw_slices(n_patients, BLOCK)))
    return found


@dataclass(frozen=True)
class _Marks:
    """What is noted of a pathway's moves (the last place is no move) and states."""

    infusion_at_start: bool
    by_move: dict[str, Flags]
    origins: dict[str, frozenset[int]]
    by_state: dict[str, Flags]
    lasting: Flags


def _marks(pathway: Pathway) -> _Marks:
    moves, dead = pathway.transitions, len(pathway.states) - 1
    infusing = [any(event.kind == "infusion" for event in move.events) for move in moves]
    relapsing = [_relapses(pathway, number) for number in range(len(moves))]
    dying = [move.destination == dead for move in moves]
    health = np.array([state.health_state for state in pathway.states])
    by_move = {"infusion": [*infusing, False], "relapse": [*relapsing, False], "death": [*dying, True]}
    origins = {
        name: frozenset(move.origin for move, own in zip(moves, marked, strict=False) if own)
        for name, marked in by_move.items()
    }
    return _Marks(
        any(event.kind == "infusion" and bool(share[0] == 1) for event, share in pathway.starting_events),
        {name: np.array(marked) for name, marked in by_move.items()},
        # Death of background causes comes from everywhere.
        {**origins, "death": frozenset(range(dead))},
        {"remission": np.isin(health, _IN_REMISSION), "hsct": health == "hsct"},
        lasting_states(pathway),
    )


def _note_firsts(histories: Histories, marks: _Marks, firsts: dict[str, Array]) -> None:
    """Write down when each event first happened to each patient."""
    if marks.infusion_at_start:
        firsts["infusion"][histories.patients] = 0.0
    for visits in histories.visits:
        for name, states in marks.by_state.items():
            if states[visits.state]:
                _earlier(firsts[name], visits.patients, visits.entered)
        for name, marked in marks.by_move.items():
            if visits.state in marks.origins[name]:
                rows = np.flatnonzero(marked.take(visits.moves, mode="wrap"))
                _earlier(firsts[name], visits.patients.take(rows), visits.left.take(rows))
    death, who = firsts["death"], histories.patients
    death[who[death[who] >= histories.horizon]] = np.inf


def _relapses(pathway: Pathway, number: int) -> bool:
    """Tell whether a move is a relapse: from remission to disease, or to salvage that succeeds at once."""
    move = pathway.transitions[number]
    before, after = pathway.states[move.origin], pathway.states[move.destination]
    salvaged = any(event.kind == "salvage" for event in move.events)
    return before.health_state in _IN_REMISSION and (after.health_state == "relapse" or salvaged)


def _earlier(first: Array, who: NDArray[np.intp], when: Array) -> None:
    first[who] = np.minimum(first[who], when)


def _note_lasting(histories: Histories, marks: _Marks, durable: Flags, cured: Flags) -> None:
    for visits in histories.visits:
        if marks.lasting[visits.state]:
            durable[visits.patients] = True
            cured[visits.patients[visits.moves == ENDED]] = True


def lasting_states(pathway: Pathway) -> Flags:
    """Tell of each state whether it is a remission from which nobody comes to a relapse, (state,)."""
    lasting = np.array([state.health_state in _IN_REMISSION for state in pathway.states])
    for number in reversed(range(len(pathway.transitions))):
        move = pathway.transitions[number]
        happens = bool(np.any(pathway.hazards[:, number] > 0))
        alive = move.destination < len(pathway.states) - 1
        if happens and (_relapses(pathway, number) or (alive and not lasting[move.destination])):
            lasting[move.origin] = False
    return lasting
