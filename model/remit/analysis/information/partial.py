"""The expected value of learning some parameters, the others remaining as uncertain as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.analysis.information.gain import Increments, gain, increments
from remit.analysis.information.regression import fit
from remit.errors import InputError, Problem, nearest

Array = NDArray[np.float64]

# Draws that a fit needs for each parameter, and for the constant.
DRAWS_PER_PARAMETER = 20


def evppi(
    costs: ArrayLike,
    qalys: ArrayLike,
    parameters: Any,  # noqa: ANN401 - a DataFrame or a mapping of columns
    wtp: ArrayLike,
    *,
    names: Sequence[str],
) -> tuple[Array, Array]:
    """Return the expected value of perfect partial information per patient.

    What is gained by knowing some parameters together before deciding: the mean over draws of the highest
    expected net benefit given them, less the highest mean net benefit. The expectations are regressions of
    incremental costs and QALYs on the parameters (Strong, Oakley and Brennan, Med Decis Making
    2014;34(3):311-26), fitted once for every ``wtp``: see :func:`remit.analysis.information.regression.fit`.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    parameters
        A table with a row for each draw: a DataFrame or a mapping of (draw,) columns.
    wtp
        Willingness to pay per QALY, (wtp,), rising.
    names
        The parameters that are learnt together. Columns that do not vary say nothing; shares that sum to
        1 may all be named.

    Returns
    -------
    estimate, standard_error
        (wtp,) each, in the currency of the costs. The error covers that of the regression and that of a
        mean over so many draws, see :func:`remit.analysis.information.gain.gain`; both are exactly 0 where
        no parameter named varies.

    Raises
    ------
    InputError
        Where a name is unknown (with the nearest), rows do not agree, a number is missing, ``wtp`` is empty
        or negative, or there are fewer draws than so many parameters need.

    Examples
    --------
    >>> known = {"a": np.array([0.0, 1.0] * 200), "b": np.array([0.0, 0.0, 1.0, 1.0] * 100)}
    >>> costs = np.stack([np.zeros(400), 100 * known["a"] - 40 + 50 * known["b"]], axis=1)
    >>> evppi(costs, np.zeros((400, 2)), known, [0], names=["a"])[0].round(9)
    array([7.5])
    """
    together = [names] if isinstance(names, str) else list(names)
    return learn(increments(costs, qalys, wtp), parameters, together, drawn_again=True)


def learn(
    outcomes: Increments,
    parameters: Any,  # noqa: ANN401 - a DataFrame or a mapping of columns
    names: list[str],
    *,
    drawn_again: bool,
) -> tuple[Array, Array]:
    """Return what some columns are worth and its standard error, (wtp,) each.

    ``drawn_again`` tells whether equal rows are the same draw, used again, as rows of a posterior are; data
    that happen to come out alike are draws of their own.

    Raises
    ------
    InputError
        As :func:`evppi` does.
    """
    (columns,) = _columns(parameters, [names], outcomes.n_draws)
    return _of_groups(outcomes, [(columns, names)], drawn_again=drawn_again)[0]


def evppi_of_each(
    costs: ArrayLike,
    qalys: ArrayLike,
    parameters: Any,  # noqa: ANN401 - a DataFrame or a mapping of columns
    wtp: ArrayLike,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[Array, Array]]:
    """Return the expected value of perfect information on each parameter alone, or on each group.

    Parameters
    ----------
    costs, qalys, parameters, wtp
        As for :func:`evppi`.
    groups
        Title or name -> the columns that are learnt together; None: every column alone.

    Returns
    -------
    dict
        Name -> (estimate, standard_error), (wtp,) each.

    Raises
    ------
    InputError
        As :func:`evppi` does, with every mistake of every group.
    """
    outcomes = increments(costs, qalys, wtp)
    if groups is None:
        groups = {str(name): [str(name)] for name in parameters if name != "draw"}
    found = _columns(parameters, list(groups.values()), outcomes.n_draws)
    learnt = zip(found, map(list, groups.values()), strict=True)
    return dict(zip(groups, _of_groups(outcomes, learnt, drawn_again=True), strict=True))


def _of_groups(
    outcomes: Increments, learnt: Iterable[tuple[Array, list[str]]], *, drawn_again: bool
) -> list[tuple[Array, Array]]:
    """Return the gain by each group of columns, (draw, column), with their names."""
    from threadpoolctl import threadpool_limits

    found = []
    with threadpool_limits(1, user_api="blas"):  # the same bytes on any number of cores
        for columns, names in learnt:
            fitted = None if outcomes.alone else fit(columns, names, outcomes.outcomes)
            nothing = np.zeros(outcomes.wtp.size)
            known = fitted and gain(fitted, outcomes.wtp, drawn_again=drawn_again)
            found.append(known or (nothing, nothing.copy()))
    return found


def _columns(
    parameters: Any,  # noqa: ANN401 - as for evppi
    groups: Sequence[Sequence[str]],
    n_draws: int,
) -> list[Array]:
    """Return the columns of each group, (draw, column), or refuse what cannot be learnt from."""
    try:
        known = [str(name) for name in parameters]
    except TypeError:
        rule = "must be a table of draws: a DataFrame or a mapping of columns"
        raise InputError(Problem(rule, key="parameters", value=parameters)) from None
    problems = _problems_of_draws(parameters, known, n_draws)
    table: dict[str, Array] = {}
    for group in groups:
        if not group:
            problems.append(Problem("needs the names of the parameters that are learnt", key="names"))
        if len(set(group)) < len(group):
            problems.append(Problem("each parameter at most once", key="names", value=", ".join(group)))
        for name in group:
            if name not in known:
                problems.append(
                    Problem("no such column of draws", key=str(name), hint=nearest(str(name), known))
                )
            elif name not in table:
                table[name] = np.asarray(parameters[name])
                problems += _problems_of_column(name, table[name], n_draws)
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    found = [np.stack([table[name].astype(np.float64) for name in group], axis=1) for group in groups]
    for group, columns in zip(groups, found, strict=True):
        _check_size(group, columns)
    return found


def _problems_of_draws(
    parameters: Any,  # noqa: ANN401 - as for evppi
    known: list[str],
    n_draws: int,
) -> list[Problem]:
    """Tell of a column `draw` that numbers the rows in another order than the outcomes have."""
    if "draw" not in known or np.array_equal(np.asarray(parameters["draw"]), np.arange(n_draws)):
        return []
    rule = f"rows must be numbered 0 to {n_draws - 1}, in the order of costs and qalys"
    return [Problem(rule, key="draw")]


def _problems_of_column(name: str, column: NDArray[Any], n_draws: int) -> list[Problem]:
    if column.ndim != 1 or column.size != n_draws:
        rule = f"must have a row for each of {n_draws} draws, but its shape is {column.shape}"
        return [Problem(rule, key=name)]
    if column.dtype.kind not in "iufb":
        return [Problem(f"must hold numbers, but its type is {column.dtype}", key=name)]
    if not bool(np.isfinite(column).all()):
        return [Problem("every draw must be a finite number", key=name)]
    return []


def draws_needed(parameters: int) -> int:
    """Return how many draws can tell what so many parameters are worth together.

    Examples
    --------
    >>> draws_needed(4)
    100
    """
    return DRAWS_PER_PARAMETER * (parameters + 1)


def _check_size(group: Sequence[str], columns: Array) -> None:
    """Refuse more parameters than so many draws can carry."""
    varying = int(np.sum(np.ptp(columns, axis=0) > 0))
    needed = draws_needed(varying)
    if varying and len(columns) < needed:
        shown = ", ".join(group[:3]) + (", ..." if len(group) > 3 else "")
        rule = f"{len(columns):,} draws cannot tell what {varying} parameters are worth together"
        raise InputError(Problem(rule, key=shown, hint=f"needs {needed:,} draws or more"))
