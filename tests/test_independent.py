"""The model against a second one, written from docs/method.md by somebody who had not read the first."""

from dataclasses import replace

import pytest

import independent
from agreement import CLOSE, assert_the_same, assert_the_same_stays, at_draw, write_scenario
from remit import evaluate, load_study
from remit.files.studies import read_study

SINGLE = ["blinatumomab", "car_t"]
STRATEGIES = [
    *SINGLE,
    "blinatumomab_then_car_t",
    "blinatumomab_bridge_to_car_t",
    "car_t_then_blinatumomab",
    "car_t_twice",
    "car_t_then_hsct",
]
SERIAL = "blinatumomab_then_car_t"
BRIDGE = "blinatumomab_bridge_to_car_t"
# What is set, and the strategy that is compared.
CASES = {
    "from_infusion": ({"settings.start": "infused"}, SERIAL),
    "a_second_manufacture_and_a_charge_for_products_not_given": (
        {
            "p_second_manufacture_tisagenlecleucel": 0.5,
            "settings.payment": {"tisagenlecleucel": {"not_given": 1, "discount": 0.1}},
        },
        BRIDGE,
    ),
    "both_therapies_paid_for_by_outcome": (
        {
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
        SERIAL,
    ),
    "sojourns_of_one_and_two_phases": (
        {
            "shape_wait_tisagenlecleucel": 0.8,
            "shape_to_hsct_blinatumomab": 0.72,
            "shape_response_tisagenlecleucel": 1.0,
            "shape_hsct_first_year": 0.9,
        },
        SERIAL,
    ),
    "everybody_in_remission_planned_for_hsct_and_utilities_kept_at_the_norm": (
        {
            "utility_decrement_survivor": -0.05,
            "utility_remission_early": 0.97,
            "p_hsct_remission_blinatumomab": 0.99,
            "p_hsct_remission_tisagenlecleucel": 0.99,
            "share_durable_after_second_hsct": 0.02,
        },
        SERIAL,
    ),
    "hsct_after_loss_of_aplasia_or_never": (
        {"settings.hsct": {"tisagenlecleucel": "after_aplasia_loss", "blinatumomab": "none"}},
        SERIAL,
    ),
    "more_remissions_than_patients_left_and_less_severe_toxicity": (
        {
            "rr_severe_toxicity_tisagenlecleucel": 0.5,
            "p_cr_tisagenlecleucel": 0.97,
            "rate_death_treated_tisagenlecleucel": 0.3,
            "p_death_treatment_tisagenlecleucel": 0.2,
        },
        BRIDGE,
    ),
    "mrd_positive_remissions_of_both_therapies": (
        {"share_mrd_negative_tisagenlecleucel": 0.6, "share_causal_modulation_blinatumomab": 1},
        SERIAL,
    ),
    "selection_alone_and_more_of_it_than_status_can_tell": (
        {"share_causal_modulation_blinatumomab": 1, "share_selection_modulation_blinatumomab": 1},
        BRIDGE,
    ),
    "an_association_the_other_way_round": (
        {
            "log_or_cr_later_after_nonresponse_blinatumomab": 0.5,
            "hr_relapse_later_after_nonresponse_blinatumomab": 0.8,
        },
        SERIAL,
    ),
    "rapid_disease_alone_and_a_long_wait_for_cells_collected_at_the_start": (
        {"settings.subgroup": {"tempo": ["rapid"]}, "time_wait_tisagenlecleucel": 150},
        BRIDGE,
    ),
}
SCENARIOS = [
    ("adult", BRIDGE),
    ("all-comparators", "clofarabine_combination"),
    ("dual-antigen-car", "blinatumomab_then_dual_antigen_car"),
    ("off-the-shelf", "off_the_shelf_car"),
]


def both(folder, changes):
    """Return the engine's study, and the files of the other model, without what was fitted."""
    study = read_study(str(write_scenario(folder, changes)), posterior=False).study
    return study, independent.Files(changes=changes)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return both(tmp_path_factory.mktemp("all"), {"strategies.compare": STRATEGIES})


@pytest.fixture(scope="module")
def at_means(pair):
    return evaluate(pair[0], counts=True)


@pytest.fixture(scope="module")
def others(pair):
    study, files = pair
    return {strategy: independent.run(files, study.means, strategy) for strategy in STRATEGIES}


@pytest.fixture(scope="module")
def drawn(pair):
    draws = pair[0].draws(n_draws=3, seed=1)
    return draws, evaluate(pair[0], draws)


def assert_the_same_means(means, own):
    assert set(means) == set(own)
    for name, mean in means.items():
        assert mean == pytest.approx(own[name], rel=1e-13), name


def test_the_means_of_all_parameters_are_those_of_the_files(pair):
    assert_the_same_means(pair[0].means, pair[1].means())


def test_the_means_of_what_was_fitted_are_those_of_the_posterior_rows(pair):
    assert_the_same_means(load_study().means, pair[1].means(posterior="base"))


def test_there_is_no_category_of_costs_that_the_other_model_does_not_know(at_means):
    assert set(at_means.categories) == set(independent.CATEGORIES)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_is_the_same_at_the_means(at_means, others, strategy):
    assert_the_same(at_means, 0, strategy, others[strategy])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_is_the_same_in_random_draws(pair, drawn, strategy):
    (study, files), (draws, outcomes) = pair, drawn
    for draw in range(3):
        other = independent.run(files, at_draw(study.means, draws, draw), strategy)
        assert_the_same(outcomes, draw, strategy, other)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_patients_stay_as_long_in_every_state_and_none_is_lost_at_a_branch(pair, strategy):
    study, files = pair
    strata, graphs = study.strata(study.values(None)), independent.graphs(files, study.means, strategy)
    for stratum, (graph, _) in zip(strata, graphs, strict=True):
        assert_the_same_stays(study.pathway(strategy, stratum.values), graph)


def test_as_many_patients_have_each_event(at_means, others):
    found = {}
    for event, counts in at_means.events.items():
        found[event.kind] = found.get(event.kind, 0.0) + counts[0]
    for position, strategy in enumerate(at_means.strategies):
        expected = {k.removeprefix("n:"): count for k, count in others[strategy].items() if k[:2] == "n:"}
        assert set(expected) >= {"infusion", "hsct", "hsct_later", "salvage", "leukaemia_death"}
        for kind, count in expected.items():
            assert found[kind][position] == pytest.approx(count, rel=CLOSE), kind


@pytest.mark.parametrize("name", CASES)
def test_corners_of_the_method_are_the_same(name, tmp_path):
    changes, strategy = CASES[name]
    changes = changes | {"strategies.compare": ["blinatumomab", strategy], "settings.horizon": "40 years"}
    study, files = both(tmp_path, changes)
    assert_the_same(evaluate(study), 0, strategy, independent.run(files, study.means, strategy))


@pytest.mark.parametrize(("scenario", "strategy"), SCENARIOS)
def test_scenarios_of_the_project_are_the_same(scenario, strategy):
    study = read_study(scenario, posterior=False).study
    own = replace(study, strategies={strategy: study.strategies[strategy]}, comparator=strategy)
    other = independent.run(independent.Files(scenario=scenario), study.means, strategy)
    assert_the_same(evaluate(own), 0, strategy, other)


def test_the_healthcare_perspective_leaves_out_what_falls_outside_of_care(at_means, others, tmp_path):
    changes = {"settings.perspective": "healthcare", "strategies.compare": SINGLE}
    outcomes = evaluate(both(tmp_path, changes)[0])
    societal = ("future_non_medical", "productivity", "informal_care", "travel")
    for position, strategy in enumerate(SINGLE):
        kept = others[strategy]["costs"] - sum(others[strategy][category] for category in societal)
        assert outcomes.costs[0, position] == pytest.approx(kept, rel=CLOSE)
    assert outcomes.qalys == pytest.approx(at_means.qalys[:, :2], rel=1e-12)
