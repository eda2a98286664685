"""Proportional shortfall against a life-table calculation written apart."""

import csv
from pathlib import Path

import numpy as np
import pytest

from remit import evaluate, load_study
from remit.analysis.shortfall import Severity, expected_qalys, shortfalls, wtp_of


def test_expected_qalys_are_those_of_a_life_table_without_the_survivors_excess():
    study = load_study()
    with Path("params/mortality/us_2014.csv").open() as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    age = np.array([float(row["age"]) for row in rows])
    share, hr = study.means["share_female"], {}
    for sex in ("male", "female"):
        hr[sex] = study.means.get(f"hr_life_table_{sex}", study.parameters[f"hr_life_table_{sex}"].value)
    columns = {name.split("_")[-1]: name for name in rows[0] if "male" in name}
    alive = {}
    for sex in ("male", "female"):
        q = np.array([float(row[columns[sex]]) for row in rows])
        yearly = np.where(age >= 12, -np.log1p(-np.minimum(q, 1 - 1e-12)) * hr[sex], 0.0)
        alive[sex] = np.exp(-np.concatenate([[0.0], np.cumsum(yearly[age >= 12])]))
    survival = share * alive["female"] + (1 - share) * alive["male"]
    norm = study.parameters["utility_norm"].value
    ages = 12 + np.arange(survival.size)
    utility = np.interp(ages, list(norm), list(norm.values()))
    for rate in (0.0, 0.015):
        by_hand = np.trapezoid((survival * utility * (1 + rate) ** -np.arange(survival.size))[:89])
        assert expected_qalys(study, rate) == pytest.approx(by_hand, rel=2e-3)


def test_shortfall_is_the_share_of_the_expected_qalys_that_is_lost():
    study = load_study()
    base = evaluate(study)
    plain = evaluate(study.with_settings(discount_costs=0.0, discount_qalys=0.0))
    first = next(shortfalls(study, base, plain))
    assert first.strategy == "blinatumomab"
    assert first.qalys == base.qalys[0, 0]
    assert first.proportional == pytest.approx(1 - base.qalys[0, 0] / expected_qalys(study, 0.015))
    assert [one.discounted for one in shortfalls(study, base, plain)] == [True] * 4 + [False] * 4


def test_the_threshold_is_that_of_the_highest_range_reached():
    ranges = [Severity(0.1, 20_000), Severity(0.41, 50_000), Severity(0.71, 80_000)]
    assert [wtp_of(p, ranges) for p in (0.05, 0.1, 0.41, 0.7, 0.94)] == [None, 20_000, 50_000, 50_000, 80_000]
