"""What a therapy does to a group of patients, as its trial reports it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.survival.cure import Cure, under_hazard_ratio

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Response:
    """Remission of those treated, (draw,), and the curve of those in remission."""

    p_cr: Array
    remission: Cure


def trial_response(therapy: str, values: Values) -> Response:
    """Return response and remission as the trial of the therapy reports them.

    Of a therapy that is like another, ``hr_relapse_<therapy>`` multiplies the whole relapse hazard that it
    has from there, so that both move together in every draw.
    """
    curve = Cure(values[f"share_durable_{therapy}"], values[f"rate_relapse_fragile_{therapy}"])
    if f"hr_relapse_{therapy}" in values:
        curve = under_hazard_ratio(curve, values[f"hr_relapse_{therapy}"])
    return Response(values[f"p_cr_{therapy}"], curve)
