"""A clinic is read with the study that it is in, and each mistake in it is told with its line, key and hint."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.analysis.clinic.plan import ONLY
from remit.commands.check import check_files
from remit.engine.resources import Closure
from remit.errors import InputError, Problem
from remit.files.clinics import read_clinic

pytestmark = pytest.mark.usefixtures("project")

CLINIC = """\
title: A clinic
because: to break it
arrivals: {per_year: 100, source: assumption, note: round}
warm_up: 6 months
patients: 50
resources:
  apheresis: {places: 2, held: 1 day, source: assumption, note: round}
  manufacturing:
    north:
      places: 3
      held: {cells: 22 days}
      source: assumption
      note: round
      closed:
        - {from: 3 months, until: 4 months}
        - {from: 1 month, until: 2 months}
    south: {places: 2, held: 5 weeks, source: levine2021}
  infusion_bed:
    places: 5
    held: {cells: 19 days, infusion: 4 days}
    source: nice_ta450
  transplant_bed: {places: 4, held: 2 months, source: maziarz2016}
rules:
  car_t: {title: CAR T for all, otherwise: car_t}
  mixed:
    title: Blinatumomab first in a queue or in haste
    when:
      - {wait_for: manufacturing, exceeds: 30 days, give: blinatumomab_bridge_to_car_t}
      - {patients: {tempo: [rapid]}, give: blinatumomab_then_car_t}
    otherwise: car_t
by: tempo
capacity: {resource: manufacturing, site: south, places: [1, 2, 4]}
"""


def write(text: str = CLINIC, name: str = "clinic.yaml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return f"./{name}"


def changed(old: str, new: str) -> tuple[str, int]:
    """Return the clinic with the first match of a pattern replaced, and the line of the match."""
    match = re.search(old, CLINIC, re.MULTILINE)
    assert match, old
    return CLINIC[: match.start()] + new + CLINIC[match.end() :], CLINIC.count("\n", 0, match.start()) + 1


def problems(name: str = "./clinic.yaml", **options) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_clinic(name, posterior=False, **options)
    assert caught.value.exit_code == 2
    assert all("\n" not in str(problem) for problem in caught.value.problems)
    return caught.value.problems


# Reading ----------------------------------------------------------------------------------------------------


def test_a_clinic_is_read_with_its_times_in_years():
    plan = read_clinic(write(), posterior=False).plan
    assert plan.warm_up == 0.5
    assert plan.resources["apheresis"][ONLY].held == pytest.approx(1 / 365.25)
    assert plan.resources["manufacturing"]["north"].held == {"cells": pytest.approx(22 / 365.25)}
    assert plan.resources["manufacturing"]["north"].closed == (
        Closure(3 / 12, 4 / 12),
        Closure(1 / 12, 2 / 12),
    )
    assert plan.resources["manufacturing"]["south"].held == pytest.approx(35 / 365.25)
    assert plan.resources["transplant_bed"][ONLY].held == 2 / 12
    assert plan.rules["mixed"].when[0].exceeds == pytest.approx(30 / 365.25)
    assert plan.rules["mixed"].when[1].patients == {"tempo": ("rapid",)}


def test_the_files_of_a_clinic_count_among_those_of_its_study():
    write("year\n0.5\n", "times.csv")
    write(CLINIC.replace("per_year: 100", "file: times.csv"))
    name = write("extends: clinic.yaml\ntitle: Another\nbecause: to see\n", "other.yaml")
    read = read_clinic(name, posterior=False)
    assert {"clinic.yaml", "other.yaml", "times.csv", "base.yaml"} <= {
        file.name for file in read.loaded.files
    }
    assert read.file == Path(name)


def test_the_caller_may_name_another_scenario_and_settings():
    read = read_clinic(
        write(), scenario="half-price-car-t", settings=["settings.discount_costs=0"], posterior=False
    )
    assert read.plan.scenario == "half-price-car-t"
    assert read.loaded.name == "half-price-car-t-set"
    assert read.loaded.study.settings.discount_costs == 0


def test_what_a_clinic_sets_is_merged_into_the_one_that_it_extends():
    write()
    own = """\
