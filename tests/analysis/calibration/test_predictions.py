"""What the model predicts of reported quantities, against formulas, graphs and outcomes told another way."""

from dataclasses import replace

import numpy as np
import pytest

from remit import evaluate
from remit.analysis.predictions import predict
from remit.errors import InputError
from remit.files.studies import read_study
from remit.inputs.draws import draw_parameters
from remit.inputs.targets import Expected, HazardRatio, ShareOf, SurvivalAt

TISA = "tisagenlecleucel"


@pytest.fixture(scope="module")
def study():
    return read_study(posterior=False).study


@pytest.fixture(scope="module")
def draws(study):
    return draw_parameters(study.parameters, seed=5, n_draws=40)


def own(study, draws, *names):
    """Return parameters in years and per year, (draw,) each."""
    values = study.values(draws)
    return [values[name] for name in names]


def background(study, draws, time):
    return study.survival(study.values(draws), np.array([time]))[0]


@pytest.mark.parametrize(
    ("origin", "endpoint"), [("infusion", "os"), ("remission", "rfs"), ("decision", "os")]
)
def test_survival_given_an_earlier_time_is_the_conditional(study, draws, origin, endpoint):
    def at(time, given=0.0):
        return SurvivalAt("blinatumomab", origin, endpoint, time, given)

    half, whole, both = predict(study, draws, [at(0.5), at(1.0), at(1.0, 0.5)])
    assert both == pytest.approx(whole / half, rel=1e-12)
    assert np.all((whole < half) & (half < both + whole))
    assert np.all((both > 0) & (both < 1))


@pytest.mark.parametrize("time", [0.25, 1.0, 3.0])
def test_relapse_free_survival_without_hsct_is_the_mixture_cure_curve_with_excess_death(study, draws, time):
    """exp(-e min(t, 2)) (d + (1 - d) exp(-l t)) x background: all responders of CAR T are MRD-negative."""
    plain = study.set({f"p_hsct_remission_{TISA}": 0.0})
    kept = {name: column for name, column in draws.items() if name in plain.means}
    kept.pop(f"p_hsct_remission_{TISA}", None)
    durable, rate, excess = own(
        plain, kept, f"share_durable_{TISA}", f"rate_relapse_fragile_{TISA}", "rate_death_remission_excess"
    )
    expected = np.exp(-excess * min(time, 2.0)) * (durable + (1 - durable) * np.exp(-rate * time))
    (found,) = predict(plain, kept, [SurvivalAt("car_t", "remission", "rfs", time)])
    assert found == pytest.approx(expected * background(plain, kept, time), abs=1e-10)


@pytest.mark.parametrize("strategy", ["blinatumomab", "car_t"])
def test_event_free_survival_is_never_above_overall_survival_and_falls(study, draws, strategy):
    times = (1 / 12, 0.5, 1.0, 3.0, 10.0)
    wanted = [SurvivalAt(strategy, "infusion", endpoint, t) for endpoint in ("efs", "os") for t in times]
    found = np.array(predict(study, draws, wanted))
    efs, overall = found[:5], found[5:]
    assert np.all(efs <= overall + 1e-12)
    assert np.all(efs[1:] < overall[1:])
    assert np.all(np.diff(efs, axis=0) < 0)
    assert np.all(np.diff(overall, axis=0) < 0)


@pytest.mark.parametrize(("strategy", "therapy"), [("blinatumomab", "blinatumomab"), ("car_t", TISA)])
def test_late_event_free_survival_lies_between_cr_times_rfs_from_then_and_from_half_a_year_before(
    study, strategy, therapy
):
    """After a year nobody is under treatment, and remission came between 0 and (nearly all) 6 months."""
    times = (1.0, 1.5, 2.0)
    wanted = [SurvivalAt(strategy, "infusion", "efs", t) for t in times]
    wanted += [SurvivalAt(strategy, "remission", "rfs", t - early) for early in (0.0, 0.5) for t in times]
    *found, response = predict(study, {}, [*wanted, ShareOf(strategy, "remission")])
    efs, now, before = np.reshape(found, (3, 3))
    assert response[0] == pytest.approx(study.means[f"p_cr_{therapy}"], rel=1e-9)
    assert np.all(response[0] * now < efs)
    assert np.all(efs < response[0] * before + 1e-4)


