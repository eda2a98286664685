"""F18: what was reported beside what the model predicts of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from remit.report.figures.style import (
    DARK,
    GREY,
    LIGHT,
    Context,
    house_style,
    ink,
    legend_below_title,
    money_axis,
    new_figure,
    no_spines,
    shade,
    strategy_colours,
    strategy_markers,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[Any, Any]

_MEASURES = {
    "probability": "Probability",
    "life_years": "Life-years per patient",
    "qalys": "QALYs per patient",
    "costs": "Costs per patient ({unit})",
    "hazard ratio": "Hazard ratio (log scale)",
}
_MISS = "#b00000"


def targets_figure(targets: pd.DataFrame, context: Context) -> Figure:
    """Draw every target as reported and as the model has it, and the probabilities against y = x.

    Parameters
    ----------
    targets
        `targets.csv` as :func:`remit.report.calibration_tables.targets_table` returns it.
    context
        Labels and what the figure rests on.
    """
    ordered = _in_order(targets, context)
    tables = {name: rows for name in _MEASURES if len(rows := ordered[ordered["measure"] == name])}
    labels = {
        name: [_row_label(row, context) for row in rows.to_dict("records")] for name, rows in tables.items()
    }
    lines = max(label.count("\n") + 1 for written in labels.values() for label in written)
    misses = ordered[~ordered["inside"]]
    note = (
        f"{targets['fitted'].sum()} of {len(targets)} targets were fitted; the others are checks. "
        "Predictive: of another report of the same size. Miss: the posterior mean lies outside the reported "
        f"95% interval ({len(misses)} of {len(targets)}{_named(misses, context)})."
    )
    heights = [0.4 + max(len(rows), 9 if name == "probability" else 1) for name, rows in tables.items()]
    handles = _legend(targets, context)
    with house_style():
        figure = new_figure(
            (0.06 + 0.09 * lines) * sum(heights) + 0.45 * len(tables),
            "Calibration: model against source",
            context.caption(note),
            head=0.05 + 0.145 * -(-len(handles) // 3),
        )
        grid = figure.add_gridspec(len(tables), 2, height_ratios=heights, width_ratios=[1, 0.9])
        for place, (name, rows) in enumerate(tables.items()):
            probable = name == "probability"
            axes = figure.add_subplot(grid[place, 0] if probable else grid[place, :])
            _draw_rows(axes, rows, context)
            _name_rows(axes, rows, labels[name], context)
            _name_measure(axes, name, context)
            if probable:
                _draw_diagonal(figure.add_subplot(grid[place, 1]), rows, context)
        legend_below_title(figure, handles, columns=3)
    return figure


def _in_order(targets: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return targets by measure, fitted ones before checks, each by strategy; misses are numbered."""
    known = targets.assign(
        by_measure=targets["measure"].map({name: place for place, name in enumerate(_MEASURES)}),
        by_strategy=targets["strategy"].map({name: place for place, name in enumerate(context.strategies)}),
    )
    order = known.sort_values(
        ["by_measure", "fitted", "by_strategy"], ascending=[True, False, True], kind="stable"
    )
    return order.assign(miss=(~order["inside"]).cumsum())


def _named(misses: pd.DataFrame, context: Context) -> str:
    """Return the misses with their numbers, for the caption."""
    names = [
        f"{row['miss']} {context.label(row['strategy'])}, {row['title']}" for row in misses.to_dict("records")
    ]
    return f": {'; '.join(names)}" if names else ""


def _draw_rows(axes: Axes, rows: pd.DataFrame, context: Context) -> None:
    """Draw targets as rows: prior light, reported dark above, posterior in the strategy's colour below."""
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    for y, row in enumerate(rows.to_dict("records")):
        key, name = row["target"], row["strategy"]
        colour = colours[name]
        ends = (row["prior_predictive_low"], row["prior_predictive_high"])
        axes.fill_between(
            ends, y - 0.34, y + 0.34, color="#e9e9e9", linewidth=0, zorder=1, gid=f"prior:{key}"
        )
        at = y - 0.17
        axes.plot(
            (row["low"], row["high"]), (at, at), color=DARK, linewidth=0.9, zorder=3, gid=f"interval:{key}"
        )
        axes.plot(
            row["reported"],
            at,
            marker="|",
            color=DARK,
            markersize=7,
            markeredgewidth=1.4,
            zorder=4,
            gid=f"reported:{key}",
        )
        at = y + 0.15
        for width, low, high in ((0.8, "predictive_low", "predictive_high"), (2.6, "low", "high")):
            line = (row[f"posterior_{low}"], row[f"posterior_{high}"])
            axes.plot(
                line,
                (at, at),
                color=colour,
                linewidth=width,
                zorder=3,
                solid_capstyle="butt",
                gid=f"posterior_{low}:{key}",
            )
        axes.plot(
            row["posterior_mean"],
            at,
            marker=markers[name],
            markersize=4.6,
            markerfacecolor=colour if row["fitted"] else "white",
            markeredgecolor=shade(colour, "#000000", 0.3),
            markeredgewidth=0.9,
            zorder=5,
            gid=f"posterior:{key}",
        )
        if not row["inside"]:
            axes.text(
                1.01,
                y,
                f"miss {row['miss']}",
                transform=axes.get_yaxis_transform(),
                fontsize=6.5,
                fontweight="bold",
                color=_MISS,
                va="center",
                gid=f"miss:{key}",
            )


