"""A study as it was read from its files, with what is needed to trace and repeat it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remit.files.analyses import Analyses
from remit.files.decisions import Decision
from remit.files.evidence import Evidence
from remit.files.headers import Calibrating
from remit.inputs.published import Published
from remit.inputs.targets import Target
from remit.study import Study


@dataclass(frozen=True)
class Loaded:
    """A study with what is needed to trace and repeat it.

    ``resolved`` is all data as finally set, ``files`` every file read, ``origins`` the file and line
    behind each parameter, ``evidence`` what trials reported, ``targets`` what the model can be held
    against, ``calibration`` how the study is fitted to some of them and ``calibrates`` whether by its own
    file (else by one that it extends), ``beside`` scenarios whose results stand beside it, ``published``
    the result of another model in the same setting, for the same population, ``populations`` its population
    and those that it extends, ``analyses`` what a run asks beside the base case and PSA, ``decision`` how
    many patients there are and how they are treated (None: not known of this population), ``is_scenario``
    whether anything is set on top of a whole study.
    """

    study: Study
    name: str
    resolved: dict[str, Any]
    files: tuple[Path, ...]
    origins: dict[str, str]
    evidence: Evidence
    targets: dict[str, Target]
    calibration: Calibrating | None
    calibrates: bool
    beside: tuple[str, ...]
    published: Published | None
    populations: tuple[str, ...]
    analyses: Analyses
    decision: Decision | None
    is_scenario: bool

    @property
    def targets_shown(self) -> dict[str, Target]:
        """The targets on patients of this population or of one that it extends, and those on any."""
        own = (None, *self.populations)
        return {key: target for key, target in self.targets.items() if target.population in own}
