"""Patients who differ in more than tempo: joint shares, odds ratios, toxicity, age, subgroups."""

from dataclasses import replace

import numpy as np
import pytest
from chains import base, happening

from remit import evaluate
from remit.inputs.distributions import Fixed
from remit.inputs.parameters import Parameter
from remit.pathway.population import Population

CAR = "tisagenlecleucel"
TEMPO = ("slow", "base", "rapid")


def fixed(value, unit):
    return Parameter("made up", value, unit, Fixed("made up"), "assumption", of="other", note="made up")


def with_features(strata, joint=(), **parameters):
    """Return the base case in a population with features, and parameters (unit by name) for them."""
    units = {"or_": "odds ratio", "hr_": "hazard ratio", "sha": "share", "age": "years", "rr_": "ratio"}
    made = {name: fixed(value, units[name[:3]]) for name, value in parameters.items()}
    population = Population("Made up", "us_2014", strata, joint)
    return replace(base(), population=population, parameters={**base().parameters, **made})


BURDEN = {
    "share_burden": {"low": 0.5, "high": 0.5},
    "or_cr_burden_high_blinatumomab": 0.4,
    "or_severe_crs_burden_low_tisagenlecleucel": 0.1,
}


def strata_of(study):
    return study.strata(study.values(None))


def test_shares_of_independent_features_multiply_and_joint_ones_are_taken_as_given():
    study = with_features({"tempo": TEMPO, "burden": ("low", "high")}, **BURDEN)
    found = {(s.levels["tempo"], s.levels["burden"]): float(s.share[0]) for s in strata_of(study)}
    assert found["rapid", "high"] == pytest.approx(0.2 * 0.5, abs=1e-12)
    given = {"slow_low": 0.3, "slow_high": 0.0, "base_low": 0.2, "base_high": 0.3, "rapid_low": 0.0}
    study = with_features(
        {"tempo": TEMPO, "burden": ("low", "high")},
        (("tempo", "burden"),),
        **BURDEN,
        share_tempo_burden={**given, "rapid_high": 0.2},
    )
    found = {"_".join(s.levels.values()): float(s.share[0]) for s in strata_of(study)}
    assert found == pytest.approx({**given, "rapid_high": 0.2}, abs=1e-12)
    assert [s.name for s in strata_of(study)][:2] == ["slow, low", "slow, high"]


def test_odds_ratios_of_features_multiply_and_the_mixture_keeps_what_the_trial_reports():
    study = with_features({"tempo": TEMPO, "burden": ("low", "high")}, **BURDEN)
    found = {tuple(s.levels.values()): s for s in strata_of(study)}

    def odds(one):
        p = float(one.values["p_cr_blinatumomab"][0])
        return p / (1 - p)

    rapid = float(study.values(None)["or_cr_tempo_rapid_blinatumomab"][0])
    assert odds(found["rapid", "high"]) / odds(found["base", "low"]) == pytest.approx(rapid * 0.4, rel=1e-9)
    treated = responded = 0.0
    for one in found.values():
        infused = float(one.share[0]) * float(
            happening(study.pathway("blinatumomab", one.values), "infusion")[0]
        )
        treated += infused
        responded += infused * float(one.values["p_cr_blinatumomab"][0])
    assert responded / treated == pytest.approx(27 / 70, abs=1e-12)


def test_severe_toxicity_by_burden_moves_its_deaths_and_costs_and_keeps_the_mean():
    study = with_features({"burden": ("low", "high")}, **BURDEN)
    low, high = strata_of(study)
    p = [float(one.values[f"p_severe_crs_{CAR}"][0]) for one in (low, high)]
    assert sum(p) / 2 == pytest.approx(0.30, abs=1e-9)  # both are infused alike
    assert (p[0] / (1 - p[0])) / (p[1] / (1 - p[1])) == pytest.approx(0.1, rel=1e-9)
    for one, crs in zip((low, high), p, strict=True):
        ratio = (crs + 0.10) / 0.40
        assert one.values[f"p_death_treatment_{CAR}"] == pytest.approx([2 / 137 * ratio], rel=1e-9)
        assert one.values[f"rr_cost_adverse_events_{CAR}"] == pytest.approx([0.2 + 0.8 * ratio], rel=1e-9)
    counted = evaluate(study).costs_by_category[0, 1]
    plain = evaluate(with_features({})).costs_by_category[0, 1]
    place = evaluate(study).categories.index("adverse_events")
    assert counted[place] == pytest.approx(plain[place], rel=1e-4)


def test_mitigation_lowers_severe_toxicity_its_deaths_and_costs_and_not_efficacy():
    study = base().set({f"rr_severe_toxicity_{CAR}": 0.5})
    for one, plain in zip(strata_of(study), strata_of(base()), strict=True):
        for name in (f"p_severe_crs_{CAR}", f"p_severe_icans_{CAR}", f"p_death_treatment_{CAR}"):
            assert one.values[name] == pytest.approx(0.5 * plain.values[name], rel=1e-12)
        assert one.values[f"rr_cost_adverse_events_{CAR}"] == pytest.approx([0.2 + 0.8 * 0.5])
        assert one.values[f"p_cr_{CAR}"].tobytes() == plain.values[f"p_cr_{CAR}"].tobytes()
    mitigated, usual = evaluate(study), evaluate(base())
    assert mitigated.qalys[0, 1] > usual.qalys[0, 1]
    assert mitigated.costs_by_category[0, 1, 4] == pytest.approx(
        0.6 * usual.costs_by_category[0, 1, 4], rel=1e-9
    )


