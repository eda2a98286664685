"""Lines of therapy strung together: every exit of the base case, and strategies that must agree."""

from dataclasses import replace

import numpy as np
import pytest
from chains import REMISSION, base, entering, happening, of_line, strata, stratum

from remit import evaluate
from remit.errors import InputError
from remit.pathway.population import Population
from remit.pathway.therapies import Line, Strategy

MONTHS, DAYS = 12.0, 365.25
TOTALS = ("life_years", "qalys", "costs")


def exits(study, strategy, values, state, *, start="enrolled"):
    """Return the hazard of each destination of a state, added up over events."""
    built = study.pathway(strategy, values, start=start)
    found = {}
    for move, hazard in zip(built.transitions, built.hazards[0], strict=True):
        if built.states[move.origin].name == state:
            to = built.states[move.destination].name
            found[to] = found.get(to, 0.0) + float(hazard[0])
    return found


def logs(median, sdlog):
    return median * np.exp(sdlog**2 / 2)


WAITING, TREATED = 12 * logs(0.072, 0.3), 12 * logs(0.072, 0.3)
RESCUE_NOT_TREATED, RESCUE_RELAPSE = 1.2 / 29.2, 1.2 / 29.2
PHASES = {place: (0.15 - 0.004 * place, 0.30, 0.55 + 0.004 * place) for place in range(5)}


@pytest.mark.parametrize(
    ("tempo", "ratio"), [("slow", logs(0.35, 0.3)), ("base", 1.0), ("rapid", logs(3.5, 0.3))]
)
def test_the_queue_for_blinatumomab_is_left_as_the_method_says(tempo, ratio):
    got = exits(base(), "blinatumomab", stratum(tempo).values, "line_1.waiting_1")
    lost = WAITING * ratio
    assert got == pytest.approx(
        {
            "dead": 0.7 * lost,
            "rescued": 0.3 * lost * RESCUE_NOT_TREATED,
            "salvage_not_treated": 0.3 * lost * (1 - RESCUE_NOT_TREATED),
            "line_1.treated_1": DAYS / logs(5, 0.4),
        },
        rel=1e-12,
    )


@pytest.mark.parametrize(
    ("tempo", "ratio"), [("slow", logs(0.35, 0.3)), ("base", 1.0), ("rapid", logs(3.5, 0.3))]
)
def test_assessment_leads_to_remission_treatment_death_or_failure(tempo, ratio):
    v = stratum(tempo).values
    phases = [MONTHS / logs(1.3, 0.15) / part for part in PHASES[2]]
    lost = TREATED * ratio
    reached = np.prod([rate / (rate + lost) for rate in phases])
    p_cr = float(v["p_cr_blinatumomab"][0]) / reached
    for phase in (0, 1):
        got = exits(base(), "blinatumomab", v, f"line_1.treated_{phase + 1}")
        assert got == pytest.approx({f"line_1.treated_{phase + 2}": phases[phase], "dead": lost}, rel=1e-12)
    got = exits(base(), "blinatumomab", v, "line_1.treated_3")
    remission = sum(rate for name, rate in got.items() if name.startswith("line_1."))
    assert remission == pytest.approx(phases[2] * p_cr, rel=1e-12)
    assert got["dead"] == pytest.approx(lost, rel=1e-12)
    assert got["rescued"] == pytest.approx(phases[2] * (1 - p_cr) * 1.2 / 29.2, rel=1e-12)
    assert got["salvage_after_nonresponse_blinatumomab"] == pytest.approx(
        phases[2] * (1 - p_cr) * 28 / 29.2, rel=1e-12
    )


@pytest.mark.parametrize("strategy", ["blinatumomab", "car_t"])
def test_treatment_death_is_that_reported_of_all_treated(strategy):
    therapy = base().strategies[strategy].lines[0].therapy
    for one in strata():
        built = base().pathway(strategy, one.values)
        died = happening(built, "treatment_death", therapy) / happening(built, "infusion", therapy)
        assert died == pytest.approx(one.values[f"p_death_treatment_{therapy}"], abs=1e-12)


def test_remission_ends_by_relapse_and_by_excess_death_in_the_first_two_years_only():
    v = stratum("base").values
    excess = 12 * logs(0.003, 0.5)
    built = base().pathway("car_t", v)
    assert built.epochs == (0.0, 2.0)
    names = [state.name for state in built.states]
    rate = float(v["rate_relapse_fragile_tisagenlecleucel"][0])
    for name, relapse in (("line_1.fragile", rate), ("line_1.durable", 0.0), ("rescued", 0.0)):
        place = names.index(name)
        assert built.exit_rates(0)[place] == pytest.approx([relapse + excess], rel=1e-12)
        assert built.exit_rates(1)[place] == pytest.approx([relapse], rel=1e-12)
    on, off = (names.index(f"line_1.durable{x}") for x in ("_immunoglobulin", ""))
    leaving = built.exit_rates(1)[on] - built.exit_rates(1)[off]
    assert leaving == pytest.approx([MONTHS / logs(24, 0.4)], rel=1e-12)


