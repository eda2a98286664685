"""`remit check`: are the YAML files sound?"""

from __future__ import annotations

from remit.commands.screen import say
from remit.errors import InputError, Problem
from remit.files.places import params_folder, scenario_file
from remit.files.studies import read_study
from remit.files.sweeps import read_sweep


def check_files(path: str | None) -> None:
    """Check one scenario, or all scenarios and sweeps of the params folder.

    Raises
    ------
    InputError
        With every mistake in all of the files.
    """
    if path is not None:
        loaded = read_study(path, solve=False)
        say(f"{scenario_file(path)}: sound ({len(loaded.files)} files, {len(loaded.study.parameters)} parameters)")
        return
    params = params_folder()
    scenarios = [params / "base.yaml", *sorted((params / "scenarios").glob("*.yaml"))]
    sweeps = sorted((params / "sweeps").glob("*.yaml"))
    problems: dict[Problem, None] = {}
    for file in (*scenarios, *sweeps):
        try:
            if file in sweeps:
                read_sweep(file)
            else:
                read_study(str(file), solve=False)
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(problems)
    say(f"{params}: sound ({len(scenarios)} scenarios, {len(sweeps)} sweeps)")
