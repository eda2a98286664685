"""The rules that one parameter must obey."""

import math

import pytest

from remit.inputs.distributions import Beta, Dirichlet, Fixed, Gamma, LogNormal, Normal, Uniform
from remit.inputs.parameters import Correlation, Parameter, parameter_problems

FIXED = Fixed("a definition")


def parameter(value=0.39, unit="probability", uncertainty=FIXED, **others):
    return Parameter(
        "Title",
        value,
        unit,
        uncertainty,
        **{"source": "maude2018", "of": "treated", "price_year": 2018} | others,
    )


def problems(name, given, currency="EUR"):
    return list(parameter_problems(name, given, currency))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("p_cr", parameter(0.39, uncertainty=Beta(events=27, n=70))),
        ("p_cr", parameter(1)),
        ("share_durable", parameter(0.4, "share", Uniform(0.2, 0.6))),
        ("share_tempo", parameter({"slow": 0.3, "rapid": 0.7}, "share", Dirichlet(30))),
        ("share_tempo", parameter({"slow": 0.3, "rapid": 0.7}, "share")),
        ("rate_death", parameter(0.07, "per month", LogNormal(0.3))),
        ("hr_tempo", parameter(3.5, "hazard ratio", LogNormal(0.3))),
        ("log_or_cr", parameter(-2.07, "log odds ratio", Normal(0.4))),
        ("cost_drug", parameter(1000, "EUR", Gamma(0.2))),
        ("cost_follow_up", parameter({0: 200, 1: 100}, "EUR per month", Gamma(0.2), by="time")),
        ("utility_active", parameter(-0.2, "utility")),
        ("utility_decrement", parameter(0.028, "utility", Normal(0.018))),
        ("time_wait", parameter(43, "days", LogNormal(0.1))),
        ("shape_wait", parameter(0.5, "ratio")),
    ],
)
def test_a_sound_parameter_has_no_problems(name, given):
    assert problems(name, given) == []


@pytest.mark.parametrize(
    ("name", "given", "field", "said"),
    [
        ("response", parameter(), "", "begins with what it is"),
        ("p_cr", parameter(unit="percent"), "unit", "unknown unit 'percent'"),
        ("p_cr", parameter(unit="per month"), "unit", "p_... cannot be in 'per month'"),
        ("p_cr", parameter(of=None), "of", "needs its denominator"),
        ("share_durable", parameter(0.4, "share", of=None), "of", "needs its denominator"),
        ("p_cr", parameter(source="assumption"), "note", "needs a note"),
        ("cost_drug", parameter(9, "EUR", price_year=None), "price_year", "needs its price year"),
        ("cost_drug", parameter(9, "USD"), "unit", "counts in EUR"),
        ("p_cr", parameter(40), "value", r"did you mean 0.4?"),
        ("p_cr", parameter(1.5), "value", r"did you mean 0.015?"),
        ("p_cr", parameter(-0.1), "value", "between 0 and 1"),
        ("share_durable", parameter({"a": 1.5, "b": -0.5}, "share"), "value", "between 0 and 1"),
        ("utility_active", parameter(1.01, "utility"), "value", "between -0.6 and 1"),
        ("utility_active", parameter(-0.61, "utility"), "value", "between -0.6 and 1"),
        ("utility_norm", parameter({0: 0.9, 80: 80}, "utility", by="age"), "value", "between -0.6 and 1"),
        ("hr_tempo", parameter(0, "hazard ratio"), "value", "a ratio must be above 0"),
        ("or_cr", parameter(-1, "odds ratio"), "value", "a ratio must be above 0"),
        ("smr_survivors", parameter(0, "hazard ratio"), "value", "a ratio must be above 0"),
        ("shape_wait", parameter(0, "ratio"), "value", "a ratio must be above 0"),
        ("rate_death", parameter(-0.1, "per month"), "value", "a rate cannot be negative"),
        ("cost_drug", parameter(-1, "EUR"), "value", "a cost cannot be negative"),
        ("time_wait", parameter(-1, "days"), "value", "a time cannot be negative"),
        ("age_start", parameter(-1, "years"), "value", "an? age cannot be negative"),
        ("qaly_loss_crs", parameter(-0.1, "QALY"), "value", "a qaly loss cannot be negative"),
        ("cost_drug", parameter(math.nan, "EUR"), "value", "finite"),
        ("cost_drug", parameter(math.inf, "EUR", Gamma(0.2)), "value", "finite"),
        ("cost_follow_up", parameter({0: 1, 1: math.nan}, "EUR per year", by="time"), "value", "finite"),
        ("cost_follow_up", parameter({}, "EUR per year", by="time"), "value", "at least one"),
        ("p_cr", parameter(1.0, uncertainty=Beta(sd=0.1)), "uncertainty", "between 0 and 1, both excluded"),
        ("p_cr", parameter(0.45, uncertainty=Beta(events=27, n=70)), "value", "mean is 0.3857"),
        ("p_cr", parameter(0.5, uncertainty=Uniform(0.2, 0.6)), "value", "mean is 0.4"),
        ("share_tempo", parameter({"a": 0.5, "b": 0.4}, "share", Dirichlet(9)), "value", "these sum to 0.9"),
        ("share_tempo", parameter({"a": 0.5, "b": 0.4}, "share"), "value", "these sum to 0.9"),
        (
            "share_tempo",
            parameter({"a": 1.0, "b": 0.0}, "share", Dirichlet(9)),
            "uncertainty",
            "each above 0",
        ),
        ("share_tempo", parameter({"a": 0.5, "b": 0.5}, "share", Beta(sd=0.1)), "uncertainty", "dirichlet"),
        ("share_durable", parameter(0.5, "share", Dirichlet(9)), "uncertainty", "dirichlet"),
        ("cost_drug", parameter(0.5, "EUR", Beta(sd=0.1)), "uncertainty", "gamma or log-normal"),
        ("shape_wait", parameter(0.5, "ratio", LogNormal(0.1)), "uncertainty", "must be fixed"),
    ],
)
def test_a_rule_that_is_broken_is_named_with_its_field(name, given, field, said):
    found = problems(name, given)
    assert [at for at, _ in found] == [field]
    assert said.replace("an? ", "a ") in found[0][1]


