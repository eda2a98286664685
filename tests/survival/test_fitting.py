"""Fits by maximum likelihood against scipy's, closed forms, and the patients behind a curve."""

import numpy as np
import pytest
from scipy import stats
from trials import CURED, PLAIN, digitise, simulate

from remit.errors import RemitError
from remit.survival.digitised import clean
from remit.survival.fitting import _covariance, fit, log_likelihood
from remit.survival.patients import Patients
from remit.survival.reconstruct import reconstruct


def censored(patients):
    return stats.CensoredData(
        uncensored=patients.times[patients.events], right=patients.times[~patients.events]
    )


@pytest.mark.parametrize(
    ("name", "theirs", "parameters"),
    [
        ("weibull", stats.weibull_min, lambda shape, _, scale: {"shape": shape, "scale": scale}),
        ("log-normal", stats.lognorm, lambda sd, _, scale: {"meanlog": np.log(scale), "sdlog": sd}),
        ("log-logistic", stats.fisk, lambda shape, _, scale: {"shape": shape, "scale": scale}),
        ("gamma", stats.gamma, lambda shape, _, scale: {"shape": shape, "scale": scale}),
    ],
)
def test_estimates_are_those_of_scipy(name, theirs, parameters):
    patients = simulate(PLAIN, 120, 1)
    found = fit(patients, name)
    wanted = theirs.fit(censored(patients), floc=0)
    assert found.estimates == pytest.approx(parameters(*wanted), rel=2e-3, abs=1e-3)
    happened, left = patients.times[patients.events], patients.times[~patients.events]
    height = theirs(*wanted).logpdf(happened).sum() + theirs(*wanted).logsf(left).sum()
    assert found.log_likelihood == pytest.approx(height, abs=1e-5)
    same = type(found.curve)(*(np.array([x]) for x in parameters(*wanted).values()))
    assert log_likelihood(same, patients) == pytest.approx(height, rel=1e-10)


def test_an_exponential_is_events_over_time_with_its_known_standard_error():
    patients = simulate(PLAIN, 120, 2)
    found = fit(patients, "exponential")
    events = patients.events.sum()
    assert found.estimates["rate"] == pytest.approx(events / patients.times.sum(), rel=1e-6)
    assert found.standard_errors[0] == pytest.approx(1 / np.sqrt(events), rel=1e-4)
    assert found.aic == pytest.approx(2 - 2 * found.log_likelihood)
    assert found.bic == pytest.approx(np.log(120) - 2 * found.log_likelihood)


@pytest.mark.parametrize(
    ("truth", "n", "name", "cure"),
    [(PLAIN, 150, "weibull", False), (PLAIN, 150, "gompertz", False), (CURED, 200, "weibull", True)],
)
def test_a_fit_to_the_digitised_curve_is_that_to_its_patients(truth, n, name, cure):
    patients = simulate(truth, n, 3)
    direct = fit(patients, name, cure=cure)
    through = fit(reconstruct(clean(digitise(patients)).curve), name, cure=cure)
    assert np.all(np.abs(through.scaled - direct.scaled) < 1.5 * direct.standard_errors)
    for t in (0.5, 1.0, 2.0, 4.0):
        assert through.curve.survival(t)[0] == pytest.approx(direct.curve.survival(t)[0], abs=0.02)


def test_many_patients_give_the_curve_they_were_drawn_from_back():
    found = fit(simulate(CURED, 5000, 4), "weibull", cure=True)
    truth = np.array([np.log(0.4 / 0.6), np.log(0.9), np.log(0.8)])
    assert found.cure
    assert found.durable == pytest.approx(0.4, abs=0.03)
    assert np.all(np.abs(found.scaled - truth) < 3 * found.standard_errors)


def test_a_family_within_another_never_fits_better():
    patients = simulate(CURED, 150, 5)
    heights = {
        (name, cure): fit(patients, name, cure=cure).log_likelihood
        for name in ("exponential", "weibull", "generalised-gamma")
        for cure in (False, True)
    }
    for inner, outer in (("exponential", "weibull"), ("weibull", "generalised-gamma")):
        for cure in (False, True):
            assert heights[inner, cure] <= heights[outer, cure] + 1e-3
        assert heights[inner, False] <= heights[inner, True] + 1e-3


def test_where_nobody_is_durable_the_covariance_says_that_there_is_no_peak():
    patients = simulate(PLAIN, 150, 6, followed=(8.0, 9.0))
    found = fit(patients, "weibull", cure=True)
    assert found.durable < 0.001
    assert np.isnan(found.standard_errors).all()


def test_a_saddle_is_no_peak():
    assert np.isnan(_covariance(lambda x: float(x[0] ** 2 - x[1] ** 2), np.zeros(2))).all()
    np.testing.assert_allclose(
        _covariance(lambda x: float(x[0] ** 2 + 2 * x[1] ** 2), np.zeros(2)), [[0.5, 0], [0, 0.25]], atol=1e-9
    )


@pytest.mark.parametrize(
    "patients",
    [
        Patients(np.array([1.0, 2.0]), np.array([False, False])),
        Patients(np.array([0.0, 2.0]), np.array([True, True])),
    ],
)
def test_patients_that_cannot_be_fitted_are_refused(patients):
    with pytest.raises(RemitError, match="at least one event, and none at time 0"):
        fit(patients, "weibull")
