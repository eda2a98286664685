"""What the model can be asked for by name, each measure against another way to the same number."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from remit.analysis.access import access
from remit.analysis.claims import work_out
from remit.analysis.measures import MEASURES, Number
from remit.analysis.predictions import predict
from remit.evaluation import evaluate
from remit.files.studies import read_study
from remit.inputs.targets import ShareOf, SurvivalAt

CAR, BLINATUMOMAB = "tisagenlecleucel", "blinatumomab"
DRAWN = {"n_draws": 6, "seed": 5}


@cache
def loaded(name: str = "base"):
    return read_study(name, posterior=False)


def asked(measure: str, scenario: str = "base", draws: int = 0, **named: str):
    number = Number(measure=measure, scenario=scenario, **named)
    study, tables = loaded(scenario).study, loaded(scenario).evidence.tables
    (found,) = work_out(study, [number], tables, n_draws=draws, seed=DRAWN["seed"]).values()
    return found


@cache
def outcomes(draws: int = 0):
    study = loaded().study
    return evaluate(study, study.draws(**DRAWN) if draws else None)


def test_qalys_costs_and_what_follows_from_them_are_those_of_the_evaluation():
    qalys, costs = outcomes().qalys[0, :2], outcomes().costs[0, :2]  # blinatumomab, car_t
    assert asked("qalys", strategy="car_t").mean == pytest.approx(qalys[1], rel=1e-12)
    assert asked("costs", strategy="blinatumomab").mean == pytest.approx(costs[0], rel=1e-12)
    icer = (costs[1] - costs[0]) / (qalys[1] - qalys[0])
    assert asked("icer", strategy="car_t", against="blinatumomab").mean == pytest.approx(icer, rel=1e-10)
    inmb = 80_000 * (qalys[1] - qalys[0]) - (costs[1] - costs[0])
    assert asked("inmb", strategy="car_t", against="blinatumomab").mean == pytest.approx(inmb, rel=1e-10)


def test_draws_are_those_of_the_evaluation_and_an_icer_has_none():
    found = asked("qalys", draws=6, strategy="car_t")
    np.testing.assert_allclose(found.draws, outcomes(6).qalys[:, 1], rtol=1e-12)
    assert found.mean == pytest.approx(outcomes().qalys[0, 1], rel=1e-12)
    assert asked("icer", draws=6, strategy="car_t", against="blinatumomab").draws is None


def test_the_share_infused_is_that_of_access():
    known = {(one.strategy, one.therapy): one.infused for one in access(loaded().study)}
    for strategy, therapy in (("car_t", CAR), ("blinatumomab_then_car_t", CAR)):
        found = asked("share_infused", strategy=strategy, therapy=therapy).mean
        assert found == pytest.approx(known[strategy, therapy], abs=1e-3)
    assert asked("share_infused", strategy="car_t", therapy=BLINATUMOMAB).mean == 0


def test_remission_of_those_treated_is_what_the_trial_reports_and_what_the_calibration_predicts():
    predicted = predict(loaded().study, {}, [ShareOf("blinatumomab", "remission")])[0][0]
    assert asked("p_cr", therapy=BLINATUMOMAB).mean == pytest.approx(predicted, rel=1e-12)
    assert asked("p_cr", therapy=BLINATUMOMAB).mean == pytest.approx(27 / 70, abs=1e-9)
    assert asked("p_mrd_negative_cr", therapy=BLINATUMOMAB).mean == pytest.approx(14 / 70, abs=1e-9)
    assert asked("p_cr", draws=6, therapy=CAR).draws.shape == (6,)


def test_a_scenario_asks_its_own_patients():
    of_all = asked("p_cr", "subgroups", therapy=BLINATUMOMAB).mean
    assert of_all == pytest.approx(27 / 70, abs=1e-9)
    assert asked("p_cr", "high-burden", therapy=BLINATUMOMAB).mean < of_all
    assert np.isnan(asked("p_cr", "cns", therapy=BLINATUMOMAB).mean)
    assert asked("p_severe_crs", "low-burden", therapy=CAR).mean < 0.1
    assert asked("p_severe_icans", therapy=CAR).mean == pytest.approx(0.1, abs=1e-9)


def test_survival_is_what_the_calibration_predicts():
    study = loaded().study
    for measure, origin in (("rfs", "remission"), ("os", "infusion")):
        known = predict(study, {}, [SurvivalAt("car_t", origin, measure, 1.0)])[0][0]
        assert asked(measure, strategy="car_t", at="12 months").mean == pytest.approx(known, rel=1e-12)


def test_antigen_loss_is_response_times_relapse_times_the_negative_share():
    expected = 27 / 70 * (1 - 1.2 / 13.2) * 0.225
    assert asked("p_antigen_loss", therapy=BLINATUMOMAB).mean == pytest.approx(expected, rel=1e-9)


def test_rows_are_those_of_the_tables():
    assert [asked("rows", table=name).mean for name in ("blinatumomab", "car_t")] == [8, 10]


def test_every_measure_says_how_it_is_printed():
    for measure in MEASURES.values():
        assert format(1234.5, measure.form)
        assert measure.title
