"""`remit sweep`: a study evaluated point by point, into a run folder."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.analysis.processes import cores
from remit.analysis.sweep import MOST_POINTS, Axis, SweptPoint, run_sweep
from remit.commands.memory import check_memory
from remit.commands.resuming import finished_points
from remit.commands.screen import say, stage
from remit.errors import InputError, Problem
from remit.files.kept_points import KeptPoints
from remit.files.places import sweep_file
from remit.files.runs import RunFolder, plan_run
from remit.files.sweep_checks import MOST_DRAWS
from remit.files.sweeps import LoadedSweep, read_sweep
from remit.report.context import context_of, context_to
from remit.report.decision_map import MapDrawing, cloud_table, map_drawing, map_in_words, turning_points_table
from remit.report.figures.style import Context
from remit.report.sweep_drawing import SweepAxis, SweepDrawing, sweep_axis, sweep_drawing_to, together
from remit.report.sweep_tables import sweep_table
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

# Draws of the study's own PSA that are shown on a decision map.
CLOUD_DRAWS = 1000
Tables = dict[str, "pd.DataFrame"]


@dataclass(frozen=True)
class SweepOptions:
    """What the command line asks for; None where it says nothing."""

    draws: int | None = None
    jobs: int | None = None
    out: str | None = None
    resume: bool = False
    yes: bool = False
    force: bool = False
    command: tuple[str, ...] = ()


def run_sweep_file(name: str, options: SweepOptions) -> Path:
    """Run a sweep and return its run folder.

    Raises
    ------
    InputError
        Where the file is wrong, a point is not allowed, the sweep is very large and not confirmed, its
        draws do not fit into memory, or another process runs it.
    """
    read = read_sweep(sweep_file(name))
    n_draws = read.sweep.draws if options.draws is None else options.draws
    jobs = options.jobs or cores()
    _check_size(read, n_draws, jobs, yes=options.yes)
    seeds = {"seed": read.loaded.study.psa.seed, "draws": n_draws}
    folder, finished = plan_run(
        read.loaded, kind="sweep", options=seeds, out=options.out, force=options.force, name=read.file.stem
    )
    if finished is not None:
        say(f"This sweep is finished already: {finished} (--force repeats it)")
        return finished
    kept = KeptPoints.of(read.file.stem, str(folder.identity["inputs"]))
    with folder.writing():
        with folder.timed("points"):
            points = _points(read, n_draws, jobs, kept, options)
        folder.write_inputs(read.loaded)
        drawing, context = _drawing(read, n_draws)
        results = _tables(read, points, drawing.map)
        for table_name, table in results.items():
            folder.write_table(table_name, table)
        with folder.timed("figures"), stage(f"{read.sweep.title}: figures"):
            _draw(folder, results, drawing, context)
        drawn = {"context": context_to(context), "sweep": sweep_drawing_to(drawing)}
        folder.finish(options.command, drawn)
    kept.clear()
    say(f"{read.sweep.title}: {len(points):,} points")
    if drawing.map is not None:
        for line in map_in_words(results["turning_points.csv"], drawing.map, context_of(read.loaded.study)):
            say(line)
    say(f"Run folder: {folder.target}")
    return folder.target


def _check_size(read: LoadedSweep, n_draws: int, jobs: int, *, yes: bool) -> None:
    """Refuse what was hardly meant, or cannot be done.

    Raises
    ------
    InputError
        Where there are very many points and nobody confirmed them, or draws do not fit into memory.
    """
    study, n_points = read.loaded.study, read.sweep.n_points
    if n_points > MOST_POINTS and not yes:
        rule = f"the grid has {n_points:,} points"
        raise InputError(Problem(rule, str(read.file), key="over", hint="--yes runs it all the same"))
    if n_draws > MOST_DRAWS:
        raise InputError(Problem(f"draws go from 0 to {MOST_DRAWS:,}", key="--draws", value=n_draws))
    if n_draws:
        check_memory(_with_draws(study, n_draws), jobs=1)
        _check_together(study, n_draws, min(jobs, n_points))


def _check_together(study: Study, n_draws: int, processes: int) -> None:
    """Refuse processes whose draws fit into memory alone, but not together.

    Raises
    ------
    InputError
        With how many there would be.
    """
    try:
        check_memory(_with_draws(study, n_draws * processes), jobs=processes)
    except InputError:
        rule = f"{n_draws:,} draws in each of {processes} processes do not fit into memory"
        raise InputError(Problem(rule, key="draws", hint="fewer draws or fewer --jobs")) from None


def _with_draws(study: Study, n_draws: int) -> Study:
    plan = replace(study.psa, draws=min(n_draws, MOST_DRAWS))
    return replace(study, psa=plan)


def _points(
    read: LoadedSweep, n_draws: int, jobs: int, kept: KeptPoints[SweptPoint], options: SweepOptions
) -> list[SweptPoint]:
    """Return every point in order: those that are kept, and the others as they are evaluated."""

    def evaluated(done: frozenset[int]) -> Generator[SweptPoint, None, None]:
        return run_sweep(read.sweep, read.study_at, n_draws=n_draws, jobs=jobs, done=done)

    points = finished_points(
        kept,
        evaluated,
        title=read.sweep.title,
        total=read.sweep.n_points,
        resume=options.resume,
        command=options.command,
    )
    own = list(read.sweep.points())  # what JSON does not tell apart is as the sweep has it
    return [replace(point, point=own[point.number]) for point in points]


def _drawing(read: LoadedSweep, n_draws: int) -> tuple[SweepDrawing, Context]:
    """Return what is drawn, and what its figures say about the study."""
    study, plot, sweep = read.loaded.study, read.plot, read.sweep
    tried = [(one.point, one.study) for one in read.tried]
    of_each = {id(at.settings): context_of(at) for _, at in tried}  # a parameter alone changes no context
    base = [] if any(axis.name == "scenario" for axis in sweep.axes) else [context_of(study)]
    context, varied = together([*base, *of_each.values()])
    is_map = plot.kind == "decision_map"
    drawn = SweepDrawing(
        axes=tuple(_axis(read, axis, tried) for axis in sweep.axes),
        strategy=plot.strategy,
        values=plot.values,
        kind=plot.kind,
        design=read.design,
        cube_seed=read.cube_seed,
        draws=n_draws,
        varied=varied,
        map=map_drawing(study, sweep, plot.strategy, plot.titles, n_draws=n_draws) if is_map else None,
    )
    return drawn, context


def _axis(read: LoadedSweep, axis: Axis, tried: Sequence[tuple[Mapping[str, Any], Study]]) -> SweepAxis:
    drawn = sweep_axis(read.loaded.study, axis.name, read.plot.titles.get(axis.name), tried)
    low, high = axis.values[0], axis.values[-1]
    return replace(drawn, ends=(low, high)) if read.design == "latin_hypercube" else drawn


def _tables(read: LoadedSweep, points: Sequence[SweptPoint], drawn: MapDrawing | None) -> Tables:
    table = sweep_table(points)
    results = {"sweep.parquet": table, "sweep.csv": table}
    if drawn is not None:
        results["cloud.csv"] = cloud_table(read.loaded.study, drawn, most=CLOUD_DRAWS)
        results["turning_points.csv"] = turning_points_table(table, drawn)
    return results


def _draw(folder: RunFolder, results: Tables, drawing: SweepDrawing, context: Context) -> None:
    from remit.report.figures.sweep import sweep_figures
    from remit.report.render import render

    for name, figure in sweep_figures(results, drawing, context):
        folder.write_figure(name, render(figure))