@pytest.mark.parametrize(
    ("name", "unit", "uncertainty"),
    [
        ("p_cr", "probability", Normal(0.1)),
        ("p_cr", "probability", Gamma(0.1)),
        ("p_cr", "probability", LogNormal(0.1)),
        ("p_cr", "probability", Uniform(-0.2, 1.0)),
        ("share_durable", "share", Uniform(-0.2, 1.0)),
        ("cost_drug", "EUR", Normal(0.1)),
        ("cost_drug", "EUR", Uniform(-0.2, 1.0)),
        ("rate_death", "per month", Normal(0.1)),
        ("hr_tempo", "hazard ratio", Normal(0.1)),
        ("or_cr", "odds ratio", Normal(0.1)),
        ("rr_cr", "ratio", Normal(0.1)),
        ("smr_survivors", "hazard ratio", Normal(0.1)),
        ("time_wait", "days", Normal(0.1)),
        ("qaly_loss_crs", "QALY", Normal(0.1)),
    ],
)
def test_a_distribution_with_mass_where_the_parameter_cannot_be_is_refused(name, unit, uncertainty):
    assert [said for _, said in problems(name, parameter(0.4, unit, uncertainty))] == [
        f"a {uncertainty.type} distribution goes outside the range of a {name.split('_')[0]}_... parameter"
        if not name.startswith("qaly")
        else "a normal distribution goes outside the range of a qaly_loss_... parameter"
    ]


def test_a_value_that_disagrees_with_its_distribution_may_say_why():
    assert problems("p_cr", parameter(0.45, uncertainty=Beta(events=27, n=70), because="rounded")) == []


@pytest.mark.parametrize(
    ("value", "sound"), [(0.39, True), (0.386, True), (0.38, False), (0.4, True), (0.385, False)]
)
def test_value_and_mean_agree_in_the_digits_that_are_printed(value, sound):
    """27 of 70 is 0.3857."""
    assert (problems("p_cr", parameter(value, uncertainty=Beta(events=27, n=70))) == []) is sound


def test_any_currency_will_do_where_the_study_names_none():
    assert problems("cost_drug", parameter(9, "USD"), None) == []


def test_several_problems_are_all_reported():
    found = problems("cost_drug", parameter(-9, "USD", price_year=None, source="assumption"))
    assert sorted(at for at, _ in found) == ["note", "price_year", "unit", "value"]


@pytest.mark.parametrize("correlation", [-1, 1, 1.5, math.nan])
def test_a_correlation_lies_between_minus_1_and_1(correlation):
    given = parameter(0.07, "per month", LogNormal(0.3), correlated_with=Correlation("p_cr", correlation))
    assert problems("rate_death", given) == [
        ("correlated_with", "a correlation lies between -1 and 1, both excluded")
    ]


def test_what_is_not_drawn_as_a_single_number_cannot_be_correlated():
    link = Correlation("p_cr", 0.5)
    shares = parameter({"a": 0.5, "b": 0.5}, "share", Dirichlet(9), correlated_with=link)
    for name, given in (("p_cr", parameter(correlated_with=link)), ("share_tempo", shares)):
        assert [at for at, _ in problems(name, given)] == ["correlated_with"]


def test_means_and_columns_are_those_of_a_table_of_draws():
    shares = parameter({"slow": 0.3, "rapid": 0.7}, "share", Dirichlet(30))
    assert shares.columns("share_tempo") == ["share_tempo_slow", "share_tempo_rapid"]
    assert shares.means("share_tempo") == {"share_tempo_slow": 0.3, "share_tempo_rapid": 0.7}
    rate = parameter(0.1, "per month", LogNormal(0.5))
    assert rate.means("rate_death") == {"rate_death": pytest.approx(0.1 * math.exp(0.125), rel=1e-12)}
    assert rate.factor == pytest.approx(12)


def test_a_profile_is_drawn_as_a_level_around_1_whatever_its_unit():
    profile = parameter({0: 200, 1: 100}, "EUR per month", Gamma(0.2), by="time")
    assert profile.central == 1.0
    assert profile.factor == 1.0
    assert profile.means("cost_follow_up") == {"cost_follow_up": 1.0}
