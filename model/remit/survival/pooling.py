"""Pooling of trials: random-effects meta-analysis of shares, and what it predicts for a further trial.

The exact binomial-normal model (Stijnen, Hamza and Özdemir, Stat Med 2010;29:3046): events_i of n_i are
binomial with log odds mu + tau z_i, z_i standard normal. Nothing is added to a count of none or all. The
likelihood of a trial is an integral over z, by adaptive Gauss-Hermite quadrature (Pinheiro and Bates,
J Comput Graph Stat 1995;4:12).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from remit.survival.roots import root

Array = NDArray[np.float64]
NODES = 41
WIDEST = 30.0  # log odds beyond which no finite pool lies
# Where the likelihood of tau is looked at before it is maximised: 0, then evenly on the log scale.
TAUS = np.concatenate([[0.0], np.geomspace(0.02, 10.0, 32)])
Z95 = 1.959963984540054
DROP95 = Z95**2 / 2  # in log likelihood, down to the ends of a 95% interval


@dataclass(frozen=True)
class Trial:
    """Patients with the event among those of whom it is known."""

    key: str
    title: str
    events: int
    n: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if self.n < 1 or not 0 <= self.events <= self.n:
            raise ValueError(f"{self.title}: {self.events} events of {self.n} patients cannot be")

    @property
    def interval(self) -> tuple[float, float]:
        """Exact 95% interval of the trial's share (Clopper and Pearson, Biometrika 1934;26:404)."""
        return exact_interval(self.events, self.n)


@dataclass(frozen=True)
class Pool:
    """What trials say together, on the scale of log odds unless said otherwise.

    ``mu`` is infinite where nobody or everybody had the event: then there is no ``predictive`` and no
    ``prediction``. ``tau`` is the sd between trials, 0 and not ``estimable`` from a single trial; ``se_tau``
    is None at tau = 0, the edge of what it can be. ``tau_interval`` is the 95% profile-likelihood interval
    (an end of 0 is the edge, which makes it cautious). ``i_squared`` is the share of the variance that lies
    between trials.
    """

    trials: tuple[Trial, ...]
    mu: float
    se: float
    tau: float
    se_tau: float | None
    tau_interval: tuple[float, float] | None
    i_squared: float | None
    estimable: bool

    @property
    def share(self) -> float:
        """The pooled share, 0 to 1: that of the median trial."""
        return _share(self.mu)

    @property
    def interval(self) -> tuple[float, float]:
        """95% interval of the pooled share: Wald on log odds, or exact where all or none had the event."""
        if math.isinf(self.mu):
            return exact_interval(sum(t.events for t in self.trials), sum(t.n for t in self.trials))
        return _share(self.mu - Z95 * self.se), _share(self.mu + Z95 * self.se)

    @property
    def sd_logit(self) -> float:
        """Standard deviation of the log odds of a further trial's share, the pool's own error included."""
        return math.hypot(self.tau, self.se)

    @property
    def prediction(self) -> tuple[float, float] | None:
        """95% prediction interval of a further trial's share, t with k - 2 degrees of freedom; needs k > 2.

        Higgins, Thompson and Spiegelhalter, J R Stat Soc A 2009;172:137.
        """
        if len(self.trials) < 3 or math.isinf(self.mu):
            return None
        from scipy.special import stdtrit

        reach = float(stdtrit(len(self.trials) - 2, 0.975)) * self.sd_logit
        return _share(self.mu - reach), _share(self.mu + reach)

    @property
    def predictive(self) -> tuple[float, float] | None:
        """Median and ``sd_logit`` of the logit-normal that PSA draws a share from."""
        return None if math.isinf(self.mu) else (self.share, self.sd_logit)


def pool(trials: Sequence[Trial]) -> Pool:
    """Pool the shares of trials by maximum likelihood.

    Parameters
    ----------
    trials
        One or more, each patient in one of them only.

    Raises
    ------
    ValueError
        Where there is no trial, or where all patients of some trials and none of the others had the event,
        so that tau has no estimate.
    """
    if not trials:
        raise ValueError("there is no trial to pool")
    return _pool(tuple(trials))


