"""How a clinic serves its patients: waits, queues, and places held, from the places that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.journeys import Uses
from remit.engine.resources import USES, Resources, Site, Use

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A resource as tables name it: one use, at one of its sites."""

    name: str
    use: Use
    number: int
    site: Site


def columns_of(resources: Resources) -> list[Column]:
    """Return the resources of a clinic as tables name them; with the site where a use has several."""
    return [
        Column(use if len(resources[use]) == 1 else f"{use} {site.name}", use, number, site)
        for use in USES
        if use in resources
        for number, site in enumerate(resources[use])
    ]


def queue_and_held(uses: Uses, columns: list[Column], times: Array) -> tuple[Array, Array]:
    """Return how many wait for each resource, and how many of its places are held, (resource, time) each."""
    queue, held = np.zeros((2, len(columns), times.size))
    for row, column in enumerate(columns):
        own = uses.use == USES.index(column.use)
        queue[row] = _present(uses.asked[own], _served(uses)[own], times)
        own &= uses.site == column.number
        held[row] = _present(uses.granted[own], uses.released[own], times)
    return queue, held


def open_places(columns: list[Column], times: Array) -> Array:
    """Return how many places of each resource take somebody in, (resource, time)."""
    return np.array(
        [
            [float(column.site.places * (column.site.opens(time) == time)) for time in times]
            for column in columns
        ]
    ).reshape(len(columns), times.size)


def service_of(
    uses: Uses, columns: list[Column], *, counted: slice, window: tuple[float, float]
) -> dict[str, Array]:
    """Return the measures of ``results.SERVICE``, (resource,) each.

    Parameters
    ----------
    uses, columns
        Places asked for, and the resources.
    counted
        The patients of whom waits are reported.
    window
        Years over which queues and places held are averaged.
    """
    rows = [dict(_measures(uses, column, counted, window)) for column in columns]
    return {name: np.array([row[name] for row in rows]) for name in (rows[0] if rows else {})}


def _measures(
    uses: Uses, column: Column, counted: slice, window: tuple[float, float]
) -> Iterator[tuple[str, float]]:
    of_use, served = uses.use == USES.index(column.use), _served(uses)
    own = of_use & (uses.patient >= counted.start) & (uses.patient < counted.stop)
    had = own & np.isfinite(uses.granted)
    waits = uses.granted[had] - uses.asked[had]
    asked = int(own.sum())
    yield "asked", float(asked)
    yield "wait", float(waits.mean()) if waits.size else np.nan
    yield "wait_90", float(np.quantile(waits, 0.9)) if waits.size else np.nan
    yield "share_waited", float((served > uses.asked)[own].mean()) if asked else np.nan
    yield "share_left", 1 - waits.size / asked if asked else np.nan
    yield "queue", _overlap(uses.asked[of_use], served[of_use], window) / (window[1] - window[0])
    at = of_use & (uses.site == column.number)
    held = _overlap(uses.granted[at], uses.released[at], window)
    yield "utilisation", held / (column.site.places * (window[1] - window[0]))


def _served(uses: Uses) -> Array:
    """Return when each wait ended, with a place or without."""
    return np.minimum(uses.granted, uses.released)


def _present(came: Array, went: Array, times: Array) -> NDArray[np.intp]:
    present = np.searchsorted(np.sort(came), times, side="right")
    return present - np.searchsorted(np.sort(went), times, side="right")


def _overlap(begin: Array, end: Array, window: tuple[float, float]) -> float:
    """Return the time that intervals have within a window, together."""
    return float(np.sum(np.clip(end, *window) - np.clip(begin, *window)))
