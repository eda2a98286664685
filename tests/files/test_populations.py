"""A population that extends another: what it takes over, what it replaces, and how its mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

from pathlib import Path

import pytest

from remit.errors import InputError
from remit.files.studies import read_study
from remit.inputs.distributions import Fixed

FOLDER = Path("params/populations")

pytestmark = pytest.mark.usefixtures("project")


def population(text: str, name: str = "mine", parent: str = "paediatric.yaml") -> None:
    """Write a population file, and have the base case name it."""
    (FOLDER / f"{name}.yaml").write_text(f"extends: {parent}\n{text}", encoding="utf-8")
    base = Path("params/base.yaml")
    base.write_text(base.read_text().replace("population: paediatric\n", f"population: {name}\n"))


def read():
    return read_study(posterior=False)


def refusal() -> str:
    with pytest.raises(InputError) as caught:
        read()
    (problem,) = caught.value.problems
    return str(problem)


def test_what_a_population_does_not_say_is_that_of_the_one_it_extends():
    before = read().study
    population("population: {title: Others}\n")
    after = read().study
    assert after.population.title == "Others"
    assert after.population.strata == before.population.strata
    assert after.population.pooling == before.population.pooling
    assert after.parameters == before.parameters


def test_a_parameter_and_a_key_that_it_gives_replace_those_of_its_parent_whole():
    population(
        "population: {strata: {}}\nparameters:\n  age_start: {title: Age, value: 45, unit: years, "
        "uncertainty: {type: fixed, because: B}, source: assumption, note: N}\n"
    )
    loaded = read()
    assert loaded.study.population.strata == {}
    age = loaded.study.parameters["age_start"]
    assert (age.value, age.uncertainty, age.where) == (45, Fixed("B"), None)
    assert loaded.origins["age_start"] == "params/populations/mine.yaml:4"
    assert loaded.origins["smr_survivors"].startswith("params/populations/paediatric.yaml:")
    assert {path.name for path in loaded.files} >= {"mine.yaml", "paediatric.yaml"}


def test_a_chain_of_populations_is_laid_from_its_beginning():
    population("population: {title: Middle, life_table: us_2014}\n", "middle")
    population("population: {title: Last}\n", "last", "middle.yaml")
    base = Path("params/base.yaml")
    base.write_text(base.read_text().replace("population: middle\n", "population: last\n"))
    assert read().study.population.title == "Last"


@pytest.mark.parametrize(
    ("text", "parent", "words"),
    [
        ("population: {titel: T}\n", "paediatric.yaml", "mine.yaml:2: population.titel = 'T': there is no such key here (did you mean 'title'?)"),
        ("population: 5\n", "paediatric.yaml", "mine.yaml:2: population = 5: a population is keys with values"),
        ("population: {title: T}\nparametres: {}\n", "paediatric.yaml", "mine.yaml:3: parametres: unknown key (did you mean 'parameters'?)"),
        ("population: {title: T}\n", "paediatrics.yaml", "mine.yaml:1: extends = 'paediatrics.yaml': there is no such file (did you mean 'paediatric.yaml'?)"),
        ("population: {title: T}\n", "mine.yaml", "mine.yaml:1: extends = 'mine.yaml': populations extend each other in a circle: mine.yaml -> mine.yaml"),
        ("population: {title: T}\n", "[paediatric.yaml]", "mine.yaml:1: extends = ['paediatric.yaml']: a population extends one file, such as paediatric.yaml"),
        ("parameters: 5\n", "paediatric.yaml", "mine.yaml:2: parameters = 5: parameters are names with their entries"),
        ("population: {strata: {tempo: [slow, slow]}}\n", "paediatric.yaml", "mine.yaml:2: population: tempo needs levels, each once"),
        ("population: {pooling: {car_t: [nobody]}}\n", "paediatric.yaml", "mine.yaml:2: population.pooling.car_t.0 = 'nobody'"),
        ("parameters:\n  rate_death_waiting: {title: T}\n", "paediatric.yaml", "b-all.yaml:3: rate_death_waiting: given already at params/populations/mine.yaml:3"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_population_that_extends_another_is_told_with_its_place(text, parent, words):
    population(text, parent=parent)
    with pytest.raises(InputError) as caught:
        read()
    assert any(words in str(problem) for problem in caught.value.problems), caught.value


def test_a_mistake_in_the_parent_is_told_of_the_parent():
    population("population: {title: T}\n")
    parent = FOLDER / "paediatric.yaml"
    parent.write_text(parent.read_text().replace("      - nci ", "      - ncy "))
    assert "paediatric.yaml" in refusal()
