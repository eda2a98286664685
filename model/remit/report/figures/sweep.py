"""Figures of a sweep: lines over one axis, a heat map over two, and which of them suits the points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from remit.economics.strata import ALL
from remit.report.figures.style import (
    Context,
    house_style,
    legend_below_title,
    money_axis,
    new_figure,
    strategy_colours,
    strategy_markers,
    wrapped,
)
from remit.report.figures.sweep_scale import scale_of
from remit.report.figures.sweep_values import show_turn, shown
from remit.report.figures.sweep_words import MONEY, caption_of, name_of, title_of
from remit.report.sweep_drawing import SweepDrawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def sweep_figures(
    tables: Mapping[str, pd.DataFrame], drawing: SweepDrawing, context: Context
) -> Iterator[tuple[str, Figure]]:
    """Yield (file name, figure) for everything that a sweep draws.

    Parameters
    ----------
    tables
        ``sweep.parquet``, a row for each point, group of patients and strategy; for a decision map
        ``cloud.csv`` too.
    drawing
        What is drawn. Where it names no kind: lines over one axis or two, over two axes of numbers a heat map
        too, and of a Latin hypercube a scatter; of a list or grid of more axes there is a table only.
    context
        Of the study.
    """
    from remit.report.figures.decision_map import map_figures
    from remit.report.figures.sweep_scatter import sweep_scatter

    table = tables["sweep.parquet"]
    if drawing.kind == "decision_map" and drawing.map is not None:
        yield from map_figures(table, tables["cloud.csv"], drawing.map, context)
        return
    makers = {"lines": sweep_lines, "heat_map": sweep_heat_map, "scatter": sweep_scatter}
    for suffix, part, own in _groups(table, context):
        for value in drawing.values:
            for kind in _kinds(drawing, table):
                yield f"{kind}_{value}{suffix}", makers[kind](part, drawing, value, own)


def _kinds(drawing: SweepDrawing, table: pd.DataFrame) -> tuple[str, ...]:
    """Return the kinds of figure that suit the points."""
    if drawing.kind is not None:
        return (drawing.kind,)
    if drawing.design == "latin_hypercube":
        return ("scatter",)
    if len(drawing.axes) > 2:
        return ()
    numeric = all(scale_of(axis, table[axis.column]).is_numeric for axis in drawing.axes)
    flat = len(drawing.axes) == 2 and drawing.design == "grid" and numeric
    return ("lines", "heat_map") if flat else ("lines",)


def _groups(table: pd.DataFrame, context: Context) -> Iterator[tuple[str, pd.DataFrame, Context]]:
    """Yield the part of the table of each group of patients, with what its files and captions add."""
    if "stratum" not in table:
        yield "", table, context
        return
    for level, part in table.groupby("stratum", sort=False):
        if level == ALL:
            yield "", part, context
        else:
            yield f"_{level}", part, replace(context, title=f"{context.title}, {level} patients")


def sweep_lines(table: pd.DataFrame, drawing: SweepDrawing, value: str, context: Context) -> Figure:
    """Draw one value over the first axis: a line for each strategy, or for each value of the second axis."""
    with house_style():
        alone = len(drawing.axes) == 1
        title = title_of(value, drawing, context, strategy=None if alone else drawing.strategy)
        figure = new_figure(3.4, wrapped(title, 88), caption_of(drawing, context, table, value))
        panel = figure.subplots()
        if alone:
            _strategies(panel, shown(table, value), drawing, value, context)
        else:
            _levels(panel, shown(table[table["strategy"] == drawing.strategy], value), drawing, value)
        first = drawing.axes[0]
        scale = scale_of(first, table[first.column])
        panel.set_xlabel(wrapped(scale.title, 90))
        scale.show_on(panel.xaxis)
        panel.set_ylabel(wrapped(name_of(value, drawing, context), 44))
        show_turn(panel, drawing, value, context)
        more = [scale_of(axis, table[axis.column]).title for axis in drawing.axes[1:]]
        _legend(panel, wrapped(more[0], 24) if more else None)
        return figure


def _legend(panel: Axes, title: str | None) -> None:
    """Name the lines beside the panel, in the order in which they end there."""
    drawn = [line for line in panel.get_lines() if not str(line.get_label()).startswith("_")]
    lines = sorted(drawn, key=lambda line: -float(np.asarray(line.get_ydata())[-1]))
    if lines:
        panel.legend(handles=lines, title=title, loc="center left", bbox_to_anchor=(1.01, 0.5))


def _strategies(panel: Axes, part: pd.DataFrame, drawing: SweepDrawing, value: str, context: Context) -> None:
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    axis = drawing.axes[0]
    numbers = dict(zip(part.index, scale_of(axis, part[axis.column]).numbers, strict=True))
    line = "-" if scale_of(axis, part[axis.column]).is_numeric else "none"
    for name in context.strategies:
        rows = part[part["strategy"] == name]
        if not rows.empty:
            rows = rows.assign(x=[numbers[place] for place in rows.index]).sort_values("x")
            label = wrapped(context.label(name), 22)
            panel.plot(
                rows["x"],
                rows[value],
                linestyle=line,
                color=colours[name],
                marker=markers[name],
                markersize=4.5,
                label=label,
            )


def _levels(panel: Axes, part: pd.DataFrame, drawing: SweepDrawing, value: str) -> None:
    import seaborn as sns

    first, second = (scale_of(axis, part[axis.column]) for axis in drawing.axes)
    rows = part.assign(x=first.numbers, y=second.numbers, level=list(second.texts)).sort_values(["y", "x"])
    groups = list(rows.groupby("y"))
    line = "-" if first.is_numeric else "none"
    for (_, group), colour in zip(groups, sns.color_palette("viridis", len(groups)), strict=True):
        label = wrapped(group["level"].iloc[0], 22)
        panel.plot(
            group["x"], group[value], linestyle=line, marker="o", markersize=3.5, color=colour, label=label
        )


def sweep_heat_map(table: pd.DataFrame, drawing: SweepDrawing, value: str, context: Context) -> Figure:
    """Draw one value of a strategy over two axes, with the contour at which the decision turns."""
    with house_style():
        part = table[table["strategy"] == drawing.strategy]
        part = part.assign(shown=part[value].where(part.index.isin(shown(part, value).index)))
        scales = [scale_of(axis, part[axis.column]) for axis in drawing.axes]
        grid = part.assign(x=scales[0].numbers, y=scales[1].numbers).pivot_table(
            index="y", columns="x", values="shown", dropna=False
        )
        title = wrapped(title_of(value, drawing, context, strategy=drawing.strategy), 88)
        figure = new_figure(3.6, title, caption_of(drawing, context, table, value), head=0.22)
        panel = figure.subplots()
        turns = value == "inmb" or (value == "icer" and "threshold" not in drawing.varied)
        _shade(figure, panel, grid, value, name_of(value, drawing, context), turn=_turn(value, context))
        if turns:
            _contour(figure, panel, grid, value, drawing, context)
        panel.set_facecolor("#ededed")
        panel.grid(visible=False)
        panel.set_xlabel(wrapped(scales[0].title, 60))
        panel.set_ylabel(wrapped(scales[1].title, 44))
        for axis, scale in zip((panel.xaxis, panel.yaxis), scales, strict=True):
            scale.show_on(axis)
        return figure


def _turn(value: str, context: Context) -> float | None:
    """Return the value at which the decision turns, or None where it turns at none."""
    return {"icer": context.threshold, "inmb": 0.0}.get(value)


def _shade(
    figure: Figure, panel: Axes, grid: pd.DataFrame, value: str, name: str, *, turn: float | None
) -> None:
    """Colour the map, white where the decision turns, with a bar beside it."""
    from matplotlib.colors import Normalize

    if turn is None:
        drawn = panel.pcolormesh(grid.columns, grid.index, grid, shading="nearest", cmap="viridis")
    else:
        widest = float(np.nanmax(np.abs(grid.to_numpy() - turn), initial=0.0)) or 1.0
        colours = "RdBu" if value == "inmb" else "RdBu_r"
        ends = Normalize(turn - widest, turn + widest)
        drawn = panel.pcolormesh(grid.columns, grid.index, grid, shading="nearest", cmap=colours, norm=ends)
    bar = figure.colorbar(drawn, ax=panel, label=wrapped(name, 44))
    bar.ax.grid(visible=False)
    if value in MONEY:
        money_axis(bar.ax.yaxis)


def _contour(
    figure: Figure, panel: Axes, grid: pd.DataFrame, value: str, drawing: SweepDrawing, context: Context
) -> None:
    """Draw and name the line on which the decision turns, or say that it is nowhere on the map."""
    from matplotlib.lines import Line2D

    turn = _turn(value, context) or 0.0
    threshold = f"{context.currency} {context.threshold:,.0f} per QALY"
    inmb = name_of("inmb", drawing, context).replace("INMB", "INMB 0")
    name = f"ICER {threshold}" if value == "icer" else inmb
    there = min(grid.shape) >= 2 and bool(np.nanmin(grid) < turn < np.nanmax(grid))
    if there:
        panel.contour(grid.columns, grid.index, grid, levels=[turn], colors="black", linewidths=1.4)
    label = f"Decision turns: {name.partition(' (')[0]}" + ("" if there else ", nowhere on this map")
    legend_below_title(figure, [Line2D([], [], color="black", linewidth=1.4 if there else 0, label=label)])
