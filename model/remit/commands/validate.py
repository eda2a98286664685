"""`remit validate`: predictions against outcomes that took no part in the calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from remit.analysis.calibration.fit import Fit, fits
from remit.commands.screen import say, stage
from remit.errors import InputError, Problem
from remit.files.loaded import Loaded
from remit.files.runs import plan_run
from remit.files.studies import read_study
from remit.files.targets import targets_of_tables
from remit.inputs.targets import Target
from remit.report.calibration_tables import targets_table
from remit.report.context import context_of, context_to
from remit.report.words import label_of

# Which strategy stands for the therapy class of each of the seed's tables.
CLASSES = {"blinatumomab": "blinatumomab", "car_t": "car_t"}


def validate(scenario: str | None, *, out: str | None, force: bool, command: Iterable[str]) -> Path:
    """Predict what took no part in a scenario's calibration, and return the folder with tables and figure.

    Raises
    ------
    InputError
        Where the scenario rests on no calibration, or there is nothing to validate it with.
    """
    loaded = read_study(scenario)
    if loaded.study.posterior is None or loaded.calibration is None:
        raise InputError(Problem("this scenario rests on no calibration", key=loaded.name))
    targets = _outcomes(loaded)
    if not targets:
        raise InputError(Problem("no outcome is left for validation", hint="params/evidence/targets.yaml"))
    name = f"validate-{loaded.name}"
    options = {"seed": loaded.study.psa.seed}
    folder, finished = plan_run(loaded, kind="validation", options=options, out=out, force=force, name=name)
    if finished is not None:
        say(f"This validation is finished already: {finished} (--force repeats it)")
        return finished
    with folder.writing(), stage(f"{loaded.study.title}: validation"):
        folder.write_inputs(loaded)
        found = list(_fits(loaded, scenario, targets))
        tables = targets_of_tables(loaded.evidence.tables, CLASSES)
        seed = list(_fits(loaded, scenario, list(tables.values())))
        folder.write_table("validation.csv", targets_table(found, loaded.study))
        folder.write_table("seed_tables.csv", targets_table(seed, loaded.study))
        _draw(folder.write_figure, found, seed, loaded)
        folder.finish(command, {"context": context_to(context_of(loaded.study))})
    _say(found, seed, loaded)
    say(f"Run folder: {folder.target}")
    return folder.target


def _outcomes(loaded: Loaded) -> list[Target]:
    """Return the outcomes for validation that no target of the calibration has used."""
    block = loaded.calibration
    used = [loaded.targets[key] for key in block.targets] if block else []
    taken = {(target.quantity, target.value) for target in used}
    return [
        target
        for target in loaded.targets_shown.values()
        if target.validates
        and (target.quantity, target.value) not in taken
        and set(target.strategies) <= set(loaded.study.strategies)
    ]


def _fits(loaded: Loaded, scenario: str | None, targets: list[Target]) -> Iterator[Fit]:
    """Predict each outcome in its own setting, those of one setting together."""
    for setting, some in groupby(targets, key=lambda target: target.scenario):
        study = read_study(scenario, others=[setting]).study if setting else loaded.study
        if study.posterior is not None:
            prior = replace(study, posterior=None)
            yield from fits(prior, study.posterior, list(some), [], seed=study.psa.seed)


def _draw(write: object, found: list[Fit], seed: list[Fit], loaded: Loaded) -> None:
    from remit.report.figures.targets import targets_figure
    from remit.report.render import render

    context = context_of(loaded.study)
    for name, some in (("f18_validation", found), ("f18_seed_tables", seed)):
        write(name, render(targets_figure(targets_table(some, loaded.study), context)))  # type: ignore[operator]


def _say(found: list[Fit], seed: list[Fit], loaded: Loaded) -> None:
    for fit in found:
        target, after = fit.target, fit.posterior
        setting = f", in {target.scenario}" if target.scenario else ""
        numbers = [target.value, after.mean, after.predictive_low, after.predictive_high]
        value, mean, low, high = (f"{x:,.0f}" if x >= 1000 else f"{x:.3g}" for x in numbers)
        say(
            f"{'inside ' if fit.foretold else 'OUTSIDE'}  {target.title} "
            f"({label_of(loaded.study, target.strategies[0])}, {target.validates}{setting}): "
            f"reported {value}, predicted {mean} ({low} to {high})"
        )
    inside = sum(fit.foretold for fit in found)
    say(f"{inside} of {len(found)} outcomes that took no part lie inside their 95% predictive intervals.")
    near = sum(fit.inside for fit in seed)
    say(
        f"Of the {len(seed)} numbers of the seed's tables, of all ages and products, {near} have the model's "
        "mean inside their 95% interval (results/seed_tables.csv lists them)."
    )