extends: clinic.yaml
title: Another
because: to see
set:
  by: null
  resources.manufacturing.south: {places: 9, closed: [{from: 0 days, until: 1 week}]}
  resources:
    apheresis: {held: 3 days}
    icu_bed: {places: 1, held: 7 days, source: assumption, note: round}
  rules: {bridge: {title: Bridge, otherwise: blinatumomab_bridge_to_car_t}}
"""
    plan = read_clinic(write(own, "other.yaml"), posterior=False).plan
    south = plan.resources["manufacturing"]["south"]
    assert (plan.title, plan.by, plan.patients) == ("Another", None, 50)
    assert (south.places, south.held, south.source) == (9, pytest.approx(35 / 365.25), "levine2021")
    assert south.closed == (Closure(0.0, 7 / 365.25),)
    assert plan.resources["manufacturing"]["north"].places == 3
    assert plan.resources["apheresis"][ONLY].places == 2
    assert plan.resources["apheresis"][ONLY].held == pytest.approx(3 / 365.25)
    assert list(plan.resources) == ["apheresis", "manufacturing", "infusion_bed", "transplant_bed", "icu_bed"]
    assert list(plan.rules) == ["car_t", "mixed", "bridge"]


def test_arrivals_of_a_file_are_read_beside_the_clinic_that_names_it():
    Path("sub").mkdir()
    write("# when they came\nyear\n0\n0.25\n0.25\n1e0\n", "sub/times.csv")
    write(CLINIC.replace("per_year: 100", "file: times.csv"), "sub/clinic.yaml")
    name = write("extends: sub/clinic.yaml\ntitle: Another\nbecause: to see\n", "other.yaml")
    assert read_clinic(name, posterior=False).plan.arrivals.times == (0.0, 0.25, 0.25, 1.0)


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in Path(__file__).parents[2].glob("params/clinics/*.yaml"))
)
def test_every_clinic_shipped_is_sound_and_says_what_it_is_for(name):
    read = read_clinic(name, posterior=False)
    assert read.file.read_text(encoding="utf-8").startswith("# ")
    sites = [site for sites in read.plan.resources.values() for site in sites.values()]
    assert all(site.note for site in sites)


# Mistakes ---------------------------------------------------------------------------------------------------

# What is broken: pattern, replacement; then line after the match's, key, words of the rule, hint.
ONE_MISTAKE = [
    ("places: 2, held: 1 day", "places: 0, held: 1 day", 0, "resources.apheresis.places", "places go from 1", None),
    ("places: 3", "places: 0", 0, "resources.manufacturing.north.places", "places go from 1", None),
    ("places: 3", "places: 1.5", 0, "resources.manufacturing.north.places", "must be a whole number", None),
    ("places: 3", "places: .nan", 0, "resources.manufacturing.north.places", "infinite or missing", None),
    ("places: 2, held: 1 day", "places: 2.0, held: 1 day", 0, "resources.apheresis.places", "whole number", "write 2"),
    ("held: 1 day", "held: 0 days", 0, "resources.apheresis.held", "held for more than no time", None),
    ("held: 1 day", "held: -1 days", 0, "resources.apheresis.held", "is not a time", None),
    ("held: 1 day", "held: nan days", 0, "resources.apheresis.held", "is not a time", None),
    ("held: 1 day", "held: 1", 0, "resources.apheresis.held", "needs its unit", None),
    ("held: 1 day", "held: 20 years", 0, "resources.apheresis.held", "at most 10 years", None),
    ("held: 5 weeks", "held: 5 weaks", 0, "resources.manufacturing.south.held", "is not a time", None),
    ("cells: 19 days", "cells: 0 days", 0, "resources.infusion_bed.held", "held for more than no time", None),
    ("cells: 19 days", "cells: 19", 0, "resources.infusion_bed.held.cells", "needs its unit", None),
    ("cells: 19 days", "cels: 19 days, cells: 1 day", 0, "resources.infusion_bed.held.cels", "no such product", "'cells'"),
    ("cells: 19 days, ", "", 0, "resources.infusion_bed.held.cells", "whose product is 'cells'", None),
    (", infusion: 4 days", "", 0, "resources.infusion_bed.held.infusion", "whose product is 'infusion'", None),
    ("held: {cells: 22 days}", "held: {infusion: 22 days}", 0, "resources.manufacturing.north.held.cells", "whose product is 'cells'", None),
    ("held: 2 months", "held: {cells: 2 months}", 0, "resources.transplant_bed.held", "one time, not for one by product", None),
    ("until: 4 months", "until: 2 months", -1, "resources.manufacturing.north.closed", "until a later one", None),
    ("until: 4 months", "until: 4", 0, "resources.manufacturing.north.closed.0.until", "needs its unit", None),
    ("until: 2 months", "until: 14 weeks", -2, "resources.manufacturing.north.closed", "closed twice at once", None),
    ("until: 4 months", "until: 11 years", -1, "resources.manufacturing.north.closed", "leave the site out instead", None),
    ("from: 3 months, until: 4 months", "from: 1e30 years, until: 2e30 years", -1, "resources.manufacturing.north.closed", "1,000 years after the clinic opened", None),
    ("until: 2 months", "untill: 2 months", 0, "resources.manufacturing.north.closed.1.untill", "no such key", "'until'"),
    ("  infusion_bed:", "  icu_bed: {places: 1, held: {cells: 7 days}, source: thielen2020}\n  infusion_bed:", 0, "resources.icu_bed.held.infusion", "whose product is 'infusion'", None),
    ("    north:", "    North Site:", 0, "resources.manufacturing.North Site", "a letter, then", None),
    ("    north:", "    held:", 0, "resources.manufacturing.held", "a site may not be called so", None),
    ("    south:", "    places:", 0, "resources.manufacturing.places", "a site may not be called so", None),
    ("  apheresis:", "  aferesis:", 0, "resources.aferesis", "the key must be one of", "'apheresis'"),
    ("  apheresis: .*", "  apheresis: {}", 0, "resources.apheresis.places", "missing", None),
    ("  apheresis: .*", "  apheresis: 2", 0, "resources.apheresis", "keys with values", None),
    ("held: {cells: 22 days}", "held: {}", 0, "resources.manufacturing.north.held.cells", "does not say for how long", None),
    ("places: 3", "place: 3", 0, "resources.manufacturing.north.place", "no such key", "'places'"),
    ("source: levine2021", "source: levin2021", 0, "resources.manufacturing.south.source", "no such source", "'levine2021'"),
    ("100, source: assumption", "100, source: assumtion", 0, "arrivals.source", "no such source", "'assumption'"),
    ("assumption, note: round}\nwarm", "assumption}\nwarm", 0, "arrivals", "an assumption needs a note", None),
    ("per_year: 100", "per_year: 0", 0, "arrivals.per_year", "from 0.01", None),
    ("per_year: 100", "per_year: 1.0e-6", 0, "arrivals.per_year", "from 0.01", None),
    ("per_year: 100", "per_year: 2.0e+6", 0, "arrivals.per_year", "to 1,000,000", None),
    ("per_year: 100", "per_year: .inf", 0, "arrivals.per_year", "infinite or missing", None),
    ("per_year: 100", "per_year: 100, file: times.csv", 0, "arrivals.per_year", "or those of a file", None),
    ("per_year: 100, ", "", 0, "arrivals", "or those of a file", None),
    ("per_year: 100", "per_year: 100, times: [1, 2]", 0, "arrivals.times", "times stand in a file", "file"),
    ("per_year: 100", "file: none.csv", 0, "arrivals.file", "no such file", None),
    ("warm_up: 6 months", "warm_up: 6", 0, "warm_up", "needs its unit", None),
    ("patients: 50", "patients: 0", 0, "patients", "patients must be 1 or more", None),
    ("patients: 50", "replications: 0", 0, "replications", "replications must be 1 or more", None),
    ("patients: 50", "patients: 10000001", 0, "patients", "at most 10,000,000", None),
    ("patients: 50", "replications: 100001", 0, "replications", "at most 100,000", None),
    ("warm_up: 6 months", "warm_up: 101 years", 0, "warm_up", "from 0 to 100 years", None),
    ("patients: 50", "seed: -1", 0, "seed", "seed must be a whole number", None),
    ("patients: 50", "patiens: 50", 0, "patiens", "no such key", "'patients'"),
    ("^because: to break it\n", "", -1, "because", "missing", None),
    ("patients: 50", "scenario: half-price-cart", 0, "scenario", "there is no scenario", "'half-price-car-t'"),
    ("patients: 50", "scenario: start-infused", 0, "scenario", "start when infused", "settings.start: enrolled"),
    ("patients: 50", "scenario: relapse-weibull", 0, "scenario", "a weibull time to relapse", "settings.relapse: exponential"),
    ("otherwise: car_t}", "otherwise: cart}", 0, "rules.car_t.otherwise", "unknown strategy", "'car_t'"),
    ("otherwise: car_t}", "otherwise: car_t_twice}", 0, "rules.car_t.otherwise", "base does not compare", "it compares blinatumomab, car_t"),
    ("give: blinatumomab_bridge_to_car_t", "give: blinatumomab_bridge", 0, "rules.mixed.when.0.give", "unknown strategy", "'blinatumomab_bridge_to_car_t'"),
    ("exceeds: 30 days", "exceeds: 30", 0, "rules.mixed.when.0.exceeds", "needs its unit", None),
    ("exceeds: 30 days, ", "", 0, "rules.mixed.when.0.wait_for", "wait_for needs exceeds", None),
    ("exceeds: 30 days", "exceeds: 1001 years", 0, "rules.mixed.when.0.exceeds", "to 1,000 years", None),
    ("wait_for: manufacturing", "wait_for: manufacture", 0, "rules.mixed.when.0.wait_for", "one of", "'manufacturing'"),
    ("wait_for: manufacturing", "wait_for: consultation", 0, "rules.mixed.when.0.wait_for", "nobody waits for it", "known: apheresis"),
    ("patients: {tempo: .rapid.}, ", "", 0, "rules.mixed.when.1", "a clause needs a condition", None),
    ("patients: {tempo:", "patients: {temp:", 0, "rules.mixed.when.1.patients.temp", "no feature", "'tempo'"),
    ("tempo: .rapid.", "tempo: [rapit]", 0, "rules.mixed.when.1.patients.tempo", "no level of tempo", "'rapid'"),
    ("tempo: .rapid.", "tempo: []", 0, "rules.mixed.when.1.patients", "the clause never holds", None),
    ("    otherwise: car_t\n", "      - {patients: {tempo: [rapid]}, give: car_t}\n    otherwise: car_t\n", 0, "rules.mixed.when.2", "never holds: its conditions are those of when.1", None),
    ("    otherwise: car_t\n", "      - {give: car_t, exceeds: 30 days, wait_for: manufacturing}\n    otherwise: car_t\n", 0, "rules.mixed.when.2", "those of when.0", None),
    ("^  car_t:", "  CAR-T:", 0, "rules.CAR-T", "a letter, then", None),
    ("title: CAR T for all, ", "", 0, "rules.car_t.title", "missing", None),
    ("by: tempo", "by: tempi", 0, "by", "no feature of the population", "'tempo'"),
    ("resource: manufacturing", "resource: consultation", 0, "capacity.resource", "not among the resources", "known: apheresis"),
    ("resource: manufacturing", "resource: manufakturing", 0, "capacity.resource", "one of", "'manufacturing'"),
    ("site: south", "site: south_east", 0, "capacity.site", "no such site", "'south'"),
    ("site: south, ", "", 0, "capacity.site", "several sites: name one", "north, south"),
    (r"\[1, 2, 4\]", "[2, 1]", 0, "capacity.places", "rising", None),
    (r"\[1, 2, 4\]", "[0, 1]", 0, "capacity.places", "from 1 to 1,000,000", None),
    (r"\[1, 2, 4\]", "[1, 1000001]", 0, "capacity.places", "from 1 to 1,000,000", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "after", "key", "rule", "hint"), ONE_MISTAKE)
def test_a_mistake_is_told_where_it_stands(old, new, after, key, rule, hint):
    text, line = changed(old, new)
    write(text)
    (found, *others) = (problem for problem in problems() if problem.key == key)
    assert not others
    assert (found.file, found.line) == ("clinic.yaml", line + after)
    assert rule in found.rule
    assert hint is None or hint in str(found.hint)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("resources", "5", "must be keys with values"),
        ("resources", "[]", "must be keys with values"),
        ("resources", "many", "must be keys with values"),
        ("rules", "[]", "must be keys with values"),
        ("rules", "text", "must be keys with values"),
        ("rules", "{}", "rules needs one rule or more"),
    ],
)
def test_what_is_no_time_is_not_said_to_lack_its_unit(key, value, rule):
    given = {"resources": "{}", "rules": "{car_t: {title: CAR T for all, otherwise: car_t}}", key: value}
    write(CLINIC[: CLINIC.index("resources:")] + "".join(f"{k}: {v}\n" for k, v in given.items()))
    (found,) = problems()
    assert (found.line, found.key) == (6 + list(given).index(key), key)
    assert rule in found.rule


def test_nothing_may_be_short():
    rules = "rules: {car_t: {title: CAR T for all, otherwise: car_t}}\n"
    write(CLINIC[: CLINIC.index("resources:")] + "resources: {}\n" + rules)
    assert read_clinic("./clinic.yaml", posterior=False).plan.resources == {}


def test_the_only_site_of_a_resource_may_not_have_the_name_of_a_key_of_a_site():
    site = "{places: 2, held: 1 day, source: assumption, note: round}"
    for name in ("places", "held", "closed", "source", "note"):
        write(changed("apheresis: .*", f"apheresis: {{{name}: {site}}}")[0])
        (found,) = problems()
        assert (found.line, found.key) == (7, f"resources.apheresis.{name}")
        assert f"{name} is a key of a site" in found.rule


def test_clauses_that_differ_in_one_condition_are_two():
    mixed = """\
      - {wait_for: manufacturing, exceeds: 20 days, give: car_t}
      - {wait_for: apheresis, exceeds: 30 days, give: car_t}
      - {wait_for: manufacturing, exceeds: 30 days, patients: {tempo: [rapid]}, give: car_t}
    otherwise: car_t
