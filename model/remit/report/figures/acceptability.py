"""F9: how probable it is that each strategy is the most cost-effective, by willingness to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remit.report.figures.curves import label_ends, mark_threshold
from remit.report.figures.style import (
    Context,
    house_style,
    money_axis,
    new_figure,
    no_spines,
    strategy_colours,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SQUARES = 21  # about how many squares mark the CEAF


def ceac_figure(ceac: pd.DataFrame, context: Context) -> Figure:
    """Draw the acceptability curves as they are, and the frontier (CEAF) as open squares on them.

    Parameters
    ----------
    ceac
        ``wtp, strategy, probability, on_ceaf``.
    context
        Labels, the threshold, and what the figure rests on.
    """
    names = [name for name in context.strategies if name in set(ceac["strategy"])]
    note = "Open squares: acceptability frontier (CEAF), the strategy with the highest mean net benefit."
    with house_style():
        figure = new_figure(3.5, "Cost-effectiveness acceptability", context.caption(note, psa=True))
        axes = figure.subplots()
        colours = strategy_colours(context.strategies)
        lines = {name: ceac[ceac["strategy"] == name].sort_values("wtp") for name in names}
        for name, line in lines.items():
            axes.plot(
                line["wtp"],
                line["probability"],
                color=colours[name],
                linewidth=1.8,
                gid=f"ceac:{name}",
                zorder=3,
            )
        mark_frontier(axes, lines, colours)
        most = float(ceac["wtp"].max())
        axes.set_xlim(float(ceac["wtp"].min()), most)
        axes.set_ylim(-0.02, 1.02)
        money_axis(axes.xaxis)
        axes.set_xlabel(f"Willingness to pay per QALY ({context.unit})")
        axes.set_ylabel("Probability most cost-effective")
        no_spines(axes)
        mark_threshold(axes, context)
        ends = {name: float(line["probability"].iloc[-1]) for name, line in lines.items()}
        label_ends(axes, ends, {name: context.label(name) for name in lines}, colours)
    return figure


def mark_frontier(axes: Axes, lines: dict[str, pd.DataFrame], colours: dict[str, str]) -> None:
    """Mark on the curves, as open squares, where each strategy has the highest mean net benefit."""
    wtp = next(iter(lines.values()))["wtp"].to_numpy()
    chosen = wtp[np.unique(np.linspace(0, wtp.size - 1, _SQUARES).round().astype(int))]
    for name, line in lines.items():
        marked = line[line["on_ceaf"].astype(bool) & line["wtp"].isin(chosen)]
        if len(marked):
            axes.plot(
                marked["wtp"],
                marked["probability"],
                linestyle="none",
                marker="s",
                markersize=5.5,
                markerfacecolor="white",
                markeredgecolor=colours[name],
                markeredgewidth=1.3,
                gid=f"ceaf:{name}",
                zorder=4,
                clip_on=False,
            )
