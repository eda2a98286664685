"""A clinic as a moving picture: its places and queues in the order in which patients meet them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from remit.analysis.clinic.film import ClinicFilm
from remit.report.clinic_stage import Stage, inks
from remit.report.figures.style import shade

if TYPE_CHECKING:
    from PIL.Image import Image

MILLISECONDS, LAST = 110, 3000  # that a frame stands, and the last one
NEARLY = 240  # of 255
SHADES = 5  # of each colour: few make a small file


def draw_clinic_film(film: ClinicFilm, *, title: str, subtitle: str = "") -> bytes:
    """Draw a clinic moment by moment, and return it as a GIF.

    Parameters
    ----------
    film
        See :func:`remit.analysis.clinic.film.film_of`; 100 to 150 frames make a file that a page can carry.
    title, subtitle
        Above the picture: the clinic, and by which rule patients are treated.
    """
    from PIL.Image import Dither

    frames = clinic_frames(film, title=title, subtitle=subtitle)
    palette = _palette()
    # Without dithering, which flickers and makes the file larger.
    first, *others = [frame.quantize(palette=palette, dither=Dither.NONE) for frame in frames]
    written = BytesIO()
    stands = [*[MILLISECONDS] * len(others), LAST]
    first.save(written, format="GIF", save_all=True, append_images=others, duration=stands, loop=0)
    return written.getvalue()


def clinic_frames(film: ClinicFilm, *, title: str, subtitle: str = "") -> Iterator[Image]:
    """Yield the pictures of a film, as `draw_clinic_film` shows them."""
    stage = Stage(film, title, subtitle)
    for frame in range(film.times.size):
        yield stage.picture(frame)


def _palette() -> Image:
    """Return the colours of all films: each with what lies between it and the white ground."""
    from PIL import Image

    steps = [step / SHADES for step in range(SHADES)]
    shades = {"#ffffff": None} | {shade(colour, "#ffffff", step): None for colour in inks() for step in steps}
    mixed = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in shades]
    # What is nearly white would be taken for the ground.
    whole = [part for colour in mixed if min(colour) <= NEARLY or min(colour) == 255 for part in colour]
    palette = Image.new("P", (1, 1))
    palette.putpalette(whole)
    return palette
