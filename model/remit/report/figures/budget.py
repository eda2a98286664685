"""F16: what is spent in each year as practice stands and as it is expected to change, and the difference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from remit.report.figures.categories import Looks, category_legend, category_looks
from remit.report.figures.style import DARK, Context, house_style, new_figure, no_spines, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MILLION = 1e6
TITLES = {"now": "Practice as it is", "then": "Practice as expected", "impact": "Budget impact"}


def budget_figure(budget: pd.DataFrame, uptake: pd.DataFrame, context: Context) -> Figure:
    """Draw undiscounted costs by year and category in both worlds, and their difference.

    Parameters
    ----------
    budget
        ``world, year, category, costs, perspective``; the worlds ``now``, ``then`` and ``impact``.
    uptake
        ``world, year, strategy, patients``: new patients.
    context
        Labels and what the figure rests on.
    """
    spent = budget.pivot_table(index=["world", "year"], columns="category", values="costs", aggfunc="sum")
    spent = spent.loc[:, (spent != 0).any()] / MILLION
    looks = category_looks(name for name in budget["category"].drop_duplicates() if name in spent)
    payer = str(budget["perspective"].iloc[0])
    paid = replace(context, perspective=payer, horizon_years=float(budget["year"].max()))
    with house_style():
        figure = new_figure(
            4.3, "Budget impact by year", paid.caption(_note(uptake, context), discounted=False)
        )
        panels, below = figure.subplots(2, 3, height_ratios=[3.1, 1.0])
        _share_scale(list(panels[:2]))
        for axes, (world, title) in zip(panels, TITLES.items(), strict=True):
            _stack(axes, spent.loc[world], looks)
            axes.set_title(title)
            axes.set_xlabel("Year")
        _same_step(list(panels), spent)
        panels[0].set_ylabel(f"Million {context.unit}")
        for axes in below:
            axes.set_axis_off()
        category_legend(below[0], looks, top=1.0)
    return figure


def _share_scale(axes: list[Axes]) -> None:
    axes[1].sharey(axes[0])


def _same_step(panels: list[Axes], spent: pd.DataFrame) -> None:
    """Give all panels scales of the same length, so that bars can be compared between them."""
    totals = spent.clip(lower=0).sum(axis=1)
    lowest = float(spent.clip(upper=0).sum(axis=1).min())
    top = 1.12 * float(totals.max())
    for axes in panels:
        axes.set_ylim(1.12 * lowest if lowest < 0 else 0, top)


def _stack(axes: Axes, years: pd.DataFrame, looks: Looks) -> None:
    """Stack the categories of each year, savings below zero, with the total above."""
    for year, row in years.iterrows():
        ends = {True: 0.0, False: 0.0}
        for category, (_, colour) in looks.items():
            value = float(row[category])
            if value:
                axes.bar(
                    int(str(year)),
                    value,
                    bottom=ends[value > 0],
                    width=0.66,
                    color=colour,
                    edgecolor="white",
                    linewidth=0.4,
                    gid=f"{year}:{category}",
                )
                ends[value > 0] += value
        total = f"{row.sum():.1f}".replace("-", "−")
        axes.annotate(
            total,
            (int(str(year)), ends[True]),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            fontweight="bold",
            color=DARK,
        )
    axes.axhline(0, color="#777777", linewidth=0.8)
    axes.set_xticks(list(years.index))
    axes.grid(visible=False, axis="x")
    no_spines(axes)


def _note(uptake: pd.DataFrame, context: Context) -> str:
    """Say how many start with what, in the first and the last year."""
    first, last = uptake["year"].min(), uptake["year"].max()
    patients = uptake[(uptake["world"] == "now") & (uptake["year"] == first)]["patients"].sum()
    told = {key: _mix(rows, context) for key, rows in uptake.groupby(["world", "year"])}
    return (
        f"{patients:g} new patients a year; undiscounted, at the parameters' means; totals in bold. "
        f"As it is: {told['now', first]}. As expected in year {first}: {told['then', first]}; in "
        f"year {last}: {told['then', last]}."
    )


def _mix(rows: pd.DataFrame, context: Context) -> str:
    shares = rows.set_index("strategy")["patients"] / rows["patients"].sum()
    return ", ".join(
        f"{context.label(str(name))} {percent(share)}" for name, share in shares.items() if share
    )
