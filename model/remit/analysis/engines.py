"""Do the engines agree: every comparison of two engines on a study, in one form.

A comparison of two more engines is one more entry in the table at the foot of this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from remit.analysis.agreement import Comparison, compare_patients_with_cohort
from remit.analysis.clinic.agreement import ENOUGH, compare_clinic_with_patients
from remit.analysis.patient_ways import phased_relapse
from remit.analysis.verification.engines import EngineComparison, partitioned_against_cohort
from remit.study import Study

Expected = Literal["equal within error", "equal", "reported"]
Result = Literal["pass", "fail", "inconclusive", "reported", "not compared"]
NAN = float("nan")
# By which nothing of the base case is inconclusive, within seconds.
PATIENTS_FOLLOWED = 120_000
QALYS, COSTS = "qalys", "costs"


@dataclass(frozen=True)
class Asked:
    """How many patients are followed one by one, their seed, and threads to follow them with."""

    n_patients: int = PATIENTS_FOLLOWED
    seed: int = 1
    jobs: int = 1


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One number from two engines.

    Attributes
    ----------
    scenario, engines
        Of which study, and which comparison of ``COMPARISONS``.
    subject, quantity
        What of whom: a strategy, or a model of its own.
    reference, other
        The number in the engine compared with, and in the one compared.
    standard_error
        Monte Carlo, of ``other`` (NaN where there is none).
    z
        Their difference in such errors.
    as_set
        The reference at the study's own cycle and correction, where it is another number.
    expected
        ``reported`` where the structures differ and the difference is a finding.
    result
        ``inconclusive`` where the error is too large to say; ``not compared`` where an engine cannot follow
        the study, with the reason in ``why``.
    """

    scenario: str
    engines: str
    subject: str = ""
    quantity: str = ""
    reference: float = NAN
    other: float = NAN
    standard_error: float = NAN
    z: float = NAN
    as_set: float = NAN
    expected: Expected = "equal"
    result: Result = "pass"
    why: str = ""

    @property
    def difference(self) -> float:
        """How much larger the other number is."""
        return self.other - self.reference

    @property
    def relative_difference(self) -> float:
        """The difference relative to the reference, or to 1 where that is smaller."""
        return self.difference / max(abs(self.reference), 1.0)


@dataclass(frozen=True)
class EnginePair:
    """A comparison of two engines.

    Attributes
    ----------
    name, test
        What it is called, and its number among the verification tests.
    compare
        Yields the comparisons of a study that is called so.
    cannot
        Says in a few words why a study cannot be followed; nothing where it can.
    """

    name: str
    test: str
    compare: Callable[[Study, str, Asked], Iterator[Compared]]
    cannot: Callable[[Study], str] = lambda _: ""


def compare_engines(study: Study, scenario: str, asked: Asked) -> Iterator[Compared]:
    """Yield every comparison of engines on a study, at the parameters' means.

    Parameters
    ----------
    study, scenario
        What is followed, and how it is called.
    asked
        About the engines that follow patients one by one.

    Raises
    ------
    InputError
        Where numbers of patients, seed or jobs are not sensible, or there are too many for memory.
    """
    for pair in COMPARISONS:
        if why := pair.cannot(study):
            yield Compared(scenario=scenario, engines=pair.name, result="not compared", why=why)
        else:
            yield from pair.compare(study, scenario, asked)


@dataclass(frozen=True)
class Agreement:
    """What the comparisons of one scenario come to.

    Attributes
    ----------
    scenario
        Its name.
    made, passed, failed, inconclusive
        How many of those that must agree.
    largest_z
        The largest |z| of those that agree within error (NaN: none).
    largest_relative
        The largest relative difference of those that must be equal (NaN: none).
    qalys, costs
        The least and the most by which QALYs and costs of a strategy differ where that is reported.
    not_compared
        The comparisons that could not be made, and why.
    """

    scenario: str
    made: int
    passed: int
    failed: int
    inconclusive: int
    largest_z: float
    largest_relative: float
    qalys: tuple[float, float]
    costs: tuple[float, float]
    not_compared: tuple[tuple[str, str], ...]