def test_a_stopped_infusion_costs_less_where_severe_toxicity_is_more_than_reported():
    study = with_features({"burden": ("low", "high")}, **BURDEN, or_severe_icans_burden_low_blinatumomab=0.25)
    low, high = strata_of(study)
    extra = float(high.values["p_severe_icans_blinatumomab"][0]) - 0.04
    assert extra > 0
    # 0.33 of the mean course where stopped
    assert high.values["rr_cost_drug_blinatumomab"] == pytest.approx([1 - extra * 0.67], rel=1e-6)
    assert float(low.values["rr_cost_drug_blinatumomab"][0]) > 1


def test_a_subgroup_is_the_part_of_the_population_that_it_names():
    study = with_features({"tempo": TEMPO, "burden": ("low", "high")}, **BURDEN)
    whole = evaluate(study)
    parts = [evaluate(study.with_settings(subgroup={"burden": (level,)})) for level in ("low", "high")]
    for name in ("life_years", "qalys", "costs"):
        mixture = 0.5 * getattr(parts[0], name) + 0.5 * getattr(parts[1], name)
        np.testing.assert_allclose(getattr(whole, name), mixture, rtol=1e-12)
    assert parts[1].qalys[0, 0] < parts[0].qalys[0, 0]


def test_an_age_group_has_its_own_age_in_mortality_and_utility():
    study = with_features(
        {"age": ("young", "old")},
        share_age={"young": 0.25, "old": 0.75},
        age_start_young=12.0,
        age_start_old=60.0,
    )
    outcomes = evaluate(study)
    alone = []
    for age in (12.0, 60.0):
        own = with_features({}).set({"age_start": age})
        alone.append(evaluate(own).qalys)
    np.testing.assert_allclose(outcomes.qalys, 0.25 * alone[0] + 0.75 * alone[1], rtol=1e-12)
    assert alone[1][0, 1] < 0.7 * alone[0][0, 1]


def test_prior_hsct_decides_which_transplant_it_is():
    study = with_features({"prior_hsct": ("no", "yes")}, share_prior_hsct={"no": 0.39, "yes": 0.61})
    first, second = strata_of(study)
    assert (first.values["p_prior_hsct"], second.values["p_prior_hsct"]) == ([0.0], [1.0])
    names = ("share_rescue_first_hsct", "share_rescue_second_hsct")
    assert float(first.values[names[0]][0]) > float(second.values[names[1]][0])
    assert (
        evaluate(study.with_settings(subgroup={"prior_hsct": ("no",)})).qalys[0, 0]
        > (evaluate(study.with_settings(subgroup={"prior_hsct": ("yes",)})).qalys[0, 0])
    )


def test_those_whom_a_therapy_is_not_for_were_not_in_its_trial():
    plain = with_features(
        {"cns": ("without", "active")},
        share_cns={"without": 0.9, "active": 0.1},
        or_cr_cns_active_tisagenlecleucel=1.0,
        or_cr_cns_active_blinatumomab=0.1,
    )
    barred = replace(plain.therapies["blinatumomab"], not_for={"cns": ("active",)})
    study = replace(plain, therapies={**plain.therapies, "blinatumomab": barred})
    without, active = strata_of(study)
    assert without.values["p_cr_blinatumomab"] == pytest.approx([27 / 70], abs=1e-12)
    assert float(active.values["share_suitable_blinatumomab"][0]) == 0
    given, not_given = (
        evaluate(study.with_settings(subgroup={"cns": (level,)})) for level in ("without", "active")
    )
    assert not_given.costs_by_category[0, 0, 0] == 0  # no drug
    assert not_given.qalys[0, 1] == pytest.approx(given.qalys[0, 1], rel=1e-12)  # CAR T first
    serial = study.strategies and list(study.strategies).index("blinatumomab_then_car_t")
    assert not_given.qalys[0, serial] == pytest.approx(not_given.qalys[0, 1], rel=2e-3)


@pytest.mark.parametrize(
    ("strata", "joint", "said"),
    [
        ({"tempo": ()}, (), "tempo needs levels"),
        ({"tempo": ("slow", "slow")}, (), "tempo needs levels"),
        ({"tempo": TEMPO}, (("tempo", "burden"),), "joint lists features of the strata"),
        ({f"f{i}": tuple("abcdefghij") for i in range(4)}, (), "10,000 strata; at most 5,000"),
    ],
)
def test_features_without_levels_and_joint_ones_that_are_none_are_refused(strata, joint, said):
    with pytest.raises(ValueError, match=said):
        Population("Wrong", "us_2014", strata, joint)
