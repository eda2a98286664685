"""HSCT in remission: who is planned for it, who reaches it, and what it makes of them."""

from dataclasses import replace

import numpy as np
import pytest
from chains import REMISSION, base, entering, of_line, strata, stratum

from remit.pathway.remission import Class, remission_classes
from remit.pathway.therapies import Line, Strategy
from remit.pathway.transplant import plan_transplant
from remit.survival.cure import Cure

REPORTED = {"blinatumomab": ("blinatumomab", 6.5 / 13.5), "car_t": ("tisagenlecleucel", 8 / 65)}


def hsct_of_responders(study, strategy, values):
    built = study.pathway(strategy, values, start="remission")
    return entering(built, of_line(1, "hsct_first_year"))


@pytest.mark.parametrize("strategy", REPORTED)
@pytest.mark.parametrize("tempo", ["slow", "base", "rapid"])
def test_the_cumulative_incidence_of_hsct_is_the_share_reported(strategy, tempo):
    got = hsct_of_responders(base(), strategy, stratum(tempo).values)
    assert got == pytest.approx([REPORTED[strategy][1]], abs=1e-12)


@pytest.mark.parametrize("strategy", REPORTED)
def test_it_is_also_the_share_reported_of_those_who_respond_from_the_decision_on(strategy):
    reached, responded = 0.0, 0.0
    for one in strata():
        built = base().pathway(strategy, one.values)
        reached += one.share * entering(built, of_line(1, "hsct_first_year"))
        responded += one.share * entering(built, of_line(1, *REMISSION))
    assert reached / responded == pytest.approx([REPORTED[strategy][1]], abs=1e-12)


def test_in_every_draw_it_is_the_share_drawn_or_all_are_planned():
    draws = base().draws(n_draws=200, seed=1)
    one = base().strata(base().values(draws))[1]
    built = base().pathway("blinatumomab", one.values, start="remission")
    said = dict(built.diagnostics)
    got = entering(built, of_line(1, "hsct_first_year"))
    capped, wanted = said["line_1.hsct planned share capped"], draws["p_hsct_remission_blinatumomab"]
    assert 0 < capped.sum() < 100
    np.testing.assert_allclose(got[~capped], wanted[~capped], atol=1e-12)
    assert np.all(got[capped] < wanted[capped])
    np.testing.assert_allclose(got, said["line_1.hsct share reached"], atol=1e-12)
    staying = [s.name in ("line_1.durable", "line_1.fragile", "line_1.fragile_mrd") for s in built.states]
    assert np.abs(built.initial[staying].sum(axis=0)[capped]).max() == 0


def test_where_more_is_asked_for_than_can_be_reached_all_are_planned_and_it_is_said():
    study = base().set({"p_hsct_remission_blinatumomab": 0.99})
    built = study.pathway("blinatumomab", stratum("base", study).values, start="remission")
    said = dict(built.diagnostics)
    assert said["line_1.hsct planned share capped"].tolist() == [True]
    reached = float(said["line_1.hsct share reached"][0])
    assert 0.5 < reached < 0.9
    assert entering(built, of_line(1, "hsct_first_year")) == pytest.approx([reached], abs=1e-12)
    planned = sum(
        share
        for state, share in zip(built.states, built.initial[:, 0], strict=True)
        if state.condition == "remission_hsct_planned"
    )
    assert planned == pytest.approx(1, abs=1e-12)


def test_without_hsct_there_are_no_states_of_it():
    study = base().set({"p_hsct_remission_blinatumomab": 0.0})
    built = study.pathway("blinatumomab", stratum("base", study).values)
    assert not any(
        state.health_state == "hsct" or state.condition == "remission_hsct_planned" for state in built.states
    )


def test_planning_does_not_change_who_relapses_before_the_transplant():
    """Those planned wait in competition with the same relapse and death as the others."""
    one = stratum("base").values
    built = base().pathway("blinatumomab", one, start="remission")
    leaving = {}
    for move, hazard in zip(built.transitions, built.hazards[0], strict=True):
        state = built.states[move.origin]
        if state.condition in REMISSION and state.line == 1:
            to = built.states[move.destination]
            if to.line != 1 or to.name == "dead":
                leaving.setdefault(state.name, {})[to.name] = hazard[0]
    for kind in ("durable", "fragile", "fragile_mrd"):
        for phase in (1, 2, 3):
            assert leaving[f"line_1.{kind}_planned_{phase}"] == pytest.approx(
                leaving[f"line_1.{kind}"], rel=1e-12
            )


def test_the_first_year_has_the_mortality_of_first_and_second_transplants():
    """Read off the durable, who do not relapse: the share who die of it before the later years."""
    built = base().pathway("blinatumomab", stratum("base").values, start="remission")
    first = built.states.index(next(s for s in built.states if s.name == "line_1.hsct_durable_1"))
    alive = np.zeros_like(built.initial)
    alive[first] = 1.0
    later = entering(
        type(built)(built.states, built.transitions, alive, built.epochs, built.hazards),
        lambda state: state.name == "line_1.hsct_durable_later",
    )
    prior, p_first, p_second = 46 / 75, 5 / 50, 5 / 23
    assert 1 - later == pytest.approx([(1 - prior) * p_first + prior * p_second], abs=1e-12)
    duration = sum(
        1 / built.exit_rates(0)[built.states.index(s)]
        for s in built.states
        if s.name.startswith("line_1.hsct_durable_") and s.condition == "hsct_first_year"
    )
    assert duration == pytest.approx([1.0], rel=1e-12)


