"""`remit run`: base case, PSA, comparison, tables and figures into a run folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from remit.analysis.access import access, next_treatment
from remit.analysis.follow_up import follow_health_states, model_curves, population_survival
from remit.analysis.psa import Psa, run_psa
from remit.analysis.sequencing import losses
from remit.commands.beside import companions, read_companions
from remit.commands.memory import check_memory
from remit.commands.screen import say, show_beside, show_incremental, stage
from remit.economics.outcomes import Outcomes
from remit.economics.strata import StratumOutcomes, mixture
from remit.engine.blocks import NARROWEST
from remit.errors import InputError, Problem, nearest
from remit.evaluation import evaluate, evaluate_strata
from remit.files.results import read_table
from remit.files.runs import RunFolder, plan_run
from remit.files.studies import Loaded, read_study
from remit.report import model_tables, psa_tables, tables
from remit.report.beside_tables import beside_table, ceac_beside_table, evpi_beside_table
from remit.report.context import context_of, context_to
from remit.report.sequence_tables import access_table, sequence_table
from remit.report.strata_tables import strata_table
from remit.report.words import beside_published, label_of, verdict, verdict_beside, words_on_sequences
from remit.settings import Plan

if TYPE_CHECKING:
    import pandas as pd

OUTPUTS = ("psa", "trace", "curves", "figures")
# Draws behind the band of the survival figure and the losses of sequences: enough for 2.5% quantiles.
BAND_DRAWS = 1000
Tables = dict[str, "pd.DataFrame"]


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
    plan = loaded.study.psa
    identity = {"seed": plan.seed, "draws": plan.draws, "outputs": outputs}
    folder, finished = plan_run(loaded, kind="run", options=identity, out=options.out, force=options.force)
    if finished is not None:
        _say_finished(finished, loaded)
        return finished
    # Before anything is worked out, so that a posterior that is missing is told at once.
    beside = read_companions(loaded, plan, options.scenario, options.others, options.settings)
    with folder.writing():
        results, base, psa = _write(folder, loaded, beside, outputs, options.jobs or 1)
        folder.finish(options.command, {"context": context_to(context_of(loaded.study))})
    _say(loaded, results, base, psa)
    say(f"Run folder: {folder.target}")
    return folder.target


def _write(
    folder: RunFolder, loaded: Loaded, beside: list[Loaded], outputs: list[str], jobs: int
) -> tuple[Tables, Outcomes, Psa | None]:
    """Work everything out and write it; return the tables, the base case and the PSA."""
    study = loaded.study
    folder.write_inputs(loaded)
    with folder.timed("base case"), stage(f"{study.title}: base case"):
        strata, undiscounted = _base_case(loaded)
        base = mixture(strata).outcomes
        results = _base_tables(loaded, base, undiscounted)
    psa = None
    if "psa" in outputs:
        with folder.timed("psa"), stage(f"{study.title}: PSA of {study.psa.draws:,} draws"):
            psa = run_psa(study, n_draws=study.psa.draws, seed=study.psa.seed, jobs=jobs)
        with folder.timed("psa tables"):
            results |= _psa_tables(loaded, psa)
        with folder.timed("sequences"):
            results |= _sequence_tables(loaded)
        with folder.timed("other posteriors"):
            results |= _beside_tables(loaded, psa, beside, jobs)
    with folder.timed("trace and curves"):
        results |= _curve_tables(loaded, outputs)
    if len(strata) > 1:
        threshold = study.settings.wtp.threshold
        results["strata.csv"] = strata_table(strata, psa, study.comparator, threshold)
    results["diagnostics.csv"] = tables.diagnostics_table(base, psa)
    with folder.timed("write tables"):
        for name, table in results.items():
            folder.write_table(name, table)
    if "figures" in outputs:
        with folder.timed("figures"), stage(f"{study.title}: figures"):
            from remit.report.figures.run_figures import draw
            from remit.report.render import render

            for name, figure in draw(results, context_of(study)):
                folder.write_figure(name, render(figure))
    return results, base, psa


def _outputs(options: RunOptions) -> list[str]:
    for name in (*options.only, *options.skip):
        if name not in OUTPUTS:
            hint = nearest(name, OUTPUTS) or f"known: {', '.join(OUTPUTS)}"
            raise InputError(Problem("no such part of a run", key="--only or --skip", value=name, hint=hint))
    chosen = options.only or OUTPUTS
    return [name for name in OUTPUTS if name in chosen and name not in options.skip]


def _planned(loaded: Loaded, options: RunOptions) -> Loaded:
    """Return the study with the draws and the seed that the command line asks for."""
    plan = loaded.study.psa
    draws = plan.draws if options.draws is None else options.draws
    try:
        plan = Plan(draws, plan.seed if options.seed is None else options.seed)
    except ValueError as error:
        wrong = "draws" if str(error).startswith("draws") else "seed"
        raise InputError(Problem(str(error), key=f"--{wrong}", value=getattr(options, wrong))) from None
    loaded = replace(loaded, study=replace(loaded.study, psa=plan))
    check_memory(loaded.study, jobs=options.jobs or 1)
    return loaded


def _base_case(loaded: Loaded) -> tuple[list[StratumOutcomes], Outcomes]:
    """Return the strata at the parameters' means, and all patients together without discounting."""
    plain = loaded.study.with_settings(discount_costs=0.0, discount_qalys=0.0)
    return evaluate_strata(loaded.study, counts=True), evaluate(plain)


