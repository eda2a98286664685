"""Does a clinic with places enough give the histories of the patients engine (V61)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.opening import OpenClinic, open_clinic
from remit.analysis.clinic.plan import ONLY, ClinicPlan, Coming, Rule, SitePlan
from remit.analysis.clinic.replication import follow
from remit.analysis.patient_ways import follow_block
from remit.engine.resources import USES
from remit.study import Study

Array = NDArray[np.float64]
ENOUGH = 2000
TOLERANCE = 1e-9
# Any times do: nobody ever waits for a place.
_HELD, _PER_YEAR = 0.1, 1000.0


@dataclass(frozen=True)
class HistoriesCompared:
    """The histories of one strategy's patients in a clinic and in the patients engine.

    Attributes
    ----------
    stays
        How many there are in the patients engine.
    unlike
        How many stays only one of them has, or are left by another move.
    largest
        Largest difference in years of when the others begin or end.
    waited
        How many patients waited for a place: none, if there were enough.
    """

    scenario: str
    strategy: str
    patients: int
    stays: int
    unlike: int
    largest: float
    waited: int

    @property
    def passed(self) -> bool:
        """Whether they are the same."""
        return self.unlike == 0 and self.largest <= TOLERANCE and self.waited == 0


def compare_clinic_with_patients(
    study: Study, *, scenario: str, n_patients: int = ENOUGH, seed: int = 1
) -> Iterator[HistoriesCompared]:
    """Follow the same patients through a clinic with places enough and through the patients engine.

    Parameters
    ----------
    study, scenario
        At its means, and how it is called.
    n_patients, seed
        Patient i hangs on the seed and on i alone.

    Raises
    ------
    InputError
        Where the time to relapse is not exponential.
    """
    opened = open_clinic(study, ample_plan(study, n_patients))
    followed = list(follow_block(opened.crowd, slice(0, n_patients), seed=seed))
    for place, name in enumerate(opened.crowd.strategies):
        patients = [
            np.stack([v.patients, np.full(v.patients.size, v.state), v.entered, v.left, v.moves])
            for one in followed
            if one.strategy == place
            for v in one.histories.visits
        ]
        yield _compared(opened, scenario, name, _in_order(np.concatenate(patients, axis=1)), seed)


def ample_plan(study: Study, n_patients: int) -> ClinicPlan:
    """Return a clinic in which there is a place for everybody at once, and a rule for each strategy."""
    site = SitePlan(n_patients, _HELD, source="verification")
    return ClinicPlan(
        title="As many places as patients",
        because="nobody waits",
        arrivals=Coming(source="verification", per_year=_PER_YEAR),
        resources={use: {ONLY: site} for use in USES},
        rules={name: Rule(strategy.title, name) for name, strategy in study.strategies.items()},
        patients=n_patients,
        replications=1,
        warm_up=0.0,
    )


def _compared(
    opened: OpenClinic, scenario: str, strategy: str, theirs: Array, seed: int
) -> HistoriesCompared:
    comers, run = follow(opened, strategy, 0, seed=seed)
    stays = run.stays
    ours = _in_order(np.stack([stays.patient, stays.state, stays.entered, stays.left, stays.move]))
    same = ours.shape == theirs.shape and bool((ours[[0, 1, 4]] == theirs[[0, 1, 4]]).all())
    unlike = 0 if same else len(_keys(ours) ^ _keys(theirs))
    largest = float(np.abs(ours[2:4] - theirs[2:4]).max()) if same else np.inf
    waited = np.unique(run.uses.patient[run.uses.granted != run.uses.asked]).size
    n_patients = comers.arrivals.times.size
    return HistoriesCompared(scenario, strategy, n_patients, theirs.shape[1], unlike, largest, int(waited))


def _in_order(stays: Array) -> Array:
    """Return stays by patient and state; no patient comes to a state twice."""
    return np.asarray(stays[:, np.lexsort((stays[1], stays[0]))])


def _keys(stays: Array) -> set[tuple[float, float, float]]:
    return set(zip(*stays[[0, 1, 4]].tolist(), strict=True))
