"""What a study lacks, found out by a rehearsal: everything is done but following patients."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from remit.economics.payment import charges_of
from remit.economics.valuation import value
from remit.engine.clock import Scales
from remit.engine.totals import Totals, counted_transitions, groups_of
from remit.errors import InputError, Problem, RemitError, nearest
from remit.inputs.distributions import Fixed
from remit.inputs.parameters import Parameter
from remit.pathway.effects import PRIOR
from remit.pathway.graph import Pathway
from remit.pathway.population import AGE
from remit.study import Study

MOST_MISSING = 200
PATIENTS = ("population",)
MOST_KEPT = 256
_REHEARSED: dict[Hashable, tuple[Lack, ...]] = {}
# Stands in for what is missing, so that the search can go on.
STAND_IN = Parameter("missing", 0.5, "probability", Fixed("missing"), "assumption")


@dataclass(frozen=True)
class Lack:
    """What a study lacks.

    Attributes
    ----------
    strategy
        The strategy that needs it.
    parameter
        The parameter, or the key within the strategy; None: it fails otherwise.
    rule, hint
        What is wrong, and how to mend it.
    setting
        The key of the root file that asks for it, where it is no strategy.
    """

    strategy: str
    parameter: str | None
    rule: str
    hint: str | None
    setting: tuple[str, ...] | None = None


def lacks(study: Study) -> Iterator[Lack]:
    """Yield every parameter that a strategy needs and the study does not have, and what else stops it."""
    yield from _fits(study)
    of_strata = list(_strata(study))
    yield from of_strata
    # Without strata nobody can be followed.
    for name in () if of_strata else study.strategies:
        yield from _of_strategy(study, name)


def _of_strategy(study: Study, name: str) -> tuple[Lack, ...]:
    """Rehearse a strategy, once for all studies that differ in values alone."""
    shape = (
        name,
        study.strategies[name],
        tuple(study.therapies.items()),
        study.population,
        study.settings.start,
        study.settings.hsct_reference,
        tuple(study.settings.hsct.items()),
        frozenset((key, parameter.by) for key, parameter in study.parameters.items()),
    )
    if shape not in _REHEARSED:
        if len(_REHEARSED) >= MOST_KEPT:
            _REHEARSED.clear()
        _REHEARSED[shape] = tuple(_missing(study, name))
    return _REHEARSED[shape]


def _missing(study: Study, name: str) -> Iterator[Lack]:
    known = dict(study.parameters)
    for _ in range(MOST_MISSING):
        missing, rule = _rehearse(replace(study, parameters=known), name)
        if rule is None:
            return
        yield Lack(name, missing, rule, nearest(missing, study.parameters) if missing else None)
        if missing is None:
            return
        known[missing] = STAND_IN


def _fits(study: Study) -> Iterator[Lack]:
    """Yield the lines whose share fit is a parameter that is no share."""
    for name, strategy in study.strategies.items():
        for number, line in enumerate(strategy.lines):
            named = study.parameters.get(line.fit) if isinstance(line.fit, str) else None
            share = str(line.fit).startswith(("p_", "share_"))
            if named is not None and (not share or isinstance(named.value, dict)):
                rule = f"fit names a share or a probability, and {line.fit} is none"
                yield Lack(name, f"lines.{number}.fit", rule, None)


def _strata(study: Study) -> Iterator[Lack]:
    """Yield what the features of the population lack, and levels that there are not."""
    first, population = study.comparator, study.population
    for group in population.groups():
        levels = ["_".join(some) for some in product(*(population.strata[feature] for feature in group))]
        name = "_".join(["share", *group])
        share = study.parameters.get(name)
        if share is None:
            rule = "the population needs this parameter and no file gives it"
            yield Lack(first, name, rule, nearest(name, study.parameters), PATIENTS)
        elif not isinstance(share.value, dict) or set(share.value) != set(levels):
            rule = f"{name} must have the levels of the population: {', '.join(levels)}"
            yield Lack(first, name, rule, None, PATIENTS)
    for feature, own in population.strata.items():
        yield from _effects(study, feature, own)
    for feature, chosen in study.settings.subgroup.items():
        for level in chosen if feature in population.strata else (feature,):
            known = [*population.strata.get(feature, population.strata)]
            if level not in known:
                rule = f"the population has no {level!r}"
                hint = nearest(level, known) or f"known: {', '.join(known)}"
                yield Lack(first, None, rule, hint, ("settings", "subgroup"))


def _effects(study: Study, feature: str, levels: tuple[str, ...]) -> Iterator[Lack]:
    """Yield the levels of a feature that change nothing; one of them may: the reference."""
    if feature == PRIOR:
        if set(levels) != {"no", "yes"}:
            yield Lack(study.comparator, None, f"the levels of {PRIOR} are no and yes", None, PATIENTS)
        return
    if feature == AGE:
        for name in (
            f"age_start_{level}" for level in levels if f"age_start_{level}" not in study.parameters
        ):
            yield Lack(study.comparator, name, "an age group needs its age", nearest(name, study.parameters))
        return
    for name in study.parameters:
        if _of_feature(name, feature) and not any(f"_{feature}_{level}_" in f"{name}_" for level in levels):
            rule = f"the population has no such level of {feature}: {', '.join(levels)}"
            yield Lack(study.comparator, name, rule, nearest(name.split(f"_{feature}_")[1], levels), PATIENTS)
    barred = {level for kind in study.therapies.values() for level in kind.not_for.get(feature, ())}
    ratios = [f"{name}_" for name in study.parameters if _of_feature(name, feature)]
    without = [
        level
        for level in levels
        if level not in barred and not any(f"_{feature}_{level}_" in name for name in ratios)
    ]
    for level in without[1:] if "base" not in without else [level for level in without if level != "base"]:
        name = f"hr_{feature}_{level}"
        rule = f"{feature} {level} changes nothing: only one level, the reference, does without a ratio"
        yield Lack(study.comparator, name, rule, nearest(name, study.parameters), PATIENTS)


def _of_feature(name: str, feature: str) -> bool:
    """Tell whether a parameter is the effect of a level of a feature."""
    return name.startswith(f"hr_{feature}_") or (name.startswith("or_") and f"_{feature}_" in name)


def _rehearse(study: Study, strategy: str) -> tuple[str | None, str | None]:
    """Return what is missing, if anything, and the rule broken, if any."""
    try:
        values = study.values(None)
        study.survival(values, np.array([0.0, 1.0]))
        scales = study.scales()
        stratum = study.strata(values)[0]
        pathway = study.pathway(strategy, stratum.values)
        charges = charges_of(pathway, {}, 0.0)
        value(pathway, _nothing(pathway, scales), values, charges, perspective="societal", norm_early=1.0)
    except KeyError as error:
        return str(error.args[0]), "the study needs this parameter and no file gives it"
    except InputError as error:
        problem: Problem = error.problems[0]
        missing = problem.key if problem.key not in study.parameters else None
        return missing, problem.rule
    except RemitError as error:
        return None, str(error)
    return None, None


def _nothing(pathway: Pathway, scales: Scales) -> Totals:
    """Return the totals of a cohort of nobody, which cost nothing but need every price."""
    groups, counted = groups_of(pathway)[0], counted_transitions(pathway, scales)
    n_draws = pathway.n_draws
    return Totals(
        groups=groups,
        time={profile.name: np.zeros((len(groups), n_draws)) for profile in scales.profiles},
        moves={name: np.zeros((len(counted), n_draws)) for name in scales.moves},
        counted=counted,
        alive_at_end=np.zeros(n_draws),
    )
