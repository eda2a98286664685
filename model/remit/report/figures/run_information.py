"""Figures on the value of information, drawn from the tables of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.analysis.information import Population
from remit.report.figures.information import LEAST, value_of_information
from remit.report.figures.research import research_figure
from remit.report.figures.style import Context
from remit.report.research_tables import telling_wtp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def information_figure(
    evpi: pd.DataFrame,
    evppi: pd.DataFrame,
    losses: pd.DataFrame,
    population: pd.DataFrame,
    context: Context,
) -> Figure:
    """Draw F11 at the threshold, or where nothing is worth learning there at the WTP of the highest EVPI.

    Parameters
    ----------
    evpi, evppi, losses, population
        ``evpi_population.csv``, ``evppi.csv``, ``expected_loss.csv`` and ``population.csv`` of a run.
    context
        What the figure rests on.
    """
    single = evppi[evppi["kind"] == "single"]
    worth = single.groupby("wtp")["evppi"].max()
    is_told = float(worth.get(context.threshold, 0.0)) >= LEAST
    wtp = context.threshold if is_told else float(evpi.loc[evpi["evpi"].idxmax(), "wtp"])
    among = list(losses["strategy"].drop_duplicates())
    return value_of_information(evpi, evppi, context, _population(population), wtp=wtp, among=among)


def is_worth_drawing(evsi: pd.DataFrame) -> bool:
    """Tell whether the first design of ``evsi.csv`` is worth anything at any WTP: else there is no curve."""
    first = evsi[evsi["design"] == evsi["design"].iloc[0]] if len(evsi) else evsi
    return bool(len(first)) and float(first["evsi"].max()) >= LEAST


def first_research_figure(
    evpi: pd.DataFrame,
    evppi: pd.DataFrame,
    losses: pd.DataFrame,
    evsi: pd.DataFrame,
    population: pd.DataFrame,
    context: Context,
) -> Figure:
    """Draw what the first group of parameters is worth to learn, and what the first design tells of it.

    Parameters
    ----------
    evpi, evppi, losses, evsi, population
        ``evpi_population.csv``, ``evppi.csv``, ``expected_loss.csv``, ``evsi.csv`` and ``population.csv``.
    context
        What the figure rests on.
    """
    groups = evppi[evppi["kind"] == "group"]
    first = evsi[evsi["design"] == evsi["design"].iloc[0]]
    return research_figure(
        evpi,
        groups,
        first,
        context,
        _population(population),
        learnt=str(groups["title"].iloc[0]),
        wtp=telling_wtp(first, context.threshold),
        among=list(losses["strategy"].drop_duplicates()),
    )


def _population(table: pd.DataFrame) -> Population:
    row = table.iloc[0]
    return Population(float(row["per_year"]), float(row["years"]), float(row["discount"]))
