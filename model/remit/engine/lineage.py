"""Which states feed which: the part of a solution that is the same for all draws and epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from remit.pathway.graph import Pathway

Moves = tuple[tuple[int, int], ...]
Run = tuple[slice, slice]


def lineage_of(pathway: Pathway) -> Lineage:
    """Return the lineage of a pathway; those of the same graph, in blocks and strata, share it."""
    moves = tuple((move.origin, move.destination) for move in pathway.transitions)
    return _lineage(len(pathway.states) - 1, moves)


@lru_cache(maxsize=64)
def _lineage(n_alive: int, moves: Moves) -> Lineage:
    return Lineage(n_alive, moves)


@dataclass(frozen=True)
class Inflow:
    """The moves from one state into another, and where the origin's ancestors stand among its own."""

    origin: int
    moves: tuple[int, ...]
    runs: list[Run]


class Lineage:
    """The ancestors of each alive state and the moves into it.

    Attributes
    ----------
    exits
        The origin of each move.
    ancestors
        For each state those from which it can be reached, rising, itself last.
    inflows
        For each state its inflows.
    runs
        ``ancestors`` as slices.
    """

    def __init__(self, n_alive: int, moves: Moves) -> None:
        self.exits = [origin for origin, _ in moves]
        between: list[dict[int, tuple[int, ...]]] = [{} for _ in range(n_alive)]
        for number, (origin, destination) in enumerate(moves):
            if destination < n_alive:
                known = between[destination]
                known[origin] = (*known.get(origin, ()), number)
        self.ancestors: tuple[NDArray[np.intp], ...] = ()
        self.inflows: list[list[Inflow]] = []
        for state, inflows in enumerate(between):
            feeding = [self.ancestors[origin] for origin in inflows]
            above = np.unique(np.concatenate([np.zeros(0, dtype=np.intp), *feeding]))
            self.inflows.append(
                [
                    Inflow(origin, numbers, _runs(np.flatnonzero(np.isin(above, self.ancestors[origin]))))
                    for origin, numbers in inflows.items()
                ]
            )
            self.ancestors += (np.append(above, state),)
        self.runs = [_runs(above) for above in self.ancestors]


def _runs(places: NDArray[np.intp]) -> list[Run]:
    """Return rising places as (slice of the places, slice of their list): slices need no copy."""
    cuts = [0, *(np.flatnonzero(np.diff(places) != 1) + 1).tolist(), len(places)]
    return [(slice(int(places[a]), int(places[b - 1]) + 1), slice(a, b)) for a, b in pairwise(cuts)]
