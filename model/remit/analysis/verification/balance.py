"""Conservation: nobody is lost, nobody is counted twice, and parts make up the whole (V01 to V05)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.verification.check import Check, Subject
from remit.engine.background import no_background
from remit.engine.clock import MoveScale, Scales, make_clock
from remit.engine.cohort import follow_cohorts, health_state_trace, occupancy_over
from remit.engine.stepping import step_probabilities
from remit.engine.trace import cohort_trace
from remit.evaluation import evaluate
from remit.pathway.graph import Event, Pathway

Array = NDArray[np.float64]
MONTH = 1 / 12
MONTHS = 1_200


def probabilities_sum_to_one(subject: Subject) -> Iterator[Check]:
    """V01: probabilities of a step, death included, and 1,200 months of them; the closed form agrees.

    The engine's probabilities among the living are completed by those of dying, which come from the
    moves themselves by another exponential, with death as a state.
    """
    rows, lowest, alike, sums, apart = 0.0, 0.0, 0.0, 0.0, 0.0
    for pathway in subject.pathways:
        steps = [_step_with_death(pathway, epoch) for epoch in range(len(pathway.epochs))]
        for epoch, whole in enumerate(steps):
            ours = _living(pathway, epoch)
            rows = max(rows, float(np.abs(ours.sum(axis=1) + whole[:-1, -1] - 1).max()))
            alike = max(alike, float(np.abs(ours - whole[:-1, :-1]).max()))
            lowest = min(lowest, 0.0 if pathway.phased else float(ours.min()))
        trace = _months(pathway, steps)
        sums = max(sums, float(np.abs(trace.sum(axis=1) - 1).max()), -_least(pathway, trace))
        apart = max(apart, _closed_form_apart(pathway, trace))
    yield Check("V01", "probabilities of a month: rows with death sum to 1", rows, 1e-12)
    yield Check("V01", "probabilities of a month: none negative", -lowest, 1e-12)
    yield Check("V01", "probabilities of a month: the same with death as a state", alike, 1e-12)
    yield Check("V01", "trace over 1,200 months: sums to 1, none negative", sums, 1e-10 * subject.slack)
    yield Check("V01", "trace of the closed form: as month by month", apart, 1e-9)


def _step_with_death(pathway: Pathway, epoch: int) -> Array:
    """Return the probabilities of a month, death among the states, from the moves one by one."""
    from scipy.linalg import expm
    from threadpoolctl import threadpool_limits

    generator = np.zeros((len(pathway.states), len(pathway.states)))
    for move, hazard in zip(pathway.transitions, pathway.hazards[epoch, :, 0], strict=True):
        generator[move.origin, move.destination] += hazard
        generator[move.origin, move.origin] -= hazard
    with threadpool_limits(1, user_api="blas"):
        return np.asarray(expm(generator * MONTH))


def _living(pathway: Pathway, epoch: int) -> Array:
    """Return the engine's probabilities of a month among the living, as a matrix."""
    step = step_probabilities(pathway, epoch, MONTH)
    n_alive = len(pathway.states) - 1
    matrix = np.zeros((n_alive, n_alive))
    ends = [*step.starts[1:], len(step.origins)]
    for destination, (start, end) in enumerate(zip(step.starts, ends, strict=True)):
        matrix[step.origins[start:end], destination] = step.values[start:end, 0]
    return matrix


def _months(pathway: Pathway, steps: list[Array]) -> Array:
    """Return the shares in every state after each of 1,200 months, (month + 1, state)."""
    shares, parts = pathway.initial[:, 0], []
    bounds = [*(round(epoch / MONTH) for epoch in pathway.epochs), MONTHS]
    for step, first, last in zip(steps, bounds, bounds[1:], strict=False):
        part = (
            _powers(shares, step, last - first)
            if pathway.phased
            else (cohort_trace(shares, step[None, None], n_cycles=last - first)[0])
        )
        parts.append(part[:-1] if last < MONTHS else part)
        shares = part[-1]
    return np.concatenate(parts)


def _powers(shares: Array, step: Array, count: int) -> Array:
    """Return shares after 0 to ``count`` steps; the array interface takes no negative probability."""
    trace = [shares]
    for _ in range(count):
        trace.append(np.einsum("i,ij->j", trace[-1], step))
    return np.stack(trace)


def _least(pathway: Pathway, trace: Array) -> float:
    """Return the least share of any state; of a health state where phases stand for a curve together."""
    if not pathway.phased:
        return float(trace.min())
    kinds = np.array([state.health_state for state in pathway.states])
    return min(float(trace[:, kinds == kind].sum(axis=1).min()) for kind in set(kinds))


def _closed_form_apart(pathway: Pathway, trace: Array) -> float:
    months = np.array([1, 6, 12, 36, 120, 1_200])
    return float(np.abs(occupancy_over(pathway, months * MONTH)[:, :, 0] - trace[months, :-1]).max())


