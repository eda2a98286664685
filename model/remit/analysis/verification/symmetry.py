"""Neutral changes, and two ways to the same number (V30 to V35, V63, V73 to V76)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import ceac
from remit.analysis.verification.check import DRAWS, Check, Subject, draws_of
from remit.economics.outcomes import Outcomes
from remit.evaluation import evaluate
from remit.pathway.therapies import Line, Strategy
from remit.study import Study

Array = NDArray[np.float64]
TOTALS = ("life_years", "qalys", "costs")
FEW = 5


def strategies_stand_alone(subject: Subject) -> Iterator[Check]:
    """V30, V31, V76: a twin is the same, and neither order nor company changes a strategy's numbers."""
    study, outcomes = subject.study, subject.outcomes
    first = next(iter(study.strategies))
    turned = dict(reversed([*study.strategies.items(), ("a twin", study.strategies[first])]))
    found = evaluate(replace(study, strategies=turned))
    places = [found.strategies.index(name) for name in (first, "a twin")]
    twins = max(float(np.abs(np.diff(getattr(found, name)[0, places])).max()) for name in TOTALS)
    yield Check("V30", "two identical strategies: increments", twins, 0)
    order = [found.strategies.index(name) for name in outcomes.strategies]
    apart = max(_apart(getattr(found, name)[:, order], getattr(outcomes, name)) for name in TOTALS)
    yield Check("V31", "strategies in another order, one added: change of the others (also V76)", apart, 0)


def neutral_modulation(subject: Subject) -> Iterator[Check]:
    """V33: with hazard and odds ratios of 1 the causal share of modulation changes nothing."""
    study = subject.study
    neutral: dict[str, object] = {}
    for name in study.parameters:
        if name.startswith(("hr_relapse_later_", "log_or_cr_later_")):
            neutral[name] = 1.0 if name.startswith("hr_") else 0.0
    causal = [name for name in study.parameters if name.startswith("share_causal_modulation_")]
    if not causal:
        return
    none, whole = (evaluate(study.set({**neutral, **dict.fromkeys(causal, c)})) for c in (0.0, 1.0))
    yield Check("V33", "ratios of 1: effect of the causal share (relative)", _relative(none, whole), 1e-8)


def unreachable_lines(subject: Subject) -> Iterator[Check]:
    """V34: a strategy whose later lines nobody is fit for is its first line alone."""
    study = subject.study
    several = {
        name: Strategy(one.title, (one.lines[0], *(_given_to_nobody(line) for line in one.lines[1:])))
        for name, one in study.strategies.items()
        if len(one.lines) > 1
    }
    if not several:
        return
    single = {name: Strategy(one.title, one.lines[:1]) for name, one in several.items()}
    short, long = (evaluate(replace(study, strategies=which)) for which in (single, several))
    yield Check(
        "V34", "nobody fit for later lines: first line alone (relative)", _relative(short, long), 1e-8
    )


def _given_to_nobody(line: Line) -> Line:
    # Cells that are collected at the start cost money even where nobody is given them.
    return replace(line, fit=0.0, apheresis="after_failure")


def currency_is_a_unit(subject: Subject) -> Iterator[Check]:
    """V35: in a currency of half the worth costs double, and at twice the WTP acceptability is the same."""
    halved = _in_half_the_currency(subject.study)
    once, twice = subject.drawn, evaluate(halved, draws_of(halved, DRAWS))
    yield Check("V35", "currency x 2: costs less twice the costs", _apart(twice.costs, 2 * once.costs), 0)
    wtp = np.array([0.5, 1.0]) * subject.study.settings.wtp.threshold
    gap = _apart(ceac(twice.costs, twice.qalys, 2 * wtp), ceac(once.costs, once.qalys, wtp))
    yield Check("V35", "currency x 2, WTP x 2: change of the CEAC", gap, 0)


def _in_half_the_currency(study: Study) -> Study:
    """Double every cost, points of profiles and centres of distributions, keeping their relative spread."""
    parameters = dict(study.parameters)
    for name, old in parameters.items():
        if name.startswith("cost_"):
            by = isinstance(old.value, dict)
            given: Any = old.value
            value = {at: 2 * x for at, x in given.items()} if by else 2 * given
            parameters[name] = replace(old, value=value)
    posterior = study.posterior
    if posterior is not None:
        doubled = {
            column: 2 * values if column.startswith("cost_") and not study.parameters[column].by else values
            for column, values in posterior.columns.items()
        }
        posterior = replace(posterior, columns=doubled)
    return replace(study, parameters=parameters, posterior=posterior)


def solvers_agree(subject: Subject) -> Iterator[Check]:
    """V63: the closed form and the stepping solver give the same totals and events."""
    outcomes = subject.outcomes
    stepped = evaluate(subject.study, solver="stepping", counts=True)
    yield Check("V63", "closed form and stepping: totals (relative)", _relative(outcomes, stepped), 1e-8)
    events = max(_apart(count, stepped.events[event]) for event, count in outcomes.events.items())
    yield Check("V63", "closed form and stepping: events per patient", events, 1e-8)


def draws_stand_alone(subject: Subject) -> Iterator[Check]:
    """V73, V74, V75: fixed parameters give the deterministic run; jobs and number of draws change no bit."""
    study, outcomes = subject.study, subject.outcomes
    uncertain = [c for name, p in study.parameters.items() if p.is_uncertain for c in p.columns(name)]
    fixed = {column: np.full(FEW, study.means[column]) for column in uncertain}
    certain = evaluate(study, fixed, n_draws=FEW)
    gap = max(_relative(outcomes, certain, draw) for draw in range(FEW))
    yield Check("V73", "PSA with every parameter at its mean: deterministic run (relative)", gap, 1e-8)
    jobs = evaluate(study, draws_of(study, DRAWS), jobs=2)
    apart = max(_apart(getattr(jobs, name), getattr(subject.drawn, name)) for name in TOTALS)
    yield Check("V74", "two jobs: change of any draw", apart, 0)
    first = evaluate(study, draws_of(study, FEW))
    few = len(first.costs)
    apart = max(_apart(getattr(first, name), getattr(subject.drawn, name)[:few]) for name in TOTALS)
    yield Check("V75", "fewer draws: change of those drawn", apart, 0)


def _apart(one: Array, two: Array) -> float:
    return float(np.abs(one - two).max())


def _relative(one: Outcomes, two: Outcomes, draw: int = 0) -> float:
    """Return the largest relative difference of totals: the first draw of one, some draw of two."""
    gaps = []
    for name in TOTALS:
        a, b = getattr(one, name)[0], getattr(two, name)[draw]
        gaps.append(np.abs(b - a) / np.maximum(np.abs(a), 1e-9))
    return float(np.max(gaps))