def test_event_free_survival_is_a_delayed_relapse_free_survival(study):
    """Without HSCT, excess and early death, response after an exponential time 1/r and one stratum:
    efs = exp(-r t) + CR r integral exp(-r s) S(t - s) ds, S = d + (1 - d) exp(-l t).
    """
    shapes = {f"shape_response_{TISA}": 1.0, f"p_hsct_remission_{TISA}": 0.0}
    none = {"rate_death_remission_excess": 1e-12, f"rate_death_treated_{TISA}": 1e-12}
    plain = study.set({**shapes, **none, f"p_death_treatment_{TISA}": 0.0})
    plain = replace(plain, population=replace(plain.population, strata={}))
    durable, relapse, time, response = (
        float(x[0])
        for x in own(
            plain, {}, f"share_durable_{TISA}", f"rate_relapse_fragile_{TISA}", f"time_response_{TISA}",
            f"p_cr_{TISA}",
        )
    )  # fmt: skip
    r = 1 / time
    for t in (0.1, 0.5, 1.0, 4.0):
        waiting = np.exp(-r * t)
        fragile = r / (r - relapse) * (np.exp(-relapse * t) - np.exp(-r * t))
        expected = waiting + response * (durable * (1 - waiting) + (1 - durable) * fragile)
        (found,) = predict(plain, {}, [SurvivalAt("car_t", "infusion", "efs", t)])
        assert found[0] == pytest.approx(expected * background(plain, {}, t)[0], rel=1e-4)


def test_the_hazard_ratio_is_that_of_cumulative_hazards(study, draws):
    at = 24 / 12
    ratio, one, two = predict(
        study,
        draws,
        [
            HazardRatio("car_t", "blinatumomab", at),
            SurvivalAt("car_t", "infusion", "os", at),
            SurvivalAt("blinatumomab", "infusion", "os", at),
        ],
    )
    assert ratio == pytest.approx(np.log(one) / np.log(two), rel=1e-12)
    (same,) = predict(study, draws, [HazardRatio("car_t", "car_t", at)])
    assert same == pytest.approx(1, rel=1e-12)


def test_of_those_enrolled_for_an_infusion_as_many_are_infused_as_outlive_an_exponential_wait(study, draws):
    """1 / (1 + hazard of loss x mean wait), mixed over the tempos of disease."""
    wait, lost, slow, rapid = own(
        study, draws, "time_wait_blinatumomab", "rate_death_waiting", "hr_tempo_slow", "hr_tempo_rapid"
    )
    shares = own(study, draws, "share_tempo_slow", "share_tempo_base", "share_tempo_rapid")
    expected = sum(
        share / (1 + lost * ratio * wait) for share, ratio in zip(shares, (slow, 1.0, rapid), strict=True)
    )
    (found,) = predict(study, draws, [ShareOf("blinatumomab", "infused")])
    assert found == pytest.approx(
        expected, rel=1e-3
    )  # waits are moved apart by less, so that no two coincide


def ever_in(pathway, name):
    """Return the share who ever come into a state, (draw,), from the first epoch's hazards."""
    visits = pathway.initial.copy()
    leaving = pathway.exit_rates(0)
    for move, hazard in zip(pathway.transitions, pathway.hazards[0], strict=True):
        rate = leaving[move.origin]
        visits[move.destination] += visits[move.origin] * np.where(rate > 0, hazard / rate, 0)
    return visits[[state.name for state in pathway.states].index(name)]


def test_of_those_enrolled_for_cells_as_many_are_infused_as_reach_treatment_in_the_graph(study, draws):
    parts = [
        one.share * ever_in(study.pathway("car_t", one.values), "line_1.treated_1")
        for one in study.strata(study.values(draws))
    ]
    (found,) = predict(study, draws, [ShareOf("car_t", "infused")])
    assert found == pytest.approx(np.sum(parts, axis=0), rel=1e-9)
    failed = draws[f"p_manufacturing_failure_{TISA}"]
    assert np.all(found < 1 - failed)


