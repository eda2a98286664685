"""`remit calibrate`: from priors and targets to a posterior, with tables and figures of the fit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from remit.analysis.calibration.calibrate import (
    Calibration,
    plan_calibration,
    posterior_of,
    run_stages,
)
from remit.analysis.calibration.conflict import conflicts
from remit.analysis.calibration.fit import Fit, fits, moves, shown_beside
from remit.analysis.calibration.implied import implied_grid
from remit.analysis.calibration.power import at_weights, power_of
from remit.analysis.calibration.sampler import Plan, Stage
from remit.commands.screen import say, stage
from remit.errors import InputError, Problem, RemitError
from remit.files.headers import Calibrating
from remit.files.loaded import Loaded
from remit.files.places import params_folder
from remit.files.posteriors import (
    marks_of,
    posterior_file,
    read_posterior,
    scenario_of,
    write_posterior,
)
from remit.files.runs import RunFolder, plan_run, writing_failed
from remit.files.stages import StageFolder
from remit.files.studies import read_study, targets_of
from remit.inputs.posterior import Posterior
from remit.inputs.targets import Expected
from remit.report import calibration_tables as tables
from remit.report.context import context_of, context_to

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class _Made:
    """What a calibration ends in."""

    calibration: Calibration
    stages: list[Stage]
    posterior: Posterior


def calibrate(
    scenario: str | None, *, resume: bool, out: str | None, force: bool, command: Iterable[str]
) -> Path:
    """Calibrate a scenario and return the folder with its tables and figures.

    Raises
    ------
    InputError
        Where the scenario has no calibration of its own, or anything in it is wrong.
    RemitError
        Where the targets cannot be reached, naming those in conflict.
    """
    loaded = read_study(scenario, posterior=False)
    block = _block(loaded)
    options = {"calibration": block.posterior, "seed": block.seed}
    folder, finished = plan_run(
        loaded, kind="calibration", options=options, out=out, force=force, name=f"calibrate-{loaded.name}"
    )
    path = posterior_file(params_folder(), block.posterior)
    _refuse_another_name(path, loaded.name)
    if finished is not None and _is_sound(loaded, path):
        say(f"This calibration is finished already: {finished} (--force repeats it)")
        return finished
    folder.replaces = folder.replaces or finished is not None
    with folder.writing():
        made = _calibrate(loaded, folder, resume=resume)
        targets = targets_of(loaded.targets, block)
        said = {"scenario": loaded.name, "seed": block.seed, "stages": len(made.stages)}
        results, shown = _tables(loaded, made)
        folder.write_inputs(loaded)
        for name, table in results.items():
            folder.write_table(name, table)
        with folder.timed("figures"), stage("Figures"):
            _draw(folder, results, loaded)
        _refuse_conflicts(made, shown)
        folder.finish(command, {"context": context_to(context_of(loaded.study))})
    # Last, so that a calibration that fails in any way leaves the posterior that there was.
    try:
        write_posterior(path, made.posterior, marks_of(loaded.study, targets), said)
    except OSError as error:
        raise writing_failed(error) from error
    _stages_of(loaded).clear()
    _say(made, shown, path)
    say(f"Run folder: {folder.target}")
    return folder.target


def _block(loaded: Loaded) -> Calibrating:
    """Return the scenario's own calibration block, or refuse a scenario without one."""
    if loaded.calibration is None or not loaded.calibrates:
        rule = "this scenario has no calibration of its own: it reads the posterior of the one it extends"
        raise InputError(Problem(rule, key=loaded.name, hint="give it a `calibration:` block"))
    return loaded.calibration


def _refuse_another_name(path: Path, scenario: str) -> None:
    """Refuse to write over the posterior of another scenario."""
    owner = scenario_of(path)
    if owner is not None and owner != scenario:
        rule = f"this posterior is that of {owner}"
        raise InputError(
            Problem(rule, key="calibration.posterior", value=path.stem, hint="choose another name")
        )


def _is_sound(loaded: Loaded, path: Path) -> bool:
    """Tell whether the posterior is there and belongs to the study as it is."""
    block = _block(loaded)
    try:
        read_posterior(path, loaded.study, targets_of(loaded.targets, block), "")
    except InputError:
        return False
    return True


def _stages_of(loaded: Loaded) -> StageFolder:
    block = _block(loaded)
    marks = marks_of(loaded.study, targets_of(loaded.targets, block))
    key = "-".join(mark[:4] for mark in marks.values())
    sizes = f"{block.draws}-{block.last}-{block.ess:g}-{block.seed}"
    return StageFolder(Path("runs") / ".stages" / f"{block.posterior}-{key}-{sizes}")


