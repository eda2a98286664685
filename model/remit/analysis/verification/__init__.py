"""Verification tests that run on any scenario: what the model must do with extreme and neutral inputs.

Numbers name the tests; those that are missing run in the test suite alone. Each test returns what it
measured, so that a report can show numbers and not only "passed".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from remit.analysis.verification import balance, extremes, symmetry
from remit.analysis.verification.check import Check, Subject
from remit.study import Study

__all__ = ["TESTS", "Check", "Subject", "verify"]


def verify(study: Study) -> Iterator[Check]:
    """Run every verification test on a study, yielding each result."""
    subject = Subject(study)
    for test in TESTS:
        yield from test(subject)


TESTS: tuple[Callable[[Subject], Iterator[Check]], ...] = (
    balance.probabilities_sum_to_one,
    balance.death_is_absorbing,
    balance.moves_balance,
    balance.events_are_counted_once,
    balance.parts_sum_to_total,
    balance.constants_integrate_exactly,
    extremes.utilities_at_extremes,
    extremes.costs_at_zero,
    extremes.mortality_at_extremes,
    extremes.discounting_at_extremes,
    extremes.no_response,
    extremes.certain_cure,
    extremes.short_horizons,
    extremes.drug_price_is_linear,
    extremes.life_expectancy,
    symmetry.strategies_stand_alone,
    symmetry.neutral_modulation,
    symmetry.unreachable_lines,
    symmetry.currency_is_a_unit,
    symmetry.solvers_agree,
    symmetry.draws_stand_alone,
)
