"""The floor plan of a clinic: where places and queues stand in a picture, in pixels from the upper left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.film import ClinicFilm

Array = NDArray[np.float64]
WIDTH, HEAD, ROW, FOOT, LEAST = 880, 104, 48, 52, 420
# Where queues end, and between what places stand.
QUEUE, DOOR, CELLS = (172.0, 362.0), 376.0, (390.0, 590.0)
_LARGEST, _SMALLEST, _SPOT, _EDGE = 19.0, 6.0, 9.0, 5.0
_LINES = 3  # of places of one resource


@dataclass(frozen=True)
class Places:
    """The places of one resource: centres of cells (place, 2) and their size; no cells, but a bar, of many.

    ``number`` is that of the resource, ``most`` how many places there are when all are open.
    """

    number: int
    y: float
    most: int
    cells: Array
    size: float


@dataclass(frozen=True)
class Queue:
    """A queue: centres of spots (spot, 2) from the door on; ``number`` is that of its first resource.

    ``height`` is that of the door.
    """

    number: int
    y: float
    height: float
    spots: Array


@dataclass(frozen=True)
class Floor:
    """A whole floor plan; ``height`` in pixels."""

    height: int
    places: tuple[Places, ...]
    queues: tuple[Queue, ...]


def floor_of(film: ClinicFilm) -> Floor:
    """Return the floor plan of a clinic: resources from above in the order in which patients meet them."""
    middles = [HEAD + ROW * (number + 0.5) for number in range(len(film.resources))]
    places = tuple(
        _places(number, middles[number], int(film.places[number].max())) for number in range(len(middles))
    )
    queues = []
    for first, last in _of_one_use(film.resources):
        y = (middles[first] + middles[last]) / 2
        most, room = int(film.queue[first].max()), ROW * (last - first + 1) - 2 * _EDGE
        queues.append(Queue(first, y, room, _spots(most, y, room)))
    return Floor(max(HEAD + ROW * len(middles) + FOOT, LEAST), places, tuple(queues))


def _of_one_use(resources: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield the first and last number of the resources of each use, which share a queue."""
    uses = [name.partition(" ")[0] for name in resources]
    for use in dict.fromkeys(uses):
        numbers = [number for number, other in enumerate(uses) if other == use]
        yield numbers[0], numbers[-1]


def _places(number: int, y: float, most: int) -> Places:
    width, height = CELLS[1] - CELLS[0], ROW - 2 * _EDGE
    sizes = {n: min(_LARGEST, width / max(-(-most // n), 1), height / n) for n in range(1, _LINES + 1)}
    lines = max(sizes, key=lambda n: (sizes[n], -n))
    best = sizes[lines]
    if best < _SMALLEST:
        return Places(number, y, most, np.empty((0, 2)), _LARGEST)
    across = -(-most // lines)
    at = np.arange(most)
    x = CELLS[0] + (at % across + 0.5) * best
    down = y + (at // across - (lines - 1) / 2) * best
    return Places(number, y, most, np.column_stack([x, down]), best)


def _spots(most: int, y: float, room: float) -> Array:
    """Return the spots of a queue, as many as there is room for, column by column from the door."""
    across = int((QUEUE[1] - QUEUE[0]) // _SPOT)
    lines = min(max(-(-most // across), 1), int(room // _SPOT))
    at = np.arange(min(most, across * lines))
    x = QUEUE[1] - (at // lines + 0.5) * _SPOT
    down = y + (at % lines - (lines - 1) / 2) * _SPOT
    return np.column_stack([x, down])
