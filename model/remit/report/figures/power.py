"""How much the result hangs on the cited QALYs: it, by the weight of their likelihood."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from remit.report.figures.style import (
    GREY,
    Context,
    house_style,
    ink,
    legend_below_title,
    money,
    money_axis,
    new_figure,
    no_spines,
    strategy_colours,
    strategy_markers,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[Any, Any]

_NORMAL = 1.96


def power_figure(powers: pd.DataFrame, context: Context) -> Figure:
    """Draw ICER and incremental QALYs as the cited QALYs gain weight.

    Parameters
    ----------
    powers
        ``weight, strategy, comparator, incremental_qalys, incremental_qalys_sd, incremental_costs, icer,
        ess`` of `anchor_power.csv` and, if known, ``cited_incremental_qalys`` (see :func:`with_cited`).
    context
        The threshold, labels, and what the figure rests on.
    """
    comparator = context.label(str(powers["comparator"].iloc[0]))
    least, most = powers["ess"].min(), powers["ess"].max()
    note = (
        f"Against {comparator}. Weight 0: QALYs from trials alone (cited costs are "
        "fitted at every weight); 1: the cited QALYs count in full. ICER: of the "
        "means; it is left out where a strategy is not both dearer and better. Band: ± 1.96 sd of the draws. "
        f"Effective sample size {money(least)} to {money(most)}."
    )
    with house_style():
        figure = new_figure(2.7, "How much hangs on the cited QALYs", context.caption(note), head=0.2)
        left, right = figure.subplots(1, 2)
        for name in [name for name in context.strategies if name in set(powers["strategy"])]:
            rows = powers[powers["strategy"] == name].sort_values("weight")
            colour = strategy_colours(context.strategies)[name]
            marker = strategy_markers(context.strategies)[name]
            _draw_icer(left, name, rows, (colour, marker), context)
            _draw_difference(right, name, rows, (colour, marker))
        _finish_power(left, right, context)
        _power_legend(figure, powers, context)
    return figure


def _draw_icer(axes: Axes, name: str, rows: pd.DataFrame, look: tuple[str, str], context: Context) -> None:
    """Draw a strategy's ICER where it is dearer and better, its ends written."""
    real = rows[(rows["incremental_qalys"] > 0) & (rows["incremental_costs"] > 0)]
    colour, marker = look
    axes.plot(real["weight"], real["icer"], color=colour, marker=marker, markersize=5, gid=f"icer:{name}")
    for row in (real.iloc[[0, -1]] if len(real) > 1 else real).to_dict("records"):
        axes.annotate(
            money(row["icer"], digits=3),
            (row["weight"], row["icer"]),
            xytext=(0, 6),
            textcoords="offset points",
            ha="left" if row["weight"] < 0.5 else "right",
            fontsize=7,
            color=ink(colour),
        )
    axes.set_ylabel(f"ICER ({context.currency} per QALY;\n{context.price_year})")


def _draw_difference(axes: Axes, name: str, rows: pd.DataFrame, look: tuple[str, str]) -> None:
    """Draw a strategy's incremental QALYs with their band, and the cited difference dashed."""
    colour, marker = look
    weight, mean = rows["weight"], rows["incremental_qalys"]
    half = _NORMAL * rows["incremental_qalys_sd"]
    axes.fill_between(
        weight, mean - half, mean + half, color=colour, alpha=0.2, linewidth=0, gid=f"band:{name}"
    )
    axes.plot(weight, mean, color=colour, marker=marker, markersize=5, zorder=3, gid=f"qalys:{name}")
    cited = float(rows["cited_incremental_qalys"].iloc[0]) if "cited_incremental_qalys" in rows else math.nan
    if not math.isnan(cited):
        axes.axhline(cited, color=ink(colour), linewidth=1, linestyle="--", zorder=2, gid=f"cited:{name}")
        axes.annotate(
            f"cited {cited:.2f}",
            (0.97, cited),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            fontsize=7,
            color=ink(colour),
            gid=f"cited label:{name}",
        )


def _finish_power(left: Axes, right: Axes, context: Context) -> None:
    """Name the axes, draw the threshold and keep zero in sight."""
    left.axhline(context.threshold, color=GREY, linewidth=1.1, zorder=1, gid="threshold")
    left.annotate(
        f"WTP {money(context.threshold, context.currency)} per QALY",
        (0.02, context.threshold),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=7,
        color=GREY,
    )
    left.set_ylim(0, 1.1 * max(context.threshold, left.get_ylim()[1] / 1.05))
    money_axis(left.yaxis)
    right.set_ylim(min(0.0, right.get_ylim()[0]), right.get_ylim()[1])
    right.axhline(0, color=GREY, linewidth=0.7, zorder=1)
    right.set_ylabel("Incremental QALYs per patient\n(discounted)")
    for axes in (left, right):
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel("Weight of the cited QALYs")
        no_spines(axes)


def _power_legend(figure: Figure, powers: pd.DataFrame, context: Context) -> None:
    from matplotlib.lines import Line2D

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], markersize=5, label=context.label(name))
        for name in context.strategies
        if name in set(powers["strategy"])
    ]
    legend_below_title(figure, handles, columns=3)