"""
    plan = read_clinic(write(changed("    otherwise: car_t\n", mixed)[0]), posterior=False).plan
    assert len(plan.rules["mixed"].when) == 5


def test_a_site_may_be_closed_for_ten_years_and_until_year_one_thousand():
    closed = "from: 990 years, until: 1000 years"
    plan = read_clinic(write(changed("from: 3 months, until: 4 months", closed)[0]), posterior=False).plan
    assert plan.resources["manufacturing"]["north"].closed[0] == Closure(990.0, 1000.0)


@pytest.mark.parametrize("time", ["x" * 5000, "9" * 5000 + " patients"])
def test_a_long_text_in_place_of_a_time_is_shortened(time):
    write(changed("warm_up: 6 months", f"warm_up: {time}")[0])
    (found,) = problems()
    assert "...: is not a time: write a number and its unit" in str(found)
    assert len(str(found)) < 200


def test_a_mistake_shows_what_the_file_says_not_what_it_became():
    write(changed("held: 1 day", "held: 20 years")[0])
    (found,) = problems()
    assert str(found).startswith("clinic.yaml:7: resources.apheresis.held = '20 years': ")


def test_all_mistakes_are_told_at_once():
    text = CLINIC.replace("otherwise: car_t}", "otherwise: cart}").replace("by: tempo", "by: tempi")
    text = text.replace("levine2021", "levin2021").replace("site: south", "site: east")
    write(text.replace("infusion: 4 days", "donor_cells: 4 days"))
    keys = [problem.key for problem in problems()]
    assert keys == [
        "resources.manufacturing.south.source",
        "resources.infusion_bed.held.infusion",
        "rules.car_t.otherwise",
        "by",
        "capacity.site",
    ]


def test_a_mistake_in_what_is_set_is_told_in_the_file_that_sets_it():
    write()
    own = """\
