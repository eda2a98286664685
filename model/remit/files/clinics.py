"""Clinics from YAML, with the study whose patients come to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from remit.analysis.clinic.plan import ClinicPlan
from remit.errors import InputError
from remit.files.catalogue import read_catalogue
from remit.files.clinic_checks import check_clinic, check_study
from remit.files.clinic_file import read_plan
from remit.files.layers import Place
from remit.files.loaded import Loaded
from remit.files.places import clinic_file, params_folder
from remit.files.reader import Reader
from remit.files.studies import read_study

SCENARIO = "scenario"


@dataclass(frozen=True)
class LoadedClinic:
    """A clinic, its file, and the study whose patients come to it.

    ``loaded.files`` holds the clinic's own files too: the ones that it extends, and its arrivals.
    """

    plan: ClinicPlan
    file: Path
    loaded: Loaded


def read_clinic(
    name: str,
    *,
    scenario: str | None = None,
    others: Iterable[str] = (),
    settings: Iterable[str] = (),
    posterior: bool = True,
) -> LoadedClinic:
    """Read a clinic and the scenario that it is in.

    Parameters
    ----------
    name
        A path, or a name in ``params/clinics``.
    scenario
        In place of the one that the clinic names.
    others, settings
        As for :func:`remit.files.studies.read_study`.
    posterior
        Whether to read posteriors; checking alone does not need them.

    Raises
    ------
    InputError
        With every mistake in the clinic's files, or in those of its study.
    """
    reader, file = Reader(), clinic_file(name)
    plan, where = read_plan(file, reader)
    if plan is None:
        raise InputError(reader.sorted_problems())
    if scenario is not None:
        plan = replace(plan, scenario=scenario)
    named_at = where((SCENARIO,)) if scenario is None else None
    loaded = _study_of(plan.scenario, named_at, reader, others, settings, posterior=posterior)
    check_study(loaded.study, plan.scenario, named_at, reader)
    check_clinic(plan, loaded, read_catalogue(params_folder()), where, reader)
    reader.stop_if_broken()
    files = tuple(dict.fromkeys([*loaded.files, *reader.files]))
    return LoadedClinic(plan, file, replace(loaded, files=files))


def _study_of(
    scenario: str,
    named_at: Place | None,
    reader: Reader,
    others: Iterable[str],
    settings: Iterable[str],
    *,
    posterior: bool,
) -> Loaded:
    """Return the study of a clinic; an unknown scenario is told where the clinic names it."""
    try:
        return read_study(scenario, others=others, settings=settings, posterior=posterior)
    except InputError as error:
        reader.problems += [
            replace(problem, file=named_at[0], line=named_at[1], key=SCENARIO)
            if named_at and not problem.file and not problem.key
            else problem
            for problem in error.problems
        ]
        raise InputError(reader.sorted_problems()) from None
