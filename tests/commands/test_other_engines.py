"""The parts of a run that follow the study through other engines: their tables, figures and sentences."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from remit.commands import run as run_module
from remit.commands import structures
from remit.commands.run import RunOptions, _in_words, run
from remit.errors import InputError
from remit.files.results import read_results
from remit.files.studies import read_study
from remit.report.context import context_from
from remit.report.figures.run_figures import drawable
from remit.report.structure_words import words_on_cited, words_on_crossing, words_on_structures

STRUCTURES = {f"structure{name}.csv" for name in ("s", "s_psa", "_causes", "_occupancy", "_crossing")}
PATIENTS = {"microsimulation.csv", "patient_events.csv", "patient_distribution.csv"}
OPTIONS = RunOptions(
    only=("partitioned", "patients"),
    skip=("figures",),
    settings=("settings.horizon=8 years", "strategies.compare=[blinatumomab, car_t]"),
    draws=20,
    out="out",
    jobs=1,
)
LABELS = {"a": "A", "b": "B"}
THIELEN = Path("params/partitioned/thielen2020.yaml")
pytestmark = pytest.mark.usefixtures("project")


def test_a_run_follows_the_study_through_both_and_says_what_differs_and_why(monkeypatch, capsys):
    monkeypatch.setattr(structures, "PATIENTS", 400)
    manifest, tables = read_results(run(OPTIONS))
    assert set(tables) >= STRUCTURES | PATIENTS
    figures = {name for name, _ in drawable(tables, context_from(manifest["drawing"]["context"]))}
    assert figures >= {"f5_partitioned", "patients"}
    said = capsys.readouterr().out
    own = tables["structures.csv"].set_index(["strategy", "structure"]).loc["car_t"]
    assert f"(EUR {own['icer']['partitioned']:,.0f} per QALY); in the Markov model" in said
    (why,) = (line for line in said.splitlines() if line.startswith("Why: "))
    whole, comparator, *parts = (float(number) for number in re.findall(r"([+-][\d.]+) QALYs", why))
    assert len(parts) == 3
    assert whole == pytest.approx(sum(parts), abs=0.02)
    assert whole == pytest.approx(own["qalys"]["partitioned"] - own["qalys"]["markov"], abs=0.005)
    assert comparator != whole
    assert "from year 5 on both curves follow background mortality alone" in why
    assert "of 400 patients followed one by one" in said


def test_a_whole_study_looks_at_the_cited_structure_and_keeps_its_files():
    loaded = read_study()
    loaded = replace(loaded, study=replace(loaded.study, psa=replace(loaded.study.psa, draws=20)))
    tables = structures._cited(loaded)
    qalys = tables["cited_structure.csv"].set_index("strategy")["qalys"]
    labels = {name: name for name in loaded.study.strategies}
    (said,) = words_on_cited(tables, labels, "Thielen 2020")
    assert f"'car_t' {qalys['car_t']:.2f} QALYs (cited 11.26)" in said
    assert "clofarabine" not in said
    assert {file.name for file in structures.files_of_structures(loaded)} >= {THIELEN.name, "trials-only.csv"}
    assert structures._cited(replace(loaded, is_scenario=True)) == {}


def test_patients_that_cannot_be_followed_are_left_out_with_the_reason():
    loaded = read_study("relapse-gamma")
    assert structures.patients(loaded) == {}
    said = list(_in_words(loaded, {}, ["patients"]))
    assert said[0].startswith("No patients one by one: the time to relapse is gamma, a sum of phases")
    assert not any("one by one" in line for line in _in_words(loaded, {}, ["trace"]))


def tables_of(tail):
    rows = [
        {"strategy": name, "structure": structure, "qalys": q, "costs": c, "icer": icer, "tail_from": 5.0}
        for name, structure, q, c, icer in (
            ("a", "markov", 3.0, 2000.0, 1000.0),
            ("b", "markov", 2.0, 1000.0, float("nan")),
            ("a", "partitioned", 2.5, 2600.0, 3200.0),
            ("b", "partitioned", 2.0, 1000.0, float("nan")),
        )
    ]
    causes = [
        {"strategy": name, "outcome": outcome, "cause": cause, "change": change if name == "a" else 0.0}
        for name in LABELS
        for outcome, changes in (("qalys", (-0.001, -0.499 - tail, tail)), ("costs", (500.0, 100.0, 0.0)))
        for cause, change in zip(("values by state", "rescue", "tail"), changes, strict=True)
    ]
    return {"structures.csv": pd.DataFrame(rows), "structure_causes.csv": pd.DataFrame(causes)}


def test_sentences_on_structures_give_increments_and_the_reason_of_each_change():
    first, why = words_on_structures(tables_of(0.25), LABELS, "EUR", "a", "b")
    assert first == (
        "Through partitioned survival 'A' against 'B' comes to +0.50 QALYs and EUR +1,600 (EUR 3,200 per "
        "QALY); in the Markov model to +1.00 QALYs and EUR +1,000 (EUR 1,000 per QALY)."
    )
    assert why.startswith("Why: 'A' changes by -0.50 QALYs and EUR +600 ('B' by +0.00 QALYs and EUR +0): ")
    assert "+0.00 QALYs and EUR +500 because events are charged" in why
    assert "-0.75 QALYs and EUR +100 because patients rescued" in why
    assert "+0.25 QALYs and EUR +0 because from year 5 on" in why


def test_no_reason_is_given_for_what_changes_nothing():
    _, why = words_on_structures(tables_of(0.0), LABELS, "EUR", "a", "b")
    assert "background mortality" not in why


def test_curves_that_cross_are_never_silent():
    table = pd.DataFrame({"strategy": ["a", "b"], "draws": 5000, "share_of_draws": [0.098, 0.0]})
    (said,) = words_on_crossing(table, LABELS, "there")
    assert said == (
        "Event-free survival there lies above overall survival, and is capped, in 10% of 5,000 draws of 'A'."
    )
    assert not list(words_on_crossing(table[1:], LABELS, "there"))


def test_a_mistake_in_the_cited_structure_is_told_before_anything_is_worked_out(monkeypatch):
    monkeypatch.setattr(run_module, "_tables", lambda *_: pytest.fail("too late"))
    THIELEN.write_text(THIELEN.read_text().replace("therapy: tisagenlecleucel", "therapy: tisa"))
    with pytest.raises(InputError, match=r"thielen2020\.yaml:\d+: strategies\.car_t\.therapy = 'tisa'"):
        run(replace(OPTIONS, settings=()))
    assert not Path("out").exists()
