"""Where the params folder is, and which file a scenario's name stands for."""

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
    raise InputError(Problem("no params folder here and none with the package", hint="run remit in the project"))


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


def sweep_file(name: str) -> Path:
    """Return the file of a sweep: a path, or a name in ``params/sweeps``."""
    return _find(name, params_folder() / "sweeps", "sweep", [])


def _find(name: str, folder: Path, kind: str, more: list[str]) -> Path:
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return Path(name)
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        hint = nearest(name, [*known, *more]) or f"known: {', '.join([*more, *known])}"
        raise InputError(Problem(f"no such {kind}", key=name, hint=hint))
    return folder / f"{name}.yaml"
