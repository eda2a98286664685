"""Partitioned survival: closed forms, conservation, curves that cross, the tail, whose curves they are."""

import numpy as np
import pytest

from remit.economics.accumulate import accumulate
from remit.engine.partitioned import Curve, event_free_of_all, partition, with_background_tail
from remit.errors import InputError

TIMES = np.linspace(0, 60, 60 * 24 + 1)
COLUMN = TIMES[:, None]
EVENT, DEATH = np.array([0.5, 0.9, 2.0]), np.array([0.2, 0.9, 0.05])


def os_of(survival, of="infused", origin="infusion"):
    return Curve("os", of, origin, survival)


def efs_of(survival, of="infused", origin="infusion"):
    return Curve("efs", of, origin, survival)


def exponential(rate):
    return np.exp(-rate * COLUMN)


def years(part, row, rate=0.0):
    """Return discounted years in a state by Simpson's rule, (draw,)."""
    trace = part.occupancy[:, [row]].transpose(2, 0, 1)
    return accumulate(trace, [1.0], times=part.times, discount_rate=rate, correction="simpson")


@pytest.mark.parametrize("rate", [0.0, 0.03])
def test_life_years_of_exponential_curves_are_those_of_the_closed_form(rate):
    part = partition(efs_of(exponential(EVENT)), os_of(exponential(DEATH)), TIMES)
    force = np.log1p(rate)

    def whole(hazard):
        return -np.expm1(-(hazard + force) * TIMES[-1]) / (hazard + force)

    assert years(part, 0, rate) == pytest.approx(whole(EVENT), abs=1e-6)
    assert years(part, 1, rate) == pytest.approx(whole(DEATH) - whole(EVENT), abs=1e-6)


def test_the_three_states_sum_to_1_at_every_time_in_every_draw():
    part = partition(efs_of(exponential(DEATH)), os_of(exponential(EVENT)), TIMES)
    assert np.abs(part.occupancy.sum(axis=1) - 1).max() < 1e-14
    assert part.occupancy.min() >= 0


def test_curves_that_cross_are_capped_and_it_is_told_in_which_draws_and_for_how_long():
    # EFS falls to 0.3 at once and stays, OS falls at a constant hazard: they cross when OS is 0.3.
    free = np.broadcast_to(np.where(COLUMN == 0, 1.0, 0.3), (TIMES.size, 2))
    alive = np.exp(-np.array([0.1, 1e-4]) * COLUMN)
    part = partition(efs_of(free), os_of(alive), TIMES)
    crossing = -np.log(0.3) / 0.1
    assert part.crosses.tolist() == [True, False]
    assert part.years_capped == pytest.approx([TIMES[-1] - crossing, 0], abs=1 / 24)
    assert part.share_of_time_capped == pytest.approx(part.years_capped / 60)
    assert part.excess[-1] == pytest.approx([0.3 - np.exp(-6), 0], abs=1e-12)
    assert part.occupancy[-1, :2, 0] == pytest.approx([np.exp(-6), 0], abs=1e-15)
    assert part.occupancy[-1, :2, 1] == pytest.approx([0.3, np.exp(-6e-3) - 0.3])


def test_curves_that_are_equal_do_not_cross():
    part = partition(efs_of(exponential(EVENT) * (1 + 1e-13)), os_of(exponential(EVENT)), TIMES)
    assert not part.crosses.any()
    assert part.years_capped.tolist() == [0, 0, 0]


def test_the_tail_is_continuous_at_the_joint_and_follows_background_mortality():
    background = np.exp(-(0.01 * COLUMN + 1e-4 * COLUMN**2))
    survival = exponential(EVENT)
    joined = with_background_tail(survival, TIMES, since=5.0, background=background)
    place = int(np.flatnonzero(TIMES == 5.0)[0])
    assert np.array_equal(joined[:place], survival[:place])
    assert joined[place] == pytest.approx(survival[place], rel=1e-15)
    step = joined[place - 1] - joined[place + 1]
    assert np.all(step > 0)
    assert np.all(step < 2 * EVENT / 24 * survival[place - 1])
    assert joined[-1] / joined[place] == pytest.approx(background[-1] / background[place] * np.ones(3))


