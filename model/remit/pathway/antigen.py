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


def modulated_response(later: str, earlier: str, reason: Reason, values: Values) -> Response:
    """Return the response to ``later`` of patients whom ``earlier`` has failed.

    CR: patients who would respond to the earlier therapy (share q) and those who would not differ,
    logit p_N = logit p_R + (1 - c) b, with q p_R + (1 - q) p_N equal to the trial's value, so that
    the later therapy given first keeps it for every c. After non-response logit p = logit p_N + c b;
    after response and relapse logit p = logit p_R + c b_R. Relapse: hazard ratios on the whole
    hazard, split alike.

    Raises
    ------
    InputError
        Where a parameter of the modulation is missing.
    """
    trial = trial_response(later, values)
    causal = values[f"share_causal_modulation_{earlier}"]
    q = values[f"p_cr_{earlier}"]
    b = values[f"log_or_cr_later_after_nonresponse_{earlier}"]
    h = values[f"hr_relapse_later_after_nonresponse_{earlier}"]
    inside = np.clip(trial.p_cr, 1e-12, 1 - 1e-12)

    def excess(x: Array) -> Array:
        return np.asarray(q * expit(x) + (1 - q) * expit(x + (1 - causal) * b) - inside, dtype=np.float64)

    reach = np.abs(b) + 1.0
    responder = root(excess, logit(inside) - reach, logit(inside) + reach)
    nonresponder = responder + (1 - causal) * b
    prognostic = h ** (1 - causal)
    weight = (1 - q) * expit(nonresponder) / inside
    would_respond = reference_of_mixture(trial.remission, weight, prognostic)
    if reason == "relapse":
        shift = causal * values[f"log_or_cr_later_after_relapse_{earlier}"]
        ratio = values[f"hr_relapse_later_after_relapse_{earlier}"] ** causal
        return _certain(trial, Response(expit(responder + shift), under_hazard_ratio(would_respond, ratio)))
    would_not = under_hazard_ratio(would_respond, prognostic)
    return _certain(trial, Response(expit(nonresponder + causal * b), under_hazard_ratio(would_not, h**causal)))


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
    return np.asarray(naive + values[f"share_causal_modulation_{earlier}"] * (values[name] - naive), dtype=np.float64)


def _certain(trial: Response, response: Response) -> Response:
    """Keep a remission probability of 0 or 1, whose log odds no ratio can shift."""
    fixed = (trial.p_cr <= 0) | (trial.p_cr >= 1)
    return Response(np.where(fixed, trial.p_cr, response.p_cr), response.remission)
