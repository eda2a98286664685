"""How many patients an answer helps."""

import pytest

from remit.analysis.information import Population, effective_population
from remit.errors import InputError


def test_it_is_the_discounted_sum_over_years_by_hand():
    by_hand = 30 + 30 / 1.04 + 30 / 1.04**2
    assert effective_population(30, 3, 0.04) == pytest.approx(by_hand)
    assert effective_population(30, 3, 0.0) == 90.0


def test_research_that_reports_later_helps_only_those_who_come_after():
    assert effective_population(30, 3, 0.04, delay=1) == pytest.approx(30 / 1.04 + 30 / 1.04**2)
    assert effective_population(30, 3, 0.04, delay=1.75) == pytest.approx(7.5 / 1.04 + 30 / 1.04**2)
    assert effective_population(30, 3, 0.04, delay=3) == 0.0
    assert effective_population(30, 3, 0.04, delay=30) == 0.0


def test_of_a_year_in_which_the_horizon_ends_its_part_counts():
    assert effective_population(30, 2.5, 0.04) == pytest.approx(30 + 30 / 1.04 + 15 / 1.04**2)
    assert Population(30, 2.5, 0.04).effective(delay=2.25) == pytest.approx(7.5 / 1.04**2)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((-1, 10, 0.03), "per_year = -1: must be 0 or more"),
        ((1, float("nan"), 0.03), "years"),
        ((1, 10, -0.03), "discount = -0.03: must be 0 or more"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(numbers, words):
    with pytest.raises(InputError, match=words):
        effective_population(*numbers)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0, 10, 0.03), "per_year = 0: must be above 0"),
        ((1, 0, 0.03), "years = 0: must be above 0"),
        ((1, 10, 3.5), "discount = 3.5: must be from 0 to 1"),
    ],
)
def test_a_population_of_nobody_is_refused(numbers, words):
    with pytest.raises(InputError, match=words):
        Population(*numbers)
