"""How a therapy is paid for: what share of its price an infusion comes to, and when.

The price is ``cost_drug_<therapy>``. What is due later, and only of patients who do well, counts by the
chance that they do: read from the same pathway, started in the state that the infusion leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.engine.cohort import occupancy_over
from remit.pathway.graph import Event, Pathway, State, Transition

Array = NDArray[np.float64]
Share = Array | float
# What share of a price is charged when an event happens at a move to a state, discounted to that move.
Charges = Mapping[tuple[Event, int], Share]
# In place of a state: where patients start, for events at time 0.
START = -1
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Instalment:
    """A share of the price, the month after infusion in which it is due, and of whom.

    ``only_if`` is ``in_remission`` for those in the remission that this infusion brought, HSCT in it
    included.
    """

    month: float
    share: float
    only_if: Literal["always", "alive", "in_remission"] = "always"

    def __post_init__(self) -> None:
        """Refuse what can never be due."""
        if self.month < 0:
            raise ValueError("the month of an instalment counts from infusion, so it must be 0 or more")
        _check_share("share", self.share)
        if self.only_if == "in_remission" and self.month == 0:
            raise ValueError("in month 0, at infusion, no response is known: in_remission needs a later one")


@dataclass(frozen=True)
class Payment:
    """A way of paying for a therapy: as it stands, the whole price at every infusion.

    Attributes
    ----------
    discount
        Share of the price that is taken off, confidential or not.
    not_given
        Share of what is left that is charged for a product that was made and not given.
    due
        How the rest of the price of an infusion is paid; the shares sum to 1.
    """

    discount: float = 0.0
    not_given: float = 0.0
    due: tuple[Instalment, ...] = field(default_factory=lambda: (Instalment(0.0, 1.0),))

    def __post_init__(self) -> None:
        """Refuse shares that are none, and a price that is not the whole price."""
        _check_share("discount", self.discount)
        _check_share("not_given", self.not_given)
        total = sum(one.share for one in self.due)
        if abs(total - 1) > 1e-9:
            raise ValueError(
                f"the shares under due sum to {total:g}; they must sum to 1 (to pay less, write a discount)"
            )


def charges_of(pathway: Pathway, payments: Mapping[str, Payment], discount_rate: float) -> Charges:
    """Return what share of a price is charged at each infusion, and for each product not given.

    Shares differ by the state that a move leads to, for with it differs what follows: the same therapy
    does less good after some failures than after others. Chances leave out background mortality, and their
    clock of early remission starts at the infusion.

    Parameters
    ----------
    pathway
        Whose events.
    payments
        Therapy -> way of paying; one that is not listed is paid at infusion.
    discount_rate
        Of costs, a year.

    Returns
    -------
    dict
        (event, index of the state moved to, or ``START``) -> number or (draw,).
    """
    found = [(event, START) for event, _ in pathway.starting_events]
    found += [(event, move.destination) for move in pathway.transitions for event in move.events]
    charges: dict[tuple[Event, int], Share] = {}
    for event, place in dict.fromkeys(found):
        payment = payments.get(event.therapy, Payment())
        if event.kind == "infusion":
            due = _worth_at_infusion(pathway, place, payment.due, discount_rate)
            charges[event, place] = (1 - payment.discount) * due
        elif event.kind == "product_not_given":
            charges[event, place] = (1 - payment.discount) * payment.not_given
    return charges


def _worth_at_infusion(
    pathway: Pathway, place: int, due: Sequence[Instalment], discount_rate: float
) -> Share:
    """Return what instalments come to at an infusion, as a share of the price."""
    chances = _chances(pathway, place, [one for one in due if one.only_if != "always"])
    total: Share = 0.0
    for one in due:
        discounted = one.share * (1 + discount_rate) ** -(one.month / MONTHS_PER_YEAR)
        total = total + discounted * chances.get(one, 1.0)
    return total


def _chances(pathway: Pathway, place: int, asked: Sequence[Instalment]) -> dict[Instalment, Array]:
    """Return the chance that each instalment is due, (draw,); nothing is followed where none asks for it."""
    if not asked:
        return {}
    infused = place if place != START else _begun_treated(pathway)
    line = pathway.states[infused].line
    if pathway.states[infused].health_state == "death":
        return {one: np.zeros(pathway.n_draws) for one in asked}
    after = _from_state(pathway, infused)
    months = sorted({one.month for one in asked})
    over = occupancy_over(after, np.array(months) / MONTHS_PER_YEAR)
    chances = {}
    # Who is not under treatment after an infusion is in a remission that it did not bring.
    brought = pathway.states[infused].condition == "treated"
    for one in asked:
        total = np.zeros(pathway.n_draws)
        for state, share in zip(after.states[:-1], over[months.index(one.month)], strict=True):
            if one.only_if == "alive" or (brought and _in_remission(state, line)):
                total += share
        chances[one] = total
    return chances


def _begun_treated(pathway: Pathway) -> int:
    """Return the state under treatment in which patients start who are infused at time 0."""
    begun = np.flatnonzero(pathway.initial.any(axis=1))
    return next(int(state) for state in begun if pathway.states[state].condition == "treated")


def _from_state(pathway: Pathway, start: int) -> Pathway:
    """Return the part of a pathway that everybody goes through who starts in one state."""
    reached = {start, len(pathway.states) - 1}
    for move in pathway.transitions:  # ordered by origin, and states stand in topological order
        if move.origin in reached:
            reached.add(move.destination)
    kept = sorted(reached)
    index = {old: new for new, old in enumerate(kept)}
    numbers = [number for number, move in enumerate(pathway.transitions) if move.origin in reached]
    moves = [pathway.transitions[number] for number in numbers]
    initial = np.zeros((len(kept), pathway.n_draws))
    initial[index[start]] = 1.0
    return Pathway(
        states=tuple(pathway.states[old] for old in kept),
        transitions=tuple(Transition(index[move.origin], index[move.destination]) for move in moves),
        initial=initial,
        epochs=pathway.epochs,
        hazards=pathway.hazards[:, numbers],
        phased=pathway.phased,
    )


def _in_remission(state: State, line: int) -> bool:
    return state.line == line and state.health_state in ("remission", "hsct")


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"{name} is {share:g}; it lies between 0 and 1, so write 0.3 for 30%")
