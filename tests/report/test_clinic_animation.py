"""The film of a clinic as a GIF: every frame shows its counts, and the file is small and always the same."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from remit.analysis.clinic.film import WHEREABOUTS, ClinicFilm
from remit.report.clinic_animation import LAST, MILLISECONDS, clinic_frames, draw_clinic_film
from remit.report.clinic_floor import CELLS, HEAD, QUEUE, ROW, floor_of

RESOURCES = ("apheresis", "manufacturing first_site", "manufacturing second_site", "infusion_bed")
FRAMES = 6


@pytest.fixture(scope="module")
def film():
    places = np.repeat([[1], [4], [4], [13]], FRAMES, axis=1)
    places[2, 3] = 0
    held = np.array([[0, 1, 1, 1, 1, 1], [0, 2, 4, 4, 4, 4], [0, 1, 4, 4, 4, 4], [0, 0, 3, 9, 13, 6]])
    queue = np.array([[0, 0, 0, 2, 1, 0], [0, 0, 6, 40, 30, 25], [0, 0, 6, 40, 30, 25], [0, 0, 0, 0, 5, 0]])
    whereabouts = np.zeros((len(WHEREABOUTS), FRAMES), dtype=int)
    whereabouts[:, :] = np.array([[2], [1], [3], [0], [1]]) * np.arange(FRAMES)
    return ClinicFilm(np.arange(FRAMES) * 0.3, RESOURCES, queue, held, places, whereabouts)


@pytest.fixture(scope="module")
def written(film):
    return draw_clinic_film(film, title="Scarce clinic", subtitle="CAR T for all")


def test_the_film_has_every_frame_and_fits_a_page(written):
    with Image.open(BytesIO(written)) as gif:
        assert (gif.format, gif.n_frames, gif.info["loop"]) == ("GIF", FRAMES, 0)
        assert gif.size[0] <= 900
        stands = []
        for frame in range(gif.n_frames):
            gif.seek(frame)
            stands.append(gif.info["duration"])
    assert stands == [MILLISECONDS] * (FRAMES - 1) + [LAST]
    assert len(written) < 5_000 * FRAMES + 20_000


def test_the_same_film_is_the_same_bytes(written, film):
    assert draw_clinic_film(film, title="Scarce clinic", subtitle="CAR T for all") == written


def test_the_ground_is_white_and_colours_are_those_that_were_drawn(written, film):
    drawn = np.asarray(list(clinic_frames(film, title="Scarce clinic"))[4]).astype(int)
    with Image.open(BytesIO(written)) as gif:
        gif.seek(4)
        kept = np.asarray(gif.convert("RGB")).astype(int)
    assert kept[5, 5].tolist() == [255, 255, 255]
    title = slice(70, None)  # below the subtitle
    assert np.abs(drawn[title] - kept[title]).max(axis=2).mean() < 1.0


def test_as_many_cells_are_filled_as_places_are_held_and_as_many_dots_stand_as_wait(film):
    pictures = [np.asarray(one).astype(int) for one in clinic_frames(film, title="Scarce clinic")]
    floor = floor_of(film)
    for frame, picture in enumerate(pictures):
        for places in floor.places:
            inside = [picture[int(y), int(x)].max() for x, y in places.cells]
            assert sum(value < 200 for value in inside) == film.held[places.number, frame]
        for queue in floor.queues:
            dots = [picture[int(y), int(x)].min() for x, y in queue.spots]
            assert sum(value < 200 for value in dots) == film.queue[queue.number, frame]


def test_free_cells_of_a_closed_site_are_grey(film):
    held = film.held.copy()
    held[2, 3] = 1
    pictures = [np.asarray(one) for one in clinic_frames(replace(film, held=held), title="Scarce clinic")]
    (x, y) = floor_of(film).places[2].cells[3].astype(int)
    assert pictures[3][y, x].tolist() == [220, 220, 220]
    assert pictures[0][y, x].tolist() == [255, 255, 255]


def test_bars_grow_with_the_patients(film):
    first, last = (list(clinic_frames(film, title="Scarce clinic"))[frame] for frame in (1, 5))
    coloured = [np.ptp(np.asarray(one)[HEAD:-60, 630:].astype(int), axis=2) > 60 for one in (first, last)]
    assert coloured[1].sum() > 3 * coloured[0].sum()


def test_sites_of_one_resource_share_a_queue_between_them(film):
    queues = floor_of(film).queues
    assert [queue.number for queue in queues] == [0, 1, 3]
    assert queues[1].y == HEAD + 2 * ROW
    assert queues[1].height > ROW


def test_everything_stands_in_its_room_however_much_there_is():
    for most, waiting in ((0, 1), (1, 0), (20, 30), (60, 500), (90, 10), (130, 0), (5000, 5000)):
        numbers = np.full((1, 2), most)
        queue, whereabouts = np.full((1, 2), waiting), np.ones((5, 2), dtype=int)
        film = ClinicFilm(np.array([0.0, 1.0]), ("infusion_bed",), queue, numbers, numbers, whereabouts)
        floor = floor_of(film)
        (places,), (queue,) = floor.places, floor.queues
        for at, size, room in ((places.cells, places.size, CELLS), (queue.spots, 9.0, QUEUE)):
            if len(at):
                assert room[0] - 1e-9 <= at[:, 0].min() - size / 2
                assert at[:, 0].max() + size / 2 <= room[1] + 1e-9
                assert at[:, 1].min() - size / 2 >= HEAD
                assert at[:, 1].max() + size / 2 <= HEAD + ROW
                assert len({(x, y) for x, y in at.tolist()}) == len(at)
        assert len(places.cells) == (most if most < 100 else 0)  # more are a bar
        assert len(queue.spots) == min(waiting, 84)
        assert len(list(clinic_frames(film, title="Many " * 40))) == 2


def test_a_clinic_that_is_short_of_nothing_still_has_its_patients():
    none = np.zeros((0, 2), dtype=int)
    film = ClinicFilm(np.array([0.0, 1.0]), (), none, none, none, np.ones((5, 2), dtype=int))
    assert len(list(clinic_frames(film, title="Ample"))) == 2
