"""Value-based price: up to which price a therapy is worth it, by willingness to pay and way of paying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.report.figures.curves import label_ends, mark_threshold
from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    money,
    money_axis,
    new_figure,
    no_spines,
    shade,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

_BEYOND = 2.0  # times the threshold: up to there the lines are drawn
_LABEL = 25  # characters a line of a direct label
_DASHES = ((0, (5, 1.5)), (0, (2, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (1, 1)), (0, (8, 2, 1, 2, 1, 2)))


def price_figure(prices: pd.DataFrame, context: Context) -> Figure:
    """Draw the value-based price of a therapy over WTP: a line for each way of paying, a band for the first.

    Parameters
    ----------
    prices
        ``value_based_price.csv``.
    context
        Labels, the threshold, and what the figure rests on.
    """
    near = prices[prices["wtp"] <= max(_BEYOND * context.threshold, float(prices["wtp"].min()))]
    shown = near if near["wtp"].min() < near["wtp"].max() else prices
    ways = {str(way): rows.sort_values("wtp") for way, rows in shown.groupby("payment", sort=False)}
    first, strategy = next(iter(ways)), str(prices["strategy"].iloc[0])
    own = strategy_colours(context.strategies).get(strategy, DARK)
    colours = {way: own if way == first else shade(own, "#333333", 0.65) for way in ways}
    with house_style():
        title = wrapped(f"Value-based price: {prices['therapy'].iloc[0]}", 78)
        figure = new_figure(3.9, title, context.caption(_note(prices, first, context.label(strategy))))
        axes = figure.subplots()
        top = _top(shown)
        _draw_ways(axes, ways, colours)
        axes.set_xlim(float(shown["wtp"].min()), float(shown["wtp"].max()))
        axes.set_ylim(0, top)
        mark_threshold(axes, context)
        _mark_price(axes, context, float(prices["current_price"].iloc[0]))
        ends = {way: max(float(rows["price_at_means"].iloc[-1]), 0.0) for way, rows in ways.items()}
        label_ends(axes, ends, {way: way for way in ways}, colours)
        money_axis(axes.xaxis)
        money_axis(axes.yaxis)
        axes.set_xlabel(f"Willingness to pay per QALY ({context.unit})")
        axes.set_ylabel(f"Highest list price worth paying\n({context.unit})")
        no_spines(axes)
    return figure


def _draw_ways(axes: Axes, ways: dict[str, pd.DataFrame], colours: dict[str, str]) -> None:
    """Draw a line for each way of paying, and the band of the first."""
    first = next(iter(ways))
    for place, (way, rows) in enumerate(ways.items()):
        style = "-" if way == first else _DASHES[(place - 1) % len(_DASHES)]
        axes.plot(
            rows["wtp"],
            rows["price_at_means"],
            color=colours[way],
            linestyle=style,
            linewidth=2.0 if way == first else 1.3,
            zorder=4,
            gid=f"price:{way}",
        )
    band = ways[first]
    if band["price_low"].notna().any():
        axes.fill_between(
            band["wtp"],
            band["price_low"],
            band["price_high"],
            color=colours[first],
            alpha=0.18,
            linewidth=0,
            zorder=2,
            gid="band",
        )


def _top(shown: pd.DataFrame) -> float:
    """Return the upper end of the scale: every line, the band and the price now are within it."""
    first = shown[shown["payment"] == shown["payment"].iloc[0]]
    highest = np.nanmax(
        [shown["price_at_means"].max(), first["price_high"].max(), shown["current_price"].max()]
    )
    return 1.08 * float(highest)


def _note(prices: pd.DataFrame, first: str, label: str) -> str:
    draws = int(prices["draws"].max())
    band = (
        f" Band: 95% interval over {draws:,} draws of each draw's own price, {first[0].lower()}{first[1:]}."
        if draws
        else ""
    )
    return (
        f"Lines: the list price at which the net benefit of '{label}' equals that of the best strategy "
        f"without the therapy, all parameters at their means; below a line it is worth it.{band} Prices "
        "below 0 are not shown: it is not worth it even free of charge."
    )


def _mark_price(axes: Axes, context: Context, current: float) -> None:
    """Draw the list price of today, named on its line."""
    axes.axhline(current, color=GREY, linestyle=(0, (4, 2)), linewidth=1, zorder=3, gid="current")
    axes.annotate(
        f"Price now {money(current, context.currency)}",
        (1.0, current),
        (-3, 2),
        xycoords=axes.get_yaxis_transform(),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7,
        color=GREY,
        zorder=5,
    )
