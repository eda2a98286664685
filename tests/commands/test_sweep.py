"""Sweeps: what a grid may hold, and how its mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from remit.commands.sweep import run_sweep_file
from remit.errors import InputError
from remit.files.sweeps import read_sweep

PRICE = "cost_drug_tisagenlecleucel"
PLOT = "plot: {strategy: car_t}"

pytestmark = pytest.mark.usefixtures("project")


def sweep(over: str, rest: str = PLOT) -> Path:
    path = Path("params/sweeps/mine.yaml")
    path.write_text(f"title: Mine\nscenario: base\nover:\n  {over}\n{rest}\n", encoding="utf-8")
    return path


def refusals(over: str, rest: str = PLOT) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_sweep(sweep(over, rest), posterior=False)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ("cost_drug_tisagenlecleusel: [1, 2]", "mine.yaml:4: over.cost_drug_tisagenlecleusel"),
        ("cost_drug_tisagenlecleusel: [1, 2]", "did you mean 'cost_drug_tisagenlecleucel'?"),
        ("settings.horizn: [5 years]", "did you mean 'settings.horizon'?"),
        ("settings.horizon: [5]", "at the point settings.horizon = 5: a time needs its unit"),
        ("settings.horizon: []", "an axis needs a value or more"),
        ("{}", "a sweep needs at least one axis"),
        (f"{PRICE}: {{from: 1, to: 1, points: 5}}", "different ends"),
        (f"{PRICE}: {{from: 1, to: 2, points: 1}}", "two points or more"),
        (f"{PRICE}: [abc]", f"at the point {PRICE} = abc: must be a number"),
        ("p_cr_blinatumomab: [0.5, 1.2]", "at the point p_cr_blinatumomab = 1.2: a probability lies between 0 and 1"),
        ("p_cr_blinatumomab: {from: 0.5, to: 1.2, points: 3}", "at the point p_cr_blinatumomab = 1.2"),
        ("scenario: [base, nobody]", "at the point scenario = nobody: there is no scenario 'nobody'"),
        ("population: [adults]", "at the point population = adults: no such file"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_grid_is_told_with_its_point(over, words):
    assert any(words in line for line in refusals(over))


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("plot: {strategy: cart}", "not among the strategies compared (did you mean 'car_t'?)"),
        ("plot: {strategy: car_t, values: [iser]}", "did you mean 'icer'?"),
        (f"{PLOT}\ndraws: -1", "from 0 to"),
        (f"{PLOT}\nsenario: base", "did you mean"),
    ],
)
def test_a_mistake_in_what_is_drawn_is_told(rest, words):
    assert any(words in line for line in refusals(f"{PRICE}: [1, 2]", rest))


def test_an_unknown_scenario_to_start_from_is_told_where_it_is_named():
    path = sweep(f"{PRICE}: [1, 2]")
    path.write_text(path.read_text().replace("scenario: base", "scenario: bace"))
    with pytest.raises(InputError, match=r"mine\.yaml:2: scenario: there is no scenario 'bace'"):
        read_sweep(path, posterior=False)


def test_a_very_large_grid_asks_for_yes():
    ends = "{from: 0.1, to: 0.9, points: 400}"
    sweep(f"p_cr_blinatumomab: {ends}\n  p_cr_tisagenlecleucel: {ends}")
    with pytest.raises(InputError, match=r"160,000 points .--yes"):
        run_sweep_file("mine", draws=None, jobs=1, out="out", yes=False, force=False, command=[])
    assert not Path("out").exists()


def test_a_sweep_keeps_its_inputs_and_says_when_it_is_finished(capsys):
    sweep(f"{PRICE}: [100000, 200000]\n  settings.start: [enrolled, infused]\n  scenario: [healthcare-payer]")

    def run(*, force: bool = False) -> Path:
        return run_sweep_file(
            "mine", draws=None, jobs=1, out="out", yes=False, force=force, command=["sweep"]
        )

    folder = run()
    table = pd.read_csv(folder / "results/sweep.csv")
    assert table["point"].nunique() == 4
    dearer = table[table["strategy"] == "car_t"].groupby(f"at_{PRICE}")["costs"].mean()
    assert dearer[200000] > dearer[100000]
    names = json.loads((folder / "manifest.json").read_text())["sha256"]
    assert {
        "inputs/files/params/sweeps/mine.yaml",
        "inputs/files/params/scenarios/healthcare-payer.yaml",
    } <= set(names)
    assert run() == folder
    assert "finished already" in capsys.readouterr().out
    before = (folder / "results/sweep.csv").read_bytes()
    assert (run(force=True) / "results/sweep.csv").read_bytes() == before
