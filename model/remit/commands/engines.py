"""`remit verify --engines`: do the engines agree on a scenario, or on every one that is shipped."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from remit.analysis.engines import (
    COMPARISONS,
    Agreement,
    Asked,
    Compared,
    agreement_of,
    compare_engines,
)
from remit.analysis.microsimulation import refuse_beyond_memory
from remit.analysis.processes import Workers, cores, result_of
from remit.commands.progress import with_progress
from remit.commands.screen import say, show_table, stage
from remit.errors import InputError, Problem
from remit.files.places import scenario_names
from remit.files.results import save_table
from remit.files.runs import writing_failed
from remit.files.studies import read_study
from remit.report.engine_tables import compared_table
from remit.study import Study

BASE = "base"
CSV = ".csv"


@dataclass(frozen=True)
class EngineOptions:
    """What `remit verify --engines` is asked for.

    ``everything`` means all shipped scenarios; what is None is left to the command.
    """

    scenario: str | None = None
    everything: bool = False
    others: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    patients: int | None = None
    seed: int | None = None
    jobs: int | None = None
    out: str | None = None


def compare_engines_of(options: EngineOptions) -> bool:
    """Compare the engines, show what was found, and return whether nothing failed.

    Raises
    ------
    InputError
        Where anything that the user gave is wrong, or the file cannot be written.
    """
    out = _csv(options)
    studies = _studies(options)
    jobs = cores() if options.jobs is None else options.jobs
    processes = min(jobs, len(studies))
    asked = _asked(options, studies, threads=max(jobs // processes, 1), processes=processes)
    found: list[list[Compared]] = []
    with Workers(processes) as workers:
        pieces = _compared(workers, studies, asked, ahead=2 * processes if processes > 1 else 1)
        found += with_progress(pieces, "Engines", total=len(studies), done=0, of="scenarios")
    _show([agreement_of(name, rows) for (name, _), rows in zip(studies, found, strict=True)], asked)
    for row in (row for rows in found for row in rows if row.result == "fail"):
        say(_failure(row))
    if out is not None:
        _save(out, [row for rows in found for row in rows])
    return not any(row.result == "fail" for rows in found for row in rows)


def _csv(options: EngineOptions) -> Path | None:
    """Return where the comparisons are written; refuse at once where they cannot be."""
    if options.out is None:
        return None
    path = Path(options.out)
    rule = ""
    if path.suffix != CSV:
        rule = f"the comparisons are written as {CSV}"
    elif path.is_dir() or not path.parent.is_dir():
        rule = "there is a folder of this name" if path.is_dir() else "its folder is not there"
    if rule:
        raise InputError(Problem(rule, key="--out", value=options.out))
    return path


def _studies(options: EngineOptions) -> list[tuple[str, Study]]:
    """Read the scenarios asked for, every mistake of all of them at once."""
    if options.everything and options.scenario is not None:
        rule = "compares the engines on every shipped scenario: name none"
        raise InputError(Problem(rule, key="--all", value=options.scenario))
    names = [BASE, *scenario_names()] if options.everything else [options.scenario]
    studies: list[tuple[str, Study]] = []
    problems: list[Problem] = []
    with stage(f"Reading {len(names)} scenario{'s' if len(names) > 1 else ''}"):
        for name in names:
            try:
                loaded = read_study(name, others=options.others, settings=options.settings)
                studies.append((loaded.name, loaded.study))
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return studies


def _asked(
    options: EngineOptions, studies: Sequence[tuple[str, Study]], *, threads: int, processes: int
) -> Asked:
    asked = Asked(jobs=threads)
    asked = asked if options.patients is None else replace(asked, n_patients=options.patients)
    asked = asked if options.seed is None else replace(asked, seed=options.seed)
    widest = max(len(study.strategies) for _, study in studies)
    try:
        refuse_beyond_memory(asked.n_patients * processes, widest)
    except InputError as error:
        raise InputError(replace(problem, key="--patients") for problem in error.problems) from None
    return asked


def _compared(
    workers: Workers, studies: Iterable[tuple[str, Study]], asked: Asked, *, ahead: int
) -> Iterator[list[Compared]]:
    """Yield the comparisons of each scenario in order, ``ahead`` of them being worked at."""
    waiting: deque[Future[list[Compared]]] = deque()
    for name, study in studies:
        waiting.append(workers.start(compared_on, study, name, asked))
        if len(waiting) >= ahead:
            yield result_of(waiting.popleft())
    while waiting:
        yield result_of(waiting.popleft())


def compared_on(study: Study, scenario: str, asked: Asked) -> list[Compared]:
    """Return every comparison of one scenario: what a process is given to do."""
    return list(compare_engines(study, scenario, asked))


def _show(agreements: Sequence[Agreement], asked: Asked) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    how = f"{asked.n_patients:,} patients (seed {asked.seed})"
    title = f"Agreement of the engines at the parameters' means, {how}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Scenario", overflow="fold")
    for head in ("Made", "Passed", "Failed", "Incon-\nclusive", "Largest\n|z|", "Largest\nrel. diff."):
        table.add_column(head, justify="right", no_wrap=True)
    for head in ("Reported:\nQALYs", "Reported:\ncosts"):
        table.add_column(head, justify="right", no_wrap=True)
    for one in agreements:
        table.add_row(
            "\n".join([one.scenario, *_left_out(one)]),
            *(f"{count}" for count in (one.made, one.passed, one.failed, one.inconclusive)),
            _number(one.largest_z, ".2f"),
            _number(one.largest_relative, ".0e"),
            _range(one.qalys, "+.2f"),
            _range(one.costs, "+,.0f"),
        )
    show_table(table)
    for line in _legend(agreements):
        say(line)


def _left_out(one: Agreement) -> Iterator[str]:
    """Say which engine cannot follow a scenario, and why."""
    for engines, why in one.not_compared:
        yield f"  no {engines.split(' against ')[0]}: {why}"


def _legend(agreements: Sequence[Agreement]) -> Iterator[str]:
    """Say what the columns mean, and what was found in all."""
    tests = "; ".join(f"{pair.test} {pair.name}" for pair in COMPARISONS)
    yield (
        f"Compared: {tests}. Reported: by how much a strategy's QALYs and costs are higher through "
        "partitioned survival than in the Markov model, least and most; the structures differ, so these "
        "need not agree."
    )
    if any(one.not_compared for one in agreements):
        yield (
            "No patients: where the time to relapse is not exponential a patient cannot be followed, for the "
            "other families are sums of phases with negative shares."
        )
    made, passed, failed, unsure = (
        sum(getattr(one, name) for one in agreements) for name in ("made", "passed", "failed", "inconclusive")
    )
    more = " (the Monte Carlo error is too large to say: more --patients)" if unsure else ""
    yield f"{passed:,} of {made:,} comparisons passed, {failed} failed, {unsure:,} were inconclusive{more}."


def _failure(row: Compared) -> str:
    gap = f"z = {row.z:.1f}" if row.expected == "equal within error" else f"{row.relative_difference:.1e}"
    return (
        f"FAILED: {row.scenario}, {row.engines}, {row.subject}, {row.quantity}: "
        f"{row.reference:.6g} and {row.other:.6g} ({gap})"
    )


def _save(path: Path, rows: Sequence[Compared]) -> None:
    """Write the comparisons beside the file and put them in its place."""
    beside = path.with_name(f".{path.name}.partial{CSV}")
    try:
        save_table(beside, compared_table(rows))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise writing_failed(error) from error
    say(f"Every comparison: {path}")


def _range(ends: tuple[float, float], form: str) -> str:
    low, high = (_number(end, form) for end in ends)
    return low if low == high else f"{low} to {high}"


def _number(number: float, form: str) -> str:
    return "" if math.isnan(number) else format(number, form)
