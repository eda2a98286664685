"""A study: settings and parameters changed, and what monotone changes do to outcomes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import simpson

from remit import evaluate, load_study
from remit.analysis.follow_up import follow_health_states
from remit.engine.clock import Cycle
from remit.errors import InputError
from remit.inputs.draws import draw_parameters
from remit.pathway.population import Population
from remit.study import Study

BASE = load_study()
SMALL = replace(
    BASE,
    strategies={name: BASE.strategies[name] for name in ("blinatumomab", "car_t")},
    population=Population("All", "us_2014"),
)
# Every random valid model is a draw of all parameters, from the priors, which are wider than what a
# calibration leaves; all are evaluated at once.
MODELS = draw_parameters(SMALL.parameters, seed=9, n_draws=200)
BEFORE = evaluate(SMALL, MODELS)
CAR_T = list(SMALL.strategies).index("car_t")
SLACK = 1e-9


def changed(**factors):
    """Return the outcomes of the same models with some drawn parameters multiplied."""
    drawn = dict(MODELS)
    for name, factor in factors.items():
        drawn[name] = MODELS[name] * factor
    return evaluate(SMALL, drawn)


def test_there_are_200_models_and_they_differ():
    assert BEFORE.costs.shape == (200, 2)
    assert np.ptp(BEFORE.qalys, axis=0).min() > 1


def test_a_dearer_drug_costs_more_and_changes_no_health():
    after = evaluate(SMALL.set({"cost_drug_tisagenlecleucel": 400_000}), MODELS)
    assert np.all(after.costs[:, CAR_T] > BEFORE.costs[:, CAR_T])
    assert after.costs[:, 0].tobytes() == BEFORE.costs[:, 0].tobytes()
    assert after.qalys.tobytes() == BEFORE.qalys.tobytes()
    better = BEFORE.qalys[:, 1] > BEFORE.qalys[:, 0]
    icers = [(o.costs[:, 1] - o.costs[:, 0]) / (o.qalys[:, 1] - o.qalys[:, 0]) for o in (BEFORE, after)]
    assert better.any()
    assert np.all(icers[1][better] > icers[0][better])


@pytest.mark.parametrize(
    "name",
    [
        "smr_survivors",
        "rate_death_waiting",
        "rate_death_treated_tisagenlecleucel",
        "rate_death_after_relapse_tisagenlecleucel",
        "rate_death_after_nonresponse_blinatumomab",
        "rate_death_remission_excess",
    ],
)
def test_a_higher_hazard_of_death_never_adds_life_years(name):
    """Remission counts those who outlive the time to response, so that is kept as reported."""
    after = changed(**{name: 1.5})
    assert np.all(after.life_years <= BEFORE.life_years + SLACK)
    assert np.any(after.life_years < BEFORE.life_years - 1e-6)


@pytest.mark.parametrize(
    "name", ["utility_active_disease", "utility_on_treatment", "utility_hsct_first_year"]
)
def test_a_higher_utility_never_takes_qalys(name):
    after = changed(**{name: 1.05})
    assert np.all(after.qalys >= BEFORE.qalys - SLACK)
    assert np.all(after.qalys[:, 0] > BEFORE.qalys[:, 0])
    assert after.life_years.tobytes() == BEFORE.life_years.tobytes()


def test_a_higher_discount_rate_never_adds_qalys_or_costs():
    after = evaluate(SMALL.with_settings(discount_qalys=0.03, discount_costs=0.06), MODELS)
    assert np.all(after.qalys < BEFORE.qalys)
    assert np.all(after.costs < BEFORE.costs)


def test_a_longer_horizon_never_takes_life_years():
    previous = np.zeros_like(BEFORE.life_years)
    for years in (1 / 12, 1.0, 5.0, 30.0, 88.0):
        now = evaluate(SMALL.with_settings(horizon=years), MODELS).life_years
        assert np.all(now > previous)
        previous = now
    assert previous.tobytes() == BEFORE.life_years.tobytes()


def test_more_durable_remissions_never_take_life_years():
    drawn = dict(MODELS)
    d = MODELS["share_durable_tisagenlecleucel"]
    drawn["share_durable_tisagenlecleucel"] = d + 0.1 * (1 - d)
    after = evaluate(SMALL, drawn)
    assert np.all(after.life_years[:, CAR_T] > BEFORE.life_years[:, CAR_T])


def test_a_longer_wait_for_cells_never_adds_life_years():
    """Without excess death in remission: its clock starts at the decision, so a wait escapes some."""
    study = SMALL.set({"rate_death_remission_excess": 0.0})
    waits = [MODELS["time_wait_tisagenlecleucel"] * factor for factor in (1, 2, 4)]
    kept = {name: column for name, column in MODELS.items() if name != "rate_death_remission_excess"}
    years = [evaluate(study, kept | {"time_wait_tisagenlecleucel": w}).life_years[:, CAR_T] for w in waits]
    assert np.all(years[1] < years[0])
    assert np.all(years[2] < years[1])


@given(st.floats(0.01, 0.9), st.floats(0.0, 0.9))
@settings(deadline=None, max_examples=5)
def test_more_remission_never_takes_life_years(low, part):
    high = low + part * (0.9 - low)
    few, many = (evaluate(SMALL.set({"p_cr_tisagenlecleucel": p})).life_years[0, CAR_T] for p in (low, high))
    assert many >= few - SLACK


@pytest.mark.parametrize("correction", ["half-cycle", "simpson"])
def test_cycles_of_a_week_and_of_a_month_agree(correction):

    totals = [
        evaluate(SMALL.with_settings(cycle=(Cycle(length),), correction=correction))
        for length in (7 / 365.25, 1 / 12)
    ]
    for name in ("life_years", "qalys", "costs"):
        np.testing.assert_allclose(getattr(totals[1], name), getattr(totals[0], name), rtol=5e-3)


def test_the_base_cycles_agree_with_months_throughout():

    monthly = evaluate(BASE.with_settings(cycle=(Cycle(1 / 12),)))
    usual = evaluate(BASE)
    for name in ("life_years", "qalys", "costs"):
        np.testing.assert_allclose(getattr(usual, name), getattr(monthly, name), rtol=1e-3)


def test_life_years_are_the_integral_of_the_modelled_curve():
    """By Simpson's rule over the health states, without cycles or a correction."""
    pieces = [np.linspace(0, 0.5, 101), np.linspace(0.5, 5, 109), np.linspace(5, 88, 333)]
    traces = [follow_health_states(SMALL, times) for times in pieces]
    usual = evaluate(SMALL)
    for place, name in enumerate(SMALL.strategies):
        alive = [1 - trace[name][:, 3] for trace in traces]
        fine = sum(simpson(a * 1.015**-t, x=t) for a, t in zip(alive, pieces, strict=True))
        assert usual.life_years[0, place] == pytest.approx(fine, rel=1e-3)


