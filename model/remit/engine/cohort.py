"""The cohort engine: closed form for nearly all draws, stepping for those where rates coincide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.engine.background import Background
from remit.engine.blocks import NARROWEST
from remit.engine.clock import Clock, Scales
from remit.engine.closed_form import doubtful_draws, follow, occupancy_at, shares_at
from remit.engine.stepping import step_over, step_through
from remit.engine.totals import Totals
from remit.pathway.graph import HEALTH_STATES, Pathway

Array = NDArray[np.float64]
Solver = Literal["closed-form", "stepping", "unchecked"]


def follow_cohorts(
    pathways: Sequence[Pathway],
    clock: Clock,
    background: Background,
    scales: Scales,
    *,
    solver: Solver = "closed-form",
) -> tuple[list[Totals], NDArray[np.bool_]]:
    """Follow a cohort through each pathway, all draws at once.

    Parameters
    ----------
    pathways
        With the same epochs and number of draws.
    clock, background, scales
        The grid, background survival on it, and what is counted.
    solver
        ``closed-form`` or ``stepping``; they agree to 1e-8. ``unchecked`` is the closed form without
        the stepping solver for doubtful draws, which are returned.

    Returns
    -------
    totals
        One for each pathway.
    stepped
        (draw,): the draws that belong to the stepping solver, for any of the pathways.
    """
    if solver == "stepping":
        return step_through(pathways, clock, background, scales), np.ones(pathways[0].n_draws, dtype=np.bool_)
    totals, doubtful = follow(pathways, clock, background, scales)
    for number, doubt in enumerate(doubtful if solver == "closed-form" else []):
        draws = np.flatnonzero(doubt)
        if draws.size:
            # The first draw is repeated where there are too few for a block.
            wide = np.append(draws, np.repeat(draws[0], max(NARROWEST - draws.size, 0)))
            stepped = step_through([pathways[number].take(wide)], clock, background.take(wide), scales)
            totals[number] = _patched(totals[number], stepped[0], draws)
    return totals, np.any(np.stack(doubtful), axis=0)


def occupancy_over(pathway: Pathway, times: Array) -> Array:
    """Return occupancy at rising times, background mortality left out, (time, alive state, draw).

    Doubtful draws go through the stepping solver here too.
    """
    doubt = doubtful_draws(pathway)
    over = np.empty((len(times), len(pathway.states) - 1, pathway.n_draws))
    with np.errstate(invalid="ignore", over="ignore"):
        for position, (_, occupancy) in enumerate(occupancy_at(pathway, times)):
            over[position] = occupancy
    if doubt.size:
        over[:, :, doubt] = step_over(pathway.take(doubt), times)
    return over


def shares_over(pathway: Pathway, times: Array, groups: Sequence[Sequence[int]]) -> Array:
    """Return how many are in any state of a group at rising times, background mortality left out.

    The same as sums of :func:`occupancy_over`, many times faster where states and times are many. Rounding
    stays below what sends a draw to the stepping solver, but no longer cancels within a state: where that
    bound is wide, for phases, the states are summed themselves.

    Parameters
    ----------
    pathway, times
        Whose cohort, and when in years.
    groups
        Places of alive states; a state may be in several.

    Returns
    -------
    (time, group, draw) array
    """
    over = np.empty((len(times), len(groups), pathway.n_draws))
    if pathway.phased:
        occupancy = occupancy_over(pathway, times)
        for place, members in enumerate(groups):
            over[:, place] = occupancy[:, list(members)].sum(axis=1)
        return over
    doubt = doubtful_draws(pathway)
    with np.errstate(invalid="ignore", over="ignore"):
        for position, (_, shares) in enumerate(shares_at(pathway, times, groups)):
            over[position] = shares
    if doubt.size:
        stepped = step_over(pathway.take(doubt), times)
        for place, members in enumerate(groups):
            over[:, place, doubt] = stepped[:, list(members)].sum(axis=1)
    return over


def health_state_trace(pathway: Pathway, times: Array, survival: Array) -> Array:
    """Return the share in each reported health state at some times.

    Parameters
    ----------
    pathway
        Whose cohort.
    times
        (time,) rising, in years.
    survival
        (time, draw) background survival.

    Returns
    -------
    (time, health state, draw) array
        Health states in the order relapse, remission, hsct, death; they sum to 1.
    """
    trace = np.zeros((len(times), len(HEALTH_STATES), pathway.n_draws))
    places = [HEALTH_STATES.index(state.health_state) for state in pathway.states[:-1]]
    for position, occupancy in enumerate(occupancy_over(pathway, times)):
        np.add.at(trace[position], places, occupancy * survival[position])
    trace[:, HEALTH_STATES.index("death")] = 1 - trace.sum(axis=1)
    return trace


def _patched(totals: Totals, stepped: Totals, draws: NDArray[np.intp]) -> Totals:
    """Replace some draws of the totals by those of the stepping solver."""
    time = {name: values.copy() for name, values in totals.time.items()}
    moves = {name: values.copy() for name, values in totals.moves.items()}
    alive = totals.alive_at_end.copy()
    for name, values in stepped.time.items():
        time[name][:, draws] = values[:, : draws.size]
    for name, values in stepped.moves.items():
        moves[name][:, draws] = values[:, : draws.size]
    alive[draws] = stepped.alive_at_end[: draws.size]
    return replace(totals, time=time, moves=moves, alive_at_end=alive)
