"""What stands in a finished run: its manifest, tables and figures, and whether they are as they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
Rendered = Mapping[str, bytes]  # a figure: file ending -> content
# A spreadsheet takes a text that begins so for a formula.
FORMULA = ("=", "+", "-", "@")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a finished run.

    Raises
    ------
    InputError
        Where there is none, or it cannot be read.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(Problem("no finished run here: it has no manifest.json", str(folder)))
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(Problem(f"the manifest is damaged: {error}", str(path))) from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("sha256"), dict):
        raise InputError(Problem("the manifest is damaged: it is not one of remit", str(path)))
    return manifest


def read_results(folder: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """Return the manifest of a finished run and its tables, by file name.

    Raises
    ------
    InputError
        Where there is no finished run, or with every file that changed since.
    """
    manifest = read_manifest(folder)
    kept = {name: value for name, value in manifest["sha256"].items() if name.startswith("results/")}
    found = digests(folder)
    problems = [
        Problem("changed since the run was finished" if name in found else "missing", str(folder / name))
        for name, value in kept.items()
        if found.get(name) != value
    ]
    if problems:
        raise InputError(problems)
    return manifest, {Path(name).name: read_table(folder, Path(name).name) for name in kept}


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Return a result of a run.

    Raises
    ------
    InputError
        Where the run has no such result.
    """
    import pandas as pd

    path = folder / "results" / name
    if not path.is_file():
        raise InputError(Problem("the run has no such result", str(path)))
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def save_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, or as parquet where the path says so."""
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
        return
    texts = table.select_dtypes(include=["object", "string"]).columns
    table.assign(**{str(name): table[name].map(_no_formula) for name in texts}).to_csv(
        path, index=False, lineterminator="\n"
    )


def save_figure(folder: Path, name: str, rendered: Rendered) -> None:
    """Write a figure, a file for each ending."""
    for ending, content in rendered.items():
        (folder / f"{name}.{ending}").write_bytes(content)


def redraw(folder: Path, figures: Iterable[tuple[str, Rendered]]) -> int:
    """Write figures into a finished run, all of them or none, and return how many.

    Raises
    ------
    OSError
        Where they cannot be written.
    """
    from tempfile import TemporaryDirectory

    target = folder / "figures"
    target.mkdir(exist_ok=True)
    count = 0
    with TemporaryDirectory(dir=folder, prefix=".figures.") as beside:
        for name, rendered in figures:
            save_figure(Path(beside), name, rendered)
            count += 1
        for file in sorted(Path(beside).iterdir()):
            file.replace(target / file.name)
    return count


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file among the inputs and results of a run, by its path in the folder."""
    return {
        path.relative_to(folder).as_posix(): digest(path.read_bytes())
        for part in ("inputs", "results")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


def digest(content: bytes) -> str:
    """Return the sha256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) and len(value) > 1 else value
