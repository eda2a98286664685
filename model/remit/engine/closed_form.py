"""The cohort in closed form: occupancy as a sum of exponentials, for all draws at once.

The graph is acyclic, hazards are constant within an epoch and background mortality is common to all
alive states. So x_i(t) = sum_k a_ik exp(-l_k t), l the total exit rates, and in topological order
a_ik = sum_j q_ji a_jk / (l_i - l_k) over the moves j -> i, a_ii = x_i(0) - sum_k a_ik. A total is
coefficients times the transform of its weights at each rate l_k: no stepping through states.

Elementwise operations in a fixed order throughout: a draw's bytes do not depend on its block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from remit.engine.background import Background
from remit.engine.blocks import draw_slices
from remit.engine.clock import Clock, Scales, epoch_bounds
from remit.engine.lineage import Inflow, Lineage, lineage_of
from remit.engine.totals import Sums, Totals
from remit.engine.transforms import RateTable, Transforms, transform
from remit.pathway.graph import Pathway

Array = NDArray[np.float64]
# Above this error of occupancy a draw goes to the stepping solver. Totals are sums over decades of
# occupancies between 0 and 1, so it keeps them far inside the 1e-8 to which the solvers must agree.
WORST_ERROR = 1e-9
# The phases of a relapse time that is not exponential stand for a curve to which they are fitted to about
# 1e-3, with large weights of both signs: more is no use there.
WORST_ERROR_OF_PHASES = 1e-6
# Draws that are followed at once: enough to make a call of numpy worth it, few enough for the cache.
WIDTH = 1250


@dataclass(frozen=True)
class Solution:
    """A pathway's occupancy within one epoch.

    ``rates`` (state, draw) per year; ``coefficients[i]`` (ancestor, draw) over ``ancestors[i]``,
    the states that feed state i, itself last; ``together`` holds those of all states.
    """

    rates: Array
    ancestors: tuple[NDArray[np.intp], ...]
    coefficients: tuple[Array, ...]
    together: Array

    def error(self, worst: float = WORST_ERROR) -> Array:
        """Return a bound of the rounding error of occupancy, (draw,): 2e-16 of the largest coefficient.

        The root of their sum of squares is a looser one, in one pass; only where it is not enough is
        the largest one looked up.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            bound = np.sqrt(np.einsum("kd,kd->d", self.together, self.together)) * 2e-16
        for draw in np.flatnonzero(~(bound <= worst)):
            bound[draw] = np.max(np.abs(self.together[:, draw])) * 2e-16
        return np.asarray(bound)

    def occupancy(self, decay: Array) -> Array:
        """Return occupancy (state, draw) where each rate has decayed to ``decay`` (state, draw)."""
        terms = zip(self.coefficients, self.ancestors, strict=True)
        return np.stack([np.einsum("kd,kd->d", a, decay[k]) for a, k in terms])


