"""Therapies that are like another, and the comparators and new products that params ship."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from chains import REMISSION, entering, happening, of_line

from remit.evaluation import evaluate
from remit.files.studies import read_study
from remit.pathway.response import trial_response
from remit.pathway.therapies import Line, Strategy

LIKE = ("dual_antigen_car", "off_the_shelf_car")


@cache
def study(name: str):
    return read_study(name, posterior=False).study


def infused(loaded, strategy: str) -> float:
    strata = loaded.strata(loaded.values(None))
    return sum(
        float((one.share * happening(loaded.pathway(strategy, one.values), "infusion"))[0]) for one in strata
    )


@pytest.mark.parametrize("therapy", LIKE)
def test_a_therapy_like_another_has_its_curve_under_its_own_hazard_ratio_draw_by_draw(therapy):
    loaded = study("base")
    values = loaded.values(loaded.draws(n_draws=25, seed=3))
    own, other = trial_response(therapy, values), trial_response("tisagenlecleucel", values)
    ratio = values[f"hr_relapse_{therapy}"]
    assert own.p_cr.tobytes() == other.p_cr.tobytes()
    np.testing.assert_allclose(own.remission.durable, other.remission.durable**ratio, rtol=1e-12)
    same = values.with_values({f"hr_relapse_{therapy}": values.full(1.0)})
    assert trial_response(therapy, same).remission.rate.tobytes() == other.remission.rate.tobytes()


def test_with_nothing_of_its_own_a_therapy_like_another_is_the_other():
    dual = study("dual-antigen-car")
    plain = dual.set({"hr_relapse_dual_antigen_car": 1.0})
    outcomes = evaluate(plain)
    car, other = (outcomes.strategies.index(name) for name in ("car_t", "dual_antigen_car"))
    assert outcomes.qalys[0, other] == pytest.approx(outcomes.qalys[0, car], rel=1e-12)
    assert outcomes.costs[0, other] == pytest.approx(outcomes.costs[0, car], rel=1e-12)


def test_a_second_antigen_gains_more_after_blinatumomab_than_first():
    """It is spared the selection of CD19-poor disease, and patients who have lost CD19 are still treated."""
    outcomes = evaluate(study("dual-antigen-car"))
    qalys = dict(zip(outcomes.strategies, outcomes.qalys[0], strict=True))
    first = qalys["dual_antigen_car"] / qalys["car_t"]
    later = qalys["blinatumomab_then_dual_antigen_car"] / qalys["blinatumomab_then_car_t"]
    assert 1 < first < later


def test_cells_off_the_shelf_need_no_apheresis_and_reach_all_who_outlive_the_wait():
    loaded = study("off-the-shelf")
    assert infused(loaded, "off_the_shelf_car") > 0.95 > infused(loaded, "car_t")
    outcomes = evaluate(loaded)
    category = outcomes.categories.index("apheresis_bridging")
    assert outcomes.costs_by_category[0, outcomes.strategies.index("off_the_shelf_car"), category] == 0


@pytest.mark.parametrize(("strategy", "cited"), [("clofarabine", 0.74), ("clofarabine_combination", 1.70)])
def test_the_clofarabine_comparators_come_near_the_cited_qalys(strategy, cited):
    outcomes = evaluate(study("all-comparators"))
    assert outcomes.qalys[0, outcomes.strategies.index(strategy)] == pytest.approx(cited, abs=0.03)


def test_chemotherapy_before_it_does_not_change_the_response_to_car_t():
    """Those who fail chemotherapy and are fit respond to CAR T as its trial reports: no modulation."""
    loaded = study("base")
    lines = (Line("clofarabine"), Line("tisagenlecleucel", when=("no_response",), fit=1.0))
    mine = replace(loaded, strategies={"mine": Strategy("Mine", lines)}, comparator="mine")
    values = mine.values(None)
    for one in mine.strata(values):
        pathway = mine.pathway("mine", one.values)
        entered = happening(pathway, "infusion", "tisagenlecleucel")
        assert entered > 0
        responded = entering(pathway, of_line(2, *REMISSION))
        assert responded / entered == pytest.approx(values["p_cr_tisagenlecleucel"], rel=1e-9)