def exact_interval(events: int, n: int) -> tuple[float, float]:
    """Return the Clopper-Pearson 95% interval of a share.

    Examples
    --------
    >>> [round(end, 4) for end in exact_interval(0, 10)]
    [0.0, 0.3085]
    """
    from scipy.special import betaincinv

    low = float(betaincinv(events, n - events + 1, 0.025)) if events else 0.0
    high = float(betaincinv(events + 1, n - events, 0.975)) if events < n else 1.0
    return low, high


@lru_cache(maxsize=256)
def _pool(trials: tuple[Trial, ...]) -> Pool:
    counts = _Counts(
        np.array([t.events for t in trials], dtype=np.float64), np.array([t.n for t in trials], np.float64)
    )
    all_events, all_n = float(counts.events.sum()), float(counts.n.sum())
    several = len(trials) > 1
    if all_events in (0.0, all_n):
        mu = math.inf if all_events else -math.inf
        return Pool(trials, mu, math.inf, 0.0, None, None, None, estimable=False)
    tau, interval = _between(counts) if several else (0.0, None)
    mu = float(_best_mu(counts, np.array([tau]))[0])
    information = _information(counts, mu, tau)
    if tau > 0:
        (var_mu, _), (_, var_tau) = np.linalg.inv(information)
        se, se_tau = math.sqrt(var_mu), math.sqrt(var_tau)
    else:  # the likelihood is even in tau, so mu and tau are not correlated here
        se, se_tau = 1 / math.sqrt(information[0, 0]), None
    i_squared = _i_squared(counts, tau) if several else None
    return Pool(trials, mu, se, tau, se_tau, interval, i_squared, estimable=several)


@dataclass(frozen=True)
class _Counts:
    """Events and patients, each (trial,)."""

    events: Array
    n: Array


def _between(counts: _Counts) -> tuple[float, tuple[float, float]]:
    """Return the tau of the highest profile likelihood and its 95% interval."""
    profile = _profile(counts, TAUS)
    best = int(np.argmax(profile))
    if best == len(TAUS) - 1:
        rule = "all patients of some trials and none of others had the event: tau has no estimate"
        raise ValueError(rule)
    tau = _summit(counts, best) if best else 0.0
    least = float(_profile(counts, np.array([tau]))[0]) - DROP95

    def above(tau: Array) -> Array:
        return _profile(counts, tau) - least

    low = 0.0 if profile[0] >= least else float(root(above, np.zeros(1), np.array([tau]))[0])
    open_ended = profile[-1] >= least
    high = math.inf if open_ended else float(root(lambda t: -above(t), np.array([tau]), TAUS[-1:])[0])
    return tau, (low, high)


def _summit(counts: _Counts, best: int) -> float:
    """Return where the slope of the profile likelihood is 0, between the neighbours of the best of TAUS."""

    def fall(tau: Array) -> Array:
        return -_slopes(counts, _best_mu(counts, tau), tau)[1]

    return float(root(fall, TAUS[best - 1 : best], TAUS[best + 1 : best + 2])[0])


def _profile(counts: _Counts, tau: Array) -> Array:
    """Return the log likelihood at the best mu of each tau, (tau,)."""
    _, width, terms = _at_nodes(counts, _best_mu(counts, tau), tau)
    top = terms.max(axis=-1)
    inner = np.log(np.sum(np.exp(terms - top[..., None]), axis=-1)) + top + np.log(width)
    return np.asarray(np.sum(inner, axis=-1) - len(counts.n) * math.log(2 * math.pi) / 2, dtype=np.float64)


def _best_mu(counts: _Counts, tau: Array) -> Array:
    """Return the mu of the highest likelihood for each tau: log-concave in mu (Prékopa), so there is one."""
    # Sought as mu + 2 WIDEST, since the root finder measures its steps by the size of what it seeks.
    low = np.full(tau.shape, WIDEST)

    def fall(shifted: Array) -> Array:
        return -_slopes(counts, shifted - 2 * WIDEST, tau)[0]

    return root(fall, low, 3 * low) - 2 * WIDEST


def _slopes(counts: _Counts, mu: Array, tau: Array) -> tuple[Array, Array]:
    """Return the derivatives of the log likelihood by mu and by tau, (tau,) each."""
    z, chance = _posterior(counts, mu, tau)
    residual = _residual(counts, mu, tau, z)
    return np.sum(chance * residual, axis=(-2, -1)), np.sum(chance * residual * z, axis=(-2, -1))


