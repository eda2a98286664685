"""HSCT in remission: who is planned for it, who reaches it, and what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.remission import Class, remission_classes
from remit.pathway.waiting import sojourn
from remit.survival.cure import Cure
from remit.survival.phases import EXPONENTIAL
from remit.survival.sojourn import survive

Array = NDArray[np.float64]
RESCUE = "share_rescue_hsct"


@dataclass(frozen=True)
class Transplant:
    """HSCT in the remission of one line, each (draw,) or a list of such.

    ``planned`` is the share of those in remission who are planned at CR, ``reached`` the share who
    are transplanted before relapse or death; ``capped`` marks draws in which not even planning all
    reaches the reported share. ``rescue`` is the share of the fragile whom it makes durable, and
    ``dying`` the share who die of the transplant in each phase of the first year.
    """

    planned: Array
    reached: Array
    capped: NDArray[np.bool_]
    rescue: Array
    dying: Array
    wait: list[Array]
    first_year: list[Array]


def plan_transplant(therapy: str, classes: list[Class], values: Values, *, place: int) -> Transplant:
    """Return HSCT in remission after a therapy.

    The planned share is solved so that its cumulative incidence, in competition with relapse and
    death in remission, equals the reported share: a share moved at CR would grant immortal time.
    Background mortality is left out of this solve (0.02% a month at these ages).

    Parameters
    ----------
    therapy
        The therapy that brought the remission.
    classes
        Those in remission, by how they relapse.
    values
        All parameters, ``RESCUE`` among them.
    place
        Place in the pathway, for the phases.
    """
    wait = sojourn(f"to_hsct_{therapy}", values, place=place)
    arriving, _ = _arriving(classes, wait, values)
    wanted = values[f"p_hsct_remission_{therapy}"]
    full = np.where(
        arriving > 0, wanted / np.where(arriving > 0, arriving, 1), np.where(wanted > 0, np.inf, 0)
    )
    planned = np.minimum(full, 1.0)
    first_year = sojourn("hsct_first_year", values, place=place + 1)
    prior = values["p_prior_hsct"]
    p_death = (1 - prior) * values["p_trm_first_hsct"] + prior * values["p_trm_second_hsct"]
    return Transplant(
        planned=planned,
        reached=planned * arriving,
        capped=full > 1,
        rescue=values[RESCUE],
        dying=1 - (1 - p_death) ** (1 / len(first_year)),
        wait=wait,
        first_year=first_year,
    )


def with_rescue(reference: str, values: Values, family: str = EXPONENTIAL) -> Values:
    """Add the share of fragile patients whom HSCT makes durable, mixed over first and second HSCT.

    Solved from d_T + (1 - d_T) rescue = reported durable share after HSCT, d_T being the durable
    share among those transplanted in remission after the reference therapy, and used for all.
    """
    curve = Cure(values[f"share_durable_{reference}"], values[f"rate_relapse_fragile_{reference}"])
    wait = sojourn(f"to_hsct_{reference}", values, place=0)
    _, durable = _arriving(remission_classes(reference, curve, values, family), wait, values)

    def solved(reported: Array) -> Array:
        return np.asarray(
            np.clip((reported - durable) / np.where(durable < 1, 1 - durable, 1), 0.0, 1.0), dtype=np.float64
        )

    prior = values["p_prior_hsct"]
    first = solved(values["share_durable_after_first_hsct"])
    second = solved(values["share_durable_after_second_hsct"])
    return values.with_values({RESCUE: (1 - prior) * first + prior * second})


def _arriving(classes: list[Class], wait: list[Array], values: Values) -> tuple[Array, Array]:
    """Return the share of those planned who are transplanted, and the durable share among them."""
    lost = values["rate_death_remission_excess"]
    arrived = [one.share * survive(wait, one.rate + lost) for one in classes]
    total = np.sum(arrived, axis=0)
    durable = np.sum([part for part, one in zip(arrived, classes, strict=True) if one.durable], axis=0)
    return total, durable / np.where(total > 0, total, 1)
