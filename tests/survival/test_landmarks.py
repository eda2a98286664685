"""Curves through reported points."""

import numpy as np
import pytest
from scipy.stats import lognorm

from remit.survival.families import FAMILIES
from remit.survival.landmarks import curve_through, moved_through

HIGH, LOW = np.array([0.90, 0.73, 0.95]), np.array([0.76, 0.50, 0.94])
TWO_NUMBERS = ["weibull", "log-normal", "log-logistic", "gompertz"]


@pytest.mark.parametrize("family", TWO_NUMBERS)
def test_a_curve_passes_through_its_two_points(family):
    curve = curve_through(family, (0.4, HIGH), (1.6, LOW))
    assert isinstance(curve, FAMILIES[family])
    assert curve.survival(0.4) == pytest.approx(HIGH, abs=1e-12)
    assert curve.survival(1.6) == pytest.approx(LOW, abs=1e-12)


def test_a_log_normal_has_the_numbers_of_another_library():
    curve = curve_through("log-normal", (0.5, HIGH), (1.0, LOW))
    expected = lognorm.sf(5.0, s=curve.sdlog, scale=np.exp(curve.meanlog))
    assert curve.survival(5.0) == pytest.approx(expected, rel=1e-12)


def test_a_gompertz_hazard_rises_or_falls_as_its_points_ask():
    # -ln S doubles with time under a constant hazard: 0.3 then 0.6; less is a falling hazard.
    points = {"rising": 0.9, "constant": 0.6, "falling": 0.4}
    shapes = {
        name: curve_through("gompertz", (0.5, np.exp([-0.3])), (1.0, np.exp([-late]))).shape[0]
        for name, late in points.items()
    }
    assert shapes["rising"] == pytest.approx(2 * np.log(2))  # (e^s - 1) / (e^(s/2) - 1) = 3
    assert shapes["constant"] == pytest.approx(0, abs=1e-9)
    assert shapes["falling"] == pytest.approx(2 * np.log(1 / 3))


@pytest.mark.parametrize("family", TWO_NUMBERS)
def test_a_borrowed_shape_is_the_same_curve_with_time_stretched(family):
    curve = curve_through(family, (0.5, HIGH), (1.0, LOW))
    moved = moved_through(curve, 0.3, np.array([0.945]))
    assert moved.survival(0.3) == pytest.approx([0.945] * 3, abs=1e-12)
    stretch = 0.3 / curve.quantile(np.array([0.945]))
    assert moved.survival(stretch * 2.0) == pytest.approx(curve.survival(2.0), rel=1e-10)


@pytest.mark.parametrize(
    ("first", "second"),
    [((1.0, 0.9), (0.5, 0.8)), ((0.5, 0.8), (1.0, 0.9)), ((0.5, 1.0), (1.0, 0.9)), ((0.0, 0.9), (1.0, 0.8))],
)
def test_points_that_do_not_fall_are_refused(first, second):
    pair = [(time, np.array([share])) for time, share in (first, second)]
    with pytest.raises(ValueError, match="two points that fall"):
        curve_through("weibull", *pair)


def test_a_family_that_two_points_do_not_fix_is_refused():
    with pytest.raises(ValueError, match="no curve of the family gamma"):
        curve_through("gamma", (0.5, HIGH), (1.0, LOW))


def test_a_curve_with_a_plateau_is_not_moved_through_a_point_below_it():
    curve = curve_through("gompertz", (0.5, np.array([0.95])), (1.0, np.array([0.94])))
    with pytest.raises(ValueError, match="never falls to"):
        moved_through(curve, 0.3, np.array([0.7]))
