"""Relapse times of any family as sums of exponentials."""

import numpy as np
import pytest
from scipy import stats

from remit.survival.phases import MULTIPLES, SHAPES, misfit, phase_weights

LN2 = np.log(2.0)
X = np.geomspace(0.05, 30, 60)  # in medians
INDEPENDENT = {
    "weibull": lambda k: stats.weibull_min(k, scale=LN2 ** (-1 / k)),
    "gamma": lambda k: stats.gamma(k, scale=1 / stats.gamma(k).median()),
    "log-normal": stats.lognorm,
    "log-logistic": stats.fisk,
}


def shapes(family, *values):
    return {name: np.atleast_1d(value) for name, value in zip(SHAPES[family], values, strict=True)}


def survival(family, *values):
    weights = phase_weights(family, shapes(family, *values))[:, 0]
    return np.exp(-LN2 * np.outer(X, MULTIPLES)) @ weights


@pytest.mark.parametrize("family", [name for name in SHAPES if name != "exponential"])
def test_weights_sum_to_1_in_every_draw(family):
    given = {name: np.array([0.8, 1.1, 1.6]) for name in SHAPES[family]}
    assert phase_weights(family, given).sum(axis=0) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("family", "ones"), [("weibull", 1), ("gamma", 1), ("generalised-gamma", 2), ("gompertz", 1)]
)
def test_a_shape_of_1_is_the_exponential(family, ones):
    weights = phase_weights(family, shapes(family, *np.ones(ones)))[:, 0]
    assert weights[0] == pytest.approx(1.0, abs=1e-9)
    assert np.abs(weights[1:]).max() < 1e-9


@pytest.mark.parametrize(
    ("family", "shape"),
    [
        ("weibull", 1.2),
        ("weibull", 1.5),
        ("gamma", 1.5),
        ("log-normal", 0.8),
        ("log-normal", 1.3),
        ("log-logistic", 2.0),
    ],
)
def test_the_sum_of_exponentials_follows_the_family_of_scipy(family, shape):
    assert survival(family, shape) == pytest.approx(INDEPENDENT[family](shape).sf(X), abs=2e-3)


def test_how_far_it_is_off_is_told():
    told = misfit("weibull", shapes("weibull", 0.7))[0]
    apart = np.abs(survival("weibull", 0.7) - INDEPENDENT["weibull"](0.7).sf(X)).max()
    assert 0.5 * apart <= told < 0.02
