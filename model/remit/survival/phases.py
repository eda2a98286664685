"""A survival family as a sum of exponentials, so that time since remission is carried by phases.

S(t) = sum_j c_j exp(-r_j l t), l = ln 2 / median, with fixed multiples r_j and weights c_j that sum to 1
and may be negative (a matrix-exponential distribution). A graph is linear in its shares, so that patients
split over such phases relapse exactly as S says, whatever competes with relapse. The weights are the least
squares fit to S on a grid of times; an exponential family has the weight 1 on r = 1 and 0 elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from remit.survival.families import FAMILIES

Array = NDArray[np.float64]
EXPONENTIAL = "exponential"
# The shapes that each family takes beside its median, as parameters of a study.
SHAPES: dict[str, tuple[str, ...]] = {
    EXPONENTIAL: (),
    "weibull": ("shape_relapse_weibull",),
    "log-normal": ("shape_relapse_log_normal",),
    "log-logistic": ("shape_relapse_log_logistic",),
    "gompertz": ("shape_relapse_gompertz",),
    "gamma": ("shape_relapse_gamma",),
    "generalised-gamma": ("shape_relapse_generalised_gamma", "shape_relapse_generalised_gamma_power"),
}
# Multiples of ln 2 / median: 1 for the exponential, the others spread evenly over its logarithm.
MULTIPLES = np.concatenate([[1.0], np.geomspace(0.03, 16.0, 12)])
# Times in medians at which S is fitted.
_TIMES = np.concatenate([[0.0], np.geomspace(1e-3, 200.0, 300)])


def phase_weights(family: str, shapes: Mapping[str, Array]) -> Array:
    """Return the weights of the phases of a family, (phase, draw), summing to 1 in each draw.

    Parameters
    ----------
    family
        A key of ``SHAPES``.
    shapes
        The family's shapes by parameter name, (draw,) each.
    """
    given = [shapes[name] for name in SHAPES[family]]
    n_draws = max((shape.size for shape in given), default=1)
    curve = FAMILIES[family].with_median(np.ones(n_draws), *given)  # type: ignore[attr-defined]
    base = np.exp(-np.log(2.0) * _TIMES)[:, None]
    # Fixed order of sums: a draw's bytes must not depend on its block, as they would with BLAS.
    others = np.einsum("pt,td->pd", _projection(), curve.survival(_TIMES[:, None]) - base)
    return np.concatenate([1.0 - np.sum(others, axis=0, keepdims=True), others])


def misfit(family: str, shapes: Mapping[str, Array]) -> Array:
    """Return the largest absolute difference between a family's S and its phases, (draw,)."""
    weights = phase_weights(family, shapes)
    given = [shapes[name] for name in SHAPES[family]]
    curve = FAMILIES[family].with_median(np.ones(weights.shape[1]), *given)  # type: ignore[attr-defined]
    times = np.geomspace(1e-3, 100.0, 500)
    fitted = np.einsum("tp,pd->td", np.exp(-np.log(2.0) * np.outer(times, MULTIPLES)), weights)
    return np.asarray(np.max(np.abs(fitted - curve.survival(times[:, None])), axis=0))


@cache
def _projection() -> Array:
    """Return what turns S less the exponential, on the grid, into the weights of the other phases."""
    terms = np.exp(-np.log(2.0) * np.outer(_TIMES, MULTIPLES))
    apart = terms[:, 1:] - terms[:, :1]
    # Even weight over log time, and a little everywhere, so that neither days nor decades are lost.
    weights = np.sqrt(np.gradient(np.log(np.maximum(_TIMES, 1e-3))) + 1e-12) + 0.02
    return np.asarray(np.linalg.pinv(apart * weights[:, None], rcond=1e-10) * weights)
