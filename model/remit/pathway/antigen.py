"""Antigen modulation: what an earlier therapy against the same antigen does to a later one.

The association seen in patients has a prognostic part, which holds in whichever order the therapies
are given, and a causal part with share c (model.md, section 5). Selection of antigen-poor disease and
exposure of T cells act as one here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.therapies import Reason
from remit.survival.cure import Cure, reference_of_mixture, under_hazard_ratio
from remit.survival.roots import expit, logit, root

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """What a therapy does to a group of patients: remission of those treated, and its curve."""

    p_cr: Array
    remission: Cure


def trial_response(therapy: str, values: Values) -> Response:
    """Return response and remission as the trial of the therapy reports them."""
    curve = Cure(values[f"share_durable_{therapy}"], values[f"rate_relapse_fragile_{therapy}"])
    return Response(values[f"p_cr_{therapy}"], curve)


def modulates(earlier: str, values: Values) -> bool:
    """Tell whether a therapy has an effect on later ones against its antigen."""
    return f"log_or_cr_later_after_nonresponse_{earlier}" in values


@dataclass(frozen=True)
class Modulation:
    """The later therapy in patients grouped by how they would respond to the earlier one."""

    trial: Response
    responder: Array
    nonresponder: Array
    would_respond: Cure
    prognostic: Array


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


def modulated_response(split: Modulation, earlier: str, reason: Reason, values: Values) -> Response:
    """Return the response to the later therapy of patients whom ``earlier`` has failed.

    After non-response logit p = logit p_N + c b and the whole relapse hazard of those who would not
    respond is multiplied by H^c; after response and relapse logit p = logit p_R + c b_R, H_R^c.
    """
    causal = values[f"share_causal_modulation_{earlier}"]
    after = "relapse" if reason == "relapse" else "nonresponse"
    shift = causal * values[f"log_or_cr_later_after_{after}_{earlier}"]
    ratio = values[f"hr_relapse_later_after_{after}_{earlier}"] ** causal
    logit_p, curve = split.responder, split.would_respond
    if reason != "relapse":
        logit_p, curve = split.nonresponder, under_hazard_ratio(curve, split.prognostic)
    # A remission probability of 0 or 1 has log odds that no ratio can shift.
    fixed = (split.trial.p_cr <= 0) | (split.trial.p_cr >= 1)
    p = np.where(fixed, split.trial.p_cr, expit(logit_p + shift))
    return Response(p, under_hazard_ratio(curve, ratio))


def share_antigen_negative(earlier: str, reason: Reason, values: Values) -> Array:
    """Return the share of those whom ``earlier`` failed whose disease has lost its antigen, (draw,).

    After non-response it lies between the naive share (c = 0) and the one seen (c = 1).
    """
    if reason == "relapse":
        return values.either(f"share_antigen_after_relapse_{earlier}_negative", 0.0)
    name = f"share_antigen_after_nonresponse_{earlier}_negative"
    if reason == "not_infused" or name not in values:
        return values.full(0.0)
    naive = values["share_antigen_naive_negative"]
    return np.asarray(
        naive + values[f"share_causal_modulation_{earlier}"] * (values[name] - naive), dtype=np.float64
    )
