"""What single patients got and cost: the valuation of a cohort, patient by patient and in continuous time.

Valuation is linear in the time spent and the moves made. So it is asked once what a year in each group of
states, on each profile, and one move of each kind are worth; patients' stays and moves are weighed with that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.economics.integrals import Grid, Integral
from remit.economics.payment import Charges
from remit.economics.scales import Discounting
from remit.economics.valuation import Worth, value
from remit.engine.clock import Clock, Scales
from remit.engine.patients import Histories, Visits
from remit.engine.totals import Totals, counted_transitions, groups_of
from remit.inputs.values import Values
from remit.pathway.graph import Pathway

Array = NDArray[np.float64]
Places = NDArray[np.intp]
MEASURES = ("life_years", "qalys", "costs")
# The group of the dead, and of all who are followed no further.
NOWHERE = -1
# The scales of moves that valuation reads.
_SCALES = ("costs", "effects")


@dataclass(frozen=True)
class StatePrices:
    """What leaving one state is worth.

    Attributes
    ----------
    following
        (transition + 1,): the group that each move leads to; ``NOWHERE`` in the last place, of no move.
    changes
        Next group, if it is another -> one integral a measure, in the order of ``MEASURES``: what the time
        up to the move was worth in the old group, less what it would have been worth in the new one.
    moves
        (rate of discount, place of the measure, worth of each move before discounting, 0 in the last place).
    """

    following: Places
    changes: dict[int, tuple[Integral, ...]]
    moves: tuple[tuple[float, int, Array], ...]


@dataclass(frozen=True)
class PatientPrices:
    """What stays and moves of one pathway are worth, in one draw.

    ``grid`` is that of the profiles; ``start`` (measure,) the worth of time 0, the same for every patient;
    ``states`` are the prices of each alive state.
    """

    grid: Grid
    start: Array
    states: tuple[StatePrices, ...]


def price_patients(
    pathway: Pathway,
    values: Values,
    charges: Charges,
    clock: Clock,
    scales: Scales,
    *,
    discounting: Discounting,
    perspective: str,
    norm_early: float,
) -> PatientPrices:
    """Ask the valuation of a cohort what a unit of everything is worth.

    Costs that the cohort counts as a mean (the friction period of an episode, an instalment that is due of
    patients in remission) are that mean for each patient.

    Parameters
    ----------
    pathway
        Of one draw.
    values
        Prices and utilities of that draw.
    charges, perspective, norm_early
        As for :func:`remit.economics.valuation.value`.
    clock, scales
        The grid on which profiles are taken as straight lines within a step, and the profiles.
    discounting
        Annual rates.
    """
    units = _units(pathway, scales)
    n_units = units.alive_at_end.size
    many = pathway.take(np.zeros(n_units, dtype=np.intp))
    wide = Values({name: values[name][:1] for name in values}, n_units)
    ones = {key: float(np.ravel(share)[0]) for key, share in charges.items()}
    worth = value(many, units, wide, ones, perspective=perspective, norm_early=norm_early)
    each = _measures(worth)
    start, each = each[:, 0], each[:, 1:] - each[:, :1]
    grid = Grid(clock.times)
    states = _states(pathway, grid, _stays(each, units, scales), _moves(pathway, each, units, discounting))
    return PatientPrices(grid, start, states)


def worth_of_patients(histories: Histories, prices: PatientPrices, worth: Array) -> None:
    """Write what patients got and cost into their columns of ``worth``, (measure, block)."""
    worth[:, histories.patients] = prices.start[:, None]
    for visits in histories.visits:
        _add_stays(visits, prices, worth)
        _add_moves(visits, prices, worth)


def _units(pathway: Pathway, scales: Scales) -> Totals:
    """Return totals whose draws are: nothing, then one of each (group, profile), then one of each move."""
    groups, counted = groups_of(pathway)[0], counted_transitions(pathway, scales)
    n_stays = len(groups) * len(scales.profiles)
    n_units = 1 + n_stays + len(_SCALES) * len(counted)
    time = {profile.name: np.zeros((len(groups), n_units)) for profile in scales.profiles}
    for row, group in enumerate(groups):
        for place, profile in enumerate(scales.profiles):
            if profile.counts(group.condition):
                time[profile.name][row, 1 + row * len(scales.profiles) + place] = 1.0
    moves = {scale: np.zeros((len(counted), n_units)) for scale in _SCALES}
    for place, scale in enumerate(_SCALES):
        first = 1 + n_stays + place * len(counted)
        for row, number in enumerate(counted):
            events = pathway.transitions[number].events
            if any(scales.moves[scale].counts(event.kind) for event in events):
                moves[scale][row, first + row] = 1.0
    return Totals(groups, time, moves, counted, np.zeros(n_units))


def _measures(worth: Worth) -> Array:
    return np.stack(
        [np.sum(worth.life_years, axis=0), np.sum(worth.qalys, axis=0), np.sum(worth.costs, axis=0)]
    )


def _states(
    pathway: Pathway, grid: Grid, stays: Array, moves: list[tuple[float, int, Array]]
) -> tuple[StatePrices, ...]:
    group_of = np.append(groups_of(pathway)[1], NOWHERE)
    following = group_of[[*(move.destination for move in pathway.transitions), len(group_of) - 1]]
    leaving: list[list[int]] = [[] for _ in group_of[:-1]]
    for number, move in enumerate(pathway.transitions):
        leaving[move.origin].append(number)
    known: dict[tuple[int, int], tuple[Integral, ...]] = {}
    states = []
    for group, numbers in zip(group_of.tolist(), leaving, strict=False):
        changes = {}
        for new in sorted({NOWHERE, *following[numbers].tolist()} - {group}):
            if (group, new) not in known:
                known[group, new] = tuple(Integral(grid, *ends) for ends in stays[group] - stays[new])
            changes[new] = known[group, new]
        priced = tuple(one for one in moves if np.any(one[2][numbers]))
        states.append(StatePrices(following, changes, priced))
    return tuple(states)


def _stays(each: Array, units: Totals, scales: Scales) -> Array:
    """Return what a year in each group is worth at both ends of each step, (group + 1, measure, end, step).

    The last group is ``NOWHERE``: nothing.
    """
    profiles = [np.stack([profile.at_start, profile.at_end]) for profile in scales.profiles]
    stays = np.zeros((len(units.groups) + 1, len(MEASURES), *profiles[0].shape))
    for group in range(len(units.groups)):
        for row in range(len(MEASURES)):
            for place, profile in enumerate(profiles):
                stays[group, row] += each[row, group * len(profiles) + place] * profile
    return stays


def _moves(
    pathway: Pathway, each: Array, units: Totals, discounting: Discounting
) -> list[tuple[float, int, Array]]:
    """Return what each move is worth on each scale to each measure: see ``StatePrices.moves``."""
    rates = {"costs": discounting.costs, "effects": discounting.qalys}
    counted, found = list(units.counted), []
    for place, scale in enumerate(_SCALES):
        first = each.shape[1] - (len(_SCALES) - place) * len(counted)
        for row in range(len(MEASURES)):
            worth = np.zeros(len(pathway.transitions) + 1)
            worth[counted] = each[row, first : first + len(counted)]
            found.append((rates[scale], row, worth))
    return found


def _add_stays(visits: Visits, prices: PatientPrices, worth: Array) -> None:
    """Add what stays are worth, where they end by a change of groups."""
    own = prices.states[visits.state]
    following = own.following.take(visits.moves, mode="wrap")
    for new, integrals in own.changes.items():
        rows = np.flatnonzero(following == new)
        if rows.size:
            who = visits.patients.take(rows)
            at = prices.grid.locate(visits.left.take(rows))
            for row, integral in enumerate(integrals):
                # A patient comes to a state once, so that no place stands twice.
                worth[row, who] += integral.at(*at)


def _add_moves(visits: Visits, prices: PatientPrices, worth: Array) -> None:
    for rate, row, of_move in prices.states[visits.state].moves:
        amounts = of_move.take(visits.moves, mode="wrap")
        some = np.flatnonzero(amounts)
        if some.size:
            factor = np.exp(-np.log1p(rate) * visits.left.take(some))
            worth[row, visits.patients.take(some)] += amounts.take(some) * factor