def follow(
    pathways: Sequence[Pathway], clock: Clock, background: Background, scales: Scales
) -> tuple[list[Totals], list[NDArray[np.bool_]]]:
    """Follow several cohorts through their pathways in closed form.

    Parameters
    ----------
    pathways
        With the same epochs and number of draws.
    clock, background, scales
        The grid, background survival on it, and what is counted.

    Returns
    -------
    totals
        One for each pathway.
    doubtful
        For each pathway (draw,): where two rates of a path nearly coincide, so that rounding may exceed
        what ``worst_error`` allows; such draws belong to the stepping solver, and their totals are NaN.
    """
    lineages = [lineage_of(pathway) for pathway in pathways]
    sums = [Sums(pathway, scales) for pathway in pathways]
    doubtful = [np.zeros(pathway.n_draws, dtype=np.bool_) for pathway in pathways]
    for draws in draw_slices(pathways[0].n_draws, WIDTH):
        some = background.take(draws)
        occupancy = [pathway.initial[:-1, draws] for pathway in pathways]
        for epoch, (first, last) in enumerate(epoch_bounds(pathways[0].epochs, clock)):
            if first == last:
                continue
            hazards = [pathway.hazards[epoch][:, draws] for pathway in pathways]
            solutions = [_solve(*each) for each in zip(lineages, hazards, occupancy, strict=True)]
            table = RateTable([solution.rates for solution in solutions])
            transforms = transform(table.rates, clock, some, scales, first, last)
            for place, (solution, rows) in enumerate(zip(solutions, table.rows, strict=True)):
                worst = worst_error(pathways[place])
                doubtful[place][draws] |= ~(solution.error(worst) <= worst)
                # Coefficients of doubtful draws may be infinite.
                with np.errstate(invalid="ignore", over="ignore"):
                    _add_time(sums[place], draws, lineages[place], solution, transforms, rows)
                    _add_moves(sums[place], draws, hazards[place], solution, transforms, rows)
                    occupancy[place] = solution.occupancy(transforms.end[rows])
        for one, x in zip(sums, occupancy, strict=True):
            one.alive_at_end[draws] = np.sum(x, axis=0) * some.survival[-1]
    return [one.totals(doubt) for one, doubt in zip(sums, doubtful, strict=True)], doubtful


def solve(pathway: Pathway, epoch: int, occupancy: Array) -> Solution:
    """Return the coefficients of each state's exponentials, from its occupancy at the epoch's start.

    Parameters
    ----------
    pathway
        States in topological order.
    epoch
        Which epoch's hazards.
    occupancy
        (alive state, draw), background mortality left out.
    """
    return _solve(lineage_of(pathway), pathway.hazards[epoch], occupancy)


def doubtful_draws(pathway: Pathway) -> NDArray[np.intp]:
    """Return the draws in which two rates of a path nearly coincide, in any epoch."""
    occupancy, doubt = pathway.initial[:-1], np.zeros(pathway.n_draws, dtype=np.bool_)
    worst = worst_error(pathway)
    for epoch in range(len(pathway.epochs)):
        # The bound hangs on the rates alone, so the first epoch's occupancy serves for all.
        doubt |= ~(solve(pathway, epoch, occupancy).error(worst) <= worst)
    return np.flatnonzero(doubt)


def worst_error(pathway: Pathway) -> float:
    """Return the rounding error of occupancy above which a draw goes to the stepping solver."""
    return WORST_ERROR_OF_PHASES if pathway.phased else WORST_ERROR


def occupancy_at(pathway: Pathway, times: Array) -> Iterator[tuple[float, Array]]:
    """Yield (time, (alive state, draw)) at rising times, background mortality left out."""
    occupancy = pathway.initial[:-1]
    starts = [*pathway.epochs, np.inf]
    for epoch, (start, stop) in enumerate(pairwise(starts)):
        solution = solve(pathway, epoch, occupancy)
        for time in times[(times >= start) & (times < stop)]:
            yield float(time), solution.occupancy(np.exp(-solution.rates * (time - start)))
        if np.isfinite(stop):
            occupancy = solution.occupancy(np.exp(-solution.rates * (stop - start)))


def shares_at(
    pathway: Pathway, times: Array, groups: Sequence[Sequence[int]]
) -> Iterator[tuple[float, list[Array]]]:
    """Yield (time, a (draw,) for each group) at rising times: how many are in any state of a group.

    The coefficients of a group's states are summed once, instead of its states at every time.
    """
    lineage, occupancy = lineage_of(pathway), pathway.initial[:-1]
    starts = [*pathway.epochs, np.inf]
    for epoch, (start, stop) in enumerate(pairwise(starts)):
        solution = solve(pathway, epoch, occupancy)
        together = [_together(lineage, solution, members) for members in groups]
        for time in times[(times >= start) & (times < stop)]:
            decay = np.exp(-solution.rates * (time - start))
            yield float(time), [np.einsum("kd,kd->d", of_group, decay) for of_group in together]
        if np.isfinite(stop):
            occupancy = solution.occupancy(np.exp(-solution.rates * (stop - start)))


