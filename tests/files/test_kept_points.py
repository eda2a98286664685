"""Points kept for going on: to the last bit, and whole or refused."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from remit.analysis.sweep import SweptGroup, SweptPoint
from remit.errors import InputError
from remit.files.kept_points import KeptPoints

INPUTS = "ab" * 32


def point(number: int) -> SweptPoint:
    rng = np.random.default_rng(number)
    columns = {name: rng.normal(size=2).tolist() for name in SweptGroup.__dataclass_fields__}
    group = SweptGroup(**{**columns, "level": "all", "share": 1 / 3})
    return SweptPoint(number, {"p": number / 7}, ["a", "b"], "a", 80_000.0, [group])


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return KeptPoints.of("mine", INPUTS)


def keep(kept: KeptPoints, *numbers: int, resume: bool = False) -> None:
    with kept.held(resume=resume) as held:
        for number in numbers:
            held.keep(point(number))


def numbers(kept: KeptPoints) -> list[int]:
    with kept.held(resume=True) as held:
        return [one.number for one in held.points]


def test_a_point_comes_back_to_the_last_bit(kept):
    keep(kept, 1, 2)
    with kept.held(resume=True) as held:
        assert [asdict(one) for one in held.points] == [asdict(point(1)), asdict(point(2))]


def test_a_missing_number_comes_back_as_missing(kept):
    with kept.held(resume=False) as held:
        odd = replace(point(1).groups[0], p_cr_after_nonresponse=[float("nan"), 0.5])
        held.keep(replace(point(1), groups=[odd]))
    with kept.held(resume=True) as held:
        back = held.points[0].groups[0].p_cr_after_nonresponse
    assert np.isnan(back[0])
    assert back[1] == 0.5


def test_a_file_cut_anywhere_loses_its_torn_line_alone_and_goes_on(kept):
    keep(kept, 1, 2)
    whole = kept.path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(0, len(whole) + 1, 7):
        kept.path.write_bytes(whole[:length])
        complete = sum(end <= length for end in ends[1:])
        assert numbers(kept) == [1, 2][:complete]
        keep(kept, 9, resume=True)
        assert numbers(kept) == [*[1, 2][:complete], 9]


@pytest.mark.parametrize("place", [3, 40, 300, -30])
def test_a_damaged_line_is_refused_by_the_name_of_its_file(kept, place):
    keep(kept, 1, 2)
    damaged = bytearray(kept.path.read_bytes())
    damaged[place] ^= 1
    kept.path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"mine-abababababababab\.jsonl: .*damaged.*begins anew"):
        numbers(kept)


def test_without_resume_it_begins_anew(kept):
    keep(kept, 1, 2)
    keep(kept, 3)
    assert numbers(kept) == [3]


def test_a_second_process_is_refused_while_the_first_holds_the_file(kept):
    with kept.held(resume=False) as held:
        held.keep(point(1))
        with pytest.raises(InputError, match="another process is running this sweep"):
            keep(kept, 2)
        held.keep(point(3))
    assert numbers(kept) == [1, 3]


def test_points_of_other_inputs_are_found_by_name(kept):
    keep(kept, 1)
    other = KeptPoints.of("mine", "cd" * 32)
    assert numbers(other) == []
    assert other.others() == [kept.path]
    assert KeptPoints.of("min", INPUTS).others() == []
