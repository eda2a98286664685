"""The run folder: what is in it, when it is written, and when it is not."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from remit.commands.plot import plot_run
from remit.commands.run import OUTPUTS, RunOptions, run
from remit.errors import InputError
from remit.files.yaml_text import read_yaml

SMALL = RunOptions(
    settings=("settings.horizon=10 years",),
    draws=20,
    only=("psa", "trace"),
    skip=("figures",),
    out="out",
    command=("run", "--draws", "20"),
)
# The least that a run can be.
FAST = replace(SMALL, only=(), skip=OUTPUTS)
STRATEGIES = {"blinatumomab", "car_t", "blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t"}
EFFECTS = ["life_years", "qalys", "costs"]
INCREMENTAL = ["strategy", "costs", "qalys", "incremental_costs", "incremental_qalys", "icer", "status"]
OFF_FRONTIER = {"dominated", "extendedly dominated"}
pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return the folder of a small run, made once."""
    folder = tmp_path_factory.mktemp("run") / "out"
    return run(replace(SMALL, out=str(folder), command=("run", "--out", str(folder))))


def csv(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / name)


def results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "results").iterdir()}


def refusal(options: RunOptions) -> str:
    with pytest.raises(InputError) as caught:
        run(options)
    (problem,) = caught.value.problems
    return str(problem)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def left_over(folder: Path) -> list[str]:
    return [name for name in names(folder) if name.startswith(".")]


def test_outcomes_have_their_columns_and_the_categories_sum_to_costs(finished):
    table = csv(finished, "outcomes.csv")
    categories = [name for name in table if name.startswith("cost_")]
    undiscounted = [f"{name}_undiscounted" for name in EFFECTS]
    assert list(table) == ["strategy", *EFFECTS, *undiscounted, *categories]
    assert set(table["strategy"]) == STRATEGIES
    assert len(categories) > 5
    np.testing.assert_allclose(table[categories].sum(axis=1), table["costs"], rtol=1e-12)


@pytest.mark.parametrize("name", ["incremental.csv", "incremental_psa.csv"])
def test_the_incremental_analysis_is_sorted_by_cost_and_empty_off_the_frontier(finished, name):
    table = csv(finished, name)
    assert list(table) == INCREMENTAL
    assert table["costs"].is_monotonic_increasing
    assert set(table["status"]) <= OFF_FRONTIER | {"frontier", "equal"}
    increments = table[INCREMENTAL[3:6]]
    empty = table["status"].isin(OFF_FRONTIER) | (table.index == 0)
    assert increments[empty].isna().all(axis=None)
    assert increments[~empty].notna().all(axis=None)


def test_strata_have_their_columns_and_add_up_to_all_patients(finished):
    table = csv(finished, "strata.csv")
    assert list(table)[:7] == ["feature", "level", "share", "strategy", *EFFECTS]
    assert list(table)[7:12] == ["incremental_costs", "incremental_qalys", "icer", "nmb", "best"]
    assert list(table)[12:16] == ["probability_best", "inmb_mean", "inmb_low", "inmb_high"]
    assert list(table)[16:] == ["probability_best_health", "qalys_mean", "qalys_low", "qalys_high"]
    whole = table[table["feature"] == "all"]
    assert whole["costs"].tolist() == csv(finished, "outcomes.csv")["costs"].tolist()
    assert table.groupby(["feature", "level"])["probability_best"].sum().to_numpy() == pytest.approx(1)
    draws = pd.read_parquet(finished / "results/psa.parquet")
    means = draws.groupby("strategy")[["costs", "qalys"]].mean()
    gain = 80_000 * means["qalys"] - means["costs"]
    found = whole.set_index("strategy")["inmb_mean"]
    assert found["car_t"] == pytest.approx(gain["car_t"] - gain["blinatumomab"])


def test_psa_tables_have_their_columns_and_agree_with_each_other(finished):
    draws = pd.read_parquet(finished / "results/psa.parquet")
    parameters = pd.read_parquet(finished / "results/psa_parameters.parquet")
    assert list(draws) == ["draw", "strategy", *EFFECTS]
    assert len(draws) == 20 * len(STRATEGIES)
    assert next(iter(parameters)) == "draw"
    assert len(parameters) == 20
    assert "cost_drug_blinatumomab" in parameters
    assert "age_start" not in parameters
    summary = csv(finished, "psa_summary.csv").set_index(["strategy", "outcome"])
    mean = draws.groupby("strategy")["costs"].mean()
    assert summary.loc[("car_t", "costs"), "mean"] == pytest.approx(mean["car_t"])
    assert {"mean", "sd"} <= set(summary)