@pytest.mark.parametrize(("strategy", "therapy"), [("blinatumomab", "blinatumomab"), ("car_t", TISA)])
def test_of_those_treated_as_many_are_in_remission_as_the_trial_reports(study, draws, strategy, therapy):
    """Strata are solved so that their mixture keeps the trial's share."""
    (found,) = predict(study, draws, [ShareOf(strategy, "remission")])
    assert found == pytest.approx(draws[f"p_cr_{therapy}"], rel=1e-9)


def test_expected_outcomes_are_those_of_the_evaluation(study, draws):
    once = evaluate(study.with_settings(perspective="societal"), draws)
    payer = evaluate(study.with_settings(perspective="healthcare"), draws)
    names = ("car_t", "blinatumomab_then_car_t")
    wanted = [Expected(name, outcome) for name in names for outcome in ("qalys", "life_years", "costs")]
    wanted += [Expected(name, "costs", "healthcare") for name in names]
    found = predict(study, draws, wanted)
    for quantity, values in zip(wanted, found, strict=True):
        whose = payer if quantity.perspective == "healthcare" else once
        place = list(study.strategies).index(quantity.strategy)
        assert values == pytest.approx(getattr(whose, quantity.outcome)[:, place], rel=1e-12)


def test_expected_costs_do_not_hang_on_the_perspective_of_the_study(study, draws):
    wanted = [Expected("car_t", "costs"), Expected("car_t", "costs", "healthcare")]
    some = {name: column[:9] for name, column in draws.items()}
    payer = study.with_settings(perspective="healthcare")
    for one, two in zip(predict(study, some, wanted), predict(payer, some, wanted), strict=True):
        assert one.tobytes() == two.tobytes()


def test_the_first_1300_of_3000_draws_are_the_1300_draws(study):
    """1250 draws are followed at once, so the blocks are cut elsewhere."""
    small = replace(study, population=replace(study.population, strata={}))
    many = draw_parameters(small.parameters, seed=2, n_draws=3000)
    few = {name: column[:1300] for name, column in many.items()}
    wanted = [
        SurvivalAt("car_t", "infusion", "os", 1.0, 0.5),
        SurvivalAt("car_t", "remission", "rfs", 1.0),
        ShareOf("car_t", "infused"),
        Expected("car_t", "qalys"),
    ]
    for long, short in zip(predict(small, many, wanted), predict(small, few, wanted), strict=True):
        assert long.shape == (3000,)
        assert long[:1300].tobytes() == short.tobytes()


def test_a_prediction_does_not_hang_on_what_else_is_asked_for(study, draws):
    """Not to the byte: the times at which a curve is read are followed together."""
    wanted = [
        Expected("blinatumomab", "qalys"),
        SurvivalAt("blinatumomab", "remission", "rfs", 0.5),
        ShareOf("blinatumomab", "infused"),
        SurvivalAt("car_t", "infusion", "os", 5.0),
        SurvivalAt("blinatumomab", "remission", "rfs", 0.5),
    ]
    together = predict(study, draws, wanted)
    for quantity, values in zip(wanted, together, strict=True):
        (alone,) = predict(study, draws, [quantity])
        assert values == pytest.approx(alone, rel=1e-12)
    assert together[1].tobytes() == together[4].tobytes()


def test_without_draws_there_is_one_prediction_at_the_means(study):
    wanted = [
        Expected("car_t", "qalys"),
        SurvivalAt("car_t", "infusion", "os", 1.0),
        ShareOf("car_t", "infused"),
    ]
    found = predict(study, {}, wanted)
    assert [values.shape for values in found] == [(1,)] * 3
    assert found[0] == pytest.approx(evaluate(study).qalys[0, list(study.strategies).index("car_t")])


def test_draws_that_are_not_sound_are_refused(study):
    with pytest.raises(InputError, match="p_cr_tisagenlecleucel"):
        predict(study, {"p_cr_tisagenlecleucel": np.array([1.2])}, [ShareOf("car_t", "remission")])
