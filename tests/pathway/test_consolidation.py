"""Lines given in remission: the bridge, and MRD-positive remissions."""

from dataclasses import replace

import numpy as np
import pytest
from chains import base, entering, happening, strata, stratum
from scipy.special import expit

from remit import evaluate
from remit.pathway.modulation import modulation
from remit.pathway.therapies import Line, Strategy

BRIDGE = Strategy(
    "Bridge", (Line("blinatumomab"), Line("tisagenlecleucel", ("bridge",), apheresis="at_start"))
)


def with_strategies(study, **strategies):
    return replace(study, strategies=strategies, comparator=next(iter(strategies)))


def into(pathway, start):
    return entering(pathway, lambda state: state.name.startswith(start))


def test_everybody_who_is_alive_and_antigen_positive_is_infused_if_the_product_is_made():
    """With no deaths while waiting and no failed product: responders, and non-responders with CD19."""
    sure = {
        "p_manufacturing_failure_tisagenlecleucel": 0.0,
        "rate_death_waiting": 0.0,
        "rate_death_treated_blinatumomab": 0.0,
        "rate_relapse_fragile_blinatumomab": 0.0,
        "rate_death_remission_excess": 0.0,
    }
    study = with_strategies(base(), x=BRIDGE).set(sure)
    one = stratum("base", study).values
    built = study.pathway("x", one)
    infused = happening(built, "infusion", "tisagenlecleucel")
    p_cr = one["p_cr_blinatumomab"]
    negative = 1 - (infused - p_cr) / (1 - p_cr)
    assert 0.005 < float(negative[0]) <= 0.07 + 1e-12


def test_the_bridge_works_with_p_r_in_remission_and_spares_exposure_after_nonresponse():
    study = with_strategies(base(), x=BRIDGE)
    for one in strata(study):
        v = one.values
        built = study.pathway("x", v)
        split = modulation("tisagenlecleucel", "blinatumomab", v)
        acting = 0.5 * 0.6
        treated = into(built, "line_2.after_no_response.treated_1")
        responded = into(built, "line_2.after_no_response.durable") + into(
            built, "line_2.after_no_response.fragile"
        )
        assert float((responded / treated)[0]) == pytest.approx(
            float(expit(split.nonresponder + acting * -2.07)[0]), abs=1e-10
        )
        works = into(built, "line_2.after_response.treated_1")
        infused = happening(built, "infusion", "tisagenlecleucel")
        other = sum(into(built, f"line_2.after_{x}.treated_1") for x in ("no_response", "relapse"))
        p = expit(split.responder + acting * v["log_or_cr_later_after_relapse_blinatumomab"])
        assert float((works / (infused - other))[0]) == pytest.approx(float(p[0]), abs=1e-10)


@pytest.mark.parametrize("wait", [43.0, 200.0])
def test_the_residual_wait_is_what_is_left_of_the_wait_after_six_weeks_and_a_week_at_least(wait):
    study = with_strategies(base(), x=BRIDGE).set({"time_wait_tisagenlecleucel": wait})
    built = study.pathway("x", stratum("base", study).values)
    lost = {"durable": float(stratum("base", study).values["rate_death_remission_excess"][0])}
    stay = sum(
        1 / (float(built.exit_rates(0)[place][0]) - lost["durable"])
        for place, state in enumerate(built.states[:-1])
        if state.name.startswith("line_1.durable_waiting_for_line_2_")
    )
    assert stay * 365.25 == pytest.approx(max(wait - 42, 7), rel=1e-9)


def test_a_bridge_to_a_product_that_is_never_made_is_the_bridge_alone():
    """Waiting takes no time, and those without a product fare as after non-response."""
    v = base().values(None)
    same = {
        "p_manufacturing_failure_tisagenlecleucel": 1.0,
        "time_wait_tisagenlecleucel": 42.0,
        "time_wait_least": 1e-9,
        "rate_death_not_treated": float(v["rate_death_after_nonresponse_blinatumomab"][0]) / 12,
        "p_rescue_not_treated": float(v["p_rescue_after_nonresponse_blinatumomab"][0]),
    }
    study = with_strategies(base(), alone=base().strategies["blinatumomab"], bridge=BRIDGE).set(same)
    outcomes = evaluate(study, solver="stepping")
    assert outcomes.qalys[0, 1] == pytest.approx(outcomes.qalys[0, 0], rel=2e-4)


