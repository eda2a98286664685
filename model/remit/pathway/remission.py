"""Remission as classes of patients who differ in how they relapse: durable, fragile by MRD status."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.survival.cure import Cure, reference_of_mixture, under_hazard_ratio
from remit.survival.phases import EXPONENTIAL, MULTIPLES, SHAPES, phase_weights

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Class:
    """Patients in remission of one class: their share of responders and relapse rate, (draw,).

    ``positive`` is the share of the class that is MRD-positive. A class that stands for a phase of a relapse
    time that is not exponential may have a negative share.
    """

    name: str
    share: Array
    rate: Array
    durable: bool
    positive: Array


def remission_classes(
    therapy: str, remission: Cure, values: Values, family: str = EXPONENTIAL
) -> list[Class]:
    """Split responders into a durable class and one or two fragile ones, each in the phases of its family.

    A fragile class relapses by its ``family`` with the median that its rate has in an exponential,
    ln 2 / rate.
    """
    classes = _by_mrd(therapy, remission, values)
    if family == EXPONENTIAL:
        return classes
    weights = phase_weights(family, {name: values[name] for name in SHAPES[family]})
    phases = [
        replace(one, name=f"{one.name}_phase_{place + 1}", share=one.share * weight, rate=one.rate * multiple)
        for one in classes
        if not one.durable
        for place, (multiple, weight) in enumerate(zip(MULTIPLES, weights, strict=True))
    ]
    return [*(one for one in classes if one.durable), *phases]


def _by_mrd(therapy: str, remission: Cure, values: Values) -> list[Class]:
    """Split responders into a durable class and one or two fragile ones by MRD status.

    The trial's curve is a mixture over MRD status: MRD-positive patients have the whole hazard times
    ``hr_relapse_mrd_positive``, and the curve of the MRD-negative is solved so that the mixture
    keeps the trial's durable share and mean time to relapse. Where all responders are MRD-negative
    in every draw (a fixed share of 1) there is no second fragile class.

    Returns
    -------
    list of Class
        Shares sum to 1.
    """
    negative = values[f"share_mrd_negative_{therapy}"]
    nobody = values.full(0.0)
    if bool(np.all(negative == 1.0)):
        return [
            Class("durable", remission.durable, nobody, durable=True, positive=nobody),
            Class("fragile", 1 - remission.durable, remission.rate, durable=False, positive=nobody),
        ]
    ratio = values["hr_relapse_mrd_positive"]
    clear = reference_of_mixture(remission, 1 - negative, ratio)
    residual = under_hazard_ratio(clear, ratio)
    durable = negative * clear.durable + (1 - negative) * residual.durable
    of_durable = (1 - negative) * residual.durable / np.where(durable > 0, durable, 1.0)
    mrd = (1 - negative) * (1 - residual.durable)
    return [
        Class("durable", durable, nobody, durable=True, positive=of_durable),
        Class("fragile", negative * (1 - clear.durable), clear.rate, durable=False, positive=nobody),
        Class("fragile_mrd", mrd, residual.rate, durable=False, positive=values.full(1.0)),
    ]
