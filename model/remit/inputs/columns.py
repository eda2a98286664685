"""A user's table of draws, checked before anything is calculated with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.parameters import Parameter, bounds_of

Array = NDArray[np.float64]


def draw_columns(parameters: Mapping[str, Parameter], table: Any) -> dict[str, Array]:  # noqa: ANN401 - a DataFrame too
    """Return the columns of a table of draws, (draw,) each, all of one length.

    Parameters
    ----------
    parameters
        What the columns may name; named shares need all their columns.
    table
        A mapping of (draw,) arrays or a DataFrame, in the parameters' own units, or None.

    Raises
    ------
    InputError
        With every column that is unknown, of another length, not finite or out of its range, with
        shares that do not sum to 1, and with another age than the study's, which is no draw.
    """
    if table is None:
        return {}
    owners = {column: name for name, p in parameters.items() for column in p.columns(name)}
    names = [str(name) for name in table if name != "draw"]
    problems = [
        Problem("unknown parameter", key=n, hint=nearest(n, owners)) for n in names if n not in owners
    ]
    columns = {n: np.asarray(table[n], dtype=np.float64).reshape(-1) for n in names if n in owners}
    longest = max((column.size for column in columns.values()), default=1)
    for name, column in columns.items():
        low, high = bounds_of(owners[name], parameters[owners[name]])
        if column.size not in (1, longest) or column.size == 0:
            problems.append(Problem(f"has {column.size} draws, others {longest}", key=name))
        elif not bool(np.all(np.isfinite(column) & (column >= low) & (column <= high))):
            problems.append(Problem(f"draws must be finite and from {low:g} to {high:g}", key=name))
        elif name.startswith("age_") and bool(np.any(column != parameters[name].value)):
            problems.append(Problem("an age is no draw; use Study.set", key=name))
    problems += _broken_shares({owners[name] for name in columns}, parameters, columns)
    if problems:
        raise InputError(problems)
    return {name: np.broadcast_to(column, (longest,)) for name, column in columns.items()}


def _broken_shares(
    owners: set[str], parameters: Mapping[str, Parameter], columns: Mapping[str, Array]
) -> list[Problem]:
    problems = []
    for owner in sorted(owners):
        parts = parameters[owner].columns(owner)
        if len(parts) > 1 and any(part not in columns for part in parts):
            problems.append(Problem(f"needs all its columns: {', '.join(parts)}", key=owner))
        elif len(parts) > 1 and bool(np.any(np.abs(sum(columns[part] for part in parts) - 1) > 1e-9)):
            problems.append(Problem("shares must sum to 1 in every draw", key=owner))
    return problems