def test_acceptability_sums_to_one_and_one_strategy_is_on_the_ceaf(finished):
    table = csv(finished, "ceac.csv")
    assert list(table) == ["wtp", "strategy", "probability", "on_ceaf"]
    by_wtp = table.groupby("wtp")
    np.testing.assert_allclose(by_wtp["probability"].sum(), 1)
    assert (by_wtp["on_ceaf"].sum() == 1).all()
    assert list(csv(finished, "evpi.csv")) == ["wtp", "evpi"]


def test_the_trace_sums_to_one(finished):
    table = csv(finished, "trace.csv")
    assert list(table) == ["strategy", "year", "relapse", "remission", "hsct", "death"]
    np.testing.assert_allclose(table[["relapse", "remission", "hsct", "death"]].sum(axis=1), 1, atol=1e-10)


def test_the_manifest_says_what_was_run_and_nothing_of_this_machines_folders(finished):
    text = (finished / "manifest.json").read_text()
    manifest = json.loads(text)
    wanted = {
        "command",
        "remit",
        "commit",
        "dirty",
        "python",
        "packages",
        "seed",
        "draws",
        "sha256",
        "seconds",
    }
    assert wanted <= set(manifest)
    assert (manifest["seed"], manifest["draws"]) == (20180201, 20)
    assert manifest["command"] == ["remit", "run", "--out", ".../out"]
    assert str(finished.parent) not in text
    assert f"{Path.home()}/" not in text or Path.home() == Path("/")
    for name, value in manifest["sha256"].items():
        assert hashlib.sha256((finished / name).read_bytes()).hexdigest() == value
    written = {p.relative_to(finished).as_posix() for p in finished.rglob("*") if p.is_file()}
    assert written == {*manifest["sha256"], "manifest.json"}


def test_inputs_hold_every_file_and_the_resolved_study(finished):
    kept = {
        p.relative_to(finished / "inputs").as_posix() for p in (finished / "inputs").rglob("*") if p.is_file()
    }
    assert {"resolved.yaml", "files/params/base.yaml", "files/params/sources.yaml"} <= kept
    assert {"files/params/mortality/us_2014.csv", "files/params/evidence/landmarks.yaml"} <= kept
    resolved = read_yaml(finished / "inputs/resolved.yaml").data
    assert resolved["settings"]["horizon"] == "10 years"
    assert resolved["parameters"]["cost_drug_tisagenlecleucel"]["value"] > 0


def test_the_same_run_again_says_so_and_force_repeats_it(capsys):
    folder = run(replace(FAST, out=None))
    assert folder.parent == Path("runs")
    assert folder.name.split("-", 3)[3].startswith("base-")
    since = (folder / "manifest.json").stat().st_mtime_ns
    assert run(replace(FAST, out=None)) == folder
    assert "finished already" in capsys.readouterr().out
    assert (folder / "manifest.json").stat().st_mtime_ns == since
    before = results(folder)
    assert run(replace(FAST, out=None, force=True)) == folder
    assert (folder / "manifest.json").stat().st_mtime_ns > since
    assert results(folder) == before
    assert run(replace(FAST, out=None, seed=1)) != folder
    assert left_over(Path("runs")) == []


def test_the_bytes_do_not_depend_on_jobs(monkeypatch):
    monkeypatch.setattr("remit.evaluation.BLOCK", 16)
    runs = [
        run(replace(SMALL, only=("psa", "beside", "sequences"), out=f"out{jobs}", draws=40, jobs=jobs))
        for jobs in (1, 3)  # processes; their blocks of draws are of another size
    ]
    first = results(runs[0])
    assert all(results(folder) == first for folder in runs[1:])


def test_only_and_skip_choose_parts():
    only = run(replace(SMALL, only=("trace",), skip=()))
    assert "trace.csv" in results(only)
    assert "psa.parquet" not in results(only)
    skip = run(replace(SMALL, out="skip", skip=("psa", "figures")))
    assert "psa.parquet" not in results(skip)
    assert "figures" not in names(skip)
    assert "no such part" in refusal(replace(SMALL, only=("psaa",)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"draws": 0}, "--draws = 0: draws must be"),
        ({"draws": -5}, "--draws = -5"),
        ({"draws": 10**12}, "draws must be"),
        ({"draws": 10_000_000}, "GB of memory"),
        ({"seed": -1}, "--seed = -1: seed must be"),
        ({"seed": 2**64}, "seed must be"),
    ],
)
def test_silly_draws_and_seeds_are_refused(options, words, monkeypatch):
    sizes = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2_000_000}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    assert words in refusal(replace(FAST, **options))


