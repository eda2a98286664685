"""Finished stages of a calibration, kept so that an interrupted one can go on."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import numpy as np

from remit.analysis.calibration.sampler import Stage
from remit.errors import InputError, Problem

NUMBERS = ("number", "power", "ess", "last", "log_evidence")
ARRAYS = ("scores", "predictions", "directions", "weights")


class StageFolder:
    """Where the stages of one calibration are kept: its name and inputs are in the folder's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, stage: Stage) -> None:
        """Write a finished stage, whole or not at all.

        Raises
        ------
        OSError
            Where the folder cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f".{stage.number}.{os.getpid()}.partial"
        with beside.open("wb") as stream:
            arrays = {name: getattr(stage, name) for name in ARRAYS}
            numbers = {name: getattr(stage, name) for name in NUMBERS}
            np.savez(stream, **numbers, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file(stage.number))

    def kept(self) -> list[Stage]:
        """Return the stages that are there, in order, up to the first that is missing.

        Raises
        ------
        InputError
            Where one of them is damaged.
        """
        stages: list[Stage] = []
        while (file := self._file(len(stages))).is_file():
            try:
                with file.open("rb") as stream, np.load(stream) as found:
                    arrays = {name: found[name] for name in ARRAYS}
                    numbers = {name: found[name].item() for name in NUMBERS}
                    stages.append(_whole(Stage(**numbers, **arrays)))
            except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
                hint = "without --resume the calibration begins anew"
                raise InputError(Problem("this stage is damaged", str(file), hint=hint)) from None
        return stages

    def clear(self) -> None:
        """Forget all stages."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file(self, number: int) -> Path:
        return self.folder / f"stage-{number:02d}.npz"


def _whole(stage: Stage) -> Stage:
    """Return a stage, if its parts fit together.

    Raises
    ------
    ValueError
        Where they do not.
    """
    draws = stage.weights.size
    fitting = stage.scores.shape[1] == stage.predictions.shape[1] == draws
    finite = bool(np.all(np.isfinite(stage.scores)) and np.all(np.isfinite(stage.weights)))
    if not fitting or not finite or abs(float(np.sum(stage.weights)) - 1) > 1e-9:
        raise ValueError("the parts of a stage do not fit together")
    return stage
