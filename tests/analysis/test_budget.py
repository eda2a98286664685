"""Budget impact, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from remit import evaluate, load_study
from remit.analysis.budget import budget_impact, yearly_costs


def test_the_budget_is_what_each_years_patients_cost_in_each_year_since_they_began():
    costs = {"old": {"drug": np.array([10.0, 1.0])}, "new": {"drug": np.array([100.0, 0.0])}}
    mixes = [{"old": 0.5, "new": 0.5}, {"new": 1.0}]
    found = list(budget_impact(costs, patients=4, now={"old": 1.0}, then=mixes))
    spent = {(one.world, one.year): one.costs["drug"] for one in found}
    assert spent == {
        ("now", 1): 40,  # 4 x 10
        ("now", 2): 44,  # 4 x 10, and 4 x 1 of those who began before
        ("then", 1): 220,  # 2 x 10 and 2 x 100
        ("then", 2): 402,  # 4 x 100, and 2 x 1 + 2 x 0
    }
    assert found[-1].starting == {"new": 4.0}


def test_yearly_costs_add_up_to_undiscounted_costs_of_as_many_years():
    study = load_study()
    study = replace(study, strategies={n: study.strategies[n] for n in ("blinatumomab", "car_t")})
    costs = yearly_costs(study, years=3, perspective="healthcare")
    cut = study.with_settings(horizon=3.0, discount_costs=0.0, discount_qalys=0.0, perspective="healthcare")
    whole = evaluate(cut)
    for place, name in enumerate(whole.strategies):
        summed = sum(years.sum() for years in costs[name].values())
        assert summed == pytest.approx(whole.costs[0, place], rel=1e-12)
    assert costs["car_t"]["drug"][0] > 0
    assert costs["car_t"]["drug"][2] == pytest.approx(0, abs=1)
    assert all(abs(years).sum() == 0 for name, years in costs["car_t"].items() if name == "productivity")
