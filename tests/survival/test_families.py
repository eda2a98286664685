"""Survival families against scipy's distributions, numerical integration and closed forms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from remit.survival.families import (
    FAMILIES,
    Exponential,
    Gamma,
    GeneralisedGamma,
    Gompertz,
    LogLogistic,
    LogNormal,
    Weibull,
)
from remit.survival.incomplete_gamma import minus_log_upper
from remit.survival.mixture import MixtureCure

TIMES = np.array([1e-6, 0.01, 0.5, 1.0, 3.0, 10.0, 40.0])[:, None]


def of(*numbers):
    return [np.array([number], dtype=float) for number in numbers]


CASES = {
    "exponential": (Exponential(*of(0.1)), stats.expon(scale=10)),
    "weibull rising": (Weibull(*of(1.3, 1.5)), stats.weibull_min(1.3, scale=1.5)),
    "weibull falling": (Weibull(*of(0.4, 2)), stats.weibull_min(0.4, scale=2)),
    "log-normal": (LogNormal(*of(0.3, 1.1)), stats.lognorm(1.1, scale=math.exp(0.3))),
    "log-normal narrow": (LogNormal(*of(-1, 0.3)), stats.lognorm(0.3, scale=math.exp(-1))),
    "log-logistic": (LogLogistic(*of(1.7, 2)), stats.fisk(1.7, scale=2)),
    "log-logistic without mean": (LogLogistic(*of(0.6, 2)), stats.fisk(0.6, scale=2)),
    "log-logistic of shape 1": (LogLogistic(*of(1, 2)), stats.fisk(1, scale=2)),
    "gompertz rising": (Gompertz(*of(0.3, 0.1)), stats.gompertz(0.1 / 0.3, scale=1 / 0.3)),
    "gompertz late": (Gompertz(*of(2, 1e-8)), stats.gompertz(5e-9, scale=0.5)),
    "gompertz nearly constant": (Gompertz(*of(1e-11, 0.1)), stats.expon(scale=10)),
    "gompertz constant": (Gompertz(*of(0, 0.1)), stats.expon(scale=10)),
    "gamma": (Gamma(*of(2.5, 0.7)), stats.gamma(2.5, scale=0.7)),
    "gamma falling": (Gamma(*of(0.3, 3)), stats.gamma(0.3, scale=3)),
    "generalised gamma": (GeneralisedGamma(*of(2, 0.5, 1)), stats.gengamma(2, 0.5)),
    "generalised gamma rising": (GeneralisedGamma(*of(0.4, 2.5, 3)), stats.gengamma(0.4, 2.5, scale=3)),
}
PLATEAUS = {
    "gompertz falling": Gompertz(*of(-0.5, 0.3)),
    "gompertz falling at once": Gompertz(*of(-5, 0.3)),
    "gompertz falling to a low plateau": Gompertz(*of(-0.3, 5)),
    "mixture cure": MixtureCure(*of(0.4), Weibull(*of(1.3, 1.5))),
}
ALL = {name: family for name, (family, _) in CASES.items()} | PLATEAUS


def integral(family, t):
    """Return the integral of survival to ``t``, piece by piece so that no steep part is missed."""
    ends = [0.0, *np.geomspace(1e-7, t, 60)]
    pieces = itertools.pairwise(ends)
    return math.fsum(
        quad(lambda u: float(family.survival(u)[0]), a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pieces
    )


@pytest.mark.parametrize("case", CASES)
def test_survival_hazard_and_density_are_those_of_scipy(case):
    family, theirs = CASES[case]
    seen = theirs.sf(TIMES) > 1e-200
    np.testing.assert_allclose(family.survival(TIMES), theirs.sf(TIMES), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(
        family.cumulative_hazard(TIMES)[seen], -theirs.logsf(TIMES)[seen], rtol=1e-9, atol=1e-15
    )
    np.testing.assert_allclose(family.density(TIMES), theirs.pdf(TIMES), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(
        family.hazard(TIMES)[seen], (theirs.pdf(TIMES)[seen] / theirs.sf(TIMES)[seen]), rtol=1e-9, atol=1e-250
    )


@pytest.mark.parametrize("case", CASES)
def test_quantiles_and_means_are_those_of_scipy(case):
    family, theirs = CASES[case]
    shares = np.array([0.999, 0.9, 0.5, 0.1, 1e-6])[:, None]
    np.testing.assert_allclose(family.quantile(shares), theirs.isf(shares), rtol=1e-9)
    if not case.startswith("log-logistic ") and case != "gompertz late":
        assert family.mean() == pytest.approx(theirs.mean(), rel=1e-9)
    assert family.quantile(np.array([0.0, 1.0])[:, None])[:, 0].tolist() == [np.inf, 0.0]


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("t", [0.01, 1.0, 10.0, 88.0, 400.0])
def test_the_restricted_mean_is_the_integral_of_survival(case, t):
    assert ALL[case].restricted_mean(t)[0] == pytest.approx(integral(ALL[case], t), rel=1e-9)


@pytest.mark.parametrize("case", ALL)
def test_all_are_alive_at_0_and_nothing_is_lived_by_then(case):
    family = ALL[case]
    assert family.survival(0.0).tolist() == [1.0]
    assert family.restricted_mean(0.0).tolist() == [0.0]
    assert family.quantile(1.0).tolist() == [0.0]
    assert (family.restricted_mean(np.inf) == family.mean()).all()


def test_the_hazard_at_0_is_its_limit():
    limits = [
        (Weibull(*of(1.3, 2)), 0.0),
        (Weibull(*of(1, 2)), 0.5),
        (Weibull(*of(0.7, 2)), np.inf),
        (LogNormal(*of(0, 1)), 0.0),
        (LogLogistic(*of(1, 4)), 0.25),
        (LogLogistic(*of(0.5, 4)), np.inf),
        (Gamma(*of(1, 4)), 0.25),
        (Gamma(*of(2, 4)), 0.0),
        (GeneralisedGamma(*of(2, 0.5, 2)), 0.25),
        (Gompertz(*of(-1, 0.3)), 0.3),
        (MixtureCure(*of(0.4), Exponential(*of(1))), 0.6),
    ]
    for family, limit in limits:
        assert family.hazard(0.0)[0] == pytest.approx(limit), family
        assert family.density(0.0)[0] == pytest.approx(limit), family


def test_known_numbers_are_met():
    assert Exponential(*of(0.1)).restricted_mean(10.0)[0] == pytest.approx(6.321206, abs=5e-7)
    weibull = Weibull(*of(1.3, 1.5))
    assert weibull.survival(1.0)[0] == pytest.approx(0.554154549, abs=5e-10)
    assert weibull.quantile(0.5)[0] == pytest.approx(1.131486, abs=5e-7)
    assert weibull.mean()[0] == pytest.approx(1.385365, abs=5e-7)
    yearly = Exponential(*of(-math.log(1 - 0.40) / 5))
    assert 1 - yearly.survival(1.0)[0] == pytest.approx(0.097119549, abs=5e-10)
    assert Exponential.with_median(*of(7.8)).rate[0] == pytest.approx(0.088865023, abs=5e-10)
    cure = MixtureCure(*of(0.4), Exponential(*of(1)))
    assert cure.survival(1.0)[0] == pytest.approx(0.4 + 0.6 * math.exp(-1), rel=1e-15)
    assert cure.hazard(1.0)[0] == pytest.approx(0.6 * math.exp(-1) / (0.4 + 0.6 * math.exp(-1)), rel=1e-15)
    assert cure.quantile(0.7)[0] == pytest.approx(math.log(2), rel=1e-15)
    assert cure.restricted_mean(10.0)[0] == pytest.approx(4 + 0.6 * (1 - math.exp(-10)), rel=1e-15)


@pytest.mark.parametrize(
    ("family", "late"),
    [
        (Weibull(*of(1.3, 1.5)), 1e4),
        (LogNormal(*of(-1, 0.05)), 50.0),
        (Gamma(*of(2.5, 0.7)), 1e4),
        (Gamma(*of(0.3, 3)), 1e4),
        (Gamma(*of(300, 0.1)), 400.0),
        (GeneralisedGamma(*of(2, 0.5, 1e-3)), 1e4),
        (Gompertz(*of(0.3, 0.1)), 50.0),
        (MixtureCure(*of(0), Weibull(*of(1.3, 1.5))), 1e4),
    ],
)
def test_hazards_stay_sound_where_survival_is_too_small_for_a_number(family, late):
    assert family.survival(late)[0] == 0
    step = late * 1e-4
    rise = (family.cumulative_hazard(late + step) - family.cumulative_hazard(late - step)) / (2 * step)
    assert family.hazard(late)[0] == pytest.approx(rise[0], rel=1e-6)


@pytest.mark.parametrize("shape", [0.3, 1.0, 2.5, 40.0])
def test_the_incomplete_gamma_goes_on_smoothly_where_the_library_ends(shape):
    """Across the change from library to fraction, and against the recurrence over the shape beyond it."""
    x = np.linspace(500, 900, 4001)
    bends = np.diff(minus_log_upper(np.array(shape), x), n=2)
    assert np.max(np.abs(bends)) < 1e-5 * (1 + shape)
    x = 2000.0
    # Q(shape + 1, x) - Q(shape, x) = x^shape e^-x / gamma(shape + 1)
    upper, lower = (float(minus_log_upper(np.array(s), np.array(x))) for s in (shape + 1, shape))
    step = shape * math.log(x) - x - math.lgamma(shape + 1)
    assert -upper == pytest.approx(np.logaddexp(-lower, step), rel=1e-14)


def test_a_falling_gompertz_has_a_plateau():
    family, plateau = PLATEAUS["gompertz falling"], math.exp(-0.3 / 0.5)
    assert family.survival(np.inf)[0] == pytest.approx(plateau, rel=1e-15)
    assert family.quantile(plateau - 1e-9).tolist() == [np.inf]
    assert np.isfinite(family.quantile(plateau + 1e-9)).all()
    assert family.mean().tolist() == [np.inf]
    assert Gompertz(*of(-3, 150)).mean().tolist() == [np.inf]


def test_a_mixture_never_falls_to_its_durable_share():
    mixture = PLATEAUS["mixture cure"]
    assert mixture.quantile(np.array([0.4, 0.2])[:, None])[:, 0].tolist() == [np.inf, np.inf]
    assert mixture.mean().tolist() == [np.inf]
    assert MixtureCure(*of(0), Weibull(*of(1.3, 1.5))).mean()[0] == pytest.approx(1.385365, abs=5e-7)
    assert MixtureCure(*of(1), Exponential(*of(1))).hazard(3.0).tolist() == [0.0]


SHAPES = {
    "exponential": (),
    "weibull": (1.3,),
    "log-normal": (0.9,),
    "log-logistic": (1.3,),
    "gompertz": (0.3,),
    "gamma": (1.3,),
    "generalised-gamma": (1.3, 0.7),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_can_be_had_by_its_median(name):
    medians = np.array([0.1, 1.0, 7.8])
    family = FAMILIES[name].with_median(medians, *(np.full(3, shape) for shape in SHAPES[name]))
    np.testing.assert_allclose(family.survival(medians), 0.5, rtol=1e-12)
    if name == "gompertz":
        np.testing.assert_allclose(family.hazard(medians) / family.hazard(0.0), 0.3, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name not in {"log-normal", "log-logistic"}])
def test_with_shapes_of_1_a_family_is_exponential(name):
    family = FAMILIES[name].with_median(*of(2), *of(*(1.0 for _ in SHAPES[name])))
    np.testing.assert_allclose(family.survival(TIMES), 0.5 ** (TIMES / 2), rtol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_survival_falls_and_the_parts_of_a_family_agree(name, data):
    shapes = [data.draw(st.floats(0.3, 3)) for _ in SHAPES[name]]
    median, t = data.draw(st.floats(0.05, 20)), data.draw(st.floats(0.001, 60))
    durable = data.draw(st.sampled_from([None, 0.0, 0.3]))
    plain = FAMILIES[name].with_median(*of(median), *of(*shapes))
    family = plain if durable is None else MixtureCure(*of(durable), plain)
    survival = float(family.survival(t)[0])
    assert float(family.survival(t * 1.5)[0]) <= survival * (1 + 1e-13) <= 1 + 1e-13
    assume(survival > 1e-12)
    step = 1e-4 * t
    rise = float((family.cumulative_hazard(t + step) - family.cumulative_hazard(t - step))[0]) / (2 * step)
    assert float(family.hazard(t)[0]) == pytest.approx(rise, rel=1e-4, abs=1e-9)
    back = float(family.survival(family.quantile(survival))[0])
    assert back == pytest.approx(survival, rel=1e-9) or math.isinf(family.quantile(survival)[0])
    gained = float((family.restricted_mean(t + step) - family.restricted_mean(t - step))[0]) / (2 * step)
    assert gained == pytest.approx(survival, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_draw_does_not_depend_on_the_others(name):
    random = np.random.default_rng(1)
    medians, shapes = random.gamma(2, 1, 50), [random.gamma(4, 0.3, 50) for _ in SHAPES[name]]
    calls = ("survival", "hazard", "cumulative_hazard", "density", "restricted_mean")
    together = FAMILIES[name].with_median(medians, *shapes)
    for i in (0, 17, 49):
        alone = FAMILIES[name].with_median(medians[i : i + 1], *(shape[i : i + 1] for shape in shapes))
        for call in calls:
            both = getattr(together, call)(TIMES), getattr(alone, call)(TIMES)
            assert both[0].shape == (len(TIMES), 50)
            np.testing.assert_allclose(both[0][:, i], both[1][:, 0], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Weibull(*of(0, 1)), "shape of Weibull must be positive"),
        (lambda: Gompertz(*of(-1, -1)), "rate of Gompertz must be positive"),
        (lambda: LogNormal(*of(np.nan, 1)), "meanlog of LogNormal must be finite"),
        (
            lambda: MixtureCure(*of(1.1), Exponential(*of(1))),
            "durable of MixtureCure must lie between 0 and 1",
        ),
    ],
)
def test_what_is_no_curve_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
