"""What scenarios, `--with` and `--set` may do, and how their mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

from pathlib import Path

import pytest

from remit.errors import InputError
from remit.files.studies import read_study
from remit.inputs.distributions import Fixed, Gamma

PRICE = "cost_drug_tisagenlecleucel"

pytestmark = pytest.mark.usefixtures("project")


def scenario(
    text: str, name: str = "mine", head: str = "extends: ../base.yaml\ntitle: T\nbecause: B\n"
) -> str:
    Path("params/scenarios", f"{name}.yaml").write_text(head + text, encoding="utf-8")
    return name


def read(name: str | None = None, **options):
    return read_study(name, posterior=False, **options)


def refusals(name: str | None = None, **options) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(name, **options)
    return [str(problem) for problem in caught.value.problems]


def refusal(name: str | None = None, **options) -> str:
    (line,) = refusals(name, **options)
    return line


def test_a_bare_number_is_fixed_and_comes_from_the_scenario():
    loaded = read(scenario(f"set: {{{PRICE}: 160000}}"))
    parameter = loaded.study.parameters[PRICE]
    assert (parameter.value, parameter.uncertainty) == (160000, Fixed("B"))
    assert (parameter.source, parameter.where) == ("assumption", None)
    assert parameter.note == "set by params/scenarios/mine.yaml: B"
    assert loaded.origins[PRICE] == "params/scenarios/mine.yaml:4"


def test_the_value_alone_keeps_the_distribution():
    parameter = read(scenario(f"set: {{{PRICE}: {{value: 160000}}}}")).study.parameters[PRICE]
    assert parameter.value == 160000
    assert isinstance(parameter.uncertainty, Gamma | Fixed)
    dotted = read(scenario(f"set: {{{PRICE}.value: 160000}}")).study.parameters[PRICE]
    assert dotted == parameter


def test_uncertainty_is_replaced_whole():
    spread = "{type: uniform, low: 100000, high: 300000}"
    loaded = read(scenario(f"set: {{{PRICE}: {{value: 200000, uncertainty: {spread}}}}}"))
    assert loaded.study.parameters[PRICE].uncertainty.type == "uniform"


def test_a_bare_number_for_a_profile_multiplies_it():
    before = read().study.parameters["utility_norm"].value
    loaded = read(scenario("set: {utility_norm: 0.5}"))
    assert loaded.study.parameters["utility_norm"].value == {at: 0.5 * value for at, value in before.items()}


def test_a_single_point_of_a_profile_can_be_set():
    assert (
        read(scenario("set: {utility_norm.value.12: 0.8}")).study.parameters["utility_norm"].value[12] == 0.8
    )


def test_lists_replace_and_settings_merge():
    name = scenario(
        "set:\n  strategies.compare: [car_t, blinatumomab]\n  settings: {wtp: {threshold: 50000}}"
    )
    study = read(name).study
    assert list(study.strategies) == ["car_t", "blinatumomab"]
    assert (study.settings.wtp.threshold, study.settings.wtp.to) == (50000, 200000)


def test_a_scenario_of_a_scenario_sets_last():
    scenario(f"set: {{{PRICE}: 1}}", "parent")
    scenario(f"set: {{{PRICE}: 2}}", "child", head="extends: parent.yaml\ntitle: T\nbecause: B\n")
    assert read("child").study.parameters[PRICE].value == 2


def test_reading_a_scenario_leaves_the_base_case_as_it_was():
    before = read().study
    read(scenario(f"set: {{{PRICE}: 160000, settings.horizon: 5 years}}"))
    after = read().study
    assert (after.parameters, after.settings) == (before.parameters, before.settings)


def test_an_empty_set_changes_nothing():
    assert read(scenario("set: {}")).study.parameters == read().study.parameters
    assert "set takes keys with values" in refusal(scenario("set:"))
    assert read(scenario(f"set: {{{PRICE}: {{}}}}")).study.parameters == read().study.parameters


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("set: {cost_drug_tisagenlecleusel: 1}", "mine.yaml:4: cost_drug_tisagenlecleusel: there is nothing of this name"),
        ("set: {cost_drug_tisagenlecleusel: 1}", "did you mean 'cost_drug_tisagenlecleucel'?"),
        ("set: {settings.horison: 5 years}", "did you mean 'settings.horizon'?"),
        (f"set: {{{PRICE}: abc}}", f"mine.yaml:4: {PRICE}.value = 'abc': must be a number"),
        (f"set: {{{PRICE}: [1]}}", "must be a number"),
        (f"set: {{{PRICE}: true}}", "must be a number"),
        (f"set: {{{PRICE}: {{valeu: 1}}}}", "no such key here (did you mean 'value'?)"),
        (f"set: {{{PRICE}: {{uncertainty: {{sd: 3}}}}}}", "unknown type of distribution"),
        ("set: {utility_norm: abc}", "utility_norm.value"),
        ("set: {utility_norm: [1, 2]}", "utility_norm.value"),
        ("set: {settings: 5}", "settings = 5: must be keys with values"),
        ("set: {share_tempo: {slow: 0.3}}", "shares must sum to 1, these sum to 0.3"),
        ("set: {strategies.compare: car_t}", "must be a list"),
        ("set: {strategies.compare: []}", "two or more different strategies"),
        ("calibration: {posterior: mine, targets: [eliana_os_6mo]}", "mine.yaml:4: calibration.targets.0 = 'eliana_os_6mo': no such target (did you mean 'eliana_os_6m'?)"),
        ("calibration: {targets: []}", "mine.yaml:4: calibration.targets = []: a calibration needs targets"),
        ("calibration: {posterior: My own}", "mine.yaml:4: calibration.posterior = 'My own': the name of a posterior"),
        ("calibration: {posteriour: mine}", "no such key here (did you mean 'posterior'?)"),
        ("calibration: 5", "mine.yaml:4: calibration = 5: must be keys with values"),
        ("sett: {}", "no such key (did you mean 'set'?)"),
        ("settings: {}", "no such key"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_scenario_is_told_with_its_place(text, words):
    assert any(words in line for line in refusals(scenario(text)))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("extends: mine.yaml\ntitle: T\nbecause: B\n", "mine.yaml:1: extends = 'mine.yaml': scenarios extend each other in a circle"),
        ("extends: ../bas.yaml\ntitle: T\nbecause: B\n", "there is no such file (did you mean 'base.yaml'?)"),
        ("extends: [a, b]\ntitle: T\nbecause: B\n", "a scenario extends one file"),
        ("extends:\ntitle: T\nbecause: B\n", "a scenario extends one file"),
        ("title: T\nbecause: B\n", "a scenario extends one file"),
        ("extends: ../base.yaml\nbecause: B\n", "a scenario needs a title"),
        ("extends: ../base.yaml\ntitle: T\n", "says why it is of interest"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_a_scenario_extends_is_told(head, words):
    assert words in refusal(scenario("set: {}\n", head=head))


def test_a_circle_names_its_files():
    for name, parent in (("a", "b"), ("b", "c"), ("c", "a")):
        scenario("", name, head=f"extends: {parent}.yaml\ntitle: T\nbecause: B\n")
    assert "a.yaml -> b.yaml -> c.yaml -> a.yaml" in refusal("a")


@pytest.mark.parametrize(
    ("name", "others"),
    [("parent", []), ("child", []), ("half-price-car-t", ["parent"]), ("half-price-car-t", ["child"])],
)
def test_the_posterior_is_that_of_the_nearest_scenario_that_calibrates(name, others):
    scenario("calibration: {posterior: theirs}", "parent")
    scenario("set: {cost_travel: 2}", "child", head="extends: parent.yaml\ntitle: T\nbecause: B\n")
    with pytest.raises(InputError) as caught:
        read_study(name, others=others)
    assert [str(problem) for problem in caught.value.problems] == [
        "params/posteriors/theirs.csv: there is no posterior of this calibration (make it: remit calibrate parent)"
    ]
    loaded = read_study(name, others=others, posterior=False)
    assert loaded.calibration.posterior == "theirs"
    assert loaded.calibration.targets == read().calibration.targets


def test_only_what_calibrates_itself_says_so():
    scenario("calibration: {posterior: theirs}", "parent")
    scenario("set: {cost_travel: 2}", "child", head="extends: parent.yaml\ntitle: T\nbecause: B\n")
    found = {name: read(name).calibrates for name in (None, "parent", "child", "half-price-car-t")}
    assert found == {None: True, "parent": True, "child": False, "half-price-car-t": False}
    assert not read(settings=["cost_travel=2"]).calibrates


def test_other_strategies_can_be_compared_than_those_that_the_posterior_was_fitted_on():
    text = "set: {strategies: {compare: [car_t, car_t_then_blinatumomab], comparator: car_t}}\n"
    assert list(read(scenario(text)).study.strategies) == ["car_t", "car_t_then_blinatumomab"]
    lines = refusals(
        scenario(f"{text}calibration: {{posterior: mine, targets: [eliana_os_6m, rialto_os]}}\n")
    )
    assert lines == [
        "params/scenarios/mine.yaml:5: calibration.targets.1 = 'rialto_os': "
        "this target is on blinatumomab, which the study does not compare"
    ]


def test_a_long_chain_is_refused():
    scenario("", "s0")
    for n in range(1, 13):
        scenario("", f"s{n}", head=f"extends: s{n - 1}.yaml\ntitle: T\nbecause: B\n")
    assert read("s8").name == "s8"
    assert "more than 10 files" in refusal("s12")


def test_two_scenarios_cannot_set_the_same_key():
    scenario(f"set: {{{PRICE}: 1, settings.horizon: 5 years}}", "a")
    scenario(f"set: {{{PRICE}.value: 2}}", "b")
    scenario("set: {settings: {horizon: 6 years, start: infused}}", "c")
    assert "also set by params/scenarios/a.yaml:4" in refusal("a", others=["b"])
    assert "settings.horizon: also set by" in refusal("a", others=["c"])
    assert read("b", others=["c"]).name == "b-c"


def test_a_whole_study_cannot_be_applied_on_top():
    assert "whole study" in refusal("half-price-car-t", others=["base"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cost_drug_tisagenlecleusel=1", "--set: cost_drug_tisagenlecleusel: there is nothing of this name to set (did you mean"),
        ("x", "--set = 'x': write NAME=VALUE"),
        ("x=", "write NAME=VALUE"),
        ("=5", "write NAME=VALUE"),
        ("x=1\ny: 2", "write NAME=VALUE"),
        (f"{PRICE}=abc", f"--set: {PRICE}.value = 'abc': must be a number"),
        (f"{PRICE}=-5", "cannot be negative"),
        (f"{PRICE}=.nan", "infinite or missing"),
        (f"{PRICE}=[1, 2", "bracket"),
        ("settings.horizon=88", "--set: settings.horizon = 88: a time needs its unit"),
        ("settings.start=infuse", "did you mean 'infused'?"),
        ("settings.cycle=[{length: 1 day, until: 5 months}", "bracket"),
        ("strategies.comparator=car", "the comparator must be one of those compared"),
        ("population=adults", "no such file"),
        ("psa.draws=1.5", "must be a whole number"),
    ],
)  # fmt: skip
def test_a_mistake_on_the_command_line_is_told(text, words):
    assert any(words in line for line in refusals(settings=[text]))


def test_the_command_line_sets_numbers_settings_and_strategies():
    texts = [f"{PRICE}=1.6e5", "settings.horizon=20 years", "strategies.compare=[blinatumomab, car_t]"]
    loaded = read(settings=texts)
    assert loaded.study.parameters[PRICE].value == 160000
    assert loaded.origins[PRICE] == "--set"
    assert loaded.study.settings.horizon == 20
    assert list(loaded.study.strategies) == ["blinatumomab", "car_t"]


def test_the_same_key_twice_on_the_command_line_is_refused():
    assert "also set by --set" in refusal(settings=[f"{PRICE}=1", f"{PRICE}=2"])


@pytest.mark.parametrize("name", ["nobody", "..", "", "a b", "half-price-cart"])
def test_an_unknown_scenario_is_told_with_the_nearest_or_all(name):
    assert "base" in refusal(name) or "half-price-car-t" in refusal(name)


@pytest.mark.parametrize("name", ["../nobody.yaml", "params", "params/", "a\0b/c", "/nowhere/x.yaml"])
def test_a_path_that_is_no_scenario_is_told(name):
    assert refusal(name)


def test_files_elsewhere_are_recorded_without_their_folders(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mine.yaml"
    elsewhere.write_text(f"extends: {project}/params/base.yaml\ntitle: T\nbecause: B\nset: {{{PRICE}: 1}}")
    loaded = read(str(elsewhere))
    assert loaded.origins[PRICE] == "elsewhere/mine.yaml:4"
    assert str(elsewhere.parent) not in str(loaded.resolved)
