"""The same study under other posteriors, shown beside its own: an anchored result never stands alone."""

from __future__ import annotations

from dataclasses import replace

from remit.errors import InputError
from remit.files.loaded import Loaded
from remit.files.studies import read_study
from remit.settings import Plan


def read_companions(loaded: Loaded, plan: Plan, scenario: str | None, others: tuple[str, ...],
                    settings: tuple[str, ...]) -> list[Loaded]:  # fmt: skip
    """Read the study again with each of the posteriors that stand beside its own.

    What was set on top stays. A study with a calibration of its own stands beside those of its root study.

    Raises
    ------
    InputError
        Where a posterior is missing or does not belong.
    """
    found = []
    for name in loaded.beside:
        try:
            other = read_study(scenario, others=(*others, name), settings=settings)
        except InputError as error:
            if not any("two scenarios cannot set the same key" in p.rule for p in error.problems):
                raise
            if name == scenario or others or settings:
                continue
            other = read_study(name)
        if _posterior(other) != _posterior(loaded):
            title = read_study(name, posterior=False).study.title
            found.append(replace(other, name=name, study=replace(other.study, psa=plan, title=title)))
    return found


def _posterior(loaded: Loaded) -> str | None:
    return loaded.calibration.posterior if loaded.calibration else None