def test_after_failure_leukaemia_kills_at_the_rate_of_the_last_therapy_and_tempo():
    v = stratum("rapid").values
    ratio = logs(3.5, 0.3)
    expected = {
        ("blinatumomab", "salvage_after_nonresponse_blinatumomab"): 12 * logs(0.13, 0.3) * ratio,
        ("blinatumomab", "salvage_after_relapse_blinatumomab"): 12 * logs(0.13, 0.3),
        ("blinatumomab", "salvage_not_treated"): 12 * logs(0.13, 0.3) * ratio,
        ("car_t", "salvage_after_nonresponse_tisagenlecleucel"): 12 * logs(0.22, 0.4) * ratio,
        ("car_t", "salvage_after_relapse_tisagenlecleucel"): 12 * logs(0.075, 0.3),
    }
    for (strategy, state), rate in expected.items():
        assert exits(base(), strategy, v, state) == pytest.approx({"dead": rate}, rel=1e-12)


def test_relapse_after_blinatumomab_leads_to_car_t_where_fit_and_antigen_positive():
    v = stratum("base").values
    fit = float(v["p_fit_after_relapse"][0]) * (1 - 0.225)
    got = exits(base(), "blinatumomab_then_car_t", v, "line_1.fragile")
    relapse = sum(got.values()) - got["dead"]
    assert got["line_2.after_relapse.waiting_1"] == pytest.approx(relapse * fit, rel=1e-12)
    assert got["rescued"] == pytest.approx(relapse * (1 - fit) * RESCUE_RELAPSE, rel=1e-12)


SOJOURNS = [  # condition, mean in years, place in the line, what competes with its end
    ("waiting", logs(43, 0.1) / DAYS, 0, ("rate_death_waiting", "hr_uncontrolled")),
    ("treated", 1.0 * np.exp(0.005) / 12, 2, ("rate_death_treated_tisagenlecleucel", "hr_uncontrolled")),
    ("remission_hsct_planned", logs(4, 0.2) / 12, 3, ("rate_death_remission_excess",)),
    ("hsct_first_year", 1.0, 4, ()),
]


@pytest.mark.parametrize(
    ("condition", "mean", "place", "competing"), SOJOURNS, ids=[one[0] for one in SOJOURNS]
)
def test_no_patient_is_lost_at_a_branch(condition, mean, place, competing):
    """What leaves a phase is the phase's own rate, shared out among branches, and what competes with it."""
    for one in strata():
        built = base().pathway("car_t", one.values)
        lost = float(np.prod([one.values[name][0] for name in competing])) if competing else 0.0
        leaving = [
            float(rate[0]) - lost
            for state, rate in zip(built.states, built.exit_rates(0), strict=True)
            if state.condition == condition and "fragile" not in state.name
        ]
        assert leaving == pytest.approx([1 / (mean * part) for part in PHASES[place]], rel=1e-12)


# Strategies that must agree.


def with_strategies(study, **strategies):
    comparator = next(iter(strategies))
    return replace(study, strategies=strategies, comparator=comparator)


def line(therapy, *after):
    return Line(therapy, after or ("no_response", "relapse", "not_infused"))


BLINATUMOMAB, CAR_T = line("blinatumomab"), line("tisagenlecleucel")


def test_a_second_line_that_nobody_is_fit_for_is_the_single_therapy():
    study = with_strategies(
        base(),
        blinatumomab=base().strategies["blinatumomab"],
        blinatumomab_then_car_t=Strategy("Serial", (BLINATUMOMAB, replace(CAR_T, fit=0.0))),
        bridge=Strategy("Bridge", (BLINATUMOMAB, Line("tisagenlecleucel", ("bridge",), fit=0.0))),
    )
    outcomes = evaluate(study)
    single, serial = (outcomes.strategies.index(x) for x in ("blinatumomab", "blinatumomab_then_car_t"))
    for name in TOTALS:
        values = getattr(outcomes, name)[0]
        assert values[serial] == pytest.approx(values[single], rel=1e-8)
        assert values[2] == pytest.approx(values[single], rel=1e-8)


FAILING_AT_ONCE = {
    "time_wait_blinatumomab": 1e-9,
    "time_response_blinatumomab": 1e-9,
    "p_cr_blinatumomab": 0.0,
    "p_fit_after_nonresponse": 1.0,
    "log_or_cr_later_after_nonresponse_blinatumomab": 0.0,
    "hr_relapse_later_after_nonresponse_blinatumomab": 1.0,
    "share_causal_modulation_blinatumomab": 0.0,
    "share_antigen_naive_cd19": {"positive": 0.94, "dim": 0.06, "negative": 0.0},
    "p_severe_crs_blinatumomab": 0.0,
    "p_severe_icans_blinatumomab": 0.0,
}
ONE_PHASE = {name: 1.0 for name in base().parameters if name.startswith("shape_")}


