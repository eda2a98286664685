"""Curves through reported points: two points fix two numbers of a family, a median and a shape do too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.survival.families import Exponential, LogLogistic, LogNormal, Weibull
from remit.survival.family import Family
from remit.survival.gompertz import Gompertz
from remit.survival.roots import root

Array = NDArray[np.float64]
# The growth of a Gompertz hazard that is looked for, as logs over the time of the later point.
STEEPEST = 40.0


def curve_through(family: str, first: tuple[float, Array], second: tuple[float, Array]) -> Family:
    """Return the curve of a family that passes through two points.

    Parameters
    ----------
    family
        ``weibull``, ``log-normal``, ``log-logistic`` or ``gompertz``.
    first, second
        (years, share without event (draw,)) each, the second later and lower.

    Raises
    ------
    ValueError
        Where the points do not fall, or the family has not two parameters.

    Examples
    --------
    >>> import numpy as np
    >>> curve = curve_through("log-normal", (0.5, np.array([0.9])), (1.0, np.array([0.76])))
    >>> curve.survival(1.0).round(9)
    array([0.76])
    """
    (early, high), (late, low) = first, second
    falls = np.all((np.asarray(low) > 0) & (np.asarray(low) < high) & (np.asarray(high) < 1))
    if not 0 < early < late or not bool(falls):
        raise ValueError("a curve passes through two points that fall, both between 0 and 1, after time 0")
    if family not in _THROUGH:
        raise ValueError(f"no curve of the family {family} is fixed by two points; {', '.join(_THROUGH)} are")
    return _THROUGH[family](early, np.asarray(high), late, np.asarray(low))


def moved_through(curve: Family, time: float, survival: Array) -> Family:
    """Return a curve of the same shape, on a log scale of time, that passes through one point.

    The shape is what is left when time is stretched: all times are multiplied alike.

    Parameters
    ----------
    curve
        Exponential, Weibull, log-normal, log-logistic or Gompertz.
    time
        Years, above 0.
    survival
        (draw,) share without event there.

    Raises
    ------
    ValueError
        Where the curve never falls so far, or the family has no scale of time.
    """
    reached = curve.quantile(survival)
    if not bool(np.all(np.isfinite(reached) & (reached > 0))):
        raise ValueError("the curve whose shape is borrowed never falls to this survival")
    stretch = time / reached
    if isinstance(curve, LogNormal):
        return replace(curve, meanlog=curve.meanlog + np.log(stretch))
    if isinstance(curve, Weibull | LogLogistic):
        return replace(curve, scale=curve.scale * stretch)
    if isinstance(curve, Gompertz):
        return replace(curve, shape=curve.shape / stretch, rate=curve.rate / stretch)
    if isinstance(curve, Exponential):
        return replace(curve, rate=curve.rate / stretch)
    raise ValueError(f"{type(curve).__name__} is not a family whose time can be stretched here")


def _slope(early: float, late: float, low: Array, high: Array) -> Array:
    """Return the rise of a transformed survival over that of log time."""
    return np.asarray((high - low) / (np.log(late) - np.log(early)), dtype=np.float64)


def _weibull(early: float, high: Array, late: float, low: Array) -> Weibull:
    before, after = np.log(-np.log(high)), np.log(-np.log(low))
    shape = _slope(early, late, before, after)
    return Weibull(shape, early * np.exp(-before / shape))


def _log_logistic(early: float, high: Array, late: float, low: Array) -> LogLogistic:
    before, after = np.log((1 - high) / high), np.log((1 - low) / low)
    shape = _slope(early, late, before, after)
    return LogLogistic(shape, early * np.exp(-before / shape))


def _log_normal(early: float, high: Array, late: float, low: Array) -> LogNormal:
    from scipy.special import ndtri

    before = ndtri(1 - high)
    sdlog = 1 / _slope(early, late, before, ndtri(1 - low))
    return LogNormal(np.log(early) - sdlog * before, sdlog)


def _gompertz(early: float, high: Array, late: float, low: Array) -> Gompertz:
    """Solve H(late) / H(early) = (e^(shape late) - 1) / (e^(shape early) - 1), which rises with shape."""
    from scipy.special import exprel

    wanted = np.log(np.log(low) / np.log(high) * early / late)

    def misses(growth: Array) -> Array:
        return np.asarray(np.log(exprel(growth)) - np.log(exprel(growth * early / late)) - wanted)

    bound = np.full(wanted.shape, STEEPEST)
    shape = root(misses, -bound, bound) / late
    return Gompertz(shape, -np.log(high) / (early * exprel(shape * early)))


_THROUGH: dict[str, Callable[[float, Array, float, Array], Family]] = {
    "weibull": _weibull,
    "log-normal": _log_normal,
    "log-logistic": _log_logistic,
    "gompertz": _gompertz,
}