def death_is_absorbing(subject: Subject) -> Iterator[Check]:
    """V02: the dead never decrease, every state can be reached, and few are alive at the horizon."""
    study = subject.study
    times = study.clock.times[::4]
    survival = study.survival(study.values(None), times)
    fall, unreached = 0.0, 0
    for pathway in subject.pathways:
        dead = health_state_trace(pathway, times, survival)[:, -1]
        fall = max(fall, float(-np.diff(dead, axis=0).min()))
        reached = {i for i, share in enumerate(pathway.initial[:, 0]) if share > 0}
        for move in pathway.transitions:
            if move.origin in reached:
                reached.add(move.destination)
        unreached += len(pathway.states) - len(reached)
    yield Check("V02", "dead: largest decrease from one time to a later one", fall, 1e-12)
    yield Check("V02", "states that nobody can reach", float(unreached), 0)
    if study.age + study.settings.horizon >= 100:
        yield Check("V02", "alive at a lifetime horizon", float(subject.outcomes.alive_at_end.max()), 0.02)


def moves_balance(subject: Subject) -> Iterator[Check]:
    """V03: in every state, those who began there and came, less those who left, are those who are there.

    Each move of a pathway is counted on its own, up to several horizons, background mortality left out.
    """
    counted = [_counting_every_move(pathway) for pathway in subject.pathways]
    worst, lost = 0.0, 0.0
    for horizon in (MONTH, 3.0, 40.0):
        clock = make_clock(subject.study.settings.cycle, horizon=horizon, breaks=counted[0].epochs)
        steps = len(clock.lengths)
        scales = Scales((), {"count": MoveScale(np.ones(steps))})
        totals, _ = follow_cohorts(counted, clock, no_background(steps, 1), scales)
        for pathway, total in zip(counted, totals, strict=True):
            balance = pathway.initial[:, 0].copy()
            for place, number in enumerate(total.counted):
                move = pathway.transitions[number]
                balance[move.origin] -= total.moves["count"][place, 0]
                balance[move.destination] += total.moves["count"][place, 0]
            there = occupancy_over(pathway, np.array([horizon]))[0, :, 0]
            worst = max(worst, float(np.abs(balance[:-1] - there).max()))
            lost = max(lost, abs(float(balance[-1] + total.alive_at_end[0]) - 1))
    yield Check(
        "V03", "moves into less moves out of a state: change of its occupancy", worst, 1e-10 * subject.slack
    )
    yield Check("V03", "deaths and those alive: one per patient", lost, 1e-10 * subject.slack)


def _counting_every_move(pathway: Pathway) -> Pathway:
    moves = tuple(
        replace(move, events=(Event("move", str(n)),)) for n, move in enumerate(pathway.transitions)
    )
    return replace(pathway, transitions=moves)


def events_are_counted_once(subject: Subject) -> Iterator[Check]:
    """V03: with background mortality no patient dies twice, and an event costs what it costs."""
    study, outcomes = subject.study, subject.outcomes
    deaths = np.sum([count[0] for event, count in outcomes.events.items() if "death" in event.kind], axis=0)
    most = float((deaths + outcomes.alive_at_end[0]).max()) - 1
    yield Check(
        "V03", "deaths by cause and those alive: no more than one per patient", most, 1e-10 * subject.slack
    )
    plain = evaluate(study.with_settings(discount_costs=0.0), counts=True)
    place = plain.categories.index("end_of_life")
    died = np.sum([c[0] for e, c in plain.events.items() if e.kind == "leukaemia_death"], axis=0)
    price = study.values(None)["cost_end_of_life"][0]
    gap = np.abs(died * price - plain.costs_by_category[0, :, place]).max()
    yield Check(
        "V03", "leukaemia deaths x unit cost = cost line (relative)", float(gap / max(price, 1)), 1e-8
    )


def parts_sum_to_total(subject: Subject) -> Iterator[Check]:
    """V04: cost categories sum to costs, QALYs of states to QALYs, life-years of states to life-years."""
    outcomes = subject.outcomes
    costs = np.abs(outcomes.costs_by_category.sum(axis=2) - outcomes.costs) / np.maximum(outcomes.costs, 1)
    qalys = np.abs(outcomes.qalys_by_state.sum(axis=2) - outcomes.qalys)
    years = np.abs(outcomes.life_years_by_state.sum(axis=2) - outcomes.life_years)
    yield Check("V04", "sum of cost categories = costs (relative)", float(costs.max()), 1e-8)
    yield Check("V04", "sum of QALYs by state = QALYs", float(qalys.max()), 1e-8)
    yield Check("V04", "sum of life-years by state = life-years", float(years.max()), 1e-8)


def constants_integrate_exactly(subject: Subject) -> Iterator[Check]:
    """V05: with a constant value every correction gives the horizon, for even and odd numbers of cycles."""
    settings = subject.study.settings
    worst = 0.0
    for correction in ("half-cycle", "simpson", "start", "end"):
        for horizon in (settings.horizon, 7.0, 8.0, 5.3):
            clock = make_clock(settings.cycle, horizon=horizon, breaks=[2.0, 5.0], correction=correction)
            worst = max(worst, abs(float(clock.at_start.sum() + clock.at_end.sum()) - horizon))
    yield Check("V05", "weights of every correction sum to the horizon (years)", worst, 1e-10)