@pytest.mark.parametrize(("shapes", "within"), [(ONE_PHASE, 1e-8), ({}, 5e-4)])
def test_blinatumomab_that_fails_at_once_at_no_cost_or_harm_is_car_t_alone(shapes, within):
    """What has to be set, beside no time, response, cost and modulation: all are fit, and none has lost CD19.

    The phases of a second line are spread a little differently from those of a first, which shows in the
    fourth digit; with sojourns of one phase each the two are the same. Costs are not discounted, since
    the apheresis of a first line falls at time 0 and that of a second line in the middle of a step.
    """
    free = {n: 0.0 for n in base().parameters if n.startswith("cost_") and n.endswith("_blinatumomab")}
    study = base().set({**FAILING_AT_ONCE, **free, **shapes}).with_settings(discount_costs=0.0)
    outcomes = evaluate(study)
    alone, serial = (outcomes.strategies.index(x) for x in ("car_t", "blinatumomab_then_car_t"))
    for name in TOTALS:
        values = getattr(outcomes, name)[0]
        assert values[serial] == pytest.approx(values[alone], rel=within)


def test_two_identical_strategies_have_increments_of_exactly_0():
    twins = {name: Strategy(name, (BLINATUMOMAB, CAR_T)) for name in ("one", "two")}
    outcomes = evaluate(with_strategies(base(), **twins))
    for name in TOTALS:
        values = getattr(outcomes, name)
        assert (values[:, 1] - values[:, 0]).tolist() == [0.0]


def test_the_order_and_the_names_of_strategies_change_no_bit():
    study = base()
    usual = evaluate(study)
    names = list(study.strategies)[::-1]
    turned = evaluate(
        replace(study, strategies={f"x_{n}": study.strategies[n] for n in names}, comparator="x_car_t")
    )
    assert turned.strategies == tuple(f"x_{n}" for n in names)
    for name in (*TOTALS, "costs_by_category", "qalys_by_state"):
        assert (
            getattr(turned, name)[:, ::-1].tobytes() == np.ascontiguousarray(getattr(usual, name)).tobytes()
        )


def test_hazard_ratios_of_1_change_nothing_exactly():
    """Under HR = 1 after relapse and after non-response, whatever share of it is causal."""
    neutral = {
        f"{kind}_later_after_{reason}_blinatumomab": number
        for kind, number in (("hr_relapse", 1.0), ("log_or_cr", 0.0))
        for reason in ("nonresponse", "relapse")
    }
    antigen = {
        "share_antigen_after_nonresponse_blinatumomab": {"positive": 0.935, "dim": 0.06, "negative": 0.005}
    }
    studies = [
        base().set({**neutral, **antigen, "share_causal_modulation_blinatumomab": c}) for c in (0.0, 1.0)
    ]
    one, two = (evaluate(study) for study in studies)
    for name in TOTALS:
        assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-13)
        assert getattr(one, name)[:, :2].tobytes() == getattr(two, name)[:, :2].tobytes()


def test_a_second_manufacture_gives_some_of_the_failed_their_cells_later():
    study = base().set({"p_second_manufacture_tisagenlecleucel": 0.5})
    for one, plain in zip(strata(study), strata(), strict=True):
        built, before = study.pathway("car_t", one.values), base().pathway("car_t", plain.values)
        first = happening(before, "infusion")
        lost = 12 * logs(0.072, 0.3) * float(one.values["hr_uncontrolled"][0])
        wait = logs(43, 0.1) / DAYS
        again = np.prod([1 / (1 + lost * wait * part) for part in PHASES[1]])
        failure = 7 / 92
        expected = first * (1 + failure * 0.5 * again)
        assert happening(built, "infusion") == pytest.approx(expected, rel=1e-12)
        treated, responded = (entering(built, of_line(1, *x)) for x in (("treated",), REMISSION))
        assert responded / treated == pytest.approx([61 / 75], abs=1e-12)


