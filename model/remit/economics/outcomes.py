"""The outcomes of strategies side by side: what evaluation returns and PSA collects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.economics.prices import CATEGORIES
from remit.economics.valuation import Worth
from remit.pathway.graph import HEALTH_STATES, Event

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Outcomes:
    """Discounted outcomes per patient, (draw, strategy) unless said.

    ``costs_by_category`` is (draw, strategy, category); ``life_years_by_state`` (draw, strategy,
    health state); ``qalys_by_state`` the same with a last entry for losses at events.
    ``events`` counts events undiscounted, where asked for. ``stepped`` (draw,) marks draws that went
    through the stepping solver.
    """

    strategies: tuple[str, ...]
    life_years: Array
    qalys: Array
    costs: Array
    costs_by_category: Array
    life_years_by_state: Array
    qalys_by_state: Array
    alive_at_end: Array
    stepped: NDArray[np.bool_]
    events: dict[Event, Array]
    categories: tuple[str, ...] = CATEGORIES
    health_states: tuple[str, ...] = HEALTH_STATES

    def first(self, n_draws: int) -> Outcomes:
        """Return the first draws alone."""
        cut: dict[str, Any] = {name: getattr(self, name)[:n_draws] for name in DRAWN}
        return replace(self, **cut, events={e: count[:n_draws] for e, count in self.events.items()})

    def replaced(self, draws: NDArray[np.intp], others: Outcomes) -> Outcomes:
        """Return the same with some draws taken from ``others``."""
        new: dict[str, Any] = {name: getattr(self, name).copy() for name in DRAWN}
        events = {event: count.copy() for event, count in self.events.items()}
        for name, values in new.items():
            values[draws] = getattr(others, name)
        for event, count in events.items():
            count[draws] = others.events[event]
        return replace(self, **new, events=events)


DRAWN = (
    "life_years",
    "qalys",
    "costs",
    "costs_by_category",
    "life_years_by_state",
    "qalys_by_state",
    "alive_at_end",
    "stepped",
)


def mix_strata(
    strategies: Sequence[str],
    worths: Sequence[Sequence[Worth]],
    shares: Sequence[Array],
    stepped: NDArray[np.bool_],
) -> Outcomes:
    """Weigh the strata by their shares.

    Parameters
    ----------
    strategies
        Names.
    worths
        For each stratum, one for each strategy.
    shares
        (draw,) for each stratum; they sum to 1.
    stepped
        (draw,).
    """
    n_draws, n = shares[0].size, len(strategies)
    life_years = np.zeros((n_draws, n, len(HEALTH_STATES)))
    qalys = np.zeros((n_draws, n, len(HEALTH_STATES) + 1))
    costs = np.zeros((n_draws, n, len(CATEGORIES)))
    alive = np.zeros((n_draws, n))
    events: dict[Event, Array] = {}
    for share, row in zip(shares, worths, strict=True):
        for s, worth in enumerate(row):
            life_years[:, s] += (share * worth.life_years).T
            qalys[:, s] += (share * worth.qalys).T
            costs[:, s] += (share * worth.costs).T
            alive[:, s] += share * worth.alive_at_end
            for event, count in worth.events.items():
                events.setdefault(event, np.zeros((n_draws, n)))[:, s] += share * count
    return Outcomes(
        strategies=tuple(strategies),
        life_years=_total(life_years),
        qalys=_total(qalys),
        costs=_total(costs),
        costs_by_category=costs,
        life_years_by_state=life_years,
        qalys_by_state=qalys,
        alive_at_end=alive,
        stepped=stepped,
        events=events,
    )


def stack_draws(parts: Sequence[Outcomes]) -> Outcomes:
    """Put blocks of draws one after the other."""
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in DRAWN}
    events = {event: np.concatenate([part.events[event] for part in parts]) for event in parts[0].events}
    return replace(parts[0], **joined, events=events)


def _total(parts: Array) -> Array:
    """Add up the last axis in a fixed order, so that a draw's bytes do not depend on its block."""
    total = np.zeros(parts.shape[:-1])
    for place in range(parts.shape[-1]):
        total += parts[..., place]
    return total
