"""The decision map: which strategy is best over two parameters, how surely, and what the others lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.report.decision_map import OBJECTIVES, Grid, MapAxis, MapDrawing, Objective, grid_of, levels_of
from remit.report.figures.map_labels import Room
from remit.report.figures.plane import ellipse
from remit.report.figures.style import (
    DARK,
    GREY,
    WIDTH,
    Context,
    house_style,
    ink,
    legend_below_title,
    money,
    new_figure,
    percent,
    percent_axis,
    shade,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

ROW, FRAME = 1.7, 0.6  # inches: a group of patients, and the axes and heads around them
PANEL = (0.39 * WIDTH, ROW - 0.3)  # inches: about what a panel measures
FINE = 201  # points of an axis, between which the eye sees no steps
PROBABILITIES = (0.5, 0.7, 0.9)
LOSSES = 10  # contours of loss at most
PALE = 0.5  # share of white in a region's colour


def map_figures(
    table: pd.DataFrame, cloud: pd.DataFrame, drawing: MapDrawing, context: Context
) -> Iterator[tuple[str, Figure]]:
    """Yield (file name, figure) by health alone and by net benefit.

    Parameters
    ----------
    table
        Of the sweep: a row for each point, group of patients and strategy.
    cloud
        ``cloud.csv``: the study's own draws of both parameters.
    drawing
        Axes and strategies.
    context
        Labels, the threshold, and what the figures rest on.
    """
    for objective in OBJECTIVES:
        yield f"decision_map_{objective.name}", map_figure(table, cloud, drawing, objective, context)


def map_figure(
    table: pd.DataFrame, cloud: pd.DataFrame, drawing: MapDrawing, objective: Objective, context: Context
) -> Figure:
    """Draw a row of two maps for each group of patients: the best strategy, and the expected loss."""
    levels = levels_of(table)
    grids = {level: _finer(grid_of(table, drawing, objective, level), drawing) for level in levels}
    unit = "QALYs" if objective.name == "health" else context.currency
    most = max(float(grid.loss_of(drawing.first).max()) for grid in grids.values())
    caption = context.caption(_note(objective, drawing, context))
    with house_style():
        figure = new_figure(ROW * len(levels) + FRAME, _title(objective, context), caption, head=0.25)
        panels = figure.subplots(len(levels), 2, sharex=True, sharey=True, squeeze=False)
        for (level, grid), (left, right) in zip(grids.items(), panels, strict=True):
            outline = _outline(cloud, drawing)
            _draw_best(left, grid, context, Room(grid.x, grid.y, PANEL, outline))
            _draw_loss(right, grid, drawing, (most, unit), Room(grid.x, grid.y, PANEL, outline))
            _draw_cloud(left, cloud, drawing)
            for axes in (left, right):
                axes.plot(*outline, color=DARK, linewidth=0.9, linestyle=(0, (3, 2)), zorder=5, gid="outline")
            _name_group(left, level, table, drawing)
            _second_scale(right, grid, drawing)
            left.set_ylabel(wrapped(drawing.y.title, 26))
        _heads(panels[0], f"Expected loss ({unit}) if {drawing.therapy} goes first")
        for axes in panels[-1]:
            axes.set_xlabel(drawing.x.title)
        _scales(panels[0, 0], drawing, grids[levels[0]])
        _legend(figure, list(grids.values()), context)
    return figure


def _title(objective: Objective, context: Context) -> str:
    if objective.name == "health":
        return "Decision map by health alone"
    return f"Decision map by net benefit at {money(context.threshold, context.currency)} per QALY"


def _note(objective: Objective, drawing: MapDrawing, context: Context) -> str:
    by = "QALYs" if objective.name == "health" else "net benefit"
    drawn = (
        f"{drawing.draws:,} draws at each point" if drawing.draws else "the parameters' means at each point"
    )
    return (
        f"Left: the strategy with the highest mean {by}; lines: probability that it is best. Right: expected "
        f"loss of the best strategy that begins with {drawing.therapy}, against knowing which is best in "
        "each draw; thick dashes enclose where beginning so is best on average. Both parameters are fixed "
        f"at a point, all others drawn alike ({drawn}, seed {context.seed}); straight between points. Dots "
        "and thin dashes: draws of the study itself, and the outline of 95% of them, were their logs and "
        "log odds normal."
    )


def _finer(grid: Grid, drawing: MapDrawing) -> Grid:
    """Return the map at many points, straight between those evaluated, in the units that are shown."""
    from scipy.interpolate import RegularGridInterpolator

    x, y = np.linspace(grid.x[0], grid.x[-1], FINE), np.linspace(grid.y[0], grid.y[-1], FINE)
    at = np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1)
    value, probability, loss = (
        RegularGridInterpolator((grid.y, grid.x), field)(at)
        for field in (grid.value, grid.probability, grid.loss)
    )
    shown = (x * drawing.x.factor, y * drawing.y.factor)
    return Grid(*shown, grid.strategies, value, probability, loss, np.interp(y, grid.y, grid.after))


def _outline(cloud: pd.DataFrame, drawing: MapDrawing) -> tuple[Array, Array]:
    """Return the outline of 95% of the study's own draws, on scales on which they are unbounded."""
    x, y = _drawn(cloud, drawing)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return x[:0], y[:0]
    outline = ellipse(_unbounded(x, drawing.x), _unbounded(y, drawing.y))
    return _bounded(outline[:, 0], drawing.x), _bounded(outline[:, 1], drawing.y)


