"""Run folders: written beside, renamed when complete, the manifest last."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import remit
from remit.errors import InputError, Problem, RemitError
from remit.files.studies import Loaded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "seaborn")
MANIFEST = "manifest.json"


@dataclass
class RunFolder:
    """A run being written: everything goes into a folder beside, which is renamed when complete."""

    target: Path
    identity: dict[str, Any]
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    _beside: Path | None = None

    @property
    def beside(self) -> Path:
        """The folder that is written to."""
        if self._beside is None:
            self._beside = self.target.parent / f".{self.target.name}.{os.getpid()}.partial"
            shutil.rmtree(self._beside, ignore_errors=True)
            self._beside.mkdir(parents=True)
        return self._beside

    def write_inputs(self, loaded: Loaded) -> None:
        """Keep the resolved study and every file that it was read from."""
        folder = self._folder("inputs")
        (folder / "resolved.yaml").write_text(resolved_text(loaded), encoding="utf-8")
        for file in loaded.files:
            name = "/".join(part for part in file.parts if part not in ("..", "/", "."))
            copy = folder / "files" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a result as CSV, or as parquet where the name says so."""
        path = self._folder("results") / name
        if path.suffix == ".parquet":
            table.to_parquet(path, index=False)
        else:
            table.to_csv(path, index=False, lineterminator="\n")

    def write_figure(self, name: str, figure: Figure) -> None:
        """Write a figure as png and svg."""
        folder = self._folder("figures")
        save_figure(folder, name, figure)

    def note(self, stage: str, since: float) -> None:
        """Keep how many seconds a stage took."""
        self.seconds[stage] = round(time.perf_counter() - since, 3)

    def finish(self, command: list[str], context: Mapping[str, Any]) -> Path:
        """Write the manifest, move the folder to its place and return it.

        Parameters
        ----------
        command
            The words after ``remit``.
        context
            What the figures say about the study, so that they can be drawn again.
        """
        results = self.beside / "results"
        manifest = {
            "command": ["remit", *command],
            **self.identity,
            **_machine(),
            "context": dict(context),
            "sha256": {
                str(path.relative_to(self.beside)): _digest(path.read_bytes())
                for folder in (self.beside / "inputs", results)
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
            "seconds": {**self.seconds, "total": round(time.perf_counter() - self.started, 3)},
        }
        path = self.beside / MANIFEST
        with path.open("w", encoding="utf-8") as stream:
            json.dump(manifest, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        old = None
        if self.target.exists():
            old = self.target.parent / f".{self.target.name}.{os.getpid()}.old"
            self.target.rename(old)
        self.beside.rename(self.target)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
        return self.target

    def discard(self) -> None:
        """Remove what was written so far."""
        if self._beside is not None:
            shutil.rmtree(self._beside, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        folder = self.beside / name
        folder.mkdir(exist_ok=True)
        return folder


def save_figure(folder: Path, name: str, figure: Figure) -> None:
    """Write a figure as png and svg, the same bytes for the same figure."""
    import matplotlib as mpl

    figure.savefig(folder / f"{name}.png", dpi=200, metadata={"Software": None})
    with mpl.rc_context({"svg.hashsalt": "remit", "svg.fonttype": "none"}):
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})


def redraw(folder: Path, figures: Iterable[tuple[str, Figure]]) -> int:
    """Write figures into a finished run, and return how many."""
    count = 0
    try:
        (folder / "figures").mkdir(exist_ok=True)
        for name, figure in figures:
            save_figure(folder / "figures", name, figure)
            count += 1
    except OSError as error:
        raise writing_failed(error) from error
    return count


def plan_run(
    loaded: Loaded,
    *,
    kind: str,
    options: Mapping[str, Any],
    out: str | None,
    force: bool,
    name: str | None = None,
) -> tuple[RunFolder, Path | None]:
    """Say where a run goes, and which finished run is the same.

    Parameters
    ----------
    loaded
        The study.
    kind
        What is run ("run", "sweep").
    options
        What else the results depend on: seed, draws, outputs.
    out
        The exact folder, or None for ``runs/<date>-<scenario>-<hash>``.
    force
        Whether a finished run may be replaced.
    name
        What the folder is called after, in place of the scenario.

    Returns
    -------
    folder, finished
        The folder to write, and the finished run of the same inputs, or None.

    Raises
    ------
    InputError
        Where the folder holds something that is not this run.
    """
    text = "\n".join([resolved_text(loaded), json.dumps(dict(options), sort_keys=True, default=str)])
    bodies = [file.read_bytes() for file in loaded.files]
    inputs = _digest(b"\0".join([text.encode(), remit.__version__.encode(), *bodies]))
    identity = {"kind": kind, "scenario": loaded.name, "title": loaded.study.title, "inputs": inputs, **options}
    label = f"{_safe(name or loaded.name)}-{inputs[:7]}"
    target = Path(out) if out is not None else Path("runs") / f"{date.today().isoformat()}-{label}"
    same = _finished(target, inputs) or (None if out else _search(label, inputs))
    if same is None and target.exists() and not (force and (target / MANIFEST).is_file()):
        if (target / MANIFEST).is_file():
            raise InputError(Problem("this folder holds another run", str(target), hint="--force replaces it"))
        if not target.is_dir() or any(target.iterdir()):
            rule = "this is not an empty folder, nor a run of remit"
            raise InputError(Problem(rule, str(target), hint="choose another --out"))
        target.rmdir()
    return RunFolder(same or target, identity), (None if force else same)


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
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(Problem(f"the manifest is damaged: {error}", str(path))) from None
    return manifest


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Return a result of a run."""
    import pandas as pd

    path = folder / "results" / name
    if not path.is_file():
        raise InputError(Problem("the run has no such result", str(path)))
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def resolved_text(loaded: Loaded) -> str:
    """Return the resolved study as YAML."""
    return yaml.safe_dump(loaded.resolved, sort_keys=False, allow_unicode=True, width=110)


def writing_failed(error: OSError) -> RemitError:
    """Return the error to raise where a folder cannot be written."""
    reason = (error.strerror or str(error)).lower()
    return InputError(Problem(f"cannot write: {reason}", error.filename, hint="nothing was left half-written"))


def _finished(folder: Path, inputs: str) -> Path | None:
    try:
        return folder if read_manifest(folder).get("inputs") == inputs else None
    except InputError:
        return None


def _search(label: str, inputs: str) -> Path | None:
    found = sorted(Path("runs").glob(f"*-{label}"), reverse=True)
    return next((folder for folder in found if _finished(folder, inputs)), None)


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "study"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _machine() -> dict[str, Any]:
    return {
        "remit": remit.__version__,
        **_commit(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "packages": {name: version(name) for name in PACKAGES},
    }


def _commit() -> dict[str, Any]:
    """Return the commit of the source tree, where remit runs from one."""
    tree = Path(remit.__file__).resolve().parents[2]
    git = shutil.which("git")
    if git is None or not (tree / ".git").exists():
        return {"commit": None, "dirty": None}

    def ask(*words: str) -> str | None:
        done = subprocess.run([git, "-C", str(tree), *words], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        return done.stdout.strip() if done.returncode == 0 else None

    status = ask("status", "--porcelain", "--untracked-files=no")
    return {"commit": ask("rev-parse", "HEAD"), "dirty": None if status is None else bool(status)}
