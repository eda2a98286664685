"""Importance sampling in stages, against posteriors known in closed form or by numerical integration."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from remit.analysis.calibration import sampler
from remit.analysis.calibration.sampler import Plan, Proposal, reweighed, sample

PLAN = Plan(draws=4000, last=20000, ess=2000.0, seed=7)
SCORES, ERRORS = 30, np.array([0.3, 0.5, 0.2, 0.4])
ARRAYS = ("scores", "predictions", "directions", "weights")


def run(n_scores, predict, log_likelihood, plan=PLAN, done=None):
    return list(sample(n_scores, predict, log_likelihood, plan, done=done))


def linear():
    """Four predictions that are linear in thirty scores, and what was seen of them."""
    generator = np.random.default_rng(3)
    slopes = generator.standard_normal((4, SCORES)) * (generator.random((4, SCORES)) < 0.4)
    seen = np.array([2.0, -1.5, 1.0, 0.5])

    def predict(scores):
        return slopes @ scores + 0.1

    def log_likelihood(predictions):
        return stats.norm.logpdf(seen[:, None], predictions, ERRORS[:, None]).sum(axis=0)

    return slopes, seen, predict, log_likelihood


@pytest.fixture(scope="module")
def stages():
    _, _, predict, log_likelihood = linear()
    return run(SCORES, predict, log_likelihood)


def weighed(stage, values):
    """Return mean, sd and the Monte Carlo standard error of the mean."""
    mean = values @ stage.weights
    apart = values - mean[:, None]
    return mean, np.sqrt(apart**2 @ stage.weights), np.sqrt(apart**2 @ stage.weights**2)


def same_bytes(one, two):
    return (one.number, one.power, one.ess, one.last) == (two.number, two.power, two.ess, two.last) and all(
        getattr(one, name).tobytes() == getattr(two, name).tobytes() for name in ARRAYS
    )


def test_a_linear_problem_with_normal_errors_has_the_posterior_of_linear_regression(stages):
    slopes, seen, *_ = linear()
    covariance = np.linalg.inv(np.eye(SCORES) + slopes.T @ np.diag(ERRORS**-2) @ slopes)
    expected = covariance @ slopes.T @ ((seen - 0.1) / ERRORS**2)
    mean, sd, error = weighed(stages[-1], stages[-1].scores)
    assert np.all(np.abs(mean - expected) < 4 * error)
    np.testing.assert_allclose(sd, np.sqrt(np.diag(covariance)), rtol=0.05)


def test_so_do_its_predictions_where_all_scores_come_together(stages):
    """The posterior is far narrower along the predictions than along any score."""
    slopes, seen, *_ = linear()
    prior = slopes @ slopes.T
    gain = prior @ np.linalg.inv(prior + np.diag(ERRORS**2))
    mean, sd, error = weighed(stages[-1], stages[-1].predictions)
    assert np.all(np.abs(mean - (0.1 + gain @ (seen - 0.1))) < 4 * error)
    np.testing.assert_allclose(sd, np.sqrt(np.diag(prior - gain @ prior)), rtol=0.05)
    assert np.all(sd < 0.5 * np.sqrt(np.diag(prior)))


def test_a_nonlinear_problem_has_the_posterior_of_numerical_integration():
    """Bent and skewed predictions of two scores, on a grid of 601 x 601 points."""
    seen, errors = np.array([2.0, 0.6]), np.array([0.4, 0.5])

    def predict(scores):
        one, two = scores
        return np.stack([np.exp(0.6 * one) + 0.3 * two, np.tanh(two) + 0.2 * one * two])

    def log_likelihood(predictions):
        return stats.norm.logpdf(seen[:, None], predictions, errors[:, None]).sum(axis=0)

    axis = np.linspace(-6, 6, 601)
    grid = np.stack([part.ravel() for part in np.meshgrid(axis, axis, indexing="ij")])
    density = np.exp(log_likelihood(predict(grid)) - 0.5 * np.sum(grid**2, axis=0))
    density /= density.sum()
    expected = grid @ density
    spread = np.sqrt((grid - expected[:, None]) ** 2 @ density)
    last = run(2, predict, log_likelihood)[-1]
    mean, sd, error = weighed(last, last.scores)
    assert np.all(np.abs(mean - expected) < 4 * error)
    np.testing.assert_allclose(sd, spread, rtol=0.05)
    for level in (-0.5, 0.5, 1.0):
        above = (last.scores > level) @ last.weights
        assert above == pytest.approx((grid > level) @ density, abs=4 * 0.5 / np.sqrt(last.ess))


def test_a_target_that_no_score_moves_at_the_prior_mean_is_still_reached():
    """The square of a score has no slope there, so no direction is found; the weights do it all."""
    last = run(
        3, lambda z: z[:1] ** 2, lambda p: stats.norm.logpdf(p[0], 1.0, 0.3), replace(PLAN, ess=500.0)
    )[-1]
    axis = np.linspace(-6, 6, 20001)
    density = np.exp(-0.5 * axis**2 - 0.5 * ((axis**2 - 1.0) / 0.3) ** 2)
    density /= density.sum()
    mean, _, error = weighed(last, np.abs(last.scores[:1]))
    assert np.abs(mean[0] - np.abs(axis) @ density) < 4 * error[0]
    assert np.abs(last.scores[0] @ last.weights) < 4 / np.sqrt(last.ess)


def test_draws_that_are_impossible_have_no_weight():
    """A score that must be above 0: the posterior of a half-normal."""
    last = run(2, lambda z: z[:1], lambda p: np.where(p[0] > 0, 0.0, -np.inf))[-1]
    assert np.all(last.weights[last.scores[0] <= 0] == 0)
    mean, _, error = weighed(last, last.scores)
    assert np.abs(mean[0] - np.sqrt(2 / np.pi)) < 4 * error[0]
    assert np.abs(mean[1]) < 4 * error[1]


def test_without_any_information_the_posterior_is_the_prior():
    first, last = run(5, lambda z: z[:2], lambda p: np.zeros(p.shape[1]), replace(PLAN, ess=100.0))
    assert (first.power, last.power, last.last) == (1.0, 1.0, True)
    mean, sd, error = weighed(last, last.scores)
    assert np.all(np.abs(mean) < 4 * error)
    np.testing.assert_allclose(sd, 1, rtol=0.05)


def test_weights_sum_to_1_and_the_effective_sample_size_is_that_of_kish(stages):
    for stage in stages:
        assert stage.weights.sum() == pytest.approx(1, abs=1e-12)
        assert stage.weights.min() >= 0
        assert stage.ess == pytest.approx(stage.weights.sum() ** 2 / (stage.weights**2).sum(), rel=1e-12)


def test_stages_begin_with_the_prior_and_end_with_enough_draws_of_the_posterior(stages):
    assert [stage.number for stage in stages] == list(range(len(stages)))
    assert [stage.last for stage in stages] == [False] * (len(stages) - 1) + [True]
    assert stages[0].power < stages[-2].power == stages[-1].power == 1.0
    assert [stage.weights.size for stage in stages] == [PLAN.draws] * (len(stages) - 1) + [PLAN.last]
    assert stages[-1].ess >= PLAN.ess
    assert stats.kstest(stages[0].scores.ravel(), "norm").pvalue > 1e-3


def test_each_stage_is_as_strong_as_leaves_a_fifth_of_its_draws_alive(stages):
    for stage in stages[:-1]:
        assert stage.ess >= 0.2 * PLAN.draws


@pytest.mark.parametrize("place", [0, 1, -2])
def test_an_interrupted_run_goes_on_to_the_same_bytes(stages, place):
    _, _, predict, log_likelihood = linear()
    done = stages[place]
    rest = run(SCORES, predict, log_likelihood, done=done)
    assert len(rest) == len(stages) - 1 - done.number > 0
    assert all(same_bytes(one, two) for one, two in zip(rest, stages[done.number + 1 :], strict=True))


def test_a_finished_run_has_nothing_left_to_do(stages):
    _, _, predict, log_likelihood = linear()
    assert run(SCORES, predict, log_likelihood, done=stages[-1]) == []


def test_another_seed_gives_other_draws(stages):
    _, _, predict, log_likelihood = linear()
    other = run(SCORES, predict, log_likelihood, replace(PLAN, seed=8))
    assert not same_bytes(other[0], stages[0])


def test_a_likelihood_that_no_draw_has_is_refused():
    with pytest.raises(ValueError, match="the prior excludes what was reported"):
        run(3, lambda z: z[:1], lambda p: np.full(p.shape[1], -np.inf))


def test_an_effective_sample_size_out_of_reach_ends_after_so_many_stages():
    calls = []

    def predict(scores):
        calls.append(scores)
        return scores[:1]

    plan = Plan(draws=100, last=100, ess=101.0)
    with pytest.raises(ValueError, match="40 stages did not reach the posterior"):
        run(2, predict, lambda p: -0.5 * (p[0] - 1) ** 2, plan)
    assert len(calls) == sampler.MOST_STAGES == 40


@pytest.fixture
def proposal():
    generator = np.random.default_rng(5)
    directions = np.linalg.qr(generator.standard_normal((6, 2)))[0]
    return Proposal(directions, np.array([1.0, -0.5]), np.array([[0.5, 0.2], [0.2, 0.3]]))


def whole(proposal):
    """Mean and covariance of a proposal over all scores: the prior, but along the directions."""
    along = proposal.directions
    across = np.eye(len(along)) - along @ along.T
    return along @ proposal.mean, across + along @ proposal.covariance @ along.T


def test_the_density_of_a_proposal_is_that_of_a_multivariate_normal(proposal):
    scores = np.random.default_rng(6).standard_normal((6, 50))
    mean, covariance = whole(proposal)
    expected = stats.multivariate_normal.logpdf(scores.T, np.zeros(6), np.eye(6)) - (
        stats.multivariate_normal.logpdf(scores.T, mean, covariance)
    )
    assert proposal.from_prior(scores) == pytest.approx(expected, abs=1e-10)


def test_the_draws_of_a_proposal_have_its_mean_and_covariance(proposal):
    scores = proposal.draw(100_000, seed=1, number=2)
    mean, covariance = whole(proposal)
    assert scores.mean(axis=1) == pytest.approx(mean, abs=4 / np.sqrt(100_000))
    assert np.cov(scores) == pytest.approx(covariance, abs=8 / np.sqrt(100_000))
    assert scores[:, :10].tobytes() == proposal.draw(10, seed=1, number=2).tobytes()


def test_a_stage_is_handed_on_with_its_weighted_mean_and_covariance_a_little_wider(stages):
    stage = stages[1]
    along = stage.directions.T @ stage.scores
    expected = np.cov(along, aweights=stage.weights)
    handed = stage.proposal()
    assert handed.mean == pytest.approx(np.average(along, axis=1, weights=stage.weights), abs=1e-12)
    assert handed.covariance == pytest.approx(sampler.INFLATION * expected, rel=1e-9)
    assert handed.directions.T @ handed.directions == pytest.approx(np.eye(4), abs=1e-12)


def test_directions_are_those_in_which_predictions_change(stages):
    """Of a linear problem, the span of its slopes: nothing of them lies across."""
    slopes, *_ = linear()
    for stage in stages:
        across = slopes.T - stage.directions @ (stage.directions.T @ slopes.T)
        assert np.abs(across).max() < 1e-9


def test_a_stage_weighed_for_another_likelihood_has_the_posterior_of_that_one(stages):
    slopes, seen, _, log_likelihood = linear()
    last = stages[-1]
    half = reweighed(last, -0.5 * log_likelihood(last.predictions))
    assert (half.last, half.power) == (False, 1.0)
    assert half.ess == pytest.approx(1 / np.sum(half.weights**2), rel=1e-12)
    prior = slopes @ slopes.T
    gain = prior @ np.linalg.inv(prior + np.diag(2 * ERRORS**2))
    mean, sd, error = weighed(half, half.predictions)
    assert np.all(np.abs(mean - (0.1 + gain @ (seen - 0.1))) < 4 * error)
    np.testing.assert_allclose(sd, np.sqrt(np.diag(prior - gain @ prior)), rtol=0.15)
