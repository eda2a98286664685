"""The cohort step by step: exact transition probabilities of each step, several moves within it included.

Transition probabilities are background survival of the step x expm(Q x step). Moves within a step
follow from the balance of flows: what leaves a state is what came in, less the rise of its
occupancy, less its background deaths. It checks the closed form, and takes over the draws in which two
rates nearly coincide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.background import Background
from remit.engine.blocks import draw_slices
from remit.engine.clock import Clock, Scales, epoch_bounds
from remit.engine.lineage import lineage_of
from remit.engine.totals import Sums, Totals
from remit.pathway.graph import Pathway

Array = NDArray[np.float64]
# Draws whose trace is kept at once.
WIDTH = 128


@dataclass(frozen=True)
class StepProbabilities:
    """The non-zero probabilities of a step between alive states, background mortality left out.

    ``origins`` and ``values`` (pair, draw) are ordered by destination; ``starts`` says where each
    destination's pairs begin.
    """

    origins: NDArray[np.intp]
    starts: NDArray[np.intp]
    values: Array

    def move(self, occupancy: Array) -> Array:
        """Return occupancy one step later, (alive state, draw)."""
        return np.asarray(np.add.reduceat(occupancy[self.origins] * self.values, self.starts, axis=0))


def step_through(
    pathways: Sequence[Pathway], clock: Clock, background: Background, scales: Scales
) -> list[Totals]:
    """Follow several cohorts through their pathways step by step.

    Parameters and totals are those of :func:`remit.engine.closed_form.follow`.
    """
    return [_step_through(pathway, clock, background, scales) for pathway in pathways]


def step_over(pathway: Pathway, times: Array) -> Array:
    """Return occupancy at rising times, background mortality left out, (time, alive state, draw)."""
    over = np.empty((len(times), len(pathway.states) - 1, pathway.n_draws))
    occupancy, now = pathway.initial[:-1], 0.0
    steps: dict[tuple[int, float], StepProbabilities] = {}
    for position, time in enumerate(times):
        for epoch, start in enumerate(pathway.epochs):
            stop = pathway.epochs[epoch + 1] if epoch + 1 < len(pathway.epochs) else np.inf
            length = min(float(time), stop) - max(now, start)
            if length > 0:
                key = (epoch, round(length, 12))
                if key not in steps:
                    steps[key] = step_probabilities(pathway, epoch, length)
                occupancy = steps[key].move(occupancy)
        over[position], now = occupancy, float(time)
    return over


def step_probabilities(pathway: Pathway, epoch: int, length: float) -> StepProbabilities:
    """Return expm(Q x length) among the alive states of a pathway, in exact competition.

    Parameters
    ----------
    pathway, epoch
        Whose hazards.
    length
        Of the step, in years.
    """
    from scipy.linalg import expm
    from threadpoolctl import threadpool_limits

    n_alive = len(pathway.states) - 1
    generator = np.zeros((pathway.n_draws, n_alive, n_alive))
    rates = pathway.exit_rates(epoch)[:-1]
    generator[:, np.arange(n_alive), np.arange(n_alive)] = -rates.T
    for number, move in enumerate(pathway.transitions):
        if move.destination < n_alive:
            generator[:, move.origin, move.destination] += pathway.hazards[epoch, number]
    # On matrices this small, BLAS threads cost fifty times what they save.
    with threadpool_limits(1, user_api="blas"):
        probabilities = expm(generator * length)
    ancestors = lineage_of(pathway).ancestors
    sizes = [len(origins) for origins in ancestors]
    origins, destinations = np.concatenate(ancestors), np.repeat(np.arange(n_alive), sizes)
    values = np.ascontiguousarray(probabilities[:, origins, destinations].T)
    return StepProbabilities(origins, np.cumsum([0, *sizes[:-1]]), values)


def _step_through(pathway: Pathway, clock: Clock, background: Background, scales: Scales) -> Totals:
    sums = Sums(pathway, scales)
    for part in draw_slices(pathway.n_draws, WIDTH):
        draws = np.arange(part.start, part.stop)
        some, survival = pathway.take(draws), background.take(draws)
        trace = _trace(some, clock)
        _add_time(sums, draws, trace * survival.survival, clock, scales)
        for epoch, (first, last) in enumerate(epoch_bounds(pathway.epochs, clock)):
            if first < last:
                spent = _time_spent(some, epoch, trace, survival, first, last)
                _add_moves(sums, draws, some.hazards[epoch], spent, scales, first, last)
        sums.alive_at_end[draws] = np.sum(trace[:, -1], axis=0) * survival.survival[-1]
    return sums.totals(np.zeros(pathway.n_draws, dtype=np.bool_))


def _trace(pathway: Pathway, clock: Clock) -> Array:
    """Return occupancy, (alive state, grid point, draw), background mortality left out."""
    trace = np.empty((len(pathway.states) - 1, len(clock.times), pathway.n_draws))
    trace[:, 0] = pathway.initial[:-1]
    lengths: list[float] = clock.lengths.tolist()
    for epoch, (first, last) in enumerate(epoch_bounds(pathway.epochs, clock)):
        steps: dict[float, StepProbabilities] = {}
        for step in range(first, last):
            length = round(lengths[step], 12)
            if length not in steps:
                steps[length] = step_probabilities(pathway, epoch, lengths[step])
            trace[:, step + 1] = steps[length].move(trace[:, step])
    return trace


def _add_time(sums: Sums, draws: NDArray[np.intp], alive: Array, clock: Clock, scales: Scales) -> None:
    """Add the weighed time in each group of states; ``alive`` is (state, grid point, draw)."""
    for group, members in enumerate(sums.members):
        together = np.sum(alive[members], axis=0)
        for profile in scales.profiles:
            if profile.name in sums.profiles[group]:
                begin, end = clock.at_start * profile.at_start, clock.at_end * profile.at_end
                weighed = np.einsum("k,kd->d", begin, together[:-1]) + np.einsum("k,kd->d", end, together[1:])
                sums.time[profile.name][group, draws] += weighed


def _time_spent(
    pathway: Pathway, epoch: int, trace: Array, background: Background, first: int, last: int
) -> Array:
    """Return the time in each state within each step by the balance of flows, (alive state, step, draw)."""
    alive = trace[:, first : last + 1] * background.survival[first : last + 1]
    time = alive[:, :-1] - alive[:, 1:]
    leaving = pathway.exit_rates(epoch)[:-1, None] + background.hazard[first:last]
    for number, move in enumerate(pathway.transitions):
        if number == 0 or pathway.transitions[number - 1].origin != move.origin:
            # All that arrives in this state has arrived: its balance gives the time spent in it.
            time[move.origin] /= np.where(leaving[move.origin] > 0, leaving[move.origin], 1.0)
        if move.destination < len(time):
            time[move.destination] += time[move.origin] * pathway.hazards[epoch, number]
    return time


def _add_moves(
    sums: Sums, draws: NDArray[np.intp], hazards: Array, spent: Array, scales: Scales, first: int, last: int
) -> None:
    """Add the weighed moves within one epoch."""
    for name, by_origin in sums.places.items():
        factors = scales.moves[name].factors[first:last]
        for origin, places in by_origin.items():
            weighed = np.einsum("k,kd->d", factors, spent[origin])
            for place, number in places:
                sums.moves[name][place, draws] += hazards[number] * weighed
