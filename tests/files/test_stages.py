"""Stages of a calibration on disk: whole or not at all, refused where damaged, gone on from to the byte."""

import gc
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from remit.analysis.calibration import sampler
from remit.analysis.calibration.sampler import Stage
from remit.commands import calibrate as command
from remit.errors import InputError, RemitError
from remit.files.stages import ARRAYS, StageFolder

# Little more than the survival of one strategy: seconds instead of minutes.
TINY = """
extends: ../base.yaml
title: Tiny
because: a test
set:
  strategies.compare: [blinatumomab, blinatumomab_then_car_t]
  settings.horizon: 5 years
calibration:
  posterior: tiny
  targets: [mt103_205_os, mt103_205_rfs, cited_costs_blinatumomab]
  draws: 300
  last: 300
  ess: 20
"""


def make(number, last=False):
    generator = np.random.default_rng(number)
    weights = generator.random(7)
    return Stage(
        number=number,
        power=generator.random(),
        scores=generator.standard_normal((3, 7)),
        predictions=generator.standard_normal((2, 7)),
        directions=np.linalg.qr(generator.standard_normal((3, 2)))[0],
        weights=weights / weights.sum(),
        ess=1 / 3 + number,
        last=last,
    )


def same_bytes(one, two):
    return (one.number, one.power, one.ess, one.last) == (two.number, two.power, two.ess, two.last) and all(
        getattr(one, name).tobytes() == getattr(two, name).tobytes()
        and getattr(one, name).shape == getattr(two, name).shape
        for name in ARRAYS
    )


@pytest.fixture
def folder(tmp_path):
    return StageFolder(tmp_path / "deep" / "stages")


def test_stages_come_back_as_they_were_kept_to_the_byte(folder):
    stages = [make(0), make(1), make(2, last=True)]
    for stage in stages:
        folder.keep(stage)
    kept = folder.kept()
    assert all(same_bytes(one, two) for one, two in zip(kept, stages, strict=True))
    assert [type(kept[-1].last), type(kept[0].number), type(kept[0].ess)] == [bool, int, float]


def test_a_stage_goes_on_from_disk_as_from_memory(folder):
    """What follows a stage hangs on the order of its bytes in memory too."""
    stage = replace(make(0), scores=np.asfortranarray(make(0).scores))
    folder.keep(stage)
    (kept,) = folder.kept()
    one, two = kept.proposal(), stage.proposal()
    assert one.mean.tobytes() == two.mean.tobytes()
    assert one.covariance.tobytes() == two.covariance.tobytes()


def test_a_folder_that_is_not_there_has_no_stages(folder):
    assert folder.kept() == []
    folder.clear()


def test_stages_after_one_that_is_missing_do_not_count(folder):
    for number in (0, 1, 3):
        folder.keep(make(number))
    assert [stage.number for stage in folder.kept()] == [0, 1]


def test_a_stage_kept_again_takes_the_place_of_the_one_before(folder):
    folder.keep(make(0))
    again = replace(make(5), number=0)
    folder.keep(again)
    (kept,) = folder.kept()
    assert same_bytes(kept, again)
    assert [file.name for file in folder.folder.iterdir()] == ["stage-00.npz"]


def test_a_stage_cut_off_while_it_was_written_is_not_there(folder, monkeypatch):
    folder.keep(make(0))

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder.keep(make(1))
    assert [stage.number for stage in folder.kept()] == [0]


def test_forgotten_stages_are_gone(folder):
    folder.keep(make(0))
    folder.clear()
    assert folder.kept() == []
    assert not folder.folder.exists()


