"""Strata, the levels of their features, and all patients together."""

import doctest
from dataclasses import replace

import numpy as np
import pytest

from remit import evaluate, evaluate_strata, evaluation, load_study, run_psa
from remit.economics import strata as module
from remit.economics.outcomes import DRAWN, Outcomes
from remit.economics.strata import StratumOutcomes, by_level, groups_of, mixture

NAMES = ("slow", "base", "rapid")


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def draws(study):
    return study.draws(n_draws=40, seed=1)  # one of them needs the stepping solver


@pytest.fixture(scope="module")
def strata(study, draws):
    return evaluate_strata(study, draws)


def one(tempo, burden, share, qalys):
    """Return a stratum with one strategy, whose costs are ten times its QALYs."""
    values = np.array(qalys, dtype=float)[:, None]
    parts = np.zeros((len(qalys), 1, 0))
    outcomes = Outcomes(
        strategies=("a",),
        life_years=values,
        qalys=values,
        costs=10 * values,
        costs_by_category=parts,
        life_years_by_state=parts,
        qalys_by_state=parts,
        alive_at_end=values,
        stepped=np.zeros(len(qalys), dtype=bool),
        events={},
        diagnostics={},
    )
    levels = {"tempo": tempo, "burden": burden}
    return StratumOutcomes(f"{tempo}, {burden}", levels, np.array(share, dtype=float), outcomes)


FOUR = [
    one("slow", "low", [0.5, 0.0], [10, 10]),
    one("slow", "high", [0.1, 0.0], [4, 4]),
    one("rapid", "low", [0.2, 0.4], [6, 6]),
    one("rapid", "high", [0.2, 0.6], [2, 1]),
]


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_levels_are_their_strata_by_share_as_by_hand():
    slow, rapid = by_level(FOUR, "tempo")
    assert (slow.name, slow.levels) == ("slow", {"tempo": "slow"})
    # (0.5 x 10 + 0.1 x 4) / 0.6; nobody is slow in the second draw, where the two strata count alike.
    assert slow.share == pytest.approx([0.6, 0.0])
    assert slow.outcomes.qalys[:, 0] == pytest.approx([9.0, 7.0])
    assert rapid.outcomes.qalys[:, 0] == pytest.approx([4.0, 3.0])
    low, high = by_level(FOUR, "burden")
    assert low.outcomes.costs[:, 0] == pytest.approx([10 * 6.2 / 0.7, 60.0])
    assert high.outcomes.costs[:, 0] == pytest.approx([10 * 0.8 / 0.3, 10.0])
    assert mixture(FOUR).outcomes.qalys[:, 0] == pytest.approx([7.0, 3.0])


def test_all_patients_each_level_and_each_stratum_are_reported():
    found = [(feature, group.name) for feature, group in groups_of(FOUR)]
    levels = [("tempo", "slow"), ("tempo", "rapid"), ("burden", "low"), ("burden", "high")]
    assert found == [("all", "all"), *levels, *(("stratum", stratum.name) for stratum in FOUR)]


def test_strata_are_not_reported_twice_where_they_differ_in_one_feature(strata):
    found = [(feature, group.name) for feature, group in groups_of(strata)]
    assert found == [("all", "all"), *(("tempo", name) for name in NAMES)]


def test_the_mixture_of_the_strata_is_the_whole_to_the_last_bit(study, draws, strata):
    together, mixed = evaluate(study, draws), mixture(strata).outcomes
    assert [stratum.name for stratum in strata] == list(NAMES)
    for name in DRAWN:
        assert getattr(mixed, name).tobytes() == getattr(together, name).tobytes()
    assert set(mixed.diagnostics) == set(together.diagnostics)
    for name, noted in mixed.diagnostics.items():
        assert noted.tobytes() == together.diagnostics[name].tobytes()


def test_the_whole_is_the_sum_of_share_times_stratum_in_plain_arithmetic(study, draws, strata):
    together = evaluate(study, draws)
    assert sum(stratum.share for stratum in strata) == pytest.approx(np.ones(40), abs=1e-12)
    for name in ("qalys", "costs"):
        summed = sum(np.einsum("d,ds->ds", s.share, getattr(s.outcomes, name)) for s in strata)
        np.testing.assert_allclose(summed, getattr(together, name), rtol=1e-12)
    assert together.stepped.any()  # draws of the stepping solver among them


def test_a_strategy_compared_alone_has_the_same_outcomes_in_every_stratum(study, draws, strata):
    for place, name in enumerate(study.strategies):
        alone = replace(study, strategies={name: study.strategies[name]}, comparator=name)
        for one_of_all, own in zip(strata, evaluate_strata(alone, draws), strict=True):
            np.testing.assert_allclose(
                own.outcomes.qalys[:, 0], one_of_all.outcomes.qalys[:, place], rtol=1e-9
            )
            np.testing.assert_allclose(
                own.outcomes.costs[:, 0], one_of_all.outcomes.costs[:, place], rtol=1e-9
            )


def test_the_faster_the_disease_the_shorter_the_life(strata):
    slow, base, rapid = (stratum.outcomes.life_years for stratum in strata)
    assert np.all(slow > base)
    assert np.all(base > rapid)


def test_without_draws_every_stratum_has_one_row_or_as_many_as_asked(study):
    assert [s.share.shape for s in evaluate_strata(study)] == [(1,)] * 3
    several = evaluate_strata(study, n_draws=5)
    assert [s.share.shape for s in several] == [(5,)] * 3
    assert several[0].outcomes.costs.shape == (5, len(study.strategies))


@pytest.mark.parametrize("jobs", [1, 3])
def test_psa_keeps_the_totals_of_each_stratum_the_same_on_any_number_of_jobs(
    study, strata, jobs, monkeypatch
):
    monkeypatch.setattr(evaluation, "BLOCK", 16)
    psa = run_psa(study, n_draws=40, seed=1, jobs=jobs)
    for kept, whole in zip(psa.strata, strata, strict=True):
        assert (kept.name, kept.levels) == (whole.name, whole.levels)
        assert kept.share.tobytes() == whole.share.tobytes()
        for name in ("life_years", "qalys", "costs"):
            assert getattr(kept.outcomes, name).tobytes() == getattr(whole.outcomes, name).tobytes()
        assert kept.outcomes.costs_by_category.size == 0
    assert psa.outcomes.costs_by_category.size > 0
