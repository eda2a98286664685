"""`remit check`: whether the YAML files are sound."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from remit.commands.fit import clean_file
from remit.commands.screen import say
from remit.errors import InputError, Problem
from remit.files.catalogue import read_catalogue
from remit.files.claims import read_claims
from remit.files.clinics import read_clinic
from remit.files.decisions import read_decision
from remit.files.digitised import read_curves, read_listed
from remit.files.layers import Layers
from remit.files.loaded import Loaded
from remit.files.partitioned import read_cited_structure
from remit.files.places import params_folder, scenario_file
from remit.files.posteriors import check_posterior, posterior_file
from remit.files.reader import Reader, in_order
from remit.files.research import read_research
from remit.files.studies import read_study, targets_of
from remit.files.sweeps import read_sweep


def check_files(path: str | None) -> None:
    """Check one scenario, sweep, clinic or published partitioned model, or all of the params folder.

    Raises
    ------
    InputError
        With every mistake in all of the files.
    """
    if path is not None:
        file = scenario_file(path)
        _check(file)
        say(f"{file}: sound")
        return
    params = params_folder()
    scenarios = [params / "base.yaml", *sorted((params / "scenarios").glob("*.yaml"))]
    sweeps = sorted((params / "sweeps").glob("*.yaml"))
    clinics = sorted((params / "clinics").glob("*.yaml"))
    structures = sorted((params / "partitioned").glob("*.yaml"))
    problems: list[Problem] = []
    for file in (*scenarios, *sweeps, *clinics, *structures):
        try:
            _check(file)
        except InputError as error:
            problems += error.problems
    problems += _problems_of_decisions(params)
    problems += _problems_of_curves(params / "evidence", read_catalogue(params).sources)
    try:
        claims = read_claims(posterior=False).claims
        designs = read_research(read_study(posterior=False).study)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(in_order(problems))
    counts = f"{len(scenarios)} scenarios, {len(sweeps)} sweeps, {len(clinics)} clinics, {len(claims)} claims"
    say(
        f"{params}: sound ({counts}, {len(designs)} research designs, "
        f"{len(structures)} published partitioned model{'' if len(structures) == 1 else 's'})"
    )


def _check(file: Path) -> None:
    if file.parent.name == "sweeps":
        read_sweep(file, posterior=False)
    elif file.parent.name == "clinics":
        read_clinic(str(file), posterior=False)
    elif file.parent.name == "partitioned":
        read_cited_structure(str(file), posterior=False)
    else:
        _say_stale(read_study(str(file), posterior=False, everything=True))


def _say_stale(loaded: Loaded) -> None:
    """Say of a scenario with a calibration of its own that its posterior has to be made anew."""
    if loaded.calibration is None or not loaded.calibrates:
        return
    path = posterior_file(params_folder(), loaded.calibration.posterior)
    try:
        targets = targets_of(loaded.targets, loaded.calibration)
        check_posterior(path, loaded.study, targets, f"remit calibrate {loaded.name}")
    except InputError as error:
        say(f"To do: {error}")


def _problems_of_decisions(params: Path) -> list[Problem]:
    """Return what is wrong with the decision files, also with those that no study names."""
    reader = Reader()
    for path in sorted((params / "decisions").glob("*.yaml")):
        read_decision(path.stem, params, read_catalogue(params), Layers(), reader)
    return reader.problems


def _problems_of_curves(folder: Path, sources: Collection[str]) -> list[Problem]:
    """Return what is wrong with the digitised curves."""
    reader = Reader()
    for curve in read_curves(folder, reader, sources=sources).values():
        path = folder / curve.file
        if not path.is_file():  # told already
            continue
        points = read_listed(folder, curve, reader)
        try:
            if points is not None:
                clean_file(points, path, curve.time_unit)
        except InputError as error:
            reader.problems += error.problems
    return reader.problems
