"""Who is treated: strata of tempo, and what the tempo of the disease does to the other numbers.

Reference values are solved so that the mixture of strata keeps the value that the trial reports for
all patients (model.md, section 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.therapies import Therapy
from remit.pathway.waiting import share_treated
from remit.survival.roots import expit, logit, root

Array = NDArray[np.float64]
FITNESS = ("p_fit_after_nonresponse", "p_fit_after_relapse")


@dataclass(frozen=True)
class Population:
    """A population: its strata of tempo, by name, and the trials whose patients are like it.

    ``pooling`` holds for each therapy class (a table of the evidence) the trials that are pooled for it.
    """

    title: str
    life_table: str
    tempo: tuple[str, ...] = ()
    pooling: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Stratum:
    """Patients who share a tempo: their share of the population, (draw,), and their own values.

    ``levels`` says what they share, feature -> level.
    """

    name: str
    share: Array
    values: Values
    levels: dict[str, str] = field(default_factory=dict)


def stratify(population: Population, therapies: Mapping[str, Therapy], values: Values) -> list[Stratum]:
    """Split the population into its strata.

    Tempo multiplies the hazard of death wherever disease is uncontrolled (``hr_tempo``), raises the
    chance of being fit for the next line to that power, and shifts the odds of complete remission.

    Returns
    -------
    list of Stratum
        One for each tempo; a single one where the population names none.
    """
    if not population.tempo:
        return [Stratum("all", values.full(1.0), values.with_values({"hr_tempo": values.full(1.0)}))]
    shares = [values[f"share_tempo_{tempo}"] for tempo in population.tempo]
    ratios = [values.either(f"hr_tempo_{tempo}", 1.0) for tempo in population.tempo]
    changed: list[dict[str, Array]] = [{"hr_tempo": ratio} for ratio in ratios]
    for name in FITNESS:
        for own, fitness in zip(changed, _fitness(values[name], shares, ratios), strict=True):
            own[name] = fitness
    for therapy, kind in therapies.items():
        for own, p in zip(changed, _remission(therapy, kind, values, population.tempo, ratios), strict=True):
            own[f"p_cr_{therapy}"] = p
    return [
        Stratum(tempo, share, values.with_values(own), {"tempo": tempo})
        for tempo, share, own in zip(population.tempo, shares, changed, strict=True)
    ]


def _fitness(mean: Array, shares: list[Array], ratios: list[Array]) -> list[Array]:
    """Return p^hr for each stratum, the reference p solved so that the mixture has the mean."""

    def excess(p: Array) -> Array:
        return np.asarray(_weighted([p**ratio for ratio in ratios], shares) - mean, dtype=np.float64)

    reference = root(excess, np.zeros_like(mean), np.ones_like(mean))
    return [reference**ratio for ratio in ratios]


def _remission(
    therapy: str, kind: Therapy, values: Values, tempo: tuple[str, ...], ratios: list[Array]
) -> list[Array]:
    """Return the remission probability of each stratum, whose mixture among those treated is the trial's."""
    p_cr = values[f"p_cr_{therapy}"]
    names = [f"or_cr_{stratum}_{therapy}" for stratum in tempo]
    if not any(name in values for name in names):
        return [p_cr for _ in tempo]
    shifts = [np.log(values.either(name, 1.0)) for name in names]
    weights = [
        values[f"share_tempo_{stratum}"] * share_treated(therapy, kind, values, ratio)
        for stratum, ratio in zip(tempo, ratios, strict=True)
    ]
    total = _weighted([np.ones_like(p_cr) for _ in tempo], weights)

    def excess(x: Array) -> Array:
        return np.asarray(
            _weighted([expit(x + shift) for shift in shifts], weights) - p_cr * total, dtype=np.float64
        )

    # Remission of none or all has no finite log odds: then no shift can matter either.
    inside = np.clip(p_cr, 1e-12, 1 - 1e-12)
    reach = np.max(np.abs(np.stack(shifts)), axis=0) + 1.0
    reference = root(excess, logit(inside) - reach, logit(inside) + reach)
    certain = (p_cr <= 0) | (p_cr >= 1)
    return [np.where(certain, p_cr, expit(reference + shift)) for shift in shifts]


def _weighted(parts: list[Array], weights: list[Array]) -> Array:
    total = np.zeros_like(weights[0])
    for part, weight in zip(parts, weights, strict=True):
        total = total + part * weight
    return total
