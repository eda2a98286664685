"""Posterior draws of the parameters that a calibration fitted, kept joint."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from remit.inputs.parameters import Parameter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """Equally weighted draws from a posterior: a row holds values that belong together.

    Attributes
    ----------
    name
        Of the calibration.
    columns
        Column name -> (row,), in the parameters' own units.
    ess
        Effective sample size of the weighted sample that the rows were taken from.
    log_evidence
        Log of the mean likelihood of the targets over the prior.
    """

    name: str
    columns: Mapping[str, Array]
    ess: float
    log_evidence: float = float("nan")

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(next(iter(self.columns.values())).size)

    def means(self) -> dict[str, float]:
        """Return the posterior mean of every column."""
        return dict(self._means)

    @cached_property
    def _means(self) -> dict[str, float]:
        return {name: float(np.mean(column)) for name, column in self.columns.items()}

    def rows(self, seed: int, n_draws: int) -> dict[str, Array]:
        """Return the columns of as many draws, (draw,) each.

        Every row is taken once before one is taken again, each time in another order, so that a few
        draws more do not change those before them.
        """
        order = np.concatenate(
            [
                np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, lap]))).permutation(
                    self.n_rows
                )
                for lap in range(-(-n_draws // self.n_rows))
            ]
        )[:n_draws]
        return {name: column[order] for name, column in self.columns.items()}

    def without(self, names: Collection[str]) -> Posterior | None:
        """Return the posterior without some columns, or None where none is left."""
        kept = {name: column for name, column in self.columns.items() if name not in names}
        return replace(self, columns=kept) if kept else None


def rounded(columns: Mapping[str, Array], parameters: Mapping[str, Parameter]) -> dict[str, Array]:
    """Return columns as the file of a posterior holds them: seven digits, named shares that still sum to 1.

    What is worked out from rows is worked out from these, so that a file read again gives the same.
    """
    found = {name: np.array([float(f"{value:.7g}") for value in values]) for name, values in columns.items()}
    for name, parameter in parameters.items():
        names = parameter.columns(name)
        if len(names) > 1 and all(column in found for column in names):
            few = [np.round(columns[column], 7) for column in names[:-1]]
            found |= dict(zip(names, [*few, np.round(1 - np.sum(few, axis=0), 7)], strict=True))
    return found
