"""A sweep that is killed goes on: no finished point is evaluated again, and the bytes are the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import remit
from remit.commands.sweep import SweepOptions, run_sweep_file
from remit.errors import InputError
from remit.files import kept_points

SMALL = """title: Small
points: {points}
plot: {{strategy: car_t}}
scenario: small
"""
SCENARIO = """extends: ../base.yaml
title: Small
because: its points cost little
set:
  strategies.compare: [blinatumomab, car_t]
  settings.subgroup: {tempo: [base]}
"""
N_POINTS = 24
KILLS = 12
# Loads the libraries once: each sweep is a fork of it. Counts evaluations in a file that outlives a kill.
FORKS = """
import os, random, signal, sys, time
from pathlib import Path
from remit.analysis import sweep as analysis
from remit.commands.sweep import SweepOptions, run_sweep_file
import remit.report.figures.sweep as figures
import pandas, pyarrow.parquet, scipy.stats
from remit import evaluate, load_study
evaluate(load_study("small"))

evaluate_point = analysis._evaluate
def counted(task):
    found = evaluate_point(task)
    with open("evaluated", "a") as stream:
        stream.write(f"{task.number} ")
    return found
analysis._evaluate = counted
figures.sweep_figures = lambda *_: ()
chance = random.Random(int(sys.argv[1]))
def seen():
    return len(Path("evaluated").read_text().split()) if Path("evaluated").exists() else 0
for attempt in range(int(sys.argv[2]) + 1):
    wanted = seen() + chance.randint(0, 2)  # so that it goes on however slow the machine is
    child = os.fork()
    if child == 0:
        run_sweep_file("small", SweepOptions(jobs=1, out="killed", resume=attempt > 0))
        os._exit(0)
    if attempt < int(sys.argv[2]):
        while seen() < wanted:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.05))
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.fixture
def small(project, monkeypatch):
    """Write a sweep whose points cost little."""
    (project / "params/scenarios/small.yaml").write_text(SCENARIO, encoding="utf-8")
    prices = [{"cost_drug_tisagenlecleucel": 100_000 + 1000 * place / 7} for place in range(N_POINTS)]
    (project / "params/sweeps/small.yaml").write_text(SMALL.format(points=prices), encoding="utf-8")
    monkeypatch.setattr("remit.report.figures.sweep.sweep_figures", lambda *_: ())
    return project


@pytest.mark.usefixtures("small")
@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
def test_a_sweep_killed_again_and_again_ends_in_the_same_bytes():
    words = [sys.executable, "-c", FORKS, "5", str(KILLS)]
    path = {"PYTHONPATH": str(Path(remit.__file__).parents[1])}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=path)  # noqa: S603
    evaluated = [int(number) for number in Path("evaluated").read_text().split()]
    assert set(evaluated) == set(range(N_POINTS))
    # Only a point that a kill caught between its evaluation and its line can be there twice.
    assert len(evaluated) - N_POINTS <= KILLS
    kept_then = [int(count) for count in re.findall(r"(\d+) of 24 points were finished before", done.stdout)]
    assert kept_then == sorted(kept_then)
    assert kept_then[-1] > 0
    whole = run_sweep_file("small", SweepOptions(jobs=1, out="whole"))
    for name in ("sweep.parquet", "sweep.csv"):
        assert (whole / "results" / name).read_bytes() == (Path("killed/results") / name).read_bytes()
    assert not list(Path("runs/.points").iterdir())


@pytest.mark.usefixtures("small")
def test_an_interrupt_says_how_to_go_on_and_no_finished_point_is_evaluated_again(monkeypatch, capsys):
    evaluated, keep = [], kept_points._Held.keep

    def keep_five(held, point):
        keep(held, point)
        evaluated.append(point.number)
        if len(evaluated) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(kept_points._Held, "keep", keep_five)
    options = SweepOptions(draws=0, jobs=1, out="out", command=("sweep", "small", "--draws", "0"))
    with pytest.raises(KeyboardInterrupt):
        run_sweep_file("small", options)
    assert "go on with `remit sweep small --draws 0 --resume`" in capsys.readouterr().out
    assert not Path("out").exists()
    run_sweep_file("small", SweepOptions(draws=0, jobs=1, out="out", resume=True))
    assert evaluated == list(range(N_POINTS))
    assert "5 of 24 points were finished before and are kept" in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_other_inputs_have_nothing_to_resume_and_that_is_said(capsys):
    before = kept_points.KeptPoints.of("small", "0" * 64)
    with before.held(resume=False):
        pass
    run_sweep_file("small", SweepOptions(jobs=1, out="out", resume=True))
    said = capsys.readouterr().out
    assert "Nothing to resume: no point of this sweep with these inputs is kept" in said
    assert f"those in {before.path} are of other inputs" in said


@pytest.mark.usefixtures("small")
def test_draws_that_do_not_fit_into_memory_are_refused(monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 250_000}[name])
    with pytest.raises(InputError, match=r"^draws: 9,000,000 draws need about \d+ GB of memory; there are 1"):
        run_sweep_file("small", SweepOptions(draws=9_000_000, jobs=1))
    with pytest.raises(InputError, match="--draws = 90000000: draws go from 0 to 10,000,000"):
        run_sweep_file("small", SweepOptions(draws=90_000_000, jobs=1))
