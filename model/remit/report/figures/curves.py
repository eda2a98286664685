"""What figures of curves over willingness to pay share: the threshold marked, each curve named at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from remit.report.figures.style import DARK, GREY, Context, ink, money, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABEL = 24  # characters a line of a direct label
_LINE, _GAP = 0.045, 0.015  # of the height of the axes: a line of a label, and the space between two


def mark_threshold(axes: Axes, context: Context, *, labelled: str = "Threshold") -> None:
    """Mark the threshold on an axis of willingness to pay, where it reaches so far."""
    low, high = axes.get_xlim()
    if not low <= context.threshold <= high:
        return
    axes.axvline(context.threshold, color=GREY, linestyle=(0, (4, 2)), linewidth=1, zorder=1, gid="threshold")
    axes.text(
        context.threshold,
        1.03,
        f"{labelled} {money(context.threshold, context.currency)}",
        transform=axes.get_xaxis_transform(),
        fontsize=7,
        color=GREY,
        ha="center",
        va="bottom",
        gid="threshold label",
    )


def label_ends(
    axes: Axes, ends: Mapping[str, float], labels: Mapping[str, str], colours: Mapping[str, str]
) -> None:
    """Name each curve at its right end; labels that would meet are moved apart and tied to their curve.

    Parameters
    ----------
    axes
        With its scale and limits set.
    ends
        Curve -> its value at the right edge.
    labels, colours
        Curve -> its name, and its colour (dark where it has none).
    """
    axes.get_ylim()  # brings limits that are pending into effect, which tell where the curves end
    data, share = axes.transData, axes.transAxes.inverted()
    heights = {name: float(share.transform(data.transform((0, end)))[1]) for name, end in ends.items()}
    order = sorted(heights, key=lambda name: -heights[name])
    texts = {name: wrapped(labels[name], _LABEL) for name in order}
    room = np.array([_LINE * (texts[name].count("\n") + 1) + _GAP for name in order])
    places = spread(np.array([heights[name] for name in order]), room)
    for name, place in zip(order, places, strict=True):
        colour = colours.get(name, DARK)
        axes.annotate(
            texts[name],
            xy=(1.0, heights[name]),
            xytext=(1.06, place),
            xycoords="axes fraction",
            textcoords="axes fraction",
            fontsize=7.5,
            color=ink(colour),
            va="center",
            annotation_clip=False,
            gid=f"label:{name}",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 0,
                        "relpos": (0, 0.5)},
        )  # fmt: skip


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
