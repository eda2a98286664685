"""`remit average`: scenarios that differ in structure, side by side and averaged by their fit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from remit.analysis.model_average import averaged, weights_by_fit
from remit.analysis.psa import run_psa
from remit.commands.screen import say, show_beside, stage
from remit.errors import InputError, Problem
from remit.files.loaded import Loaded
from remit.files.places import scenario_names
from remit.files.runs import plan_run
from remit.files.studies import read_study
from remit.report.beside_tables import beside_table, ceac_beside_table
from remit.report.context import context_of, context_to
from remit.report.words import label_of

AVERAGE = "average"


def average(
    scenarios: Sequence[str], *, draws: int | None, out: str | None, force: bool, command: Iterable[str]
) -> Path:
    """Run scenarios that were calibrated to the same targets, and average them by their evidence.

    Parameters
    ----------
    scenarios
        Names; none for the base case and every ``relapse-...`` scenario.
    draws
        Of each PSA; None for what the first scenario says.
    out, force, command
        As for a run.

    Raises
    ------
    InputError
        Where a scenario has no calibration of its own, or other targets than the first.
    """
    names = list(scenarios) or ["base", *_families()]
    read = [read_study(name) for name in names]
    _check(read)
    first = read[0]
    try:
        own = first.study.psa
        plan = replace(own, draws=own.draws if draws is None else draws)
    except ValueError as error:
        raise InputError(Problem(str(error), key="--draws", value=draws)) from None
    files = tuple(dict.fromkeys(file for loaded in read for file in loaded.files))
    options = {"scenarios": names, "draws": plan.draws, "seed": plan.seed}
    together = replace(first, files=files, name=AVERAGE, study=replace(first.study, psa=plan))
    context = context_of(together.study)
    folder, finished = plan_run(together, kind=AVERAGE, options=options, out=out, force=force)
    if finished is not None:
        say(f"This average is finished already: {finished} (--force repeats it)")
        return finished
    psas = []
    for loaded in read:
        with stage(f"{loaded.study.title}: PSA of {plan.draws:,} draws"):
            psas.append(run_psa(loaded.study, n_draws=plan.draws, seed=plan.seed))
    weights = weights_by_fit([_evidence(loaded) for loaded in read])
    named = [(one.name, one.study.title, psa) for one, psa in zip(read, psas, strict=True)]
    named.append((AVERAGE, "Average by fit", averaged(psas, weights)))
    settings = first.study.settings
    table = beside_table(named, first.study.comparator, settings.wtp.threshold)
    by_name = dict(zip(names, weights, strict=True))
    table["weight"] = [by_name.get(str(name), 1.0) for name in table["scenario"]]
    acceptability = ceac_beside_table(named, settings.wtp.grid())
    with folder.writing():
        folder.write_inputs(together)
        folder.write_table("average.csv", table)
        folder.write_table("ceac_average.csv", acceptability)
        with stage("Figures"):
            from remit.report.figures.beside import beside_figure
            from remit.report.render import render

            figure = beside_figure(acceptability, table, context)
            folder.write_figure("f9_ceac_average", render(figure))
        folder.finish(command, {"context": context_to(context)})
    labels = {name: label_of(first.study, name) for name in first.study.strategies}
    show_beside(table, labels, first.study.comparator, settings.currency)
    for loaded, weight in zip(read, weights, strict=True):
        say(f"Weight {weight:.2f}: {loaded.study.title} (log evidence {_evidence(loaded):.2f})")
    say(f"Run folder: {folder.target}")
    return folder.target


def _families() -> list[str]:
    return [name for name in scenario_names() if name.startswith("relapse-")]


def _evidence(loaded: Loaded) -> float:
    posterior = loaded.study.posterior
    return posterior.log_evidence if posterior is not None else float("nan")


def _check(read: Sequence[Loaded]) -> None:
    """Refuse what cannot be averaged."""
    names = [loaded.name for loaded in read]
    problems = [Problem("stands twice", key=name) for name in sorted(set(names)) if names.count(name) > 1]
    for loaded in read:
        block, first = loaded.calibration, read[0].calibration
        if block is None or loaded.study.posterior is None or not loaded.calibrates:
            problems.append(
                Problem("has no calibration of its own, so no fit to be weighed by", key=loaded.name)
            )
        elif first is not None and block.targets != first.targets:
            problems.append(Problem(f"is fitted to other targets than {read[0].name}", key=loaded.name))
        elif list(loaded.study.strategies) != list(read[0].study.strategies):
            problems.append(Problem(f"compares other strategies than {read[0].name}", key=loaded.name))
    if problems:
        raise InputError(problems)
