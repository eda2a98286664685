"""`remit show`: every resolved value and the file that sets it."""

from __future__ import annotations

from collections.abc import Iterable

from remit.commands.screen import console, say
from remit.files.studies import read_study
from remit.report.model_tables import parameters_table


def show_study(scenario: str | None, *, others: Iterable[str], settings: Iterable[str]) -> None:
    """Print settings, strategies and parameters of a scenario."""
    from rich.table import Table

    loaded = read_study(scenario, others=others, settings=settings)
    study = loaded.study
    say(f"{study.title}" + (f": {study.because}" if study.because else ""))
    for key, value in loaded.resolved["settings"].items():
        say(f"  settings.{key}: {value}")
    for name, strategy in study.strategies.items():
        lines = " -> ".join(line.therapy for line in strategy.lines)
        say(f"  strategy {name}: {lines}" + ("  (comparator)" if name == study.comparator else ""))
    table = Table(title="Parameters: value as given, mean as used in the deterministic run", title_justify="left")
    for head in ("Parameter", "Value", "Mean", "Unit", "Distribution", "Source", "Set in"):
        table.add_column(head, overflow="fold")
    for row in parameters_table(study, loaded.origins).to_dict("records"):
        mean = row["mean"]
        solved = " (solved)" if row["parameter"] in loaded.solved else ""
        value = row["value"] if isinstance(row["value"], str) else f"{row['value']:.6g}"
        shown = "" if mean != mean else f"{mean:.6g}"  # noqa: PLR0124 - NaN is not itself
        table.add_row(
            str(row["parameter"]), value + solved, shown, row["unit"], row["distribution"], row["source"], row["set_in"]
        )
    console().print(table)
    assumed = sum(parameter.source == "assumption" for parameter in study.parameters.values())
    say(f"{len(study.parameters)} parameters, {assumed} of them assumptions.")