extends: clinic.yaml
title: Another
because: to see
set:
  resources:
    manufacturing:
      south: {places: 9}
      north:
        held: 22
    icu_bed:
      places: 1
      held: 7
      source: thielen2020
  resources.manufacturing.east.places: 3
  rules:
    car_t: {otherwise: cart}
"""
    found = problems(write(own, "other.yaml"))
    assert [(problem.file, problem.line, problem.key) for problem in found] == [
        ("other.yaml", 9, "resources.manufacturing.north.held"),
        ("other.yaml", 12, "resources.icu_bed.held"),
        ("other.yaml", 14, "set.resources.manufacturing.east.places"),
    ]
    mended = own.replace("held: 22", "held: 2 days").replace("held: 7", "held: 7 days")
    (unknown,) = problems(write(mended.replace("east.p", "south.p"), "other.yaml"))
    assert (unknown.file, unknown.line, unknown.key) == ("other.yaml", 16, "rules.car_t.otherwise")


@pytest.mark.parametrize(
    ("text", "line", "key", "rule"),
    [
        ("extends: clinics.yaml\ntitle: A\nbecause: b\n", 1, "extends", "no such file"),
        (f"extends: {'x' * 300}\ntitle: A\nbecause: b\n", 1, "extends", "file name too long"),
        (f"extends: {'x' * 300}/a.yaml\ntitle: A\nbecause: b\n", 1, "extends", "file name too long"),
        ("extends: clinic.yaml/a.yaml\ntitle: A\nbecause: b\n", 1, "extends", "no such file"),
        ("extends: other.yaml\ntitle: A\nbecause: b\n", 1, "extends", "in a circle"),
        ("extends: clinic.yaml\ntitle: A\n", 1, "because", "says this anew"),
        ("extends: clinic.yaml\ntitle: A\nbecause: b\nby: tempo\n", 4, "by", "stands under `set`"),
        ("extends: clinic.yaml\ntitle: A\nbecause: b\nset: [by]\n", 4, "set", "keys with values"),
    ],
)
def test_a_clinic_that_cannot_extend_another_says_why(text, line, key, rule):
    write()
    (found,) = problems(write(text, "other.yaml"))
    assert (found.file, found.line, found.key) == ("other.yaml", line, key)
    assert rule in found.rule


def test_a_link_to_itself_cannot_be_extended():
    Path("loop.yaml").symlink_to("loop.yaml")
    (found,) = problems(write("extends: loop.yaml\ntitle: A\nbecause: b\n"))
    assert (found.line, found.key, found.rule) == (1, "extends", "there is no such file")


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", [(1, "the file is empty")]),
        ("year\n", [(1, "arrivals go from 1 to 1,000,000, here are 0")]),
        ("years\n1\n", [(1, "begins with the column year")]),
        ("1\n2\n", [(1, "begins with the column year")]),
        ("year\n1\n3\n# late\n2\n4\n", [(5, "comes before the patient in line 3 (3): times must not fall")]),
        ("year\n-1\n1\n", [(2, "must not be negative")]),
        ("year\n1\n1000\n1001\n1e9\n", [(4, "at most 1,000 years"), (5, "at most 1,000 years")]),
        ("year\n1\n2_0\n\u0663\n\uff13\n", [(n, "must be a number of years") for n in (3, 4, 5)]),
        ("year\nnan\n1\nsoon\ninf\n1,2\n", [(n, "must be a number of years") for n in (2, 4, 5, 6)]),
        ("year\n" + "x\n" * 25, [*((n, "a number") for n in range(2, 22)), (22, "5 more such mistakes")]),
    ],
)
def test_a_mistake_in_a_file_of_arrivals_is_told_by_its_line(text, mistakes):
    write(text, "times.csv")
    write(CLINIC.replace("per_year: 100", "file: times.csv"))
    found = problems()
    assert [(problem.file, problem.line) for problem in found] == [
        ("times.csv", line) for line, _ in mistakes
    ]
    assert all(rule in problem.rule for problem, (_, rule) in zip(found, mistakes, strict=True))


@pytest.mark.parametrize(
    ("heading", "hinted"),
    [
        ("Year", True),
        ('"year"', True),
        ("year;site", True),
        ("site,YEAR", True),
        ("years", False),
        ("1", False),
    ],
)
def test_a_heading_that_means_year_is_told_how_to_write_it(heading, hinted):
    write(f"{heading}\n1\n", "times.csv")
    write(CLINIC.replace("per_year: 100", "file: times.csv"))
    (found,) = problems()
    assert (found.file, found.line, found.value) == ("times.csv", 1, heading)
    assert found.hint == ("write year alone, in small letters without quotes" if hinted else None)


def test_long_texts_in_a_file_of_arrivals_are_shortened():
    write(CLINIC.replace("per_year: 100", "file: times.csv"))
    for text in ("x" * 5000 + "\n1\n", "year\n" + "9" * 5000 + "\n"):
        write(text, "times.csv")
        (found,) = problems()
        assert len(str(found)) < 200


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + "/times.csv"])
def test_arrivals_whose_name_no_file_can_have_are_refused_in_one_line(name):
    write(CLINIC.replace("per_year: 100", f"file: {name}"))
    (found,) = problems()
    assert (found.file, found.line, found.key) == ("clinic.yaml", 3, "arrivals.file")
    assert found.rule == "arrivals cannot be read: file name too long"


def test_arrivals_that_all_come_within_the_warm_up_are_refused_where_it_is_written():
    write("year\n0.1\n0.4\n", "times.csv")
    text = CLINIC.replace("per_year: 100", "file: times.csv")
    write(text)
    (found,) = problems()
    assert (found.line, found.key, found.value) == (4, "warm_up", "6 months")
    assert found.rule == "the last patient comes after 0.4 years, within a warm-up of 0.5: nobody counts"
    write(text.replace("warm_up: 6 months\n", ""))
    (found,) = problems()
    assert (found.line, found.key, found.value) == (3, "arrivals.file", "times.csv")
    assert "within a warm-up of 1: nobody counts" in found.rule
    own = "extends: clinic.yaml\ntitle: A\nbecause: b\nset: {warm_up: 5 months}\n"
    (found,) = problems(write(own, "other.yaml"))
    assert (found.file, found.line, found.value) == ("other.yaml", 4, "5 months")


def test_one_patient_who_comes_when_the_warm_up_ends_counts():
    write("year\n0.5\n", "times.csv")
    name = write(CLINIC.replace("per_year: 100", "file: times.csv"))
    assert read_clinic(name, posterior=False).plan.arrivals.times == (0.5,)


def test_too_many_arrivals_are_refused(monkeypatch):
    monkeypatch.setattr("remit.files.arrivals.MOST_ARRIVALS", 3)
    write("year\n1\n2\n3\n4\n", "times.csv")
    write(CLINIC.replace("per_year: 100", "file: times.csv"))
    (found,) = problems()
    assert "arrivals go from 1 to 3, here are 4" in found.rule


def test_a_scenario_that_the_caller_names_is_not_blamed_on_the_file():
    write()
    (found,) = problems(scenario="start-infused")
    assert (found.file, found.key, found.value) == (None, "scenario", "start-infused")
    (unknown,) = problems(scenario="bass")
    assert unknown.file is None
    assert "there is no scenario 'bass'" in unknown.rule


def test_a_clinic_that_there_is_not_is_told_with_the_nearest():
    (found,) = problems("scarse")
    assert (found.rule, found.hint) == ("there is no clinic 'scarse'", "did you mean 'scarce'?")


def test_remit_check_reads_a_clinic_as_one():
    path = Path("params/clinics/scarce.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("places: 13", "places: 0"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_files(str(path))
    assert [problem.key for problem in caught.value.problems] == ["resources.infusion_bed.places"]
