"""Modelled curves: health states over time, and survival from the origins that trials report from."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from remit import evaluate, load_study
from remit.analysis.follow_up import follow_health_states, model_curves, population_survival
from remit.analysis.predictions import predict
from remit.files.studies import read_study
from remit.inputs.targets import SurvivalAt
from remit.pathway.graph import HEALTH_STATES

TIMES = np.array([0.0, 1 / 12, 0.5, 1.0, 2.0, 2.5, 5.0, 20.0, 87.0])


@pytest.fixture(scope="module")
def study():
    return load_study()


def occupancy(pathway, time):
    """Return the share in every state at a time by a matrix exponential, death among the states."""
    shares = pathway.initial[:, 0]
    ends = [*pathway.epochs[1:], np.inf]
    for epoch, (start, stop) in enumerate(zip(pathway.epochs, ends, strict=True)):
        if time <= start:
            break
        generator = np.zeros((len(pathway.states),) * 2)
        for move, hazard in zip(pathway.transitions, pathway.hazards[epoch, :, 0], strict=True):
            generator[move.origin, move.destination] += hazard
            generator[move.origin, move.origin] -= hazard
        shares = shares @ expm(generator * (min(time, stop) - start))
    return shares


def background(study, times):
    return study.survival(study.values(None), times)[:, 0]


def test_health_states_are_those_of_a_matrix_exponential_and_sum_to_1(study):
    traces = follow_health_states(study, TIMES)
    assert list(traces) == list(study.strategies)
    survival = background(study, TIMES)
    for name, trace in traces.items():
        assert trace.shape == (len(TIMES), 4)
        assert np.abs(trace.sum(axis=1) - 1).max() < 1e-12
        assert trace[0].tolist() == pytest.approx([1, 0, 0, 0], abs=1e-12)
        assert np.all(np.diff(trace[:, 3]) >= 0)
        for place in (1, 3, 5, 7):
            expected = np.zeros(4)
            for one in study.strata(study.values(None)):
                pathway = study.pathway(name, one.values)
                shares = one.share[0] * occupancy(pathway, TIMES[place])
                for state, share in zip(pathway.states[:-1], shares, strict=False):
                    expected[HEALTH_STATES.index(state.health_state)] += share * survival[place]
            expected[3] = 1 - expected.sum()
            assert trace[place] == pytest.approx(expected, abs=1e-10)


def test_curves_are_those_of_the_strategies_with_one_line_from_infusion_and_from_remission(study):
    curves = list(model_curves(study, {}, TIMES))
    assert [(c.strategy, c.origin, c.endpoint) for c in curves] == [
        ("blinatumomab", "infusion", "os"),
        ("blinatumomab", "remission", "rfs"),
        ("car_t", "infusion", "os"),
        ("car_t", "remission", "rfs"),
    ]
    for curve in curves:
        first = curve.survival[:, 0]
        assert first[0] == pytest.approx(1, abs=1e-12)
        assert np.all(np.diff(first) <= 0)


def test_survival_from_infusion_mixes_the_strata_as_they_are_infused(study):
    curve = next(c for c in model_curves(study, {}, TIMES) if (c.strategy, c.endpoint) == ("car_t", "os"))
    alive, infused = 0.0, 0.0
    for one in study.strata(study.values(None)):
        whole = study.pathway("car_t", one.values)
        arrived = one.share[0] * reached(whole, "line_1.treated_1")
        alive += arrived * (1 - occupancy(study.pathway("car_t", one.values, start="infused"), 1.0)[-1])
        infused += arrived
    expected = alive / infused * background(study, TIMES)[TIMES == 1.0]
    assert curve.survival[TIMES == 1.0, 0] == pytest.approx(expected, abs=1e-10)


def reached(pathway, name):
    """Return the share who ever come into a state."""
    visits = pathway.initial[:, 0].copy()
    leaving = pathway.exit_rates(0)[:, 0]
    for move, hazard in zip(pathway.transitions, pathway.hazards[0, :, 0], strict=True):
        if hazard > 0:
            visits[move.destination] += visits[move.origin] * hazard / leaving[move.origin]
    return visits[[state.name for state in pathway.states].index(name)]


def test_relapse_free_survival_without_hsct_is_the_mixture_cure_curve_with_excess_death(study):
    """From remission, in the first two years: exp(-e t) (d + (1 - d) exp(-l t)) x background."""
    plain = study.set({"p_hsct_remission_tisagenlecleucel": 0.0})
    curve = next(c for c in model_curves(plain, {}, TIMES) if (c.strategy, c.endpoint) == ("car_t", "rfs"))
    values = plain.values(None)
    d, rate, excess = (
        float(values[name][0])
        for name in (
            "share_durable_tisagenlecleucel",
            "rate_relapse_fragile_tisagenlecleucel",
            "rate_death_remission_excess",
        )
    )
    expected = np.exp(-excess * np.minimum(TIMES, 2.0)) * (d + (1 - d) * np.exp(-rate * TIMES))
    assert curve.survival[:, 0] == pytest.approx(expected * background(plain, TIMES), abs=1e-12)


def test_draws_are_followed_each_on_its_own(study):
    draws = study.draws(n_draws=9, seed=1)
    for curve in model_curves(study, draws, TIMES[:5]):
        assert curve.survival.shape == (5, 9)
        assert np.ptp(curve.survival[3]) > 0
    one = next(iter(model_curves(study, {k: v[4:5] for k, v in draws.items()}, TIMES[:5])))
    nine = next(iter(model_curves(study, draws, TIMES[:5])))
    assert nine.survival[:, 4] == pytest.approx(one.survival[:, 0], abs=1e-14)


def test_the_population_has_the_mortality_of_its_country_without_that_of_survivors():
    study = read_study(posterior=False).study  # at the share of girls that the files give
    years = np.array([0.0, 1.0, 40.0])
    table, age = study.life_table, int(study.age)
    expected = []
    for year in (0, 1, 40):
        men = np.prod((1 - table.male[age : age + year]) ** 0.714)
        women = np.prod((1 - table.female[age : age + year]) ** 0.803)
        expected.append(0.4663 * women + 0.5337 * men)
    assert population_survival(study, years) == pytest.approx(expected, rel=1e-12)


def test_a_study_of_strategies_with_several_lines_has_no_curves(study):
    serial = {"blinatumomab_then_car_t": study.strategies["blinatumomab_then_car_t"]}
    assert list(model_curves(replace(study, strategies=serial), {}, TIMES)) == []


@pytest.fixture(scope="module")
def adults():
    """Adults of 45 and of 68 who are given CAR T, at the values that the files give."""
    study = read_study("adult", posterior=False).study
    return replace(study, strategies={"car_t": study.strategies["car_t"]}, comparator="car_t")


def test_the_years_under_a_trace_are_the_life_years_of_patients_of_two_ages(adults):
    plain = adults.with_settings(discount_costs=0.0, discount_qalys=0.0)
    times = plain.clock.times
    (trace,) = follow_health_states(plain, times).values()
    years = np.trapezoid(1 - trace[:, 3], times)
    assert years == pytest.approx(evaluate(plain).life_years[0, 0], rel=1e-9)


@pytest.mark.parametrize(("level", "age"), [("adult", 45.0), ("older", 68.0)])
def test_a_curve_has_the_background_mortality_of_the_age_of_its_patients(adults, level, age):
    """Without HSCT: exp(-e min(t, 2)) (d + (1 - d) exp(-l t)) x background at that age."""
    name = "tisagenlecleucel"
    plain = adults.set({f"p_hsct_remission_{name}": 0.0, f"share_mrd_negative_{name}": 1.0})
    plain = plain.with_settings(subgroup={"age": (level,)})
    values = plain.values(None)
    d, rate, excess = (
        float(values[n][0])
        for n in (f"share_durable_{name}", f"rate_relapse_fragile_{name}", "rate_death_remission_excess")
    )
    expected = np.exp(-excess * np.minimum(TIMES, 2.0)) * (d + (1 - d) * np.exp(-rate * TIMES))
    expected *= plain.survival(values, TIMES, age=age)[:, 0]
    curve = next(c for c in model_curves(plain, {}, TIMES) if c.endpoint == "rfs")
    assert curve.survival[:, 0] == pytest.approx(expected, abs=1e-12)
    (found,) = predict(plain, {}, [SurvivalAt("car_t", "remission", "rfs", 5.0)])
    assert found[0] == pytest.approx(expected[TIMES == 5.0][0], abs=1e-10)


def test_the_population_beside_adults_is_of_both_ages(adults):
    table, expected = adults.life_table, 0.0
    for share, age in ((0.85, 45), (0.15, 68)):
        men = np.prod((1 - table.male[age : age + 10]) ** 0.714)
        women = np.prod((1 - table.female[age : age + 10]) ** 0.803)
        expected += share * (0.42 * women + 0.58 * men)
    assert population_survival(adults, np.array([10.0])) == pytest.approx([expected], rel=1e-12)
