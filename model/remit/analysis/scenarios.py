"""Scenarios side by side: the base case with one thing changed at a time, each at its means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]
Kind = Literal["base", "patients", "strategies", "prices", "perspective", "course", "evidence"]
KINDS: tuple[Kind, ...] = ("base", "patients", "strategies", "prices", "perspective", "course", "evidence")

# Settings that say how outcomes are valued, not what happens to patients.
_PERSPECTIVE = ("perspective", "horizon", "discount_costs", "discount_qalys", "wtp", "correction", "cycle")


@dataclass(frozen=True)
class Compared:
    """A scenario at its means.

    ``costs`` and ``qalys`` are (strategy,), discounted, per patient; empty where it was ``skipped``, which
    says why. ``kind`` says in what it differs from the base case.
    """

    name: str
    title: str
    kind: Kind
    strategies: tuple[str, ...]
    comparator: str
    currency: str
    threshold: float
    costs: Array
    qalys: Array
    skipped: str = ""


def compare_scenarios(
    base: Study, named: Iterable[tuple[str, str, Study]], *, name: str = "base", jobs: int = 1
) -> Iterator[Compared]:
    """Evaluate the base case and scenarios at their means, yielding each as it is done.

    Scenarios that differ from one before in nothing but the means of parameters are evaluated with it, as
    further rows of its table; they come in the order given all the same.

    Parameters
    ----------
    base
        The base case, which comes first.
    named
        Name, title and study of each scenario. Those in another currency, or that compare none of the base
        case's strategies, are skipped, with the reason.
    name
        Of the base case.
    jobs
        Threads.
    """
    scenarios = [(name, base.title, base), *named]
    reasons = [_reason(base, study) for _, _, study in scenarios]
    done: dict[int, Compared] = {}
    for place, (own, title, study) in enumerate(scenarios):
        if reasons[place]:
            done[place] = _compared(base, own, title, study, skipped=reasons[place])
        elif place not in done:
            rest = range(place + 1, len(scenarios))
            twins = [p for p in rest if p not in done and not reasons[p] and _alike(study, scenarios[p][2])]
            together = [place, *twins]
            means = [scenarios[p][2].means for p in together]
            table = {column: np.array([row[column] for row in means]) for column in study.means}
            outcomes = evaluate(study, table, jobs=jobs)
            for row, p in enumerate(together):
                found = _compared(base, *scenarios[p])
                done[p] = replace(found, costs=outcomes.costs[row], qalys=outcomes.qalys[row])
        yield done.pop(place)


def kind_of(base: Study, study: Study) -> Kind:
    """Say in what a scenario differs from the base case; where in several things, the first of them."""
    ours, theirs = base.settings, study.settings
    if study.population != base.population or theirs.subgroup != ours.subgroup or study.age != base.age:
        return "patients"
    if list(study.strategies) != list(base.strategies) or study.comparator != base.comparator:
        return "strategies"
    changed = {name for name, p in study.parameters.items() if base.parameters.get(name) != p}
    if any(getattr(ours, name) != getattr(theirs, name) for name in _PERSPECTIVE):
        return "perspective"
    if theirs.payment != ours.payment or (changed and all(name.startswith("cost_") for name in changed)):
        return "prices"
    if theirs != ours:
        return "course"
    return "evidence" if changed or study.posterior is not base.posterior else "base"


def _reason(base: Study, study: Study) -> str:
    """Say why a scenario cannot stand beside the base case; nothing where it can."""
    if study.settings.currency != base.settings.currency:
        return f"counts in {study.settings.currency}"
    if not set(study.strategies) & set(base.strategies):
        return "compares none of these strategies"
    return ""


def _compared(base: Study, name: str, title: str, study: Study, *, skipped: str = "") -> Compared:
    nothing: Array = np.zeros(0)
    return Compared(
        name=name,
        title=title,
        kind=kind_of(base, study),
        strategies=tuple(study.strategies),
        comparator=study.comparator,
        currency=study.settings.currency,
        threshold=study.settings.wtp.threshold,
        costs=nothing,
        qalys=nothing,
        skipped=skipped,
    )


def _alike(study: Study, other: Study) -> bool:
    """Tell whether two studies differ in nothing but the means of parameters."""
    parts = ("settings", "strategies", "therapies", "population", "borrowed")
    if any(getattr(study, part) != getattr(other, part) for part in parts):
        return False
    tables = ((one.life_table.male, one.life_table.female) for one in (study, other))
    if not all(np.array_equal(own, their) for own, their in zip(*tables, strict=True)):
        return False
    return study.parameters.keys() == other.parameters.keys() and all(
        _same_form(name, study, other) for name in study.parameters
    )


def _same_form(name: str, study: Study, other: Study) -> bool:
    """Tell whether a parameter may stand in one table: profiles and ages are no draws."""
    own, their = study.parameters[name], other.parameters[name]
    fixed = own.by is not None or name.startswith("age_")
    return (
        own.unit == their.unit
        and own.by == their.by
        and own.columns(name) == their.columns(name)
        and not (fixed and own.value != their.value)
    )
