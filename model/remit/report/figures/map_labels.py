"""Where there is room on a map for the numbers of its contours and the names of its regions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.report.figures.style import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LETTER, LINE = 0.062, 0.12  # inches: what a letter of a region's name takes
NUMBER = 0.22  # inches: half of what a contour's number takes
CLEAR = 0.06  # inches: how far its middle stays at least from what is drawn
DIGIT = 0.06  # inches: what a digit of it takes
LEAST, ENOUGH = 1.2, 2.0  # room for a name, in halves of what it takes
LETTERS = (40, 22, 14)  # of a line of a name, the fewer the less room there is


class Room:
    """The room that is left on a map, on a grid of points: what is written takes some of it.

    Parameters
    ----------
    x, y
        The points of the axes, evenly spaced.
    size
        Of the panel, in inches.
    outline
        Around what is drawn there already; may be empty.
    """

    def __init__(self, x: Array, y: Array, size: tuple[float, float], outline: tuple[Array, Array]) -> None:
        self.x, self.y = x, y
        self.step = (size[0] / (x.size - 1), size[1] / (y.size - 1))
        self.free: Mask = np.ones((y.size, x.size), dtype=np.bool_)
        if outline[0].size:
            rows, columns = self._places(*outline)
            self._take((rows.min(), rows.max()), (columns.min(), columns.max()), CLEAR)

    def number(self, axes: Axes, lines: ContourSet | None, written: Callable[[float], str]) -> None:
        """Write its value on each contour, far from the edges and where there is room."""
        if lines is None:
            return
        chosen = []
        told = {level: written(level) for level in lines.levels}
        for text, path in zip(told.values(), lines.get_paths(), strict=True):
            points = np.asarray(path.vertices, dtype=np.float64)
            rows, columns = self._places(points[:, 0], points[:, 1])
            across = np.minimum(columns, self.x.size - 1 - columns) * self.step[0]
            upwards = np.minimum(rows, self.y.size - 1 - rows) * self.step[1]
            room = np.where(self.free[rows, columns], np.minimum(across, upwards), 0.0)
            if room.size and room.max() >= 0.5 * DIGIT * len(text):
                at = int(room.argmax())
                chosen.append((float(points[at, 0]), float(points[at, 1])))
                self._take((rows[at], rows[at]), (columns[at], columns[at]), NUMBER)
        if chosen:
            axes.clabel(lines, fmt=told, fontsize=6.5, inline_spacing=2, manual=chosen)

    def name(self, axes: Axes, region: Mask, label: str, colours: tuple[str, str]) -> None:
        """Write a name where its region, (y, x), has most room; nothing where there is too little.

        ``colours`` are those of the letters and of the ground behind them.
        """
        from scipy.ndimage import distance_transform_edt

        for letters in LETTERS:
            text = wrapped(label, letters)
            lines = text.split("\n")
            across, upwards = 0.5 * LETTER * max(len(line) for line in lines), 0.5 * LINE * len(lines)
            steps = (self.step[1] / upwards, self.step[0] / across)
            inside = distance_transform_edt(np.pad(region & self.free, 1), sampling=steps)[1:-1, 1:-1]
            if inside.max() >= LEAST:
                # Where there is room in many places, the one in the middle of them.
                places = np.argwhere(inside >= min(float(inside.max()), ENOUGH))
                row, column = places[np.abs(places - places.mean(axis=0)).sum(axis=1).argmin()]
                axes.text(
                    self.x[column], self.y[row], text, ha="center", va="center", fontsize=7, weight="bold",
                    color=colours[0], gid="region", zorder=6, linespacing=1.05,
                    bbox={"facecolor": colours[1], "edgecolor": "none", "pad": 1.0},
                )  # fmt: skip
                return

    def _places(self, x: Array, y: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows and columns of the points nearest to some values."""
        rows = np.interp(y, self.y, np.arange(self.y.size)).round().astype(np.intp)
        return rows, np.interp(x, self.x, np.arange(self.x.size)).round().astype(np.intp)

    def _take(self, rows: tuple[int, int], columns: tuple[int, int], reach: float) -> None:
        """Leave no room from one row and column to others, nor within some inches around them."""
        beyond = [int(reach / step) for step in self.step]
        self.free[
            max(rows[0] - beyond[1], 0) : rows[1] + beyond[1] + 1,
            max(columns[0] - beyond[0], 0) : columns[1] + beyond[0] + 1,
        ] = False
