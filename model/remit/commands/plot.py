"""`remit plot`: draw the figures of a finished run again, from its own results and inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.commands.screen import say, stage
from remit.errors import InputError, Problem
from remit.files.results import MANIFEST, Rendered, read_results, redraw
from remit.files.runs import writing_failed
from remit.report.clinic_drawing import clinic_drawing_from
from remit.report.context import context_from
from remit.report.sweep_drawing import sweep_drawing_from

if TYPE_CHECKING:
    import pandas as pd


def plot_run(name: str) -> None:
    """Redraw the figures of a run or sweep folder.

    Raises
    ------
    InputError
        Where the folder is no finished run, is damaged, or cannot be written.
    """
    folder = Path(name)
    manifest, results = read_results(folder)
    try:
        with stage("figures"):
            count = redraw(folder, _figures(folder, manifest.get("drawing", {}), results))
    except OSError as error:
        raise writing_failed(error) from error
    say(f"{count} figures drawn in {folder / 'figures'}")


def _figures(
    folder: Path, drawing: dict[str, Any], results: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[str, Rendered]]:
    from remit.report.figures.clinic_figures import clinic_figures
    from remit.report.figures.run_figures import draw
    from remit.report.figures.sweep import sweep_figures
    from remit.report.render import render

    try:
        context = context_from(drawing["context"])
        sweep = sweep_drawing_from(drawing["sweep"]) if drawing.get("sweep") else None
        clinic = clinic_drawing_from(drawing["clinic"]) if drawing.get("clinic") else None
    except (TypeError, KeyError):
        rule = "the manifest does not say what its figures are about: it is damaged, or of another version"
        raise InputError(Problem(rule, str(folder / MANIFEST))) from None
    if clinic is not None:
        figures = clinic_figures(results, clinic, context)
    elif sweep is not None:
        figures = sweep_figures(results, sweep, context)
    else:
        figures = draw(results, context)
    for name, figure in figures:
        yield name, render(figure)
