"""Structures averaged by fit."""

import numpy as np
import pytest

from remit import run_psa
from remit.analysis.model_average import averaged, weights_by_fit
from remit.files.studies import read_study


def test_weights_are_bayes_theorem_with_equal_priors():
    assert weights_by_fit([-3.0, -3.0 + np.log(3.0)]) == pytest.approx([0.25, 0.75])
    assert weights_by_fit([-5000.0, -5001.0]).sum() == pytest.approx(1.0)


def test_draws_come_from_each_model_in_proportion():
    study = read_study(posterior=False).study
    one, two = (
        run_psa(each, n_draws=40, seed=1) for each in (study, study.set({"utility_active_disease": 0.1}))
    )
    mixed = averaged([one, two], np.array([0.26, 0.74])).outcomes
    assert mixed.qalys.shape == one.outcomes.qalys.shape
    assert mixed.qalys[:10] == pytest.approx(one.outcomes.qalys[:10])
    assert mixed.qalys[10:] == pytest.approx(two.outcomes.qalys[:30])
