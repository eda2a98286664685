"""Where the params folder is, which file a name stands for, and what a file is called in records."""

from __future__ import annotations

from pathlib import Path

import remit
from remit.errors import InputError, Problem, nearest


def params_folder() -> Path:
    """Return ``params`` of the working directory, else the copy that came with the package.

    Raises
    ------
    InputError
        Where there is neither.
    """
    package = Path(remit.__file__).resolve().parent
    for folder in (Path("params"), package / "params", package.parents[1] / "params"):
        if (folder / "base.yaml").is_file():
            return folder
    raise InputError(
        Problem("no params folder here and none with the package", hint="run remit in the project")
    )


def scenario_file(name: str | None) -> Path:
    """Return the file of a scenario: a path, a name in ``params/scenarios``, or the base case.

    Raises
    ------
    InputError
        Where there is no such scenario, with the nearest name.
    """
    params = params_folder()
    if name is None or name == "base":
        return params / "base.yaml"
    return _find(name, params / "scenarios", "scenario", ["base"])


def scenario_names() -> list[str]:
    """Return the names of the scenarios in ``params/scenarios``."""
    return sorted(path.stem for path in (params_folder() / "scenarios").glob("*.yaml"))


def sweep_file(name: str) -> Path:
    """Return the file of a sweep: a path, or a name in ``params/sweeps``.

    Raises
    ------
    InputError
        Where there is no such sweep, with the nearest name.
    """
    return _find(name, params_folder() / "sweeps", "sweep", [])


def partitioned_file(name: str) -> Path:
    """Return the file of a published partitioned model: a path, or a name in ``params/partitioned``.

    Raises
    ------
    InputError
        Where there is no such file, with the nearest name.
    """
    return _find(name, params_folder() / "partitioned", "published partitioned model", [])


def clinic_file(name: str) -> Path:
    """Return the file of a clinic: a path, or a name in ``params/clinics``.

    Raises
    ------
    InputError
        Where there is no such clinic, with the nearest name.
    """
    return _find(name, params_folder() / "clinics", "clinic", [])


def public_name(file: Path) -> str:
    """Return what a file is called in records: nothing of the folders of this machine.

    Files of the params folder begin with ``params/``, others of the working directory stand relative to
    it, and of a file elsewhere the name alone is kept.
    """
    path = file.resolve()
    for folder, prefix in ((params_folder().resolve(), Path("params")), (Path.cwd().resolve(), Path())):
        if path.is_relative_to(folder):
            return (prefix / path.relative_to(folder)).as_posix()
    return f"elsewhere/{path.name}"


def _find(name: str, folder: Path, kind: str, more: list[str]) -> Path:
    if name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name:
        return Path(name)
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        hint = nearest(name, [*more, *known]) or f"known: {', '.join([*more, *known])}"
        raise InputError(Problem(f"there is no {kind} {name!r}", hint=hint))
    return folder / f"{name}.yaml"
