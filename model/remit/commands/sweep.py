"""`remit sweep`: a grid, evaluated point by point, into a run folder."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.analysis.sweep import MOST_POINTS, SweptPoint, run_sweep
from remit.commands.screen import console, say, stage
from remit.errors import InputError, Problem
from remit.files.places import sweep_file
from remit.files.runs import RunFolder, plan_run
from remit.files.sweeps import LoadedSweep, read_sweep
from remit.report.context import context_of, context_to
from remit.report.decision_map import (
    MapDrawing,
    cloud_table,
    drawing_to,
    map_drawing,
    map_in_words,
    turning_points_table,
)
from remit.report.tables import sweep_table
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

# Draws of the study's own PSA that are shown on a decision map.
CLOUD_DRAWS = 1000
Tables = dict[str, "pd.DataFrame"]


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
            points = _points(read, n_draws, jobs or _cores())
        drawn = _map_drawing(read, n_draws)
        results = _tables(read, points, drawn)
        for table_name, table in results.items():
            folder.write_table(table_name, table)
        folder.finish(command, _draw(folder, read, results, drawn))
    say(f"{read.sweep.title}: {len(points)} points")
    _say_map(read.loaded.study, results, drawn)
    say(f"Run folder: {folder.target}")
    return folder.target


def _points(read: LoadedSweep, n_draws: int, jobs: int) -> list[SweptPoint]:
    """Evaluate the grid with a progress bar on a terminal, and a plain line now and then otherwise."""
    from rich.progress import track

    out = console(stderr=True)
    total = read.sweep.n_points
    with closing(run_sweep(read.sweep, read.study_at, n_draws=n_draws, jobs=jobs)) as pieces:
        if out.is_terminal:
            return list(track(pieces, description=read.sweep.title, total=total, console=out))
        points = []
        for point in pieces:
            points.append(point)
            if len(points) == total or len(points) % max(total // 10, 1) == 0:
                out.print(f"{read.sweep.title}: {len(points)} of {total} points")
        return points


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _map_drawing(read: LoadedSweep, n_draws: int) -> MapDrawing | None:
    """Return what a decision map shows, where one is asked for."""
    if read.plot.kind != "decision_map":
        return None
    plot = read.plot
    return map_drawing(read.loaded.study, read.sweep, plot.strategy, plot.titles, n_draws=n_draws)


def _tables(read: LoadedSweep, points: list[SweptPoint], drawn: MapDrawing | None) -> Tables:
    table = sweep_table(points)
    results = {"sweep.parquet": table, "sweep.csv": table}
    if drawn is not None:
        results["cloud.csv"] = cloud_table(read.loaded.study, drawn, most=CLOUD_DRAWS)
        results["turning_points.csv"] = turning_points_table(table, drawn)
    return results


def _draw(folder: RunFolder, read: LoadedSweep, results: Tables, drawn: MapDrawing | None) -> dict[str, Any]:
    """Write the figures, and return what they need to be drawn again."""
    from remit.report.figures.sweep import sweep_figures
    from remit.report.render import render

    study, plot = read.loaded.study, read.plot
    axes = {axis.name: plot.titles.get(axis.name) or _title(study, axis.name) for axis in read.sweep.axes}
    sweep = {"axes": axes, "strategy": plot.strategy, "values": list(plot.values), "kind": plot.kind}
    sweep["map"] = drawing_to(drawn) if drawn is not None else None
    context = context_of(study)
    with folder.timed("figures"), stage(f"{read.sweep.title}: figures"):
        for name, figure in sweep_figures(results, sweep, context):
            folder.write_figure(name, render(figure))
    return {"context": context_to(context), "sweep": sweep}


def _say_map(study: Study, results: Tables, drawn: MapDrawing | None) -> None:
    if drawn is None:
        return
    for line in map_in_words(results["turning_points.csv"], drawn, context_of(study)):
        say(line)


def _title(study: Study, axis: str) -> str:
    """Return what an axis is called in a figure, with its unit."""
    if axis in study.parameters:
        parameter = study.parameters[axis]
        return f"{parameter.title} ({parameter.unit})"
    words = axis.removeprefix("settings.").replace("_", " ")
    return words[:1].upper() + words[1:]
