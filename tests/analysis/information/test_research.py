"""Research designs: what they see in each draw, what they would report, and which size pays."""

import numpy as np
import pytest

from remit import load_study
from remit.analysis.decision_map import cr_after_nonresponse
from remit.analysis.information import Population
from remit.analysis.information.choice import choice_among
from remit.analysis.information.designs import (
    AfterNonresponse,
    Design,
    Observation,
    ParameterSeen,
    ShareSeen,
    Stated,
    SurvivalSeen,
)
from remit.analysis.information.research import answerable, design_value, truths
from remit.analysis.predictions import predict
from remit.errors import InputError
from remit.inputs.targets import SurvivalAt

CAUSAL = "share_causal_modulation_blinatumomab"
SERIAL = "blinatumomab_then_car_t"


def stated(value, unit="EUR"):
    return Stated(value, unit, "assumption", note="a number for a test")


def design(observes, sizes=(10, 100, 1_000), **changed):
    numbers = {
        "cost_fixed": stated(1_000),
        "cost_per_patient": stated(10),
        "time_follow_up": stated(1, "years"),
        "patients_per_year": stated(100, "patients per year"),
    }
    return Design("A study", "to test", observes, sizes, **{**numbers, **changed})


def seen(what, share=None):
    return Observation("What is seen", what, None if share is None else stated(share, "share"))


PROBABILITY = {"response": seen(ParameterSeen("p_x", "parameter"))}


@pytest.fixture(scope="module")
def study():
    return load_study()


def test_remission_after_nonresponse_of_each_draw_is_that_of_a_study_with_its_values(study):
    shares = np.array([0.0, 0.4, 1.0])
    found = truths(
        study,
        {CAUSAL: shares},
        {"r": design({"cr": seen(AfterNonresponse(SERIAL, "remission_after_nonresponse"))})},
    )
    place = list(study.strategies).index(SERIAL)
    expected = [cr_after_nonresponse(study.set({CAUSAL: c}), [("", "all")])[0][place] for c in shares]
    np.testing.assert_allclose(found["r"]["cr"], expected, rtol=1e-9)
    assert np.all(np.diff(found["r"]["cr"]) < 0)


def test_other_quantities_are_those_that_the_targets_are_held_against(study):
    draws = {CAUSAL: np.array([0.2, 0.8]), "p_cr_blinatumomab": np.array([0.3, 0.4])}
    observes = {
        "os": seen(SurvivalSeen(SERIAL, "decision", "os", "24 months", "survival")),
        "cr": seen(ShareSeen("blinatumomab", "remission", "share")),
        "p": seen(ParameterSeen("p_cr_blinatumomab", "parameter")),
        "fixed": seen(ParameterSeen("share_durable_blinatumomab", "parameter")),
    }
    found = truths(study, draws, {"d": design(observes)})["d"]
    np.testing.assert_array_equal(
        found["os"], predict(study, draws, [SurvivalAt(SERIAL, "decision", "os", 2.0)])[0]
    )
    np.testing.assert_allclose(found["cr"][1] / found["cr"][0], 4 / 3, rtol=0.05)
    np.testing.assert_array_equal(found["p"], draws["p_cr_blinatumomab"])
    np.testing.assert_array_equal(found["fixed"], np.full(2, study.means["share_durable_blinatumomab"]))


def test_a_study_answers_the_designs_whose_names_it_knows(study):
    known = design({"a": seen(ParameterSeen("p_cr_blinatumomab", "parameter"))})
    other = design(
        {
            "a": seen(ParameterSeen("p_cr_blinatumomab", "parameter")),
            "b": seen(ShareSeen("inotuzumab", "infused", "share")),
        }
    )
    assert list(answerable({"known": known, "other": other}, study)) == ["known"]


def test_data_are_binomial_shares_or_normal_means_of_the_patients_observed():
    n = 200_000
    truth = {"share": np.full(n, 0.3), "mean": np.full(n, 7.0)}
    both = design(
        {
            "share": seen(ParameterSeen("p_x", "parameter"), 0.5),
            "mean": seen(ParameterSeen("time_x", "parameter", 4.0)),
        }
    )
    data = both.summaries("both", truth, size=50, seed=1)
    assert data.mean(axis=0) == pytest.approx([0.3, 7.0], abs=0.01)
    assert data.std(axis=0) == pytest.approx([np.sqrt(0.3 * 0.7 / 25), 4 / np.sqrt(50)], rel=0.01)
    assert set(np.unique(data[:, 0] * 25).round(9)) <= set(range(26))
    assert abs(np.corrcoef(data.T)[0, 1]) < 0.01


