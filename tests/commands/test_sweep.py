"""Sweeps: what a grid may hold, and how its mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

import json
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remit import load_study, run_psa
from remit.analysis.sweep import Axis, Sweep, run_sweep
from remit.commands.plot import plot_run
from remit.commands.sweep import SweepOptions, run_sweep_file
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
        (f"{PRICE}: [1, 2, 1.0]", f"mine.yaml:4: over.{PRICE}: the value 1.0 stands there twice"),
        (f"{PRICE}: {{from: 1, to: 2}}", "a range of a grid says how many points it has"),
        ("strategies.compare: [[blinatumomab, car_tt]]", "did you mean 'car_t'?"),
        ("strategy: [car_t]\n  strategies.compare: [[blinatumomab, car_t]]", "both say what is compared"),
        ("scenario: [base, us-payer]", "costs would be in different currencies: EUR at scenario = base; USD at scenario = us-payer"),
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
        run_sweep_file("mine", SweepOptions(out="out"))
    assert not Path("out").exists()


def test_a_sweep_keeps_its_inputs_and_says_when_it_is_finished(capsys):
    sweep(f"{PRICE}: [100000, 200000]\n  settings.start: [enrolled, infused]\n  scenario: [healthcare-payer]")

    def run(*, force: bool = False) -> Path:
        return run_sweep_file("mine", SweepOptions(jobs=1, out="out", force=force))

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


MAP = """title: Map
scenario: base
draws: 16
by: tempo
over:
  time_wait_tisagenlecleucel: [3, 274]
  share_causal_modulation_blinatumomab: [0, 1]
