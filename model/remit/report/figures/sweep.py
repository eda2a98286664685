"""Figures of a sweep: lines over one axis, a heat map over two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.economics.strata import ALL
from remit.report.decision_map import drawing_from
from remit.report.figures.style import (
    Context,
    house_style,
    money_axis,
    new_figure,
    strategy_colours,
    strategy_markers,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

NAMES = {
    "icer": "ICER ({currency} per QALY)",
    "inmb": "INMB at {currency} {threshold:,.0f} per QALY ({currency})",
    "incremental_qalys": "Incremental QALYs",
    "incremental_costs": "Incremental costs ({currency})",
    "qalys": "QALYs",
    "costs": "Costs ({currency})",
    "life_years": "Life-years",
    "probability_best": "Probability most cost-effective",
    "expected_loss": "Expected loss ({currency})",
    "probability_best_health": "Probability of most QALYs",
    "expected_loss_health": "Expected loss (QALYs)",
    "p_cr_after_nonresponse": "Remission with the next line after non-response",
}


def sweep_figures(
    tables: Mapping[str, pd.DataFrame], drawing: Mapping[str, Any], context: Context
) -> Iterator[tuple[str, Figure]]:
    """Yield (file name, figure) for everything that a sweep draws.

    Parameters
    ----------
    tables
        ``sweep.parquet``, a row for each point, group of patients and strategy; for a decision map
        ``cloud.csv`` too.
    drawing
        ``axes``: name -> title, in order; ``values``: columns of the table; ``strategy``: whose they are,
        against the comparator; ``kind``: ``lines``, ``heat_map``, ``decision_map``, or None for lines and,
        over two axes of numbers, a heat map; ``map``: of a decision map. Of more axes there is a table only.
    context
        Of the study.
    """
    table, axes, kind = tables["sweep.parquet"], drawing["axes"], drawing.get("kind")
    if kind == "decision_map":
        from remit.report.figures.decision_map import map_figures

        yield from map_figures(table, tables["cloud.csv"], drawing_from(drawing["map"]), context)
    elif len(axes) <= 2:
        flat = len(axes) == 2 and all(_is_number(table[f"at_{axis}"]) for axis in axes)
        for suffix, part, own in _groups(table, context):
            for value in drawing["values"]:
                if kind != "heat_map":
                    figure = sweep_lines(part, axes, drawing["strategy"], value, own)
                    yield f"lines_{value}{suffix}", figure
                if kind != "lines" and flat:
                    figure = sweep_heat_map(part, axes, drawing["strategy"], value, own)
                    yield f"heat_map_{value}{suffix}", figure


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


def sweep_lines(
    table: pd.DataFrame, axes: Mapping[str, str], strategy: str, value: str, context: Context
) -> Figure:
    """Draw one value over the first axis: a line for each strategy, or for each value of the second axis."""
    with house_style():
        import seaborn as sns

        subject = strategy if len(axes) > 1 else None
        figure = new_figure(3.4, _title(value, subject, context), context.caption(_varied(axes)))
        panel = figure.subplots()
        first, *more = axes
        across = f"at_{first}"
        if len(axes) == 1:
            colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
            for name in context.strategies:
                part = table[(table["strategy"] == name) & table[value].notna()]
                if not part.empty:
                    label = wrapped(context.label(name), 22)
                    panel.plot(
                        _ticks(part[across]),
                        part[value],
                        color=colours[name],
                        marker=markers[name],
                        label=label,
                    )
        else:
            part = table[table["strategy"] == strategy]
            groups = list(part.groupby(f"at_{more[0]}", sort=False))
            for (level, rows), colour in zip(groups, sns.color_palette("viridis", len(groups)), strict=True):
                shown = f"{level:g}" if isinstance(level, int | float) else str(level)
                panel.plot(
                    _ticks(rows[across]), rows[value], marker="o", markersize=3, color=colour, label=shown
                )
        _finish(panel, axes[first], value, context, table[across])
        title = wrapped(axes[more[0]], 24) if more else None
        panel.legend(title=title, loc="center left", bbox_to_anchor=(1.01, 0.5))
        return figure


def sweep_heat_map(
    table: pd.DataFrame, axes: Mapping[str, str], strategy: str, value: str, context: Context
) -> Figure:
    """Draw one value of a strategy over two axes, with the contour of the decision."""
    with house_style():
        part = table[table["strategy"] == strategy]
        first, second = axes
        grid = part.pivot_table(index=f"at_{second}", columns=f"at_{first}", values=value)
        figure = new_figure(3.6, _title(value, strategy, context), context.caption(_varied(axes)))
        panel = figure.subplots()
        turn = context.threshold if value == "icer" else 0.0
        widest = float(np.nanmax(np.abs(grid.to_numpy() - turn))) or 1.0
        diverging = value in ("icer", "inmb")
        colours = {
            "cmap": "RdBu" if value == "inmb" else "RdBu_r",
            "vmin": turn - widest,
            "vmax": turn + widest,
        }
        drawn = panel.pcolormesh(
            grid.columns,
            grid.index,
            grid,
            shading="nearest",
            **(colours if diverging else {"cmap": "viridis"}),
        )
        if diverging and np.nanmin(grid) < turn < np.nanmax(grid):
            lines = panel.contour(
                grid.columns, grid.index, grid, levels=[turn], colors="black", linewidths=1.2
            )
            label = f"{context.currency} {turn:,.0f} per QALY" if value == "icer" else "INMB 0"
            panel.clabel(lines, fmt={turn: label}, fontsize=7)
        bar = figure.colorbar(drawn, ax=panel, label=_name(value, context))
        bar.ax.grid(visible=False)
        _numbers(bar.ax.yaxis, part[value])
        panel.grid(visible=False)
        _finish(panel, axes[first], None, context, part[f"at_{first}"])
        panel.set_ylabel(wrapped(axes[second], 44))
        _numbers(panel.yaxis, part[f"at_{second}"])
        return figure


def _finish(panel: Axes, title: str, value: str | None, context: Context, ticks: pd.Series) -> None:
    panel.set_xlabel(title)
    if value is not None:
        panel.set_ylabel(_name(value, context))
        if value in ("icer", "inmb", "costs", "incremental_costs"):
            money_axis(panel.yaxis)
        if value == "icer":
            panel.axhline(context.threshold, color="#6b6b6b", linestyle="--", linewidth=0.8)
        if value == "inmb":
            panel.axhline(0, color="#6b6b6b", linewidth=0.8)
    if _is_number(ticks):
        _numbers(panel.xaxis, ticks)


def _ticks(values: pd.Series) -> list[Any]:
    return [value if isinstance(value, int | float) else str(value) for value in values]


def _is_number(values: pd.Series) -> bool:
    return bool(values.map(lambda value: isinstance(value, int | float)).all())


def _name(value: str, context: Context) -> str:
    return NAMES.get(value, value).format(currency=context.currency, threshold=context.threshold)


def _numbers(axis: Axis, values: pd.Series) -> None:
    """Group the thousands of large numbers; leave small ones to matplotlib."""
    if float(values.abs().max()) >= 1000:
        money_axis(axis)


def _varied(axes: Mapping[str, str]) -> str:
    return f"Varied: {', '.join(axes.values())}. All else as in"


def _title(value: str, strategy: str | None, context: Context) -> str:
    if strategy is None:
        return f"{_name(value, context)}, against {context.label(context.comparator)}"
    return f"{_name(value, context)}: {context.label(strategy)} against {context.label(context.comparator)}"