def _information(counts: _Counts, mu: float, tau: float) -> Array:
    """Return the observed information on (mu, tau), (2, 2) (Louis, J R Stat Soc B 1982;44:226)."""
    at_mu, at_tau = np.array([mu]), np.array([tau])
    z, chance = _posterior(counts, at_mu, at_tau)
    p = _chance(_log_odds(at_mu, at_tau, z))
    residual = _residual(counts, at_mu, at_tau, z)
    by = np.stack([np.ones_like(z), z])
    score = residual * by
    complete = np.einsum("tin,atin,btin->ab", chance * counts.n[:, None] * p * (1 - p), by, by)
    mean = np.einsum("tin,atin->ati", chance, score)
    spread = np.einsum("tin,atin,btin->ab", chance, score, score) - np.einsum("ati,bti->ab", mean, mean)
    return np.asarray(complete - spread, dtype=np.float64)


def _i_squared(counts: _Counts, tau: float) -> float:
    """Return tau^2 against it and the typical variance within trials (Higgins and Thompson 2002).

    The variance within a trial is 1 / events + 1 / others, with 1/2 added to both where one is 0.
    """
    others = counts.n - counts.events
    half = np.where(np.minimum(counts.events, others) == 0, 0.5, 0.0)
    weight = 1 / (1 / (counts.events + half) + 1 / (others + half))
    typical = (len(weight) - 1) * weight.sum() / (weight.sum() ** 2 - (weight**2).sum())
    return float(tau**2 / (tau**2 + typical))


# The integral over z of each trial, arrays (tau, trial, node) -----------------------------------------------


def _posterior(counts: _Counts, mu: Array, tau: Array) -> tuple[Array, Array]:
    """Return the nodes z and their chances given the events of each trial, (tau, trial, node) both."""
    z, _, terms = _at_nodes(counts, mu, tau)
    chance = np.exp(terms - terms.max(axis=-1, keepdims=True))
    return z, chance / chance.sum(axis=-1, keepdims=True)


def _at_nodes(counts: _Counts, mu: Array, tau: Array) -> tuple[Array, Array, Array]:
    """Return the nodes z, the width of each trial (tau, trial), and the logs of what is to be summed."""
    centre, width = _centres(counts, mu, tau)
    nodes, weights = _nodes()
    z = centre[..., None] + width[..., None] * nodes
    return z, width, _joint(counts, mu, tau, z) + np.log(weights) + nodes**2 / 2


def _centres(counts: _Counts, mu: Array, tau: Array) -> tuple[Array, Array]:
    """Return the z that makes the events of a trial likeliest and the width there, (tau, trial) both."""
    scale = tau[:, None]

    def fall(z: Array) -> Array:
        return z - scale * (counts.events - counts.n * _chance(mu[:, None] + scale * z))

    low, high = scale * (counts.events - counts.n), scale * counts.events
    # Quadrature needs the centre to a few digits only, and all iterations would be spent where it is 0.
    centre = root(fall, np.broadcast_to(low, high.shape), high, most=12)
    p = _chance(mu[:, None] + scale * centre)
    return centre, 1 / np.sqrt(1 + scale**2 * counts.n * p * (1 - p))


def _joint(counts: _Counts, mu: Array, tau: Array, z: Array) -> Array:
    """Return the log likelihood of events and z together, without constants."""
    log_odds = _log_odds(mu, tau, z)
    return counts.events[:, None] * log_odds - counts.n[:, None] * np.logaddexp(0, log_odds) - z**2 / 2


def _residual(counts: _Counts, mu: Array, tau: Array, z: Array) -> Array:
    return counts.events[:, None] - counts.n[:, None] * _chance(_log_odds(mu, tau, z))


def _log_odds(mu: Array, tau: Array, z: Array) -> Array:
    return mu[:, None, None] + tau[:, None, None] * z


@lru_cache(maxsize=1)
def _nodes() -> tuple[Array, Array]:
    return np.polynomial.hermite_e.hermegauss(NODES)


def _share(log_odds: float) -> float:
    return float(_chance(np.array(log_odds)))


def _chance(log_odds: Array) -> Array:
    return np.asarray((1 + np.tanh(log_odds / 2)) / 2, dtype=np.float64)  # exp(-log_odds) may overflow
