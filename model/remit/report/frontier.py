"""F8: all strategies, and the frontier of those worth their price."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.report.style import (
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
    from matplotlib.text import Annotation

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
_FURTHER = [(x * k, y * k) for k in (2, 3, 4.5, 6) for x, y in _PLACES]


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
    taken = _obstacles(axes, rows, frontier)
    colours = strategy_colours(context.strategies)
    for low, high in zip(frontier.itertuples(), frontier.iloc[1:].itertuples(), strict=False):
        middle = ((low.qalys + high.qalys) / 2, (low.costs + high.costs) / 2)
        text = f"ICER {money(high.icer, context.currency, digits=3)}\nper QALY"
        _place(axes, text, middle, taken, GREY, f"icer:{high.strategy}", 7)
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
    axes: Axes, text: str, point: tuple[float, float], taken: list[Array], colour: str, gid: str, size: float
) -> None:
    """Write a text near a point where it covers nothing, tied to the point where it had to go far."""
    frame = axes.get_window_extent()
    best: tuple[float, Annotation, Array] | None = None
    for order, (x, y) in enumerate([*_PLACES, *_FURTHER]):
        written = axes.annotate(
            text,
            point,
            xytext=(x, y),
            textcoords="offset points",
            fontsize=size,
            color=colour,
            gid=gid,
            zorder=5,
            multialignment="center",
            ha=("left" if x > 0 else "right") if x else "center",
            va=("bottom" if y > 0 else "top") if y else "center",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.7}
            if order >= len(_PLACES)
            else None,
        )
        box = np.asarray(written.get_window_extent().extents) if order < len(_PLACES) else _text_box(written)
        cost = sum(_overlap(box, other) for other in taken) + 50 * _outside(box, np.asarray(frame.extents))
        if best is None or cost < best[0] - 1e-9:
            if best is not None:
                best[1].remove()
            best = (cost, written, box)
        else:
            written.remove()
        if cost == 0:
            break
    if best is not None:
        taken.append(best[2])


def _text_box(written: Annotation) -> Array:
    from matplotlib.text import Text

    written.update_positions(written.get_figure(root=True)._get_renderer())  # type: ignore[union-attr]
    return np.asarray(Text.get_window_extent(written).extents)


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
