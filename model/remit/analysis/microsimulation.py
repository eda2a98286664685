"""Patients one by one: what happened to each, what it was worth and cost, and how they differ.

First-order uncertainty: patients differ by chance at parameters that are the same for all. All strategies
follow the same patients (stratum, background death, and the uniforms of each state).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.patient_ways import Crowd, crowds_of, follow_block
from remit.economics.patient_values import MEASURES, worth_of_patients
from remit.engine.blocks import draw_slices
from remit.engine.patients import ENDED, Histories, Visits
from remit.engine.trace import MEMORY_BUDGET_BYTES
from remit.errors import InputError, Problem
from remit.pathway.graph import Pathway
from remit.study import Study

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
FIRSTS = ("infusion", "remission", "hsct", "relapse", "death")
# Patients who are followed at once: enough to make a call of numpy worth it.
BLOCK = 65_536
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
    _refuse_beyond_memory(n_patients, len(study.strategies))
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
    _refuse_beyond_memory(n_patients * jobs, len(study.strategies))
    draws = study.draws(seed=seed, n_draws=n_draws)

    def summarised(crowd: Crowd) -> DrawOfPatients:
        worth = _simulated(crowd, n_patients, seed, 1).worth
        return DrawOfPatients(crowd.draw, worth.mean(axis=2), worth.var(axis=2, ddof=min(1, n_patients - 1)))

    with ThreadPoolExecutor(jobs) as pool:
        crowds = crowds_of(study, draws, n_draws=n_draws)
        while some := [crowd for crowd, _ in zip(crowds, range(4 * jobs), strict=False)]:
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


def _refuse_beyond_memory(n_patients: int, n_strategies: int) -> None:
    needed = n_patients * n_strategies * _BYTES_PER_PATIENT
    if needed > MEMORY_BUDGET_BYTES:
        most = MEMORY_BUDGET_BYTES // (n_strategies * _BYTES_PER_PATIENT)
        raise InputError(
            Problem(
                f"{n_patients:,} patients of {n_strategies} strategies need {needed / 1e9:,.1f} GB, more than "
                f"the {MEMORY_BUDGET_BYTES / 1e9:,.1f} GB allowed",
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
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda block: _fill(found, crowd, block), draw_slices(n_patients, BLOCK)))
    return found


def _fill(found: Microsimulation, crowd: Crowd, block: slice) -> None:
    """Follow a block of patients and write down what happened to them."""
    for strategy, histories, prices in follow_block(crowd, block, seed=found.seed):
        worth_of_patients(histories, prices, found.worth[strategy, :, block])
        firsts = {name: times[strategy, block] for name, times in found.firsts.items()}
        _note_firsts(histories, firsts)
        _note_lasting(histories, found.durable[strategy, block], found.cured[strategy, block])


def _note_firsts(histories: Histories, firsts: dict[str, Array]) -> None:
    pathway = histories.pathway
    if any(event.kind == "infusion" and bool(share[0] == 1) for event, share in pathway.starting_events):
        firsts["infusion"][histories.patients] = 0.0
    marked = {name: _marked(pathway, name) for name in ("infusion", "relapse")}
    dead = len(pathway.states) - 1
    died = np.array([*(move.destination == dead for move in pathway.transitions), True])
    for visits in histories.visits:
        state = pathway.states[visits.state]
        if state.health_state in _IN_REMISSION:
            _earlier(firsts["remission"], visits.patients, visits.entered)
        if state.health_state == "hsct":
            _earlier(firsts["hsct"], visits.patients, visits.entered)
        for name, moves in marked.items():
            _earlier_by_move(firsts[name], visits, moves)
        _earlier_by_move(firsts["death"], visits, died)
    out = firsts["death"]
    out[histories.patients[out[histories.patients] >= histories.horizon]] = np.inf


def _marked(pathway: Pathway, name: str) -> Flags:
    """Tell of each move whether it brings an infusion, or is a relapse; the last place is no move."""
    found = np.zeros(len(pathway.transitions) + 1, dtype=np.bool_)
    for number, move in enumerate(pathway.transitions):
        kinds = {event.kind for event in move.events}
        found[number] = "infusion" in kinds if name == "infusion" else _relapses(pathway, number)
    return found


def _relapses(pathway: Pathway, number: int) -> bool:
    """Tell whether a move is a relapse: remission is left for disease, or for salvage that succeeds at once."""
    move = pathway.transitions[number]
    before, after = pathway.states[move.origin], pathway.states[move.destination]
    salvaged = any(event.kind == "salvage" for event in move.events)
    return before.health_state in _IN_REMISSION and (after.health_state == "relapse" or salvaged)


def _earlier(first: Array, who: NDArray[np.intp], when: Array) -> None:
    first[who] = np.minimum(first[who], when)


def _earlier_by_move(first: Array, visits: Visits, moves: Flags) -> None:
    rows = np.flatnonzero(moves.take(visits.moves, mode="wrap"))
    if rows.size:
        _earlier(first, visits.patients.take(rows), visits.left.take(rows))


def _note_lasting(histories: Histories, durable: Flags, cured: Flags) -> None:
    lasting = lasting_states(histories.pathway)
    for visits in histories.visits:
        if lasting[visits.state]:
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
