"""The file of research designs: what it may hold, and how its mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the table

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit import load_study
from remit.commands.check import check_files
from remit.errors import InputError
from remit.files.research import read_research

FILE = Path("params/research.yaml")
GOOD = """\
one:
  title: T
  because: B
  observes:
    cr:
      title: O
      seen: {type: parameter, parameter: p_cr_blinatumomab}
  sizes: [10, 20]
  cost_fixed: {value: 1, unit: EUR, source: assumption, note: N}
  cost_per_patient: {value: 1, unit: EUR, source: assumption, note: N}
  time_follow_up: {value: 1, unit: years, source: assumption, note: N}
"""


@pytest.fixture(scope="module")
def study():
    return load_study()


def test_the_designs_that_come_with_the_package_suit_the_base_case(study):
    designs = read_research(study)
    assert {"registry_after_nonresponse", "randomised_order"} <= set(designs)
    assert all(len(design.sizes) > 3 for design in designs.values())


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("p_cr_blinatumomab", "p_cr_blinatumomb", "research.yaml:7: one.observes.cr.seen.parameter = 'p_cr_blinatumomb': the study has no such parameter (did you mean 'p_cr_blinatumomab'?)"),
        ("p_cr_blinatumomab", "time_wait_blinatumomab", "research.yaml:7: one.observes.cr.seen.parameter = 'time_wait_blinatumomab': is no probability: give the sd between patients (sd)"),
        ("type: parameter, parameter: p_cr_blinatumomab", "type: remission_after_nonresponse, strategy: cart", "research.yaml:7: one.observes.cr.seen.strategy = 'cart': the study has no such strategy (did you mean 'car_t'?)"),
        ("type: parameter, parameter: p_cr_blinatumomab", "type: survival, strategy: car_t, origin: decision, endpoint: os, at: soon", "'soon' is not a time"),
        ("type: parameter", "type: parametr", "research.yaml:7: one.observes.cr.seen.type = 'parametr': must be one of parameter, remission_after_nonresponse, share, survival"),
        ("[10, 20]", "[20, 10]", "research.yaml:8: one.sizes = [20, 10]: sizes must rise"),
        ("[10, 20]", "[10, many]", "research.yaml:8: one.sizes.1 = 'many': must be a whole number"),
        ("cost_fixed: {value: 1, unit: EUR", "cost_fixed: {value: 1, unit: USD", "research.yaml:9: one.cost_fixed.unit = 'USD': the unit must be EUR"),
        ("cost_fixed: {value: 1", "cost_fixed: {value: -1", "research.yaml:9: one.cost_fixed.value = -1: value must be 0 or more"),
        ("{value: 1, unit: years, source: assumption, note: N}", "{value: 1, unit: years, source: assumption}", "research.yaml:11: one.time_follow_up: an assumption needs a note"),
        ("unit: years, source: assumption", "unit: years, source: nobody2020", "research.yaml:11: one.time_follow_up.source = 'nobody2020': unknown source"),
        ("unit: years", "unit: months", "research.yaml:11: one.time_follow_up.unit = 'months': the unit must be years"),
        ("  because: B\n", "", "one.because: this key is missing"),
        ("  because: B\n", "  becuase: B\n", "one.becuase = 'B': there is no such key here (did you mean 'because'?)"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(old, new, words, study):
    assert old in GOOD
    FILE.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_research(study)
    told = [str(problem) for problem in caught.value.problems]
    assert any(words in line for line in told), told


@pytest.mark.usefixtures("project")
def test_without_a_study_names_are_not_looked_at():
    FILE.write_text(GOOD.replace("p_cr_blinatumomab", "p_cr_elsewhere"), encoding="utf-8")
    assert list(read_research()) == ["one"]


@pytest.mark.usefixtures("project")
def test_a_file_that_is_missing_is_told():
    FILE.unlink()
    with pytest.raises(InputError, match=r"research\.yaml: there is no such file"):
        read_research()


@pytest.mark.usefixtures("project")
def test_remit_check_reads_the_designs():
    base = Path("params/base.yaml")
    asked = re.sub(r"research: \[.*?\]", "research: [one]", base.read_text(encoding="utf-8"))
    base.write_text(asked, encoding="utf-8")
    FILE.write_text(GOOD.replace("p_cr_blinatumomab", "p_cr_elsewhere"), encoding="utf-8")
    with pytest.raises(InputError, match=r"research\.yaml:7: one\.observes\.cr\.seen\.parameter"):
        check_files(None)
