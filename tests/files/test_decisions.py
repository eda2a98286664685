"""Mistakes in decision files and in what a study asks to be analysed: each told with file and line."""

from pathlib import Path

import pytest

from remit.errors import InputError
from remit.files.studies import read_study

pytestmark = pytest.mark.usefixtures("project")
FILE = "params/decisions/netherlands.yaml"


def change(file, old, new):
    text = Path(file).read_text()
    assert old in text
    Path(file).write_text(text.replace(old, new, 1))


def told():
    with pytest.raises(InputError) as caught:
        read_study(None, posterior=False)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("value: 15", "value: -15", "patients_per_year.value", "0 or more"),
        ("car_t: 0.4,", "car_t: 0.5,", "budget.then", "sum to 1"),
        (
            "now: {blinatumomab: 1.0}",
            "now: {blinatumomap: 1.0}",
            "budget.now.blinatumomap",
            "unknown strategy",
        ),
        ("perspective: healthcare", "perspective: payer", "budget.perspective", "must be"),
        ("above: 0.71, wtp: 80000", "above: 0.2, wtp: 80000", "severity.ranges", "must rise"),
        (
            "unit: years\n  source: assumption",
            "unit: years\n  source: guess",
            "years.source",
            "source",
        ),
    ],
)
def test_a_mistake_in_a_decision_file_is_told_where_it_stands(old, new, key, words):
    change(FILE, old, new)
    problem = told()
    assert problem.file.endswith("netherlands.yaml")
    assert problem.line > 1
    assert problem.key == key
    assert words in problem.rule


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ("decision: netherlands", "decision: netherland", "decision", "no such file"),
        ("strategy: best", "strategy: car", "analyses.strategy", "not among the strategies"),
        ("without: [car_t]", "without: [car]", "analyses.without.0", "unknown strategy"),
        ("[registry_after", "[registry_of", "analyses.research.0", "no such design"),
        ("[\n      start-infused", "[\n      start-infuse", "analyses.scenarios.0", "no such scenario"),
        ("strategy: best", "strategy: blinatumomab", "analyses.strategy", "comparator"),
        ("parameter: cost_drug_tis", "parameter: cost_drug_tas", "analyses.two_way.0.parameter", "unknown"),
        (
            "from: 0, to: 1,",
            "from: 0, to: 1.5,",
            "analyses.two_way.1.to",
            "a probability lies between 0 and 1",
        ),
        ("{title: Costs, par", "{title: ' ', par", "analyses.groups.8.title", "says what is learnt"),
        ("[share_causal_modulation_blinatumomab]", "[]", "analyses.groups.0.parameters", "one or more"),
        ("title: HSCT", "title: Antigen modulation", "analyses.groups", "titles of their own"),
        ("step: 2000", "step: 500000", "settings.wtp.step", "wider than the range"),
        ("from: 0, to: 800000", "from: 800000, to: 0", "analyses.two_way.0.from", "below"),
        ('"cost_*"', '"costs_*"', "analyses.groups.8.parameters.0", "no parameter is called so"),
    ],
)
def test_a_mistake_in_what_is_asked_is_told_where_it_stands(old, new, key, words):
    change("params/base.yaml", old, new)
    problem = told()
    assert problem.file.endswith("base.yaml")
    assert problem.key == key
    assert words in problem.rule


def test_a_decision_that_counts_other_patients_is_left_out():
    assert read_study(None, posterior=False).decision is not None
    assert read_study("adult", posterior=False).decision is None
