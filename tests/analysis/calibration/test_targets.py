"""Likelihoods, intervals and simulated reports of targets, against the distributions of scipy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remit.files.studies import read_study
from remit.inputs.targets import Binomial, Expected, LogNormalError, NormalError, SurvivalAt, Target

PREDICTED = np.array([0.01, 0.2, 0.5, 0.77, 0.99])
UNIFORMS = np.random.default_rng(1).random(4000)


@pytest.fixture(scope="module")
def targets():
    return read_study(posterior=False).targets


@pytest.mark.parametrize(("events", "n"), [(0, 12), (1, 40), (27, 70), (61, 75), (10, 10)])
def test_a_share_has_the_binomial_likelihood_up_to_a_constant(events, n):
    found = Binomial(n).log_likelihood(events / n, PREDICTED)
    at_best = stats.binom.logpmf(events, n, events / n)
    assert found == pytest.approx(stats.binom.logpmf(events, n, PREDICTED) - at_best, abs=1e-9)


def test_a_share_that_the_model_excludes_is_impossible():
    impossible = Binomial(50).log_likelihood(0.5, np.array([0.0, 1.0]))
    assert impossible.tolist() == [-np.inf, -np.inf]
    assert Binomial(50).log_likelihood(0.0, np.array([0.0, 1.0])).tolist() == [0.0, -np.inf]
    assert Binomial(50).log_likelihood(1.0, np.array([0.0, 1.0])).tolist() == [-np.inf, 0.0]


def test_a_prediction_of_hardly_more_than_1_counts_as_1():
    assert np.isfinite(Binomial(50).log_likelihood(0.98, np.array([1 - 1e-12])))
    assert Binomial(50).log_likelihood(1.0, np.array([1 + 1e-15])).tolist() == [0.0]


def test_a_number_has_the_normal_likelihood_up_to_a_constant():
    predicted = np.array([9.0, 11.0, 11.26, 14.0])
    expected = stats.norm.logpdf(11.26, predicted, 0.25) - stats.norm.logpdf(0, 0, 0.25)
    assert NormalError(0.25).log_likelihood(11.26, predicted) == pytest.approx(expected, abs=1e-10)


def test_a_cost_has_the_log_normal_likelihood_up_to_a_constant():
    """As a function of the prediction: that of a log-normal report whose median is the prediction."""
    predicted = np.array([4e5, 5e5, 552_679.0, 9e5])
    expected = stats.lognorm.logpdf(552_679, 0.05, scale=predicted)
    expected -= stats.lognorm.logpdf(552_679, 0.05, scale=552_679)
    assert LogNormalError(0.05).log_likelihood(552_679, predicted) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("events", "n"), [(0, 12), (1, 40), (27, 70), (61, 75), (10, 10)])
def test_the_interval_of_a_share_is_that_of_wilson(events, n):
    expected = stats.binomtest(events, n).proportion_ci(method="wilson")
    assert Binomial(n).interval(events / n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_of_a_share_is_the_one_that_newcombe_prints():
    """81 of 263 (Newcombe, Stat Med 1998;17:857, Table I): 0.2553 to 0.3662."""
    assert Binomial(263).interval(81 / 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_intervals_of_numbers_hold_95_per_cent_of_their_distributions():
    assert NormalError(0.25).interval(11.26) == pytest.approx(
        stats.norm.interval(0.95, 11.26, 0.25), abs=1e-6
    )
    expected = stats.lognorm.interval(0.95, 0.05, scale=552_679)
    assert LogNormalError(0.05).interval(552_679) == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 200), st.floats(0, 1))
def test_the_interval_of_a_share_holds_it_and_lies_in_0_to_1(n, value):
    low, high = Binomial(n).interval(value)
    assert 0 <= low <= value + 1e-12
    assert value - 1e-12 <= high <= 1


@pytest.mark.parametrize("n", [1, 10, 76])
@pytest.mark.parametrize("p", [0.0, 0.03, 0.6, 1.0])
def test_another_sample_is_a_binomial_one(n, p):
    """The quantile: as many events as are the first to reach the uniform."""
    share = Binomial(n).simulate(np.full(UNIFORMS.size, p), UNIFORMS)
    events = np.round(share * n)
    assert share == pytest.approx(events / n, abs=1e-12)
    assert np.all(stats.binom.cdf(events, n, p) >= UNIFORMS)
    assert np.all(stats.binom.cdf(events - 1, n, p) <= UNIFORMS)


def test_a_sample_of_part_of_a_patient_is_taken_for_the_nearest_whole():
    share = Binomial(21.6).simulate(np.full(500, 0.4), UNIFORMS[:500])
    assert np.unique(np.round(share * 22, 9) % 1).tolist() == [0]
    assert Binomial(0.2).simulate(np.array([0.5]), np.array([0.9])).tolist() == [1.0]


def test_another_number_is_a_normal_one_and_another_cost_a_log_normal_one():
    seen = NormalError(0.25).simulate(np.full(UNIFORMS.size, 11.0), UNIFORMS)
    assert stats.norm.cdf(seen, 11.0, 0.25) == pytest.approx(UNIFORMS, abs=1e-9)
    seen = LogNormalError(0.3).simulate(np.full(UNIFORMS.size, 5e5), UNIFORMS)
    assert stats.lognorm.cdf(seen, 0.3, scale=5e5) == pytest.approx(UNIFORMS, abs=1e-9)


@pytest.mark.parametrize("likelihood", [Binomial(40), NormalError(0.1), LogNormalError(0.2)])
def test_likelihood_and_simulation_are_of_one_distribution(likelihood):
    """The mean over simulated reports of the likelihood's score is 0 at the truth (Fisher)."""
    truth, step = np.full(UNIFORMS.size, 0.6), 1e-4
    seen = likelihood.simulate(truth, UNIFORMS)
    rise = [
        likelihood.log_likelihood(v, np.array([0.6 + step]))
        - likelihood.log_likelihood(v, np.array([0.6 - step]))
        for v in seen
    ]
    score = np.concatenate(rise) / (2 * step)
    assert abs(score.mean()) < 4 * score.std() / np.sqrt(score.size)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Binomial(0), "n must be above 0"),
        (lambda: Binomial(np.inf), "n must be above 0"),
        (lambda: NormalError(0), "sd must be above 0"),
        (lambda: NormalError(np.nan), "sd must be above 0"),
        (lambda: LogNormalError(-0.1), "sdlog must be above 0"),
    ],
)
def test_an_error_of_nothing_or_without_end_is_refused(make, rule):
    with pytest.raises(ValueError, match=rule):
        make()


