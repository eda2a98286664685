"""The model against a second one, written from docs/method.md by somebody who had not read the first."""

import pytest
import yaml

import independent
from remit import evaluate, load_study

CLOSE = 1e-9
CASES = {
    "from_infusion": {"settings.start": "infused"},
    "a_second_manufacture_and_a_charge_for_products_not_given": {
        "p_second_manufacture_tisagenlecleucel": 0.5,
        "settings.payment": {"tisagenlecleucel": {"not_given": 1, "discount": 0.1}},
    },
    "both_therapies_paid_for_by_outcome": {
        "settings.payment": {
            "tisagenlecleucel": {
                "discount": 0.2,
                "due": [
                    {"month": 0, "share": 0.1},
                    {"month": 3, "share": 0.4, "only_if": "in_remission"},
                    {"month": 36, "share": 0.5, "only_if": "in_remission"},
                ],
            },
            "blinatumomab": {
                "due": [
                    {"month": 2, "share": 0.7, "only_if": "in_remission"},
                    {"month": 12, "share": 0.3, "only_if": "alive"},
                ]
            },
        }
    },
    "sojourns_of_one_and_two_phases": {
        "shape_wait_tisagenlecleucel": 0.8,
        "shape_to_hsct_blinatumomab": 0.72,
        "shape_response_tisagenlecleucel": 1.0,
        "shape_hsct_first_year": 0.9,
    },
    "everybody_in_remission_planned_for_hsct": {
        "p_hsct_remission_blinatumomab": 0.99,
        "p_hsct_remission_tisagenlecleucel": 0.99,
        "share_durable_after_second_hsct": 0.02,
    },
    "more_remissions_than_patients_left": {
        "p_cr_tisagenlecleucel": 0.97,
        "rate_death_treated_tisagenlecleucel": 0.3,
        "p_death_treatment_tisagenlecleucel": 0.1,
    },
    "utilities_kept_at_the_norm": {"utility_decrement_survivor": -0.05, "utility_remission_early": 0.97},
    "mrd_positive_remissions_of_both_therapies": {
        "share_mrd_negative_tisagenlecleucel": 0.6,
        "share_causal_modulation_blinatumomab": 1,
    },
    "lines_in_the_other_order": {
        "strategies.compare": ["car_t", "car_t_then_blinatumomab"],
        "strategies.comparator": "car_t",
    },
}


def both_from_means(study):
    """Return the engine's outcomes, and the mean of every parameter for the other model."""
    return evaluate(study), study.means


def differences(outcomes, draw, position, other):
    """Return the relative difference of every outcome of one strategy in one draw."""
    pairs = {
        "life_years": (outcomes.life_years[draw, position], other["life_years"]),
        "qalys": (outcomes.qalys[draw, position], other["qalys"]),
        "costs": (outcomes.costs[draw, position], other["costs"]),
    }
    for index, state in enumerate(outcomes.health_states[:3]):
        for what in ("life_years", "qalys"):
            found = getattr(outcomes, f"{what}_by_state")[draw, position, index]
            pairs[f"{what} {state}"] = (found, other[f"{what} {state}"])
    for index, category in enumerate(outcomes.categories):
        pairs[category] = (outcomes.costs_by_category[draw, position, index], other[category])
    return {name: float(abs(a - b) / max(abs(b), 1e-9)) for name, (a, b) in pairs.items()}


def assert_the_same(outcomes, draw, position, other):
    found = differences(outcomes, draw, position, other)
    assert {name: size for name, size in found.items() if not size < CLOSE} == {}


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def base_case(study):
    return both_from_means(study)


@pytest.fixture(scope="module")
def others(base_case):
    outcomes, means = base_case
    return {strategy: independent.run(means, strategy) for strategy in outcomes.strategies}


@pytest.fixture(scope="module")
def own_means():
    return independent.means()


def test_the_means_of_all_parameters_are_those_of_the_files(base_case, own_means):
    _, means = base_case
    assert set(means) == set(own_means)
    for name, mean in means.items():
        assert mean == pytest.approx(own_means[name], rel=1e-13), name


def test_there_is_no_category_of_costs_that_the_other_model_does_not_know(base_case):
    assert set(base_case[0].categories) == set(independent.CATEGORIES)


@pytest.mark.parametrize("strategy", ["blinatumomab", "car_t", "blinatumomab_then_car_t"])
def test_the_base_case_is_the_same_from_the_files_alone(base_case, own_means, strategy):
    outcomes, _ = base_case
    other = independent.run(own_means, strategy)
    assert_the_same(outcomes, 0, outcomes.strategies.index(strategy), other)


@pytest.mark.parametrize("strategy", ["blinatumomab", "car_t", "blinatumomab_then_car_t"])
def test_the_base_case_is_the_same_at_the_same_means(base_case, others, strategy):
    outcomes, _ = base_case
    assert_the_same(outcomes, 0, outcomes.strategies.index(strategy), others[strategy])


def test_as_many_patients_have_each_event(study, others):
    outcomes = evaluate(study, counts=True)
    found = {}
    for event, counts in outcomes.events.items():
        found[event.kind] = found.get(event.kind, 0.0) + counts[0]
    for position, strategy in enumerate(outcomes.strategies):
        expected = {k.removeprefix("n:"): count for k, count in others[strategy].items() if k[:2] == "n:"}
        assert set(expected) >= {"infusion", "hsct", "hsct_later", "salvage", "leukaemia_death"}
        for kind, count in expected.items():
            assert found[kind][position] == pytest.approx(count, rel=CLOSE), kind


def test_random_draws_are_the_same(study, base_case):
    draws = study.draws(n_draws=20, seed=1)
    outcomes = evaluate(study, draws)
    for draw in (8, 19):
        values = {**base_case[1], **{name: float(column[draw]) for name, column in draws.items()}}
        for position, strategy in enumerate(outcomes.strategies):
            assert_the_same(outcomes, draw, position, independent.run(values, strategy))


@pytest.mark.parametrize("name", CASES)
def test_corners_of_the_method_are_the_same(name, tmp_path):
    scenario = {
        "extends": str(independent.PARAMS / "base.yaml"),
        "title": name,
        "because": "a corner of the method that the base case does not reach",
        "set": CASES[name],
    }
    path = tmp_path / "corner.yaml"
    path.write_text(yaml.safe_dump(scenario), encoding="utf-8")
    outcomes, means = both_from_means(load_study(path))
    # The last strategy has both therapies in it.
    other = independent.run(
        means,
        outcomes.strategies[-1],
        infused=name == "from_infusion",
        payment=CASES[name].get("settings.payment"),
    )
    assert_the_same(outcomes, 0, len(outcomes.strategies) - 1, other)


def test_the_healthcare_perspective_leaves_out_what_falls_outside_of_care(base_case, others):
    outcomes = evaluate(load_study("healthcare-payer"))
    societal = ("future_non_medical", "productivity", "informal_care", "travel")
    for position, strategy in enumerate(outcomes.strategies):
        kept = others[strategy]["costs"] - sum(others[strategy][category] for category in societal)
        assert outcomes.costs[0, position] == pytest.approx(kept, rel=CLOSE)
    assert outcomes.qalys == pytest.approx(base_case[0].qalys, rel=1e-12)
