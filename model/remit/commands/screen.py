"""What is shown on the terminal: tables, progress, and one line for each mistake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Return the terminal."""
    from rich.console import Console

    out = Console(stderr=stderr, highlight=False, soft_wrap=True)
    return out if out.is_terminal else Console(stderr=stderr, highlight=False, soft_wrap=True, width=120)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Show what is being done: a spinner on a terminal, a plain line otherwise."""
    out = console(stderr=True)
    if out.is_terminal:
        with out.status(name):
            yield
    else:
        out.print(f"{name} ...")
        yield


def show_incremental(table: pd.DataFrame, labels: dict[str, str], currency: str, title: str) -> None:
    """Print the full incremental analysis."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    shown = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, title_style="bold")
    shown.add_column("Strategy", min_width=16)
    heads = (f"Costs\n{currency}", "QALYs", "Incremental\ncosts", "Incremental\nQALYs", f"ICER\n{currency}/QALY")
    for head in heads:
        shown.add_column(head, justify="right", no_wrap=True)
    shown.add_column("Status", min_width=10)
    for row in table.itertuples():
        shown.add_row(
            labels[str(row.strategy)],
            _number(row.costs, ",.0f"),
            _number(row.qalys, ".2f"),
            _number(row.incremental_costs, ",.0f"),
            _number(row.incremental_qalys, ".2f"),
            _number(row.icer, ",.0f"),
            str(row.status),
        )
    console().print(shown)


def say(text: str) -> None:
    """Print a sentence."""
    console().print(text, markup=False)


def complain(error: Exception) -> None:
    """Print an error, one line for each mistake."""
    console(stderr=True).print(str(error), markup=False, style="red")


def _number(value: object, form: str) -> str:
    number = float(value)  # type: ignore[arg-type]  # a cell of a numeric column
    return "" if number != number else format(number, form)  # noqa: PLR0124 - NaN is not itself
