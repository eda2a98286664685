"""F8: all strategies, and the frontier of those worth their price."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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

Array = NDArray[np.float64]
_MARKERS = {"frontier": "o", "dominated": "X", "extendedly dominated": "D", "equal": "s"}
_WORDS = {
    "frontier": "On the frontier",
    "dominated": "Dominated (D)",
    "extendedly dominated": "Extendedly dominated (ED)",
    "equal": "Equal to one on the frontier",
}
_SHORT = {"dominated": " (D)", "extendedly dominated": " (ED)", "equal": " (equal)"}
# Where a label may stand, in points from its marker: the first that is free is taken.
_PLACES = [(9, 0), (-9, 0), (0, 9), (0, -9), (8, 8), (-8, 8), (8, -8), (-8, -8)]
_MARKER = 14  # pixels about a marker in which ties may meet
_TURN = np.arange(0, 2 * np.pi, np.pi / 12)
_FURTHER = [
    (k * np.cos(turn), k * np.sin(turn)) for k in (20, 32, 45, 60, 80, 105, 135, 170) for turn in _TURN
]


def frontier_figure(incremental: pd.DataFrame, context: Context) -> Figure:
    """Draw costs against QALYs of all strategies, with the frontier and the ICER on each of its segments.

    Parameters
    ----------
    incremental
        ``strategy, costs, qalys, incremental_costs, incremental_qalys, icer, status``.
    context
        Labels and what the figure rests on.
    """
    rows = incremental.sort_values(["costs", "qalys"])
    frontier = rows[rows["status"] == "frontier"].sort_values("qalys")
    note = "ICERs, to three digits, are incremental to the strategy at the lower end of the segment."
    with house_style():
        figure = new_figure(3.9, "Cost-effectiveness frontier", context.caption(note))
        axes = figure.subplots()
        axes.plot(
            frontier["qalys"], frontier["costs"], color="#555555", linewidth=1.4, zorder=2, gid="frontier"
        )
        _draw_points(axes, rows, context)
        axes.margins(x=0.16, y=0.16)
        axes.autoscale_view()
        axes.set_xlabel("QALYs per patient (discounted)")
        axes.set_ylabel(f"Costs per patient ({context.unit}; discounted)")
        money_axis(axes.yaxis)
        no_spines(axes)
        _legend(axes, list(rows["status"]))
        _label(figure, axes, rows, frontier, context)
    return figure


def _draw_points(axes: Axes, rows: pd.DataFrame, context: Context) -> None:
    colours = strategy_colours(context.strategies)
    for row in rows.to_dict("records"):
        axes.plot(
            row["qalys"],
            row["costs"],
            linestyle="none",
            marker=_MARKERS[row["status"]],
            color=colours[row["strategy"]],
            gid=f"point:{row['strategy']}",
            markersize=9 if row["status"] == "frontier" else 8,
            markeredgecolor="white",
            markeredgewidth=0.9,
            zorder=4,
        )


def _legend(axes: Axes, present: list[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            linestyle="-" if status == "frontier" else "none",
            color="#555555",
            marker=_MARKERS[status],
            label=word,
        )
        for status, word in _WORDS.items()
        if status in present
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=len(handles), handlelength=2
    )


def _label(figure: Figure, axes: Axes, rows: pd.DataFrame, frontier: pd.DataFrame, context: Context) -> None:
    """Write names at the markers and ICERs at the segments, each where nothing stands yet."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    taken: tuple[list[Array], list[Array]] = ([], _obstacles(axes, rows, frontier))
    colours = strategy_colours(context.strategies)
    for row in rows.itertuples():
        text = wrapped(context.label(str(row.strategy)) + _SHORT.get(str(row.status), ""), 26)
        _place(
            axes,
            text,
            (row.qalys, row.costs),
            taken,
            ink(colours[str(row.strategy)]),
            f"label:{row.strategy}",
            8,
        )
    for low, high in zip(frontier.itertuples(), frontier.iloc[1:].itertuples(), strict=False):
        middle = ((low.qalys + high.qalys) / 2, (low.costs + high.costs) / 2)
        text = f"ICER {money(high.icer, context.currency, digits=3)}\nper QALY"
        _place(axes, text, middle, taken, GREY, f"icer:{high.strategy}", 7)


