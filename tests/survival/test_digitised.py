"""Digitised curves: repairs and refusals; patients got back from curves of trials that never were."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from trials import CURED, PLAIN, digitise, simulate

from remit.errors import InputError
from remit.survival.digitised import Digitised, clean, conditional_counts
from remit.survival.patients import Patients, kaplan_meier, piecewise_hazard
from remit.survival.reconstruct import reconstruct


def curve(times, survival, rows=(0.0,), at_risk=(100,), events=None):
    columns = (np.array(column, dtype=float) for column in (times, survival, rows, at_risk))
    return Digitised(*columns, events)


SOUND = curve([0, 1, 2, 3, 4], [1, 0.8, 0.7, 0.6, 0.6], [0, 2, 4], [100, 60, 20])


def test_a_sound_curve_is_left_as_it_is():
    cleaned = clean(SOUND)
    assert cleaned.repairs == ()
    assert cleaned.curve.times.tolist() == SOUND.times.tolist()
    assert cleaned.curve.survival.tolist() == SOUND.survival.tolist()


@pytest.mark.parametrize(
    ("given", "said", "times", "survival"),
    [
        (
            curve([0, 1, 1, 2, 3], [1, 0.9, 0.8, 0.7, 0.7]),
            "1 point at the time of another dropped, the lowest survival kept.",
            [0, 1, 2, 3],
            [1, 0.8, 0.7, 0.7],
        ),
        (
            curve([0, 1, 2, 3], [1, 0.8, 0.804, 0.7]),
            "1 point above an earlier one flattened (by 0.004 at most).",
            [0, 1, 2, 3],
            [1, 0.8, 0.8, 0.7],
        ),
        (
            curve([1, 2, 3], [0.9, 0.8, 0.7]),
            "The point of survival 1 at time 0 added.",
            [0, 1, 2, 3],
            [1, 0.9, 0.8, 0.7],
        ),
        (
            curve([0, 1, 2], [0.997, 0.8, 0.7]),
            "1 point at time 0 raised from 0.997 to 1.",
            [0, 1, 2],
            [1, 0.8, 0.7],
        ),
        (
            curve([-0.01, 1, 2], [1, 0.8, 0.7]),
            "1 point just left of time 0 moved to it.",
            [0, 1, 2],
            [1, 0.8, 0.7],
        ),
        (
            curve([0, 1, 0.99, 2], [1, 0.8, 0.82, 0.7]),
            "1 point that stepped back in time sorted.",
            [0, 0.99, 1, 2],
            [1, 0.82, 0.8, 0.7],
        ),
        (
            curve([0, 1, 2, 3], [1.003, 0.8, 0.1, -0.002]),
            "2 points just above 1 or below 0 moved there.",
            [0, 1, 2, 3],
            [1, 0.8, 0.1, 0],
        ),
        (
            curve([0, 1, 2, 3, 4], [1, 0.8, 1.7, 0.6, 0.5]),
            "1 point outside the axes dropped.",
            [0, 1, 3, 4],
            [1, 0.8, 0.6, 0.5],
        ),
        (
            replace(SOUND, risk_times=np.array([0, 2, 60.0])),
            "1 number at risk after the end of the curve (4 years) dropped.",
            [0, 1, 2, 3, 4],
            [1, 0.8, 0.7, 0.6, 0.6],
        ),
    ],
)
def test_what_digitising_leaves_behind_is_repaired_and_told(given, said, times, survival):
    cleaned = clean(given)
    assert cleaned.repairs == (said,)
    assert cleaned.curve.times.tolist() == times
    assert cleaned.curve.survival == pytest.approx(survival)
    assert clean(cleaned.curve).repairs == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (curve([0, 1, 2, 3], [1, 0.8, 0.806, 0.7]), "survival rises by 0.006 at 2 years"),
        (curve([0, 1, 2], [0.9, 0.8, 0.7]), "survival at time 0 must be 1"),
        (curve([0, 1, 0.5, 2], [1, 0.8, 0.9, 0.7]), "times must not fall: 0.5 years comes after 1 years"),
        (curve([-2, -1, 2, 3], [1, 0.9, 0.8, 0.7]), "2 of 4 points lie outside the axes"),
        (curve([0, 1, 2], [100, 80, 70]), "percentages are to be divided by 100"),
        (curve([0, 1], [1, 0.8]), "a curve needs at least 3 points; here are 2"),
        (
            replace(SOUND, at_risk=np.array([100, 60, 70.0])),
            "n_at_risk = 70.0: numbers at risk rise from 60 at 2 years",
        ),
        (replace(SOUND, risk_times=np.array([0, 2, 2.0])), "two numbers at risk at 2 years"),
        (replace(SOUND, risk_times=np.array([1, 2, 4.0])), "the number at risk at time 0 is missing"),
        (curve([0, 1, 2], [1, 0.8, 0.7], (), ()), "the number at risk at time 0 is missing"),
        (replace(SOUND, at_risk=np.array([100, 95, 20.0])), "the curve leaves at most 80 of 100 at risk"),
        (curve([0, 1, 2], [1, 0.8, 0.7], at_risk=[0]), "nobody is at risk at time 0"),
        (curve([0, 1, 2], [1, 0.8, 0.7], at_risk=[1e9]), "no curve has more than 100,000 patients at risk"),
        (replace(SOUND, events=101), "events must lie between 0 and 100"),
    ],
)
def test_what_is_no_kaplan_meier_curve_is_refused(given, said):
    with pytest.raises(InputError, match=said):
        clean(given)


def test_times_are_told_in_the_unit_of_the_file():
    given = curve([0, 0.5, 1, 2], [1, 0.8, 0.9, 0.7])
    with pytest.raises(InputError, match="at 12 months"):
        clean(given, unit="month")


TRIALS = [(CURED, 60, 0), (CURED, 75, 1), (CURED, 200, 2), (PLAIN, 80, 3), (PLAIN, 150, 4), (PLAIN, 200, 5)]


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(("truth", "n", "seed"), TRIALS)
def test_reconstructed_patients_give_the_curve_the_table_and_the_events_back(truth, n, seed, known):
    patients = simulate(truth, n, seed)
    given = clean(digitise(patients, events=known)).curve
    found = reconstruct(given)
    assert found.times.size == n
    gap = np.abs(kaplan_meier(found).at(given.times) - given.survival)
    assert np.max(gap[patients.at_risk(given.times) >= 5]) < 0.01  # with fewer one patient is worth more
    assert np.max(np.abs(found.at_risk(given.risk_times) - given.at_risk)) <= 1
    assert abs(int(found.events.sum()) - int(patients.events.sum())) <= 2


def test_without_a_later_row_nobody_is_censored_before_the_end():
    given = curve([0, 1, 2, 3], [1, 0.8, 0.5, 0.4], at_risk=[10])
    found = reconstruct(given)
    assert found.times.tolist() == [1, 1, 2, 2, 2, 3, 3, 3, 3, 3]
    assert found.events.tolist() == [True] * 6 + [False] * 4


def test_a_row_at_the_end_of_the_curve_counts_who_is_left_there():
    given = curve([0, 1, 2], [1, 0.8, 0.5], [0, 2], [10, 4])
    found = reconstruct(given)
    assert found.at_risk(np.array([0, 2.0])).tolist() == [10, 4]
    assert int(found.events.sum()) == 5


def test_the_known_total_of_events_settles_censoring_after_the_last_row():
    patients = simulate(CURED, 200, 0)
    without, with_total = (
        int(reconstruct(clean(digitise(patients, every=5.0, events=known)).curve).events.sum())
        for known in (False, True)
    )
    assert abs(without - patients.events.sum()) > 2
    assert abs(with_total - patients.events.sum()) <= 2


def test_small_falls_add_up_to_events():
    """Each fall is less than half a patient; the estimate so far, not the last point, is what counts."""
    given = curve(np.arange(21), 1 - 0.01 * np.arange(21), at_risk=[20])
    assert int(reconstruct(given).events.sum()) == 4


def test_after_the_last_row_censoring_goes_on_at_its_mean_rate():
    given = curve([0, 1, 2, 3, 4], [1, 0.9, 0.9, 0.9, 0.9], [0, 2], [100, 70])
    # 21 are censored in the first two years (9 of the 90 then left have the event), so 21 in the next.
    assert reconstruct(given).at_risk(np.array([2.0, 4.0])).tolist() == [70, 49]


def test_kaplan_meier_and_numbers_at_risk_are_those_of_scipy():
    patients = simulate(CURED, 90, 7)
    rounded = Patients(np.ceil(patients.times * 12) / 12, patients.events)  # ties, of censored ones too
    theirs = stats.ecdf(
        stats.CensoredData(uncensored=rounded.times[rounded.events], right=rounded.times[~rounded.events])
    ).sf
    ours = kaplan_meier(rounded)
    np.testing.assert_allclose(ours.at(theirs.quantiles), theirs.probabilities, rtol=1e-12)
    assert rounded.at_risk(np.array([0.0, 0.5, 9.0])).tolist() == [
        90,
        float(np.sum(rounded.times >= 0.5)),
        0,
    ]


def test_a_piecewise_hazard_counts_all_events_and_all_time():
    patients = simulate(PLAIN, 300, 8)
    pieces = piecewise_hazard(patients, 6)
    assert sum(piece.events for piece in pieces) == patients.events.sum()
    assert sum(piece.followed for piece in pieces) == pytest.approx(patients.times.sum())
    piece = pieces[2]
    counted = stats.poisson(piece.interval[0] * piece.followed).sf(piece.events - 1)
    assert counted == pytest.approx(0.025)
    assert stats.poisson(piece.interval[1] * piece.followed).cdf(piece.events) == pytest.approx(0.025)


def test_the_parts_between_rows_multiply_to_the_curve_and_know_who_was_censored():
    parts = conditional_counts(clean(SOUND).curve)
    assert [(part.start, part.end, part.at_risk) for part in parts] == [(0, 2, 100), (2, 4, 60)]
    assert np.prod([part.survival for part in parts]) == pytest.approx(0.6)
    assert parts[0].censored == pytest.approx(10)
    assert (parts[0].start, parts[0].end, parts[0].n_effective) == (0, 2, pytest.approx(95))
    longer = replace(SOUND, times=np.append(SOUND.times, 5.0), survival=np.append(SOUND.survival, 0.5))
    last = conditional_counts(clean(longer).curve)[-1]
    assert (last.start, last.end, last.at_risk) == (4, 5, 20)
    assert (last.survival, last.censored) == (pytest.approx(5 / 6), pytest.approx(100 / 6))
