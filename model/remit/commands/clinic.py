"""`remit clinic`: rules compared in a clinic that is short of places, into a run folder."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from remit.analysis.clinic.compare import Piece, n_pieces, refuse_beyond_memory, results_of, run_rules
from remit.analysis.clinic.loads import OfferedLoad, offered_loads
from remit.analysis.clinic.opening import OpenClinic, open_clinic
from remit.analysis.clinic.plan import ClinicPlan
from remit.analysis.clinic.replication import follow
from remit.analysis.clinic.results import ClinicResults
from remit.analysis.processes import cores
from remit.commands.clinic_words import say_clinic
from remit.commands.resuming import finished_points
from remit.commands.screen import say, stage
from remit.engine.resources import Use
from remit.errors import InputError, Problem
from remit.files.clinics import LoadedClinic, read_clinic
from remit.files.kept_points import KeptPoints
from remit.files.kept_replications import kept_replications
from remit.files.runs import RunFolder, plan_run
from remit.report.clinic_drawing import (
    ClinicDrawing,
    clinic_drawing_of,
    clinic_drawing_to,
    places_label,
)
from remit.report.clinic_tables import (
    capacity_table,
    clinic_over_time_table,
    clinic_replications_table,
    clinic_resources_table,
    clinic_table,
)
from remit.report.clinic_turning import turning_places
from remit.report.context import context_of, context_to
from remit.report.figures.style import Context

if TYPE_CHECKING:
    import pandas as pd

Tables = dict[str, "pd.DataFrame"]
DEFAULT = "scarce"
FRAMES = 120  # of a film


@dataclass(frozen=True)
class ClinicOptions:
    """What the command line asks for; None where it says nothing."""

    scenario: str | None = None
    patients: int | None = None
    replications: int | None = None
    seed: int | None = None
    jobs: int | None = None
    out: str | None = None
    resume: bool = False
    film: bool = False
    force: bool = False
    command: tuple[str, ...] = ()


def run_clinic_file(name: str | None, options: ClinicOptions) -> Path:
    """Run the rules of a clinic and return the run folder.

    Raises
    ------
    InputError
        Where a file or an option is wrong, there are too many patients for memory, the folder cannot be
        written, or another process runs the clinic.
    """
    read = read_clinic(name or DEFAULT, scenario=options.scenario)
    plan = _planned(read, options)
    identity = {
        "clinic": read.file.stem,
        "patients": plan.patients,
        "replications": plan.replications,
        "seed": plan.seed,
        "film": options.film,
    }
    folder, finished = plan_run(
        read.loaded,
        kind="clinic",
        options=identity,
        out=options.out,
        force=options.force,
        name=f"clinic-{read.file.stem}",
    )
    if finished is not None:
        say(f"This clinic is run already: {finished} (--force repeats it)")
        return finished
    opened = open_clinic(read.loaded.study, plan)
    _check_memory(opened, read, options)
    _warn(read, plan)
    kept = kept_replications(read.file.stem, str(folder.identity["inputs"]))
    with folder.writing():
        tables = _write(folder, read, opened, kept, options)
    kept.clear()
    say_clinic(read.loaded.study, plan, tables)
    say(f"Run folder: {folder.target}")
    return folder.target


def _write(
    folder: RunFolder, read: LoadedClinic, opened: OpenClinic, kept: KeptPoints[Piece], options: ClinicOptions
) -> Tables:
    """Run the clinic, write everything into the folder, and return the tables."""
    plan, context = opened.plan, context_of(read.loaded.study)
    folder.write_inputs(read.loaded)
    with folder.timed("replications"):
        found = _run(opened, plan, options.jobs or cores(), kept, options)
    tables = _tables(read, plan, found)
    for name, table in tables.items():
        folder.write_table(name, table)
    drawing = clinic_drawing_of(plan)
    with folder.timed("figures"), stage("figures"):
        _draw(folder, tables, drawing, context)
    if options.film:
        with folder.timed("film"), stage("film"):
            _film(folder, opened, plan)
    folder.finish(options.command, {"context": context_to(context), "clinic": clinic_drawing_to(drawing)})
    return tables


def _check_memory(opened: OpenClinic, read: LoadedClinic, options: ClinicOptions) -> None:
    """Refuse what memory does not hold, and say where it was asked for.

    Raises
    ------
    InputError
        With what it would need.
    """
    try:
        refuse_beyond_memory(opened, options.jobs or cores())
    except InputError as error:
        raise InputError(
            [
                replace(problem, key=f"--{problem.key}")
                if getattr(options, problem.key or "", None) is not None
                else replace(problem, file=str(read.file))
                for problem in error.problems
            ]
        ) from None


def _planned(read: LoadedClinic, options: ClinicOptions) -> ClinicPlan:
    """Return the plan with what the command line asks for.

    Raises
    ------
    InputError
        Where it asks for numbers that no clinic can have.
    """
    asked = {name: getattr(options, name) for name in ("patients", "replications", "seed")}
    asked = {name: value for name, value in asked.items() if value is not None}
    if "patients" in asked and read.plan.arrivals.per_year is None:
        rule = "patients come at the times of a file, and all of them count who come after the warm-up"
        raise InputError(Problem(rule, str(read.file), key="--patients", value=asked["patients"]))
    try:
        return replace(read.plan, **asked)
    except ValueError as error:
        raise InputError(Problem(str(error), key=", ".join(f"--{name}" for name in asked))) from None


def _warn(read: LoadedClinic, plan: ClinicPlan) -> None:
    """Say where queues grow until patients die or worsen in them."""
    by_resource: dict[Use, list[OfferedLoad]] = {}
    for one in offered_loads(plan, read.loaded.study):
        if one.load >= 1:
            by_resource.setdefault(one.resource, []).append(one)
    labels = context_of(read.loaded.study).labels
    for resource, loads in by_resource.items():
        each = ", ".join(f"{one.load:.2f} where patients are given {labels[one.strategy]}" for one in loads)
        say(
            f"Warning: the load of {places_label(resource)} is {each}: from 1 on the queue grows until "
            "patients worsen or die in it, and results hang on how long patients come."
        )


def _run(
    opened: OpenClinic, plan: ClinicPlan, jobs: int, kept: KeptPoints[Piece], options: ClinicOptions
) -> list[tuple[int | None, ClinicResults]]:
    """Run every rule, but for what is kept, and return the results at each number of places."""

    def run(done: frozenset[int]) -> Generator[Piece, None, None]:
        return run_rules(opened, n_replications=plan.replications, seed=plan.seed, jobs=jobs, done=done)

    found = finished_points(
        kept,
        run,
        title=plan.title,
        total=n_pieces(opened, plan.replications),
        resume=options.resume,
        command=options.command,
    )
    pieces: dict[int | None, list[Piece]] = {}
    for piece in found:
        pieces.setdefault(piece.places, []).append(piece)
    return [(places, results_of(opened, own)) for places, own in pieces.items()]


def _tables(read: LoadedClinic, plan: ClinicPlan, found: list[tuple[int | None, ClinicResults]]) -> Tables:
    wtp, capacity = read.loaded.study.settings.wtp.threshold, plan.capacity
    if capacity is not None:
        varied = [(places, results) for places, results in found if places is not None]
        table = capacity_table(varied, capacity.resource, wtp)
        return {"clinic_capacity.csv": table, "clinic_turning.csv": turning_places(table)}
    ((_, results),) = found
    return {
        "clinic.csv": clinic_table(results, wtp),
        "clinic_replications.csv": clinic_replications_table(results),
        "clinic_resources.csv": clinic_resources_table(results),
        "clinic_over_time.csv": clinic_over_time_table(results),
    }


def _draw(folder: RunFolder, tables: Tables, drawing: ClinicDrawing, context: Context) -> None:
    from remit.report.figures.clinic_figures import clinic_figures
    from remit.report.render import render

    for name, figure in clinic_figures(tables, drawing, context):
        folder.write_figure(name, render(figure))


def _film(folder: RunFolder, opened: OpenClinic, plan: ClinicPlan) -> None:
    """Film the first replication of the last rule: the others are there to be compared with it."""
    from remit.analysis.clinic.film import film_of
    from remit.report.clinic_animation import draw_clinic_film

    rule = list(plan.rules)[-1]
    comers, run = follow(opened, rule, 0, seed=plan.seed)
    last = opened.last_time
    film = film_of(run, opened.clinic, comers.arrivals, last / FRAMES, until=last)
    gif = draw_clinic_film(film, title=plan.title, subtitle=plan.rules[rule].title)
    folder.write_figure("clinic", {"gif": gif})
