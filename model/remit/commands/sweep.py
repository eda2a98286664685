"""`remit sweep`: a grid, evaluated point by point, into a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from remit.analysis.sweep import MOST_POINTS, SweptPoint, run_sweep
from remit.commands.screen import console, say, stage
from remit.errors import InputError, Problem
from remit.files.places import sweep_file
from remit.files.runs import RunFolder, plan_run
from remit.files.sweeps import LoadedSweep, read_sweep
from remit.report.context import context_of, context_to
from remit.report.tables import sweep_table
from remit.study import Study


def run_sweep_file(
    name: str,
    *,
    draws: int | None,
    jobs: int | None,
    out: str | None,
    yes: bool,
    force: bool,
    command: list[str],
) -> Path:
    """Run a sweep and return its run folder.

    Raises
    ------
    InputError
        Where the file is wrong, a point is not allowed, or the grid is very large and not confirmed.
    """
    read = read_sweep(sweep_file(name))
    if read.sweep.n_points > MOST_POINTS and not yes:
        raise InputError(
            Problem(f"the grid has {read.sweep.n_points:,} points", hint="--yes runs it all the same")
        )
    n_draws = read.sweep.draws if draws is None else draws
    options = {"seed": read.loaded.study.psa.seed, "draws": n_draws}
    folder, finished = plan_run(
        read.loaded, kind="sweep", options=options, out=out, force=force, name=read.file.stem
    )
    if finished is not None:
        say(f"This sweep is finished already: {finished} (--force repeats it)")
        return finished
    with folder.writing():
        folder.write_inputs(read.loaded)
        with folder.timed("points"):
            points = _points(read, n_draws, jobs or 1)
        drawing = _write(folder, read, points)
        folder.finish(command, drawing)
    say(f"{read.sweep.title}: {len(points)} points")
    say(f"Run folder: {folder.target}")
    return folder.target


def _points(read: LoadedSweep, n_draws: int, jobs: int) -> list[SweptPoint]:
    """Evaluate the grid with a progress bar on a terminal, and a plain line now and then otherwise."""
    from rich.progress import track

    out = console(stderr=True)
    total = read.sweep.n_points
    pieces = run_sweep(read.sweep, read.study_at, n_draws=n_draws, jobs=jobs)
    if out.is_terminal:
        return list(track(pieces, description=read.sweep.title, total=total, console=out))
    points = []
    for point in pieces:
        points.append(point)
        if len(points) == total or len(points) % max(total // 10, 1) == 0:
            out.print(f"{read.sweep.title}: {len(points)} of {total} points")
    return points


def _write(folder: RunFolder, read: LoadedSweep, points: list[SweptPoint]) -> dict[str, Any]:
    """Write tables and figures, and return what the figures need to be drawn again."""
    from remit.report.figures.sweep import sweep_figures
    from remit.report.render import render

    table = sweep_table(points)
    folder.write_table("sweep.parquet", table)
    folder.write_table("sweep.csv", table)
    axes = {axis.name: _title(read.loaded.study, axis.name) for axis in read.sweep.axes}
    context, plot = context_of(read.loaded.study), read.plot
    with folder.timed("figures"), stage(f"{read.sweep.title}: figures"):
        for name, figure in sweep_figures(table, axes, plot.strategy, plot.values, context):
            folder.write_figure(name, render(figure))
    sweep = {"axes": axes, "strategy": plot.strategy, "values": list(plot.values)}
    return {"context": context_to(context), "sweep": sweep}


def _title(study: Study, axis: str) -> str:
    """Return what an axis is called in a figure, with its unit."""
    if axis in study.parameters:
        parameter = study.parameters[axis]
        return f"{parameter.title} ({parameter.unit})"
    words = axis.removeprefix("settings.").replace("_", " ")
    return words[:1].upper() + words[1:]
