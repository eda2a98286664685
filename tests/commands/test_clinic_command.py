"""`remit clinic`: from a file to a run folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from remit.analysis.clinic import compare
from remit.commands.clinic import ClinicOptions, run_clinic_file
from remit.commands.plot import plot_run
from remit.errors import InputError

SMALL = {"patients": 20, "replications": 2}


pytestmark = pytest.mark.usefixtures("project", "small_clinic")


@pytest.fixture
def small_clinic():
    """Write a clinic of one's own that is run quickly, with few who come before and after."""
    clinic("small", extends="scarce", warm_up="1 month")


@pytest.fixture
def no_figures(monkeypatch):
    """Draw nothing where only tables are looked at."""
    monkeypatch.setattr("remit.commands.clinic._draw", lambda *_: None)


def clinic(name, *, extends, title="Small", **changed):
    lines = [f"extends: {extends}.yaml", f"title: {title!r}", "because: a test", "set:"]
    lines += [f"  {key}: {value}" for key, value in changed.items()]
    Path(f"params/clinics/{name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def said(capsys):
    return capsys.readouterr().out


def written(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "results").iterdir())}


@pytest.mark.usefixtures("no_figures")
def test_results_are_the_same_bytes_on_any_number_of_processes():
    one = run_clinic_file("small", ClinicOptions(**SMALL, jobs=1, out="one"))
    two = run_clinic_file("small", ClinicOptions(**SMALL, jobs=2, out="two"))
    assert written(one) == written(two)
    assert set(written(one)) == {
        *("clinic.csv", "clinic_replications.csv", "clinic_resources.csv", "clinic_over_time.csv")
    }
    each = pd.read_csv(one / "results/clinic_replications.csv")
    mean = pd.read_csv(one / "results/clinic.csv").query("measure == 'qalys'").set_index("rule")["mean"]
    pd.testing.assert_series_equal(each.groupby("rule", sort=False)["qalys"].mean(), mean, check_names=False)
    assert (each["patients"] == 20).all()
    few = SMALL | {"replications": 1}
    other = run_clinic_file("small", ClinicOptions(**few, jobs=1, seed=2, out="three"))
    assert written(other)["clinic.csv"] != written(one)["clinic.csv"]


def test_a_clinic_that_is_run_already_is_not_run_again_and_its_figures_can_be_redrawn(capsys):
    folder = run_clinic_file("small", ClinicOptions(**SMALL, jobs=1))
    assert run_clinic_file("small", ClinicOptions(**SMALL, jobs=1)) == folder
    assert "run already" in capsys.readouterr().out
    before = {path.name for path in (folder / "figures").iterdir()}
    plot_run(str(folder))
    assert {path.name for path in (folder / "figures").iterdir()} == before
    assert "f17_clinic_waits.png" in before


