"""The cohort in closed form: occupancy as a sum of exponentials, for all draws at once.

The graph is acyclic, hazards are constant within an epoch and background mortality is common to all
alive states. So x_i(t) = sum_k a_ik exp(-l_k t), l the total exit rates, and in topological order
a_ik = sum_j q_ji a_jk / (l_i - l_k) over the moves j -> i, a_ii = x_i(0) - sum_k a_ik. A total is
coefficients times the transform of its weights at each rate l_k: no stepping through states.

Transforms depend on a rate alone, so that equal rates, of whatever strategy or stratum, share one.
Elementwise operations in a fixed order throughout: a draw's bytes do not depend on its block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.background import Background
from remit.engine.clock import Clock, Scales
from remit.engine.totals import Totals, counted_transitions, groups_of
from remit.pathway.graph import Pathway

Array = NDArray[np.float64]
# Above this error of occupancy a draw goes to the stepping solver. Totals are sums over decades of
# occupancies between 0 and 1, so it keeps them far inside the 1e-8 to which the solvers must agree.
WORST_ERROR = 1e-9


@dataclass(frozen=True)
class Solution:
    """A pathway's occupancy within one epoch.

    ``rates`` (state, draw) per year; ``coefficients[i]`` (ancestor, draw) over ``ancestors[i]``,
    the states that feed state i, itself last.
    """

    rates: Array
    ancestors: list[NDArray[np.intp]]
    coefficients: list[Array]

    def error(self) -> Array:
        """Return a bound of the rounding error of occupancy, (draw,)."""
        worst = np.zeros(self.rates.shape[1])
        for coefficients in self.coefficients:
            worst = np.maximum(worst, np.max(np.abs(coefficients), axis=0))
        return worst * 2e-16


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
        For each pathway (draw,): where two rates of a path nearly coincide, so that rounding may
        exceed ``WORST_ERROR``; such draws belong to the stepping solver.
    """
    epochs = pathways[0].epochs
    bounds = [clock.index(min(t, clock.times[-1])) for t in epochs] + [len(clock.times) - 1]
    sums = [_Sums(pathway, scales) for pathway in pathways]
    occupancy = [pathway.initial[:-1] for pathway in pathways]
    doubtful = [np.zeros(pathway.n_draws, dtype=np.bool_) for pathway in pathways]
    for epoch, (first, last) in enumerate(zip(bounds, bounds[1:], strict=False)):
        if first == last:
            continue
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            solutions = [solve(p, epoch, x) for p, x in zip(pathways, occupancy, strict=True)]
            for doubt, solution in zip(doubtful, solutions, strict=True):
                doubt |= ~(solution.error() <= WORST_ERROR)
            table = _RateTable([solution.rates for solution in solutions])
            transforms = _transform(table.rates, clock, background, scales, first, last)
            for position, solution in enumerate(solutions):
                rows = table.rows[position]
                sums[position].add(epoch, solution, transforms, rows)
                occupancy[position] = _occupancy(solution, transforms.end[rows])
    survival = background.survival[-1]
    return [
        s.totals(np.sum(x, axis=0) * survival) for s, x in zip(sums, occupancy, strict=True)
    ], doubtful


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
    rates = pathway.exit_rates(epoch)[:-1]
    ancestors: list[NDArray[np.intp]] = []
    coefficients: list[Array] = []
    for state, incoming in enumerate(_inflows(pathway, epoch)):
        feeding = [ancestors[origin] for origin in incoming]
        above = np.unique(np.concatenate(feeding)) if feeding else np.zeros(0, dtype=np.intp)
        own = np.zeros((above.size + 1, rates.shape[1]))
        for origin, hazard in incoming.items():
            own[np.searchsorted(above, ancestors[origin])] += hazard * coefficients[origin]
        # Where nothing flows, equal rates (0 / 0) are no cause for doubt.
        apart = rates[state] - rates[above]
        np.divide(own[:-1], apart, out=own[:-1], where=own[:-1] != 0)
        own[-1] = occupancy[state]
        for row in own[:-1]:
            own[-1] -= row
        ancestors.append(np.append(above, state))
        coefficients.append(own)
    return Solution(rates, ancestors, coefficients)


def _inflows(pathway: Pathway, epoch: int) -> list[dict[int, Array]]:
    """Return for each alive state the hazard from each state before it, moves side by side added up."""
    inflows: list[dict[int, Array]] = [{} for _ in pathway.states[:-1]]
    for move, hazard in zip(pathway.transitions, pathway.hazards[epoch], strict=True):
        if move.destination < len(inflows):
            known = inflows[move.destination]
            known[move.origin] = known[move.origin] + hazard if move.origin in known else hazard
    return inflows


def occupancy_at(pathway: Pathway, times: Array) -> Iterator[tuple[float, Array]]:
    """Yield (time, (alive state, draw)) at rising times, background mortality left out."""
    occupancy = pathway.initial[:-1]
    starts = [*pathway.epochs, np.inf]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for epoch, (start, stop) in enumerate(zip(starts, starts[1:], strict=False)):
            solution = solve(pathway, epoch, occupancy)
            for time in times[(times >= start) & (times < stop)]:
                yield float(time), _occupancy(solution, np.exp(-solution.rates * (time - start)))
            if np.isfinite(stop):
                occupancy = _occupancy(solution, np.exp(-solution.rates * (stop - start)))


