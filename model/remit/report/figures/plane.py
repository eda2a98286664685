"""F7: the cost-effectiveness plane, draw by draw."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    ink,
    money,
    money_axis,
    new_figure,
    percent,
    shade,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Limits = tuple[tuple[float, float], tuple[float, float]]

# Squared radius, in standard deviations, that holds 95% of a normal cloud in the plane.
_RADIUS = -2 * math.log(0.05)


def ce_plane(psa: pd.DataFrame, context: Context) -> Figure:
    """Draw incremental costs against incremental QALYs, one panel for each strategy but the comparator.

    Parameters
    ----------
    psa
        ``draw, strategy, qalys, costs``; strategies are paired by draw.
    context
        The comparator, labels, the threshold, and what the figure rests on.
    """
    qalys = psa.pivot_table(index="draw", columns="strategy", values="qalys")
    costs = psa.pivot_table(index="draw", columns="strategy", values="costs")
    base = context.comparator
    names = [name for name in context.strategies if name != base and name in qalys.columns]
    clouds = {
        name: ((qalys[name] - qalys[base]).to_numpy(), (costs[name] - costs[base]).to_numpy())
        for name in names
    }
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    note = (
        f"Points: draws, less {context.label(base)} in the same draw. Large marker: mean; dashed: "
        "ellipse of 95% of a normal distribution; percentages: share of draws in each quadrant."
    )
    title = f"Cost-effectiveness plane against {context.label(base)}"
    with house_style():
        each = 3.8 if columns == 1 else 3.0 if rows < 3 else 2.5
        figure = new_figure(0.2 + each * rows, wrapped(title, 78), context.caption(note, psa=True))
        grid = figure.subplots(rows, columns, squeeze=False)
        colours, limits = strategy_colours(context.strategies), _limits(list(clouds.values()))
        for place, axes in enumerate(grid.flat):
            if place >= len(names):
                axes.set_axis_off()
                continue
            label = wrapped(context.label(names[place]), 78 // columns)
            axes.set_title(label, color=ink(colours[names[place]]), pad=15)
            _panel(axes, *clouds[names[place]], colours[names[place]], limits, context)
            _name_axes(axes, context, bottom=place + columns >= len(names), left=place % columns == 0)
    return figure


def _name_axes(axes: Axes, context: Context, *, bottom: bool, left: bool) -> None:
    axes.tick_params(labelbottom=bottom, labelleft=left)
    if bottom:
        axes.set_xlabel("Incremental QALYs per patient")
    if left:
        axes.set_ylabel(f"Incremental costs ({context.unit})")


def quadrant_shares(qalys: Array, costs: Array, threshold: float) -> dict[str, float]:
    """Return the share of draws in each quadrant and under the WTP ray.

    Parameters
    ----------
    qalys, costs
        (draw,) increments.
    threshold
        Willingness to pay per QALY.

    Returns
    -------
    dict
        ``NE, NW, SE, SW`` sum to 1 (a draw on an axis counts as no worse and no dearer);
        ``worth`` is the share whose net monetary benefit is above 0.
    """
    better, dearer = qalys >= 0, costs > 0
    return {
        "NE": float(np.mean(better & dearer)),
        "NW": float(np.mean(~better & dearer)),
        "SE": float(np.mean(better & ~dearer)),
        "SW": float(np.mean(~better & ~dearer)),
        "worth": float(np.mean(threshold * qalys - costs > 0)),
    }


def ellipse(qalys: Array, costs: Array, *, points: int = 181) -> Array:
    """Return the outline, (point, 2), that holds 95% of a normal cloud like that of the draws."""
    centre = np.array([qalys.mean(), costs.mean()])
    if qalys.size < 3:
        return np.broadcast_to(centre, (points, 2))
    scale = np.array([max(qalys.std(), 1e-300), max(costs.std(), 1e-300)])  # QALYs and costs differ by 1e5
    values, axes = np.linalg.eigh(np.cov((qalys - centre[0]) / scale[0], (costs - centre[1]) / scale[1]))
    angle = np.linspace(0, 2 * np.pi, points)
    radii = np.sqrt(_RADIUS * np.clip(values, 0, None))
    circle = np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)])
    return np.asarray(centre + scale * np.einsum("ij,jp->pi", axes, circle))


def _limits(clouds: list[tuple[Array, Array]]) -> Limits:
    """Return scales that hold every cloud, the origin, and room for all four quadrants."""
    spans = []
    for part, above in ((0, 0.14), (1, 0.2)):
        drawn = np.concatenate([np.quantile(cloud[part], [0.001, 0.999]) for cloud in clouds])
        outline = np.concatenate([ellipse(*cloud)[:, part] for cloud in clouds])
        low, high = float(min(drawn.min(), outline.min(), 0)), float(max(drawn.max(), outline.max(), 0))
        width = (high - low) or 1.0
        spans.append((min(low - 0.07 * width, -0.25 * width), max(high + above * width, 0.22 * width)))
    return spans[0], spans[1]


def _panel(axes: Axes, qalys: Array, costs: Array, colour: str, limits: Limits, context: Context) -> None:
    axes.set_xlim(limits[0])
    axes.set_ylim(limits[1])
    money_axis(axes.yaxis)
    for line in (axes.axhline, axes.axvline):
        line(0, color="#444444", linewidth=0.9, zorder=2)
    alpha = float(np.clip(500 / qalys.size, 0.08, 0.7))
    axes.scatter(
        qalys, costs, s=5, color=colour, alpha=alpha, linewidths=0, rasterized=True, zorder=1, gid="draws"
    )
    outline = ellipse(qalys, costs)
    axes.plot(
        *outline.T,
        color=shade(colour, "#000000", 0.45),
        linestyle="--",
        linewidth=1.2,
        zorder=4,
        gid="ellipse",
    )
    axes.plot(
        qalys.mean(),
        costs.mean(),
        marker="o",
        markersize=9,
        color=shade(colour, "#000000", 0.2),
        markeredgecolor="white",
        markeredgewidth=1.5,
        zorder=5,
        gid="mean",
    )
    shares = quadrant_shares(qalys, costs, context.threshold)
    _write_quadrants(axes, shares)
    _draw_ray(axes, limits, shares["worth"], context)


def _write_quadrants(axes: Axes, shares: dict[str, float]) -> None:
    corners = {"NE": (0.985, 0.98), "NW": (0.015, 0.98), "SE": (0.985, 0.02), "SW": (0.015, 0.02)}
    for name, (x, y) in corners.items():
        axes.text(
            x,
            y,
            f"{name} {percent(shares[name])}",
            transform=axes.transAxes,
            fontsize=7,
            color=DARK,
            ha="right" if x > 0.5 else "left",
            va="top" if y > 0.5 else "bottom",
            gid=f"share:{name}",
            zorder=6,
            bbox={"facecolor": "white", "alpha": 0.75, "pad": 1, "linewidth": 0},
        )


def _draw_ray(axes: Axes, limits: Limits, worth: float, context: Context) -> None:
    """Draw the line of equal net benefit through the origin, labelled."""
    (left, right), (bottom, top) = limits
    ends = np.array([max(left, bottom / context.threshold), min(right, top / context.threshold)])
    axes.plot(ends, context.threshold * ends, color=GREY, linewidth=1.1, linestyle="-", zorder=3, gid="ray")
    text = f"{percent(worth)} of draws under {money(context.threshold, context.currency)} per QALY"
    axes.text(
        0,
        1.015,
        text,
        transform=axes.transAxes,
        fontsize=7,
        color=DARK,
        ha="left",
        va="bottom",
        gid="share:worth",
    )
    north_east = ends[1] / (right - left) + context.threshold * ends[1] / (top - bottom)
    south_west = -ends[0] / (right - left) - context.threshold * ends[0] / (top - bottom)
    at, side = (0.97 * ends[1], "right") if north_east >= 0.7 * south_west else (0.9 * ends[0], "left")
    axes.text(
        at,
        context.threshold * at,
        f"WTP {money(context.threshold, context.currency)}",
        fontsize=6.5,
        color=GREY,
        ha=side,
        va="bottom",
        rotation=math.degrees(math.atan(context.threshold)),
        rotation_mode="anchor",
        transform_rotates_text=True,
        zorder=6,
        gid="ray label",
    )
