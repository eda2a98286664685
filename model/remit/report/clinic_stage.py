"""One picture of a clinic after the other, drawn on one figure."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from remit.analysis.clinic.film import WHEREABOUTS, ClinicFilm
from remit.inputs.units import MONTHS_PER_YEAR
from remit.report.clinic_drawing import resource_label
from remit.report.clinic_floor import (
    CELLS,
    DOOR,
    FOOT,
    HEAD,
    QUEUE,
    ROW,
    WIDTH,
    Floor,
    Places,
    Queue,
    floor_of,
)
from remit.report.figures.style import DARK, GREY, LIGHT, STATE_LABELS, house_style, shade, state_colours

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from PIL.Image import Image

_DOTS = 100  # an inch
_POINT = 72 / _DOTS  # a pixel in points
_LEFT, _PANEL, _BAR = 20.0, 638.0, 170.0
_HELD, _OPEN, _CLOSED, _RULE = "#4a6785", "#ffffff", "#dcdcdc", "#efefef"
_LABELS = {"in_care": "Waiting or in treatment", **STATE_LABELS}


class Stage:
    """A figure of a clinic whose queues, places and numbers change from frame to frame.

    What stays is drawn once: drawing everything anew takes five times as long.
    """

    def __init__(self, film: ClinicFilm, title: str, subtitle: str) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._film, floor = film, floor_of(film)
        with house_style():
            figure = Figure(figsize=(WIDTH / _DOTS, floor.height / _DOTS), dpi=_DOTS, facecolor="white")
            self._canvas = FigureCanvasAgg(figure)
            self._axes = axes = figure.add_axes((0, 0, 1, 1))
            axes.set(xlim=(0, WIDTH), ylim=(floor.height, 0))
            axes.axis("off")
            _write(axes, _LEFT, 26, _short(title, 62), 13, weight="bold")
            _write(axes, _LEFT, 50, _short(subtitle, 120), 9, colour=GREY)
            self._clock = _write(axes, WIDTH - _LEFT, 26, "", 13, align="right", weight="bold")
            rows, bars = _Rows(axes, film, floor), _Whereabouts(axes, film, floor.height)
            self._parts = (rows, bars, _Timeline(axes, film, floor.height))
            self._moving = [self._clock, *(artist for part in self._parts for artist in part.moving)]
            for artist in self._moving:
                artist.set_animated(True)
            self._canvas.draw()
            self._still = self._canvas.copy_from_bbox(figure.bbox)

    def picture(self, frame: int) -> Image:
        """Return the picture of a frame."""
        from PIL import Image

        # The month that is going on, or ends now.
        months = max(math.ceil(float(self._film.times[frame]) * MONTHS_PER_YEAR - 1e-6), 1) - 1
        year, month = divmod(months, int(MONTHS_PER_YEAR))
        self._clock.set_text(f"Year {year + 1}, month {month + 1}")
        self._canvas.restore_region(self._still)
        for part in self._parts:
            part.show(frame)
        for artist in self._moving:
            self._axes.draw_artist(artist)
        return Image.fromarray(np.asarray(self._canvas.buffer_rgba())[..., :3].copy())


def inks() -> list[str]:
    """Return the colours of a picture, white apart."""
    return [DARK, GREY, LIGHT, _HELD, _CLOSED, _RULE, *_colours().values()]


def _short(text: str, most: int) -> str:
    return textwrap.shorten(text, most, placeholder=" ...")


def _colours() -> dict[str, str]:
    """Return the colour of each of ``WHEREABOUTS``; those who wait have that of patients in care."""
    colours = state_colours()
    return {name: colours.get(name, shade(colours["relapse"], "#ffffff", 0.45)) for name in WHEREABOUTS}


class _Rows:
    """The resources: what they are called, who waits, and which places are held."""

    def __init__(self, axes: Axes, film: ClinicFilm, floor: Floor) -> None:
        self._film, self._floor = film, floor
        _write(axes, QUEUE[1], HEAD - 12, "waiting", 8, colour=GREY, align="right")
        _write(axes, CELLS[0], HEAD - 12, "places, filled where held", 8, colour=GREY)
        self._numbers = [self._name(axes, places) for places in floor.places]
        self._places = [_PlacesDrawn(axes, places) for places in floor.places]
        self._queues = [_QueueDrawn(axes, queue) for queue in floor.queues]
        drawn: list[_PlacesDrawn | _QueueDrawn] = [*self._places, *self._queues]
        self.moving: list[Artist] = [*self._numbers, *(artist for one in drawn for artist in one.moving)]

    def _name(self, axes: Axes, places: Places) -> Text:
        if places.number in {queue.number for queue in self._floor.queues[1:]}:
            axes.plot([_LEFT, CELLS[1]], [places.y - ROW / 2] * 2, color=_RULE, linewidth=0.8, zorder=0)
        label = resource_label(self._film.resources[places.number])
        _write(axes, _LEFT, places.y - 8, label, 9, weight="bold")
        return _write(axes, _LEFT, places.y + 9, "", 8, colour=GREY)

    def show(self, frame: int) -> None:
        """Show who waits, and which places are held."""
        waiting = {queue.number: int(self._film.queue[queue.number, frame]) for queue in self._floor.queues}
        for line in self._queues:
            line.show(waiting[line.number])
        for places, numbers, drawn in zip(self._floor.places, self._numbers, self._places, strict=True):
            held = int(self._film.held[places.number, frame])
            is_open = bool(self._film.places[places.number, frame] > 0)
            drawn.show(held, _OPEN if is_open else _CLOSED)
            said = f"{held} of {places.most} held" if is_open else f"closed, {held} held"
            wait = waiting.get(places.number)
            numbers.set_text(said if wait is None else f"{said}, {wait} waiting")
            numbers.set(color=GREY if is_open else DARK, fontweight="normal" if is_open else "bold")


class _PlacesDrawn:
    """The places of one resource: cells, or one bar where there are too many."""

    def __init__(self, axes: Axes, places: Places) -> None:
        from matplotlib.collections import PatchCollection
        from matplotlib.patches import Rectangle

        self._most = max(places.most, 1)
        self._bar: Rectangle | None = None
        size = places.size - 3
        cells = [Rectangle((x - size / 2, y - size / 2), size, size) for x, y in places.cells]
        if not cells:
            width = CELLS[1] - CELLS[0]
            corner = (CELLS[0], places.y - size / 2)
            cells = [Rectangle(corner, width, size)]
            self._bar = Rectangle(corner, 0, size, facecolor=_HELD, zorder=3)
            axes.add_patch(self._bar)
        self._cells = axes.add_collection(PatchCollection(cells, edgecolor=_HELD, linewidth=0.9))
        self.moving: list[Artist] = [self._cells, *([] if self._bar is None else [self._bar])]

    def show(self, held: int, empty: str) -> None:
        """Fill the cells that are held."""
        if self._bar is not None:
            self._bar.set_width((CELLS[1] - CELLS[0]) * min(held / self._most, 1.0))
            self._cells.set_facecolor([empty])
            return
        self._cells.set_facecolor([_HELD if cell < held else empty for cell in range(self._most)])


class _QueueDrawn:
    """A queue before its door: a dot for each who waits, as far as there is room."""

    def __init__(self, axes: Axes, queue: Queue) -> None:
        self.number, self._room = queue.number, len(queue.spots)
        axes.plot(
            [DOOR, DOOR], [queue.y - queue.height / 2, queue.y + queue.height / 2], color=GREY, linewidth=1.2
        )
        self._dots = axes.scatter(queue.spots[:, 0], queue.spots[:, 1], s=(6.6 * _POINT) ** 2, linewidths=0)
        self._more = _write(axes, QUEUE[0] + 2, queue.y, "", 8, align="right", colour=GREY)
        self._colour = _colours()["in_care"]
        self.moving: list[Artist] = [self._dots, self._more]

    def show(self, waiting: int) -> None:
        """Show so many dots, and how many more there are."""
        self._dots.set_facecolor([self._colour if spot < waiting else "none" for spot in range(self._room)])
        self._more.set_text(f"+{waiting - self._room}" if waiting > self._room else "")


class _Whereabouts:
    """How many of those who came are in which state of health."""

    def __init__(self, axes: Axes, film: ClinicFilm, height: int) -> None:
        from matplotlib.patches import Rectangle

        self._film, self._whole = film, max(int(film.whereabouts.max()), 1)
        self._came = _write(axes, _PANEL, HEAD - 12, "", 9, weight="bold")
        step, colours = (height - FOOT - HEAD - 8) / len(WHEREABOUTS), _colours()
        self._bars = []
        for place, name in enumerate(WHEREABOUTS):
            y = HEAD + 16 + step * place
            _write(axes, _PANEL, y, _LABELS[name], 8.5)
            bar = Rectangle((_PANEL, y + 10), 0, 20, facecolor=colours[name], linewidth=0)
            axes.add_patch(bar)
            self._bars.append((bar, _write(axes, _PANEL, y + 20, "", 9, weight="bold")))
        self.moving: list[Artist] = [self._came, *(artist for pair in self._bars for artist in pair)]

    def show(self, frame: int) -> None:
        """Let the bars be as long as there are patients."""
        self._came.set_text(f"{int(self._film.arrived[frame]):,} patients have come")
        for (bar, number), count in zip(self._bars, self._film.whereabouts[:, frame].tolist(), strict=True):
            length = _BAR * count / self._whole
            bar.set_width(length)
            number.set(x=_PANEL + length + 5, text=f"{count:,}")


class _Timeline:
    """How far the film is, with a tick for each year."""

    def __init__(self, axes: Axes, film: ClinicFilm, height: int) -> None:
        self._times, self._y = film.times, height - 26
        self._end = max(float(film.times[-1]), 1e-9)
        axes.plot([_LEFT, WIDTH - _LEFT], [self._y] * 2, color=LIGHT, linewidth=2.5, solid_capstyle="butt")
        (self._gone,) = axes.plot([], [], color=_HELD, linewidth=2.5, solid_capstyle="butt")
        self.moving: list[Artist] = [self._gone]
        for year in range(int(self._end) + 1):
            x = self._x(float(year))
            axes.plot([x, x], [self._y - 4, self._y + 4], color=GREY, linewidth=0.8)
            align = "left" if year == 0 else "center"
            _write(
                axes,
                x,
                self._y + 13,
                "clinic opens" if year == 0 else f"{year} y",
                7,
                colour=GREY,
                align=align,
            )

    def _x(self, time: float) -> float:
        return _LEFT + (WIDTH - 2 * _LEFT) * time / self._end

    def show(self, frame: int) -> None:
        """Draw the time that is gone."""
        self._gone.set_data([_LEFT, self._x(float(self._times[frame]))], [self._y] * 2)


def _write(
    axes: Axes, x: float, y: float, text: str, size: float, *,
    colour: str = DARK, align: str = "left", weight: str = "normal",
) -> Text:  # fmt: skip
    """Write a line; ``size`` in points of a page, which is larger in pixels."""
    return axes.text(x, y, text, fontsize=size, color=colour, ha=align, va="center", fontweight=weight)
