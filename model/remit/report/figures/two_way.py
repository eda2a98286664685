"""F13: net benefit over two parameters, with the line along which the decision flips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.report.figures.style import (
    DARK,
    Context,
    house_style,
    money,
    money_axis,
    new_figure,
    wrapped,
)
from remit.report.sensitivity_tables import written

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

HALF = np.array([0.14, 0.07])  # of the panel: half of what a label needs


def two_way_figure(table: pd.DataFrame, axes: pd.DataFrame, context: Context, strategy: str) -> Figure:
    """Draw the INMB of a strategy against the comparator over two parameters.

    Parameters
    ----------
    table
        ``two_way.csv``.
    axes
        ``two_way_axes.csv``: title, unit and base case of either axis.
    context
        The comparator, labels, the threshold, and what the figure rests on.
    strategy
        Whose net benefit.
    """
    grid = table[table["strategy"] == strategy].pivot_table(index="y", columns="x", values="inmb")
    x, y, inmb = (np.asarray(part, dtype=np.float64) for part in (grid.columns, grid.index, grid))
    of = axes.set_index("axis")
    pair = f"{context.label(strategy)} against {context.label(context.comparator)}"
    title = wrapped(f"INMB at {money(context.threshold, context.currency)} per QALY: {pair}", 78)
    with house_style():
        figure = new_figure(3.7, title, context.caption(_note(table, of, context)))
        panel = figure.subplots()
        widest = float(np.abs(inmb).max()) or 1.0
        drawn = panel.pcolormesh(
            x, y, inmb, cmap="RdBu", vmin=-widest, vmax=widest, shading="gouraud", rasterized=True, gid="inmb"
        )
        _contour(panel, x, y, inmb)
        base = (float(of.loc["x", "base"]), float(of.loc["y", "base"]))
        _name_sides(panel, (x, y, inmb), base, (context.label(strategy), context.label(context.comparator)))
        _mark_base(panel, base, x, y)
        bar = figure.colorbar(drawn, ax=panel, label=f"INMB per patient ({context.unit})", pad=0.02)
        bar.ax.grid(visible=False)
        bar.outline.set_visible(False)
        money_axis(bar.ax.yaxis, most=9)
        panel.grid(visible=False)
        for axis, name in ((panel.xaxis, "x"), (panel.yaxis, "y")):
            _scale(axis, str(of.loc[name, "unit"]))
        panel.set_xlabel(wrapped(_axis_name(of.loc["x"], context), 70))
        panel.set_ylabel(wrapped(_axis_name(of.loc["y"], context), 42))
    return figure


def _note(table: pd.DataFrame, of: pd.DataFrame, context: Context) -> str:
    best = [context.label(str(name)) for name in table.loc[table["best"], "strategy"].unique()]
    at = " and ".join(
        f"'{row['title']}' {written(float(row['base']), str(row['unit']))}" for _, row in of.iterrows()
    )
    everywhere = "Best of all strategies at every point" if len(best) == 1 else "Best of all at some points"
    return (
        f"Cross: the base case ({at}). All other parameters at their means; straight between the points of "
        f"the grid. {everywhere}: {'; '.join(best)}."
    )


def _contour(panel: Axes, x: Array, y: Array, inmb: Array) -> None:
    if inmb.min() < 0 < inmb.max():
        line = panel.contour(x, y, inmb, levels=[0.0], colors=DARK, linewidths=1.5)
        middle = ((x[0] + x[-1]) / 2, (y[0] + y[-1]) / 2)
        texts = panel.clabel(line, fmt={0.0: "INMB 0: the decision flips"}, fontsize=7, manual=[middle])
        for text in texts:
            text.set_clip_on(False)


def _name_sides(
    panel: Axes, grid: tuple[Array, Array, Array], base: tuple[float, float], labels: tuple[str, str]
) -> None:
    """Write on each side of the line which strategy is the better one, where there is most room for it."""
    x, y, inmb = grid
    across, up = np.meshgrid((x - x[0]) / (x[-1] - x[0]), (y - y[0]) / (y[-1] - y[0]))
    mark = ((base[0] - x[0]) / (x[-1] - x[0]), (base[1] - y[0]) / (y[-1] - y[0]))
    frame = np.minimum(np.minimum(across, 1 - across) / HALF[0], np.minimum(up, 1 - up) / HALF[1])
    for label, own in zip(labels, (inmb > 0, inmb < 0), strict=True):
        others = np.array([*zip(across[~own], up[~own], strict=True), mark])
        away = np.abs(np.stack([across[own], up[own]], axis=-1)[:, None] - others) / HALF
        room = np.minimum(away.max(axis=2).min(axis=1), frame[own]) if own.any() else np.zeros(0)
        if room.size and room.max() >= 1:
            place = int(room.argmax())
            at = np.argwhere(own)[place]
            panel.text(
                x[at[1]],
                y[at[0]],
                wrapped(f"{label} better", 24),
                ha="center",
                va="center",
                fontsize=7.5,
                color=DARK,
                gid="side",
                weight="bold",
                bbox={"facecolor": "white", "alpha": 0.7, "pad": 1.5, "linewidth": 0},
            )


def _mark_base(panel: Axes, base: tuple[float, float], x: Array, y: Array) -> None:
    if x[0] <= base[0] <= x[-1] and y[0] <= base[1] <= y[-1]:
        panel.plot(
            *base,
            marker="P",
            markersize=9,
            color=DARK,
            markeredgecolor="white",
            markeredgewidth=1.2,
            zorder=6,
            gid="base",
        )
        panel.annotate(
            "Base case",
            base,
            (7, 6),
            textcoords="offset points",
            fontsize=7.5,
            color=DARK,
            zorder=6,
            bbox={"facecolor": "white", "alpha": 0.7, "pad": 1, "linewidth": 0},
        )


def _axis_name(row: Any, context: Context) -> str:  # noqa: ANN401 - a row of a table
    unit = str(row["unit"])
    if unit in ("probability", "share"):
        return str(row["title"])
    return f"{row['title']} ({unit.replace(context.currency, context.unit, 1)})"


def _scale(axis: Any, unit: str) -> None:  # noqa: ANN401 - an axis of matplotlib
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if unit in ("probability", "share"):
        axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}%"))
    elif unit.partition(" per ")[0] in ("EUR", "USD", "GBP", "CHF"):
        money_axis(axis, most=5)