def _obstacles(axes: Axes, rows: pd.DataFrame, frontier: pd.DataFrame) -> list[Array]:
    """Return boxes (left, bottom, right, top) in pixels of the markers and of the frontier line."""
    points = axes.transData.transform(rows[["qalys", "costs"]].to_numpy(dtype=float))
    boxes = [np.array([x - 7, y - 7, x + 7, y + 7]) for x, y in points]
    corners = axes.transData.transform(frontier[["qalys", "costs"]].to_numpy(dtype=float))
    for start, end in pairwise(corners):
        for share in np.linspace(0, 1, 60):
            x, y = start + share * (end - start)
            boxes.append(np.array([x - 2, y - 2, x + 2, y + 2]))
    return boxes


def _place(
    axes: Axes,
    text: str,
    point: tuple[float, float],
    taken: tuple[list[Array], list[Array]],
    colour: str,
    gid: str,
    size: float,
) -> None:
    """Write a text near a point where it covers nothing, tied to the point where it had to go far.

    ``taken`` are boxes of texts, and of markers and lines.
    """
    written = axes.annotate(
        text,
        point,
        xytext=(0, 0),
        textcoords="offset points",
        fontsize=size,
        color=colour,
        gid=gid,
        zorder=5,
        multialignment="center",
        ha="center",
        va="center",
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 5},
    )
    drawn = written.get_window_extent()
    half = np.array([drawn.width, drawn.height]) / 2
    pixels = axes.get_figure(root=True).dpi / 72  # type: ignore[union-attr]
    at = axes.transData.transform(point)
    texts, lines = taken
    frame = np.asarray(axes.get_window_extent().extents)
    best = (np.inf, np.zeros(2), np.zeros(4), np.zeros((0, 4)))
    for order, place in enumerate([*_PLACES, *_FURTHER]):
        centre = at + pixels * np.array(place) + np.sign(np.round(place, 9)) * half
        box = np.concatenate([centre - half, centre + half])
        tie = _tie(at, centre, box) if order >= len(_PLACES) else np.zeros((0, 4))
        over = sum(_overlap(box, other) for other in texts) + sum(
            _overlap(step, other) for step in tie for other in texts
        )
        cost = 30 * over + 3 * sum(_overlap(box, other) for other in lines) + 50 * _outside(box, frame)
        if cost < best[0] - 1e-9:
            best = (cost, centre, box, tie)
        if cost == 0:
            break
    written.set_position(tuple((best[1] - at) / pixels))
    if not len(best[3]) and written.arrow_patch is not None:
        written.arrow_patch.set_visible(False)
    texts.append(best[2])
    lines.extend(best[3])


def _tie(start: Array, end: Array, box: Array) -> Array:
    """Return small boxes along the line from a point to its text, outside the text."""
    steps = start + np.linspace(0, 1, 60)[:, None] * (end - start)
    steps = steps[np.hypot(*(steps - start).T) > _MARKER]
    outside = np.any((steps < box[:2] - 1) | (steps > box[2:] + 1), axis=1)
    return np.asarray(np.concatenate([steps - 1.5, steps + 1.5], axis=1)[outside])


def _overlap(one: Array, other: Array) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return float(width * height) if width > 0 and height > 0 else 0.0


def _outside(box: Array, frame: Array) -> float:
    return float(
        max(frame[0] - box[0], 0)
        + max(box[2] - frame[2], 0)
        + max(frame[1] - box[1], 0)
        + max(box[3] - frame[3], 0)
    )
