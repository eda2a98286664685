"""Follow a cohort through transition probabilities that the caller gives."""

from __future__ import annotations

import operator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.errors import InputError, Problem
from remit.inputs.arrays import as_floats, at

Floats = NDArray[np.float64]

MEMORY_BUDGET_BYTES = 4 * 10**9
_SUM_TOLERANCE = 1e-9
_ROUNDING = 1e-14  # a complement such as 1 - 0.9 - 0.1 is -2.8e-17: taken as it is
_AXES = ("draw", "cycle", "state", "to_state")


def cohort_trace(
    initial: ArrayLike, transition_probabilities: ArrayLike, *, n_cycles: int | None = None
) -> Floats:
    """Return the share of the cohort in each state at the start and after every cycle.

    Nothing is repaired: rows are used as given, neither clipped nor scaled to a sum of 1. The
    numbers of a draw are the same bytes in whatever block of draws it is computed.

    Parameters
    ----------
    initial
        Shares at time 0, (state,) or (draw, state), each row with sum 1.
    transition_probabilities
        (draw, cycle, state, to_state), rows with sum 1; the axes draw and cycle may have length 1,
        which stands for "the same throughout".
    n_cycles
        Number of cycles; needed where the cycle axis has length 1, else it must agree with it.

    Returns
    -------
    ndarray
        The trace, (draw, cycle + 1, state); index 0 of the cycle axis is ``initial``.

    Raises
    ------
    InputError
        Where shapes do not fit, an entry is no probability, a row does not sum to 1 within 1e-9,
        ``n_cycles`` is missing or contradicts, or the trace would need more than
        ``MEMORY_BUDGET_BYTES``.

    Examples
    --------
    >>> healthy_or_dead = [[[[0.9, 0.1], [0.0, 1.0]]]]
    >>> cohort_trace([1.0, 0.0], healthy_or_dead, n_cycles=2)
    array([[[1.  , 0.  ],
            [0.9 , 0.1 ],
            [0.81, 0.19]]])
    """
    shares, probabilities = _read(initial, transition_probabilities)
    cycles = _n_cycles(probabilities.shape[1], n_cycles)
    draws = _n_draws(shares, probabilities)
    _refuse_beyond_memory(draws, cycles, probabilities.shape)
    _check_probabilities("initial", shares, ("draw", "state"))
    _check_probabilities("transition_probabilities", probabilities, _AXES)

    trace = np.empty((draws, cycles + 1, shares.shape[1]))
    trace[:, 0] = shares
    for cycle in range(cycles):
        step = probabilities[:, cycle if probabilities.shape[1] > 1 else 0]
        # Not `@`: the products of BLAS differ in the last bit with the number of draws in a block.
        trace[:, cycle + 1] = np.einsum("ds,dst->dt", trace[:, cycle], step)
    return trace


def _read(initial: ArrayLike, transition_probabilities: ArrayLike) -> tuple[Floats, Floats]:
    probabilities = as_floats("transition_probabilities", transition_probabilities, *_AXES)
    shares = as_floats("initial", initial)
    if shares.ndim not in {1, 2}:
        raise InputError(
            f"initial must have the axes (state) or (draw, state), but its shape is {shares.shape}"
        )
    shares = np.atleast_2d(shares)
    n_states, n_to_states = probabilities.shape[2:]
    if n_states != n_to_states:
        raise InputError(
            f"transition_probabilities must be square, but has {n_states} rows and {n_to_states} columns"
        )
    if shares.shape[1] != n_states:
        raise InputError(f"initial has {shares.shape[1]} states and transition_probabilities has {n_states}")
    return shares, probabilities


def _n_cycles(given_by_axis: int, n_cycles: int | None) -> int:
    if n_cycles is None:
        if given_by_axis == 1:
            raise InputError(
                "n_cycles is needed, because the cycle axis of transition_probabilities has length 1"
            )
        return given_by_axis
    try:
        cycles = operator.index(n_cycles)
    except TypeError:
        cycles = -1
    if cycles < 0 or isinstance(n_cycles, bool):
        raise InputError(Problem("must be a whole number, 0 or more", key="n_cycles", value=n_cycles))
    if given_by_axis not in {1, cycles}:
        raise InputError(
            f"n_cycles is {cycles}, but the cycle axis of transition_probabilities has length {given_by_axis}"
        )
    return cycles


def _n_draws(shares: Floats, probabilities: Floats) -> int:
    of_shares, of_probabilities = len(shares), len(probabilities)
    if of_shares != of_probabilities and 1 not in {of_shares, of_probabilities}:
        raise InputError(f"initial has {of_shares} draws and transition_probabilities has {of_probabilities}")
    return max(of_shares, of_probabilities)


def _refuse_beyond_memory(draws: int, cycles: int, shape: tuple[int, ...]) -> None:
    numbers = draws * (cycles + 1) * shape[2] + shape[0] * shape[1] * shape[2]  # trace, sums of rows
    if numbers * 8 > MEMORY_BUDGET_BYTES:
        raise InputError(
            Problem(
                f"a trace of {draws:,} draws, {cycles:,} cycles and {shape[2]:,} states needs "
                f"{numbers * 8 / 1e9:,.1f} GB, more than the {MEMORY_BUDGET_BYTES / 1e9:,.1f} GB allowed",
                hint="give the draws in blocks: the numbers of a draw do not depend on its block",
            )
        )


def _check_probabilities(name: str, array: Floats, axes: tuple[str, ...]) -> None:
    if array.min() < -_ROUNDING or array.max() > 1 + _ROUNDING:
        wrong = (array < -_ROUNDING) | (array > 1 + _ROUNDING)
        first = np.unravel_index(int(np.argmax(wrong)), array.shape)
        raise InputError(
            f"{name} holds {float(array[first])!r} {at(first, axes)}: a probability lies between 0 and 1"
        )
    sums = array.sum(axis=-1)
    wrong = np.abs(sums - 1) > _SUM_TOLERANCE
    if wrong.any():
        first = np.unravel_index(int(np.argmax(wrong)), sums.shape)
        others = f"; {wrong.sum():,} rows are wrong" if wrong.sum() > 1 else ""
        raise InputError(
            f"the row of {name} {at(first, axes[:-1])} sums to {float(sums[first])!r} instead of 1{others}"
        )