def cut(data):
    return data[: len(data) // 2]


def flipped(data):
    """One bit of an array's numbers, far from the names and the directory."""
    place = data.index(b"scores.npy") + 200
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("harm", [cut, flipped, lambda data: b"not a stage" + data[11:], lambda _: b"PK"])
def test_a_damaged_stage_is_refused_with_its_file_and_what_to_do(folder, harm):
    for number in range(3):
        folder.keep(make(number))
    file = folder.folder / "stage-01.npz"
    file.write_bytes(harm(file.read_bytes()))
    with pytest.raises(InputError) as caught:
        folder.kept()
    (problem,) = caught.value.problems
    assert problem.file == str(file)
    assert "damaged" in problem.rule
    assert problem.hint == "without --resume the calibration begins anew"
    gc.collect()  # numpy leaves a file open that is no zip, and is to be told of it here


def test_an_empty_stage_is_refused_as_a_damaged_one(folder):
    folder.keep(make(0))
    (folder.folder / "stage-00.npz").write_bytes(b"")
    with pytest.raises(InputError, match="damaged"):
        folder.kept()


def test_a_stage_without_one_of_its_arrays_is_refused(folder):
    folder.keep(make(0))
    np.savez(
        folder.folder / "stage-00.npz", number=0, power=1.0, ess=5.0, last=False, scores=np.zeros((3, 7))
    )
    with pytest.raises(InputError, match="damaged"):
        folder.kept()


@pytest.fixture
def tiny(project, monkeypatch):
    """Write the scenario, and return how to calibrate it: in several short stages, to few rows."""
    monkeypatch.setattr(sampler, "ALIVE", 0.85)
    monkeypatch.setattr(command, "posterior_of", partial(command.posterior_of, rows=150))
    scenario = project / "params" / "scenarios" / "tiny.yaml"
    scenario.write_text(TINY, encoding="utf-8")
    posterior = project / "params" / "posteriors" / "tiny.csv"

    def calibrated(*, resume):
        command.calibrate("tiny", resume=resume, out=None, force=True, command=["remit", "calibrate", "tiny"])
        return posterior.read_bytes()

    return calibrated


def interrupt_after(monkeypatch, number):
    """Interrupt the next calibration when it has kept a stage."""
    whole = command.run_stages

    def run_stages(*given, **named):
        for stage in whole(*given, **named):
            yield stage
            if stage.number == number:
                raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_stages", run_stages)


def kept_files():
    return sorted(file.name for file in Path("runs/.stages").glob("*/*"))


def test_an_interrupted_calibration_goes_on_to_the_same_posterior_to_the_byte(tiny, monkeypatch, capsys):
    uninterrupted = tiny(resume=False)
    assert kept_files() == []
    Path("params/posteriors/tiny.csv").unlink()
    with monkeypatch.context() as within:
        interrupt_after(within, 1)
        with pytest.raises(KeyboardInterrupt):
            tiny(resume=False)
    assert "2 finished stages are kept: go on with `remit calibrate tiny --resume`" in capsys.readouterr().out
    assert kept_files() == ["stage-00.npz", "stage-01.npz"]
    assert not Path("params/posteriors/tiny.csv").exists()
    numbers = []
    whole = command.run_stages

    def watched(*given, **named):
        for stage in whole(*given, **named):
            numbers.append(stage.number)
            yield stage

    monkeypatch.setattr(command, "run_stages", watched)
    monkeypatch.setattr(command, "_draw", lambda *_: None)  # the figures have been drawn above
    resumed = tiny(resume=True)
    assert numbers[0] == 2
    assert resumed == uninterrupted
    assert "2 finished stages found" in capsys.readouterr().out
    assert kept_files() == []


def test_stages_of_other_targets_are_not_gone_on_from(tiny, monkeypatch, capsys):
    interrupt_after(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        tiny(resume=False)
    file = Path("params/scenarios/tiny.yaml")
    file.write_text(file.read_text(encoding="utf-8").replace("mt103_205_os, ", ""), encoding="utf-8")
    capsys.readouterr()
    with pytest.raises(KeyboardInterrupt):
        tiny(resume=True)
    assert "1 finished stages are kept" in capsys.readouterr().out  # those of its own, from the beginning
    assert len(list(Path("runs/.stages").iterdir())) == 2


def test_a_calibration_without_resume_begins_anew(tiny, monkeypatch, capsys):
    interrupt_after(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        tiny(resume=False)
    (file,) = Path("runs/.stages").glob("*/stage-00.npz")
    good = file.read_bytes()
    file.write_bytes(b"damaged")
    with pytest.raises(RemitError, match="without --resume the calibration begins anew"):
        tiny(resume=True)
    capsys.readouterr()
    with pytest.raises(KeyboardInterrupt):
        tiny(resume=False)
    assert "found" not in capsys.readouterr().out
    (again,) = Path("runs/.stages").glob("*/stage-00.npz")
    assert len(again.read_bytes()) == len(good)


def test_a_larger_effective_sample_size_is_asked_for_of_a_finished_stage_too(tiny, monkeypatch):
    """Interrupted when the last stage was kept; then more is asked for, and less must not be given."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as within:
        within.setattr(command, "_tables", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tiny(resume=False)
    file = Path("params/scenarios/tiny.yaml")
    file.write_text(file.read_text(encoding="utf-8").replace("ess: 20", "ess: 299"), encoding="utf-8")
    monkeypatch.setattr(sampler, "MOST_STAGES", 6)  # more than were kept; 40 only take longer
    with pytest.raises(RemitError, match="stages did not reach"):
        tiny(resume=True)
