"""Draws in the model's own units, looked up by name: what pathway and economics calculate with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.parameters import Parameter

Array = NDArray[np.float64]


class Values(Mapping[str, Array]):
    """Every parameter as a (draw,) array, times in years and rates per year.

    A name that no file gives is an error with the nearest name, not a silent default; ``either`` is
    for the few parameters whose absence has a meaning, such as an odds ratio of 1.
    """

    def __init__(self, columns: Mapping[str, Array], n_draws: int = 1) -> None:
        self._columns = dict(columns)
        self.n_draws = max((column.size for column in self._columns.values()), default=1)
        self.n_draws = max(self.n_draws, n_draws)

    def __getitem__(self, name: str) -> Array:
        """Return the draws of a parameter, (draw,)."""
        try:
            column = self._columns[name]
            # Most need no broadcasting, which costs more than the lookup.
            return column if column.size == self.n_draws else np.broadcast_to(column, (self.n_draws,))
        except KeyError:
            hint = nearest(name, self._columns)
            rule = "the study needs this parameter and no file gives it"
            raise InputError(Problem(rule, key=name, hint=hint)) from None

    def __contains__(self, name: object) -> bool:
        """Tell whether a parameter is given."""
        return name in self._columns

    def __iter__(self) -> Iterator[str]:
        """Iterate over names."""
        return iter(self._columns)

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self._columns)

    def full(self, number: float) -> Array:
        """Return ``number`` for every draw."""
        return np.full(self.n_draws, float(number))

    def either(self, name: str, otherwise: float) -> Array:
        """Return a parameter, or ``otherwise`` where no file gives it."""
        return self[name] if name in self else self.full(otherwise)

    def with_values(self, changed: Mapping[str, Array]) -> Values:
        """Return the same with some parameters changed or added."""
        return Values({**self._columns, **changed}, self.n_draws)

    def widened(self, n_draws: int) -> Values:
        """Return the same with at least ``n_draws`` draws, a single draw being repeated."""
        return Values(self._columns, max(n_draws, self.n_draws))


def stacked_values(parts: Sequence[Values]) -> Values:
    """Return the draws of several sets of values one after the other; all have the same names.

    Examples
    --------
    >>> stacked_values([Values({"p": np.array([1.0])}, 2), Values({"p": np.array([3.0, 4.0])})])["p"]
    array([1., 1., 3., 4.])
    """
    if len(parts) == 1:
        return parts[0]
    total = sum(part.n_draws for part in parts)
    return Values({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, total)


def values_of(parameters: Mapping[str, Parameter], draws: Mapping[str, Array]) -> Values:
    """Return means overlaid with draws, in the model's own units.

    Parameters
    ----------
    parameters
        Parameters by name.
    draws
        Columns of draws in the parameters' own units; may be empty (then: one draw, the means).
    """
    columns: dict[str, Array] = {}
    for name, parameter in parameters.items():
        for column, mean in parameter.means(name).items():
            drawn = draws.get(column)
            columns[column] = (np.array([mean]) if drawn is None else drawn) * parameter.factor
    return Values(columns)