def test_an_out_that_holds_something_else_is_refused(project):
    Path("file").write_text("x")
    assert "not an empty folder" in refusal(replace(FAST, out="file"))
    assert "cannot write" in refusal(replace(FAST, out="file/inside"))
    assert "cannot write: file name too long" in refusal(replace(FAST, out="x" * 300))
    Path("other").mkdir()
    Path("other/notes.txt").write_text("mine")
    assert "not an empty folder" in refusal(replace(FAST, out="other", force=True))
    assert Path("other/notes.txt").read_text() == "mine"
    Path("empty").mkdir()
    assert run(replace(FAST, out="empty")).joinpath("manifest.json").is_file()
    assert "another run (--force replaces it)" in refusal(replace(FAST, out="empty", draws=21))
    run(replace(FAST, out="empty", draws=21, force=True))
    assert json.loads(Path("empty/manifest.json").read_text())["draws"] == 21
    assert left_over(project) == []


def test_a_damaged_or_missing_manifest_cannot_be_plotted():
    folder = run(FAST)
    for text, words in (
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"sha256": {}}', "what its figures are about"),
    ):
        (folder / "manifest.json").write_text(text)
        with pytest.raises(InputError, match=words):
            plot_run(str(folder))
    (folder / "manifest.json").unlink()
    with pytest.raises(InputError, match="no manifest"):
        plot_run(str(folder))
    with pytest.raises(InputError, match="no manifest"):
        plot_run("nowhere")


def test_results_that_changed_since_cannot_be_plotted():
    folder = run(FAST)
    (folder / "results/outcomes.csv").write_text("x")
    (folder / "results/events.csv").unlink()
    with pytest.raises(InputError) as caught:
        plot_run(str(folder))
    assert sorted(str(problem) for problem in caught.value.problems) == [
        "out/results/events.csv: missing",
        "out/results/outcomes.csv: changed since the run was finished",
    ]


def test_a_full_disk_leaves_nothing_behind(project):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))
    try:
        assert "cannot write" in refusal(FAST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert names(project) == ["params"]


def test_an_interrupt_leaves_nothing_behind(project):
    # A shell that runs the tests in the background ignores the signal, and processes inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [
        sys.executable,
        "-c",
        "from remit.cli import main; main()",
        "run",
        "--draws",
        "200000",
        "--out",
        "out",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
    signal.signal(signal.SIGINT, before)
    while not list(project.glob(".out.*.partial/inputs/resolved.yaml")) and process.poll() is None:
        time.sleep(0.02)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip().splitlines()[-1] == "Interrupted: nothing half-written was left."
    assert "Traceback" not in said
    assert names(project) == ["params"]


def test_what_a_killed_run_left_is_cleared_away():
    left = Path(".out.99999999.partial")
    left.mkdir()
    run(FAST)
    assert not left.exists()


def test_sobol_points_are_drawn_where_a_run_asks_for_them():
    random = run(replace(SMALL, only=("psa",), out="random"))
    sobol = run(replace(SMALL, only=("psa",), out="sobol", settings=(*SMALL.settings, "psa.sampling=sobol")))
    drawn = [pd.read_parquet(folder / "results/psa_parameters.parquet") for folder in (random, sobol)]
    assert not drawn[0].equals(drawn[1])
    assert "sobol" in csv(sobol, "decision_problem.csv").to_string()


def test_what_looks_at_draws_brings_the_psa_with_it():
    folder = run(replace(SMALL, only=("sequences",), out="out"))
    assert {"psa.parquet", "sequences.csv"} <= set(results(folder))


def test_mistakes_in_research_designs_are_told_before_anything_is_worked_out():
    file = Path("params/research.yaml")
    file.write_text(file.read_text().replace("blinatumomab_then_car_t", "blinatumomab_then_car"))
    with pytest.raises(InputError, match=r"research.yaml:\d+: .*the study has no such strategy"):
        run(RunOptions(only=("information",), draws=20, out="out"))
    assert not Path("out").exists()


def test_a_budget_that_cannot_be_worked_out_says_why(capsys):
    two = "strategies.compare=[blinatumomab, car_t]"
    folder = run(replace(SMALL, only=("budget",), settings=(two,), out="out"))
    assert "budget_impact.csv" not in results(folder)
    assert (
        "No budget impact: the study does not compare blinatumomab_bridge_to_car_t."
        in capsys.readouterr().out
    )


def test_the_help_of_a_run_names_every_part():
    from remit.cli import app

    (command,) = (
        one for one in app.registered_commands if one.name is None and one.callback.__name__ == "run"
    )
    told = str(command.callback.__annotations__["only"])
    assert all(part in told for part in OUTPUTS)
