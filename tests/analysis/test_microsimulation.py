"""Patients of a study: the same whatever block, jobs and number; agreement with the cohort (V61)."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from remit import load_study
from remit.analysis import agreement, microsimulation
from remit.analysis.agreement import TIMES, compare_patients_with_cohort
from remit.analysis.microsimulation import FIRSTS, microsimulate, microsimulate_draws
from remit.analysis.patient_histories import histories_of
from remit.errors import InputError
from remit.evaluation import evaluate
from remit.files.studies import read_study
from remit.report.microsimulation_tables import (
    histories_table,
    microsimulation_table,
    patient_distribution_table,
    patient_events_table,
    patient_uncertainty_table,
)

N = 3000
# Enough patients for the standard error of every total to be below 1%.
SURE = 110_000


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def alone(study):
    """The study with one strategy."""
    return replace(study, strategies={"car_t": study.strategies["car_t"]}, comparator="car_t")


@pytest.fixture(scope="module")
def found(study):
    return microsimulate(study, n_patients=N, seed=1)


@pytest.fixture(scope="module")
def stays(study):
    return list(histories_of(study, n_patients=60, seed=1, first=20))


def bytes_of(found):
    return [found.worth.tobytes(), found.cured.tobytes(), *(found.firsts[name].tobytes() for name in FIRSTS)]


# Agreement with the cohort


@pytest.mark.parametrize("scenario", ["base", "start-infused"])
def test_patients_agree_with_the_cohort(scenario):
    """V61: totals |z| < 4 with errors below 1%, occupancy and events |z| < 4 with errors below 0.002."""
    study = read_study(None if scenario == "base" else scenario).study
    rows = pd.DataFrame(compare_patients_with_cohort(study, scenario=scenario, n_patients=SURE))
    assert rows.loc[rows["result"] != "pass"].empty
    assert len(rows[rows["quantity"].str.contains(" at year ")]) == 4 * 4 * len(TIMES)
    assert rows["quantity"].str.startswith("events: infusion").any()
    # What the study's own grid adds to the cohort is small, and known.
    totals = rows[rows["as_set"].notna()]
    np.testing.assert_allclose(totals["as_set"], totals["cohort"], rtol=5e-3)


def test_too_few_patients_say_nothing(alone):
    rows = list(compare_patients_with_cohort(alone, scenario="few", n_patients=200))
    assert {row.result for row in rows if row.quantity == "qalys"} == {"inconclusive"}


def test_engines_that_differ_are_found_out(alone, monkeypatch):
    def wrong(study, **options):
        return evaluate(study.set({"rate_death_waiting": 0.0}), **options)

    monkeypatch.setattr(agreement, "evaluate", wrong)
    rows = list(compare_patients_with_cohort(alone, scenario="wrong", n_patients=20_000))
    failed = {(row.strategy, row.quantity) for row in rows if row.result == "fail"}
    assert ("car_t", "events: died_waiting tisagenlecleucel") in failed
    assert ("car_t", "events: infusion tisagenlecleucel") in failed


# The same bytes


def test_jobs_and_blocks_change_no_bit(study, found, monkeypatch):
    monkeypatch.setattr(microsimulation, "BLOCK", 700)
    assert bytes_of(microsimulate(study, n_patients=N, seed=1, jobs=2)) == bytes_of(found)


def test_a_patient_depends_neither_on_how_many_there_are_nor_on_other_strategies(alone, found):
    few = microsimulate(alone, n_patients=101, seed=1)
    np.testing.assert_array_equal(few.worth[0], found.worth[found.strategies.index("car_t"), :, :101])
    assert bytes_of(microsimulate(alone, n_patients=101, seed=2)) != bytes_of(few)


def test_draws_are_the_same_on_any_number_of_jobs_and_average_to_psa(alone):
    study = alone
    one, two = (
        list(microsimulate_draws(study, n_draws=5, n_patients=200, seed=3, jobs=jobs)) for jobs in (1, 2)
    )
    assert [part.draw for part in one] == list(range(5))
    for mine, other in zip(one, two, strict=True):
        np.testing.assert_array_equal(mine.mean, other.mean)
    psa = evaluate(study, study.draws(seed=3, n_draws=5))
    error = np.sqrt(np.sum([part.variance / 200 for part in one], axis=0)) / 5
    gap = np.mean([part.mean for part in one], axis=0)[:, 1] - psa.qalys.mean(axis=0)
    assert (np.abs(gap) < 4 * error[:, 1]).all()
    table = patient_uncertainty_table(one, tuple(study.strategies), n_patients=200)
    assert table["share_first_order"].between(0, 1).all()


# Histories


def test_histories_are_unbroken_and_strategies_share_what_they_have_in_common(stays):
    table = histories_table(stays)
    assert set(table["patient"]) == set(range(20, 80))
    for _, own in table.groupby(["strategy", "patient"]):
        assert own["entered"].iloc[0] == 0
        assert all(a.left == b.entered for a, b in pairwise(own.itertuples()))
        assert own["events"].iloc[-1].split("; ")[-1].split()[0].endswith(("death", "waiting", "remission"))
    first = table[(table["health_state"] == "relapse") & table["state"].str.startswith("line_1.")]
    alone, then = (
        first[first["strategy"] == name][["patient", "state", "entered", "left"]].to_numpy().tolist()
        for name in ("blinatumomab", "blinatumomab_then_car_t")
    )
    assert alone == then


def test_what_is_noted_of_patients_is_in_their_histories(study, stays, found):
    for strategy, name in enumerate(study.strategies):
        for patient in range(20, 80):
            own = [stay for stay in stays if (stay.strategy, stay.patient) == (name, patient)]
            infused = [stay.left for stay in own if any(e.startswith("infusion") for e in stay.events)]
            better = [stay.entered for stay in own if stay.health_state in ("remission", "hsct")]
            hsct = [stay.entered for stay in own if stay.health_state == "hsct"]
            expected = {"infusion": infused, "remission": better, "hsct": hsct, "death": [own[-1].left]}
            for event, times in expected.items():
                assert found.firsts[event][strategy, patient] == min(times, default=np.inf)
            relapse = found.firsts["relapse"][strategy, patient]
            assert np.isinf(relapse) or relapse in [
                stay.left for stay in own if stay.health_state != "relapse"
            ]
            lasting = any("durable" in stay.state or stay.state == "rescued" for stay in own)
            assert found.durable[strategy, patient] == lasting
            natural = own[-1].events == ("background_death",)
            assert found.cured[strategy, patient] == (natural and found.durable[strategy, patient])
    assert found.cured[:, 20:80].any()
    assert not (found.durable & np.isfinite(found.firsts["relapse"]) & ~found.cured).all()


def test_life_years_are_the_years_lived_where_nothing_is_discounted(alone):
    plain = alone.with_settings(discount_qalys=0.0, discount_costs=0.0)
    found = microsimulate(plain, n_patients=500, seed=1)
    np.testing.assert_allclose(found.measure("life_years"), found.years_lived, rtol=1e-12)


# Tables


def test_tables_say_what_the_arrays_hold(found):
    table = microsimulation_table(found).set_index(["strategy", "outcome"])
    costs = found.measure("costs")[1]
    row = table.loc[("car_t", "costs")]
    assert row["mean"] == costs.mean()
    assert row["standard_error"] == pytest.approx(costs.std(ddof=1) / np.sqrt(N))
    assert row["p25"] == np.quantile(costs, 0.25)
    events = patient_events_table(found).set_index(["strategy", "event"])
    happened = found.firsts["hsct"][0]
    assert events.loc[("blinatumomab", "hsct"), "share"] == np.isfinite(happened).mean()
    assert events.loc[("blinatumomab", "hsct"), "median"] == np.median(happened[np.isfinite(happened)])
    shares = patient_distribution_table(found)
    own = shares[(shares["strategy"] == "car_t") & (shares["outcome"] == "costs")]
    assert own["share_at_least"].is_monotonic_decreasing
    middle = own.iloc[100]
    assert middle["share_at_least"] == pytest.approx(np.mean(costs >= middle["at"]))


# Bad input


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "many", 10**12])
def test_numbers_of_patients_that_are_none_are_refused(study, n):
    with pytest.raises(InputError, match="n_patients"):
        microsimulate(study, n_patients=n, seed=1)


def test_too_many_patients_are_refused_with_an_estimate_and_how_many_would_do(study):
    with pytest.raises(InputError, match=r"40,000,000 patients of 4 strategies need .* GB, .*at most 1\d,"):
        microsimulate(study, n_patients=40_000_000, seed=1)


def test_all_that_is_wrong_is_said_at_once(study):
    with pytest.raises(InputError) as refused:
        microsimulate(study, n_patients=0, seed=-1, jobs=0)
    assert len(refused.value.problems) == 3


def test_relapse_that_is_not_exponential_is_refused():
    with pytest.raises(InputError, match=r"settings\.relapse"):
        microsimulate(read_study("relapse-weibull").study, n_patients=10, seed=1)
