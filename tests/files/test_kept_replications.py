"""Replications of a clinic kept for going on: to the last bit, whatever their numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from remit.analysis.clinic.compare import Piece
from remit.analysis.clinic.replication import Replication
from remit.analysis.clinic.results import OUTCOMES, SERVICE
from remit.errors import InputError
from remit.files.kept_replications import kept_replications

INPUTS = "ab" * 32
ODD = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 1 / 3, 1.7976931348623157e308, 2.0**53]


def replication(seed: int, *, resources: int) -> Replication:
    rng = np.random.default_rng(seed)
    return Replication(
        patients=rng.normal(size=3),
        outcomes={name: np.array(ODD) for name in OUTCOMES},
        given=rng.normal(size=(3, 4)),
        service={name: rng.normal(size=resources) for name in SERVICE} if resources else {},
        queue=np.exp(100 * rng.normal(size=(resources, 5))),
        held=np.zeros((resources, 5)),
    )


def piece(number: int, *, places: int | None = 8, resources: int = 2) -> Piece:
    found = tuple(replication(10 * number + place, resources=resources) for place in range(2))
    return Piece(number, places, "car_t", 2 * number, found)


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return kept_replications("mine", INPUTS)


def keep(kept, *pieces: Piece, resume: bool = False) -> None:
    with kept.held(resume=resume) as held:
        for one in pieces:
            held.keep(one)


def found(kept) -> list[Piece]:
    with kept.held(resume=True) as held:
        return list(held.points)


def bits(value):
    """Return a value with each array as its type, shape and bytes."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {name: bits(one) for name, one in value.items()}
    if isinstance(value, Piece | Replication):
        return {name: bits(one) for name, one in vars(value).items()}
    return [bits(one) for one in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("resources", [0, 1, 7])
@pytest.mark.parametrize("places", [None, 8])
def test_a_piece_comes_back_to_the_last_bit_with_missing_and_infinite_numbers(kept, places, resources):
    pieces = [piece(number, places=places, resources=resources) for number in (0, 3)]
    keep(kept, *pieces)
    assert [bits(one) for one in found(kept)] == [bits(one) for one in pieces]


def test_a_torn_last_line_is_dropped_alone_and_the_next_piece_follows_the_whole_ones(kept):
    keep(kept, piece(0), piece(1))
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole[: -len(whole) // 8])
    assert [one.number for one in found(kept)] == [0]
    keep(kept, piece(1), resume=True)
    assert kept.path.read_bytes() == whole


def test_what_is_damaged_or_held_by_another_process_is_refused_in_words_of_a_clinic(kept):
    with kept.held(resume=False) as held:
        held.keep(piece(0))
        with pytest.raises(InputError, match="another process is running this clinic"):
            keep(kept, piece(1))
    damaged = bytearray(kept.path.read_bytes())
    damaged[-30] ^= 1
    kept.path.write_bytes(damaged)
    with pytest.raises(
        InputError, match=r"clinic-mine-abab.*damaged.*without --resume the clinic begins anew"
    ):
        found(kept)
