"""Decisions by group of patients."""

import numpy as np
import pytest

from remit import load_study
from remit.analysis.acceptability import best_on_average
from remit.analysis.heterogeneity import decisions_by_group
from remit.analysis.psa import run_psa


@pytest.fixture(scope="module")
def psa():
    return run_psa(load_study("subgroups"), n_draws=30, seed=1)


def test_groups_add_up_to_all_patients(psa):
    for feature in ("tempo", "burden"):
        groups = [one for one in decisions_by_group(psa.strata, 80_000) if one.feature == feature]
        assert sum(one.share for one in groups) == pytest.approx(1)
        together = sum(one.share * np.array(one.qalys) for one in groups)
        np.testing.assert_allclose(together, psa.outcomes.qalys.mean(axis=0), rtol=1e-12)


def test_deciding_by_group_gains_what_the_best_of_each_has_above_the_best_of_all(psa):
    wtp = 30_000.0
    whole = wtp * psa.outcomes.qalys - psa.outcomes.costs
    best = best_on_average(whole)
    groups = [one for one in decisions_by_group(psa.strata, wtp) if one.feature == "tempo"]
    own = 0.0
    for one in groups:
        rows = [s for s in psa.strata if s.levels["tempo"] == one.level]
        nmb = sum(s.share[:, None] * (wtp * s.outcomes.qalys - s.outcomes.costs) for s in rows).mean(axis=0)
        own += nmb.max()
        assert one.best == psa.outcomes.strategies[int(nmb.argmax())]
    gained = sum(one.share * one.nmb_gained for one in groups)
    assert gained == pytest.approx(own - whole.mean(axis=0)[best], abs=1e-6)
    assert all(one.nmb_gained >= 0 for one in groups)
