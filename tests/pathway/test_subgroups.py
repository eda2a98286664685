"""The population told apart by burden and site of disease: what it says of all, and of some."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from remit.files.studies import read_study
from remit.pathway.waiting import share_treated

DRAWN = 40


@cache
def study():
    return read_study("subgroups", posterior=False).study


@cache
def strata(draws: int = 0):
    values = study().values(study().draws(n_draws=draws, seed=7) if draws else None)
    return values, study().strata(values)


def of_treated(name: str, therapy: str, draws: int = 0, **levels: str):
    """Return a probability of those treated with a therapy first who have these levels."""
    _, found = strata(draws)
    kept = [one for one in found if all(one.levels[feature] == level for feature, level in levels.items())]
    weights = [
        one.share
        * one.values.either(f"share_suitable_{therapy}", 1.0)
        * share_treated(therapy, study().therapies[therapy], one.values, one.values["hr_uncontrolled"])
        for one in kept
    ]
    pairs = zip(weights, kept, strict=True)
    return sum(w * one.values[f"{name}_{therapy}"] for w, one in pairs) / sum(weights)


def odds(p):
    return p / (1 - p)


def test_tempo_and_burden_have_the_shares_that_are_said_of_all():
    values, found = strata()
    assert len(found) == 36
    for tempo in ("slow", "base", "rapid"):
        share = sum(one.share for one in found if one.levels["tempo"] == tempo)
        assert share == pytest.approx(values[f"share_tempo_{tempo}"], abs=1e-12)
    burden = [sum(o.share[0] for o in found if o.levels["burden"] == b) for b in ("low", "middle", "high")]
    assert burden == pytest.approx([0.15, 0.35, 0.50], abs=1e-12)


def test_blinatumomab_reaches_33_percent_above_50_percent_blasts_and_39_of_all():
    """Of the seed: 33% of children above 50% blasts; 27 of 70 of all."""
    assert of_treated("p_cr", "blinatumomab", burden="high") == pytest.approx([0.33], abs=0.005)
    assert of_treated("p_cr", "blinatumomab") == pytest.approx([27 / 70], abs=1e-9)


@pytest.mark.parametrize("therapy", ["blinatumomab", "tisagenlecleucel"])
def test_what_the_trial_reports_holds_of_all_in_every_draw(therapy):
    values, _ = strata(DRAWN)
    np.testing.assert_allclose(of_treated("p_cr", therapy, DRAWN), values[f"p_cr_{therapy}"], atol=1e-9)


def test_car_t_falls_with_burden_by_less_than_at_mskcc_and_by_less_than_blinatumomab():
    fall = {
        therapy: [of_treated("p_cr", therapy, burden=level)[0] for level in ("low", "high")]
        for therapy in ("tisagenlecleucel", "blinatumomab")
    }
    car, blinatumomab = (low - high for low, high in fall.values())
    assert 0 < car < 0.95 - 0.75
    assert car < blinatumomab


@pytest.mark.parametrize(
    ("toxicity", "low", "high"), [("p_severe_crs", 0.05, 0.41), ("p_severe_icans", 0.14, 0.59)]
)
def test_severe_toxicity_by_burden_has_the_odds_ratio_of_mskcc(toxicity, low, high):
    """The median odds ratio is that of the percentages that the seed cites; both sides of 5% blasts."""
    parameter = study().parameters[f"or_{toxicity.removeprefix('p_')}_burden_low_tisagenlecleucel"]
    assert parameter.value == pytest.approx(odds(low) / odds(high), abs=0.001)
    below, above = (of_treated(toxicity, "tisagenlecleucel", burden=b) for b in ("low", "high"))
    assert odds(below) / odds(above) == pytest.approx([parameter.uncertainty.mean(parameter.value)], rel=1e-6)


def test_extramedullary_disease_responds_worse_to_blinatumomab_than_to_car_t():
    ratio = {
        therapy: of_treated("p_cr", therapy, extramedullary="with")
        / of_treated("p_cr", therapy, extramedullary="without")
        for therapy in ("blinatumomab", "tisagenlecleucel")
    }
    assert ratio["blinatumomab"] < 0.7
    assert 0.95 < ratio["tisagenlecleucel"] < 1


def test_nobody_with_active_cns_disease_is_given_blinatumomab():
    _, found = strata()
    for one in found:
        suits = one.levels["cns"] == "without"
        assert one.values["share_suitable_blinatumomab"].tolist() == [float(suits)]
        assert "share_suitable_tisagenlecleucel" not in one.values
