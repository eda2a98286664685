"""Run folders: written beside, renamed when complete, the manifest last."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import remit
from remit.errors import InputError, Problem, RemitError
from remit.files.loaded import Loaded
from remit.files.places import public_name
from remit.files.provenance import command_words, machine
from remit.files.results import MANIFEST, Rendered, digest, digests, read_manifest, save_figure, save_table
from remit.files.yaml_out import yaml_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class RunFolder:
    """A run being written: everything goes into a folder beside, which is renamed when complete.

    ``replaces`` tells that a finished run at ``target`` gives way.
    """

    target: Path
    identity: dict[str, Any]
    replaces: bool = False
    started: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    _beside: Path | None = None

    @property
    def beside(self) -> Path:
        """The folder that is written to."""
        if self._beside is None:
            beside = self.target.parent / f".{self.target.name}.{os.getpid()}.partial"
            for left in (beside, *_left_behind(self.target)):
                shutil.rmtree(left, ignore_errors=True)
            self._beside = beside
            beside.mkdir(parents=True)
        return self._beside

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Leave nothing half-written, whatever happens inside.

        Raises
        ------
        InputError
            Where the folder cannot be written.
        """
        try:
            yield
        except OSError as error:
            raise writing_failed(error) from error
        finally:
            if self._beside is not None:  # gone already where the run was finished
                shutil.rmtree(self._beside, ignore_errors=True)

    def write_inputs(self, loaded: Loaded) -> None:
        """Keep the resolved study and every file that it was read from."""
        folder = self._folder("inputs")
        (folder / "resolved.yaml").write_text(yaml_text(loaded.resolved), encoding="utf-8")
        for file in loaded.files:
            copy = folder / "files" / public_name(file)
            while copy.exists():  # two files elsewhere may have the same name
                copy = copy.with_stem(f"{copy.stem}-again")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a result as CSV, or as parquet where the name says so."""
        save_table(self._folder("results") / name, table)

    def write_figure(self, name: str, rendered: Rendered) -> None:
        """Write a figure, given as the content of each of its files by ending."""
        save_figure(self._folder("figures"), name, rendered)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Keep how many seconds a stage took."""
        since = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - since, 3)

    def finish(self, command: Iterable[str], drawing: Mapping[str, Any]) -> Path:
        """Write the manifest, move the folder to its place and return it.

        Parameters
        ----------
        command
            The words after ``remit``.
        drawing
            What the figures say about the study, so that they can be drawn again.

        Raises
        ------
        InputError
            Where another run came to stand there meanwhile.
        """
        manifest = {
            "command": ["remit", *command_words(command)],
            **self.identity,
            **machine(),
            "drawing": dict(drawing),
            "sha256": digests(self.beside),
            "seconds": {**self.seconds, "total": round(time.perf_counter() - self.started, 3)},
        }
        with (self.beside / MANIFEST).open("w", encoding="utf-8") as stream:
            json.dump(manifest, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        self._move()
        return self.target

    def _move(self) -> None:
        old = self.target.parent / f".{self.target.name}.{os.getpid()}.old"
        if _is_empty(self.target):
            self.target.rmdir()
        elif self.target.exists():
            if not self.replaces:
                raise InputError(Problem("another run was finished here meanwhile", str(self.target)))
            self.target.rename(old)
        try:
            self.beside.rename(self.target)
        except OSError:
            if old.exists():
                old.rename(self.target)
            raise
        shutil.rmtree(old, ignore_errors=True)

    def _folder(self, name: str) -> Path:
        folder = self.beside / name
        folder.mkdir(exist_ok=True)
        return folder


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
    inputs = _identity(loaded, options)
    identity = {
        "kind": kind,
        "scenario": loaded.name,
        "title": loaded.study.title,
        "inputs": inputs,
        **options,
    }
    label = f"{_safe(name or loaded.name)}-{inputs[:7]}"
    target = Path(out) if out is not None else Path("runs") / f"{date.today().isoformat()}-{label}"
    try:
        same = target if _is_finished(target, inputs) else None
        if same is None and out is None:
            same = _search(label, inputs)
        if same is None:
            _check_target(target, force=force)
    except OSError as error:  # a name too long, a folder that may not be read
        raise writing_failed(error) from None
    return RunFolder(same or target, identity, replaces=force), (None if force else same)


def writing_failed(error: OSError) -> RemitError:
    """Return the error to raise where a folder cannot be written."""
    reason = " ".join((error.strerror or str(error)).lower().split())
    return InputError(
        Problem(f"cannot write: {reason}", error.filename, hint="nothing was left half-written")
    )


def _identity(loaded: Loaded, options: Mapping[str, Any]) -> str:
    """Return the hash of everything that the results depend on."""
    text = json.dumps([loaded.resolved, dict(options)], default=str)
    bodies = [file.read_bytes() for file in loaded.files]
    return digest(b"\0".join([text.encode(), remit.__version__.encode(), *bodies]))


def _check_target(target: Path, *, force: bool) -> None:
    if (target / MANIFEST).is_file():
        if not force:
            raise InputError(
                Problem("this folder holds another run", str(target), hint="--force replaces it")
            )
    elif target.exists() and not _is_empty(target):
        rule = "this is not an empty folder, nor a run of remit"
        raise InputError(Problem(rule, str(target), hint="choose another --out"))


def _left_behind(target: Path) -> Iterator[Path]:
    """Yield what killed processes of this machine left of the same run."""
    for folder in target.parent.glob(f".{target.name}.*.partial"):
        number = folder.name.split(".")[-2]
        if Path("/proc/self").exists() and number.isdigit() and not Path("/proc", number).exists():
            yield folder


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())


def _is_finished(folder: Path, inputs: str) -> bool:
    try:
        return read_manifest(folder).get("inputs") == inputs
    except InputError:
        return False


def _search(label: str, inputs: str) -> Path | None:
    found = sorted(Path("runs").glob(f"*-{label}"), reverse=True)
    return next((folder for folder in found if _is_finished(folder, inputs)), None)


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:100] or "study"
