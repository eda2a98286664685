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
from remit.engine.clock import Clock, Scales
from remit.engine.totals import Totals, counted_transitions, groups_of
from remit.pathway.graph import Pathway

Array = NDArray[np.float64]


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
    pairs = np.array(sorted((j, i) for i in range(n_alive) for j in _reachable(pathway, i)), dtype=np.intp)
    starts = np.searchsorted(pairs[:, 0], np.arange(n_alive))
    values = np.ascontiguousarray(probabilities[:, pairs[:, 1], pairs[:, 0]].T)
    return StepProbabilities(pairs[:, 1], starts, values)


def _reachable(pathway: Pathway, origin: int) -> list[int]:
    """Return the alive states that can be reached from a state, itself included."""
    reached = {origin}
    for move in pathway.transitions:  # ordered by origin, and origins stand before destinations
        if move.origin in reached and move.destination < len(pathway.states) - 1:
            reached.add(move.destination)
    return sorted(reached)


def _step_through(pathway: Pathway, clock: Clock, background: Background, scales: Scales) -> Totals:
    groups, group_of = groups_of(pathway)
    counted = counted_transitions(pathway, scales)
    n_draws = pathway.n_draws
    time = {profile.name: np.zeros((len(groups), n_draws)) for profile in scales.profiles}
    moves = {name: np.zeros((len(counted), n_draws)) for name in scales.moves}
    starts = [clock.index(min(t, clock.times[-1])) for t in pathway.epochs]
    steps: dict[tuple[int, float], StepProbabilities] = {}
    occupancy = pathway.initial[:-1]
    for step, length in enumerate(clock.lengths):
        epoch = max(number for number, start in enumerate(starts) if start <= step)
        key = (epoch, round(float(length), 12))
        if key not in steps:
            steps[key] = step_probabilities(pathway, epoch, float(length))
        after = steps[key].move(occupancy)
        left = _moves(pathway, epoch, background, step, occupancy, after)
        for place, number in enumerate(counted):
            for name, scale in scales.moves.items():
                moves[name][place] += left[number] * scale.factors[step]
        by_group = [_grouped(x, group_of, len(groups)) for x in (occupancy, after)]
        for profile in scales.profiles:
            begin = clock.at_start[step] * profile.at_start[step] * background.survival[step]
            end = clock.at_end[step] * profile.at_end[step] * background.survival[step + 1]
            time[profile.name] += by_group[0] * begin + by_group[1] * end
        occupancy = after
    alive = np.sum(occupancy, axis=0) * background.survival[-1]
    return Totals(groups, time, moves, counted, alive)


def _moves(
    pathway: Pathway, epoch: int, background: Background, step: int, before: Array, after: Array
) -> dict[int, Array]:
    """Return the moves of every transition within one step, (draw,) each, by the balance of flows."""
    rise = after * background.survival[step + 1] - before * background.survival[step]
    leaving = pathway.exit_rates(epoch)[:-1] + background.hazard[step]
    time = -rise
    moves: dict[int, Array] = {}
    for number, move in enumerate(pathway.transitions):
        if number == 0 or pathway.transitions[number - 1].origin != move.origin:
            # All that arrives in this state has arrived: its balance gives the time spent in it.
            time[move.origin] /= np.where(leaving[move.origin] > 0, leaving[move.origin], 1.0)
        moves[number] = time[move.origin] * pathway.hazards[epoch, number]
        if move.destination < len(before):
            time[move.destination] += moves[number]
    return moves


def _grouped(occupancy: Array, group_of: NDArray[np.intp], n_groups: int) -> Array:
    total = np.zeros((n_groups, occupancy.shape[1]))
    np.add.at(total, group_of, occupancy)
    return total