def agreement_of(scenario: str, compared: Iterable[Compared]) -> Agreement:
    """Sum up the comparisons of one scenario."""
    rows = list(compared)
    results = [row.result for row in rows if row.result not in ("reported", "not compared")]
    return Agreement(
        scenario=scenario,
        made=len(results),
        passed=results.count("pass"),
        failed=results.count("fail"),
        inconclusive=results.count("inconclusive"),
        largest_z=_largest(row.z for row in rows if row.expected == "equal within error"),
        largest_relative=_largest(row.relative_difference for row in rows if row.expected == "equal"),
        qalys=_range(rows, QALYS),
        costs=_range(rows, COSTS),
        not_compared=tuple((row.engines, row.why) for row in rows if row.result == "not compared"),
    )


def _largest(numbers: Iterable[float]) -> float:
    """Return the largest size; infinite ones count, those that are not there do not."""
    return max((abs(number) for number in numbers if not np.isnan(number)), default=NAN)


def _range(rows: Iterable[Compared], quantity: str) -> tuple[float, float]:
    found = [row.difference for row in rows if row.expected == "reported" and row.quantity == quantity]
    return (min(found), max(found)) if found else (NAN, NAN)


def _patients_against_cohort(study: Study, scenario: str, asked: Asked) -> Iterator[Compared]:
    """Yield V61: totals, occupancy and events of patients against the cohort's."""
    rows = compare_patients_with_cohort(
        study, scenario=scenario, n_patients=asked.n_patients, seed=asked.seed, jobs=asked.jobs
    )
    for row in rows:
        yield _of_patients(row)


def _of_patients(row: Comparison) -> Compared:
    return Compared(
        scenario=row.scenario,
        engines=PATIENTS,
        subject=row.strategy,
        quantity=row.quantity,
        reference=row.cohort,
        other=row.patients,
        standard_error=row.standard_error,
        z=row.z,
        as_set=row.as_set,
        expected="equal within error",
        result=row.result,
    )


def _not_exponential(study: Study) -> str:
    """Say why patients cannot be followed, where they cannot."""
    family = phased_relapse(study)
    return f"{family} relapse" if family else ""


def _partitioned(study: Study, scenario: str, _: Asked) -> Iterator[Compared]:
    """Yield V62: partitioned survival against the cohort."""
    for row in partitioned_against_cohort(study):
        yield _of_partitioned(row, scenario)


def _of_partitioned(row: EngineComparison, scenario: str) -> Compared:
    result: Result = "fail" if not row.passed else "reported" if row.expected == "reported" else "pass"
    return Compared(
        scenario=scenario,
        engines=PARTITIONED,
        subject=row.name,
        quantity=row.quantity,
        reference=row.cohort,
        other=row.partitioned,
        expected=row.expected,
        result=result,
    )


def _clinic(study: Study, scenario: str, asked: Asked) -> Iterator[Compared]:
    """Yield V61: histories in a clinic with places enough against those of the patients engine."""
    n_patients = min(asked.n_patients, ENOUGH)
    for row in compare_clinic_with_patients(study, scenario=scenario, n_patients=n_patients, seed=asked.seed):
        result: Result = "pass" if row.passed else "fail"
        for quantity, reference, other in (
            ("stays of patients", row.stays, row.stays - row.unlike),
            ("largest difference in the time of a stay, years", 0.0, row.largest),
        ):
            yield Compared(
                scenario=scenario,
                engines=CLINIC,
                subject=row.strategy,
                quantity=quantity,
                reference=reference,
                other=other,
                result=result,
            )


PATIENTS, PARTITIONED = "patients against cohort", "partitioned survival against cohort"
CLINIC = "clinic against patients"
COMPARISONS = (
    EnginePair(PATIENTS, "V61", _patients_against_cohort, _not_exponential),
    EnginePair(CLINIC, "V61", _clinic, _not_exponential),
    EnginePair(PARTITIONED, "V62", _partitioned),
)