@pytest.mark.parametrize(
    ("key", "value", "at", "given"),
    [
        ("eliana_os_6m", 0.90, 0.5, 0.0),
        ("eliana_os_12m", 0.76 / 0.90, 1.0, 0.5),
        ("eliana_rfs_6m", 0.80, 0.5, 0.0),
        ("eliana_rfs_12m", 0.66 / 0.80, 1.0, 0.5),
        ("eliana_rfs_18m", 1.0, 1.5, 1.0),
        ("mt103_205_os", 0.5, 7.5 / 12, 0.0),
        ("mt103_205_rfs", 0.5, 4.4 / 12, 0.0),
    ],
)
def test_landmarks_are_conditional_on_the_one_before_and_medians_are_a_half(targets, key, value, at, given):
    target = targets[key]
    assert isinstance(target.quantity, SurvivalAt)
    assert target.value == pytest.approx(value, abs=1e-12)
    assert (target.quantity.at, target.quantity.given) == pytest.approx((at, given), abs=1e-12)


def test_survival_from_remission_is_among_responders_and_all_other_survival_among_the_treated(targets):
    fitted = [target for target in targets.values() if isinstance(target.quantity, SurvivalAt)]
    assert len(fitted) >= 25
    for target in fitted:
        if target.quantity.endpoint == "rfs":
            assert target.quantity.origin == "remission"
        if target.quantity.origin == "remission":
            assert target.of == "responders"
        else:
            # TOWER's clock starts with randomisation.
            assert target.quantity.origin == ("decision" if target.key.startswith("tower") else "infusion")
            assert target.of in ("infused", "treated")


def test_targets_on_costs_alone_move_costs(targets):
    moving = {key for key, target in targets.items() if target.moves_costs}
    assert moving == {key for key in targets if "_costs_" in key}
    assert all(isinstance(targets[key].quantity, Expected) for key in moving)


def test_a_target_scores_0_at_what_was_reported(targets):
    for target in targets.values():
        assert target.log_likelihood(np.array([target.value]))[0] == pytest.approx(0, abs=1e-12)
        low, high = target.interval
        assert low <= target.value <= high + 1e-12  # of a share of 1, the rounded bound


def test_a_target_is_on_both_strategies_of_a_ratio(targets):
    assert targets["adjusted_hr_death"].strategies == ("car_t", "blinatumomab")
    assert targets["eliana_os_6m"].strategies == ("car_t",)
    one = targets["eliana_os_6m"]
    assert isinstance(one, Target)
    assert not replace(one, quantity=Expected("car_t", "qalys")).moves_costs
