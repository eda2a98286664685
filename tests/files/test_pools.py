"""From evidence rows to counts, the trials that a population names, and parameters that rest on a pool."""

# ruff: noqa: E501 - one line for each mistake in the tables

from dataclasses import replace
from pathlib import Path

import pytest

from remit.errors import InputError
from remit.files.pools import OUTCOMES, gather
from remit.files.studies import read_study
from remit.files.yaml_text import read_yaml
from remit.inputs.distributions import LogitNormal
from remit.survival.pooling import Trial, pool

PATIENTS, SCENARIO = "params/populations/paediatric.yaml", "params/scenarios/pooled-response.yaml"
PARAMETER = "p_cr_tisagenlecleucel"

pytestmark = pytest.mark.usefixtures("project")


def change(file, old, new):
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    Path(file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1


def problems(name=None):
    with pytest.raises(InputError) as caught:
        read_study(name, posterior=False)
    return caught.value.problems


def counts(therapy, outcome, trials=None):
    loaded = read_study(posterior=False)
    found = gather(
        loaded.evidence, therapy, outcome, trials or loaded.study.population.pooling.get(therapy, ())
    )
    return {each.trial.key: (each.trial.events, each.trial.n) for each in found.counted}, {
        each.key: each.why for each in found.left_out
    }


def test_remissions_are_the_printed_percentage_of_n_and_unclear_denominators_are_left_out():
    counted, left_out = counts("car_t", "cr")
    assert counted == {"penn_chop": (27, 30), "eliana": (61, 75), "nci": (14, 21), "carpall": (12, 14)}
    assert left_out == {"seattle": "CR is of an unclear denominator, so responders are not known"}


def test_mrd_negative_of_all_infused_becomes_a_share_of_responders():
    counted, left_out = counts("car_t", "mrd_cr")
    assert counted == {"eliana": (61, 61), "nci": (12, 14), "carpall": (12, 12)}
    assert set(left_out) == {"penn_chop", "seattle"}


def test_hsct_is_the_share_that_names_the_trial_with_its_own_counts():
    assert counts("blinatumomab", "hsct") == ({"mt103_205": (13, 27)}, {})
    counted, left_out = counts("car_t", "hsct")
    assert counted == {"eliana": (8, 65)}
    assert set(left_out) == {"penn_chop", "nci", "seattle", "carpall"}


def test_relapses_are_of_responders_and_a_cell_without_a_number_is_left_out():
    assert counts("blinatumomab", "relapse") == ({"mt103_205": (15, 27)}, {})
    assert counts("car_t", "relapse", ["city_of_hope"]) == ({}, {"city_of_hope": "relapse is NR"})
    assert counts("blinatumomab", "cr", ["blast"]) == ({}, {"blast": "CR is NA"})


def test_how_surely_a_count_is_known_is_the_weakest_of_its_readings():
    loaded = read_study(posterior=False)
    found = gather(loaded.evidence, "car_t", "mrd_cr", ["eliana", "carpall"])
    assert [each.reading for each in found.counted] == ["VERIFIED", "RECALLED"]
    assert all(each.rounded for each in found.counted)
    assert not gather(loaded.evidence, "car_t", "hsct", ["eliana"]).counted[0].rounded


@pytest.mark.parametrize(
    ("old", "new", "key", "rule", "hint"),
    [
        ("- carpall ", "- carpal ", "population.pooling.car_t.4", "no such trial", "'carpall'"),
        ("- carpall ", "- hebei_mrd ", "population.pooling.car_t.4", "without n", None),
        ("- carpall ", "- nci ", "population.pooling.car_t.4", "pooled once", None),
        ("    car_t:\n", "    cart: [nci]\n    car_t:\n", "population.pooling.cart", "no such table", "'car_t'"),
        ("    car_t:\n", "    car_t: []\n    other:\n", "population.pooling.car_t", "empty pool", None),
    ],
)  # fmt: skip
def test_a_mistake_in_the_trials_of_a_population_is_told_with_its_line(old, new, key, rule, hint):
    line = change(PATIENTS, old, new)
    (problem,) = [each for each in problems() if each.key == key]
    assert (problem.file, problem.line) == (PATIENTS, line)
    assert rule in problem.rule
    assert hint is None or hint in problem.hint


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("hsct_of: eliana", "hsct_of: elina", "no such trial"),
        ("hsct_of: eliana", "hsct_of: mt103_205", "already"),
        ("events: 75, n: 92, of: enrolled", "events: 75, n: 92, of: enrolled, hsct_of: eliana", "of responders"),
    ],
)  # fmt: skip
def test_a_share_of_hsct_belongs_to_one_trial_of_the_tables(old, new, rule):
    change("params/evidence/landmarks.yaml", old, new)
    assert any(rule in problem.rule for problem in problems())


