"""Antigen status: who has lost a therapy's antigen after which failure, and what dim expression does.

A status is (positive, dim, negative) shares of one group of patients. A patient whose disease is negative
for all antigens of a therapy is not given it; dim disease responds less and relapses sooner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem
from remit.inputs.values import Values
from remit.pathway.response import Response
from remit.pathway.therapies import Reason, Therapy
from remit.survival.cure import Cure, reference_of_mixture, under_hazard_ratio
from remit.survival.roots import expit, logit

Array = NDArray[np.float64]
STATUSES = ("positive", "dim", "negative")


@dataclass(frozen=True)
class Status:
    """Shares of antigen-positive, -dim and -negative disease, each (draw,)."""

    positive: Array
    dim: Array
    negative: Array

    @property
    def dim_of_treated(self) -> Array:
        """The dim share of those who can be treated: positive or dim."""
        kept = self.positive + self.dim
        return np.asarray(self.dim / np.where(kept > 0, kept, 1.0), dtype=np.float64)

    def towards(self, other: Status, share: Array) -> Status:
        """Return the status moved a share of the way towards another."""

        def moved(mine: Array, theirs: Array) -> Array:
            return np.asarray(mine + share * (theirs - mine), dtype=np.float64)

        return Status(
            moved(self.positive, other.positive),
            moved(self.dim, other.dim),
            moved(self.negative, other.negative),
        )


def overlap(earlier: Therapy, later: Therapy) -> bool:
    """Tell whether two therapies have an antigen in common."""
    return bool(set(earlier.antigens) & set(later.antigens))


def escaped(earlier: Therapy, later: Therapy) -> bool:
    """Tell whether disease that has lost all antigens of the earlier therapy escapes the later one."""
    return bool(later.antigens) and set(later.antigens) <= set(earlier.antigens)


def naive_status(therapy: Therapy, values: Values) -> Status:
    """Return the status of patients who had no therapy against the antigens of this one.

    Raises
    ------
    InputError
        Where the therapy has no antigen to have a status of.
    """
    if not therapy.antigens:
        raise InputError(
            Problem(f"{therapy.title} has no antigen, so there is no antigen status", key="antigens")
        )
    return _status(f"share_antigen_naive_{therapy.antigens[0].lower()}", values)


def status_after(earlier: str, reason: Reason, values: Values) -> Status | None:
    """Return the status seen after a therapy has failed, or None where it is not given."""
    after = {"relapse": "relapse", "no_response": "nonresponse"}.get(reason)
    name = f"share_antigen_after_{after}_{earlier}"
    return _status(name, values) if after and f"{name}_negative" in values else None


def response_by_status(trial: Response, naive: Status, now: Status, antigen: str, values: Values) -> Response:
    """Return the response of patients of another status than those of the trial.

    The trial's is a mixture over positive and dim disease with ``or_cr_dim_<antigen>`` and
    ``hr_relapse_dim_<antigen>`` (whole hazard) between them.
    """
    ratio, hazard = values[f"or_cr_dim_{antigen.lower()}"], values[f"hr_relapse_dim_{antigen.lower()}"]
    odds = positive_odds(trial.p_cr, naive.dim_of_treated, ratio)
    positive, dim = odds / (1 + odds), ratio * odds / (1 + ratio * odds)
    p = (1 - now.dim_of_treated) * positive + now.dim_of_treated * dim
    # Of all or none: no odds ratio can shift that.
    p = np.where((trial.p_cr <= 0) | (trial.p_cr >= 1), trial.p_cr, p)

    def of_responders(status: Status, total: Array) -> Array:
        return np.asarray(status.dim_of_treated * dim / np.where(total > 0, total, 1.0), dtype=np.float64)

    clear = reference_of_mixture(trial.remission, of_responders(naive, trial.p_cr), hazard)
    dimmed = under_hazard_ratio(clear, hazard)
    share = of_responders(now, p)
    durable = (1 - share) * clear.durable + share * dimmed.durable
    fragile = np.maximum(1 - durable, 1e-12)
    stretch = (1 - share) * (1 - clear.durable) / clear.rate + share * (1 - dimmed.durable) / dimmed.rate
    rate = np.where(stretch > 0, fragile / np.where(stretch > 0, stretch, 1.0), trial.remission.rate)
    return Response(p, Cure(durable, rate))


def selection(naive: Status, seen: Status, p: Array, shift: Array, antigen: str, values: Values) -> Status:
    """Return the status after selection by an earlier therapy.

    Status moves from the naive one towards the one seen, by the share s in [0, 1] at which the log odds of
    remission among those treated shift by ``shift``; what s = 1 cannot reach is explained by no status.

    Parameters
    ----------
    naive, seen
        Before, and as reported after the earlier therapy.
    p
        Remission before the shift, (draw,).
    shift
        Log odds that selection is to explain, (draw,).
    antigen
        Whose ``or_cr_dim_<antigen>`` holds.
    """
    ratio = values[f"or_cr_dim_{antigen.lower()}"]
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    odds = positive_odds(inside, naive.dim_of_treated, ratio)
    positive, dim = odds / (1 + odds), ratio * odds / (1 + ratio * odds)
    apart = positive - dim
    wanted = (positive - expit(logit(inside) + shift)) / np.where(apart != 0, apart, 1.0)
    # dim_of_treated at s is (d + s D) / (k - s N): linear in s once it is set equal to what is wanted.
    kept, lost = naive.positive + naive.dim, seen.negative - naive.negative
    slope = (seen.dim - naive.dim) + wanted * lost
    s = (wanted * kept - naive.dim) / np.where(slope != 0, slope, 1.0)
    s = np.where((apart > 0) & (shift < 0), np.where(slope > 0, np.clip(s, 0.0, 1.0), 1.0), 0.0)
    return naive.towards(seen, s)


def positive_odds(p: Array, dim: Array, ratio: Array) -> Array:
    """Return the odds y of remission in positive disease, such that the mixture with dim disease has ``p``.

    (1 - w) y / (1 + y) + w r y / (1 + r y) = p is a quadratic in y with one root above 0.

    Examples
    --------
    >>> import numpy as np
    >>> y = positive_odds(np.array([0.8]), np.array([0.1]), np.array([0.3]))[0]
    >>> round(float(0.9 * y / (1 + y) + 0.1 * 0.3 * y / (1 + 0.3 * y)), 12)
    0.8
    """
    a = ratio * (1 - p)
    b = (1 - dim) + dim * ratio - p * (1 + ratio)
    root = np.sqrt(b * b + 4 * a * p)
    # Of the two ways to write the root, the one without a difference of near numbers.
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(b > 0, 2 * p / (b + root), (root - b) / (2 * a))
    return np.asarray(y, dtype=np.float64)


def _status(name: str, values: Mapping[str, Array]) -> Status:
    return Status(*(values[f"{name}_{status}"] for status in STATUSES))
