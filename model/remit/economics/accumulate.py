"""Turn a trace and what a year in each state is worth into a discounted total."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.engine.quadrature import point_weights
from remit.errors import InputError, Problem
from remit.inputs.arrays import as_float, as_floats

Floats = NDArray[np.float64]


def accumulate(
    trace: ArrayLike,
    state_values: ArrayLike,
    *,
    times: ArrayLike | None = None,
    cycle_length: float = 1.0,
    discount_rate: float = 0.0,
    correction: str | ArrayLike = "half-cycle",
) -> Floats:
    """Return the discounted total of state values over time, one number per draw.

    The total is the sum over points t of weight(t) x (1 + rate) ** -t x sum over states of
    trace x value. Costs per year give a cost, utilities give QALYs, ones give life-years.

    Parameters
    ----------
    trace
        Shares in each state, (draw, cycle + 1, state).
    state_values
        Value of a year in each state: (state,), (draw, state), (cycle + 1, state) or
        (draw, cycle + 1, state). A two-dimensional array is told by its length: as many rows as
        draws, or as many as points in time. Where the trace has as many draws as points, that does
        not tell, and it is refused: give ``values[:, None, :]`` (one row per draw) or
        ``values[None, :, :]`` (one row per point). In three dimensions, axes of length 1 broadcast,
        also the draws of the trace.
    times
        Points in time in years, (cycle + 1,), increasing, for cycles of uneven length.
    cycle_length
        Length of every cycle in years, where no ``times`` are given.
    discount_rate
        Per year, as a fraction (0.03), 0 or more.
    correction
        ``half-cycle`` (trapezoid), ``simpson``, ``start`` or ``end`` (see
        `remit.engine.quadrature.step_weights`), or weights of the points, (cycle + 1,): in cycles of
        ``cycle_length``, or in years as they stand where ``times`` are given.

    Returns
    -------
    ndarray
        Totals, (draw,), the same bytes in whatever block of draws they are computed.

    Raises
    ------
    InputError
        Where shapes do not fit or cannot be told apart, times do not increase, or a number is
        missing or out of its range.

    Examples
    --------
    Half of the cohort dies in the first of two years; a year alive counts 1.

    >>> trace = [[[1.0, 0.0], [0.5, 0.5], [0.5, 0.5]]]
    >>> accumulate(trace, [1.0, 0.0])
    array([1.25])
    >>> accumulate(trace, [1.0, 0.0], correction=[1, 1, 0])
    array([1.5])
    """
    shares = as_floats("trace", trace, "draw", "cycle + 1", "state")
    values = _values(state_values, shares.shape)
    points = _points(times, cycle_length, shares.shape[1])
    weights = _weights(correction, points, 1.0 if times is not None else cycle_length)
    weights = weights * _discount_factors(discount_rate, points)

    per_state = np.zeros((max(len(shares), len(values)), shares.shape[2]))
    for point in np.flatnonzero(weights):
        value = values[:, point if values.shape[1] > 1 else 0]
        per_state += weights[point] * shares[:, point] * value
    total = np.zeros(len(per_state))
    for state in range(shares.shape[2]):  # one by one: a sum's bytes then do not depend on the block
        total += per_state[:, state]
    return total


def _values(state_values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Return the values as (draw or 1, cycle + 1 or 1, state)."""
    n_draws, n_points, n_states = shape
    values = as_floats("state_values", state_values)
    rows = len(values) if values.ndim == 2 else None
    if values.ndim == 1:
        values = values[None, None]
    elif rows is not None and rows == n_draws == n_points > 1:
        raise InputError(
            Problem(
                f"state_values has {rows} rows, and the trace has as many draws as points in time",
                hint="give values[:, None, :] for a row per draw, values[None, :, :] for a row per point",
            )
        )
    elif rows == n_points:
        values = values[None]
    elif rows in {1, n_draws}:
        values = values[:, None]
    fits = values.ndim == 3 and values.shape[1] in {1, n_points} and values.shape[2] == n_states
    if not fits or (values.shape[0] not in {1, n_draws} and n_draws > 1):
        hint = "one row per draw of values, with one draw of the trace: give values[:, None, :]"
        raise InputError(
            Problem(
                f"state_values of shape {np.shape(state_values)} does not fit a trace of "
                f"{n_draws} draws, {n_points} points in time and {n_states} states",
                hint=hint if rows is not None and n_draws == 1 else None,
            )
        )
    return values


def _points(times: ArrayLike | None, cycle_length: float, n_points: int) -> Floats:
    length = as_float("cycle_length", cycle_length)
    if length <= 0:
        raise InputError(Problem("must be more than 0 years", key="cycle_length", value=cycle_length))
    if times is None:
        return np.arange(n_points, dtype=np.float64) * length
    if length != 1:
        raise InputError("give either times or cycle_length, not both")
    points = as_floats("times", times, "cycle + 1")
    if len(points) != n_points:
        raise InputError(f"times has {len(points)} points and the trace has {n_points}")
    if points[0] < 0:
        raise InputError(Problem("time 0 is the decision: none lies before it", key="times", value=times))
    return points


def _weights(correction: str | ArrayLike, points: Floats, unit: float) -> Floats:
    """Return the weight of each point in years; the times are checked in either case."""
    if isinstance(correction, str):
        return point_weights(points, correction)
    point_weights(points, "start")  # refuses times that do not increase
    weights = as_floats("correction", correction, "cycle + 1")
    if len(weights) != len(points):
        raise InputError(f"correction has {len(weights)} weights and the trace has {len(points)} points")
    return weights * unit


def _discount_factors(discount_rate: float, points: Floats) -> Floats:
    rate = as_float("discount_rate", discount_rate)
    if rate < 0:
        raise InputError(Problem("must be 0 or more", key="discount_rate", value=discount_rate))
    return np.power(1 + rate, -points)