def _draw_best(axes: Axes, grid: Grid, context: Context, room: Room) -> None:
    from matplotlib.colors import ListedColormap

    colours = strategy_colours(context.strategies)
    looks = [shade(colours[name], "#ffffff", PALE) for name in grid.strategies]
    best = grid.value.argmax(axis=2)
    axes.pcolormesh(
        grid.x, grid.y, best, cmap=ListedColormap(looks), vmin=-0.5, vmax=len(looks) - 0.5,
        shading="nearest", rasterized=True, gid="best",
    )  # fmt: skip
    for place in np.unique(best):
        name, region = grid.strategies[place], best == place
        if not region.all():
            border = grid.value[..., place] - np.delete(grid.value, place, axis=2).max(axis=2)
            _contour(axes, grid, border, [0.0], {"colors": DARK, "linewidths": 1.0})
        sure = np.ma.masked_where(~region, grid.probability[..., place])
        dark = ink(colours[name])
        lines = _contour(axes, grid, sure, PROBABILITIES, {"colors": dark, "linewidths": 0.8})
        room.number(axes, lines, percent)
        surely = "" if sure.min() < PROBABILITIES[-1] else f" (above {percent(PROBABILITIES[-1])})"
        room.name(axes, region, context.label(name) + surely, (dark, looks[place]))


def _draw_loss(axes: Axes, grid: Grid, drawing: MapDrawing, scale: tuple[float, str], room: Room) -> None:
    """Draw the loss in grey with its contours; ``scale`` is the largest loss of the figure, and its unit."""
    from matplotlib.ticker import MaxNLocator

    most, unit = scale
    loss = grid.loss_of(drawing.first)
    axes.pcolormesh(
        grid.x, grid.y, loss, cmap="Greys", vmin=0, vmax=2.2 * most or 1.0, shading="nearest",
        rasterized=True, gid="loss",
    )  # fmt: skip
    levels = MaxNLocator(LOSSES, steps=[1, 2, 2.5, 5, 10]).tick_values(0, most or 1.0)
    written: Callable[[float], str] = money if unit != "QALYs" else "{:g}".format
    lines = _contour(axes, grid, loss, levels, {"colors": DARK, "linewidths": 0.8})
    room.number(axes, lines, written)
    border = {"colors": DARK, "linewidths": 1.6, "linestyles": "--"}
    _contour(axes, grid, grid.gain(drawing.first), [0.0], border)


