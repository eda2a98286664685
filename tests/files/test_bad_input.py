"""Each mistake in the params folder is told with file, line, key, rule and, where one is near, the right word."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remit.errors import InputError, Problem
from remit.files.studies import load_study, read_study

BASE, STRATEGIES, SOURCES = "base.yaml", "strategies.yaml", "sources.yaml"
CELLS, BIT = "therapies/tisagenlecleucel.yaml", "therapies/blinatumomab.yaml"
OTHER = "therapies/off_the_shelf_car.yaml"
TARGETS, MARKS = "evidence/targets.yaml", "evidence/landmarks.yaml"
POSTERIOR = "posteriors/base.csv"
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
    (BASE, "^    tisagenlecleucel:", "    tisagenlecluecel:", 0, "settings.payment.tisagenlecluecel", "unknown therapy", "'tisagenlecleucel'"),
    (BASE, "^    tisagenlecleucel:(.*?)not_given: 0", r"    blinatumomab:\1not_given: 1", 2, "settings.payment.blinatumomab.not_given", "only cells are made", None),
    (BASE, "discount: 0 ", "discount: 30 ", 0, "settings.payment.tisagenlecleucel.discount", "discount is 30; it lies between 0 and 1", None),
    (BASE, "not_given: 0 ", "not_given: -1 ", 0, "settings.payment.tisagenlecleucel.not_given", "not_given is -1; it lies between 0 and 1", None),
    (BASE, "share: 1}", "share: 0.9}", 0, "settings.payment.tisagenlecleucel.due", "sum to 0.9; they must sum to 1", None),
    (BASE, "due: .*}]", "due: []", 0, "settings.payment.tisagenlecleucel.due", "sum to 0; they must sum to 1", None),
    (BASE, "share: 1}", "share: 1.2}", 0, "settings.payment.tisagenlecleucel.due.0.share", "share is 1.2; it lies between", None),
    (BASE, "month: 0", "month: -3", 0, "settings.payment.tisagenlecleucel.due.0.month", "0 or more", None),
    (BASE, "share: 1}", "share: 1, only_if: in_remission}", 0, "settings.payment.tisagenlecleucel.due.0.month", "no response is known", None),
    (BASE, "share: 1}", "share: 1, only_if: in_remision}", 0, "settings.payment.tisagenlecleucel.due.0.only_if", "one of", "'in_remission'"),
    (BASE, "draws: 5000", "draws: 0", 0, "psa.draws", "from 1 to", None),
    (BASE, "seed: 20180201", "seed: -3", 0, "psa.seed", "from 0", None),
    (BASE, "published: thielen2020", "published: thielen", 0, "published", "no such result", "'thielen2020'"),
    (BASE, "^utilities: netherlands\n", "", None, "utilities", "missing", None),
    (BASE, "^title: Base case", "title: Base case\ntitle: Again", 1, "title", "stands twice", None),
    (STRATEGIES, "therapy: tisagenlecleucel", "therapy: tisagenlecluecel", 0, "car_t.lines.0.therapy", "unknown therapy", "'tisagenlecleucel'"),
    (STRATEGIES, "relapse\\], aph", "relaps], aph", 0, "blinatumomab_then_car_t.lines.1.when.1", "one of", "'relapse'"),
    (STRATEGIES, "when: \\[bridge\\], aph", "when: [bridge], fit: 1.5, aph", 0, "blinatumomab_bridge_to_car_t.lines.1.fit", "fit is a share from 0 to 1", None),
    (STRATEGIES, "when: \\[bridge\\], aph", "when: [], aph", 0, "blinatumomab_bridge_to_car_t.lines.1", "needs an occasion", None),
    (STRATEGIES, "when: \\[bridge\\], aph", "when: [bridge], fit: p_fit_after_relaps, aph", -4, "p_fit_after_relaps", "needs this parameter", "'p_fit_after_relapse'"),
    (STRATEGIES, "when: \\[bridge\\], apheresis: at_start", "when: [bridge], apheresis: early", 0, "blinatumomab_bridge_to_car_t.lines.1.apheresis", "at_start, after_failure", None),
    (STRATEGIES, "relapse\\], apheresis: after_failure}", r"relapse]}\n    - {therapy: blinatumomab, when: [mrd_positive]}", 1, "blinatumomab_then_car_t.lines.2.when", "line 3 (blinatumomab) can never be reached", None),
    (STRATEGIES, "^blinatumomab:.*?therapy: blinatumomab", r"\g<0>, when: [bridge]", None, "blinatumomab", "cannot follow a remission", None),
    (BIT, "  antigens: \\[CD19\\]\n", "", None, "therapy.antigens", "need the antigens", None),
    (OTHER, "like: tisagenlecleucel", "like: tisagenlecluecel", 0, "therapy.like", "has numbers of its own", "'tisagenlecleucel'"),
    (PATIENTS, "base: 0.50", "base: 0.60", None, "share_tempo.value", "sum", None),
    (PATIENTS, "strata: {tempo: \\[slow, base, rapid\\]}", "strata: {tempo: []}", None, "population", "tempo needs levels", None),
    (BASE, "subgroup: {}", "subgroup: {tempo: [rapit]}", 0, "settings.subgroup", "the population has no 'rapit'", "'rapid'"),
    (BASE, "hsct: {}", "hsct: {blinatumomb: none}", 0, "settings.hsct.blinatumomb", "unknown therapy", "'blinatumomab'"),
    (BASE, "subgroup: {}", "subgroup: {tempo: []}", 0, "settings.subgroup", "a level or more", None),
    (PATIENTS, "rapid\\]} .*?\n", r"rapid]}\n  joint: [[]]\n", None, "population.joint", "joint lists features", None),
    (STRATEGIES, "when: \\[bridge\\], aph", "when: [bridge], fit: time_wait_blinatumomab, aph", 0, "blinatumomab_bridge_to_car_t.lines.1.fit", "is none", None),
    (STRATEGIES, "^    - {therapy: blinatumomab}\n    - {therapy: tis", r"    - {therapy: blinatumomab}\n    - {therapy: blinatumomab}\n    - {therapy: blinatumomab}\n    - {therapy: blinatumomab}\n    - {therapy: blinatumomab}\n    - {therapy: blinatumomab}\n    - {therapy: tis", None, "blinatumomab_then_car_t.lines", "at most 6 lines", None),
    (BASE, "hsct: {}", "hsct: {blinatumomab: everybody}", 0, "settings.hsct.blinatumomab", "one of", None),
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
    (CELLS, "eliana_primary_os,", "eliana_primry_os,", 0, "therapy.compared_with.0", "no such curve", "'eliana_primary_os'"),
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
    (PATIENTS, "^  strata:", "  compared_with: {blinatumomb: [mt103_205_os]}\n  strata:", 0, "population.compared_with.blinatumomb", "unknown therapy", "'blinatumomab'"),
    (PATIENTS, "^  strata:", "  compared_with: {blinatumomab: [mt103_205]}\n  strata:", 0, "population.compared_with.blinatumomab.0", "no such curve", "'mt103_205_os'"),
    (PATIENTS, "rapid: 0.20", "rapid: 0.30", None, "share_tempo.value", "sum to 1", None),
    (SOURCES, "^seed2021:\n", "seed2021:\n  yeer: 3\n", 1, "seed2021.yeer", "no such key", "'year'"),
    (TARGETS, "^  likelihood: .type: binomial, n: 76.\n", "", -5, "eliana_os_6m.likelihood", "needs its likelihood", None),
    (TARGETS, "likelihood: .type: binomial, n: 76.", "likelihood: binomial", 0, "eliana_os_6m.likelihood", "needs its likelihood", None),
    (TARGETS, "type: binomial, n: 76", "type: binomal, n: 76", 0, "eliana_os_6m.likelihood.type", "unknown type of likelihood", "'binomial'"),
    (TARGETS, "type: binomial, n: 76", "type: poisson", 0, "eliana_os_6m.likelihood.type", "unknown type of likelihood", "binomial, lognormal, normal"),
    (TARGETS, "type: binomial, n: 76", "type: binomial, n: 0", 0, "eliana_os_6m.likelihood.n", "n must be above 0", None),
    (TARGETS, "type: binomial, n: 76", "type: binomial, n: 76, sd: 1", 0, "eliana_os_6m.likelihood.sd", "no such key", None),
    (TARGETS, "type: normal, sd: 0.25", "type: normal", 0, "cited_qalys_car_t.likelihood.sd", "missing", None),
    (TARGETS, "evidence: eliana_primary_os_6m", "evidence: eliana_primry_os_6m", 0, "eliana_os_6m.evidence", "no such evidence", "'eliana_primary_os_6m'"),
    (TARGETS, "evidence: eliana_primary_os_6m", "evidence: lamble_os_after_relapse_median", 0, "eliana_os_6m.evidence", "no survival from relapse", None),
    (TARGETS, "  evidence: eliana_primary_os_6m\n", "", -4, "eliana_os_6m", "names the evidence", None),
    (TARGETS, "  evidence: eliana_primary_os_6m\n", r"\g<0>  published: thielen2020\n  outcome: qalys\n", 0, "eliana_os_6m.evidence", "names the evidence", None),
    (TARGETS, "given: eliana_primary_os_6m", "given: eliana_primary_efs_6m", 0, "eliana_os_12m.given", "earlier landmark of the same curve", "eliana_primary_os_6m"),
    (TARGETS, "given: eliana_primary_os_6m", "given: eliana_primary_os_12m", 0, "eliana_os_12m.given", "earlier landmark of the same curve", None),
    (TARGETS, "given: eliana_seed_update_rfs_6m", "given: eliana_seed_update_rfs_18m", 0, "eliana_rfs_12m.given", "earlier landmark of the same curve", None),
    (TARGETS, "given: eliana_seed_update_rfs_6m", "given: nothing", 0, "eliana_rfs_12m.given", "earlier landmark of the same curve", "eliana_seed_update_rfs_6m"),
    (TARGETS, "population: paediatric$", "population: paediatrc", 0, "eliana_os_6m.population", "no such population", "'paediatric'"),
    (TARGETS, "strategy: car_t$", "strategy: cart", 0, "eliana_os_6m.strategy", "unknown strategy", "'car_t'"),
    (TARGETS, "comparator: blinatumomab", "comparator: blinatumumab", 0, "adjusted_hr_death.comparator", "unknown strategy", "'blinatumomab'"),
    (TARGETS, "  comparator: blinatumomab\n", "", 0, "adjusted_hr_death.comparator", "needs the comparator", None),
    (TARGETS, "  share: infused\n", "", -1, "eliana_infused.share", "which share", None),
    (TARGETS, "published: thielen2020$", "published: thielen", 0, "cited_qalys_car_t.published", "no such result", "'thielen2020'"),
    (TARGETS, "(cited_costs_blinatumomab:\n.*?)published: thielen2020$", r"\1published: thielen2020_healthcare", 4, "cited_costs_blinatumomab.published", "has no costs of blinatumomab", None),
    (TARGETS, "outcome: qalys", "outcome: life_years", -1, "cited_qalys_car_t.published", "has no life_years of car_t", None),
    (TARGETS, "outcome: qalys", "outcome: qaly", 0, "cited_qalys_car_t.outcome", "one of", "'qalys'"),
    (TARGETS, "  outcome: qalys\n", "", -1, "cited_qalys_car_t.published", "needs its outcome", None),
    (TARGETS, "^eliana_os_6m:\n", r"\g<0>  weight: 2\n", 1, "eliana_os_6m.weight", "no such key", None),
    (BASE, "- eliana_os_6m", "- eliana_os_6mo", 0, "calibration.targets.0", "no such target", "'eliana_os_6m'"),
    (BASE, "  targets:.*", "  targets: []\n", 0, "calibration.targets", "needs targets", None),
    (BASE, "- eliana_os_12m", "- eliana_os_6m", None, "calibration.targets", "each once", None),
    (BASE, "  targets:.*", "  target: [eliana_os_6m]\n", 0, "calibration.target", "no such key", "'targets'"),
    (BASE, "posterior: base", "posterior: ../base", 0, "calibration.posterior", "made of a-z", None),
    (BASE, "posterior: base", "posterior: base\n  draws: 20", 1, "calibration.draws", "from 100 to", None),
    (BASE, "posterior: base", "posterior: base\n  ess: 30000", 1, "calibration.ess", "ess must be", None),
    (MARKS, "value: 0.73, unit: probability, interval: .0.60, 0.82.", "value: 0.93, unit: probability, interval: [0.60, 0.95]", None, None, "eliana_primary_efs_6m (0.93) is above eliana_primary_os_6m (0.9)", None),
    (MARKS, "value: 0.76, unit: probability, interval: .0.63, 0.86.", "value: 0.91, unit: probability, interval: [0.63, 0.95]", None, None, "eliana_primary_os rises with time", None),
    (MARKS, "value: 24, unit: months", "value: 40, unit: months", None, None, "eliana_3y_efs rises with time", None),
    (MARKS, "(curve: eliana_primary_os, endpoint: os, at: 12.*?of: )infused, origin: infusion", r"\1enrolled, origin: decision", None, None, "eliana_primary_os mixes", None),
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
    line = change(PATIENTS, "hr_tempo_slow:", "hr_tempo_slou:")
    wrong, without = problems()
    assert (wrong.key, wrong.hint) == ("hr_tempo_slou", "did you mean 'slow'?")
    assert "no such level of tempo" in wrong.rule
    assert without.key == "hr_tempo_slow"
    assert "tempo slow changes nothing" in without.rule
    assert line


def test_age_groups_have_ages_and_prior_hsct_has_two_levels():
    strata = "strata: {age: [adult, older], prior_hsct: [none, some]}"
    change(PATIENTS, r"strata: {tempo: \[slow, base, rapid\]}", strata)
    keys = {problem.key: problem.rule for problem in problems()}
    assert keys.keys() >= {
        "age_start_adult",
        "age_start_older",
        "share_age",
        "share_prior_hsct",
        "population",
    }
    assert "no and yes" in keys["population"]


def test_tempos_and_their_shares_have_the_same_names():
    change(PATIENTS, r"\[slow, base, rapid\]", "[slow, base, swift]")
    rules = {problem.key: problem.rule for problem in problems()}
    assert rules["share_tempo"] == "share_tempo must have the levels of the population: slow, base, swift"
    assert not any(name and name.startswith("share_tempo_") for name in rules)


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
    study = load_study()
    assert (study.settings.wtp.threshold, study.settings.discount_costs) == (80000, 0.04)
    change(BASE, "threshold: 80000", "threshold: 90000")
    assert load_study().settings.wtp.threshold == 90000
    change(BASE, "discount_costs: 0.04", "discount_costs: 0.05")
    assert read_study(posterior=False).study.settings.discount_costs == 0.05


@pytest.mark.parametrize(
    ("target", "named"),
    [("eliana_os_6m", "calibration.targets.0"), ("mt103_205_os", "calibration.targets.5")],
)
def test_a_target_on_a_strategy_that_is_not_compared_is_told_where_it_is_named(target, named):
    change(TARGETS, f"(^{target}:\n.*?)strategy: [a-z_]+$", r"\1strategy: car_t_then_blinatumomab")
    line = change(BASE, f"- {target}$", f"- {target}")
    (problem,) = problems()
    assert (problem.file, problem.line, problem.key, problem.value) == (f"params/{BASE}", line, named, target)
    assert problem.rule == "this target is on car_t_then_blinatumomab, which the study does not compare"


# What a posterior belongs to: file, pattern, replacement, and the word for it.
ANOTHER = [
    (TARGETS, "n: 76", "n: 77", "targets"),
    (MARKS, "value: 0.90, unit", "value: 0.89, unit", "targets"),
    (BASE, "    - eliana_rfs_18m\n", "", "targets"),
    (UTILITIES, "value: 0.86", "value: 0.85", "priors"),
    (UTILITIES, "beta, sd: 0.03", "beta, sd: 0.04", "priors"),
    (BASE, "discount_costs: 0.04", "discount_costs: 0.05", "structure"),
    (CELLS, "antigens: .CD19.", "antigens: [CD22]", "structure"),
    ("mortality/us_2014.csv", "^1,0.000394", "1,0.000395", "population"),
]


def refused_posterior(name: str | None = None) -> Problem:
    with pytest.raises(InputError) as caught:
        load_study(name)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(("file", "old", "new", "word"), ANOTHER, ids=[f"{a[0]}-{a[2]}" for a in ANOTHER])
def test_a_posterior_that_belongs_to_something_else_is_refused_with_the_command(file, old, new, word):
    change(file, old, new)
    problem = refused_posterior()
    assert problem.file == f"params/{POSTERIOR}"
    assert problem.rule == f"this posterior belongs to other {word} than the study now has"
    assert problem.hint == "make it: remit calibrate"


def test_everything_that_a_posterior_no_longer_belongs_to_is_named_at_once():
    change(TARGETS, "n: 76", "n: 77")
    change(BASE, "discount_costs: 0.04", "discount_costs: 0.05")
    assert "belongs to other targets, structure than" in refused_posterior().rule


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CELLS, "title: Enrolment to infusion", "title: From enrolment to infusion"),
        (UTILITIES, "^    note: [^\n]*", "    note: another note"),
        (TARGETS, "title: OS at 6 months", "title: Overall survival"),
        (TARGETS, "n: 43", "n: 44"),  # of a target that the base case does not fit
        (STRATEGIES, "\\[no_response, relapse\\]", "[relapse]"),  # that no target is on
        (BASE, "threshold: 80000", "threshold: 50000"),
        (BASE, "perspective: societal", "perspective: healthcare"),
        (BASE, "draws: 5000", "draws: 6000"),
    ],
)
def test_what_changes_no_posterior_asks_for_no_calibration(file, old, new):
    change(file, old, new)
    assert load_study().posterior.name == "base"


def test_a_study_whose_posterior_is_missing_says_how_to_make_it():
    Path("params", POSTERIOR).unlink()
    for name in (None, "half-price-car-t", "us-payer"):
        problem = refused_posterior(name)
        assert str(problem) == (
            f"params/{POSTERIOR}: there is no posterior of this calibration (make it: remit calibrate)"
        )
    assert read_study(posterior=False).study.posterior is None


@pytest.mark.parametrize("folder", [".", "params/scenarios"])
def test_a_scenario_with_a_calibration_of_its_own_asks_for_its_own_posterior(folder):
    text = "title: T\nbecause: B\ncalibration: {posterior: mine, targets: [eliana_os_6m]}\n"
    parent = "../base.yaml" if folder != "." else "params/base.yaml"
    Path(folder, "mine.yaml").write_text(f"extends: {parent}\n{text}")
    problem = refused_posterior("mine" if folder != "." else "./mine.yaml")
    assert problem.file == "params/posteriors/mine.csv"
    assert problem.rule == "there is no posterior of this calibration"
    assert problem.hint == f"make it: remit calibrate {'mine' if folder != '.' else 'mine.yaml'}"


def one_digit(text: str) -> str:
    """Return the text with the last digit of its last row another one."""
    digit = text[-2]
    return f"{text[:-2]}{'1' if digit != '1' else '2'}\n"


@pytest.mark.parametrize(
    "damage",
    [
        one_digit,
        lambda text: text[:-1],
        lambda text: text[: len(text) // 2],
        lambda text: "".join(text.splitlines(keepends=True)[:-1]),
        lambda text: "".join(line for line in text.splitlines(keepends=True) if line.startswith("#")),
        lambda text: text.replace("p_cr_blinatumomab", "p_cr_blinatumumab", 1),
        lambda text: text + text.splitlines(keepends=True)[-1],
        lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#")),
        lambda text: text[:0],
    ],
    ids=[
        "a digit",
        "last byte",
        "half",
        "last row",
        "head alone",
        "a name",
        "a row again",
        "no head",
        "empty",
    ],
)
def test_a_posterior_that_was_edited_or_cut_short_is_refused(damage):
    assert load_study().posterior.n_rows > 0
    path = Path("params", POSTERIOR)
    path.write_text(damage(path.read_text()))
    problem = refused_posterior()
    assert problem.file == f"params/{POSTERIOR}"
    assert problem.rule == "this posterior was edited or cut short"
    assert problem.hint == "make it: remit calibrate"


def test_a_posterior_that_is_no_text_is_refused():
    Path("params", POSTERIOR).write_bytes(b"\xff\xfe\x00")
    assert refused_posterior().hint == "make it: remit calibrate"
