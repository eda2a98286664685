"""The points of a sweep against each of their inputs, in small panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.report.figures.style import Context, house_style, new_figure, strategy_colours, wrapped
from remit.report.figures.sweep_scale import scale_of
from remit.report.figures.sweep_values import show_turn, shown
from remit.report.figures.sweep_words import caption_of, name_of, title_of
from remit.report.sweep_drawing import SweepDrawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMNS = 3
NOTE = "r: rank correlation (Spearman) with the value shown, over all points."


def sweep_scatter(table: pd.DataFrame, drawing: SweepDrawing, value: str, context: Context) -> Figure:
    """Draw one value of a strategy against everything that is varied, a panel each, a dot for each point."""
    with house_style():
        part = shown(table[table["strategy"] == drawing.strategy], value)
        title = wrapped(title_of(value, drawing, context, strategy=drawing.strategy), 88)
        rows = -(-len(drawing.axes) // COLUMNS)
        caption = caption_of(drawing, context, table, value, [NOTE])
        figure = new_figure(1.95 * rows, title, caption)
        panels = figure.subplots(rows, min(COLUMNS, len(drawing.axes)), sharey=True, squeeze=False)
        colour = strategy_colours(context.strategies)[drawing.strategy]
        for panel, axis in zip(panels.flat, drawing.axes, strict=False):
            scale = scale_of(axis, part[axis.column])
            panel.scatter(scale.numbers, part[value], s=7, color=colour, alpha=0.6, linewidths=0)
            panel.set_xlabel(wrapped(scale.title, 30))
            scale.show_on(panel.xaxis)
            panel.xaxis.get_major_locator().set_params(nbins=4) if scale.is_numeric else None
            if scale.is_numeric and len(part) > 2:
                rank = part[value].rank().corr(part.assign(x=scale.numbers)["x"].rank())
                panel.set_title(f"r = {rank:.2f}".replace("-", "−"), fontsize=7.5, fontweight="normal")
            show_turn(panel, drawing, value, context)
        for panel in panels.flat[len(drawing.axes) :]:
            panel.set_visible(False)
        figure.supylabel(wrapped(name_of(value, drawing, context), 60), fontsize=8)
        return figure
