"""F9: how probable it is that each strategy is the most cost-effective, by willingness to pay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remit.report.figures.style import (
    GREY,
    Context,
    house_style,
    ink,
    money,
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

_SQUARES = 21  # about how many squares mark the CEAF
_LABEL = 24  # characters a line of a direct label


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
        _mark_threshold(axes, context, most)
        _label_ends(axes, lines, colours, context)
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


def _mark_threshold(axes: Axes, context: Context, most: float) -> None:
    if context.threshold > most:
        return
    axes.axvline(context.threshold, color=GREY, linestyle=(0, (4, 2)), linewidth=1, zorder=1, gid="threshold")
    text = f"Threshold {money(context.threshold, context.currency)}"
    axes.text(
        context.threshold,
        1.03,
        text,
        transform=axes.get_xaxis_transform(),
        fontsize=7,
        color=GREY,
        ha="center",
        va="bottom",
        gid="threshold label",
    )


def _label_ends(
    axes: Axes, lines: dict[str, pd.DataFrame], colours: dict[str, str], context: Context
) -> None:
    """Name each curve at its right end; labels that would meet are moved apart and tied to their curve."""
    texts = {name: wrapped(context.label(name), _LABEL) for name in lines}
    ends = {name: float(line["probability"].iloc[-1]) for name, line in lines.items()}
    order = sorted(ends, key=lambda name: -ends[name])
    heights = np.array([0.045 * (texts[name].count("\n") + 1) + 0.015 for name in order])
    places = spread(np.array([ends[name] for name in order]), heights)
    for name, place in zip(order, places, strict=True):
        axes.annotate(
            texts[name],
            xy=(1.0, ends[name]),
            xytext=(1.06, place),
            xycoords=axes.get_yaxis_transform(),
            textcoords=axes.get_yaxis_transform(),
            fontsize=7.5,
            color=ink(colours[name]),
            va="center",
            annotation_clip=False,
            gid=f"label:{name}",
            arrowprops={
                "arrowstyle": "-",
                "color": colours[name],
                "linewidth": 0.8,
                "shrinkA": 1,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
        )


def spread(wanted: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Move places, given from the highest down, apart by their heights and keep them within 0 and 1.

    Examples
    --------
    >>> spread(np.array([0.5, 0.5]), np.array([0.1, 0.1])).round(3)
    array([0.55, 0.45])
    """
    places = wanted.astype(np.float64).copy()
    gaps = (heights[1:] + heights[:-1]) / 2
    for _ in range(300):
        short = gaps - (places[:-1] - places[1:])
        for pair in np.flatnonzero(short > 1e-9):
            places[pair] += short[pair] / 2
            places[pair + 1] -= short[pair] / 2
        places = np.clip(places, heights / 2 - 0.02, 1.02 - heights / 2)
    return places