def test_a_set_parameter_is_fixed_and_the_study_it_came_from_is_not():
    again = BASE.set({"p_cr_blinatumomab": 0.5}, because="a test")
    assert again.parameters["p_cr_blinatumomab"].uncertainty.because == "a test"
    assert again.values(None)["p_cr_blinatumomab"].tolist() == [0.5]
    fitted = BASE.posterior.columns["p_cr_blinatumomab"]
    assert BASE.values(None)["p_cr_blinatumomab"] == pytest.approx(
        [math.fsum(fitted) / fitted.size], rel=1e-13
    )
    assert isinstance(again, Study)


def test_a_profile_is_set_as_a_multiple_of_itself():
    again = BASE.set({"cost_follow_up": 2.0})
    before = BASE.parameters["cost_follow_up"].value
    assert again.parameters["cost_follow_up"].value == {at: 2 * old for at, old in before.items()}


def test_unknown_names_and_broken_rules_are_refused_together():
    with pytest.raises(
        InputError, match=r"p_cr_blinatumumab: unknown parameter \(did you mean 'p_cr_blinatumomab'"
    ):
        BASE.set({"p_cr_blinatumumab": 0.5})
    with pytest.raises(InputError, match=r"p_cr_blinatumomab = 40: .* did you mean 0.4\?"):
        BASE.set({"p_cr_blinatumomab": 40})
    with pytest.raises(InputError, match=r"unknown parameter \(did you mean 'p_cr_blinatumomab'"):
        evaluate(BASE, {"p_cr_blinatumumab": np.array([0.5])})


@pytest.mark.parametrize("rate", [-0.01, 3.5, 0.21])
def test_a_discount_rate_that_no_study_can_have_meant_is_refused(rate):
    with pytest.raises(InputError, match=r"write 0\.035 for 3\.5%"):
        BASE.with_settings(discount_costs=rate)