def _name_rows(axes: Axes, rows: pd.DataFrame, labels: list[str], context: Context) -> None:
    """Write the rows' labels in the colours of their strategies, and part checks from fitted targets."""
    colours = strategy_colours(context.strategies)
    axes.set_yticks(range(len(rows)), labels, fontsize=6.3)
    for text, name in zip(axes.get_yticklabels(), rows["strategy"], strict=True):
        text.set_color(ink(colours[name]))
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    fitted = int(rows["fitted"].sum())
    if 0 < fitted < len(rows):
        axes.axhline(fitted - 0.5, color="#9a9a9a", linewidth=0.8, linestyle=":", gid="checks")


def _name_measure(axes: Axes, measure: str, context: Context) -> None:
    """Name and scale the axis of a measure."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    axes.set_xlabel(wrapped(_MEASURES[measure].format(unit=context.unit), 60), labelpad=1.5)
    no_spines(axes)
    if measure == "probability":
        _probability_axis(axes.xaxis)
    elif measure == "costs":
        money_axis(axes.xaxis)
    elif measure == "hazard ratio":
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        low, high = axes.get_xlim()
        axes.set_xlim(low, max(high, 1.2))
        axes.axvline(1, color=GREY, linewidth=0.7, zorder=0)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8))


def _probability_axis(axis: Any) -> None:  # noqa: ANN401 - an axis of matplotlib
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.axes.set(**{f"{axis.axis_name}lim": (0, 1)})


def _row_label(row: Row, context: Context) -> str:
    """Return a target's title and, below it, what it is on, strategies by their labels."""
    words = str(row["quantity"])
    for name in sorted(context.strategies, key=len, reverse=True):
        words = re.sub(rf"\b{re.escape(name)}\b", context.label(name), words)
    words = words.replace("qalys", "QALYs").replace("life_years", "life-years")
    title = row["title"] if row["fitted"] else f"Check: {row['title']}"
    return f"{wrapped(title, 56)}\n{wrapped(words, 56)}"


def _draw_diagonal(axes: Axes, rows: pd.DataFrame, context: Context) -> None:
    """Draw posterior means against reported probabilities, and name the misses."""
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    axes.set_box_aspect(1)
    axes.set_anchor("N")
    axes.plot((0, 1), (0, 1), color=GREY, linewidth=1, zorder=1, gid="diagonal")
    for row in rows.to_dict("records"):
        x, y, colour = row["reported"], row["posterior_mean"], colours[row["strategy"]]
        axes.plot((row["low"], row["high"]), (y, y), color=LIGHT, linewidth=0.9, zorder=2)
        axes.plot(
            (x, x), (row["posterior_low"], row["posterior_high"]), color=colour, linewidth=1.4, zorder=3
        )
        axes.plot(
            x,
            y,
            marker=markers[row["strategy"]],
            markersize=5,
            markerfacecolor=colour if row["fitted"] else "white",
            markeredgecolor=shade(colour, "#000000", 0.3),
            markeredgewidth=0.9,
            zorder=4,
            clip_on=False,
            gid=f"diagonal:{row['target']}",
        )
        if not row["inside"]:
            axes.annotate(
                str(row["miss"]),
                (x, y),
                xytext=(5, -8),
                textcoords="offset points",
                fontsize=7,
                fontweight="bold",
                color=_MISS,
                gid=f"named:{row['target']}",
            )
    for axis in (axes.xaxis, axes.yaxis):
        _probability_axis(axis)
    axes.set_xlabel("Reported probability")
    axes.set_ylabel("Posterior mean of the model")
    no_spines(axes)


def _legend(targets: pd.DataFrame, context: Context) -> list[Any]:
    """Return what stands in the legend: strategies, then marks."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    plain: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5, "markeredgecolor": DARK}
    handles: list[Any] = [
        Line2D([], [], color=colours[name], marker=markers[name], label=wrapped(context.label(name), 36))
        for name in context.strategies
        if name in set(targets["strategy"])
    ]
    handles += [
        Line2D([], [], color=GREY, label="Fitted", **plain),
        Line2D([], [], markerfacecolor="white", label="Check, not fitted", **plain),
        Line2D([], [], color=DARK, marker="|", linewidth=0.9, label="Reported, 95% interval"),
        Patch(color="#e9e9e9", label="Prior, 95% predictive interval"),
        Line2D([], [], color=GREY, linewidth=2.6, label="Posterior, 95% interval"),
        Line2D([], [], color=GREY, linewidth=0.8, label="Posterior, 95% predictive interval"),
    ]
    return handles
