"""F12: the tornado, how far one parameter at a time moves net benefit or the ICER."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    legend_below_title,
    money,
    money_axis,
    new_figure,
    no_spines,
    wrapped,
)
from remit.report.sensitivity_tables import written

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOP = 15  # bars
ROW, FRAME = 0.27, 0.6  # inches: a bar, and what the axis needs
LOW, HIGH = "#a9bcd3", "#3d5a80"  # of no strategy and no health state
BAR = 0.66  # of a row
ROOM = 0.24  # of the widest bar, on either side, for the values at its ends
_LABEL = 44  # characters a line of a parameter's title
MARK = "†"


@dataclass(frozen=True)
class _Measure:
    """What is drawn: columns of the table begin with ``prefix``; the sign of ``turn`` decides."""

    prefix: str
    swing: str
    monotone: str
    name: str
    turn: float
    turn_label: str


def tornado_figure(owsa: pd.DataFrame, context: Context, strategy: str) -> Figure:
    """Draw how far each parameter moves the INMB of a strategy against the comparator, the widest on top.

    Parameters
    ----------
    owsa
        ``owsa.csv``.
    context
        The comparator, labels, the threshold, and what the figure rests on.
    strategy
        Whose bars.
    """
    name = f"Incremental net monetary benefit per patient ({context.unit})"
    measure = _Measure("inmb", "swing", "monotone", name, 0.0, "INMB 0")
    at = f"INMB at {money(context.threshold, context.currency)} per QALY"
    return _figure(owsa[owsa["strategy"] == strategy], measure, at, strategy, context)


def icer_tornado_figure(owsa: pd.DataFrame, context: Context, strategy: str) -> Figure:
    """Draw how far each parameter moves the ICER; only where `has_icer` (see `tornado_figure`)."""
    name = f"ICER ({context.currency} per QALY, prices of {context.price_year})"
    label = f"Threshold {money(context.threshold, context.currency)}"
    measure = _Measure("icer", "icer_swing", "icer_monotone", name, context.threshold, label)
    return _figure(owsa[owsa["strategy"] == strategy], measure, "ICER", strategy, context)


def has_icer(owsa: pd.DataFrame, strategy: str) -> bool:
    """Tell whether a strategy is dearer and more effective whatever is varied, so that ICERs compare."""
    rows = owsa[owsa["strategy"] == strategy]
    return bool(len(rows)) and bool(rows["icer_swing"].notna().all())


def _figure(rows: pd.DataFrame, measure: _Measure, at: str, strategy: str, context: Context) -> Figure:
    rows = rows.sort_values(measure.swing, ascending=False, kind="stable")
    shown = rows.head(TOP)
    note = _note(rows, shown, measure, strategy, context)
    title = wrapped(f"{at}, one parameter at a time: {context.label(strategy)}", 78)
    with house_style():
        figure = new_figure(ROW * max(len(shown), 1) + FRAME, title, context.caption(note), head=0.25)
        axes = figure.subplots()
        for place, (_, row) in enumerate(shown.iterrows()):
            _draw_bar(axes, place, row, measure)
        labels = [_label(row, measure) for _, row in shown.iterrows()]
        axes.set_yticks(range(len(shown)), labels, fontsize=6.8, linespacing=0.95)
        axes.tick_params(axis="y", length=0, labelcolor=DARK)
        axes.set_ylim(len(shown) - 0.4, -0.75)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(measure.name)
        money_axis(axes.xaxis, most=5)
        no_spines(axes, "top", "right", "left")
        if len(shown):
            _finish(axes, shown, measure)
        _legend(figure)
    return figure


def _note(rows: pd.DataFrame, shown: pd.DataFrame, measure: _Measure, strategy: str, context: Context) -> str:
    against = f"'{context.label(strategy)}' against '{context.label(context.comparator)}'."
    left = len(rows) - len(shown)
    parts = (
        against,
        "Bars: the parameter at its 2.5% and 97.5% quantile, written at the ends, all others at their means; "
        "what makes up a whole with it is scaled.",
        f"Not shown: {left} parameters that move it less." if left else "",
        f"{MARK} Not monotone: values between the ends move it the other way, or further."
        if not shown[measure.monotone].all()
        else "",
    )
    return " ".join(part for part in parts if part)


def _label(row: pd.Series, measure: _Measure) -> str:
    mark = "" if row[measure.monotone] else f" {MARK}"
    return wrapped(f"{row['title']}{mark}", _LABEL)


def _draw_bar(axes: Axes, place: int, row: pd.Series, measure: _Measure) -> None:
    """Draw a bar for each end of the input, and write the input at the end of the bar."""
    base = row[f"{measure.prefix}_base"]
    ends = {end: row[f"{measure.prefix}_{end}"] for end in ("low", "high")}
    same_side = (ends["low"] - base) * (ends["high"] - base) > 0
    for end, colour in (("high", HIGH), ("low", LOW)):
        height = BAR / 2 if same_side and end == "low" else BAR
        axes.barh(
            place,
            ends[end] - base,
            left=base,
            height=height,
            color=colour,
            linewidth=0,
            zorder=3,
            gid=f"{end}:{row['parameter']}",
        )
    left, right = sorted(ends, key=lambda end: ends[end])
    beyond = {left: (min(*ends.values(), base), -1), right: (max(*ends.values(), base), 1)}
    for end, (x, side) in beyond.items():
        axes.annotate(
            written(row[end], str(row["unit"])),
            (x, place),
            (3.0 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize=6.4,
            color=DARK,
            gid=f"value:{end}:{row['parameter']}",
            annotation_clip=False,
        )


def _finish(axes: Axes, shown: pd.DataFrame, measure: _Measure) -> None:
    """Set the scale with room for what is written, and draw the base case and where the decision turns."""
    names = [f"{measure.prefix}_{end}" for end in ("low", "high", "base")]
    low, high = float(np.nanmin(shown[names])), float(np.nanmax(shown[names]))
    room = ROOM * ((high - low) or abs(high) or 1.0)
    axes.set_xlim(low - room, high + room)
    base = float(shown[names[-1]].iloc[0])
    above = axes.get_xaxis_transform()
    lines: list[tuple[float, str, Any, str, str]] = [(base, DARK, "-", f"Base case {money(base)}", "base")]
    if low - room < measure.turn < high + room:
        lines.append((measure.turn, GREY, (0, (4, 2)), measure.turn_label, "turn"))
    for x, colour, style, text, gid in lines:
        axes.axvline(x, color=colour, linestyle=style, linewidth=0.9, zorder=4, gid=gid)
        axes.text(x, 1.01, text, transform=above, ha="center", va="bottom", fontsize=6.8, color=colour)


def _legend(figure: Figure) -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(color=LOW, label="Parameter at its 2.5% quantile"),
        Patch(color=HIGH, label="Parameter at its 97.5% quantile"),
    ]
    legend_below_title(figure, handles)
