"""Which strategy a patient of a clinic is given."""

from __future__ import annotations

from collections.abc import Callable

from remit.analysis.clinic.opening import OpenClinic
from remit.analysis.clinic.plan import Clause, Rule
from remit.engine.journeys import Arrivals, Choice
from remit.engine.resources import Use


def choice_of(rule: Rule, opened: OpenClinic, arrivals: Arrivals) -> Choice:
    """Return a rule as the clinic asks it: of a patient by number, and of waits as they are then."""
    number = {name: place for place, name in enumerate(opened.crowd.strategies)}
    otherwise = number[rule.otherwise]
    clauses = [(clause, number[clause.give], _whom(clause, opened)) for clause in rule.when]
    strata = arrivals.strata.tolist()

    def choose(patient: int, expected_wait: Callable[[Use], float]) -> int:
        for clause, strategy, whom in clauses:
            if strata[patient] in whom and _is_long(clause, expected_wait):
                return strategy
        return otherwise

    return choose


def _whom(clause: Clause, opened: OpenClinic) -> frozenset[int]:
    """Return the strata of which a clause speaks."""
    return frozenset(
        stratum
        for stratum, levels in enumerate(opened.levels)
        if all(levels[feature] in allowed for feature, allowed in clause.patients.items())
    )


def _is_long(clause: Clause, expected_wait: Callable[[Use], float]) -> bool:
    if clause.wait_for is None or clause.exceeds is None:
        return True
    return expected_wait(clause.wait_for) > clause.exceeds
