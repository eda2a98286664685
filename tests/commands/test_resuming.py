"""Long work goes on where it was interrupted, and says so in its own word."""

from __future__ import annotations

import pytest

from remit.analysis.clinic.compare import Piece
from remit.commands.resuming import finished_points
from remit.files.kept_replications import kept_replications


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return kept_replications("mine", "ab" * 32)


def pieces(order, *, interrupted_after=None):
    """Return a run of three pieces that come in some order, of which the interrupt leaves the first few."""

    def run(done):
        for place, number in enumerate(order):
            if place == interrupted_after:
                raise KeyboardInterrupt
            if number not in done:
                yield Piece(number, None, "car_t", 2 * number, ())

    return run


def finished(kept, run, *, resume):
    command = ["clinic", "my clinic", "--jobs", "2", *["--resume"] * resume]
    points = finished_points(kept, run, title="Mine", total=3, resume=resume, command=command)
    return [point.number for point in points]


def test_points_come_in_order_whatever_the_order_in_which_they_were_finished(kept):
    assert finished(kept, pieces([2, 0, 1]), resume=False) == [0, 1, 2]


def test_interrupted_again_and_again_it_says_what_is_kept_and_how_to_go_on(kept, capsys):
    for after, resume in ((1, False), (2, True)):
        with pytest.raises(KeyboardInterrupt):
            finished(kept, pieces([2, 0, 1], interrupted_after=after), resume=resume)
        assert (
            f"{after} of 3 finished points are kept: go on with `remit clinic 'my clinic' --jobs 2 --resume`"
        ) in capsys.readouterr().out
    assert finished(kept, pieces([2, 0, 1]), resume=True) == [0, 1, 2]
    assert "2 of 3 points were finished before and are kept" in capsys.readouterr().out


def test_a_clinic_of_other_inputs_has_nothing_to_resume_and_that_is_said(kept, capsys):
    other = kept_replications("mine", "0" * 64)
    with other.held(resume=False):
        pass
    assert finished(kept, pieces([0, 1, 2]), resume=True) == [0, 1, 2]
    assert (
        "Nothing to resume: no point of this clinic with these inputs is kept; "
        f"those in {other.path} are of other inputs. It begins anew."
    ) in capsys.readouterr().out