def test_data_of_a_larger_study_lie_nearer_to_the_truth_in_nearly_every_draw():
    truth = {"response": np.linspace(0.2, 0.8, 2_000)}
    small, large = (design(PROBABILITY).summaries("d", truth, size=n, seed=1)[:, 0] for n in (100, 10_000))
    off = [data - truth["response"] for data in (small, large)]
    assert np.corrcoef(off)[0, 1] > 0.95  # the same uniforms
    assert np.mean(np.abs(off[1]) <= np.abs(off[0])) > 0.9
    other = design(PROBABILITY).summaries("other", truth, size=100, seed=1)[:, 0] - truth["response"]
    assert abs(np.corrcoef(off[0], other)[0, 1]) < 0.1


@pytest.fixture(scope="module")
def value():
    truth = {"response": np.random.default_rng(1).beta(6, 6, 4_000)}
    noise = np.random.default_rng(2).normal(0, 300, 4_000)
    costs = np.stack([np.zeros(4_000), 4_000 * (0.48 - truth["response"]) + noise], axis=1)
    made = design(PROBABILITY, sizes=(5, 20, 80, 320))
    return design_value(costs, np.zeros_like(costs), truth, [0.0, 1.0], name="d", design=made, seed=1)


def test_it_is_worth_more_the_larger_it_is_up_to_endless_patients(value):
    assert value.evsi.shape == value.standard_error.shape == (4, 2)
    assert (np.diff(value.evsi, axis=0) > 0).all()
    assert (value.evsi[-1] < value.limit).all()
    assert value.evsi[-1] == pytest.approx(value.limit, rel=0.1)
    np.testing.assert_array_equal(value.evsi[:, 0], value.evsi[:, 1])  # no QALYs: WTP does not matter


def test_what_it_nets_is_its_value_to_those_whom_it_helps_less_its_cost(value):
    population = Population(10, 5, 0.0)
    row = value.enbs(population)[2, 0]
    assert row == pytest.approx(value.evsi[2, 0] * 10 * (5 - 1.8) - (1_000 + 800))
    best = value.best_sizes(population)[0]
    assert best == (5, 20, 80, 320)[int(value.enbs(population)[:, 0].argmax())]
    assert best not in (5, 320)
    assert value.best_sizes(Population(0.1, 5, 0.0)) == [None, None]


def test_without_a_pace_it_reports_after_its_follow_up():
    assert design(PROBABILITY, patients_per_year=None).delay(1_000) == 1.0
    assert design(PROBABILITY).delay(50) == 1.5


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: design({}), "observes needs one observation"),
        (lambda: design(PROBABILITY, sizes=()), "sizes are whole numbers"),
        (lambda: design(PROBABILITY, sizes=(0, 5)), "sizes are whole numbers"),
        (lambda: design(PROBABILITY, sizes=(5, 5)), "sizes must rise"),
        (lambda: design(PROBABILITY, patients_per_year=stated(0)), "patients_per_year must be above 0"),
        (lambda: stated(-1), "value must be 0 or more"),
        (lambda: Stated(1, "EUR", "assumption"), "needs a note"),
        (lambda: seen(ParameterSeen("p_x", "parameter"), 1.5), "share_observed must be"),
        (lambda: ParameterSeen("p_x", "parameter", 0.0), "sd must be above 0"),
        (lambda: SurvivalSeen("x", "decision", "os", "soon", "survival"), "is not a time"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_choice_among_some_strategies_keeps_their_order_and_refuses_others():
    class Drawn:
        strategies = ("a", "b", "c")
        costs = np.arange(6.0).reshape(2, 3)
        qalys = costs / 10

    some = choice_among(Drawn, ["c", "a"])
    assert some.strategies == ("a", "c")
    np.testing.assert_array_equal(some.costs, [[0, 2], [3, 5]])
    assert choice_among(Drawn).strategies == ("a", "b", "c")
    with pytest.raises(InputError, match="no such strategy"):
        choice_among(Drawn, ["d"])
    with pytest.raises(InputError, match="needs a strategy"):
        choice_among(Drawn, [])
