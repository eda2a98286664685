"""Access: shares infused and lost, mean times, and time to next treatment, against sums by hand."""

from dataclasses import replace

import numpy as np
import pytest

from remit.analysis.access import access, next_treatment
from remit.files.studies import read_study
from remit.pathway.therapies import Line, Strategy


@pytest.fixture(scope="module")
def study():
    return read_study(posterior=False).study


@pytest.fixture(scope="module")
def lines(study):
    return {(one.strategy, one.line): one for one in access(study)}


def by_hand(study, therapy, failed):
    """Share infused, and mean time of the infused: a hypo-exponential wait with one competing hazard."""
    values = study.values(None)
    shares = [float(values[f"share_tempo_{tempo}"][0]) for tempo in ("slow", "base", "rapid")]
    ratios = [float(values["hr_tempo_slow"][0]), 1.0, float(values["hr_tempo_rapid"][0])]
    mean = float(values[f"time_wait_{therapy}"][0])
    parts = (0.15, 0.30, 0.55) if therapy == "tisagenlecleucel" else (1.0,)
    infused = moment = 0.0
    for share, ratio in zip(shares, ratios, strict=True):
        lost = float(values["rate_death_waiting"][0]) * ratio
        rates = [1 / (mean * part) for part in parts]
        arrived = share * np.prod([rate / (rate + lost) for rate in rates]) * (1 - failed)
        infused += arrived
        moment += arrived * sum(1 / (rate + lost) for rate in rates)
    return infused, moment / infused


@pytest.mark.parametrize(
    ("strategy", "therapy", "failed"),
    [("car_t", "tisagenlecleucel", 7 / 92), ("blinatumomab", "blinatumomab", 0)],
)
def test_the_share_infused_and_its_mean_time_are_those_of_the_wait(study, lines, strategy, therapy, failed):
    infused, years = by_hand(study, therapy, failed)
    assert lines[strategy, 1].infused == pytest.approx(infused, rel=1e-10)
    assert lines[strategy, 1].years_to_infusion == pytest.approx(years, rel=1e-10)


def test_everyone_in_the_queue_is_infused_or_lost_for_a_reason(lines):
    for strategy in ("car_t", "blinatumomab"):
        one = lines[strategy, 1]
        assert one.infused + sum(one.lost.values()) == pytest.approx(1, abs=1e-12)
    assert lines["car_t", 1].infused == pytest.approx(75 / 92, abs=0.01)


def test_cells_from_the_start_reach_more_patients_sooner(lines):
    serial, bridge = (lines[f"blinatumomab_{x}_car_t", 2] for x in ("then", "bridge_to"))
    assert bridge.infused > serial.infused
    assert bridge.years_to_infusion < serial.years_to_infusion


def test_a_therapy_given_twice_is_told_apart_by_line(study):
    lines = (Line("tisagenlecleucel"), Line("tisagenlecleucel", ("relapse",)))
    twice = replace(study, strategies={"twice": Strategy("Twice", lines)}, comparator="twice")
    first, second = access(twice)
    assert first.infused == pytest.approx(
        next(one.infused for one in access(study) if one.strategy == "car_t")
    )
    assert 0 < second.infused < 0.3 * first.infused


def test_time_to_next_treatment_of_an_exponential_wait_is_its_median(study):
    """Of a strategy that is all wait: nobody is ever treated, so the line is left by loss alone."""
    gone = {"time_wait_blinatumomab": 1e7, "hr_tempo_slow": 1.0, "hr_tempo_rapid": 1.0}
    waiting = replace(study.set(gone), strategies={"blinatumomab": study.strategies["blinatumomab"]})
    rate = float(waiting.values(None)["rate_death_waiting"][0])
    (only,) = next_treatment(waiting)
    assert only.median == pytest.approx(np.log(2) / rate, rel=5e-3)
    assert only.mean_within == pytest.approx((1 - np.exp(-5 * rate)) / rate, rel=5e-3)
