"""Distributions against scipy.stats: moments, quantiles, draws, and what cannot be."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from remit.inputs.distributions import (
    DISTRIBUTIONS,
    Beta,
    Dirichlet,
    Fixed,
    Gamma,
    LogitNormal,
    LogNormal,
    Normal,
    Uniform,
)
from remit.inputs.draws import uniforms

U = np.array([1e-12, 1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.999, 1 - 1e-6])

# Distribution, its central value, and the same of scipy.
PAIRS = {
    "beta by a and b": (Beta(a=2, b=5), 2 / 7, stats.beta(2, 5)),
    "beta by events": (Beta(events=61, n=75), 0.81, stats.beta(61, 14)),
    "beta by sd": (Beta(sd=0.05), 0.8, stats.beta(50.4, 12.6)),
    "beta near 0": (Beta(a=1.2, b=28), 0.04, stats.beta(1.2, 28)),
    "gamma": (Gamma(cv=0.2), 1000, stats.gamma(25, scale=40)),
    "wide gamma": (Gamma(cv=0.7), 0.0149, stats.gamma(0.7**-2, scale=0.0149 * 0.49)),
    "log-normal": (LogNormal(sdlog=0.45), 2.0, stats.lognorm(0.45, scale=2.0)),
    "normal": (Normal(sd=0.435), -2.07, stats.norm(-2.07, 0.435)),
    "uniform": (Uniform(low=0.2, high=0.6), 0.4, stats.uniform(0.2, 0.4)),
}
PARAMETERS = pytest.mark.parametrize(("ours", "value", "theirs"), PAIRS.values(), ids=PAIRS)


def logit_normal_moment(median, sd, power):
    centre = math.log(median / (1 - median))

    def density(z):
        return stats.norm.pdf(z) / (1 + math.exp(-centre - sd * z)) ** power

    return quad(density, -12, 12, limit=300, epsabs=1e-13)[0]


@PARAMETERS
def test_quantiles_and_mean_are_those_of_scipy(ours, value, theirs):
    assert ours.problem(value) is None
    np.testing.assert_allclose(ours.quantile(U, value), theirs.ppf(U), rtol=1e-9)
    assert ours.mean(value) == pytest.approx(theirs.mean(), rel=1e-12)


def test_moments_give_the_shapes_of_the_textbook():
    assert Beta(sd=0.05).shapes(0.8) == pytest.approx((50.4, 12.6), abs=1e-9)
    assert Gamma(cv=0.2).quantile(U, 1000) == pytest.approx(stats.gamma(25, scale=40).ppf(U), rel=1e-9)
    # A mean of 1,000 with sd 200 is a log-normal with these two, which ours takes as median and sdlog.
    mu, sigma = 6.888144922, 0.198042200
    ours = LogNormal(sdlog=sigma)
    assert ours.mean(math.exp(mu)) == pytest.approx(1000, abs=1e-5)
    z = stats.norm.ppf(0.9)
    assert float(ours.quantile(np.array([0.9]), math.exp(mu))[0]) == pytest.approx(math.exp(mu + sigma * z))


@pytest.mark.parametrize("median", [0.05, 0.39, 0.8])
@pytest.mark.parametrize("sd", [0.1, 0.5, 1.0, 2.0])
def test_the_mean_of_a_logit_normal_is_its_integral(median, sd):
    assert LogitNormal(sd).mean(median) == pytest.approx(logit_normal_moment(median, sd, 1), abs=1e-9)


def test_the_quantiles_of_a_logit_normal_are_those_of_a_normal_on_the_log_odds():
    got = LogitNormal(0.6).quantile(U, 0.3)
    np.testing.assert_allclose(np.log(got / (1 - got)), stats.norm.ppf(U, math.log(3 / 7), 0.6), rtol=1e-9)


@PARAMETERS
def test_draws_have_the_mean_sd_and_shape_that_were_asked_for(ours, value, theirs):
    n = 100_000
    drawn = ours.quantile(uniforms(20180201, f"check {value} {type(ours).__name__}", n), value)
    kurtosis = float(theirs.stats(moments="k"))
    assert abs(drawn.mean() - theirs.mean()) < 4 * theirs.std() / math.sqrt(n)
    assert abs(drawn.std() - theirs.std()) < 4 * theirs.std() * math.sqrt((kurtosis + 2) / (4 * n))
    assert stats.kstest(drawn, theirs.cdf).pvalue > 1e-4


def test_draws_of_a_logit_normal_have_its_mean_and_sd():
    n, median, sd = 100_000, 0.3, 0.6
    drawn = LogitNormal(sd).quantile(uniforms(3, "logit-normal", n), median)
    mean = logit_normal_moment(median, sd, 1)
    spread = math.sqrt(logit_normal_moment(median, sd, 2) - mean**2)
    assert abs(drawn.mean() - mean) < 4 * spread / math.sqrt(n)
    assert drawn.std() == pytest.approx(spread, rel=0.01)
    assert stats.kstest(np.log(drawn / (1 - drawn)), stats.norm(math.log(3 / 7), sd).cdf).pvalue > 1e-4


def test_a_fixed_number_is_the_same_in_every_draw():
    assert Fixed("a price").quantile(U, 320_000.0).tolist() == [320_000.0] * U.size
    assert Fixed("a price").mean(7.0) == 7.0
    assert Fixed("a price").problem(math.inf) == "the value must be finite"
    assert Fixed("a price").problem(math.nan) == "the value must be finite"


@given(
    st.sampled_from(
        [Beta(a=2, b=5), Gamma(0.4), LogNormal(0.8), LogitNormal(1.0), Normal(0.2), Uniform(0.1, 0.9)]
    ),
    st.lists(st.floats(1e-15, 1 - 1e-15), min_size=2, max_size=20),
)
@settings(deadline=None, max_examples=60)
def test_quantiles_never_fall(distribution, us):
    assert np.all(np.diff(distribution.quantile(np.sort(us), 0.5)) >= 0)


def dirichlet_draws(shares, n, size=100_000):
    streams = {name: uniforms(11, f"share_{name}", size) for name in shares}
    return Dirichlet(n).quantile(streams, shares)


def test_a_dirichlet_has_the_means_and_covariances_of_the_textbook():
    shares, n = {"slow": 0.30, "base": 0.50, "rapid": 0.20}, 30.0
    table = np.stack(list(dirichlet_draws(shares, n).values()))
    m = np.array(list(shares.values()))
    expected = (np.diag(m) - np.outer(m, m)) / (n + 1)
    size = table.shape[1]
    assert np.all(np.abs(table.mean(axis=1) - m) < 4 * np.sqrt(np.diag(expected) / size))
    # The variance of a product of deviations gives the standard error of a covariance.
    away = table - m[:, None]
    error = np.sqrt(np.array([[np.var(a * b) for b in away] for a in away]) / size)
    assert np.all(np.abs(np.cov(table) - expected) < 4 * error)
    for share, drawn in zip(m, table, strict=True):
        assert stats.kstest(drawn, stats.beta(n * share, n * (1 - share)).cdf).pvalue > 1e-4


@given(
    st.lists(st.floats(0.01, 1), min_size=2, max_size=6),
    st.floats(0.5, 500),
    st.integers(0, 2**31),
)
@settings(deadline=None, max_examples=60)
def test_the_shares_of_a_dirichlet_sum_to_1_and_stay_between_0_and_1(parts, n, seed):
    shares = {f"part_{i}": part / sum(parts) for i, part in enumerate(parts)}
    streams = {name: uniforms(seed, name, 50) for name in shares}
    table = np.stack(list(Dirichlet(n).quantile(streams, shares).values()))
    assert np.abs(table.sum(axis=0) - 1).max() <= 1e-12
    assert table.min() >= 0
    assert table.max() <= 1


def test_the_order_in_which_shares_are_named_leaves_their_distribution_alone():
    one = dirichlet_draws({"a": 0.2, "b": 0.5, "c": 0.3}, 20.0)
    two = dirichlet_draws({"c": 0.3, "a": 0.2, "b": 0.5}, 20.0)
    for name, share in (("a", 0.2), ("b", 0.5), ("c", 0.3)):
        theirs = stats.beta(20 * share, 20 * (1 - share))
        assert stats.kstest(one[name], theirs.cdf).pvalue > 1e-4
        assert stats.kstest(two[name], theirs.cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    ("distribution", "value", "said"),
    [
        (Beta(), 0.5, "given as a and b"),
        (Beta(a=1), 0.5, "given as a and b"),
        (Beta(a=1, b=1, n=2), 0.5, "given as a and b"),
        (Beta(a=1, b=1, sd=0.1), 0.5, "given as a and b"),
        (Beta(events=1, n=2, sd=0.1), 0.5, "given as a and b"),
        (Beta(a=1, b=1), 1.0, "lies between 0 and 1"),
        (Beta(sd=0.1), 0.0, "lies between 0 and 1"),
        (Beta(sd=0.5), 0.5, "below sqrt"),
        (Beta(sd=0.0), 0.5, "above 0"),
        (Beta(sd=math.nan), 0.5, "above 0"),
        (Beta(events=0, n=10), 0.1, "events above 0 and below n"),
        (Beta(events=10, n=10), 0.9, "events above 0 and below n"),
        (Beta(a=-1, b=2), 0.5, "a > 0 and b > 0"),
        (Gamma(0.2), 0.0, "mean of a gamma distribution must be above 0"),
        (Gamma(0.0), 10.0, "cv must be above 0"),
        (LogNormal(0.3), -1.0, "median of a log-normal distribution must be above 0"),
        (LogNormal(0.0), 1.0, "sdlog must be above 0"),
        (LogitNormal(0.3), 1.0, "median of a logit-normal distribution lies between 0 and 1"),
        (LogitNormal(-0.3), 0.5, "sd_logit must be above 0"),
        (Normal(0.0), 1.0, "sd must be above 0"),
        (Normal(1.0), math.inf, "sd must be above 0"),
        (Uniform(2.0, 1.0), 1.5, "low < value < high"),
        (Uniform(1.0, 2.0), 2.5, "low < value < high"),
        (Dirichlet(10), {"a": 0.5, "b": 0.4}, "sum to 0.9"),
        (Dirichlet(10), {"a": 1.0}, "two or more shares"),
        (Dirichlet(10), {"a": 1.0, "b": 0.0}, "each above 0"),
        (Dirichlet(0), {"a": 0.5, "b": 0.5}, "n > 0"),
    ],
)
def test_a_distribution_that_cannot_be_says_why(distribution, value, said):
    assert said in distribution.problem(value)


def test_every_distribution_is_listed_under_the_type_that_it_says():
    for name, kind in DISTRIBUTIONS.items():
        assert kind.__dataclass_fields__["type"].default == name
