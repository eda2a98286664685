"""A published partitioned model rebuilt: its curves, its results, and what would have to be otherwise."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from remit.analysis.partitioned import crossing_of_cited, follow_cited, needed_for_cited
from remit.analysis.partitioned.cited import cited_curves, reported_points
from remit.analysis.partitioned.structure import OwnPoint
from remit.files.partitioned import read_cited_structure
from remit.report.partitioned_tables import cited_crossing_table, cited_table, needed_table


@pytest.fixture(scope="module")
def model():
    return read_cited_structure("thielen2020")


@pytest.fixture(scope="module")
def results(model):
    found = follow_cited(model.study, model.structure, model.landmarks, model.published)
    return {one.strategy: one for one in found}


@pytest.fixture(scope="module")
def needed(model):
    return list(needed_for_cited(model.study, model.structure, model.landmarks, model.published))


def test_curves_pass_through_what_the_trials_reported(model):
    points = reported_points(model.landmarks)
    os, efs = cited_curves(model.structure, "car_t", points)
    assert [float(os.survival(t)[0]) for t in (0.5, 1.0)] == pytest.approx([0.90, 0.76])
    assert [float(efs.survival(t)[0]) for t in (0.5, 1.0)] == pytest.approx([0.73, 0.50])
    blinatumomab, none = cited_curves(model.structure, "blinatumomab", points)
    assert none is None
    assert float(blinatumomab.survival(7.5 / 12)[0]) == pytest.approx(0.5)
    assert blinatumomab.sdlog == pytest.approx(os.sdlog)


def test_os_at_60_months_is_that_of_the_normal_distribution(results):
    z6, z12 = norm.ppf(0.10), norm.ppf(0.24)
    sdlog = np.log(2) / (z12 - z6)
    alive = norm.sf(np.log(5) / sdlog + z12)
    assert results["car_t"].os_at_benefit == pytest.approx(alive)
    late = norm.sf((np.log(5) - np.log(7.5 / 12)) / sdlog)
    assert results["blinatumomab"].os_at_benefit == pytest.approx(late)
    assert results["blinatumomab"].efs_at_benefit == pytest.approx(0.69 * late)


def test_results_stand_beside_the_cited_ones_and_icers_are_of_the_explained_strategy(results):
    assert {name: one.cited_qalys for name, one in results.items()} == {
        "car_t": 11.26,
        "blinatumomab": 2.25,
        "clofarabine": 0.74,
        "clofarabine_combination": 1.70,
    }
    assert results["blinatumomab"].cited_icer == 31682
    assert results["clofarabine_combination"].cited_icer == 37531
    ours, theirs = results["car_t"], results["blinatumomab"]
    assert theirs.icer == pytest.approx((ours.costs - theirs.costs) / (ours.qalys - theirs.qalys))
    assert np.isnan(ours.icer)
    table = cited_table(results.values())
    assert table.columns[-3:].tolist() == ["cited_qalys", "cited_costs", "cited_icer"]
    # Nothing was tuned to them: every strategy falls short.
    assert (table["qalys"] < table["cited_qalys"]).all()


def test_the_needed_share_alive_gives_the_cited_qalys(model, results, needed):
    one = {(one.strategy, one.assumption): one for one in needed}[
        "car_t", "share alive when the benefit ends"
    ]
    assert one.now == pytest.approx(results["car_t"].os_at_benefit)
    # With curves that end there, all else nearly alike: the same early years, more survivors.
    given = model.structure.strategies["car_t"]
    last = OwnPoint(at="60 months", value=one.needed, source="assumption", note="N")
    os = replace(given.os, through=(given.os.through[0], last))
    moved = replace(
        model.structure, strategies={**model.structure.strategies, "car_t": replace(given, os=os)}
    )
    moved = replace(moved, strategies={"car_t": moved.strategies["car_t"]})
    again = follow_cited(model.study, moved, model.landmarks, model.published)[0]
    assert again.os_at_benefit == pytest.approx(one.needed)
    assert again.qalys == pytest.approx(11.26, abs=0.25)
    table = needed_table(needed)
    assert table.columns.tolist() == ["strategy", "assumption", "now", "needed"]


def test_what_nothing_reaches_is_no_number(needed):
    missed = {one.assumption for one in needed if one.strategy == "car_t" and np.isnan(one.needed)}
    assert missed == {"SMR of survivors", "utility of survivors"}


def test_a_mortality_ratio_that_is_needed_gives_the_cited_qalys(model, results):
    reachable = replace(model.published, qalys={"car_t": results["car_t"].qalys + 0.5})
    found = needed_for_cited(model.study, model.structure, model.landmarks, reachable)
    smr = next(one.needed for one in found if one.assumption == "SMR of survivors")
    lower = model.study.set({"smr_survivors": smr})
    again = follow_cited(lower, model.structure, model.landmarks, model.published)[0]
    assert 1 < smr < 9
    assert again.qalys == pytest.approx(results["car_t"].qalys + 0.5, abs=1e-4)


def test_drawn_curves_cross_in_a_tenth_of_draws_and_those_of_a_ratio_never(model):
    rows = {
        one.strategy: one for one in crossing_of_cited(model.structure, model.landmarks, n_draws=2000, seed=1)
    }
    assert 0.05 < rows["car_t"].share_of_draws < 0.15
    assert 0 < rows["car_t"].share_of_time < rows["car_t"].share_of_draws
    assert rows["car_t"].largest_excess > 0.05
    assert rows["blinatumomab"].share_of_draws == 0
    assert len(cited_crossing_table(rows.values())) == 4
    first = next(crossing_of_cited(model.structure, model.landmarks, n_draws=2000, seed=1))
    assert first == rows["car_t"]
