"""HSCT in remission: who is planned for it, who reaches it, and what it makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.remission import Class, remission_classes
from remit.pathway.response import trial_response
from remit.pathway.therapies import Policy
from remit.pathway.waiting import sojourn
from remit.survival.phases import EXPONENTIAL
from remit.survival.sojourn import survive

Array = NDArray[np.float64]
RESCUE = ("share_rescue_first_hsct", "share_rescue_second_hsct")


@dataclass(frozen=True)
class Transplant:
    """HSCT in the remission of one line, each (draw,) or a list of such.

    ``planned`` is for each class the share that is planned at CR, ``reached`` the share of all who
    are transplanted before relapse or death; ``capped`` marks draws in which not even planning all
    reaches the reported share. ``rescue`` is the share of the fragile whom it makes durable, and
    ``dying`` the share who die of the transplant in each phase of the first year.
    """

    planned: list[Array]
    reached: Array
    capped: NDArray[np.bool_]
    rescue: Array
    dying: Array
    wait: list[Array]
    first_year: list[Array]


def plan_transplant(
    therapy: str, classes: list[Class], values: Values, *, place: int, policy: Policy = "historical"
) -> Transplant:
    """Return HSCT in remission after a therapy.

    As it was (``historical``), the planned share is solved so that its cumulative incidence, in
    competition with relapse and death in remission, equals the reported share: a share moved at CR would
    grant immortal time. Background mortality is left out of this solve (0.02% a month at these ages).

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
    policy
        Who is planned: as it was, nobody, all, or those who lose B-cell aplasia early, a
        ``share_aplasia_lost_durable_<therapy>`` and ``..._fragile_<therapy>`` of each class.
    """
    wait = sojourn(f"to_hsct_{therapy}", values, place=place)
    arriving = [
        one.share * survive(wait, one.rate + values["rate_death_remission_excess"]) for one in classes
    ]
    planned, capped = _planned(therapy, classes, np.sum(arriving, axis=0), values, policy)
    first_year = sojourn("hsct_first_year", values, place=place + 1)
    prior = values["p_prior_hsct"]
    p_death = (1 - prior) * values["p_trm_first_hsct"] + prior * values["p_trm_second_hsct"]
    first, second = (values[name] for name in RESCUE)
    return Transplant(
        planned=planned,
        reached=np.asarray(np.sum([p * a for p, a in zip(planned, arriving, strict=True)], axis=0)),
        capped=capped,
        rescue=(1 - prior) * first + prior * second,
        dying=1 - (1 - p_death) ** (1 / len(first_year)),
        wait=wait,
        first_year=first_year,
    )


def _planned(
    therapy: str, classes: list[Class], arriving: Array, values: Values, policy: Policy
) -> tuple[list[Array], NDArray[np.bool_]]:
    """Return the share of each class that is planned, and where all of them are too few."""
    never = np.zeros(values.n_draws, dtype=np.bool_)
    if policy == "none":
        return [values.full(0.0) for _ in classes], never
    if policy == "all":
        return [values.full(1.0) for _ in classes], never
    if policy == "after_aplasia_loss":
        lost = {kind: values[f"share_aplasia_lost_{kind}_{therapy}"] for kind in ("durable", "fragile")}
        return [lost["durable" if one.durable else "fragile"] for one in classes], never
    wanted = values[f"p_hsct_remission_{therapy}"]
    full = np.where(
        arriving > 0, wanted / np.where(arriving > 0, arriving, 1), np.where(wanted > 0, np.inf, 0)
    )
    return [np.minimum(full, 1.0) for _ in classes], full > 1


def with_rescue(reference: str, values: Values, family: str = EXPONENTIAL) -> Values:
    """Add the share of fragile patients whom a first and a second HSCT makes durable.

    Solved from d_T + (1 - d_T) rescue = reported durable share after HSCT, d_T being the durable
    share among those transplanted in remission after the reference therapy, and used for all.
    """
    curve = trial_response(reference, values).remission
    wait = sojourn(f"to_hsct_{reference}", values, place=0)
    durable = _durable_arriving(remission_classes(reference, curve, values, family), wait, values)

    def solved(reported: Array) -> Array:
        return np.asarray(
            np.clip((reported - durable) / np.where(durable < 1, 1 - durable, 1), 0.0, 1.0), dtype=np.float64
        )

    reported = ("share_durable_after_first_hsct", "share_durable_after_second_hsct")
    return values.with_values({name: solved(values[of]) for name, of in zip(RESCUE, reported, strict=True)})


def _durable_arriving(classes: list[Class], wait: list[Array], values: Values) -> Array:
    """Return the durable share of those who are transplanted, if all are planned."""
    lost = values["rate_death_remission_excess"]
    arrived = [one.share * survive(wait, one.rate + lost) for one in classes]
    total = np.sum(arrived, axis=0)
    durable = np.sum([part for part, one in zip(arrived, classes, strict=True) if one.durable], axis=0)
    return np.asarray(durable / np.where(total > 0, total, 1))
