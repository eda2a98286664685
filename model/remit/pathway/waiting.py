"""Access to a therapy: the wait, and who comes out of it treated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem
from remit.inputs.values import Values
from remit.pathway.therapies import Therapy
from remit.survival.sojourn import phase_rates, survive

Array = NDArray[np.float64]


def waiting_phases(therapy: str, values: Values, *, place: int, mean: Array | None = None) -> list[Array]:
    """Return the phase rates of the wait for a therapy, per year, each (draw,); of another mean, if given."""
    return sojourn(f"wait_{therapy}", values, place=place, mean=mean)


def residual_wait(therapy: str, values: Values) -> Array:
    """Return what is left of the wait for cells that were collected when the line before began, (draw,)."""
    left = values[f"time_wait_{therapy}"] - values["time_manufacture_ahead"]
    return np.asarray(np.maximum(left, values["time_wait_least"]), dtype=np.float64)


def sojourn(name: str, values: Values, *, place: int, mean: Array | None = None) -> list[Array]:
    """Return the phase rates of the sojourn whose mean is ``time_<name>``, or the mean given.

    Its spread between patients is ``shape_<name>``, sd / mean, which decides the number of phases:
    structure, the same for every draw. Without it the sojourn is exponential.
    """
    mean, spread = values[f"time_{name}"] if mean is None else mean, values.either(f"shape_{name}", 1.0)
    if not bool(np.all(mean > 0)):
        hint = "write a very short time for none"
        raise InputError(Problem("a sojourn takes longer than no time", key=f"time_{name}", hint=hint))
    if not bool(np.all(spread == spread[0])):
        raise InputError(Problem("must be the same in every draw", key=f"shape_{name}"))
    return phase_rates(mean, cv=float(spread[0]), place=place)


def share_treated(therapy: str, kind: Therapy, values: Values, hr_uncontrolled: Array) -> Array:
    """Return the share of those who queue for a therapy that is treated with it, (draw,)."""
    lost = values["rate_death_waiting"] * hr_uncontrolled
    arrived = survive(waiting_phases(therapy, values, place=0), lost)
    if kind.product == "infusion":
        return arrived
    failed = values[f"p_manufacturing_failure_{therapy}"]
    again = failed * values[f"p_second_manufacture_{therapy}"]
    second = survive(waiting_phases(therapy, values, place=1), lost)
    return np.asarray(arrived * (1 - failed + again * second * (1 - failed)), dtype=np.float64)
