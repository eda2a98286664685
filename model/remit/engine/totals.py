"""What an engine gives back: weighed time in groups of states, and counts of moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.clock import MoveScale, Scales
from remit.pathway.graph import Condition, HealthState, Pathway

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """States that are valued alike: one condition under one therapy."""

    condition: Condition
    health_state: HealthState
    therapy: str


@dataclass(frozen=True)
class Totals:
    """Weighed time and moves of one cohort over the horizon.

    Attributes
    ----------
    groups
        The groups of alive states.
    time
        Profile name -> (group, draw): the integral of occupancy x profile, in years x profile; 0 for
        conditions for which the profile does not count.
    moves
        Scale name -> (counted transition, draw): moves x scale; 0 where the scale does not count it.
    counted
        The indices of the transitions counted: those that bring an event which some scale counts.
    alive_at_end
        (draw,) share alive at the horizon.
    """

    groups: tuple[Group, ...]
    time: dict[str, Array]
    moves: dict[str, Array]
    counted: tuple[int, ...]
    alive_at_end: Array


class Sums:
    """The totals of one pathway as they come in, and what is to be counted for whom.

    Attributes
    ----------
    members
        The alive states of each group.
    profiles
        The names of the profiles that count for each group.
    places
        Scale name -> origin -> (place among the counted, number) of the transitions that count on it.
    """

    def __init__(self, pathway: Pathway, scales: Scales) -> None:
        self._groups, group_of = groups_of(pathway)
        self._counted = counted_transitions(pathway, scales)
        self.members = [np.flatnonzero(group_of == group) for group in range(len(self._groups))]
        self.profiles = [
            [profile.name for profile in scales.profiles if profile.counts(group.condition)]
            for group in self._groups
        ]
        self.places = {name: self._by_origin(pathway, scale) for name, scale in scales.moves.items()}
        n_draws = pathway.n_draws
        self.time = {profile.name: np.zeros((len(self._groups), n_draws)) for profile in scales.profiles}
        self.moves = {name: np.zeros((len(self._counted), n_draws)) for name in scales.moves}
        self.alive_at_end = np.zeros(n_draws)

    def _by_origin(self, pathway: Pathway, scale: MoveScale) -> dict[int, list[tuple[int, int]]]:
        places: dict[int, list[tuple[int, int]]] = {}
        for place, number in enumerate(self._counted):
            move = pathway.transitions[number]
            if any(scale.counts(event.kind) for event in move.events):
                places.setdefault(move.origin, []).append((place, number))
        return places

    def totals(self, doubtful: NDArray[np.bool_]) -> Totals:
        """Return what was summed, with NaN instead of it in doubtful draws, (draw,)."""
        for sums in (*self.time.values(), *self.moves.values(), self.alive_at_end):
            sums[..., doubtful] = np.nan
        return Totals(self._groups, self.time, self.moves, self._counted, self.alive_at_end)


def groups_of(pathway: Pathway) -> tuple[tuple[Group, ...], NDArray[np.intp]]:
    """Return the groups of a pathway's alive states and each alive state's group number."""
    keys = [Group(s.condition, s.health_state, s.therapy) for s in pathway.states[:-1]]
    groups = tuple(dict.fromkeys(keys))
    return groups, np.array([groups.index(key) for key in keys], dtype=np.intp)


def counted_transitions(pathway: Pathway, scales: Scales) -> tuple[int, ...]:
    """Return the indices of the transitions that bring an event which some scale counts."""
    return tuple(
        number
        for number, move in enumerate(pathway.transitions)
        if any(scale.counts(event.kind) for event in move.events for scale in scales.moves.values())
    )
