"""What an engine gives back: weighed time in groups of states, and counts of moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        Profile name -> (group, draw): the integral of occupancy x profile, in years x profile.
    moves
        Scale name -> (counted transition, draw): moves x scale.
    counted
        The indices of the transitions counted: those that bring an event.
    alive_at_end
        (draw,) share alive at the horizon.
    """

    groups: tuple[Group, ...]
    time: dict[str, Array]
    moves: dict[str, Array]
    counted: tuple[int, ...]
    alive_at_end: Array


def groups_of(pathway: Pathway) -> tuple[tuple[Group, ...], NDArray[np.intp]]:
    """Return the groups of a pathway's alive states and each alive state's group number."""
    keys = [Group(s.condition, s.health_state, s.therapy) for s in pathway.states[:-1]]
    groups = tuple(dict.fromkeys(keys))
    return groups, np.array([groups.index(key) for key in keys], dtype=np.intp)


def counted_transitions(pathway: Pathway) -> tuple[int, ...]:
    """Return the indices of the transitions that bring an event."""
    return tuple(i for i, move in enumerate(pathway.transitions) if move.events)
