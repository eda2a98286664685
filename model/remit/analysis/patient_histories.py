"""The histories of single patients under every strategy, stay by stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remit.analysis.microsimulation import check_numbers
from remit.analysis.patient_ways import crowds_of, follow_block
from remit.study import Study


@dataclass(frozen=True)
class Stay:
    """A stay of one patient in a state; ``events`` are those of the move out of it."""

    strategy: str
    patient: int
    stratum: str
    state: str
    health_state: str
    entered: float
    left: float
    events: tuple[str, ...]


def histories_of(study: Study, *, n_patients: int, seed: int, first: int = 0) -> Iterator[Stay]:
    """Yield what happens to some patients under every strategy, at the parameters' means.

    They are the patients whom :func:`remit.analysis.microsimulation.microsimulate` follows with this seed.

    Parameters
    ----------
    study
        What is compared.
    n_patients, first
        How many patients, from the one with number ``first``.
    seed
        Patient i hangs on the seed and on i alone.

    Raises
    ------
    InputError
        As `microsimulate` does.
    """
    check_numbers(n_patients=n_patients, seed=seed, jobs=1)
    (crowd,) = crowds_of(study)
    followed = list(follow_block(crowd, slice(first, first + n_patients), seed=seed))
    for strategy, name in enumerate(crowd.strategies):
        own = {
            int(patient): one
            for one in followed
            if one.strategy == strategy
            for patient in one.histories.patients
        }
        for patient in sorted(own):
            one = own[patient]
            stratum = crowd.strata[one.stratum].name
            for state, entered, left, events in one.histories.of(patient):
                words = tuple(f"{event.kind} {event.therapy}".strip() for event in events)
                number = first + patient
                yield Stay(name, number, stratum, state.name, state.health_state, entered, left, words)