def _contour(
    axes: Axes, grid: Grid, field: Array, levels: Sequence[float] | Array, looks: dict[str, Any]
) -> ContourSet | None:
    """Draw the contours that there are."""
    low, high = float(np.min(field)), float(np.max(field))
    there = [float(level) for level in levels if low < level < high]
    return axes.contour(grid.x, grid.y, field, levels=there, **looks) if there else None


def _draw_cloud(axes: Axes, cloud: pd.DataFrame, drawing: MapDrawing) -> None:
    x, y = _drawn(cloud, drawing)
    axes.scatter(x, y, s=1.2, color=DARK, alpha=0.35, linewidths=0, rasterized=True, zorder=4, gid="cloud")


def _drawn(cloud: pd.DataFrame, drawing: MapDrawing) -> tuple[Array, Array]:
    x, y = (cloud[axis.name].to_numpy(dtype=np.float64) * axis.factor for axis in (drawing.x, drawing.y))
    return x, y


def _unbounded(values: Array, axis: MapAxis) -> Array:
    if axis.unit == "share":
        inside = np.clip(values, 1e-6, 1 - 1e-6)
        return np.asarray(np.log(inside / (1 - inside)))
    return np.asarray(np.log(np.maximum(values, 1e-12)) if axis.is_positive else values)


def _bounded(values: Array, axis: MapAxis) -> Array:
    if axis.unit == "share":
        return np.asarray(1 / (1 + np.exp(-values)))
    return np.asarray(np.exp(values) if axis.is_positive else values)


def _name_group(axes: Axes, level: str, table: pd.DataFrame, drawing: MapDrawing) -> None:
    if "stratum" not in table:
        return
    share = float(table.loc[table["stratum"] == level, "share"].iloc[0])
    name = drawing.group(level)
    text = name[:1].upper() + name[1:] + (f" ({percent(share)} of patients)" if share < 1 else "")
    axes.text(0.0, 1.02, text, transform=axes.transAxes, ha="left", va="bottom", fontsize=8, weight="bold",
              color=DARK, gid="group")  # fmt: skip


def _heads(panels: Sequence[Axes], loss: str) -> None:
    for axes, text in zip(panels, ("Best strategy, and probability that it is", loss), strict=True):
        axes.set_title(text, fontsize=8, pad=14, weight="normal", color=GREY)


def _second_scale(axes: Axes, grid: Grid, drawing: MapDrawing) -> None:
    """Write on the right which remission with the later line the second axis means."""
    if np.isnan(grid.after).any():
        return
    ticks = np.linspace(grid.y[0], grid.y[-1], 5)
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(ticks, [percent(share) for share in np.interp(ticks, grid.y, grid.after)])
    beside.tick_params(colors=GREY, labelsize=7)
    beside.set_ylabel(wrapped(f"CR with {drawing.later} after non-response", 26), fontsize=7, color=GREY)


def _scales(axes: Axes, drawing: MapDrawing, grid: Grid) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(grid.x[0], grid.x[-1])
    axes.set_ylim(grid.y[0], grid.y[-1])
    axes.xaxis.set_major_locator(MaxNLocator(integer=drawing.x.unit == "months"))
    if drawing.y.unit == "share":
        percent_axis(axes.yaxis)


def _legend(figure: Figure, grids: Sequence[Grid], context: Context) -> None:
    """Name the strategies that are best somewhere: a small region may have no room for its name."""
    from matplotlib.patches import Patch

    best = {grid.strategies[place] for grid in grids for place in np.unique(grid.value.argmax(axis=2))}
    colours = strategy_colours(context.strategies)
    handles = [
        Patch(
            facecolor=shade(colours[name], "#ffffff", PALE),
            edgecolor=DARK,
            linewidth=0.5,
            label=context.label(name),
        )
        for name in context.strategies
        if name in best
    ]
    legend_below_title(figure, handles, columns=2)
