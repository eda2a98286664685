"""Access: who is given which line, how long it takes, and how long it holds until the next treatment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.blocks import NARROWEST
from remit.engine.cohort import occupancy_over
from remit.inputs.values import Values
from remit.pathway.graph import Pathway
from remit.pathway.therapies import Strategy
from remit.study import Study

Array = NDArray[np.float64]
# Of those who queue for a therapy, why they are not given it.
LOST = ("died_waiting", "worsened_waiting", "manufacturing_failure")
MONTHS = 60


@dataclass(frozen=True)
class Access:
    """Access to one line of a strategy, shares of all patients, at the parameters' means.

    Attributes
    ----------
    infused
        Share given it.
    years_to_infusion
        Mean time from time 0 to its infusion, of those given it.
    lost
        Kind of loss -> share lost in its queue; a failed product may be followed by a second attempt.
    """

    strategy: str
    line: int
    therapy: str
    infused: float
    years_to_infusion: float
    lost: dict[str, float]


@dataclass(frozen=True)
class NextTreatment:
    """Time from time 0 until the first line is left, for the next treatment or by death.

    ``median`` in years, None where more than half never leave it, 0 where fewer than half begin in it;
    ``mean_within`` the mean of the first ``MONTHS`` months, in years.
    """

    strategy: str
    median: float | None
    mean_within: float


def access(study: Study) -> Iterator[Access]:
    """Yield the access to every line of every strategy, at the parameters' means.

    Background mortality and the end of excess death in remission, both small in the months that access takes,
    are left out.
    """
    strata = study.strata(study.values(None).widened(NARROWEST))
    for name, strategy in study.strategies.items():
        built = [(one.share[0], study.pathway(name, one.values)) for one in strata]
        for number, line in enumerate(strategy.lines, start=1):
            share, moment = 0.0, 0.0
            lost = dict.fromkeys(LOST, 0.0)
            for weight, pathway in built:
                for kind, moved, time in _events(pathway, strategy, number):
                    if kind == "infusion":
                        share, moment = share + weight * moved, moment + weight * time
                    elif kind in lost:
                        lost[kind] += weight * moved
            mean = moment / share if share > 0 else float("nan")
            shares = {kind: float(of) for kind, of in lost.items()}
            yield Access(name, number, line.therapy, float(share), float(mean), shares)


def next_treatment(study: Study) -> Iterator[NextTreatment]:
    """Yield the time to next treatment or death of every strategy, at the parameters' means."""
    values = study.values(None).widened(NARROWEST)
    months, years = np.arange(MONTHS + 1) / 12, np.arange(max(int(study.settings.horizon), MONTHS // 12) + 1)
    for name in study.strategies:
        early = _on_first(study, name, values, months)
        after = np.flatnonzero(_on_first(study, name, values, years.astype(np.float64)) < 0.5)
        median = None
        if after.size:
            # Month by month only in the year in which the median lies: a lifetime of months takes seconds.
            within = max(int(after[0]) - 1, 0) + np.arange(13) / 12
            median = _when_halved(within, _on_first(study, name, values, within))
        mean = float(np.trapezoid(early, months))
        yield NextTreatment(name, median, mean)


def _on_first(study: Study, strategy: str, values: Values, times: Array) -> Array:
    """Return the share alive who wait for, or are on or after, their first line at some times, (time,)."""
    held = np.zeros(len(times))
    for one in study.strata(values):
        pathway = study.pathway(strategy, one.values)
        first = [state.line == 1 for state in pathway.states[:-1]]
        alive = study.survival(values, times, age=one.age)[:, 0]
        held += one.share[0] * alive * occupancy_over(pathway, times)[:, first, 0].sum(axis=1)
    return held


def _when_halved(times: Array, held: Array) -> float:
    """Return when a falling share passes one half, straight between points; 0 where it begins below."""
    after = int(np.flatnonzero(held < 0.5)[0])
    if after == 0:
        return float(times[0])
    part = (held[after - 1] - 0.5) / (held[after - 1] - held[after])
    return float(times[after - 1] + part * (times[after] - times[after - 1]))


def _events(pathway: Pathway, strategy: Strategy, line: int) -> Iterator[tuple[str, float, float]]:
    """Yield (kind, share, share x mean time) of the events of a line's therapy, in the first draw.

    Hazards are those of the first epoch. In an acyclic graph of constant hazards the mean time of arrival of
    those who arrive adds up along the way: a stay does not depend on how it ends.
    """
    therapy = strategy.lines[line - 1].therapy
    once = sum(one.therapy == therapy for one in strategy.lines) == 1
    share, moment = pathway.initial[:, 0].copy(), np.zeros(len(pathway.states))
    rates = pathway.exit_rates(0)[:, 0]
    for event, begun in pathway.starting_events:
        if event.therapy == therapy and (once or line == 1):
            yield event.kind, float(begun[0]), 0.0
    for number, move in enumerate(pathway.transitions):  # ordered by origin, origins before destinations
        hazard = pathway.hazards[0, number, 0]
        if hazard == 0:
            continue
        taken = hazard / rates[move.origin]
        moved = share[move.origin] * taken
        time = (moment[move.origin] + share[move.origin] / rates[move.origin]) * taken
        share[move.destination] += moved
        moment[move.destination] += time
        # Of a therapy that is given twice, the state infused into, or lost from, tells which time it is.
        lines = {True: pathway.states[move.destination].line, False: pathway.states[move.origin].line}
        for event in move.events:
            if event.therapy == therapy and (once or line == lines[event.kind == "infusion"]):
                yield event.kind, float(moved), float(time)