def test_the_same_therapy_in_two_lines_and_three_lines_can_be_followed():
    strategies = {
        "car_t": Strategy("CAR T", (CAR_T,)),
        "car_t_twice": Strategy("CAR T twice", (CAR_T, line("tisagenlecleucel", "relapse"))),
        "three": Strategy("Three lines", (BLINATUMOMAB, CAR_T, BLINATUMOMAB)),
    }
    study = replace(with_strategies(base(), **strategies), population=Population("All", "us_2014"))
    exact, stepped = evaluate(study), evaluate(study, solver="stepping")
    for name in TOTALS:
        np.testing.assert_allclose(getattr(exact, name), getattr(stepped, name), rtol=1e-8)
    assert np.all(exact.life_years[0, 1:] > exact.life_years[0, 0] * np.array([1.0, 0.1]))
    three = study.pathway("three", strata(study)[0].values)
    assert {state.line for state in three.states if state.therapy} == {1, 2, 3}
    assert (
        happening(three, "infusion", "blinatumomab")[0] > happening(three, "infusion", "tisagenlecleucel")[0]
    )


def test_a_line_that_is_skipped_is_a_failure_to_infuse_for_the_next():
    """Of three lines the second is given after relapse only: non-responders go on to the third."""
    lines = (BLINATUMOMAB, line("tisagenlecleucel", "relapse"), line("blinatumomab", "no_response"))
    study = with_strategies(base(), skipping=Strategy("Skipping", lines))
    got = exits(study, "skipping", stratum("base", study).values, "line_1.treated_3")
    assert "line_3.after_no_response.after_skipped.waiting_1" in got
    assert not any(name.startswith("line_2") for name in got)


def test_from_infusion_everyone_begins_under_treatment_and_the_first_queue_is_gone():
    built = base().pathway("blinatumomab_then_car_t", stratum("base").values, start="infused")
    begun = {s.name: x for s, x in zip(built.states, built.initial[:, 0], strict=True) if x > 0}
    assert begun == {"line_1.treated_1": 1.0}
    assert [(event.kind, event.therapy, share.tolist()) for event, share in built.starting_events] == [
        ("infusion", "blinatumomab", [1.0])
    ]
    waiting = {state.line for state in built.states if state.condition == "waiting"}
    assert waiting == {2}


def test_from_remission_everyone_begins_in_remission_by_class_and_plan():
    v = stratum("base").values
    built = base().pathway("car_t", v, start="remission")
    begun = {s.condition: 0.0 for s in built.states}
    for state, share in zip(built.states, built.initial[:, 0], strict=True):
        begun[state.condition] += share
    assert sum(begun[condition] for condition in REMISSION) == pytest.approx(1, abs=1e-12)
    durable = sum(
        share
        for state, share in zip(built.states, built.initial[:, 0], strict=True)
        if state.name.startswith("line_1.durable")
    )
    assert durable == pytest.approx(float(v["share_durable_tisagenlecleucel"][0]), abs=1e-12)
    on = begun["remission_immunoglobulin"] / (begun["remission"] + begun["remission_immunoglobulin"])
    assert on == pytest.approx(0.65, abs=1e-12)


def test_the_graph_is_the_same_for_a_draw_alone_and_among_others():
    """Also where in this draw all are planned for HSCT, or early death leaves room for remission only."""
    draws = {"p_hsct_remission_blinatumomab": np.array([0.4, 0.99])}
    both = base().strata(base().values(draws))[1].values
    one = base().strata(base().values({k: v[1:] for k, v in draws.items()}))[1].values
    together, alone = (base().pathway("blinatumomab_then_car_t", v) for v in (both, one))
    assert alone.states == together.states
    assert alone.transitions == together.transitions


def test_an_unknown_therapy_and_a_line_that_nobody_can_reach_are_refused():
    v = stratum("base").values
    wrong = with_strategies(base(), x=Strategy("X", (line("blinatumumab"),)))
    with pytest.raises(
        InputError, match=r"line 1 names an unknown therapy \(did you mean 'blinatumomab'\?\)"
    ):
        wrong.pathway("x", v)
    behind = with_strategies(
        base(), x=Strategy("X", (BLINATUMOMAB, CAR_T, line("blinatumomab", "mrd_positive")))
    )
    with pytest.raises(InputError, match=r"line 3 \(blinatumomab\) can never be reached"):
        behind.pathway("x", v)
    with pytest.raises(ValueError, match="the first line cannot follow a remission"):
        Strategy("X", (line("blinatumomab", "bridge"),))
    with pytest.raises(ValueError, match="fit is a share from 0 to 1"):
        Line("blinatumomab", fit=1.2)
    with pytest.raises(ValueError, match="at least one line"):
        Strategy("X", ())


def test_a_sojourn_without_length_is_the_user_s_mistake():
    study = base().set({"time_wait_blinatumomab": 0.0})
    with pytest.raises(InputError, match="time_wait_blinatumomab: a sojourn takes longer than no time"):
        study.pathway("blinatumomab", stratum("base", study).values)


def test_a_spread_that_differs_between_draws_is_refused():
    values = stratum("base").values.with_values({"shape_response_blinatumomab": np.array([0.5, 1.0])})
    with pytest.raises(InputError, match="shape_response_blinatumomab: must be the same in every draw"):
        base().pathway("blinatumomab", values)
