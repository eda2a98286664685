"""`remit verify --engines`: what it compares, says and writes, and when it fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from remit.analysis import engines
from remit.analysis.engines import Compared, EnginePair, agreement_of
from remit.commands import engines as command
from remit.commands.engines import EngineOptions, compare_engines_of
from remit.errors import InputError
from remit.report.engine_tables import COLUMNS

# Two strategies for ten years: as fast as it gets.
SMALL = EngineOptions(
    settings=("settings.horizon=10 years", "strategies.compare=[blinatumomab, car_t]"), patients=200, jobs=1
)
pytestmark = pytest.mark.usefixtures("project")


def written(options: EngineOptions) -> tuple[bool, pd.DataFrame]:
    agree = compare_engines_of(replace(options, out="found.csv"))
    return agree, pd.read_csv("found.csv", keep_default_na=False, na_values=[""])


def test_both_comparisons_are_made_and_every_number_is_written():
    agree, table = written(SMALL)
    assert agree
    assert tuple(table.columns) == COLUMNS
    assert set(table["engines"]) == {pair.name for pair in engines.COMPARISONS}
    assert set(table["scenario"]) == {"base-set"}
    patients = table[table["engines"] == engines.PATIENTS]
    totals = patients[patients["quantity"].isin(["life_years", "qalys", "costs"])]
    assert len(totals) == 3 * 2
    assert patients["z"].to_numpy() == pytest.approx(
        (patients["difference"] / patients["standard_error"]).fillna(0).to_numpy()
    )
    assert not list(Path().glob(".*.partial.csv"))


def test_structures_that_differ_are_reported_and_neither_pass_nor_fail():
    _, table = written(SMALL)
    reported = table[table["expected"] == "reported"]
    assert set(reported["result"]) == {"reported"}
    rows = [
        Compared(scenario="s", engines="e", quantity="qalys", reference=2, other=each, expected="reported",
                 result="reported")
        for each in (1.5, 2.25)
    ]  # fmt: skip
    one = agreement_of("s", rows)
    assert (one.made, one.qalys) == (0, (-0.5, 0.25))


def test_a_relapse_family_that_patients_cannot_go_through_is_said_and_does_not_fail(capsys):
    options = replace(SMALL, scenario="relapse-gamma")
    agree, table = written(options)
    assert agree
    (row,) = table[table["engines"] == engines.PATIENTS].itertuples()
    assert (row.result, row.why) == ("not compared", "gamma relapse")
    assert "no patients: gamma relapse" in capsys.readouterr().out


def wrong(_study, scenario, _asked):
    yield Compared(
        scenario=scenario, engines="clinic", subject="car_t", quantity="history 7", reference=1, other=1.5
    )
    yield Compared(
        scenario=scenario, engines="clinic", subject="car_t", quantity="qalys", reference=9.0, other=8.0,
        standard_error=0.1, z=-10.0, expected="equal within error", result="fail",
    )  # fmt: skip


def test_a_further_comparison_is_one_more_entry_and_what_fails_is_named(monkeypatch, capsys):
    pair = EnginePair("clinic against patients", "V61", wrong)
    monkeypatch.setattr(engines, "COMPARISONS", (pair,))
    assert not compare_engines_of(SMALL)
    said = capsys.readouterr().out
    assert "FAILED: base-set, clinic, car_t, qalys: 9 and 8 (z = -10.0)" in said
    assert "1 of 2 comparisons passed, 1 failed" in said


def test_all_compares_every_scenario_and_the_bytes_do_not_depend_on_jobs(monkeypatch):
    monkeypatch.setattr(command, "scenario_names", lambda: ["no-hsct"])
    every = replace(SMALL, everything=True)
    found = []
    for jobs in (1, 2):
        compare_engines_of(replace(every, jobs=jobs, out=f"jobs{jobs}.csv"))
        found.append(Path(f"jobs{jobs}.csv").read_bytes())
    assert found[0] == found[1]
    assert list(pd.read_csv("jobs1.csv")["scenario"].unique()) == [
        f"{name}-set" for name in ("base", "no-hsct")
    ]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"scenario": "adult", "everything": True}, "--all = 'adult'"),
        ({"scenario": "nobody"}, "there is no scenario 'nobody'"),
        ({"out": "found.txt"}, "--out = 'found.txt': the comparisons are written as .csv"),
        ({"out": "nowhere/found.csv"}, "--out = 'nowhere/found.csv': its folder is not there"),
        ({"patients": 10**9}, "--patients: 1,000,000,000 patients"),
    ],
)
def test_mistakes_are_told_before_anything_is_followed(changed, words, monkeypatch):
    monkeypatch.setattr(command, "compare_engines", lambda *_: pytest.fail("too late"))
    with pytest.raises(InputError) as caught:
        compare_engines_of(replace(SMALL, **changed))
    assert str(caught.value).startswith(words)
