"""The second model's small pieces: odds, phases of sojourns, curves under hazard ratios, mixtures."""

from __future__ import annotations

import functools
import math

import numpy as np
from scipy import optimize

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def logit(p):
    return math.log(p / (1 - p))


def expit(x):
    return 1 / (1 + math.exp(-x))


def shifted(p, log_odds):
    return expit(logit(p) + log_odds) if 0 < p < 1 else p


def root(function, low, high):
    return optimize.brentq(function, low, high, xtol=1e-15, rtol=1e-14)


def phases(mean, cv, place):
    """Return the rates of a sojourn's exponential phases."""
    number = min(max(round(1 / cv**2), 1), 3)
    s = 0.008 * (place % 7)
    if number == 1:
        shares = [1.0]
    elif number == 2:
        x = 0.5 + math.sqrt(max(2 * cv * cv - 1, 0)) / 2
        x = min(max(x, 0.55), 0.95)
        shares = [x - s / 4, 1 - x + s / 4]
    else:
        shares = [0.15 - s / 2, 0.30, 0.55 + s / 2]
    return [1 / (mean * share) for share in shares]


def outlive(rates, hazard):
    """Return the probability of coming to the end of all phases before an event at ``hazard``."""
    return math.prod(rate / (rate + hazard) for rate in rates)


def under_ratio(d, rate, ratio):
    """Return the durable share and fragile rate under a ratio on the whole hazard."""
    if ratio == 1 or d == 1:
        return d, rate
    total = 0.0
    for node, weight in zip(NODES.tolist(), WEIGHTS.tolist(), strict=True):
        u = d + (1 - d) * (node + 1) / 2
        total += weight * (1 - d) / 2 * (u**ratio - d**ratio) / (u - d)
    return d**ratio, rate * (1 - d**ratio) / total


def mixed(one, other, weight):
    """Return the curve of two kinds of patients: durable shares and mean times of the fragile are mixed."""
    d = (1 - weight) * one[0] + weight * other[0]
    time = (1 - weight) * (1 - one[0]) / one[1] + weight * (1 - other[0]) / other[1]
    return d, (1 - d) / time if time else one[1]


def unmix(d, rate, ratio, weight):
    """Return the curve that, mixed with itself under ``ratio`` at ``weight``, gives back (d, rate)."""
    if d == 1:
        return d, rate
    low = root(lambda x: (1 - weight) * x + weight * x**ratio - d, 0.0, 1.0) if d > 0 else d
    other, relative = under_ratio(low, 1.0, ratio)
    time = (1 - weight) * (1 - low) + weight * (1 - other) / relative
    return low, rate * time / (1 - d)


def dim_share(status):
    return status["dim"] / (status["positive"] + status["dim"])


def in_positive(p, w, ratio):
    """Return the odds of remission in positive disease at which ``p`` of positive and dim together remit."""
    gap = functools.partial(by_status, w=w, ratio=ratio)
    return math.exp(root(lambda x: gap(math.exp(x)) - p, -30, 30)) if 0 < p < 1 else p / (1 - p)


def by_status(y, w, ratio):
    """Return the share of remissions where ``w`` have dim disease; ``y``: the odds in positive disease."""
    return (1 - w) * y / (1 + y) + w * ratio * y / (1 + ratio * y)


def selected(p, naive, seen, ratio, wanted):
    """Return s in [0, 1]: how far status has moved from naive to seen for the log odds to shift as wanted."""
    if wanted >= 0:
        return 0.0
    y = in_positive(p, dim_share(naive), ratio)

    def shift(s):
        now = {kind: naive[kind] + s * (seen[kind] - naive[kind]) for kind in naive}
        return logit(by_status(y, dim_share(now), ratio)) - logit(p) - wanted

    return root(shift, 0.0, 1.0) if shift(1.0) <= 0 else 1.0
