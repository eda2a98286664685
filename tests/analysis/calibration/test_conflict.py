"""Targets that cannot all be reached: which one is missed, and what holds the model away from it."""

import numpy as np
import pytest

from remit.analysis.calibration.conflict import conflicts
from remit.analysis.calibration.fit import UNREACHED
from remit.analysis.calibration.sampler import Plan, sample
from remit.inputs.targets import Binomial, Expected, LogNormalError, NormalError, ShareOf, Target

PLAN = Plan(draws=2000, last=4000, ess=200.0, seed=3)


def target(key, value, likelihood, quantity=None):
    quantity = quantity or Expected("car_t", "qalys")
    return Target(key, f"Title of {key}", quantity, value, likelihood, "enrolled", "a source", "somewhere")


def calibrated(targets, predict, n_scores=2):
    """Return predictions of the prior's draws, and their means over the posterior."""

    def log_likelihood(predictions):
        return np.sum([t.log_likelihood(p) for t, p in zip(targets, predictions, strict=True)], axis=0)

    stages = list(sample(n_scores, predict, log_likelihood, PLAN))
    return stages[0].predictions, stages[-1].predictions @ stages[-1].weights


def found(targets, predict, n_scores=2):
    return conflicts(targets, *calibrated(targets, predict, n_scores))


def test_two_reports_of_one_quantity_far_apart_are_each_missed_for_the_other():
    low = target("low", 2.0, NormalError(0.5))
    high = target("high", 8.0, NormalError(0.5))
    missed = found([low, high], lambda z: np.stack([5 + 3 * z[0], 5 + 3 * z[0]]))
    assert [(one.target.key, one.against.key) for one in missed] == [("low", "high"), ("high", "low")]
    # The posterior of three equally spaced normals, sd 3 of the prior and 0.5 of each report.
    assert [one.predicted for one in missed] == pytest.approx([5.0, 5.0], abs=0.1)


def test_of_two_reports_the_surer_one_holds_and_the_other_is_missed():
    sure = target("sure", 2.0, NormalError(0.1))
    unsure = target("unsure", 6.0, NormalError(1.0))
    (missed,) = found([sure, unsure], lambda z: np.stack([4 + 2 * z[0], 4 + 2 * z[0]]))
    assert (missed.target, missed.against) == (unsure, sure)
    weights = np.array([1 / 4, 100, 1])
    assert missed.predicted == pytest.approx(weights @ [4, 2, 6] / weights.sum(), abs=0.02)


def test_the_report_that_pulls_is_named_and_not_one_that_has_nothing_to_do_with_it():
    """Three targets; the second of them is on something else and is reached."""
    low = target("low", 2.0, NormalError(0.5))
    other = target("other", 1.0, NormalError(0.1), Expected("blinatumomab", "qalys"))
    high = target("high", 8.0, NormalError(0.5))
    missed = found([low, other, high], lambda z: np.stack([5 + 3 * z[0], 3 * z[1], 5 + 3 * z[0]]))
    assert {one.target.key: one.against.key for one in missed} == {"low": "high", "high": "low"}


def test_targets_that_pull_against_each_other_through_a_shared_parameter_are_told_apart():
    """QALYs fall where costs rise: both cannot be high. The cost is the surer, so QALYs are missed."""
    qalys = target("qalys", 9.0, NormalError(0.5))
    cost = target("cost", 6.5, LogNormalError(0.01), Expected("car_t", "costs"))
    bystander = target("bystander", 0.4, Binomial(50), ShareOf("car_t", "infused"))
    (missed,) = found(
        [bystander, qalys, cost],
        lambda z: np.stack([1 / (1 + np.exp(-z[1])), 6 + 2 * z[0], 5 * np.exp(-0.2 * z[0])]),
    )
    assert (missed.target, missed.against) == (qalys, cost)
    assert missed.predicted == pytest.approx(6 - 2 * np.log(6.5 / 5) / 0.2, abs=0.5)


def test_a_target_that_the_prior_excludes_has_no_other_target_against_it():
    """5 with sd 0.5 against a prior of 0 with sd 0.1: the posterior ends at 0.19."""
    far = target("far", 5.0, NormalError(0.5))
    near = target("near", 1.0, NormalError(1.0), Expected("blinatumomab", "qalys"))
    (missed,) = found([far, near], lambda z: np.stack([0.1 * z[0], z[1]]))
    assert (missed.target, missed.against) == (far, None)
    assert missed.predicted == pytest.approx(5 * 0.01 / (0.01 + 0.25), abs=0.02)


def test_targets_that_agree_are_not_in_conflict():
    one = target("one", 5.5, NormalError(0.5))
    two = target("two", 4.5, NormalError(0.5))
    assert found([one, two], lambda z: np.stack([5 + 3 * z[0], 5 + 3 * z[0]])) == []


def test_a_target_is_missed_beyond_three_standard_errors():
    one = target("one", 5.0, NormalError(0.5))
    prior = np.random.default_rng(1).standard_normal((1, 500))
    assert conflicts([one], prior, np.array([5.0 - 0.5 * (UNREACHED - 0.01)])) == []
    (missed,) = conflicts([one], prior, np.array([5.0 - 0.5 * (UNREACHED + 0.01)]))
    assert missed.against is None
    assert UNREACHED == 3


def test_a_conflict_is_told_with_both_keys_and_both_numbers_or_with_the_priors():
    low = target("low", 2.0, NormalError(0.5))
    high = target("high", 8.0, NormalError(0.5))
    first, _ = found([low, high], lambda z: np.stack([5 + 3 * z[0], 5 + 3 * z[0]]))
    assert str(first).startswith("low: reported 2, the calibration ends at ")
    assert str(first).endswith("in conflict with the target high")
    far = target("far", 5.0, NormalError(0.5))
    (alone,) = found([far], lambda z: 0.1 * z[:1])
    assert "far: reported 5" in str(alone)
    assert str(alone).endswith("in conflict with the priors and the model's structure")


def test_a_target_reached_to_the_last_digits_is_not_in_conflict():
    """Between a number and its neighbours rounding is all there is to the likelihood."""
    shares = np.random.default_rng(0).random(50)
    for share in shares:
        one = target("one", share, Binomial(76), ShareOf("car_t", "remission"))
        near = share + np.linspace(-1e-8, 1e-8, 41)
        assert np.all(one.log_likelihood(near) <= 0)
        assert all(conflicts([one], shares[None], np.array([p])) == [] for p in near)
