"""`remit run`: base case, PSA, comparison, tables and figures into a run folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from remit.analysis.processes import Workers, cores, result_of
from remit.analysis.psa import Psa, run_psa
from remit.commands.base_case import Tables, base_case, base_tables, beside_of, psa_tables
from remit.commands.beside import read_companions
from remit.commands.memory import check_memory
from remit.commands.parts import DRAWN_PARTS, ONE_WAY, PARTS, Worked, beside, no_budget, work_out
from remit.commands.screen import say, show_beside, show_incremental, stage
from remit.commands.sensitivity import explained
from remit.commands.structures import files_of_structures, no_patients
from remit.economics.outcomes import Outcomes
from remit.economics.strata import mixture
from remit.errors import InputError, Problem, nearest
from remit.files.behind import files_behind
from remit.files.loaded import Loaded
from remit.files.research import read_research
from remit.files.results import Rendered, read_table
from remit.files.runs import RunFolder, plan_run
from remit.files.studies import read_study
from remit.report.context import context_of, context_to
from remit.report.figures.style import Context
from remit.report.structure_words import (
    words_on_cited,
    words_on_crossing,
    words_on_patients,
    words_on_structures,
)
from remit.report.words import (
    beside_published,
    label_of,
    verdict,
    verdict_beside,
    words_on_information,
    words_on_sequences,
    words_on_thresholds,
)

OUTPUTS = ("psa", "beside", *(part.name for part in (*PARTS, *DRAWN_PARTS)), "figures")
# Those that say nothing without a PSA.
ON_DRAWS = {"beside", *(part.name for part in PARTS if part.draws), *(part.name for part in DRAWN_PARTS)}
# Parts from which other processes are worth their start, and how many of them at most.
PARTS_OF_PROCESSES, MOST_PROCESSES = 5, 4


@dataclass(frozen=True)
class RunOptions:
    """What `remit run` is asked for."""

    scenario: str | None = None
    others: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    draws: int | None = None
    seed: int | None = None
    jobs: int | None = None
    out: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    force: bool = False
    command: tuple[str, ...] = ()


def run(options: RunOptions) -> Path:
    """Run a scenario and return its run folder.

    Raises
    ------
    InputError
        Where anything that the user gave is wrong, or the folder cannot be written.
    """
    outputs = _outputs(options)
    loaded = _planned(read_study(options.scenario, others=options.others, settings=options.settings), options)
    # What it looks at beside its own study makes a run too.
    looked_at = [*files_behind([*loaded.beside, *loaded.analyses.scenarios])]
    looked_at += files_of_structures(loaded) if "partitioned" in outputs else []
    loaded = replace(loaded, files=tuple(dict.fromkeys([*loaded.files, *looked_at])))
    plan = loaded.study.psa
    identity = {"seed": plan.seed, "draws": plan.draws, "outputs": outputs}
    folder, finished = plan_run(loaded, kind="run", options=identity, out=options.out, force=options.force)
    if finished is not None:
        _say_finished(finished, loaded)
        return finished
    # Before anything is worked out, so that a posterior that is missing is told at once.
    others = _others(options, loaded, outputs)
    _check_research(loaded, outputs)
    with folder.writing(), Workers(_processes(options)) as workers:
        folder.write_inputs(loaded)
        results, base, psa = _tables(folder, loaded, others, outputs, workers)
        context = context_of(loaded.study, explained=explained(loaded))
        if "figures" in outputs:
            _draw(folder, results, context, workers)
        folder.finish(options.command, {"context": context_to(context)})
    _say(loaded, results, base, psa, outputs)
    say(f"Run folder: {folder.target}")
    return folder.target


def _others(options: RunOptions, loaded: Loaded, outputs: list[str]) -> list[Loaded]:
    """Read the study under the posteriors that stand beside its own, where they are asked for."""
    if not {"psa", "beside"} <= set(outputs):
        return []
    return read_companions(loaded, loaded.study.psa, options.scenario, options.others, options.settings)


def _check_research(loaded: Loaded, outputs: list[str]) -> None:
    """Refuse mistakes in the research designs; a scenario need not be able to answer them all."""
    if "information" in outputs and loaded.analyses.research:
        read_research(None if loaded.is_scenario else loaded.study)


def _tables(
    folder: RunFolder, loaded: Loaded, others: list[Loaded], outputs: list[str], workers: Workers
) -> tuple[Tables, Outcomes, Psa | None]:
    """Work everything out and write it; return the tables, the base case and the PSA."""
    study = loaded.study
    drawn = f"PSA of {study.psa.draws:,} draws and what rests on it" if "psa" in outputs else "base case"
    with folder.timed("tables"), stage(f"{study.title}: {drawn}"):
        drawing, working = _start(loaded, others, outputs, workers)
        strata, undiscounted = base_case(loaded)
        results = base_tables(loaded, strata, undiscounted)
        psa = None if drawing is None else result_of(drawing)
        results |= psa_tables(loaded, strata, psa)
        if psa is not None:
            if others:
                _add(results, beside_of(loaded, loaded, psa))
            without = _without_effect(working)
            working |= {
                part.name: workers.start(work_out, part.work, loaded, replace(psa, strata=()), without)
                for part in DRAWN_PARTS
                if part.name in outputs
            }
        for name, future in working.items():
            worked = result_of(future)
            folder.seconds[name] = worked.seconds
            _add(results, worked.tables)
        for name, table in results.items():
            folder.write_table(name, table)
    return results, mixture(strata).outcomes, psa


def _start(
    loaded: Loaded, others: list[Loaded], outputs: list[str], workers: Workers
) -> tuple[Future[Psa] | None, dict[str, Future[Worked]]]:
    """Begin what needs nothing but the study, the draws first."""
    study, drawing = loaded.study, None
    if "psa" in outputs:
        drawing = workers.start(run_psa, study, n_draws=study.psa.draws, seed=study.psa.seed)
    working = {
        part.name: workers.start(work_out, part.work, loaded)
        for part in PARTS
        if part.name in outputs and ("psa" in outputs or not part.draws)
    }
    working |= {f"beside {other.name}": workers.start(work_out, beside, loaded, other) for other in others}
    return drawing, working


def _without_effect(working: Mapping[str, Future[Worked]]) -> tuple[str, ...]:
    """Return the columns of draws that change nothing, as far as it was looked at."""
    if ONE_WAY not in working:
        return ()
    return tuple(result_of(working[ONE_WAY]).tables["without_effect.csv"]["column"])


def _add(results: Tables, tables: Tables) -> None:
    """Add tables to those that there are; of the same name, below each other."""
    import pandas as pd

    for name, table in tables.items():
        results[name] = pd.concat([results[name], table], ignore_index=True) if name in results else table


def _draw(folder: RunFolder, results: Tables, context: Context, workers: Workers) -> None:
    """Draw every figure whose tables are there."""
    from remit.report.figures.run_figures import drawable

    with folder.timed("figures"), stage(f"{context.title}: figures"):
        drawn = drawable(results, context)
        figures = [(name, workers.start(_figure, name, some, context)) for name, some in drawn]
        for name, figure in figures:
            folder.write_figure(name, result_of(figure))


def _figure(name: str, tables: Tables, context: Context) -> Rendered:
    from remit.report.figures.run_figures import figure_of
    from remit.report.render import render

    return render(figure_of(name, tables, context))


def _processes(options: RunOptions) -> int:
    """Return how many processes are asked for, or worth their start."""
    if options.jobs is not None:
        return options.jobs
    return min(cores(), MOST_PROCESSES) if len(_outputs(options)) >= PARTS_OF_PROCESSES else 1


def _outputs(options: RunOptions) -> list[str]:
    """Return the parts asked for, with their figures; what looks at draws brings the PSA with it."""
    problems = [
        Problem(
            "no such part of a run",
            key=f"--{key}",
            value=name,
            hint=nearest(name, OUTPUTS) or f"known: {', '.join(OUTPUTS)}",
        )
        for key in ("only", "skip")
        for name in getattr(options, key)
        if name not in OUTPUTS
    ]
    if problems:
        raise InputError(problems)
    chosen = {*options.only, "figures"} if options.only else set(OUTPUTS)
    if chosen & ON_DRAWS:
        chosen.add("psa")
    return [name for name in OUTPUTS if name in chosen and name not in options.skip]


def _planned(loaded: Loaded, options: RunOptions) -> Loaded:
    """Return the study with the draws and the seed that the command line asks for."""
    plan = loaded.study.psa
    draws = plan.draws if options.draws is None else options.draws
    try:
        plan = replace(plan, draws=draws, seed=plan.seed if options.seed is None else options.seed)
    except ValueError as error:
        wrong = "draws" if str(error).startswith("draws") else "seed"
        raise InputError(Problem(str(error), key=f"--{wrong}", value=getattr(options, wrong))) from None
    loaded = replace(loaded, study=replace(loaded.study, psa=plan))
    check_memory(loaded.study, jobs=_processes(options))
    return loaded


def _say(loaded: Loaded, results: Tables, base: Outcomes, psa: Psa | None, outputs: list[str]) -> None:
    study = loaded.study
    labels = {name: label_of(study, name) for name in study.strategies}
    currency = study.settings.currency
    show_incremental(results["incremental.csv"], labels, currency, f"{study.title}: at the parameters' means")
    if psa is not None:
        title = f"{study.title}: means of {psa.n_draws:,} draws"
        show_incremental(results["incremental_psa.csv"], labels, currency, title)
        say(verdict(study, psa))
        if "sequences.csv" in results:
            for line in words_on_sequences(results["sequences.csv"], labels, study):
                say(line)
        if "beside.csv" in results:
            say(verdict_beside(results["beside.csv"], labels))
            show_beside(results["beside.csv"], labels, study.comparator, currency)
        stepped = float(np.mean(psa.outcomes.stepped))
        if stepped:
            say(f"{stepped:.2%} of draws needed the stepping solver (nearly equal rates): slower, as exact.")
    for line in _in_words(loaded, results, outputs):
        say(line)
    if loaded.published is not None:
        for line in beside_published(study, base, loaded.published):
            say(line)


def _in_words(loaded: Loaded, results: Tables, outputs: list[str]) -> Iterator[str]:
    """Say what flips the decision, what information is worth, what other engines give, what is missing."""
    study, settings = loaded.study, loaded.study.settings
    labels = {name: label_of(study, name) for name in study.strategies}
    if "thresholds.csv" in results:
        yield words_on_thresholds(results["thresholds.csv"])
    if "voi.csv" in results:
        yield words_on_information(results["voi.csv"], settings.wtp.threshold, settings.currency)
    if "structures.csv" in results:
        of, against = explained(loaded), study.comparator
        yield from words_on_structures(results, labels, settings.currency, of, against)
        yield from words_on_crossing(results["structure_crossing.csv"], labels, "in partitioned survival")
    if "cited_structure.csv" in results and loaded.published is not None:
        title = loaded.published.title
        yield from words_on_cited(results, labels, title)
        yield from words_on_crossing(results["cited_crossing.csv"], labels, f"in the structure of {title}")
    if "microsimulation.csv" in results:
        yield words_on_patients(results, labels)
    elif "patients" in outputs and (why := no_patients(loaded)):
        yield f"No patients one by one: {why}."
    if "budget_impact.csv" not in results and (why := no_budget(loaded)):
        yield f"No budget impact: {why}."


def _say_finished(folder: Path, loaded: Loaded) -> None:
    study = loaded.study
    labels = {name: label_of(study, name) for name in study.strategies}
    title = f"{study.title}: at the parameters' means"
    show_incremental(read_table(folder, "incremental.csv"), labels, study.settings.currency, title)
    say(f"This run is finished already: {folder} (--force repeats it)")
