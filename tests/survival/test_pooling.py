"""Pooling against a published analysis, an independent maximisation, closed forms and simulated trials."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from remit.survival.pooling import Trial, exact_interval, pool

# Bloodstream infections with standard and with anti-infective catheters, 18 trials (Niel-Weise 2007; the data
# set dat.nielweise2007 of the R package metadat): events, n of both.
NIEL_WEISE = """3 117 0 116; 3 35 1 44; 9 195 2 208; 7 136 0 130; 6 157 5 151; 4 139 1 98; 3 177 1 174;
2 39 1 74; 19 103 1 97; 2 122 1 113; 7 64 0 66; 1 58 0 70; 5 175 3 188; 11 180 6 187; 0 105 0 118;
1 262 0 252; 3 362 1 345; 1 69 4 64"""
STANDARD, COATED = (
    [tuple(map(int, row.split()))[at : at + 2] for row in NIEL_WEISE.split(";")] for at in (0, 2)
)
CAR_T_CR = [(27, 30), (61, 75), (14, 21), (12, 14)]


def trials(counts):
    return [Trial(f"t{i}", f"Trial {i}", *pair) for i, pair in enumerate(counts)]


def integrated(counts, mu, tau):
    """Return the log likelihood by the trapezoidal rule on a fine grid, with the binomial coefficients."""
    z = np.linspace(-10, 10, 4001)
    events, n = np.array(counts)[:, :, None].transpose(1, 0, 2)
    log_odds = mu + tau * z
    log_pmf = (
        events * log_odds
        - n * np.logaddexp(0, log_odds)
        - np.log(n + 1)
        - special.betaln(events + 1, n - events + 1)
    )
    return float(np.log(integrate.trapezoid(np.exp(log_pmf) * stats.norm.pdf(z), z, axis=-1)).sum())


# Coefficient, standard error, tau^2, share and its interval as `rma.glmm(measure="PLO")` prints them: test
# `test_analysis_example_stijnen2010.r` of the R package metafor; the same numbers with fewer digits are in
# Stijnen, Hamza and Ozdemir, Stat Med 2010;29:3046, Table II. metafor integrates with 7 points (hence 0.002).
@pytest.mark.parametrize(
    ("counts", "mu", "se", "tau2", "share", "low", "high"),
    [
        (STANDARD, -3.4964, 0.2570, 0.8124, 0.0294, 0.0180, 0.0478),
        (COATED, -4.8121, 0.3555, 0.8265, 0.0081, 0.0040, 0.0161),
    ],
)
def test_a_published_meta_analysis_is_repeated(counts, mu, se, tau2, share, low, high):
    found = pool(trials(counts))
    assert found.mu == pytest.approx(mu, abs=5e-4)
    assert found.se == pytest.approx(se, abs=5e-4)
    assert found.tau**2 == pytest.approx(tau2, abs=2e-3)
    assert [found.share, *found.interval] == pytest.approx([share, low, high], abs=1e-4)


def test_an_independent_maximisation_finds_the_same_pool_errors_and_interval():
    counts = STANDARD[:11]
    found = pool(trials(counts))

    def loss(x):
        return -integrated(counts, x[0], abs(x[1]))

    best = optimize.minimize(loss, [-3.0, 0.5], method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9})
    assert [found.mu, found.tau] == pytest.approx(best.x, abs=1e-4)
    step = 1e-2 * np.eye(2)
    hessian = [[_second(loss, best.x, a, b) for b in step] for a in step]
    assert [found.se, found.se_tau] == pytest.approx(np.sqrt(np.diag(np.linalg.inv(hessian))), rel=2e-3)
    for end in found.tau_interval:
        inner = optimize.minimize_scalar(lambda mu, end=end: -integrated(counts, mu, end), bounds=(-5, -2))
        assert inner.fun - best.fun == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, abs=1e-4)


def _second(function, at, a, b):
    return sum(
        sign * function(at + move) / (4 * a.max() * b.max())
        for sign, move in ((1, a + b), (-1, a - b), (-1, b - a), (1, -a - b))
    )


def test_without_spread_between_trials_the_pool_is_the_binomial_of_the_sums():
    found = pool(trials([(20, 50), (40, 100), (12, 30)]))
    assert found.tau == 0
    assert found.se_tau is None
    assert found.estimable
    assert found.share == pytest.approx(0.4, abs=1e-12)
    assert found.se == pytest.approx(1 / math.sqrt(180 * 0.4 * 0.6), rel=1e-9)
    assert found.i_squared == 0
    assert found.tau_interval[0] == 0 < found.tau_interval[1]


def test_a_single_trial_says_nothing_of_the_spread_between_trials():
    found = pool(trials([(27, 70)]))
    assert (found.tau, found.estimable, found.tau_interval, found.prediction) == (0.0, False, None, None)
    assert found.predictive == pytest.approx((27 / 70, 1 / math.sqrt(70 * 27 / 70 * 43 / 70)))


def test_trials_in_which_all_or_none_had_the_event_are_pooled_without_adding_to_their_counts():
    counts = [(61, 61), (12, 14), (0, 9), (5, 11)]
    found = pool(trials(counts))
    nearby = [
        integrated(counts, found.mu + a, found.tau + b) for a, b in ((0.2, 0), (-0.2, 0), (0, 0.2), (0, -0.2))
    ]
    assert integrated(counts, found.mu, found.tau) > max(nearby)


@pytest.mark.parametrize(("events", "share"), [(0, 0.0), (1, 1.0)])
def test_where_all_or_none_of_all_patients_had_the_event_the_interval_is_exact_and_nothing_is_predicted(
    events, share
):
    found = pool(trials([(10 * events, 10), (3 * events, 3), (9 * events, 9)]))
    assert found.share == share
    assert found.interval == pytest.approx(exact_interval(22 * events, 22))
    assert found.predictive is found.prediction is None


def test_all_or_nothing_trials_have_no_estimate_of_the_spread():
    with pytest.raises(ValueError, match="none of others"):
        pool(trials([(40, 40), (0, 40)]))


def test_a_prediction_interval_uses_t_with_two_degrees_fewer_than_trials():
    found = pool(trials(STANDARD))
    reach = stats.t.ppf(0.975, 16) * math.hypot(found.tau, found.se)
    assert found.prediction == pytest.approx(special.expit([found.mu - reach, found.mu + reach]))
    assert pool(trials(CAR_T_CR[:2])).prediction is None


def test_heterogeneity_is_tau_squared_against_the_typical_variance_within_trials():
    counts = np.array([(30, 100), (50, 100), (80, 100)])
    found = pool(trials(counts.tolist()))
    weight = 1 / (1 / counts[:, 0] + 1 / (100 - counts[:, 0]))
    typical = 2 * weight.sum() / (weight.sum() ** 2 - (weight**2).sum())
    assert found.i_squared == pytest.approx(found.tau**2 / (found.tau**2 + typical))


def test_the_predictive_spread_holds_the_spread_between_trials_and_the_error_of_the_pool():
    found = pool(trials(STANDARD))
    assert found.predictive == (found.share, math.sqrt(found.tau**2 + found.se**2))


def test_simulated_trials_give_back_what_they_were_made_with():
    draw = np.random.default_rng(3)
    n = draw.integers(30, 120, size=60)
    events = draw.binomial(n, special.expit(draw.normal(0.7, 0.6, size=60)))
    found = pool(trials(zip(events.tolist(), n.tolist(), strict=True)))
    assert found.mu == pytest.approx(0.7, abs=2 * found.se)
    assert found.tau == pytest.approx(0.6, abs=2 * found.se_tau)
    assert found.tau_interval[0] < 0.6 < found.tau_interval[1]


def test_an_exact_interval_is_that_of_scipy():
    expected = stats.binomtest(12, 14).proportion_ci(method="exact")
    assert exact_interval(12, 14) == pytest.approx((expected.low, expected.high))
    assert exact_interval(14, 14)[1] == 1
    assert Trial("a", "A", 12, 14).interval == exact_interval(12, 14)


def test_an_empty_pool_and_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="no trial to pool"):
        pool([])
    with pytest.raises(ValueError, match="15 events of 14"):
        Trial("carpall", "CARPALL", 15, 14)