def _base_tables(loaded: Loaded, base: Outcomes, undiscounted: Outcomes) -> Tables:
    study = loaded.study
    values = study.values(None).widened(NARROWEST)
    pathways = [study.pathway(name, s.values) for s in study.strata(values) for name in study.strategies]
    return {
        "outcomes.csv": tables.outcomes_table(base, undiscounted),
        "breakdown.csv": tables.breakdown_table(base, undiscounted),
        "incremental.csv": tables.incremental_table(base),
        "pairwise.csv": tables.pairwise_table(base, study.comparator, study.settings.wtp.threshold),
        "events.csv": tables.events_table(base),
        "parameters.csv": model_tables.parameters_table(study, loaded.origins),
        "moves.csv": model_tables.moves_table(pathways),
        "access.csv": access_table(access(study), next_treatment(study)),
    }


def _psa_tables(loaded: Loaded, psa: Psa) -> Tables:
    study = loaded.study
    wtp = study.settings.wtp.grid()
    return {
        "psa.parquet": psa_tables.psa_table(psa),
        "psa_parameters.parquet": psa_tables.psa_parameters_table(psa),
        "psa_summary.csv": psa_tables.psa_summary_table(psa, study.comparator, study.settings.wtp.threshold),
        "incremental_psa.csv": tables.incremental_table(psa.outcomes),
        "ceac.csv": psa_tables.ceac_table(psa.outcomes, wtp),
        "evpi.csv": psa_tables.evpi_table(psa.outcomes, wtp),
    }


def _sequence_tables(loaded: Loaded) -> Tables:
    """Work out what giving one therapy before another loses, by the first draws of the PSA."""
    study = loaded.study
    draws = study.draws(n_draws=min(study.psa.draws, BAND_DRAWS), seed=study.psa.seed)
    table = sequence_table(losses(study, draws), study.settings.wtp.threshold)
    return {} if table.empty else {"sequences.csv": table}


def _beside_tables(loaded: Loaded, psa: Psa, beside: list[Loaded], jobs: int) -> Tables:
    """Run the study under the posteriors that stand beside its own."""
    if not beside:
        return {}
    study = loaded.study
    named = [(loaded.name, study.title, psa)]
    with stage(f"{study.title}: {len(beside)} other posteriors beside it"):
        named += [(one.name, one.study.title, one.psa) for one in companions(beside, jobs=jobs)]
    wtp = study.settings.wtp.grid()
    return {
        "beside.csv": beside_table(named, study.comparator, study.settings.wtp.threshold),
        "ceac_beside.csv": ceac_beside_table(named, wtp),
        "evpi_beside.csv": evpi_beside_table(named, wtp),
    }


def _curve_tables(loaded: Loaded, outputs: Iterable[str]) -> Tables:
    study = loaded.study
    results: Tables = {}
    if "trace" in outputs:
        times = study.clock.times
        results["trace.csv"] = model_tables.trace_table(follow_health_states(study, times), times)
    if "curves" in outputs:
        times = np.linspace(0, 5, 61)
        drawn_from = study.draws(seed=study.psa.seed, n_draws=study.psa.draws)
        some = {name: column[:BAND_DRAWS] for name, column in drawn_from.items()}
        at_means, drawn = list(model_curves(study, {}, times)), list(model_curves(study, some, times))
        if at_means:
            population = population_survival(study, times)
            results["survival.csv"] = model_tables.curves_table(at_means, drawn, population, times)
            results["landmarks.csv"] = model_tables.landmarks_table(loaded.evidence.landmarks, study)
    return results


def _say(loaded: Loaded, results: Tables, base: Outcomes, psa: Psa | None) -> None:
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
    if loaded.published is not None:
        for line in beside_published(study, base, loaded.published):
            say(line)


def _say_finished(folder: Path, loaded: Loaded) -> None:
    study = loaded.study
    labels = {name: label_of(study, name) for name in study.strategies}
    title = f"{study.title}: at the parameters' means"
    show_incremental(read_table(folder, "incremental.csv"), labels, study.settings.currency, title)
    say(f"This run is finished already: {folder} (--force repeats it)")
