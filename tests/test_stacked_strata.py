"""Few draws of many strata are followed together: the same bytes as stratum by stratum, in less time."""

from dataclasses import fields

import numpy as np
import pytest

import remit.evaluation
from remit.evaluation import evaluate_open_price, evaluate_strata
from remit.files.studies import read_study

ARRAYS = ("costs", "qalys", "costs_by_category", "qalys_by_state", "life_years", "alive_at_end", "stepped")


@pytest.fixture
def apart(monkeypatch):
    """Return what follows each stratum by itself."""

    def run(function):
        with monkeypatch.context() as patch:
            patch.setattr(remit.evaluation, "STACKED", 0)
            return function()

    return run


# Some of the draws of the base case need the stepping solver.
@pytest.mark.parametrize(("name", "n_draws"), [(None, 60), ("high-burden", 1)])
def test_strata_followed_together_are_the_same_bytes_as_one_by_one(apart, name, n_draws):
    study = read_study(name).study
    draws = study.draws(n_draws=n_draws, seed=1)
    together = evaluate_strata(study, draws, counts=True)
    alone = apart(lambda: evaluate_strata(study, draws, counts=True))
    assert [one.name for one in together] == [one.name for one in alone]
    for ours, theirs in zip(together, alone, strict=True):
        assert np.array_equal(ours.share, theirs.share)
        for field in ARRAYS:
            assert np.array_equal(getattr(ours.outcomes, field), getattr(theirs.outcomes, field)), field
        assert ours.outcomes.events.keys() == theirs.outcomes.events.keys()
        for event, count in ours.outcomes.events.items():
            assert np.array_equal(count, theirs.outcomes.events[event])
    assert {field.name for field in fields(together[0].outcomes)} >= set(ARRAYS)


def test_some_strata_of_the_base_case_need_the_stepping_solver():
    study = read_study().study
    assert evaluate_strata(study, study.draws(n_draws=60, seed=1))[0].outcomes.stepped.any()


def test_prices_of_strata_followed_together_are_the_same_bytes_too(apart):
    study = read_study().study
    draws = study.draws(n_draws=9, seed=1)
    own = {"own": study.settings.payment}

    def priced():
        return evaluate_open_price(study, draws, price="cost_drug_tisagenlecleucel", ways=own)

    ours, theirs = priced(), apart(priced)
    assert np.array_equal(ours.costs["own"], theirs.costs["own"])
    assert np.array_equal(ours.shares["own"], theirs.shares["own"])