def test_a_relapse_in_the_wait_goes_on_waiting_in_the_same_phase():
    study = with_strategies(base(), x=BRIDGE).set({"time_wait_tisagenlecleucel": 250.0})
    built = study.pathway("x", stratum("base", study).values)
    names = [state.name for state in built.states]
    for move in built.transitions:
        origin, to = names[move.origin], names[move.destination]
        if origin.startswith("line_1.fragile_waiting_for_line_2_") and "waiting_on" in to:
            assert to == f"line_2.after_relapse.waiting_on_{origin[-1]}"
    assert "line_2.after_relapse.waiting_on_3" in names


def test_in_mrd_positive_remission_only_the_mrd_positive_wait_for_the_next_line():
    lines = (Line("blinatumomab"), Line("tisagenlecleucel", ("mrd_positive",)))
    study = with_strategies(base(), x=Strategy("X", lines))
    built = study.pathway("x", stratum("base", study).values, start="remission")
    waiting = sum(
        share
        for state, share in zip(built.states, built.initial[:, 0], strict=True)
        if "waiting_for_line_2" in state.name
    )
    assert float(waiting) == pytest.approx(1 - 14 / 27, abs=1e-12)
    assert float(built.initial.sum()) == pytest.approx(1, abs=1e-12)
    half = with_strategies(study, x=Strategy("X", (lines[0], replace(lines[1], fit=0.5))))
    halved = half.pathway("x", stratum("base", half).values, start="remission")
    assert np.sum(halved.initial[["waiting_for" in s.name for s in halved.states]]) == pytest.approx(
        waiting / 2, abs=1e-12
    )


@pytest.mark.parametrize("tempo", ["slow", "base", "rapid"])
def test_both_solvers_follow_the_bridge_alike(tempo):
    study = with_strategies(base(), x=BRIDGE).with_settings(subgroup={"tempo": (tempo,)})
    exact, stepped = evaluate(study), evaluate(study, solver="stepping")
    assert exact.life_years[0, 0] == pytest.approx(stepped.life_years[0, 0], rel=1e-8)
    assert exact.costs[0, 0] == pytest.approx(stepped.costs[0, 0], rel=1e-8)


def expected_exit(state, values, residual):
    """Return the rate at which a phase ends plus what competes with it, by hand, or None for others."""
    if "fragile" in state.name or not state.name[-1].isdigit():
        return None
    phase, line, excess = int(state.name[-1]) - 1, state.line - 1, values["rate_death_remission_excess"]
    lost = values["rate_death_waiting"] * values["hr_uncontrolled"]
    later = "waiting_for" in state.name
    kinds = {
        "waiting": (f"wait_{state.therapy}", 5 * line, lost),
        "treated": (
            f"response_{state.therapy}",
            5 * line + 2,
            excess
            if state.health_state == "remission"
            else values[f"rate_death_treated_{state.therapy}"] * values["hr_uncontrolled"],
        ),
        "remission_hsct_planned": (f"to_hsct_{state.therapy}", 5 * line + 3, excess),
        "hsct_first_year": ("hsct_first_year", 5 * line + 4, 0 * excess),
        "remission": ("wait_tisagenlecleucel", 5, excess),
    }
    name, place, competing = kinds[state.condition]
    mean = residual if later or "waiting_on" in state.name or (line and residual) else values[f"time_{name}"]
    if state.condition not in ("waiting", "remission"):
        mean = values[f"time_{name}"]
    shift = 0.008 * (place % 7)
    parts = (0.15 - shift / 2, 0.30, 0.55 + shift / 2) if f"shape_{name}" in values else (1.0,)
    return 1 / (mean * parts[phase]) + competing


@pytest.mark.parametrize("strategy", ["blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t", "car_t"])
def test_what_leaves_a_phase_is_its_own_rate_and_what_competes_so_nobody_is_lost_at_a_branch(strategy):
    residual = 7 / 365.25 if "bridge" in strategy else None
    for one in strata():
        built = base().pathway(strategy, one.values)
        checked = 0
        for state, rate in zip(built.states[:-1], built.exit_rates(0), strict=False):
            wanted = expected_exit(state, one.values, residual)
            if wanted is not None:
                assert float(rate[0]) == pytest.approx(float(wanted[0]), rel=1e-10), state.name
                checked += 1
        assert checked >= 12
        assert float(built.initial.sum()) == pytest.approx(1, abs=1e-12)
