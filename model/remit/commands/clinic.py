"""`remit clinic`: rules compared in a clinic that is short of places, into a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.analysis.clinic.compare import Piece, n_pieces, refuse_beyond_memory, results_of, run_rules
from remit.analysis.clinic.loads import offered_loads
from remit.analysis.clinic.opening import OpenClinic, open_clinic
from remit.analysis.clinic.plan import ClinicPlan
from remit.analysis.clinic.results import ClinicResults
from remit.analysis.processes import cores
from remit.commands.progress import with_progress
from remit.commands.screen import say, show_table, stage
from remit.errors import InputError, Problem
from remit.files.clinics import LoadedClinic, read_clinic
from remit.files.runs import RunFolder, plan_run
from remit.report.clinic_tables import (
    capacity_in_words,
    capacity_table,
    clinic_over_time_table,
    clinic_resources_table,
    clinic_table,
    turning_places,
)
from remit.report.context import context_of, context_to

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

Tables = dict[str, "pd.DataFrame"]
DEFAULT = "scarce"


@dataclass(frozen=True)
class ClinicOptions:
    """What the command line asks for; None where it says nothing."""

    scenario: str | None = None
    patients: int | None = None
    replications: int | None = None
    seed: int | None = None
    jobs: int | None = None
    out: str | None = None
    film: bool = False
    force: bool = False
    command: tuple[str, ...] = ()


def run_clinic_file(name: str | None, options: ClinicOptions) -> Path:
    """Run the rules of a clinic and return the run folder.

    Raises
    ------
    InputError
        Where a file or an option is wrong, there are too many patients for memory, or the folder cannot be
        written.
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
    jobs = options.jobs or cores()
    opened = open_clinic(read.loaded.study, plan)
    refuse_beyond_memory(opened, jobs)
    _warn(read, plan)
    with folder.writing():
        folder.write_inputs(read.loaded)
        with folder.timed("replications"):
            found = _run(opened, plan, jobs)
        tables = _tables(read, plan, found)
        for table_name, table in tables.items():
            folder.write_table(table_name, table)
        with folder.timed("figures"), stage("figures"):
            drawing = _draw(folder, read, plan, tables)
        if options.film:
            with folder.timed("film"), stage("film"):
                _film(folder, opened)
        folder.finish(options.command, drawing)
    _say(read, plan, tables)
    say(f"Run folder: {folder.target}")
    return folder.target


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
    for rule, resource, load in offered_loads(plan, read.loaded.study):
        if load >= 1:
            say(
                f"Warning: under '{rule}' {resource} is asked for {load:.2f} times as much as it can give: "
                "its queue grows until patients die or worsen in it, so that results hang on how long the "
                "clinic is looked at"
            )


def _run(opened: OpenClinic, plan: ClinicPlan, jobs: int) -> list[tuple[int | None, ClinicResults]]:
    """Run every rule, and return the results at each number of places."""
    pieces: dict[int | None, list[Piece]] = {}
    running = run_rules(opened, n_replications=plan.replications, seed=plan.seed, jobs=jobs)
    with closing(running) as some:
        for piece in with_progress(some, plan.title, total=n_pieces(opened, plan.replications), done=0):
            pieces.setdefault(piece.places, []).append(piece)
    return [(places, results_of(opened, own)) for places, own in pieces.items()]


def _tables(
    read: LoadedClinic, plan: ClinicPlan, found: list[tuple[int | None, ClinicResults]]
) -> Tables:
    wtp, capacity = read.loaded.study.settings.wtp.threshold, plan.capacity
    if capacity is not None:
        varied = [(places, results) for places, results in found if places is not None]
        table = capacity_table(varied, capacity.resource, wtp)
        return {"clinic_capacity.csv": table, "clinic_turning.csv": turning_places(table)}
    ((_, results),) = found
    return {
        "clinic.csv": clinic_table(results, wtp),
        "clinic_resources.csv": clinic_resources_table(results),
        "clinic_over_time.csv": clinic_over_time_table(results),
    }


def _draw(
    folder: RunFolder, read: LoadedClinic, plan: ClinicPlan, tables: Tables
) -> Mapping[str, Any]:
    from remit.report.figures.clinic_figures import clinic_figures
    from remit.report.render import render

    ...
