"""Each mistake in the params folder is told with file, line, key, rule and, where one is near, the right word."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.errors import InputError, Problem
from remit.files.studies import load_study, read_study

BASE, STRATEGIES, SOURCES = "base.yaml", "strategies.yaml", "sources.yaml"
CELLS, BITE = "therapies/tisagenlecleucel.yaml", "therapies/blinatumomab.yaml"
COSTS, UTILITIES, PATIENTS = (
    "costs/netherlands.yaml",
    "utilities/netherlands.yaml",
    "populations/paediatric.yaml",
)

pytestmark = pytest.mark.usefixtures("project")


def change(file: str, old: str, new: str) -> int:
    """Replace the first match of a pattern in a params file, and return its line."""
    path = Path("params", file)
    text = path.read_text(encoding="utf-8")
    match = re.search(old, text, re.MULTILINE | re.DOTALL)
    assert match, old
    path.write_text(text[: match.start()] + match.expand(new) + text[match.end() :], encoding="utf-8")
    return text.count("\n", 0, match.start()) + 1


def problems(name: str | None = None, **options) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_study(name, posterior=False, **options)
    found = caught.value.problems
    assert all("\n" not in str(problem) for problem in found)
    assert len({str(problem) for problem in found}) == len(found)
    return found


# What is broken: file, pattern, replacement; then line after the match's, key, words of the rule, hint.
ONE_MISTAKE = [
    (BASE, "  horizon: 88 years", "  horizon: 88", 0, "settings.horizon", "needs its unit", None),
    (BASE, "  horizon: 88 years", "  horison: 88 years", 0, "settings.horison", "no such key", "'horizon'"),
    (BASE, "discount_costs: 0.04", "discount_costs: 3.5", 0, "settings.discount_costs", "350% a year", None),
    (BASE, "discount_costs: 0.04", "discount_costs: NO", 0, "settings.discount_costs", "must be a number", None),
    (BASE, "discount_costs: 0.04", "discount_costs: .nan", 0, "settings.discount_costs", "infinite or missing", None),
    (BASE, "threshold: 80000", "threshold: -1", 0, "settings.wtp.threshold", "above 0", None),
    (BASE, "start: enrolled", "start: infuse", 0, "settings.start", "enrolled, infused", "'infused'"),
    (BASE, "population: paediatric", "population: paediatrc", 0, "population", "no such file", "'paediatric'"),
    (BASE, "^costs: netherlands", "costs: ../base", 0, "costs", "no such file", "netherlands"),
    (BASE, "car_t, ", "cart, ", 0, "strategies.compare", "unknown strategy", "'car_t'"),
    (BASE, "comparator: blinatumomab", "comparator: nobody", 0, "strategies.comparator", "one of those compared", None),
    (BASE, "hsct_reference: blinatumomab", "hsct_reference: blina", 0, "settings.hsct_reference", "unknown therapy", None),
    (BASE, "draws: 5000", "draws: 0", 0, "psa.draws", "from 1 to", None),
    (BASE, "seed: 20180201", "seed: -3", 0, "psa.seed", "from 0", None),
    (BASE, "published: thielen2020", "published: thielen", 0, "published", "no such result", "'thielen2020'"),
    (BASE, "^utilities: netherlands\n", "", None, "utilities", "missing", None),
    (BASE, "^title: Base case", "title: Base case\ntitle: Again", 1, "title", "stands twice", None),
    (STRATEGIES, "therapy: tisagenlecleucel", "therapy: tisagenlecluecel", 0, "car_t.lines.0.therapy", "unknown therapy", "'tisagenlecleucel'"),
    (STRATEGIES, "relapse\\], aph", "relaps], aph", 0, "blinatumomab_then_car_t.lines.1.after.1", "one of", "'relapse'"),
    (CELLS, "^    unit: days", "    unit: dayz", 0, "time_wait_tisagenlecleucel.unit", "unknown unit", None),
    (CELLS, "^    unit: days", "    unit: EUR", 0, "time_wait_tisagenlecleucel.unit", "cannot be in 'EUR'", None),
    (CELLS, "    source: levine2021\n", "", None, "time_wait_tisagenlecleucel.source", "missing", None),
    (CELLS, "    source: levine2021\n", "    source: levin2021\n", 0, "time_wait_tisagenlecleucel.source", "no such source", "'levine2021'"),
    (CELLS, "value: 0.076\n    unit: probability\n    of: enrolled\n", "value: 0.076\n    unit: probability\n", None, "p_manufacturing_failure_tisagenlecleucel.of", "denominator", None),
    (CELLS, "value: 0.076\n(.*?)events: 7, n: 92", r"value: 1\n\1events: 92, n: 92", None, "p_manufacturing_failure_tisagenlecleucel.uncertainty", "between 0 and 1", None),
    (CELLS, "value: 0.076", "value: 7.6", 0, "p_manufacturing_failure_tisagenlecleucel.value", "did you mean 0.076", None),
    (CELLS, "value: 0.076", "value: 7.6%", 0, "p_manufacturing_failure_tisagenlecleucel.value", "must be", "write 0.076"),
    (CELLS, "value: 43\n", "value: .inf\n", 0, "parameters.time_wait_tisagenlecleucel.value", "infinite", None),
    (CELLS, "lognormal, sdlog: 0.10", "lognormol, sdlog: 0.10", 0, "time_wait_tisagenlecleucel.uncertainty.type", "unknown type", "'lognormal'"),
    (CELLS, r"\{type: lognormal, sdlog: 0.10\}", "0.1", 0, "time_wait_tisagenlecleucel.uncertainty", "keys with values", None),
    (CELLS, "evidence: eliana_seed_update_rfs_6m", "evidence: eliana_seed_update_rfs_9m", 0, "curves.0.landmarks.0.evidence", "no such landmark", "'eliana_seed_update_rfs_6m'"),
    (CELLS, "eliana_primary_os,", "eliana_primry_os,", 0, "therapy.compared_with.0", "no such curve", "'eliana_primary_os'"),
    (CELLS, "share_durable: share_durable_t", "share_durable: share_durabel_t", 0, "curves.0.share_durable", "unknown parameter", "'share_durable_tisagenlecleucel'"),
    (CELLS, "^  time_wait_tisagenlecleucel:", "  wait_tisagenlecleucel:", 0, "wait_tisagenlecleucel", "begins with what it is", None),
    (COSTS, "value: 4000", "value: -4000", 0, "cost_active_disease.value", "cannot be negative", None),
    (COSTS, "    price_year: 2018\n", "", None, "cost_active_disease.price_year", "price year", None),
    (COSTS, "value: 4000", "value: 4,000", 0, "cost_active_disease.value", "must be", "write 4000"),
    (COSTS, "    by: time\n", "", None, "cost_follow_up.by", "needs `by`", None),
    (COSTS, "^    unit: EUR per month", "    by: age\n    unit: EUR per month", 0, "cost_active_disease.by", "can change with age", None),
    (COSTS, "^    title: Care of active", "    titel: Care of active", 0, "cost_active_disease.titel", "no such key", "'title'"),
    (UTILITIES, "value: 0.86", "value: 86", 0, "utility_remission_early.value", "-0.6 and 1", None),
    (UTILITIES, "beta, sd: 0.03", "beta, sd: 0.9", 0, "utility_remission_early.uncertainty", "sd of a beta", None),
    (PATIENTS, "life_table: us_2014", "life_table: ../us", 0, "population.life_table", "no such life table", "us_2014"),
    (PATIENTS, "rapid: 0.20", "rapid: 0.30", None, "share_tempo.value", "sum to 1", None),
    (SOURCES, "^seed2021:\n", "seed2021:\n  yeer: 3\n", 1, "seed2021.yeer", "no such key", "'year'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "below", "key", "rule", "hint"),
    ONE_MISTAKE,
    ids=[f"{m[4]}-{m[5]}" for m in ONE_MISTAKE],
)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(file, old, new, below, key, rule, hint):
    line = change(file, old, new)
    found = [p for p in problems() if p.key == key]
    assert len(found) == 1, problems()
    (problem,) = found
    assert problem.file == f"params/{file}"
    assert below is None or problem.line == line + below
    assert rule in str(problem)
    assert hint is None or hint in str(problem.hint)


def test_a_sound_copy_of_the_params_folder_has_no_mistakes():
    assert load_study().comparator == "blinatumomab"


def test_many_mistakes_are_told_at_once_each_once_by_file_and_line():
    change(BASE, "discount_costs: 0.04", "discount_costs: 3.5")
    change(COSTS, "value: 4000", "value: -4000")
    change(UTILITIES, "value: 0.86", "value: 86")
    change(STRATEGIES, "therapy: tisagenlecleucel", "therapy: tisa")
    change(CELLS, "    source: levine2021\n", "    source: levin\n")
    Path("params/scenarios/mine.yaml").write_text("extends: ../base.yaml\ntitle: Mine\nset: {cost_drug: 1}\n")
    found = problems("mine")
    keys = [problem.key for problem in found]
    assert {
        "settings.discount_costs",
        "cost_active_disease.value",
        "utility_remission_early.value",
        "car_t.lines.0.therapy",
        "time_wait_tisagenlecleucel.source",
        "because",
        "cost_drug",
    } <= set(keys)
    assert [(p.file, p.line or 0) for p in found] == sorted((p.file, p.line or 0) for p in found)


@pytest.mark.parametrize("folder", ["populations", "costs", "disease", "utilities"])
def test_a_missing_part_of_a_study_is_named(folder):
    for path in Path("params", folder).glob("*.yaml"):
        path.unlink()
    assert any(f"no such file in params/{folder}" in problem.rule for problem in problems())


@pytest.mark.parametrize("file", ["sources.yaml", "strategies.yaml", "evidence/landmarks.yaml"])
def test_a_missing_file_is_named(file):
    Path("params", file).unlink()
    assert any(problem.file == f"params/{file}" and "no such file" in problem.rule for problem in problems())


def test_a_missing_therapy_file_is_an_unknown_therapy():
    Path("params", CELLS).unlink()
    assert any(
        "unknown therapy" in problem.rule and problem.value == "tisagenlecleucel" for problem in problems()
    )


def test_a_parameter_that_a_strategy_needs_and_no_file_gives_is_told_on_reading():
    change(UTILITIES, "utility_on_treatment:", "utility_on_treatmant:")
    change(CELLS, "  cost_drug_tisagenlecleucel:", "  cost_drugs_tisagenlecleucel:")
    found = {problem.key: problem for problem in problems()}
    assert set(found) == {"utility_on_treatment", "cost_drug_tisagenlecleucel"}
    assert "no file gives it" in found["utility_on_treatment"].rule
    assert found["utility_on_treatment"].hint == "did you mean 'utility_on_treatmant'?"
    assert found["cost_drug_tisagenlecleucel"].file == "params/strategies.yaml"


@pytest.mark.parametrize(
    "name", ["age_start", "utility_norm", "cost_future_medical", "smr_survivors", "p_prior_hsct"]
)
def test_a_parameter_of_the_population_or_of_prices_that_is_missing_is_told(name):
    for file in (PATIENTS, UTILITIES, COSTS):
        text = Path("params", file).read_text()
        Path("params", file).write_text(text.replace(f"  {name}:\n", f"  {name}_x:\n"))
    assert {name, f"{name}_x.by"} & {problem.key for problem in problems()}


def test_a_tempo_without_its_hazard_ratio_is_told():
    change(PATIENTS, "hr_tempo_rapid:", "hr_tempo_fast:")
    (problem,) = problems()
    assert problem.key == "hr_tempo_rapid"
    assert "hazard ratio" in problem.rule


def test_tempos_and_their_shares_have_the_same_names():
    change(PATIENTS, r"\[slow, base, rapid\]", "[slow, base, swift]")
    assert any("same names" in problem.rule or problem.key == "share_tempo_swift" for problem in problems())


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("^1,0.000394,0.000345", "1,0.000394", 4, "three numbers"),
        ("^1,0.000394,0.000345", "1,abc,0.1", 4, "three numbers"),
        ("^1,0.000394,0.000345", "1,nan,0.1", 4, "between 0 and 1"),
        ("^1,0.000394,0.000345", "1,1.5,0.1", 4, "between 0 and 1"),
        ("^1,0.000394,0.000345\n", "", 4, "here comes 1"),
        ("^age,male,female", "age,men,women", 2, "age,male,female"),
        ("^age,male.*", "", 1, "age,male,female"),
    ],
)
def test_a_damaged_life_table_is_told_with_its_line(old, new, line, rule):
    change("mortality/us_2014.csv", old, new)
    problem = problems()[0]
    assert (problem.file, problem.line) == ("params/mortality/us_2014.csv", line)
    assert rule in problem.rule


def test_a_correlation_with_an_unknown_parameter_or_in_a_circle_is_refused():
    change(
        CELLS,
        "    source: levine2021\n",
        "    correlated_with: {parameter: nobody, correlation: 0.5}\n    source: levine2021\n",
    )
    (problem,) = problems()
    assert problem.key == "time_wait_tisagenlecleucel.correlated_with"
    change(CELLS, "nobody", "time_wait_tisagenlecleucel")
    assert "circle" in problems()[0].rule


def test_a_parameter_given_by_two_files_names_the_first():
    change(UTILITIES, "^parameters:\n", "parameters:\n  cost_salvage: {title: again}\n")
    assert any("given already at params/costs/netherlands.yaml:" in problem.rule for problem in problems())


def test_what_changes_on_disk_is_read_again():
    assert load_study().settings.discount_costs == 0.04
    change(BASE, "discount_costs: 0.04", "discount_costs: 0.05")
    assert load_study().settings.discount_costs == 0.05
