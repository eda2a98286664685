"""One replication: patients come to a clinic under one rule, and what that did for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.opening import PER_REPLICATION, Comers, OpenClinic, comers_of
from remit.analysis.clinic.results import ALL, OUTCOMES
from remit.analysis.clinic.rules import choice_of
from remit.analysis.clinic.service import columns_of, queue_and_held, service_of
from remit.economics.patient_values import MEASURES, PatientPrices, worth_of_patients
from remit.engine.journeys import Arrivals, ClinicRun, run_clinic
from remit.engine.patients import Histories, Visits
from remit.engine.streams import Streams
from remit.engine.way import Chances

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Replication:
    """What one replication of one rule gave: see :class:`remit.analysis.clinic.results.ClinicResults`."""

    patients: Array
    outcomes: dict[str, Array]
    given: Array
    service: dict[str, Array]
    queue: Array
    held: Array


def replicate(opened: OpenClinic, rule: str, replication: int, *, seed: int, times: Array) -> Replication:
    """Let the patients of a replication come under a rule, and sum up what happened.

    Parameters
    ----------
    opened, rule
        The clinic, and one of the rules of its plan.
    replication, seed
        Patients hang on both alone: all rules have the same.
    times
        Years since the clinic opened at which queues are looked at.
    """
    comers, run = follow(opened, rule, replication, seed=seed)
    columns, counted = columns_of(opened.clinic.resources), comers.counted
    arrived = comers.arrivals.times
    # An instant where only one patient counts.
    window = (float(arrived[counted.start]), float(arrived[counted.stop - 1]) + 1e-9)
    queue, held = queue_and_held(run.uses, columns, times)
    groups = _groups(opened, comers.arrivals)
    everyone = np.array([float(group[counted].sum()) for group in groups])
    outcomes = outcomes_of(opened, comers.arrivals, run)
    given = run.strategy[:, None] == np.arange(len(opened.crowd.strategies))
    return Replication(
        everyone,
        {name: _means(outcomes[name], groups, counted) for name in OUTCOMES},
        np.stack([_means(column.astype(float), groups, counted) for column in given.T], axis=1),
        service_of(run.uses, columns, counted=counted, window=window),
        queue,
        held,
    )


def follow(opened: OpenClinic, rule: str, replication: int, *, seed: int) -> tuple[Comers, ClinicRun]:
    """Let the patients of a replication come under a rule, and return who came and what happened."""
    streams = Streams(seed, first=replication * PER_REPLICATION, draw=opened.crowd.draw)
    comers = comers_of(opened, streams)
    choose = choice_of(opened.plan.rules[rule], opened, comers.arrivals)
    chances = Chances(streams, comers.arrivals.times.size)
    return comers, run_clinic(opened.clinic, comers.arrivals, chances, choose)


def outcomes_of(opened: OpenClinic, arrivals: Arrivals, run: ClinicRun) -> dict[str, Array]:
    """Return the measures of ``results.OUTCOMES`` of every patient, (patient,) each; NaN where none."""
    n_patients = arrivals.times.size
    worth = np.empty((len(MEASURES), n_patients))
    infused = np.full(n_patients, np.inf)
    for histories, prices in histories_of_run(opened, arrivals, run):
        worth_of_patients(histories, prices, worth)
        _note_infusions(histories, infused)
    never = np.isinf(infused)
    found = dict(zip(MEASURES, worth, strict=True))
    return found | {
        "never_infused": never.astype(float),
        "years_to_infusion": np.where(never, np.nan, infused),
    }


def histories_of_run(
    opened: OpenClinic, arrivals: Arrivals, run: ClinicRun
) -> Iterator[tuple[Histories, PatientPrices]]:
    """Yield the histories of a clinic's patients by stratum and strategy, with what stays are worth."""
    stays, crowd = run.stays, opened.crowd
    for number, stratum in enumerate(crowd.strata):
        for strategy, (itinerary, prices) in enumerate(stratum.ways):
            mine = (arrivals.strata == number) & (run.strategy == strategy)
            rows = np.flatnonzero(mine[stays.patient])
            visits = []
            for state in np.unique(stays.state[rows]):
                own = rows[stays.state[rows] == state]
                visits.append(
                    Visits(
                        int(state), stays.patient[own], stays.entered[own], stays.left[own], stays.move[own]
                    )
                )
            if rows.size:
                who = np.flatnonzero(mine)
                yield (
                    Histories(itinerary.pathway, who, arrivals.ends, crowd.horizon, tuple(visits)),
                    prices,
                )


def _note_infusions(histories: Histories, infused: Array) -> None:
    """Note when patients were first infused."""
    pathway = histories.pathway
    if any(event.kind == "infusion" and bool(share[0] == 1) for event, share in pathway.starting_events):
        infused[histories.patients] = 0.0
    infusing = [any(event.kind == "infusion" for event in move.events) for move in pathway.transitions]
    is_infusion = np.array([*infusing, False])
    for visits in histories.visits:
        some = is_infusion.take(visits.moves, mode="wrap")
        who = visits.patients[some]
        infused[who] = np.minimum(infused[who], visits.left[some])


def _groups(opened: OpenClinic, arrivals: Arrivals) -> list[Flags]:
    """Return who belongs to each group of ``group_names``."""
    found = [np.ones(arrivals.times.size, dtype=np.bool_)]
    for name in group_names(opened)[1:]:
        strata = [place for place, levels in enumerate(opened.levels) if levels[opened.plan.by or ""] == name]
        found.append(np.isin(arrivals.strata, strata))
    return found


def group_names(opened: OpenClinic) -> tuple[str, ...]:
    """Return the groups whose results are told apart: all, and the levels of a feature."""
    if opened.plan.by is None:
        return (ALL,)
    return (ALL, *dict.fromkeys(levels[opened.plan.by] for levels in opened.levels))


def _means(values: Array, groups: list[Flags], counted: slice) -> Array:
    """Return means over the patients of each group who count and have a value."""
    known = ~np.isnan(values[counted])
    found = []
    for group in groups:
        some = values[counted][group[counted] & known]
        found.append(float(some.mean()) if some.size else np.nan)
    return np.array(found)
