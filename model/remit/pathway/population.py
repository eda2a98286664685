"""Who is treated: patients who differ, split into strata by their features.

A feature (tempo, burden, extramedullary, cns, age, prior_hsct or any other) has levels; a stratum has one
level of each. Shares are given by feature, or jointly for features that go together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem
from remit.inputs.values import Values, stacked_values
from remit.pathway.effects import of_levels
from remit.pathway.therapies import Therapy

Array = NDArray[np.float64]
AGE = "age"
# Strata multiply with features; nobody can have meant more.
MOST_STRATA = 5000


@dataclass(frozen=True)
class Population:
    """A population: in what its patients differ, and the trials whose patients are like it.

    Attributes
    ----------
    strata
        Feature -> its levels. ``share_<feature>`` has the share of each level.
    joint
        Features whose shares are given together, ``share_<one>_<other>`` with ``<level>_<level>``; features
        that stand in none are independent of all others.
    pooling
        For each therapy class (a table of the evidence) the trials that are pooled for it.
    compared_with
        For a therapy the curves of the evidence that it is held against in these patients (where none are
        named: the therapy's own).
    """

    title: str
    life_table: str
    strata: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    joint: tuple[tuple[str, ...], ...] = ()
    pooling: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    compared_with: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Refuse features without levels, and joint ones that are none."""
        for feature, levels in self.strata.items():
            if not levels or len(set(levels)) < len(levels):
                raise ValueError(f"{feature} needs levels, each once")
        if (count := prod(len(levels) for levels in self.strata.values())) > MOST_STRATA:
            raise ValueError(f"these features make {count:,} strata; at most {MOST_STRATA:,} can be followed")
        together = [feature for group in self.joint for feature in group]
        if not all(self.joint) or len(set(together)) < len(together) or not set(together) <= set(self.strata):
            raise ValueError("joint lists features of the strata, each at most once")

    def groups(self) -> list[tuple[str, ...]]:
        """Return the features whose shares are given together, in the order of the strata."""
        alone = [(feature,) for feature in self.strata if not any(feature in g for g in self.joint)]
        return sorted([*self.joint, *alone], key=lambda group: list(self.strata).index(group[0]))


@dataclass(frozen=True)
class Stratum:
    """Patients who share their features: their share of the population, (draw,), and their own values."""

    name: str
    share: Array
    values: Values
    levels: Mapping[str, str]
    age: float


@dataclass(frozen=True)
class Cohort:
    """Strata of one age that are followed together, number -> stratum: their draws one after the other."""

    strata: dict[int, Stratum]
    age: float
    values: Values


def cohorts_of(strata: Sequence[Stratum], *, widest: int) -> list[Cohort]:
    """Put strata together that can be followed as further draws of each other.

    Parameters
    ----------
    strata
        Of one population, each with as many draws.
    widest
        Draws of all strata above which each is followed by itself: many draws gain nothing by it.
    """
    numbered = list(enumerate(strata))
    if sum(stratum.values.n_draws for stratum in strata) > widest:
        return [Cohort({number: stratum}, stratum.age, stratum.values) for number, stratum in numbered]
    groups: dict[tuple[float, frozenset[str]], dict[int, Stratum]] = {}
    for number, stratum in numbered:
        groups.setdefault((stratum.age, frozenset(stratum.values)), {})[number] = stratum
    return [
        Cohort(group, age, stacked_values([stratum.values for stratum in group.values()]))
        for (age, _), group in groups.items()
    ]


def stratify(
    population: Population,
    therapies: Mapping[str, Therapy],
    values: Values,
    only: Mapping[str, Sequence[str]] | None = None,
) -> list[Stratum]:
    """Split the population into its strata.

    Parameters
    ----------
    population, therapies, values
        Who is treated, with what, and the parameters of all patients.
    only
        Levels of features to which the patients are restricted (none: no restriction). What a trial reports
        of all patients still holds for all: the restriction comes after.

    Returns
    -------
    list of Stratum
        A single one where the population has no features; shares sum to 1.
    """
    found = [
        dict(zip(population.strata, levels, strict=True)) for levels in product(*population.strata.values())
    ]
    shares = [_share(population, levels, values) for levels in found]
    effects = of_levels(found, shares, therapies, values)
    kept = [
        place
        for place, levels in enumerate(found)
        if all(levels[feature] in allowed for feature, allowed in (only or {}).items())
    ]
    total = np.sum([shares[place] for place in kept], axis=0) if only else values.full(1.0)
    if not bool(np.all(total > 0)):
        chosen = "; ".join(f"{feature}: {', '.join(allowed)}" for feature, allowed in (only or {}).items())
        raise InputError(
            Problem("there are no patients in this subgroup", key="settings.subgroup", value=chosen)
        )
    return [
        Stratum(
            ", ".join(found[place].values()) or "all",
            shares[place] / total,
            values.with_values(effects[place]),
            found[place],
            float(values[_age(found[place])][0]),
        )
        for place in kept
    ]


def _share(population: Population, levels: Mapping[str, str], values: Values) -> Array:
    share = values.full(1.0)
    for group in population.groups():
        share = share * values["_".join(["share", *group, *(levels[feature] for feature in group)])]
    return share


def _age(levels: Mapping[str, str]) -> str:
    return f"age_start_{levels[AGE]}" if AGE in levels else "age_start"