def _together(lineage: Lineage, solution: Solution, members: Sequence[int]) -> Array:
    """Return the coefficients of all of a group's states together, (state, draw)."""
    summed = np.zeros_like(solution.rates)
    for i in members:
        for to, of in lineage.runs[i]:
            summed[to] += solution.coefficients[i][of]
    return summed


def _solve(lineage: Lineage, hazards: Array, occupancy: Array) -> Solution:
    rates = np.zeros_like(occupancy)
    for origin, hazard in zip(lineage.exits, hazards, strict=True):
        rates[origin] += hazard
    sizes = [len(ancestors) for ancestors in lineage.ancestors]
    ends = np.cumsum(sizes)
    together = np.empty((int(ends[-1]), rates.shape[1]))
    coefficients = tuple(together[end - size : end] for size, end in zip(sizes, ends, strict=True))
    scratch = np.empty((max(sizes), rates.shape[1]))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for state, own in enumerate(coefficients):
            fed, above = own[:-1], lineage.ancestors[state][:-1]
            _collect(lineage.inflows[state], hazards, coefficients, out=fed, scratch=scratch)
            apart = np.take(rates, above, axis=0, out=scratch[: len(above)], mode="clip")
            np.subtract(rates[state], apart, out=apart)
            np.divide(fed, apart, out=fed)
            np.sum(fed, axis=0, out=own[-1])
            if np.isnan(own[-1]).any():
                # Where nothing flows, equal rates (0 / 0) are no cause for doubt.
                fed[np.isnan(fed)] = 0.0
                np.sum(fed, axis=0, out=own[-1])
            np.subtract(occupancy[state], own[-1], out=own[-1])
    return Solution(rates, lineage.ancestors, coefficients, together)


def _collect(
    inflows: list[Inflow], hazards: Array, coefficients: tuple[Array, ...], *, out: Array, scratch: Array
) -> None:
    """Sum hazard x coefficients over the inflows of a state, into ``out``."""
    if len(inflows) != 1:
        out[:] = 0.0
    for inflow in inflows:
        hazard = hazards[inflow.moves[0]]
        for number in inflow.moves[1:]:
            hazard = hazard + hazards[number]
        if len(inflows) == 1:
            np.multiply(coefficients[inflow.origin], hazard, out=out)
        else:
            origin = coefficients[inflow.origin]
            flow = np.multiply(origin, hazard, out=scratch[: len(origin)])
            for to, of in inflow.runs:
                out[to] += flow[of]


def _add_time(
    sums: Sums,
    draws: slice,
    lineage: Lineage,
    solution: Solution,
    transforms: Transforms,
    rows: NDArray[np.intp],
) -> None:
    """Add the weighed time that each group of states spends within one epoch."""
    time = transforms.time[:, rows]
    combined = np.empty_like(solution.rates)
    for group, members in enumerate(sums.members):
        top = members[-1] + 1
        combined[:top] = 0.0
        for i in members:
            for to, of in lineage.runs[i]:
                combined[to] += solution.coefficients[i][of]
        weighed: dict[int, Array] = {}
        for name in sums.profiles[group]:
            weight = transforms.weight_of.get(name)
            if weight is None:
                continue
            if weight not in weighed:
                weighed[weight] = np.einsum("kd,kd->d", combined[:top], time[weight, :top])
            sums.time[name][group, draws] += weighed[weight]


def _add_moves(
    sums: Sums,
    draws: slice,
    hazards: Array,
    solution: Solution,
    transforms: Transforms,
    rows: NDArray[np.intp],
) -> None:
    """Add the weighed moves within one epoch: hazard x weighed time in the state of origin."""
    for scale, (name, by_origin) in enumerate(sums.places.items()):
        for origin, places in by_origin.items():
            left = transforms.moves[scale, rows[solution.ancestors[origin]]]
            spent = np.einsum("kd,kd->d", solution.coefficients[origin], left)
            for place, number in places:
                sums.moves[name][place, draws] += hazards[number] * spent
