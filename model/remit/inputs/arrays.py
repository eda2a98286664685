"""Arrays as a caller hands them over: numbers, the axes that are meant, nothing missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.errors import InputError, Problem


def as_floats(name: str, value: ArrayLike, *axes: str) -> NDArray[np.float64]:
    """Return a caller's array as float64, or say in one sentence why it cannot be used.

    Parameters
    ----------
    name
        What the caller calls it, for the sentence.
    value
        Anything array-like.
    *axes
        The name of each axis; their number is the number of dimensions. None given: any shape.

    Returns
    -------
    ndarray
        The numbers; not a copy where they are float64 already.

    Raises
    ------
    InputError
        Where it is ragged, holds no numbers, has other axes, is empty, or holds NaN or infinity.

    Examples
    --------
    >>> as_floats("costs", [[100, 250]], "draw", "strategy")
    array([[100., 250.]])
    """
    array = _as_numbers(name, value)
    if axes and array.ndim != len(axes):
        raise InputError(f"{name} must have the axes ({', '.join(axes)}), but its shape is {array.shape}")
    if array.size == 0:
        raise InputError(f"{name} is empty: its shape is {array.shape}")
    # The extremes tell of NaN and infinity without a second array of the same size.
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        first = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
        raise InputError(
            f"{name} holds {float(array[first])} {at(first, axes)}: every entry must be a finite number"
        )
    return array


def as_float(name: str, value: float) -> float:
    """Return a caller's single finite number.

    Raises
    ------
    InputError
        Where it is no number, NaN, infinite or an array.

    Examples
    --------
    >>> as_float("discount_rate", 0.03)
    0.03
    """
    array = _as_numbers(name, value)
    if array.ndim or not np.isfinite(array):
        raise InputError(Problem("must be one finite number", key=name, value=value))
    return float(array)


def at(position: Sequence[SupportsIndex], axes: Sequence[str]) -> str:
    """Return words for a position in an array, counted from 0.

    Examples
    --------
    >>> at((3, 0), ("draw", "strategy"))
    'at draw 3, strategy 0 (counted from 0)'
    >>> at((3, 12), ("draw", "cycle + 1"))  # the axis has one more entry than there are cycles
    'at draw 3, cycle 12 (counted from 0)'
    """
    labels = axes or tuple(f"axis {number}:" for number in range(len(position)))
    words = ", ".join(
        f"{label.removesuffix(' + 1')} {int(index)}" for label, index in zip(labels, position, strict=True)
    )
    return f"at {words} (counted from 0)"


def _as_numbers(name: str, value: ArrayLike) -> NDArray[np.float64]:
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"{name} must be an array, but its rows differ in length") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} must hold numbers, but its type is {array.dtype}")
    return array.astype(np.float64, copy=False)
