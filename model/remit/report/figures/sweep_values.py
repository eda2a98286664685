"""Which values of a sweep are drawn, and the value at which the decision turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.report.figures.style import GREY, Context, money_axis, percent_axis
from remit.report.figures.sweep_words import INCREMENTAL, MONEY
from remit.report.sweep_drawing import SweepDrawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def shown(table: pd.DataFrame, value: str) -> pd.DataFrame:
    """Return the rows whose value is drawn: no comparator's increments; ICERs of more QALYs for more cost."""
    part = table[table[value].notna()]
    if value in INCREMENTAL:
        part = part[(part["incremental_costs"] != 0) | (part["incremental_qalys"] != 0)]
    if value == "icer":
        part = part[(part["incremental_qalys"] > 0) & (part["incremental_costs"] >= 0)]
    return part


def show_turn(panel: Axes, drawing: SweepDrawing, value: str, context: Context) -> None:
    """Scale the vertical axis by what it shows, and draw the value at which the decision turns."""
    if value in MONEY:
        money_axis(panel.yaxis)
    if value.startswith("probability_"):
        panel.set_ylim(-0.02, 1.02)
        percent_axis(panel.yaxis)
    if value == "icer" and "threshold" not in drawing.varied:
        panel.axhline(context.threshold, color=GREY, linestyle="--", linewidth=0.8)
        panel.annotate(
            f"threshold {context.currency} {context.threshold:,.0f}", (1, context.threshold),
            xycoords=("axes fraction", "data"), xytext=(-3, 2), textcoords="offset points",
            ha="right", va="bottom", fontsize=6.5, color=GREY, zorder=5,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
        )  # fmt: skip
    if value in ("inmb", "incremental_qalys", "incremental_costs"):
        panel.axhline(0, color=GREY, linewidth=0.8)
