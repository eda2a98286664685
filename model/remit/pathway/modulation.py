"""Antigen modulation: what an earlier therapy does to cells that are given after it.

The association seen in patients has a prognostic part, which holds in whichever order the therapies are
given, and a causal part with share c. Of the causal part a share is selection of antigen-poor disease, of
which therapies with another antigen are spared; the rest is exposure of T cells, which fades with time and
does not touch cells that were collected before, or come from a donor (model.md, section 5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.response import Response, trial_response
from remit.survival.cure import Cure, reference_of_mixture, under_hazard_ratio
from remit.survival.roots import expit, logit, root

Array = NDArray[np.float64]
SUFFIX = {"no_response": "nonresponse", "relapse": "relapse", "response": "relapse"}


def modulates(earlier: str, values: Values) -> bool:
    """Tell whether a therapy has an effect on cells that are given after it."""
    return f"log_or_cr_later_after_nonresponse_{earlier}" in values


@dataclass(frozen=True)
class Modulation:
    """The later therapy in patients grouped by how they would respond to the earlier one.

    ``responder`` and ``nonresponder`` are log odds of remission; ``would_respond`` is the curve of those who
    would respond, and ``prognostic`` the whole-hazard ratio of the others against them.
    """

    trial: Response
    responder: Array
    nonresponder: Array
    would_respond: Cure
    prognostic: Array


@dataclass(frozen=True)
class Causes:
    """What of the causal part acts on a branch, each (draw,).

    ``selection`` 1, or 0 for a therapy with an antigen that the earlier one spares; ``exposure`` the part
    that has not faded, 0 for cells collected before.
    """

    selection: Array
    exposure: Array


def modulation(later: str, earlier: str, values: Values) -> Modulation:
    """Split the trial's response to ``later`` by prognosis, whichever therapy is given first.

    Patients who would respond to the earlier therapy (share q) and those who would not differ,
    logit p_N = logit p_R + (1 - c) b, with q p_R + (1 - q) p_N equal to the trial's value, so that
    the later therapy given first keeps it for every c. Likewise d_N = d_R^(H^(1 - c)), the mixture
    among its responders keeping the trial's curve.

    Raises
    ------
    InputError
        Where a parameter of the modulation is missing.
    """
    trial = trial_response(later, values)
    causal = values[f"share_causal_modulation_{earlier}"]
    q = values[f"p_cr_{earlier}"]
    b = values[f"log_or_cr_later_after_nonresponse_{earlier}"]
    inside = np.clip(trial.p_cr, 1e-12, 1 - 1e-12)

    def excess(x: Array) -> Array:
        return np.asarray(q * expit(x) + (1 - q) * expit(x + (1 - causal) * b) - inside, dtype=np.float64)

    reach = np.abs(b) + 1.0
    responder = root(excess, logit(inside) - reach, logit(inside) + reach)
    nonresponder = responder + (1 - causal) * b
    prognostic = values[f"hr_relapse_later_after_nonresponse_{earlier}"] ** (1 - causal)
    weight = (1 - q) * expit(nonresponder) / inside
    would_respond = reference_of_mixture(trial.remission, weight, prognostic)
    return Modulation(trial, responder, nonresponder, would_respond, prognostic)


def modulated_response(
    split: Modulation, earlier: str, reason: str, causes: Causes, values: Values
) -> Response:
    """Return the response to the later therapy of patients who had ``earlier``.

    After non-response logit p = logit p_N + a b and the whole relapse hazard of those who would not
    respond is multiplied by H^a; after response logit p = logit p_R + a b_R, H_R^a. Where all of the causal
    part acts, a = c.
    """
    after = SUFFIX[reason]
    acting = acting_share(earlier, causes, values)
    shift = acting * values[f"log_or_cr_later_after_{after}_{earlier}"]
    ratio = values[f"hr_relapse_later_after_{after}_{earlier}"] ** acting
    logit_p, curve = split.responder, split.would_respond
    if reason == "no_response":
        logit_p, curve = split.nonresponder, under_hazard_ratio(curve, split.prognostic)
    # A remission probability of 0 or 1 has log odds that no ratio can shift.
    fixed = (split.trial.p_cr <= 0) | (split.trial.p_cr >= 1)
    p = np.where(fixed, split.trial.p_cr, expit(logit_p + shift))
    return Response(p, under_hazard_ratio(curve, ratio))


def acting_share(earlier: str, causes: Causes, values: Values) -> Array:
    """Return the share of the log effect that acts: c times what is left of selection and exposure."""
    selected = values.either(f"share_selection_modulation_{earlier}", 1.0)
    left = selected * causes.selection + (1 - selected) * causes.exposure
    return np.asarray(values[f"share_causal_modulation_{earlier}"] * left, dtype=np.float64)


def faded(earlier: str, gap: Array, values: Values) -> Array:
    """Return what is left of the exposure ``gap`` years after the last dose: half after each half-life."""
    name = f"time_half_life_exposure_{earlier}"
    return np.asarray(0.5 ** (gap / values[name])) if name in values else values.full(1.0)