def test_a_pooled_parameter_is_the_predictive_distribution_of_its_trials():
    loaded = read_study("pooled-response", posterior=False)
    expected = pool([Trial(key, key, *pair) for key, pair in counts("car_t", "cr")[0].items()])
    parameter = loaded.study.parameters[PARAMETER]
    assert parameter.value == pytest.approx(expected.share, abs=1e-12)
    assert parameter.uncertainty == LogitNormal(pytest.approx(expected.sd_logit, abs=1e-12))
    assert "penn_chop 27/30" in parameter.note
    assert "left out: seattle" in parameter.note
    assert loaded.resolved["parameters"][PARAMETER]["uncertainty"]["type"] == "logit-normal"
    assert loaded.origins[PARAMETER].startswith(SCENARIO)
    assert "single trial" in loaded.study.parameters["p_cr_blinatumomab"].note


def test_a_parameter_names_its_own_trials_in_place_of_those_of_the_population():
    change(SCENARIO, "of: car_t}", "of: car_t, trials: [fhcrc, mskcc]}")
    change(SCENARIO, "value: 0.81", "value: 0.84")
    note = read_study("pooled-response", posterior=False).study.parameters[PARAMETER].note
    assert "fhcrc 45/53, mskcc 44/53" in note


@pytest.mark.parametrize(
    ("old", "new", "at", "rule"),
    [
        ("value: 0.81", "value: 0.85", "value", "the pool's median is 0.8143"),
        ("outcome: cr, of: car_t", "outcome: crr, of: car_t", "uncertainty.outcome", "'cr'"),
        ("of: car_t", "of: cart", "uncertainty.of", "no such table"),
        ("of: car_t}", "of: car_t, trials: [elian]}", "uncertainty.trials.0", "no such trial"),
        ("of: car_t}", "of: car_t, trials: []}", "uncertainty.trials", "empty pool"),
        ("of: car_t}", "of: car_t, trials: [seattle]}", "uncertainty", "unclear denominator"),
        ("outcome: cr, of: car_t}", "outcome: mrd_cr, of: car_t}", "uncertainty.outcome", "of responders"),
        ("of: car_t}", "of: car_t, trials: [city_of_hope]}", "uncertainty", "all or none"),
        ("type: pooled", "type: poold", "uncertainty.type", "'pooled'"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_pooled_uncertainty_is_told_once(old, new, at, rule):
    change(SCENARIO, old, new)
    (problem,) = problems("pooled-response")
    assert problem.file == SCENARIO
    assert problem.key == f"{PARAMETER}.{at}"
    assert rule in str(problem)


def test_a_value_that_differs_from_its_pool_says_why():
    change(SCENARIO, "value: 0.81", "value: 0.85\n    because: rounded up for the example")
    parameter = read_study("pooled-response", posterior=False).study.parameters[PARAMETER]
    assert parameter.value == pytest.approx(114 / 140)


def test_a_pool_needs_trials_from_the_population_or_its_own():
    change(PATIENTS, "    blinatumomab:\n      - mt103_205", "    # none:\n    #  - mt103_205")
    (problem,) = problems("pooled-response")
    assert problem.key == "p_cr_blinatumomab.uncertainty"
    assert "pools no trials of blinatumomab" in problem.rule


def test_only_a_probability_or_share_can_be_pooled():
    change(SCENARIO, "  p_cr_blinatumomab:\n    value: 0.39", "  rate_death_waiting:\n    value: 0.39")
    assert any("p_... or share_..." in problem.rule for problem in problems("pooled-response"))


def test_a_therapy_file_can_pool_as_a_scenario_can():
    file = "params/therapies/tisagenlecleucel.yaml"
    change(file, "{type: beta, events: 61, n: 75}", "{type: pooled, outcome: cr, of: car_t}")
    assert read_study(posterior=False).study.parameters[PARAMETER].uncertainty.type == "logit-normal"


def test_every_outcome_has_its_words_and_every_shipped_population_names_trials_of_the_tables():
    assert set(OUTCOMES) == {"cr", "mrd_cr", "hsct", "relapse"}
    loaded = read_study(posterior=False)
    for path in Path("params/populations").glob("*.yaml"):
        for therapy, trials in read_yaml(path).data["population"].get("pooling", {}).items():
            assert set(trials) <= set(loaded.evidence.tables[therapy].studies)


def test_populations_differ_by_what_they_pool():
    population = read_study(posterior=False).study.population
    assert population != replace(population, pooling={})
    assert hash(population) == hash(replace(population))
