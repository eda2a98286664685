"""The outcomes of strategies side by side: what evaluation returns and PSA collects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    ``events`` counts events undiscounted, where asked for; ``diagnostics`` are what the pathways note,
    such as where a share was capped, as a mean over strata. ``stepped`` (draw,) marks draws that went
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
    diagnostics: dict[str, Array]
    categories: tuple[str, ...] = CATEGORIES
    health_states: tuple[str, ...] = HEALTH_STATES

    def first(self, n_draws: int) -> Outcomes:
        """Return the first draws alone."""
        return self.between(0, n_draws)

    def between(self, start: int, stop: int) -> Outcomes:
        """Return some draws alone."""
        cut: dict[str, Any] = {name: getattr(self, name)[start:stop] for name in DRAWN}
        return replace(self, **cut, **self._each(lambda values: values[start:stop]))

    def repeated(self, n_draws: int) -> Outcomes:
        """Return the first draw ``n_draws`` times."""
        first: dict[str, Any] = {name: getattr(self, name)[:1].repeat(n_draws, axis=0) for name in DRAWN}
        return replace(self, **first, **self._each(lambda values: values[:1].repeat(n_draws, axis=0)))

    def replaced(self, draws: NDArray[np.intp], others: Outcomes) -> Outcomes:
        """Return the same with some draws taken from ``others``."""

        def patched(mine: Array, theirs: Array) -> Array:
            values = mine.copy()
            values[draws] = theirs
            return values

        new: dict[str, Any] = {name: patched(getattr(self, name), getattr(others, name)) for name in DRAWN}
        for kind in ("events", "diagnostics"):
            theirs = getattr(others, kind)
            new[kind] = {
                key: patched(mine, theirs.get(key, 0.0)) for key, mine in getattr(self, kind).items()
            }
        return replace(self, **new)

    def without_parts(self) -> Outcomes:
        """Return the totals alone: a tenth of the memory, for what is kept of many groups of patients."""
        none = self.costs_by_category[:, :, :0]
        return replace(
            self,
            costs_by_category=none,
            life_years_by_state=none,
            qalys_by_state=none,
            events={},
            diagnostics={},
            categories=(),
            health_states=(),
        )

    def _each(self, change: Callable[[Array], Array]) -> dict[str, Any]:
        return {
            kind: {key: change(values) for key, values in getattr(self, kind).items()}
            for kind in ("events", "diagnostics")
        }


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


def outcomes_of(strategies: Sequence[str], worths: Sequence[Worth], stepped: NDArray[np.bool_]) -> Outcomes:
    """Put what one cohort got from each strategy side by side; ``stepped`` is (draw,)."""
    life_years = np.stack([worth.life_years.T for worth in worths], axis=1)
    qalys = np.stack([worth.qalys.T for worth in worths], axis=1)
    costs = np.stack([worth.costs.T for worth in worths], axis=1)
    n_draws, n = costs.shape[:2]
    events: dict[Event, Array] = {}
    diagnostics: dict[str, Array] = {}
    for s, worth in enumerate(worths):
        for event, count in worth.events.items():
            events.setdefault(event, np.zeros((n_draws, n)))[:, s] = count
        for name, noted in worth.diagnostics.items():
            diagnostics.setdefault(name, np.zeros((n_draws, n)))[:, s] = noted
    return Outcomes(
        strategies=tuple(strategies),
        life_years=_total(life_years),
        qalys=_total(qalys),
        costs=_total(costs),
        costs_by_category=costs,
        life_years_by_state=life_years,
        qalys_by_state=qalys,
        alive_at_end=np.stack([worth.alive_at_end for worth in worths], axis=1),
        stepped=stepped,
        events=events,
        diagnostics=diagnostics,
    )


def mix_outcomes(parts: Sequence[Outcomes], weights: Sequence[Array]) -> Outcomes:
    """Weigh groups of patients, the same draws of each.

    Parameters
    ----------
    parts
        Outcomes of each group, of the same strategies.
    weights
        (draw,) for each group; they sum to 1.
    """
    mixed: dict[str, Any] = {
        name: _weighted([getattr(part, name) for part in parts], weights) for name in DRAWN[:-1]
    }
    mixed["stepped"] = np.any(np.stack([part.stepped for part in parts]), axis=0)
    for kind in ("events", "diagnostics"):
        keys = dict.fromkeys(key for part in parts for key in getattr(part, kind))
        none = np.zeros_like(parts[0].costs)
        mixed[kind] = {
            key: _weighted([getattr(part, kind).get(key, none) for part in parts], weights) for key in keys
        }
    return replace(parts[0], **mixed)


def stack_draws(parts: Sequence[Outcomes]) -> Outcomes:
    """Put blocks of draws one after the other."""
    joined: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in DRAWN}
    for kind in ("events", "diagnostics"):
        keys = dict.fromkeys(key for part in parts for key in getattr(part, kind))
        # What cannot happen in the draws of one block may happen in those of another.
        none = [np.zeros_like(part.costs) for part in parts]
        joined[kind] = {
            key: np.concatenate([getattr(p, kind).get(key, z) for p, z in zip(parts, none, strict=True)])
            for key in keys
        }
    return replace(parts[0], **joined)


def _weighted(parts: Sequence[Array], weights: Sequence[Array]) -> Array:
    total = np.zeros_like(parts[0])
    for part, weight in zip(parts, weights, strict=True):
        total += weight.reshape(-1, *(1,) * (part.ndim - 1)) * part
    return total


def _total(parts: Array) -> Array:
    """Add up the last axis in a fixed order, so that a draw's bytes do not depend on its block."""
    total = np.zeros(parts.shape[:-1])
    for place in range(parts.shape[-1]):
        total += parts[..., place]
    return total
