"""Do the engines agree: patients followed one by one against the cohort (V61)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.analysis.microsimulation import BLOCK, check_numbers, refuse_beyond_memory
from remit.analysis.patient_ways import Crowd, crowds_of, follow_block
from remit.economics.outcomes import Outcomes
from remit.economics.patient_values import MEASURES, worth_of_patients
from remit.engine.blocks import draw_slices
from remit.engine.clock import Cycle
from remit.engine.cohort import health_state_trace
from remit.engine.patients import occupancy, times_of_events
from remit.evaluation import evaluate
from remit.pathway.graph import HEALTH_STATES, Event
from remit.study import Study

Array = NDArray[np.float64]
Result = Literal["pass", "fail", "inconclusive"]
# Years at which occupancy is compared.
TIMES = (1.0, 2.0, 5.0, 10.0)
# Patients by which the standard errors of the base case fall below what is asked for.
ENOUGH = 200_000
WORST_Z = 4.0
# Standard errors above which nothing is said: of a total's own size, and of shares and counts.
OF_TOTAL, OF_SHARE = 0.01, 0.002
# The cohort in all but continuous time: (cycle in years, until).
_FINE = ((1 / 192, 2.0), (1 / 48, 10.0), (1 / 12, None))


@dataclass(frozen=True)
class Comparison:
    """One quantity in two engines.

    Attributes
    ----------
    scenario, strategy, quantity
        What of whom: a total, ``<state> at year <t>``, or ``events: <kind> <therapy>`` per patient.
    cohort
        The cohort in all but continuous time: short cycles, Simpson.
    patients, standard_error, z
        Mean over patients, its Monte Carlo error, and their difference in such errors.
    as_set
        The cohort at the study's own cycle and correction (NaN where that plays no part): what its grid adds.
    result
        ``inconclusive`` where the standard error is too large to say.
    """

    scenario: str
    strategy: str
    quantity: str
    cohort: float
    patients: float
    standard_error: float
    z: float
    as_set: float
    result: Result


def compare_patients_with_cohort(
    study: Study, *, scenario: str, n_patients: int = ENOUGH, seed: int = 1, jobs: int = 1
) -> Iterator[Comparison]:
    """Follow patients and a cohort through the same pathways and compare totals, occupancy and events.

    Parameters
    ----------
    study, scenario
        At its means, and how it is called.
    n_patients, seed, jobs
        As for :func:`remit.analysis.microsimulation.microsimulate`.

    Raises
    ------
    InputError
        As `microsimulate` does.
    """
    check_numbers(n_patients=n_patients, seed=seed, jobs=jobs)
    refuse_beyond_memory(n_patients, len(study.strategies))
    (crowd,) = crowds_of(study)
    tally = _tallied(crowd, n_patients, seed, jobs)
    fine = study.with_settings(cycle=tuple(Cycle(*each) for each in _FINE), correction="simpson")
    cohort, as_set = evaluate(fine, counts=True), evaluate(study)
    shares = _occupancy_of_cohort(crowd)
    for place, strategy in enumerate(study.strategies):
        blank = Comparison(scenario, strategy, "", 0.0, 0.0, 0.0, 0.0, np.nan, "pass")
        for row, measure in enumerate(MEASURES):
            worth = tally.worth[place, row]
            error = float(np.std(worth, ddof=1)) / np.sqrt(n_patients) if n_patients > 1 else np.inf
            known = float(getattr(cohort, measure)[0, place])
            one = _compared(blank, measure, known, float(worth.mean()), error, OF_TOTAL * abs(known))
            yield replace(one, as_set=float(getattr(as_set, measure)[0, place]))
        yield from _occupancies(blank, shares[place], tally.occupancy[place] / n_patients, n_patients)
        yield from _events(blank, cohort, place, tally, n_patients)


@dataclass(frozen=True)
class _Tally:
    """What is counted of patients: worth (strategy, measure, patient), the rest summed over patients.

    ``occupancy`` is (strategy, time, health state); ``events`` (strategy, event) -> how often, and the sum
    over patients of the square of that.
    """

    worth: Array
    occupancy: NDArray[np.int64]
    events: dict[tuple[int, Event], NDArray[np.float64]]


def _tallied(crowd: Crowd, n_patients: int, seed: int, jobs: int) -> _Tally:
    n = len(crowd.strategies)
    worth = np.empty((n, len(MEASURES), n_patients))
    within = tuple(time for time in TIMES if time < crowd.horizon)
    total = _Tally(worth, np.zeros((n, len(within), len(HEALTH_STATES)), dtype=np.int64), {})

    def followed(block: slice) -> _Tally:
        part = _Tally(worth[:, :, block], np.zeros_like(total.occupancy), {})
        for one in follow_block(crowd, block, seed=seed):
            worth_of_patients(one.histories, one.prices, part.worth[one.strategy])
            part.occupancy[one.strategy] += occupancy(one.histories, within)
            size = block.stop - block.start
            for event, count in times_of_events(one.histories, size).items():
                _add(part, one.strategy, event, np.array([np.sum(count), np.sum(count**2)], dtype=float))
            for event, share in one.histories.pathway.starting_events:
                _add(part, one.strategy, event, one.histories.patients.size * share[0] * np.ones(2))
        return part

    with ThreadPoolExecutor(jobs) as pool:
        for part in pool.map(followed, draw_slices(n_patients, BLOCK)):
            total.occupancy.__iadd__(part.occupancy)
            for (strategy, event), sums in part.events.items():
                _add(total, strategy, event, sums)
    return total


def _add(tally: _Tally, strategy: int, event: Event, sums: Array) -> None:
    tally.events[strategy, event] = tally.events.get((strategy, event), np.zeros(2)) + sums


def _occupancy_of_cohort(crowd: Crowd) -> Array:
    """Return the share of all patients in each health state, (strategy, time, health state)."""
    times = np.array([time for time in TIMES if time < crowd.horizon])
    found = np.zeros((len(crowd.strategies), len(times), len(HEALTH_STATES)))
    shares = np.diff(crowd.bounds, prepend=0.0, append=1.0)
    for stratum, share in zip(crowd.strata, shares, strict=True):
        # Whole years are points of the grid, where background survival is exact.
        survival = np.interp(times, stratum.times, stratum.survival)[:, None]
        for place, (itinerary, _) in enumerate(stratum.ways):
            found[place] += share * health_state_trace(itinerary.pathway, times, survival)[:, :, 0]
    return found


def _occupancies(blank: Comparison, cohort: Array, patients: Array, n_patients: int) -> Iterator[Comparison]:
    for row, time in enumerate(TIMES[: len(cohort)]):
        for column, state in enumerate(HEALTH_STATES):
            known, seen = float(cohort[row, column]), float(patients[row, column])
            # The error that the cohort's share implies: also where no patient was seen.
            error = float(np.sqrt(max(known * (1 - known), 0.0) / n_patients))
            yield _compared(blank, f"{state} at year {time:g}", known, seen, error, OF_SHARE)


def _events(
    blank: Comparison, cohort: Outcomes, place: int, tally: _Tally, n_patients: int
) -> Iterator[Comparison]:
    for event, counts in sorted(cohort.events.items()):
        known = float(counts[0, place])
        total, squares = tally.events.get((place, event), np.zeros(2))
        mean = float(total) / n_patients
        spread = max(float(squares) / n_patients - mean**2, known * (1 - known), 0.0)
        name = f"events: {event.kind} {event.therapy}".strip()
        yield _compared(blank, name, known, mean, float(np.sqrt(spread / n_patients)), OF_SHARE)


def _compared(
    blank: Comparison, quantity: str, cohort: float, patients: float, error: float, allowed: float
) -> Comparison:
    gap = patients - cohort
    z = gap / error if error > 0 else (0.0 if abs(gap) < 1e-9 else float(np.copysign(np.inf, gap)))
    result: Result = (
        "fail" if not abs(z) < WORST_Z else "pass" if error < allowed or error == 0 else "inconclusive"
    )
    return replace(
        blank, quantity=quantity, cohort=cohort, patients=patients, standard_error=error, z=z, result=result
    )