def test_of_those_transplanted_after_the_reference_therapy_the_reported_share_is_durable():
    """Durable on arrival and rescued together, mixed over first and second transplants."""
    reference = base().values(None)
    common = base().strata(reference)[1].values
    curve = Cure(common["share_durable_blinatumomab"], common["rate_relapse_fragile_blinatumomab"])
    classes = remission_classes("blinatumomab", curve, common)
    plan = plan_transplant("blinatumomab", classes, common, place=0)
    arrive = []
    for one in classes:
        through = np.ones(1)
        for rate in plan.wait:
            through = through * rate / (rate + one.rate + common["rate_death_remission_excess"])
        arrive.append(one.share * through)
    durable = arrive[0] / sum(arrive)
    prior = 46 / 75
    reported = (1 - prior) * 8 / 13 + prior * 4 / 10
    assert durable + (1 - durable) * plan.rescue == pytest.approx([reported], abs=1e-12)


def test_a_rescue_beyond_what_is_possible_is_none_or_all():
    low = base().set({"share_durable_after_first_hsct": 0.0, "share_durable_after_second_hsct": 0.0})
    names = ("share_rescue_first_hsct", "share_rescue_second_hsct")
    assert [stratum("base", low).values[name].tolist() for name in names] == [[0.0], [0.0]]
    high = base().set({"share_durable_after_first_hsct": 1.0, "share_durable_after_second_hsct": 1.0})
    for name in names:
        assert stratum("base", high).values[name] == pytest.approx([1.0], abs=1e-12)


@pytest.mark.parametrize("negative", [0.0, 0.2, 14 / 27, 0.9])
@pytest.mark.parametrize("ratio", [1.0, 2.5, 4.0])
def test_classes_by_mrd_keep_the_trial_s_durable_share_and_mean_time_to_relapse(negative, ratio):
    v = stratum("base").values.with_values(
        {
            "share_mrd_negative_blinatumomab": np.array([negative]),
            "hr_relapse_mrd_positive": np.array([ratio]),
        }
    )
    curve = Cure(np.array([0.3]), np.array([2.0]))
    durable, clear, residual = remission_classes("blinatumomab", curve, v)
    assert durable.share + clear.share + residual.share == pytest.approx([1.0], abs=1e-12)
    assert durable.share == pytest.approx([0.3], abs=1e-12)
    assert clear.share / clear.rate + residual.share / residual.rate == pytest.approx([0.7 / 2.0], rel=1e-9)
    if negative > 0 and ratio > 1:
        fragile = [clear.share / negative, residual.share / (1 - negative)]
        assert (1 - fragile[1]) == pytest.approx((1 - fragile[0]) ** ratio, rel=1e-9)


def test_where_all_are_mrd_negative_there_is_one_fragile_class():
    v = stratum("base").values
    classes = remission_classes("tisagenlecleucel", Cure(np.array([0.6]), np.array([1.5])), v)
    assert [(one.name, float(one.share[0]), float(one.rate[0]), one.durable) for one in classes] == [
        ("durable", 0.6, 0.0, True),
        ("fragile", 0.4, 1.5, False),
    ]
    assert isinstance(classes[0], Class)


def with_policy(policy, strategy="car_t"):
    """Return the remission of a strategy's first line under a policy for its therapy, and the values."""
    study = base().with_settings(hsct={base().strategies[strategy].lines[0].therapy: policy})
    v = stratum("base", study).values
    return study.pathway(strategy, v, start="remission"), v


def planned_of(built, kind):
    begun = {s.name: float(x) for s, x in zip(built.states, built.initial[:, 0], strict=True)}
    planned = sum(x for name, x in begun.items() if name.startswith(f"line_1.{kind}_planned"))
    return planned / sum(x for name, x in begun.items() if name.startswith(f"line_1.{kind}"))


def test_where_all_are_to_have_hsct_everyone_is_planned_and_the_same_competing_risks_act():
    built, v = with_policy("all")
    assert [planned_of(built, kind) for kind in ("durable", "fragile")] == pytest.approx([1.0, 1.0])
    d, relapse = (float(v[f"{x}_tisagenlecleucel"][0]) for x in ("share_durable", "rate_relapse_fragile"))
    excess, mean = float(v["rate_death_remission_excess"][0]), float(v["time_to_hsct_tisagenlecleucel"][0])
    parts = (0.15 - 0.012, 0.30, 0.55 + 0.012)  # place 3

    def outlive(hazard):
        return np.prod([1 / (1 + hazard * mean * part) for part in parts])

    wanted = d * outlive(excess) + (1 - d) * outlive(excess + relapse)
    assert entering(built, of_line(1, "hsct_first_year")) == pytest.approx([wanted], rel=1e-9)


def test_without_hsct_by_policy_nobody_has_one_whatever_was_reported():
    built, _ = with_policy("none", "blinatumomab")
    assert not any(state.health_state == "hsct" for state in built.states)


def test_after_loss_of_b_cell_aplasia_more_of_those_who_will_relapse_are_planned():
    built, _ = with_policy("after_aplasia_loss")
    assert planned_of(built, "durable") == pytest.approx(1 / 20, abs=1e-12)
    assert planned_of(built, "fragile") == pytest.approx(1 / 2, abs=1e-12)


def test_a_line_s_own_policy_goes_before_that_of_the_settings():
    lines = (Line("tisagenlecleucel", hsct="all"),)
    study = replace(base(), strategies={"x": Strategy("X", lines)}, comparator="x")
    study = study.with_settings(hsct={"tisagenlecleucel": "none"})
    built = study.pathway("x", stratum("base", study).values, start="remission")
    assert planned_of(built, "durable") == pytest.approx(1.0)
