"""Weights that turn values at the points of a time grid into the integral over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.arrays import as_floats

Floats = NDArray[np.float64]

_EQUAL_STEPS = 1e-9  # relative: the rounding of times such as k / 12 is 1e-12


def step_weights(times: ArrayLike, correction: str) -> tuple[Floats, Floats]:
    """Return the weight of the value at the start and at the end of each step.

    The integral of f over the grid is ``(at_start * f[:-1] + at_end * f[1:]).sum()``. For every
    correction the two weights of a step add up to its length h, so that a constant is integrated
    exactly on any grid.

    Parameters
    ----------
    times
        Points of the grid in years, (step + 1,), increasing.
    correction
        ``half-cycle`` (trapezoid: h/2 and h/2), ``simpson`` (over each pair of equal steps h/3 and
        2h/3, then 2h/3 and h/3: together h/3, 4h/3, h/3; an odd last step of a run of equal steps
        takes the trapezoid, and each run is handled by itself), ``start`` (h and 0) or ``end``
        (0 and h).

    Returns
    -------
    at_start, at_end : ndarray
        Weights in years, (step,) each; empty where the grid has one point.

    Raises
    ------
    InputError
        Where the times do not increase or the correction is unknown.

    References
    ----------
    Elbasha and Chhatwal, Pharmacoeconomics 2016;34(6):537-47 (corrections as rules of integration).

    Examples
    --------
    >>> at_start, at_end = step_weights([0, 3, 6, 9], "simpson")
    >>> at_start
    array([1. , 2. , 1.5])
    >>> at_end
    array([2. , 1. , 1.5])
    """
    lengths = _lengths(times)
    rule = _RULES.get(correction) if isinstance(correction, str) else None
    if rule is None:
        hint = nearest(str(correction), _RULES) or f"known: {', '.join(_RULES)}"
        raise InputError(Problem("unknown correction", key="correction", value=correction, hint=hint))
    share = rule(lengths)
    return lengths * share, lengths * (1 - share)


def point_weights(times: ArrayLike, correction: str) -> Floats:
    """Return the weight of the value at each point of the grid.

    Parameters
    ----------
    times
        Points of the grid in years, (point,), increasing.
    correction
        As in `step_weights`.

    Returns
    -------
    ndarray
        Weights in years, (point,); a single point weighs 0.

    Examples
    --------
    >>> point_weights([0, 1, 2, 3, 4], "half-cycle")
    array([0.5, 1. , 1. , 1. , 0.5])
    """
    at_start, at_end = step_weights(times, correction)
    weights: Floats = np.append(at_start, 0.0)
    weights[1:] += at_end
    return weights


def _lengths(times: ArrayLike) -> Floats:
    points = as_floats("times", times, "point")
    lengths: Floats = np.diff(points)
    if not (lengths > 0).all():
        first = int(np.argmin(lengths > 0))
        raise InputError(
            f"times must increase, but {float(points[first])!r} is followed by {float(points[first + 1])!r}"
        )
    return lengths


def _half(lengths: Floats) -> Floats:
    return np.full(len(lengths), 1 / 2)


def _all(lengths: Floats) -> Floats:
    return np.ones(len(lengths))


def _none(lengths: Floats) -> Floats:
    return np.zeros(len(lengths))


def _simpson(lengths: Floats) -> Floats:
    share = _half(lengths)
    changes = np.flatnonzero(np.abs(np.diff(lengths)) > _EQUAL_STEPS * lengths[1:]) + 1
    for run in np.split(np.arange(len(lengths)), changes):
        n_paired = len(run) // 2 * 2
        share[run[0:n_paired:2]] = 1 / 3
        share[run[1:n_paired:2]] = 2 / 3
    return share


# The share of a step's length that goes to the value at its start, for each correction.
_RULES = {"half-cycle": _half, "simpson": _simpson, "start": _all, "end": _none}
