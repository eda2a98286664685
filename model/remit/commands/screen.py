"""What is shown on the terminal: tables, progress, and one line for each mistake."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table


def console(*, stderr: bool = False) -> Console:
    """Return the terminal; what is piped elsewhere is as wide as COLUMNS says, or 120."""
    from rich.console import Console

    out = Console(stderr=stderr, highlight=False)
    return (
        out
        if out.is_terminal or "COLUMNS" in os.environ
        else Console(stderr=stderr, highlight=False, width=120)
    )


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Show what is being done: a spinner on a terminal, a plain line otherwise."""
    from rich.markup import escape

    out = console(stderr=True)
    if out.is_terminal:
        with out.status(escape(name)):
            yield
    else:
        out.print(escape(f"{name} ..."))
        yield


def show_incremental(table: pd.DataFrame, labels: dict[str, str], currency: str, title: str) -> None:
    """Print the full incremental analysis, in 80 columns where there are no more."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    shown = Table(
        title=escape(title),
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    shown.add_column("Strategy", overflow="fold")
    for head in (f"Costs\n{currency}", "QALYs", "Incr.\ncosts", "Incr.\nQALYs", f"ICER\n{currency}/QALY"):
        shown.add_column(head, justify="right", no_wrap=True)
    shown.add_column("Status", min_width=len("dominated"))
    for row in table.itertuples():
        shown.add_row(
            escape(labels[str(row.strategy)]),
            _number(row.costs, ",.0f"),
            _number(row.qalys, ".2f"),
            _number(row.incremental_costs, ",.0f"),
            _number(row.incremental_qalys, ".2f"),
            _number(row.icer, ",.0f"),
            str(row.status),
        )
    show_table(shown)


def show_beside(table: pd.DataFrame, labels: dict[str, str], comparator: str, currency: str) -> None:
    """Print the increments of each strategy under every posterior, the study's own first."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    shown = Table(
        title=f"Against '{labels[comparator]}', under each posterior (means of draws)",
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    shown.add_column("Posterior", overflow="fold")
    shown.add_column("Strategy", overflow="fold")
    for head in ("Incr.\nQALYs", "sd", f"ICER\n{currency}/QALY", "Best in"):
        shown.add_column(head, justify="right", no_wrap=True)
    before = None
    for row in table[table["strategy"] != comparator].itertuples():
        shown.add_row(
            "" if row.title == before else escape(str(row.title)),
            escape(labels[str(row.strategy)]),
            _number(row.incremental_qalys, ".2f"),
            _number(row.incremental_qalys_sd, ".2f"),
            _number(row.icer, ",.0f"),
            _number(row.probability_best, ".1%"),
        )
        before = row.title
    show_table(shown)


def show_table(table: Table) -> None:
    """Print a table, without blanks at the ends of its lines."""
    out = console()
    with out.capture() as captured:
        out.print(table)
    typer.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def say(text: str) -> None:
    """Print a sentence, wrapped by words on a terminal."""
    typer.echo(_wrapped(text) if sys.stdout.isatty() else text)


def complain(text: str) -> None:
    """Print what went wrong, one line for each mistake."""
    typer.secho(text, fg="red", err=True)


def _wrapped(text: str) -> str:
    width = shutil.get_terminal_size().columns
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )


def _number(value: object, form: str) -> str:
    number = float(value)  # type: ignore[arg-type]  # a cell of a numeric column
    return "" if number != number else format(number, form)  # noqa: PLR0124 - NaN is not itself
