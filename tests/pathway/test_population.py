"""Strata of tempo: what tempo does, and mixtures that keep what a trial reports."""

import numpy as np
import pytest
from chains import REMISSION, base, entering, happening, of_line, strata
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import binomtest

from remit.pathway.population import Population, stratify
from remit.pathway.waiting import share_treated

DRAWS = base().draws(n_draws=30, seed=4)


def drawn_strata():
    return base().strata(base().values(DRAWS))


def test_shares_sum_to_1_and_the_base_tempo_has_a_hazard_ratio_of_1():
    found = drawn_strata()
    assert [one.name for one in found] == ["slow", "base", "rapid"]
    assert np.abs(sum(one.share for one in found) - 1).max() < 1e-12
    assert np.all(found[1].values["hr_uncontrolled"] == 1)
    assert found[2].values["hr_uncontrolled"].tobytes() == DRAWS["hr_tempo_rapid"].tobytes()


@pytest.mark.parametrize("name", ["p_fit_after_nonresponse", "p_fit_after_relapse"])
def test_fitness_is_a_power_by_tempo_and_keeps_its_mean(name):
    found = drawn_strata()
    assert sum(one.share * one.values[name] for one in found) == pytest.approx(DRAWS[name], abs=1e-12)
    reference = found[1].values[name]
    for one in found:
        np.testing.assert_allclose(one.values[name], reference ** one.values["hr_uncontrolled"], rtol=1e-12)


def test_fitness_is_what_brentq_solves():
    values = base().values(None)
    shares = [float(values[f"share_tempo_{tempo}"][0]) for tempo in ("slow", "base", "rapid")]
    ratios = [float(values["hr_tempo_slow"][0]), 1.0, float(values["hr_tempo_rapid"][0])]
    target = float(values["p_fit_after_relapse"][0])
    p = brentq(
        lambda x: sum(s * x**h for s, h in zip(shares, ratios, strict=True)) - target, 0, 1, xtol=1e-15
    )
    found = [float(one.values["p_fit_after_relapse"][0]) for one in strata()]
    assert found == pytest.approx([p**h for h in ratios], rel=1e-11)


def test_remission_of_the_rapid_has_the_odds_ratio_of_the_parameter():
    slow, middle, rapid = drawn_strata()
    odds = [
        one.values["p_cr_blinatumomab"] / (1 - one.values["p_cr_blinatumomab"])
        for one in (slow, middle, rapid)
    ]
    np.testing.assert_allclose(odds[2] / odds[1], DRAWS["or_cr_tempo_rapid_blinatumomab"], rtol=1e-11)
    np.testing.assert_allclose(odds[0], odds[1], rtol=1e-12)
    assert all(
        one.values["p_cr_tisagenlecleucel"].tobytes() == slow.values["p_cr_tisagenlecleucel"].tobytes()
        for one in (middle, rapid)
    )


@pytest.mark.parametrize(("strategy", "reported"), [("blinatumomab", 27 / 70), ("car_t", 61 / 75)])
def test_remission_of_those_treated_in_the_mixture_is_what_the_trial_reports(strategy, reported):
    """Read off the built pathways as absorbing chains: in remission at assessment, of those treated."""
    treated, responded = 0.0, 0.0
    for one in strata():
        built = base().pathway(strategy, one.values)
        treated += one.share * entering(built, of_line(1, "treated"))
        responded += one.share * entering(built, of_line(1, *REMISSION))
    assert responded / treated == pytest.approx([reported], abs=1e-12)


def test_remission_of_those_treated_is_what_is_drawn_in_every_draw():
    study = base()
    for strategy, name in (("blinatumomab", "p_cr_blinatumomab"), ("car_t", "p_cr_tisagenlecleucel")):
        treated, responded, limited = 0.0, 0.0, np.zeros(30, dtype=bool)
        for one in drawn_strata():
            built = study.pathway(strategy, one.values)
            treated = treated + one.share * entering(built, of_line(1, "treated"))
            responded = responded + one.share * entering(built, of_line(1, *REMISSION))
            limited |= dict(built.diagnostics)["line_1.cr limited by early death"]
        assert not limited.all()
        np.testing.assert_allclose((responded / treated)[~limited], DRAWS[name][~limited], atol=1e-12)


def test_the_share_infused_lies_in_the_interval_of_75_of_92():
    infused = sum(
        one.share * happening(base().pathway("car_t", one.values), "infusion", "tisagenlecleucel")
        for one in strata()
    )
    interval = binomtest(75, 92).proportion_ci(0.95)
    print(f"infused {infused[0]:.4f}, ELIANA 75/92 = {75 / 92:.4f} ({interval.low:.3f}-{interval.high:.3f})")  # noqa: T201
    assert interval.low < infused[0] < interval.high
    assert infused == pytest.approx([0.816], abs=0.005)  # what the note of rate_death_waiting says


@pytest.mark.parametrize("again", [0.0, 0.5])
@pytest.mark.parametrize("strategy", ["blinatumomab", "car_t"])
def test_the_share_treated_that_weighs_the_strata_is_that_of_the_pathway(strategy, again):
    study = base().set({"p_second_manufacture_tisagenlecleucel": again})
    therapy = study.strategies[strategy].lines[0].therapy
    for one in strata(study):
        said = share_treated(therapy, study.therapies[therapy], one.values, one.values["hr_uncontrolled"])
        assert happening(study.pathway(strategy, one.values), "infusion") == pytest.approx(said, rel=1e-12)


def test_with_hazard_ratios_of_1_every_stratum_is_the_whole():
    study = base().set({"hr_tempo_slow": 1.0, "hr_tempo_rapid": 1.0, "or_cr_tempo_rapid_blinatumomab": 1.0})
    for one in strata(study):
        for name in ("p_fit_after_nonresponse", "p_fit_after_relapse", "p_cr_blinatumomab"):
            assert one.values[name] == pytest.approx(study.values(None)[name], abs=1e-15)


def test_a_population_without_tempo_is_one_stratum():
    study = base()
    found = stratify(Population("All", "us_2014"), study.therapies, study.values(None))
    assert [one.name for one in found] == ["all"]
    assert found[0].share.tolist() == [1.0]
    assert found[0].values["hr_uncontrolled"].tolist() == [1.0]


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_remission_of_none_or_of_all_is_so_in_every_stratum(p):
    study = base().set({"p_cr_blinatumomab": p})
    assert [one.values["p_cr_blinatumomab"].tolist() for one in strata(study)] == [[p]] * 3


def test_a_shift_of_odds_is_solved_against_scipy():
    """Two strata by hand: the reference log odds at which the weighted mean is the trial's."""
    found = strata()
    weights = [
        float((one.share * happening(base().pathway("blinatumomab", one.values), "infusion"))[0])
        for one in found
    ]
    ratio = float(base().values(None)["or_cr_tempo_rapid_blinatumomab"][0])
    shifts = [0.0, 0.0, np.log(ratio)]

    def excess(x):
        return sum(w * (expit(x + s) - 27 / 70) for w, s in zip(weights, shifts, strict=True))

    reference = brentq(excess, -5, 5, xtol=1e-15)
    got = [float(logit(one.values["p_cr_blinatumomab"][0])) for one in found]
    assert got == pytest.approx([reference + s for s in shifts], abs=1e-10)
