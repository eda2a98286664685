"""Several structures of one study averaged by how well each fits what was reported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remit.analysis.psa import Psa
from remit.economics.outcomes import stack_draws

Array = NDArray[np.float64]


def weights_by_fit(log_evidence: Sequence[float]) -> Array:
    """Return the posterior probabilities of models that were equally likely before, (model,).

    Proportional to the evidence, the mean likelihood over the prior (Kass and Raftery, J Am Stat Assoc
    1995;90:773).

    Examples
    --------
    >>> weights_by_fit([0.0, 0.0, -50.0]).round(3)
    array([0.5, 0.5, 0. ])
    """
    apart = np.asarray(log_evidence, dtype=np.float64) - np.max(log_evidence)
    return np.asarray(np.exp(apart) / np.sum(np.exp(apart)))


def averaged(psas: Sequence[Psa], weights: Array) -> Psa:
    """Return a PSA whose draws come from each model in proportion to its weight.

    As many draws as each PSA has; parts are rounded by the largest remainder.
    """
    total = psas[0].n_draws
    counts = np.floor(weights * total).astype(int)
    short = total - int(counts.sum())
    counts[np.argsort(counts - weights * total, kind="stable")[:short]] += 1
    taken = [psa.outcomes.first(int(count)) for psa, count in zip(psas, counts, strict=True) if count]
    return Psa(stack_draws(taken), {}, psas[0].seed)
