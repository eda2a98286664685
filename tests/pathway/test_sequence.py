"""What the lines behind a patient do to the next one, read off the built pathway."""

from dataclasses import replace

import numpy as np
import pytest
from chains import REMISSION, base, entering, flows, of_line, strata, stratum
from scipy.special import expit, logit

from remit import evaluate
from remit.pathway.modulation import Causes, modulated_response, modulation
from remit.pathway.therapies import Line, Strategy, Therapy

EARLIER, LATER = "blinatumomab", "tisagenlecleucel"
SERIAL = Strategy("Serial", (Line(EARLIER), Line(LATER, ("no_response", "relapse"))))


def with_lines(study, *lines, **therapies):
    therapies = {**study.therapies, **therapies}
    return replace(study, therapies=therapies, strategies={"x": Strategy("X", lines)}, comparator="x")


def reaching(pathway, name):
    """Return how many of one patient come to states whose name begins so, from others."""
    return entering(pathway, lambda state: state.name.startswith(name))


def remission_of_line_2(study, after, tempo="base"):
    """Return remission of those infused as a second line after a failure, and the durable share of it."""
    values = stratum(tempo, study).values
    built = study.pathway("x", values)
    treated = reaching(built, f"line_2.after_{after}.treated_1")
    conditions = REMISSION if after != "response" else ("remission", *REMISSION)
    inside = of_line(2, *conditions)
    responded = entering(built, lambda s: inside(s) and s.name.startswith(f"line_2.after_{after}."))
    return responded / treated