def _calibrate(loaded: Loaded, folder: RunFolder, *, resume: bool) -> _Made:
    block = _block(loaded)
    kept = _stages_of(loaded)
    if not resume:
        kept.clear()
    stages = kept.kept()
    plan = Plan(block.draws, block.last, block.ess, block.seed)
    with folder.timed("plan"), stage(f"{loaded.study.title}: which parameters move the targets"):
        calibration = plan_calibration(loaded.study, targets_of(loaded.targets, block), plan)
    say(
        f"{len(calibration.targets)} targets, {len(calibration.parameters)} parameters fitted"
        + (f"; {len(stages)} finished stages found" if stages else "")
    )
    since = time.perf_counter()
    try:
        with folder.timed("stages"):
            for one in run_stages(calibration, done=stages[-1] if stages else None):
                kept.keep(one)
                stages.append(one)
                say(_stage_line(one, time.perf_counter() - since))
    except ValueError as error:
        raise RemitError(f"{loaded.name}: {error}{_worst(calibration, stages)}") from None
    except KeyboardInterrupt:
        say(f"{len(stages)} finished stages are kept: go on with `remit calibrate {loaded.name} --resume`")
        raise
    with folder.timed("posterior"), stage("Rows of the posterior, and cost parameters for each"):
        try:
            posterior = posterior_of(calibration, stages[-1], block.posterior)
        except ValueError as error:
            raise RemitError(f"{loaded.name}: {error}") from None
    return _Made(calibration, stages, posterior)


def _stage_line(one: Stage, seconds: float) -> str:
    drawn = one.weights.size
    of = "prior" if one.number == 0 else "posterior" if one.last else "proposal"
    return (
        f"  stage {one.number}: {drawn:,} draws of the {of}, likelihood to the power {one.power:.3f}, "
        f"effective sample size {one.ess:,.0f}, {seconds:.0f} s"
    )


def _worst(calibration: Calibration, stages: list[Stage]) -> str:
    """Say which target is not reached, and what pulls it away or that no draw of the prior comes near it."""
    if not stages:
        return ""
    reached = stages[-1].predictions @ stages[-1].weights
    found = conflicts(calibration.clinical, stages[0].predictions, reached)
    if found:
        return "".join(f"\ntarget not reached: {conflict}" for conflict in found)
    parts = [
        (float(target.log_likelihood(values).max()), target.key)
        for target, values in zip(calibration.clinical, stages[0].predictions, strict=True)
    ]
    worst, key = min(parts)
    return f"; the prior comes nowhere near {key}" if worst < -8 else ""


def _tables(loaded: Loaded, made: _Made) -> tuple[dict[str, pd.DataFrame], list[Fit]]:
    study, calibration, seed = loaded.study, made.calibration, made.calibration.plan.seed
    fitted = [target.key for target in calibration.targets]
    beside = shown_beside(loaded.targets_shown, calibration.targets, study)
    with stage("Predictions of prior and posterior"):
        shown = fits(study, made.posterior, [*calibration.targets, *beside], fitted, seed=seed)
    moved = moves(study, made.posterior, seed=seed)
    results = {
        "targets.csv": tables.targets_table(shown, study),
        "posterior_parameters.csv": tables.moves_table(moved, study),
        "stages.csv": tables.stages_table(made.stages),
    }
    return results | _anchor_tables(loaded, calibration, shown), shown


def _anchor_tables(loaded: Loaded, calibration: Calibration, shown: list[Fit]) -> dict[str, pd.DataFrame]:
    """Return how the result hangs on the cited QALYs, where they are targets, and what they imply."""
    anchors = [t for t in calibration.clinical if isinstance(t.quantity, Expected)]
    if not anchors or loaded.calibration is None or not loaded.calibration.power_curve:
        return {}
    with stage("The result with the anchor at weights from 0 to 1"):
        weighted = list(at_weights(calibration, [target.key for target in anchors]))
        powers = [power for one in weighted for power in power_of(one, loaded.study.comparator)]
    names = list(dict.fromkeys(name for target in anchors for name in target.strategies))
    with stage("Which durable share and mortality the anchor implies"):
        grids = list(implied_grid(weighted[0].study, names))
    return {
        "anchor_power.csv": tables.power_table(powers, shown),
        "implied.csv": tables.implied_table(grids),
        "implied_trials.csv": tables.implied_trials_table(grids),
    }


def _draw(folder: RunFolder, results: Mapping[str, pd.DataFrame], loaded: Loaded) -> None:
    from remit.report.figures.calibration import FIGURES
    from remit.report.figures.run_figures import draw
    from remit.report.render import render

    for name, figure in draw(results, context_of(loaded.study), FIGURES):
        folder.write_figure(name, render(figure))


def _refuse_conflicts(made: _Made, shown: list[Fit]) -> None:
    by_key = {fit.target.key: fit for fit in shown}
    targets = made.calibration.clinical
    after = np.array([by_key[target.key].posterior.mean for target in targets])
    found = conflicts(targets, made.stages[0].predictions, after)
    if found:
        raise RemitError("\n".join(f"target not reached: {conflict}" for conflict in found))


def _say(made: _Made, shown: list[Fit], path: Path) -> None:
    for fit in shown:
        if not fit.inside:
            kind = "target" if fit.fitted else "not fitted"
            low, high = fit.target.interval
            say(
                f"Missed ({kind}): {fit.target.title}, {fit.target.key}: reported {fit.target.value:.4g} "
                f"({low:.4g} to {high:.4g}), posterior mean {fit.posterior.mean:.4g}"
            )
    fitted = [fit for fit in shown if fit.fitted]
    inside = sum(fit.inside for fit in fitted)
    say(f"{inside} of {len(fitted)} targets inside their 95% intervals.")
    ess = made.posterior.ess
    say(f"Posterior: {path}, {made.posterior.n_rows:,} rows, effective sample size {ess:,.0f}")
