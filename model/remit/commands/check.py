"""`remit check`: whether the YAML files are sound."""

from __future__ import annotations

from pathlib import Path

from remit.commands.screen import say
from remit.errors import InputError, Problem
from remit.files.places import params_folder, scenario_file
from remit.files.reader import in_order
from remit.files.studies import read_study
from remit.files.sweeps import read_sweep


def check_files(path: str | None) -> None:
    """Check one scenario or sweep, or all of the params folder.

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
    problems: list[Problem] = []
    for file in (*scenarios, *sweeps):
        try:
            _check(file)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(in_order(problems))
    say(f"{params}: sound ({len(scenarios)} scenarios, {len(sweeps)} sweeps)")


def _check(file: Path) -> None:
    if file.parent.name == "sweeps":
        read_sweep(file, posterior=False)
    else:
        read_study(str(file), posterior=False, everything=True)