@pytest.mark.usefixtures("no_figures")
def test_the_folder_keeps_what_it_was_made_from(capsys):
    folder = run_clinic_file("small", ClinicOptions(**SMALL, jobs=1, scenario="half-price-car-t"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    kept = {path.name for path in (folder / "inputs/files").rglob("*.yaml")}
    assert {"small.yaml", "scarce.yaml", "half-price-car-t.yaml", "base.yaml"} <= kept
    assert (manifest["kind"], manifest["scenario"]) == ("clinic", "half-price-car-t")
    assert (manifest["patients"], manifest["replications"], manifest["seed"]) == (20, 2, 1)
    assert "load of manufacturing places is 1.13 where" in capsys.readouterr().out


@pytest.mark.usefixtures("no_figures")
def test_cheaper_cells_change_costs_and_nothing_else():
    full = pd.read_csv(run_clinic_file("small", ClinicOptions(**SMALL, jobs=1)) / "results/clinic.csv")
    options = ClinicOptions(**SMALL, jobs=1, scenario="half-price-car-t")
    half = pd.read_csv(run_clinic_file("small", options) / "results/clinic.csv")
    for measure in ("life_years", "qalys", "never_infused", "years_to_infusion"):
        own = full["measure"] == measure
        pd.testing.assert_frame_equal(full[own], half[own], rtol=1e-12)
    costs = full["measure"] == "costs"
    assert (half[costs]["mean"] < full[costs]["mean"] - 50_000).all()


def test_places_that_are_varied_are_told_apart(capsys):
    places = "{resource: manufacturing, places: [2, 40]}"
    clinic("mine", extends="manufacturing-capacity", warm_up="1 month", capacity=places)
    folder = run_clinic_file("mine", ClinicOptions(**SMALL, jobs=1))
    table = pd.read_csv(folder / "results/clinic_capacity.csv")
    lived = table[(table["measure"] == "life_years") & (table["group"] == "all")]
    lived = lived.set_index(["rule", "places"])["mean"]
    assert lived["car_t", 2] < lived["car_t", 40]
    assert set(table["group"]) == {"all", "slow", "base", "rapid"}
    assert (folder / "figures/clinic_capacity.png").exists()
    assert "Of 2 to 40 manufacturing places tried" in capsys.readouterr().out


@pytest.mark.usefixtures("no_figures")
def test_a_clinic_that_is_interrupted_goes_on_to_the_same_bytes_and_runs_nothing_twice(monkeypatch, capsys):
    places = "{resource: manufacturing, places: [2, 40]}"
    clinic("mine", extends="manufacturing-capacity", warm_up="1 month", capacity=places)
    whole = run_clinic_file("mine", ClinicOptions(patients=9, replications=3, jobs=1, out="whole"))
    run, replicate = [], compare.replicate

    def replicate_eight(opened, rule, replication, **how):
        if len(run) == 8 and "interrupted" not in run:
            run.append("interrupted")
            raise KeyboardInterrupt
        run.append((opened.clinic.resources["manufacturing"][0].places, rule, replication))
        return replicate(opened, rule, replication, **how)

    monkeypatch.setattr(compare, "replicate", replicate_eight)
    asked = ClinicOptions(patients=9, replications=3, jobs=1, out="parted", command=("clinic", "mine"))
    with pytest.raises(KeyboardInterrupt):
        run_clinic_file("mine", asked)
    assert "5 of 12 finished points are kept: go on with `remit clinic mine --resume`" in said(capsys)
    assert not Path("parted").exists()
    parted = run_clinic_file("mine", replace(asked, resume=True))
    assert "5 of 12 points were finished before and are kept" in said(capsys)
    rules = ("car_t", "blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t")
    every = [(places, rule, number) for places in (2, 40) for rule in rules for number in range(3)]
    assert [one for one in run if one != "interrupted"] == every
    assert written(parted) == written(whole)
    assert not list(Path("runs/.points").iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"replications": 0}, "--replications: replications must be 1 or more"),
        ({"patients": -5}, "--patients: patients must be 1 or more"),
        ({"patients": 10**9, "jobs": 1}, "--patients: patients must be at most 10,000,000"),
        ({"seed": -1}, "--seed"),
        (
            {"patients": 10**7, "jobs": 1},
            "--patients: 10,000,600 patients in 1 replications at once need 60.0 GB of 4",
        ),
        (
            {"replications": 10**5, "jobs": 1},
            "--replications: 100,000 replications of every rule need 17.4 GB",
        ),
    ],
)
def test_numbers_that_no_clinic_can_have_are_refused_before_anything_is_done(options, words):
    with pytest.raises(InputError) as caught:
        run_clinic_file("scarce", ClinicOptions(**options))
    assert words in str(caught.value)
    assert not list(Path("runs").glob("*"))


def test_patients_of_a_file_are_not_counted_off_by_the_command_line():
    Path("params/clinics/times.csv").write_text("year\n0.1\n2.5\n2.6\n", encoding="utf-8")
    clinic("mine", extends="small", arrivals="{file: times.csv}")
    with pytest.raises(InputError, match="at the times of a file"):
        run_clinic_file("mine", ClinicOptions(patients=5, jobs=1))


@pytest.mark.usefixtures("no_figures")
def test_titles_are_printed_as_they_are_written_and_who_counts_is_counted(capsys):
    Path("params/clinics/times.csv").write_text("year\n0.1\n2.5\n2.6\n", encoding="utf-8")
    arrivals = "{file: times.csv}"
    clinic("mine", extends="small", title="[/red] [bold]x", arrivals=arrivals, warm_up="1 year")
    run_clinic_file("mine", ClinicOptions(replications=1, jobs=1))
    assert "[/red] [bold]x: 2 patients in one replication" in capsys.readouterr().out
