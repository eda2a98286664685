"""What a study lacks, found out by a rehearsal: everything is done but following patients."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from remit.economics.payment import charges_of
from remit.economics.valuation import value
from remit.engine.clock import Scales
from remit.engine.totals import Totals, counted_transitions, groups_of
from remit.errors import InputError, Problem, RemitError, nearest
from remit.inputs.distributions import Fixed
from remit.inputs.parameters import Parameter
from remit.pathway.graph import Pathway
from remit.study import Study

MOST_MISSING = 200
MOST_KEPT = 256
_REHEARSED: dict[Hashable, tuple[Lack, ...]] = {}
# Stands in for what is missing, so that the search can go on.
STAND_IN = Parameter("missing", 0.5, "probability", Fixed("missing"), "assumption")


@dataclass(frozen=True)
class Lack:
    """What a study lacks: a parameter (None: it fails otherwise), the strategy that needs it, and a hint."""

    strategy: str
    parameter: str | None
    rule: str
    hint: str | None


def lacks(study: Study) -> Iterator[Lack]:
    """Yield every parameter that a strategy needs and the study does not have, and what else stops it."""
    yield from _tempo(study)
    for name in study.strategies:
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


def _tempo(study: Study) -> Iterator[Lack]:
    """Yield the tempos that have no hazard ratio; one of them may do without: the reference."""
    tempos, first = study.population.tempo, study.comparator
    without = [tempo for tempo in tempos if f"hr_tempo_{tempo}" not in study.parameters]
    for tempo in without[1:] if "base" not in without else [tempo for tempo in without if tempo != "base"]:
        rule = "a tempo needs its hazard ratio; only one of them, the reference, does without"
        yield Lack(first, f"hr_tempo_{tempo}", rule, nearest(f"hr_tempo_{tempo}", study.parameters))
    share = study.parameters.get("share_tempo")
    if tempos and share is not None and isinstance(share.value, dict) and set(share.value) != set(tempos):
        yield Lack(first, None, "share_tempo and the tempos of the population must have the same names", None)


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