plot: {kind: decision_map, strategy: blinatumomab_then_car_t}
"""
FIGURES = {f"decision_map_{name}.{ending}" for name in ("health", "net_benefit") for ending in ("png", "svg")}


def sweep_map(out: str, text: str = MAP, jobs: int = 1) -> Path:
    Path("params/sweeps/map.yaml").write_text(text, encoding="utf-8")
    return run_sweep_file("map", SweepOptions(jobs=jobs, out=out))


def test_a_decision_map_writes_its_figures_and_says_where_a_therapy_goes_first(capsys, monkeypatch):
    monkeypatch.setattr("remit.report.render.DOTS_PER_INCH", 40)
    folder = sweep_map("out")
    assert {path.name for path in (folder / "figures").iterdir()} == FIGURES
    said = capsys.readouterr().out
    assert "Where beginning with blinatumomab is best" in said
    for group in ("all patients", "tempo slow", "tempo base", "tempo rapid"):
        assert f"By health alone, {group}: " in said
        assert f"By net benefit at EUR 80,000 per QALY, {group}: " in said


def test_a_decision_map_is_drawn_again_from_its_folder(monkeypatch):
    monkeypatch.setattr("remit.report.render.DOTS_PER_INCH", 40)
    folder = sweep_map("out", MAP.replace("by: tempo\n", ""))
    figures = folder / "figures"
    before = (figures / "decision_map_health.png").read_bytes()
    (figures / "decision_map_health.png").write_bytes(b"")
    plot_run(str(folder))
    assert (figures / "decision_map_health.png").read_bytes() == before


@pytest.fixture
def no_figures(monkeypatch):
    monkeypatch.setattr("remit.report.figures.sweep.sweep_figures", lambda *_: ())


@pytest.mark.usefixtures("no_figures")
def test_a_point_by_tempo_is_the_psa_of_the_study_with_the_point_set():
    table = pd.read_parquet(sweep_map("out") / "results/sweep.parquet")
    at = {"time_wait_tisagenlecleucel": 274, "share_causal_modulation_blinatumomab": 0}
    study = load_study().set(at)
    psa = run_psa(study, n_draws=16, seed=study.psa.seed)
    rows = table[(table["point"] == 2) & (table["stratum"] == "rapid")]
    assert (rows["at_time_wait_tisagenlecleucel"] == 274).all()
    rapid = psa.strata[2].outcomes
    nmb = 80_000 * rapid.qalys - rapid.costs
    assert rows["qalys"].tolist() == rapid.qalys.mean(axis=0).tolist()
    assert rows["probability_best"].tolist() == [np.mean(nmb.argmax(axis=1) == s) for s in range(len(rows))]
    losses = [np.mean(nmb.max(axis=1) - nmb[:, s]) for s in range(len(rows))]
    assert rows["expected_loss"].tolist() == pytest.approx(losses)
    lost = [np.mean(rapid.qalys.max(axis=1) - rapid.qalys[:, s]) for s in range(len(rows))]
    assert rows["expected_loss_health"].tolist() == pytest.approx(lost)
    whole = table[(table["point"] == 2) & (table["stratum"] == "all")]
    np.testing.assert_allclose(whole["costs"], psa.outcomes.costs.mean(axis=0), rtol=1e-12)


@pytest.mark.usefixtures("no_figures")
def test_a_sweep_gives_the_same_bytes_in_one_process_and_in_several(monkeypatch):
    monkeypatch.setattr("remit.analysis.sweep.DRAWS_OF_A_START", 1)
    one, *others = (sweep_map(f"out{jobs}", jobs=jobs) / "results" for jobs in (1, 2, 3))
    for name in ("sweep.parquet", "sweep.csv", "cloud.csv", "turning_points.csv"):
        for other in others:
            assert (one / name).read_bytes() == (other / name).read_bytes()


def test_an_error_in_another_process_is_told_as_in_this_one(monkeypatch):
    monkeypatch.setattr("remit.analysis.sweep.DRAWS_OF_A_START", 1)
    study = load_study()
    missing = {name: p for name, p in study.parameters.items() if name != "rate_death_waiting"}
    grid = Sweep("A", (Axis("p", (1, 2)),), draws=16)
    with pytest.raises(InputError, match="rate_death_waiting: the study needs this parameter"):
        list(run_sweep(grid, lambda _: replace(study, parameters=missing, posterior=None), jobs=2))


def test_a_sweep_that_is_left_ends_its_processes(monkeypatch):
    monkeypatch.setattr("remit.analysis.sweep.DRAWS_OF_A_START", 1)
    study = load_study()
    pieces = run_sweep(Sweep("A", (Axis("p", tuple(range(40))),)), lambda _: study, jobs=2)
    assert next(pieces).number in range(40)
    assert active_children()
    pieces.close()
    assert not active_children()


def test_lines_of_a_sweep_by_a_feature_are_drawn_for_each_level():
    text = f"title: Mine\nby: tempo\nover: {{{PRICE}: [100000, 200000]}}\nplot: {{strategy: car_t, values: [inmb]}}\n"
    folder = sweep_map("out", text)
    drawn = {path.stem for path in (folder / "figures").iterdir()}
    assert drawn == {"lines_inmb", "lines_inmb_slow", "lines_inmb_base", "lines_inmb_rapid"}


def test_a_sweep_draws_the_kind_that_it_asks_for_alone():
    over = f"{PRICE}: [100000, 200000]\n  p_cr_blinatumomab: [0.3, 0.4]"
    for kind, drawn in (("lines", {"lines_inmb"}), ("heat_map", {"heat_map_inmb"})):
        sweep(over, f"plot: {{strategy: car_t, values: [inmb], kind: {kind}}}")
        folder = run_sweep_file("mine", SweepOptions(jobs=1, out=kind))
        assert {path.stem for path in (folder / "figures").iterdir()} == drawn


TWO = f"{PRICE}: [1, 2]\n  p_cr_blinatumomab: [0.3, 0.4]"
KIND = "plot: {{strategy: {}, kind: {}}}"


@pytest.mark.parametrize(
    ("over", "rest", "words"),
    [
        (TWO, f"{PLOT}\nby: temper", "mine.yaml:7: by = 'temper': no feature of the population (did you mean 'tempo'?)"),
        (TWO, KIND.format("car_t", "decision_mop"), "plot.kind"),
        (f"{PRICE}: [1, 2]", KIND.format("car_t", "decision_map"), "needs two axes of numbers"),
        (f"{PRICE}: [1, 2]\n  scenario: [base]", KIND.format("car_t", "heat_map"), "needs two axes of numbers"),
        (f"{PRICE}: [1, 2]\n  settings.discount_qalys: [0.0, 0.1]", KIND.format("car_t", "decision_map"), "needs parameters on both axes"),
        (TWO, "plot: {strategy: car_t, titles: {cost_drug_tisa: A}}", "no such axis"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_map_is_told(over, rest, words):
    assert any(words in line for line in refusals(over, rest))


def test_a_population_without_the_feature_is_refused_at_its_point():
    paediatric = Path("params/populations/paediatric.yaml").read_text()
    plain = [line for line in paediatric.splitlines() if not line.strip().startswith("strata:")]
    Path("params/populations/plain.yaml").write_text("\n".join(plain))
    words = "at the point population = plain: no feature of the population"
    assert any(words in line for line in refusals("population: [paediatric, plain]", f"{PLOT}\nby: tempo"))


def test_a_map_of_strategies_that_all_begin_alike_is_refused():
    base = Path("params/base.yaml")
    text = base.read_text().split("beside:")[0]  # without the calibration, which needs both therapies
    base.write_text(text.replace("compare: [blinatumomab, car_t, ", "compare: [blinatumomab, "))
    rest = KIND.format("blinatumomab", "decision_map")
    assert any("does not begin as plot.strategy does" in line for line in refusals(TWO, rest))