@pytest.mark.parametrize("c", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("tempo", ["slow", "rapid"])
def test_remission_after_nonresponse_in_the_pathway_is_that_of_the_split(c, tempo):
    study = with_lines(base(), *SERIAL.lines).set({"share_causal_modulation_blinatumomab": c})
    v = stratum(tempo, study).values
    split, all_of_it = modulation(LATER, EARLIER, v), Causes(np.ones(1), np.ones(1))
    expected = modulated_response(split, EARLIER, "no_response", all_of_it, v).p_cr
    assert remission_of_line_2(study, "no_response", tempo) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("after", ["no_response", "relapse"])
def test_without_an_association_a_later_car_is_as_if_given_first(after):
    nothing = {f"log_or_cr_later_after_{x}_{EARLIER}": 0.0 for x in ("nonresponse", "relapse")}
    nothing |= {f"hr_relapse_later_after_{x}_{EARLIER}": 1.0 for x in ("nonresponse", "relapse")}
    study = with_lines(base(), *SERIAL.lines).set(nothing)
    for one in strata(study):
        assert remission_of_line_2(study, after, one.name) == pytest.approx(
            one.values[f"p_cr_{LATER}"], abs=1e-12
        )


def test_cells_collected_at_the_start_are_spared_exposure_and_not_selection():
    early = replace(SERIAL.lines[1], apheresis="at_start")
    study = with_lines(base(), SERIAL.lines[0], early)
    v = stratum("base", study).values
    c, k, b = 0.5, 0.6, -2.07
    p = expit(modulation(LATER, EARLIER, v).nonresponder + c * k * b)
    assert remission_of_line_2(study, "no_response") == pytest.approx(p, abs=1e-12)


def test_cells_against_another_antigen_are_spared_selection_and_not_exposure():
    other = Therapy("CAR against CD22", "cells", ("CD22",), like=LATER)
    lines = (SERIAL.lines[0], Line("car_cd22", ("no_response", "relapse")))
    study = with_lines(base(), *lines, car_cd22=other)
    v = stratum("base", study).values
    p = expit(modulation("car_cd22", EARLIER, v).nonresponder + 0.5 * 0.4 * -2.07)
    assert remission_of_line_2(study, "no_response") == pytest.approx(p, abs=1e-12)
    # Nobody has lost CD22, so all who are fit are infused.
    built = study.pathway("x", v)
    fit = reaching(built, "line_2.after_no_response.waiting_1")
    failed = reaching(built, "line_1.treated_1") - entering(built, of_line(1, *REMISSION))
    assert "line_2.after_no_response_negative.waiting_1" not in {s.name for s in built.states}
    assert float(fit[0]) < float(failed[0])


def test_cells_of_a_donor_are_spared_exposure_whenever_they_are_made():
    donor = Therapy("CAR of a donor", "donor_cells", ("CD19",), like=LATER)
    lines = (SERIAL.lines[0], Line("car_donor", ("no_response", "relapse")))
    study = with_lines(base(), *lines, car_donor=donor)
    v = stratum("base", study).values
    p = expit(modulation("car_donor", EARLIER, v).nonresponder + 0.5 * 0.6 * -2.07)
    assert remission_of_line_2(study, "no_response") == pytest.approx(p, abs=1e-12)
    built = study.pathway("x", v)
    events = {event.kind for move in built.transitions for event in move.events}
    assert not events & {"apheresis", "bridging"}


def test_exposure_fades_with_the_time_between_the_last_dose_and_apheresis():
    numbers = {
        "time_half_life_exposure_blinatumomab": 2.0,
        "log_or_cr_later_after_relapse_blinatumomab": -1.0,
        "share_selection_modulation_blinatumomab": 0.0,
        "share_causal_modulation_blinatumomab": 1.0,
    }
    study = with_lines(base(), *SERIAL.lines).set(numbers)
    v = stratum("base", study).values
    in_remission = 1 / (
        float(v["rate_relapse_fragile_blinatumomab"][0]) + float(v["rate_death_remission_excess"][0])
    )
    left = 0.5 ** (in_remission / (2 / 12))
    assert left == pytest.approx(0.5 ** (12 * in_remission / 2))
    p = expit(modulation(LATER, EARLIER, v).responder - left)
    assert remission_of_line_2(study, "relapse") == pytest.approx(p, abs=1e-12)


def test_those_who_lost_the_antigen_go_to_the_next_line_with_another_one_and_never_back():
    other = Therapy("CAR against CD22", "cells", ("CD22",), like=LATER)
    lines = (
        Line(EARLIER),
        Line(LATER, ("relapse",), fit=1.0),
        Line("car_cd22", ("relapse",), fit=1.0),
        Line(EARLIER, ("relapse",), fit=1.0),
    )
    study = with_lines(base(), *lines, car_cd22=other)
    built = study.pathway("x", stratum("base", study).values)
    names = {state.name for state in built.states}
    relapsed = sum(
        moved
        for move, moved in zip(built.transitions, flows(built), strict=True)
        if built.states[move.origin].line == 1
        and built.states[move.destination].name.startswith(("line_2.after_relapse.", "line_3.after_relapse_"))
    )
    to_cd19 = reaching(built, "line_2.after_relapse.waiting_1")
    to_cd22 = reaching(built, "line_3.after_relapse_negative.after_skipped.waiting_1")
    assert to_cd22 / (to_cd19 + to_cd22) == pytest.approx([0.225], abs=1e-12)
    assert relapsed == pytest.approx(to_cd19 + to_cd22, abs=1e-12)
    # The fourth line aims at CD19: given only to those who have never lost it.
    back = [name for name in names if name.startswith("line_4.") and "negative" in name]
    assert back == []
    assert any(name.startswith("line_4.after_relapse.after_relapse.after_relapse.") for name in names)


def test_blinatumomab_after_a_car_meets_dimmer_disease():
    lines = (Line(LATER), Line(EARLIER, ("relapse",)))
    study = with_lines(base(), *lines)
    v = stratum("base", study).values
    got = float(remission_of_line_2(study, "relapse")[0])
    assert got < float(v[f"p_cr_{EARLIER}"][0])
    ratio = float(v["or_cr_dim_cd19"][0])
    naive, now = 0.06 / 0.995, 0.07 / 0.65
    ends = [expit(logit(float(v[f"p_cr_{EARLIER}"][0])) + np.log(ratio) * x) for x in (1.0, 0.0)]
    assert ends[0] < got < ends[1]
    assert now > naive


def test_a_second_infusion_works_as_seldom_as_reported():
    twice = (Line(LATER), Line(LATER, ("no_response", "relapse")))
    study = with_lines(base(), *twice)
    assert remission_of_line_2(study, "relapse") == pytest.approx([0.5], abs=0.01)  # 5 of 10
    assert float(remission_of_line_2(study, "no_response")[0]) == pytest.approx(0.5 / 9, abs=0.01)  # 0 of 8


def test_a_therapy_that_is_like_another_does_the_same_draw_by_draw_at_the_same_cost():
    twin = replace(base().therapies[LATER], like=LATER)
    strategies = {name: Strategy(name, (Line(name),)) for name in (LATER, "twin")}
    study = replace(
        base(), therapies={**base().therapies, "twin": twin}, strategies=strategies, comparator=LATER
    )
    outcomes = evaluate(study, study.draws(n_draws=20, seed=3))
    for name in ("life_years", "qalys", "costs"):
        both = getattr(outcomes, name)
        assert both[:, 0].tobytes() == both[:, 1].tobytes()


def test_who_is_not_given_a_therapy_goes_on_with_the_next_line():
    study = with_lines(base(), *SERIAL.lines)
    v = stratum("base", study).values.with_values({"share_suitable_blinatumomab": np.array([0.0])})
    built = study.pathway("x", v)
    begun = {s.name: x for s, x in zip(built.states, built.initial[:, 0], strict=True) if x > 0}
    assert begun == {"line_2.after_skipped.waiting_1": 1.0}
    alone = with_lines(base(), Line(LATER)).pathway("x", v)
    again = reaching(built, "line_2.after_skipped.treated_1")
    assert again == pytest.approx(reaching(alone, "line_1.treated_1"), rel=1e-4)
    only = with_lines(base(), Line(EARLIER)).pathway("x", v)
    left = {s.name: x for s, x in zip(only.states, only.initial[:, 0], strict=True) if x > 0}
    assert left.keys() == {"rescued", "salvage_not_treated"}
