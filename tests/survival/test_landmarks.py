"""Starting values from landmarks: mode and spread against a grid over the posterior."""

import math

import numpy as np
import pytest
from scipy import stats

from remit.errors import RemitError
from remit.inputs.distributions import Beta, Fixed, LogitNormal, LogNormal
from remit.inputs.parameters import Parameter, parameter_problems
from remit.survival.landmarks import Curve, Landmark, solve_curve

EXCESS = 0.036
CASES = {
    "three landmarks": (
        (Landmark(0.5, 0.80, 50), Landmark(1.0, 0.825, 25, 0.5), Landmark(1.5, 1.0, 10, 1.0)),
        (4.0, 4.0),
        (0.12, 0.45),
    ),
    "a median": ((Landmark(4.4 / 12, 0.5, 21.6),), (1.2, 12.0), (0.16, 0.35)),
}


def parameters(shapes, rate):
    mean = shapes[0] / sum(shapes)
    return (
        Parameter(
            "Durable", mean, "share", Beta(*shapes), source="assumption", note="prior", of="responders"
        ),
        Parameter("Rate", rate[0], "per month", LogNormal(rate[1]), source="assumption", note="prior"),
    )


def solved(case):
    marks, shapes, rate = CASES[case]
    curve = Curve("share_durable_x", "rate_relapse_fragile_x", marks, "maude2018", "Table 2")
    return solve_curve(curve, *parameters(shapes, rate), EXCESS)


def log_posterior(case, x, y):
    """Return the log density at logit d = x and log of the yearly rate = y, written anew with scipy."""
    marks, shapes, (rate, sdlog) = CASES[case]
    d, hazard = 1 / (1 + np.exp(-x)), np.exp(y)
    # The Jacobian d(1 - d) turns the beta density of d into that of its logit.
    total = stats.beta(*shapes).logpdf(d) + np.log(d * (1 - d))
    total = total + stats.norm(math.log(12 * rate), sdlog).logpdf(y)

    def survival(t):
        return np.exp(-EXCESS * t) * (d + (1 - d) * np.exp(-hazard * t))

    for mark in marks:
        p = survival(mark.at) / survival(mark.given)
        events = mark.n * mark.survival
        total = total + events * np.log(p) + (mark.n - events) * np.log1p(-p)
    return total


def grid(case):
    x, y = np.meshgrid(np.linspace(-9, 4, 521), np.linspace(-2, 3, 401), indexing="ij")
    return x, y, log_posterior(case, x, y)


@pytest.mark.parametrize("case", CASES)
def test_the_mode_is_the_highest_point_of_a_grid(case):
    durable, rate = solved(case)["share_durable_x"], solved(case)["rate_relapse_fragile_x"]
    x, y, height = grid(case)
    best = np.unravel_index(np.argmax(height), height.shape)
    mode = math.log(durable.value / (1 - durable.value)), math.log(12 * rate.value)
    assert mode == pytest.approx((x[best], y[best]), abs=0.026)
    assert log_posterior(case, *mode) >= height.max()
    nearby = [log_posterior(case, mode[0] + a, mode[1] + b) for a in (-1e-3, 1e-3) for b in (-1e-3, 1e-3)]
    assert log_posterior(case, *mode) > max(nearby)


@pytest.mark.parametrize(("case", "within"), [("three landmarks", 0.15), ("a median", 0.30)])
def test_the_spread_is_near_that_of_the_whole_posterior(case, within):
    """The normal approximation at the mode is worst where a beta near 0 has a long tail of log odds."""
    found = solved(case)
    x, y, height = grid(case)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    means = [(weight * z).sum() for z in (x, y)]
    sds = [math.sqrt((weight * (z - m) ** 2).sum()) for z, m in zip((x, y), means, strict=True)]
    both = (weight * (x - means[0]) * (y - means[1])).sum() / (sds[0] * sds[1])
    durable, rate = found["share_durable_x"], found["rate_relapse_fragile_x"]
    assert durable.uncertainty.sd_logit == pytest.approx(sds[0], rel=within)
    assert rate.uncertainty.sdlog == pytest.approx(sds[1], rel=within)
    assert rate.correlated_with.correlation == pytest.approx(both, abs=0.15)


def test_many_patients_leave_the_curve_that_the_landmarks_draw():
    d, hazard = 0.55, 1.5

    def survival(t):
        return math.exp(-EXCESS * t) * (d + (1 - d) * math.exp(-hazard * t))

    marks = tuple(
        Landmark(t, survival(t) / survival(s), 1e7, s)
        for s, t in ((0, 0.5), (0.5, 1.0), (1.0, 2.0), (2.0, 4.0))
    )
    curve = Curve("share_durable_x", "rate_relapse_fragile_x", marks, "maude2018", "Table 2")
    found = solve_curve(curve, *parameters((4.0, 4.0), (0.12, 0.45)), EXCESS)
    assert found["share_durable_x"].value == pytest.approx(d, abs=1e-4)
    assert 12 * found["rate_relapse_fragile_x"].value == pytest.approx(hazard, rel=1e-3)


def test_a_median_counts_excess_death_too():
    """With all fragile, half are relapse-free at the median: excess and relapse add up to log 2."""
    curve = Curve(
        "share_durable_x", "rate_relapse_fragile_x", (Landmark(0.5, 0.5, 1e7),), "maude2018", "Table 1"
    )
    found = solve_curve(curve, *parameters((1.0, 1e6), (0.12, 0.45)), 0.2)
    assert 12 * found["rate_relapse_fragile_x"].value + 0.2 == pytest.approx(2 * math.log(2), rel=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_what_is_solved_is_a_sound_parameter_that_says_where_it_comes_from(case):
    for name, parameter in solved(case).items():
        assert list(parameter_problems(name, parameter, "EUR")) == []
        assert "solved from landmarks of maude2018 (Table 2)" in parameter.note
    assert isinstance(solved(case)["share_durable_x"].uncertainty, LogitNormal)
    assert isinstance(solved(case)["rate_relapse_fragile_x"].uncertainty, LogNormal)


def test_priors_of_another_type_are_refused():
    _, rate = parameters((4.0, 4.0), (0.12, 0.45))
    curve = Curve("share_durable_x", "rate_relapse_fragile_x", CASES["a median"][0], "maude2018", "Table 2")
    fixed = Parameter("Durable", 0.5, "share", Fixed("set"), source="assumption")
    with pytest.raises(RemitError, match="needs a beta and rate_relapse_fragile_x a log-normal prior"):
        solve_curve(curve, fixed, rate, EXCESS)


@pytest.mark.parametrize(
    "wrong",
    [(0.5, 0.0, 10), (0.5, 1.1, 10), (0.5, 0.5, 0), (0.0, 0.5, 10), (0.5, 0.5, 10, 0.5), (0.5, 0.5, 10, -1)],
)
def test_what_is_not_a_landmark_is_refused(wrong):
    with pytest.raises(ValueError, match="a landmark needs"):
        Landmark(*wrong)
