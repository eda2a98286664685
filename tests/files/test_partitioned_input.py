"""Files of published partitioned models: what they may hold, and how their mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the table

from __future__ import annotations

from pathlib import Path

import pytest

from remit.errors import InputError
from remit.files.partitioned import read_cited_structure

FILE = Path("params/partitioned/mine.yaml")
GOOD = """\
title: T
published: thielen2020
strategy: car_t
scenario: base
benefit: {value: 60, unit: months, source: thielen2020}
icers:
  blinatumomab: {value: 1, unit: EUR, source: thielen2020}
strategies:
  car_t:
    therapy: tisagenlecleucel
    os: {family: log-normal, of: infused, origin: infusion, through: [eliana_primary_os_6m, eliana_primary_os_12m]}
    efs: {family: gompertz, of: infused, origin: infusion, through: [eliana_primary_efs_6m, eliana_primary_efs_12m]}
    happens: {infusion: [], hsct: [p_cr_tisagenlecleucel]}
  blinatumomab:
    therapy: blinatumomab
    os:
      family: log-normal
      of: treated
      origin: infusion
      through: [{at: 7 months, value: 0.5, source: assumption, note: N}]
      shape_of: car_t
      note: N
    efs_share_of_os: {value: 0.69, unit: ratio, source: thielen2020}
    happens: {infusion: []}
"""


def test_the_structure_that_comes_with_the_package_can_be_read():
    model = read_cited_structure("thielen2020")
    assert set(model.structure.strategies) == set(model.published.qalys)
    assert set(model.structure.strategies) == set(model.study.strategies)
    assert model.study.posterior is not None


def test_every_assumption_of_the_shipped_structure_gives_its_reason():
    model = read_cited_structure("thielen2020")
    assert len(model.structure.assumed) >= 4
    given = [one for s in model.structure.strategies.values() for one in s.os.through]
    assert all(isinstance(one, str) or one.note for one in given)


@pytest.mark.usefixtures("project")
def test_a_file_like_it_can_be_read_by_its_path():
    FILE.write_text(GOOD, encoding="utf-8")
    assert read_cited_structure(str(FILE)).structure.title == "T"
    assert read_cited_structure("mine").structure.title == "T"


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("published: thielen2020", "published: thielen2021", "mine.yaml:2: published = 'thielen2021': not known (did you mean 'thielen2020'?)"),
        ("strategy: car_t", "strategy: cart", "mine.yaml:3: strategy = 'cart': not known (did you mean 'car_t'?)"),
        ("scenario: base", "scenario: bace", "mine.yaml:4: scenario = 'bace': not known (did you mean 'base'?)"),
        ("scenario: base", "scenario: base\nothers: [trial-only]", "mine.yaml:5: others.0 = 'trial-only': not known (did you mean 'trials-only'?)"),
        ("unit: months", "unit: years", "mine.yaml:5: benefit.unit = 'years': the benefit must be above 0 and its unit months"),
        ("60, unit", "sixty, unit", "mine.yaml:5: benefit.value = 'sixty': must be a number"),
        ("source: thielen2020}\nicers", "source: nobody}\nicers", "mine.yaml:5: benefit.source = 'nobody': unknown source"),
        ("  blinatumomab: {value: 1", "  blina: {value: 1", "mine.yaml:7: icers.blina = 'blina': not known"),
        ("therapy: tisagenlecleucel", "therapy: tisa", "mine.yaml:10: strategies.car_t.therapy = 'tisa': not known"),
        ("family: log-normal, of", "family: lognormal, of", "mine.yaml:11: strategies.car_t.os.family = 'lognormal'"),
        ("of: infused, origin: infusion, through: [eliana_primary_os", "of: treated, origin: infusion, through: [eliana_primary_os", "mine.yaml:11: strategies.car_t.os.through.0 = 'eliana_primary_os_6m': the landmark is OS of infused from infusion, the curve OS of treated from infusion"),
        ("eliana_primary_efs_12m", "eliana_primary_rfs_12m", "mine.yaml:12: strategies.car_t.efs.through.1 = 'eliana_primary_rfs_12m': the landmark is RFS of responders from remission, the curve EFS of infused from infusion"),
        ("eliana_primary_os_12m", "eliana_primary_os_12", "mine.yaml:11: strategies.car_t.os.through.1 = 'eliana_primary_os_12': no such landmark"),
        ("eliana_primary_os_6m, eliana_primary_os_12m", "eliana_primary_os_12m, eliana_primary_os_6m", "mine.yaml:11: strategies.car_t.os.through: the second point must be later and lower than the first"),
        ("[eliana_primary_os_6m, eliana_primary_os_12m]", "[eliana_primary_os_6m]", "mine.yaml:11: strategies.car_t.os.through = ['eliana_primary_os_6m']: through needs 2 points"),
        ("gompertz, of: infused, origin: infusion, through: [eliana_primary_efs_6m, eliana_primary_efs_12m]", "gompertz, of: responders, origin: remission, through: [eliana_primary_rfs_6m, eliana_primary_rfs_12m]", "mine.yaml:12: strategies.car_t.efs.of = 'responders': EFS and OS must be of the same patients from the same origin: OS is of infused from infusion"),
        ("hsct: [p_cr_tisagenlecleucel]", "hsct: [p_cr_tisagenlecleuce]", "mine.yaml:13: strategies.car_t.happens.hsct.0 = 'p_cr_tisagenlecleuce': the study has no such parameter (did you mean 'p_cr_tisagenlecleucel'?)"),
        ("{infusion: [], hsct", "{infusion: [], transplant", "mine.yaml:13: strategies.car_t.happens.transplant"),
        ("at: 7 months", "at: soon", "mine.yaml:20: strategies.blinatumomab.os.through.0"),
        ("value: 0.5", "value: 50", "mine.yaml:20: strategies.blinatumomab.os.through.0.value = 50"),
        ("source: assumption, note: N}", "source: assumption}", "mine.yaml:20: strategies.blinatumomab.os.through.0"),
        ("source: assumption, note: N}", "source: someone}", "mine.yaml:20: strategies.blinatumomab.os.through.0.source = 'someone': unknown source"),
        ("shape_of: car_t", "shape_of: cart", "mine.yaml:21: strategies.blinatumomab.os.shape_of = 'cart': a shape is that of a strategy"),
        ("      note: N\n", "", "a borrowed shape is an assumption and gives its reason"),
        ("value: 0.69", "value: 1.69", "mine.yaml:23: strategies.blinatumomab.efs_share_of_os = "),
        ("    efs_share_of_os: {value: 0.69, unit: ratio, source: thielen2020}\n", "", "a strategy has either efs or efs_share_of_os"),
        ("title: T", "titel: T", "mine.yaml:1: titel = 'T': there is no such key here (did you mean 'title'?)"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(old, new, words):
    assert old in GOOD
    FILE.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_cited_structure("mine")
    told = [str(problem) for problem in caught.value.problems]
    assert any(words in line for line in told), told


def test_a_model_that_does_not_exist_is_told_with_the_nearest():
    with pytest.raises(InputError, match=r"no published partitioned model 'thielen2021'.*thielen2020"):
        read_cited_structure("thielen2021")
