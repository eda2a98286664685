"""`remit pool`: the trials that a population pools, what they say together, and their forest plots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from remit.commands.screen import say, show_table, stage
from remit.errors import InputError, Problem
from remit.files.loaded import Loaded
from remit.files.pools import OUTCOMES, Gathered, gather
from remit.files.results import save_figure, save_table
from remit.files.runs import writing_failed
from remit.files.studies import read_study
from remit.report.pool_tables import PooledOutcome, PooledTrial, pooled_table, pooled_trials_table
from remit.report.words import label_of
from remit.survival.pooling import Pool

if TYPE_CHECKING:
    import pandas as pd


def pool_trials(scenario: str | None, *, out: str | None) -> Path:
    """Pool what the population of a scenario names, print it and write it; return the folder.

    Raises
    ------
    InputError
        Where the scenario is wrong, its population pools no trials, or the folder cannot be written.
    """
    loaded = read_study(scenario, posterior=False)
    found = _pooled(loaded)
    if not found:
        rule = f"the population {loaded.study.population.title!r} pools no trials"
        raise InputError(Problem(rule, hint="name them under population.pooling in its file"))
    _show(found, loaded)
    folder = Path(out) if out is not None else Path("runs") / "pools" / loaded.name
    pooled, trials = pooled_table(found), pooled_trials_table(found)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_table(folder / "pooled.csv", pooled)
        save_table(folder / "pooled_trials.csv", trials)
        with stage("Forest plots"):
            _draw(folder, pooled, trials, loaded)
    except OSError as error:
        raise writing_failed(error) from error
    say(f"Pools: {folder}")
    return folder


def _pooled(loaded: Loaded) -> list[PooledOutcome]:
    """Return every outcome of every therapy class that the population names."""
    return [
        _outcome(gather(loaded.evidence, therapy, outcome, trials))
        for therapy, trials in loaded.study.population.pooling.items()
        for outcome in OUTCOMES
    ]


def _outcome(gathered: Gathered) -> PooledOutcome:
    rows = [
        PooledTrial(each.trial.title, each.trial, each.rounded, each.reading, each.source)
        for each in gathered.counted
    ]
    rows += [PooledTrial(each.title, None, left_out=each.why) for each in gathered.left_out]
    try:
        found = gathered.pool if gathered.counted else None
    except ValueError as error:
        place = f"{gathered.therapy}, {gathered.outcome}"
        raise InputError(Problem(str(error), key=place)) from None
    return PooledOutcome(gathered.therapy, gathered.outcome, found, tuple(rows))


def _show(found: list[PooledOutcome], loaded: Loaded) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    title = f"Pooled trials: {loaded.study.population.title}"
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Therapy")
    table.add_column("Outcome")
    for head in ("Trials", "Events / n", "Share (95%)", "tau (95%)", "Prediction (95%)", "I²"):
        table.add_column(head, justify="right", no_wrap=True)
    for each in found:
        table.add_row(_name(each.therapy, loaded), each.outcome, *_cells(each.pool))
    show_table(table)
    for each in found:
        for row in each.rows:
            if row.left_out:
                say(f"{_name(each.therapy, loaded)}, {each.outcome}: left out {row.title}: {row.left_out}")
    say(
        "Events are the printed percentage of n, rounded, where no count is printed (pooled_trials.csv says)."
    )


def _cells(found: Pool | None) -> tuple[str, ...]:
    if found is None:
        return "0", "", "", "", "", ""
    counts = f"{sum(t.events for t in found.trials)} / {sum(t.n for t in found.trials)}"
    low, high = found.interval
    tau_low, tau_high = found.tau_interval or (0.0, 0.0)
    return (
        str(len(found.trials)),
        counts,
        f"{found.share:.3f} ({low:.3f}-{high:.3f})",
        f"{found.tau:.2f} ({tau_low:.2f}-{tau_high:.2f})" if found.estimable else "not estimable",
        f"{found.prediction[0]:.3f}-{found.prediction[1]:.3f}" if found.prediction else "",
        f"{found.i_squared:.0%}" if found.i_squared is not None else "",
    )


def _draw(folder: Path, pooled: pd.DataFrame, trials: pd.DataFrame, loaded: Loaded) -> None:
    from remit.report.figures.forest import forest_plot
    from remit.report.render import render

    study = loaded.study
    figure = forest_plot(
        pooled,
        trials,
        therapies={therapy: _name(therapy, loaded) for therapy in study.population.pooling},
        outcomes={str(outcome): words for outcome, words in OUTCOMES.items()},
        title=f"Trials pooled for: {study.population.title}",
        strategies=tuple(study.strategies),
    )
    save_figure(folder, "forest", render(figure))


def _name(therapy: str, loaded: Loaded) -> str:
    """Return what a therapy class is called."""
    return THERAPIES.get(therapy) or label_of(loaded.study, therapy)


THERAPIES = {"blinatumomab": "Blinatumomab", "car_t": "CD19 CAR T cells"}