def test_a_tail_after_the_last_time_changes_nothing():
    survival = exponential(EVENT)
    assert with_background_tail(survival, TIMES, since=60.0, background=survival) is survival


def test_a_joint_that_is_no_point_of_the_grid_is_refused():
    with pytest.raises(InputError, match=r"since = 5\.01: no point of the grid"):
        with_background_tail(exponential(EVENT), TIMES, since=5.01, background=exponential(EVENT))


def test_rfs_of_responders_beside_os_of_all_is_refused():
    rfs = Curve("rfs", "responders", "remission", exponential(EVENT))
    with pytest.raises(InputError, match=r"RFS of responders from remission and OS of infused from infusion"):
        partition(rfs, os_of(exponential(DEATH)), TIMES)


@pytest.mark.parametrize(
    ("event_free", "overall", "words"),
    [
        (efs_of(exponential(EVENT), "enrolled", "decision"), os_of(exponential(DEATH)), "not of the same"),
        (efs_of(exponential(EVENT), origin="decision"), os_of(exponential(DEATH)), "not of the same"),
        (Curve("rfs", "infused", "infusion", exponential(EVENT)), os_of(exponential(DEATH)), "RFS is that"),
        (os_of(exponential(EVENT)), os_of(exponential(DEATH)), "must be EFS or RFS"),
        (efs_of(exponential(EVENT)), efs_of(exponential(DEATH)), "must be OS"),
        (efs_of(exponential(-EVENT / 100)), os_of(exponential(DEATH)), "leaves 0 to 1"),
        (efs_of(exponential(EVENT)), os_of(exponential(DEATH)[::-1]), "rises"),
        (efs_of(exponential(EVENT)), os_of(0.9 * exponential(DEATH)), "does not start at 1"),
        (efs_of(exponential(EVENT)[:-1]), os_of(exponential(DEATH)), "there are 1441 times"),
        (efs_of(exponential(EVENT) * np.nan), os_of(exponential(DEATH)), "holds nan at time 0, draw 0"),
    ],
)
def test_what_is_no_pair_of_curves_of_the_same_patients_is_refused(event_free, overall, words):
    with pytest.raises(InputError, match=words):
        partition(event_free, overall, TIMES)


def test_rfs_and_os_of_the_same_responders_are_a_pair():
    rfs = Curve("rfs", "responders", "remission", exponential(DEATH + 0.1))
    part = partition(rfs, os_of(exponential(DEATH), "responders", "remission"), TIMES)
    assert not part.crosses.any()


def test_efs_of_all_is_rfs_of_responders_times_their_share_from_the_assessment_on():
    rfs = Curve("rfs", "responders", "remission", exponential(EVENT))
    overall = os_of(exponential(np.array([0.05] * 3)))
    share = np.array([0.8, 0.5, 0.3])
    efs = event_free_of_all(rfs, overall, TIMES, response=share, assessed=0.25)
    assert (efs.endpoint, efs.of, efs.origin) == ("efs", "infused", "infusion")
    before, after = TIMES < 0.25, TIMES >= 0.25
    assert np.array_equal(efs.survival[before], overall.survival[before])
    expected = share * np.exp(-EVENT * (COLUMN[after] - 0.25))
    assert efs.survival[after] == pytest.approx(expected, abs=1e-12)
    assert not partition(efs, overall, TIMES).crosses[:2].any()


def test_efs_of_all_is_not_multiplied_with_a_share_again():
    with pytest.raises(InputError, match="needs RFS of responders from remission, not EFS of infused"):
        event_free_of_all(
            efs_of(exponential(EVENT)), os_of(exponential(DEATH)), TIMES, response=np.ones(3), assessed=0.25
        )


def test_a_draw_has_the_same_bytes_alone_and_in_a_block():
    background = exponential(np.array([0.01, 0.02, 0.03]))
    pair = [
        with_background_tail(exponential(rate), TIMES, since=5.0, background=background)
        for rate in (EVENT, DEATH)
    ]
    whole = partition(efs_of(pair[0]), os_of(pair[1]), TIMES)
    one = partition(efs_of(pair[0][:, [1]]), os_of(pair[1][:, [1]]), TIMES)
    assert one.occupancy.tobytes() == np.ascontiguousarray(whole.occupancy[:, :, [1]]).tobytes()
