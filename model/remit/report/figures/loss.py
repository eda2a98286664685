"""F10: what is lost on average by choosing each strategy, by willingness to pay; the least is the EVPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remit.report.figures.curves import label_ends, mark_threshold
from remit.report.figures.style import (
    DARK,
    Context,
    house_style,
    money,
    money_axis,
    new_figure,
    no_spines,
    strategy_colours,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINEAR = 1_000.0  # of the currency: below it the axis is linear, so that 0 has a place


def expected_loss_figure(losses: pd.DataFrame, context: Context) -> Figure:
    """Draw the expected loss of each strategy, and their lower envelope, the EVPI.

    Parameters
    ----------
    losses
        ``wtp, strategy, expected_loss, on_ceaf``.
    context
        Labels, the threshold, and what the figure rests on.
    """
    names = [name for name in context.strategies if name in set(losses["strategy"])]
    note = (
        "Expected loss: mean over draws of the net benefit of the strategy that is best in the draw, less "
        "one's own. Dashed: the least of them, which is the expected value of perfect information (EVPI). "
        f"The axis is linear up to {money(LINEAR, context.currency)} and logarithmic above."
    )
    with house_style():
        figure = new_figure(3.6, "Expected loss of each strategy", context.caption(note, psa=True))
        axes = figure.subplots()
        colours = strategy_colours(context.strategies)
        lines = {name: losses[losses["strategy"] == name].sort_values("wtp") for name in names}
        for name, line in lines.items():
            axes.plot(
                line["wtp"], line["expected_loss"], color=colours[name], linewidth=1.8, gid=f"loss:{name}"
            )
        least = losses.groupby("wtp")["expected_loss"].min()
        axes.plot(
            least.index, least, color=DARK, linestyle=(0, (4, 2)), linewidth=1.4, gid="evpi", clip_on=False
        )
        _frame(axes, losses, context)
        ends = {name: float(line["expected_loss"].iloc[-1]) for name, line in lines.items()}
        labels = {name: context.label(name) for name in lines}
        ends["evpi"], labels["evpi"] = min(ends.values()), "EVPI (dashed)"
        label_ends(axes, ends, labels, colours)
    return figure


def _frame(axes: Axes, losses: pd.DataFrame, context: Context) -> None:
    axes.set_xlim(float(losses["wtp"].min()), float(losses["wtp"].max()))
    axes.set_yscale("symlog", linthresh=LINEAR, linscale=0.6)
    most = max(float(losses["expected_loss"].max()), LINEAR)
    axes.set_ylim(0, 1.25 * most)
    axes.set_yticks(
        ticks := [0.0, *(LINEAR * 10.0**step for step in range(1 + int(np.log10(most / LINEAR))))]
    )
    axes.set_yticklabels([money(tick) for tick in ticks])
    axes.minorticks_off()
    money_axis(axes.xaxis)
    axes.set_xlabel(f"Willingness to pay per QALY ({context.unit})")
    axes.set_ylabel(f"Expected loss per patient ({context.unit})")
    no_spines(axes)
    mark_threshold(axes, context)
