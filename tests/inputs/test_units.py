"""Units and conversions: to years and per year, and which names may carry which unit."""

import doctest
import math

import pytest

from remit.inputs import units as module
from remit.inputs.units import currency_of, known_units, prefix_of, to_years, unit_factor, unit_fits


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("43 days", 43 / 365.25),
        ("2 weeks", 14 / 365.25),
        ("1 month", 1 / 12),
        ("60 months", 5),
        ("88 years", 88),
        (" 1.5  years ", 1.5),
        (".5 years", 0.5),
        ("1e1 days", 10 / 365.25),
    ],
)
def test_a_time_is_read_in_years_of_twelve_months_and_365_25_days(text, years):
    assert to_years(text) == pytest.approx(years, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    ["43", "days", "-1 day", "43 dayss", "43days", "2 cycles", "1 Month", "1,5 years", "nan years", ""],
)
def test_what_is_not_a_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write a number and its unit, such as '43 days'"):
        to_years(text)


def test_rates_and_costs_per_month_or_day_become_yearly():
    assert unit_factor("per month") == pytest.approx(12, rel=1e-15)
    assert unit_factor("per day") == pytest.approx(365.25, rel=1e-15)
    assert unit_factor("per week") == pytest.approx(365.25 / 7, rel=1e-15)
    assert unit_factor("per year") == 1
    assert unit_factor("EUR per month") == pytest.approx(12, rel=1e-15)
    assert unit_factor("USD per year") == unit_factor("GBP") == unit_factor("probability") == 1
    assert unit_factor("days") == unit_factor("day") == 1 / 365.25


@pytest.mark.parametrize(
    "unit",
    ["", "per", "per cycle", "per months", "EURper month", "SEK", "SEK per year", "kg per year", "monthss"],
)
def test_an_unknown_unit_is_refused_and_the_known_ones_are_named(unit):
    with pytest.raises(ValueError, match=r"unknown unit .* known are probability, .*EUR per month"):
        unit_factor(unit)


def test_every_unit_that_is_offered_is_understood():
    assert len(known_units()) > 20
    assert all(unit_factor(unit) > 0 for unit in known_units())


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("p_cr", "probability"),
        ("share_durable", "share"),
        ("share_durable", "probability"),
        ("rate_death", "per month"),
        ("hr_tempo", "hazard ratio"),
        ("smr_survivors", "hazard ratio"),
        ("or_cr", "odds ratio"),
        ("log_or_cr", "log odds ratio"),
        ("cost_drug", "EUR"),
        ("cost_follow_up", "USD per month"),
        ("utility_norm", "utility"),
        ("qaly_loss_crs", "QALY"),
        ("time_wait", "days"),
        ("age_start", "years"),
        ("weight_body", "kg"),
        ("shape_wait", "ratio"),
    ],
)
def test_a_name_carries_the_units_of_what_it_says_it_is(name, unit):
    assert unit_fits(name, unit)


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("p_cr", "share"),
        ("p_cr", "per month"),
        ("rate_death", "probability"),
        ("rate_death", "months"),
        ("rate_death", "EUR per month"),
        ("hr_tempo", "odds ratio"),
        ("log_or_cr", "odds ratio"),
        ("or_cr", "log odds ratio"),
        ("cost_drug", "per month"),
        ("utility_norm", "QALY"),
        ("time_wait", "per day"),
        ("response", "probability"),
    ],
)
def test_a_name_does_not_carry_the_unit_of_something_else(name, unit):
    assert not unit_fits(name, unit)


def test_the_longest_prefix_says_what_a_parameter_is():
    assert prefix_of("log_or_cr_later") == "log_or_"
    assert prefix_of("or_cr_rapid") == "or_"
    assert prefix_of("qaly_loss_crs") == "qaly_loss_"
    assert prefix_of("response") is None


def test_a_cost_has_a_currency_and_nothing_else_has():
    assert currency_of("EUR per month") == currency_of("EUR") == "EUR"
    assert currency_of("per month") is None
    assert currency_of("utility") is None


def test_the_conversions_of_the_textbook_hold_in_the_model_s_units():
    """A probability over five years, a median and a discount rate, as rates per year of the model."""
    yearly = -math.log1p(-0.40) / to_years("5 years")
    assert -math.expm1(-yearly) == pytest.approx(0.097119549, abs=1e-9)
    assert -math.expm1(-yearly * to_years("1 month")) == pytest.approx(0.008477621, abs=1e-9)
    rate = math.log(2) / to_years("7.8 months")
    assert rate / unit_factor("per month") == pytest.approx(0.088865023, abs=1e-9)
    assert -math.expm1(-rate * to_years("1 month")) == pytest.approx(0.085030935, abs=1e-9)
    assert 1.03 ** to_years("1 month") - 1 == pytest.approx(0.002466270, abs=1e-9)