@dataclass(frozen=True)
class _Transforms:
    """For each distinct rate: weighed integrals of exp(-rate t), and its value at the epoch's end."""

    time: dict[str, Array]
    moves: dict[str, Array]
    end: Array


class _RateTable:
    """The distinct rates of all pathways, each row once, and where each pathway's rows stand."""

    def __init__(self, all_rates: list[Array]) -> None:
        known: dict[bytes, int] = {}
        unique: list[Array] = []
        self.rows: list[NDArray[np.intp]] = []
        for rates in all_rates:
            places = []
            for row in rates:
                key = row.tobytes()
                if key not in known:
                    known[key] = len(unique)
                    unique.append(row)
                places.append(known[key])
            self.rows.append(np.array(places, dtype=np.intp))
        self.rates = np.stack(unique)


def _transform(
    rates: Array, clock: Clock, background: Background, scales: Scales, first: int, last: int
) -> _Transforms:
    """Weigh exp(-rate t) over the steps from ``first`` to ``last``, t counted from ``first``."""
    weights = {}
    for profile in scales.profiles:
        weight = np.zeros(last - first + 1)
        weight[:-1] += (clock.at_start * profile.at_start)[first:last]
        weight[1:] += (clock.at_end * profile.at_end)[first:last]
        if np.any(weight):
            weights[profile.name] = weight
    time = {name: np.zeros_like(rates) for name in weights}
    moves = {name: np.zeros_like(rates) for name in scales.moves}
    decay = np.ones_like(rates)
    scratch, within = np.empty_like(rates), np.empty_like(rates)
    length, factor = -1.0, decay
    for step in range(first, last + 1):
        survival = background.survival[step]
        for name, weight in weights.items():
            np.multiply(decay, survival * weight[step - first], out=scratch)
            time[name] += scratch
        if step == last:
            break
        if abs(clock.lengths[step] - length) > 1e-12:
            length = clock.lengths[step]
            factor = np.exp(-rates * length)
        _within_step(rates, factor, background, step, out=within, scratch=scratch)
        within *= decay
        for name, scale in scales.moves.items():
            np.multiply(within, survival * scale[step], out=scratch)
            moves[name] += scratch
        decay *= factor
    return _Transforms(time, moves, decay)


def _within_step(
    rates: Array, factor: Array, background: Background, step: int, *, out: Array, scratch: Array
) -> None:
    """Integrate exp(-(rate + background hazard) t) over a step, into ``out``."""
    np.multiply(factor, background.ratio[step], out=out)
    np.subtract(1.0, out, out=out)
    np.add(rates, background.hazard[step], out=scratch)
    # Nothing ever leaves a state of rate 0, so its moves count nothing: keep 0 / 0 out.
    np.maximum(scratch, 1e-300, out=scratch)
    np.divide(out, scratch, out=out)


def _occupancy(solution: Solution, decay: Array) -> Array:
    rows = [
        np.einsum("kd,kd->d", a, decay[k])
        for a, k in zip(solution.coefficients, solution.ancestors, strict=True)
    ]
    return np.stack(rows)


class _Sums:
    """The totals of one pathway as its epochs come in."""

    def __init__(self, pathway: Pathway, scales: Scales) -> None:
        self._pathway = pathway
        self._groups, self._group_of = groups_of(pathway)
        self._counted = counted_transitions(pathway)
        shape = (len(self._groups), pathway.n_draws)
        self._time = {profile.name: np.zeros(shape) for profile in scales.profiles}
        self._moves = {name: np.zeros((len(self._counted), pathway.n_draws)) for name in scales.moves}

    def add(self, epoch: int, solution: Solution, transforms: _Transforms, rows: NDArray[np.intp]) -> None:
        """Add what happens within one epoch."""
        for group in range(len(self._groups)):
            members = np.flatnonzero(self._group_of == group)
            above = np.unique(np.concatenate([solution.ancestors[i] for i in members]))
            combined = np.zeros((above.size, solution.rates.shape[1]))
            for i in members:
                combined[np.searchsorted(above, solution.ancestors[i])] += solution.coefficients[i]
            for name, transform in transforms.time.items():
                self._time[name][group] += np.einsum("kd,kd->d", combined, transform[rows[above]])
        origins: dict[int, dict[str, Array]] = {}
        for place, number in enumerate(self._counted):
            origin = self._pathway.transitions[number].origin
            if origin not in origins:
                a, k = solution.coefficients[origin], rows[solution.ancestors[origin]]
                origins[origin] = {
                    name: np.einsum("kd,kd->d", a, transform[k]) for name, transform in transforms.moves.items()
                }
            for name, left in origins[origin].items():
                self._moves[name][place] += self._pathway.hazards[epoch, number] * left

    def totals(self, alive_at_end: Array) -> Totals:
        """Return what was summed."""
        return Totals(self._groups, self._time, self._moves, self._counted, alive_at_end)
