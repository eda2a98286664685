"""F9 beside: acceptability under each posterior, so that an anchored probability never stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.report.figures.acceptability import mark_frontier
from remit.report.figures.style import (
    GREY,
    Context,
    house_style,
    ink,
    money_axis,
    new_figure,
    no_spines,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 2
_TITLE = 42  # characters a line of a panel's title
_LABEL = 34  # and of a strategy's label


def beside_figure(ceac: pd.DataFrame, beside: pd.DataFrame, context: Context) -> Figure:
    """Draw acceptability curves of each posterior in a panel of its own, the study's own first.

    Parameters
    ----------
    ceac
        ``ceac_beside.csv``: ``scenario, title, wtp, strategy, probability, on_ceaf``.
    beside
        ``beside.csv``, whose increments stand in the panels.
    context
        Labels, the threshold, and what the figure rests on.
    """
    scenarios = list(dict.fromkeys(ceac["scenario"]))
    rows = -(-len(scenarios) // _COLUMNS)
    note = (
        "One panel for each posterior. In the panels: QALYs gained against "
        f"'{context.label(context.comparator)}', mean (sd over draws). Open squares: acceptability frontier."
    )
    with house_style():
        figure = new_figure(
            0.9 + 2.2 * rows,
            "Cost-effectiveness acceptability, by posterior",
            context.caption(note, psa=True),
        )
        panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
        for place, panel in enumerate(panels.flat):
            if place >= len(scenarios):
                panel.set_axis_off()
                continue
            own = ceac[ceac["scenario"] == scenarios[place]]
            told = beside[beside["scenario"] == scenarios[place]]
            _panel(panel, own, told, context)
        for panel in panels[:, 0]:
            panel.set_ylabel("Probability most\ncost-effective")
        for panel in panels[-1]:
            panel.set_xlabel(f"Willingness to pay ({context.currency} per QALY)")
    return figure


def _panel(axes: Axes, ceac: pd.DataFrame, beside: pd.DataFrame, context: Context) -> None:
    colours = strategy_colours(context.strategies)
    names = [name for name in context.strategies if name in set(ceac["strategy"])]
    lines = {name: ceac[ceac["strategy"] == name].sort_values("wtp") for name in names}
    for name, line in lines.items():
        axes.plot(line["wtp"], line["probability"], color=colours[name], linewidth=1.6, gid=f"ceac:{name}")
    mark_frontier(axes, lines, colours)
    axes.axvline(context.threshold, color=GREY, linestyle=(0, (4, 2)), linewidth=1, zorder=1)
    axes.set_title(wrapped(str(ceac["title"].iloc[0]), _TITLE), fontsize=8, loc="left")
    axes.set_xlim(float(ceac["wtp"].min()), float(ceac["wtp"].max()))
    axes.set_ylim(-0.02, 1.02)
    money_axis(axes.xaxis)
    no_spines(axes)
    told = {str(row.strategy): row for row in beside.itertuples()}
    height = 0.74
    for name in (name for name in context.strategies if name in told):
        row = told[name]
        gain = f"{row.incremental_qalys:+.2f} ({row.incremental_qalys_sd:.2f})"
        text = wrapped(
            f"{context.label(name)}: {'comparator' if name == context.comparator else gain}", _LABEL
        )
        axes.text(
            0.98,
            height,
            text,
            transform=axes.transAxes,
            fontsize=6.5,
            ha="right",
            va="top",
            color=ink(colours[name]),
            gid=f"gain:{name}",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 1},
        )
        height -= 0.03 + 0.065 * (text.count("\n") + 1)
