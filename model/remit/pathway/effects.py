"""What the features of a stratum do to the numbers that trials report of all patients.

Reference values are solved so that the mixture of strata keeps the value reported (model.md, section 4):
of those treated with the therapy first. A feature's level has an effect where a parameter names it:

- ``hr_<feature>_<level>``: hazard ratio wherever disease is uncontrolled, and power of the share fit;
- ``or_cr_<feature>_<level>_<therapy>``: odds ratio of complete remission;
- ``or_severe_crs_...``, ``or_severe_icans_...``: of severe toxicity, with its cost and mortality;
- ``or_trm_<feature>_<level>``: of transplant-related mortality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.therapies import Therapy
from remit.pathway.waiting import share_treated
from remit.survival.roots import expit, logit, root

Array = NDArray[np.float64]
Levels = Mapping[str, str]
Changed = dict[str, Array]
TOXICITIES = ("severe_crs", "severe_icans")
UNCONTROLLED = "hr_uncontrolled"
PRIOR = "prior_hsct"


def of_levels(
    found: Sequence[Levels], shares: Sequence[Array], therapies: Mapping[str, Therapy], values: Values
) -> list[Changed]:
    """Return for each stratum the parameters that differ from those of all patients.

    Parameters
    ----------
    found
        The level of each feature, for each stratum.
    shares
        (draw,) for each stratum; they sum to 1.
    therapies, values
        By name; of all patients.
    """
    changed: list[Changed] = [{UNCONTROLLED: _ratio("hr", levels, values)} for levels in found]
    ratios = [own[UNCONTROLLED] for own in changed]
    for name in values:
        if name.startswith("p_fit_"):
            _set(changed, name, _fitness(values[name], shares, ratios))
    for name in ("p_trm_first_hsct", "p_trm_second_hsct"):
        _set(changed, name, _shifted("trm", "", values[name], found, list(shares), values))
    for own, levels in zip(changed, found, strict=True):
        if PRIOR in levels:
            own["p_prior_hsct"] = values.full(float(levels[PRIOR] == "yes"))
    for therapy, kind in therapies.items():
        if f"p_cr_{therapy}" in values:
            _of_therapy(changed, therapy, kind, found, shares, values)
    return changed


def _of_therapy(
    changed: list[Changed],
    therapy: str,
    kind: Therapy,
    found: Sequence[Levels],
    shares: Sequence[Array],
    values: Values,
) -> None:
    """Set remission, toxicity and suitability of a therapy in every stratum."""
    suits = [not any(levels.get(f) in barred for f, barred in kind.not_for.items()) for levels in found]
    if any(feature in found[0] for feature in kind.not_for):
        _set(changed, f"share_suitable_{therapy}", [values.full(float(suit)) for suit in suits])
    if not found[0]:
        weights = list(shares)
    else:
        # None of those whom it is not given to were in its trial.
        weights = [
            share * float(suit) * share_treated(therapy, kind, values, own[UNCONTROLLED])
            for share, suit, own in zip(shares, suits, changed, strict=True)
        ]
    p_cr = values[f"p_cr_{therapy}"]
    _set(changed, f"p_cr_{therapy}", _shifted("cr", therapy, p_cr, found, weights, values))
    reported = [values.either(f"p_{toxicity}_{therapy}", 0.0) for toxicity in TOXICITIES]
    own = [
        _shifted(toxicity, therapy, p, found, weights, values)
        for toxicity, p in zip(TOXICITIES, reported, strict=True)
    ]
    _toxicity(changed, therapy, reported, own, values)


def _toxicity(
    changed: list[Changed], therapy: str, reported: list[Array], own: list[list[Array]], values: Values
) -> None:
    """Set severe toxicity, mitigated, and what goes with it.

    Deaths of treatment and a share of the cost of adverse events are of severe toxicity and go up and down
    with it; those in whom an infusion is stopped for it have a part of the course only.
    """
    mitigated = values.either(f"rr_severe_toxicity_{therapy}", 1.0)
    before = reported[0] + reported[1]
    of_cost = values.either(f"share_cost_severe_toxicity_{therapy}", 0.0)
    for place, stratum in enumerate(changed):
        severe = [mitigated * parts[place] for parts in own]
        after = severe[0] + severe[1]
        ratio = np.where(before > 0, after / np.where(before > 0, before, 1), 1.0)
        for toxicity, p in zip(TOXICITIES, severe, strict=True):
            if f"p_{toxicity}_{therapy}" in values:
                stratum[f"p_{toxicity}_{therapy}"] = p
        stratum[f"p_death_treatment_{therapy}"] = np.minimum(
            values[f"p_death_treatment_{therapy}"] * ratio, 1.0
        )
        stratum[f"rr_cost_adverse_events_{therapy}"] = 1 - of_cost + of_cost * ratio
        stopped = f"share_course_when_stopped_{therapy}"
        if stopped in values:
            stratum[f"rr_cost_drug_{therapy}"] = 1 - (after - before) * (1 - values[stopped])


def _fitness(mean: Array, shares: Sequence[Array], ratios: list[Array]) -> list[Array]:
    """Return p^hr for each stratum, the reference p solved so that the mixture has the mean."""
    if len(ratios) == 1:
        return [mean]

    def excess(p: Array) -> Array:
        return np.asarray(_weighted([p**ratio for ratio in ratios], shares) - mean, dtype=np.float64)

    reference = root(excess, np.zeros_like(mean), np.ones_like(mean))
    return [reference**ratio for ratio in ratios]


def _shifted(
    outcome: str, therapy: str, p: Array, found: Sequence[Levels], weights: list[Array], values: Values
) -> list[Array]:
    """Return a probability in each stratum under its odds ratios, whose weighted mean is ``p``."""
    ratios = [_ratio(f"or_{outcome}", levels, values, therapy) for levels in found]
    if len(found) == 1 or not any(_has(f"or_{outcome}", levels, values, therapy) for levels in found):
        return [p for _ in found]
    shifts = [np.log(ratio) for ratio in ratios]
    total = _weighted([np.ones_like(p) for _ in found], weights)

    def excess(x: Array) -> Array:
        return np.asarray(
            _weighted([expit(x + shift) for shift in shifts], weights) - p * total, dtype=np.float64
        )

    # A probability of 0 or 1 has no finite log odds: then no shift can matter either.
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    reach = np.max(np.abs(np.stack(shifts)), axis=0) + 1.0
    reference = root(excess, logit(inside) - reach, logit(inside) + reach)
    certain = (p <= 0) | (p >= 1)
    return [np.where(certain, p, expit(reference + shift)) for shift in shifts]


def _names(effect: str, levels: Levels, therapy: str) -> list[str]:
    return ["_".join(filter(None, (effect, feature, level, therapy))) for feature, level in levels.items()]


def _has(effect: str, levels: Levels, values: Values, therapy: str) -> bool:
    return any(name in values for name in _names(effect, levels, therapy))


def _ratio(effect: str, levels: Levels, values: Values, therapy: str = "") -> Array:
    """Return the product of a stratum's ratios of one kind, 1 where no parameter names its level."""
    product = values.full(1.0)
    for name in _names(effect, levels, therapy):
        if name in values:
            product = product * values[name]
    return product


def _set(changed: list[Changed], name: str, each: Sequence[Array]) -> None:
    for own, value in zip(changed, each, strict=True):
        own[name] = value


def _weighted(parts: Sequence[Array], weights: Sequence[Array]) -> Array:
    total = np.zeros_like(weights[0])
    for part, weight in zip(parts, weights, strict=True):
        total = total + part * weight
    return total
