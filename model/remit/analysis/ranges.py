"""What there is to vary in a study, over what range, and the table of draws that varies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem, nearest
from remit.inputs.distributions import Dirichlet
from remit.study import Study

Array = NDArray[np.float64]

PLAUSIBLE = (0.001, 0.999)  # quantiles between which a value is looked for
GENEROUS = 3.0  # times its mean that a cost is looked for up to


@dataclass(frozen=True)
class Column:
    """A column of a table of draws.

    ``owner`` is the parameter that it belongs to, ``component`` which of its named shares it is (empty where
    it is the only column), ``mean`` in its own ``unit``.
    """

    name: str
    owner: str
    component: str
    title: str
    unit: str
    mean: float

    @property
    def is_cost(self) -> bool:
        """Whether costs are linear in it."""
        return self.owner.startswith("cost_")


def column_of(study: Study, name: str) -> Column:
    """Return a column by its name.

    Raises
    ------
    InputError
        Where there is none, with the nearest name; named shares are varied by component.
    """
    owners = {column: owner for owner, p in study.parameters.items() for column in p.columns(owner)}
    if name not in owners:
        shares = study.parameters[name].columns(name) if name in study.parameters else []
        hint = f"name a component: {', '.join(shares)}" if shares else nearest(name, owners)
        rule = "shares are varied one at a time" if shares else "unknown parameter"
        raise InputError(Problem(rule, key=name, hint=hint))
    owner = owners[name]
    parameter = study.parameters[owner]
    component = name.removeprefix(owner).removeprefix("_")
    unit = "of the value as printed" if parameter.by else parameter.unit
    return Column(name, owner, component, _title(study, owner, component), unit, study.means[name])


def varied_columns(study: Study) -> list[Column]:
    """Return the columns that PSA draws, in the order of the parameters."""
    return [
        column_of(study, name)
        for owner, parameter in study.parameters.items()
        if parameter.is_uncertain
        for name in parameter.columns(owner)
    ]


def quantiles_of(study: Study, column: Column, u: Array) -> Array:
    """Return quantiles of a column in its own unit, (u,): its marginal ones, whatever it is correlated with.

    Of the posterior where it has the column, else of the parameter's own distribution; a component of shares
    that are drawn together (Dirichlet) is beta.
    """
    if study.posterior is not None and column.name in study.posterior.columns:
        return np.asarray(np.quantile(study.posterior.columns[column.name], u), dtype=np.float64)
    parameter = study.parameters[column.owner]
    if isinstance(parameter.uncertainty, Dirichlet):
        from scipy.special import betaincinv

        size = parameter.uncertainty.n
        return np.asarray(betaincinv(size * column.mean, size * (1 - column.mean), u), dtype=np.float64)
    if isinstance(parameter.central, dict):
        return np.full_like(u, column.mean)
    quantiles: Array = parameter.uncertainty.quantile(u, float(parameter.central))
    return quantiles


def plausible_range(study: Study, column: Column) -> tuple[float, float]:
    """Return the range in which a value is looked for.

    Of a cost from 0 to ``GENEROUS`` times its mean, of anything else between the ``PLAUSIBLE`` quantiles;
    both hold the mean.

    Raises
    ------
    InputError
        Where the parameter is fixed, and so has none.
    """
    if column.is_cost and column.mean > 0:
        return 0.0, GENEROUS * column.mean
    low, high = (float(bound) for bound in quantiles_of(study, column, np.array(PLAUSIBLE)))
    if low == high:
        raise InputError(Problem("is fixed, so it has no range of its own; give one", key=column.name))
    return min(low, column.mean), max(high, column.mean)


def check_range(name: str, low: float, high: float) -> None:
    """Refuse a range that is none.

    Raises
    ------
    InputError
        Where it is empty, reversed or endless.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(Problem("a range has two finite ends", key=name, value=[low, high]))
    if low >= high:
        rule = "a range gives its lower end first, and its ends differ"
        raise InputError(Problem(rule, key=name, value=[low, high]))


def draws_at(study: Study, places: Sequence[Mapping[str, float]]) -> dict[str, Array]:
    """Return a table of draws with a row for each place: what it names at its value, all else at its mean.

    Of named shares those that a place does not name are scaled so that all of them sum to 1.

    Parameters
    ----------
    study
        Whose parameters.
    places
        Column -> value in its own unit.

    Raises
    ------
    InputError
        Where a column is unknown, or named shares leave less than nothing to the others.
    """
    known = {name: column_of(study, name) for name in dict.fromkeys(n for place in places for n in place)}
    owners = dict.fromkeys(column.owner for column in known.values())
    names = [name for owner in owners for name in study.parameters[owner].columns(owner)]
    table = {name: np.full(len(places), study.means[name]) for name in names}
    for row, place in enumerate(places):
        for name, value in place.items():
            table[name][row] = value
        for owner in {known[name].owner for name in place}:
            _rescale(study, owner, place, table, row)
    return table


def _rescale(
    study: Study, owner: str, place: Mapping[str, float], table: Mapping[str, Array], row: int
) -> None:
    """Scale the shares that a place does not name so that all sum to 1."""
    columns = study.parameters[owner].columns(owner)
    if len(columns) == 1:
        return
    others = [name for name in columns if name not in place]
    left = 1 - sum(place[name] for name in columns if name in place)
    usual = sum(study.means[name] for name in others)
    if left < -1e-12 or (usual == 0 and abs(left) > 1e-12):
        rule = f"these shares leave {left:.3g} to the others; all of them sum to 1"
        raise InputError(Problem(rule, key=owner, value=dict(place)))
    for name in others:
        table[name][row] = max(left, 0.0) * study.means[name] / usual


def _title(study: Study, owner: str, component: str) -> str:
    """Return how a column is called: the parameter's title, and what tells it from others of that title."""
    own = study.parameters[owner].title
    therapies = [name for name in study.therapies if owner.endswith(f"_{name}")]
    if therapies:
        called = study.therapies[max(therapies, key=len)].title
        own = own if called.casefold() in own.casefold() else f"{own} ({called})"
    if owner.startswith(("utility_", "qaly_loss_")):
        own = f"{'Utility' if owner.startswith('utility_') else 'QALY loss'}: {own}"
    return f"{own}: {component.replace('_', ' ')}" if component else own
