import numpy as np
import pytest

from remit.engine.clock import Cycle, MoveScale, Profile, epoch_bounds, make_clock
from remit.errors import InputError

MONTH = 1 / 12


def test_a_month_is_the_twelfth_part_of_a_year_on_the_whole_grid():
    clock = make_clock([Cycle(MONTH)], horizon=60)
    np.testing.assert_allclose(clock.times, np.arange(721) / 12, rtol=0, atol=1e-12)


@pytest.mark.parametrize("correction", ["half-cycle", "simpson", "start", "end"])
@pytest.mark.parametrize("horizon", [1.0, 13 / 12, 0.04, 10.3])
def test_the_weights_of_every_correction_add_up_to_the_horizon(correction, horizon):
    clock = make_clock([Cycle(MONTH)], horizon=horizon, breaks=[0.5], correction=correction)
    assert clock.at_start.sum() + clock.at_end.sum() == pytest.approx(horizon, abs=1e-12)


def test_the_last_step_is_cut_at_the_horizon():
    clock = make_clock([Cycle(1.0)], horizon=2.25)
    assert clock.times.tolist() == [0, 1, 2, 2.25]


def test_a_horizon_of_half_a_cycle_is_one_step():
    clock = make_clock([Cycle(1.0)], horizon=0.5)
    assert clock.times.tolist() == [0, 0.5]
    assert clock.middles.tolist() == [0.25]


def test_a_horizon_of_nothing_has_no_step():
    clock = make_clock([Cycle(1.0)], horizon=0.0)
    assert clock.times.tolist() == [0]
    assert clock.at_start.size == clock.lengths.size == 0


def test_a_step_is_cut_where_values_jump_and_the_grid_goes_on_as_before():
    clock = make_clock([Cycle(1.0)], horizon=3, breaks=[1.5, 7.0])
    assert clock.times.tolist() == [0, 1, 1.5, 2, 3]


def test_simpson_starts_anew_at_a_break():
    clock = make_clock([Cycle(1.0)], horizon=4, breaks=[1.0], correction="simpson")
    at_points = np.append(clock.at_start, 0) + np.append(0, clock.at_end)
    np.testing.assert_allclose(at_points, [1 / 2, 1 / 2 + 1 / 3, 4 / 3, 1 / 3 + 1 / 2, 1 / 2])


def test_cycles_of_another_length_follow_where_the_first_ones_end():
    clock = make_clock([Cycle(MONTH, 1.5), Cycle(1.0)], horizon=4)
    assert len(clock.lengths) == 18 + 3
    assert clock.times[18:].tolist() == [1.5, 2.5, 3.5, 4]


def test_a_horizon_before_the_end_of_the_first_cycles_needs_no_others():
    clock = make_clock([Cycle(0.25, 5.0), Cycle(1.0)], horizon=0.6)
    assert clock.times.tolist() == [0, 0.25, 0.5, 0.6]


def test_a_break_that_differs_from_a_grid_point_by_rounding_makes_no_step_of_its_own():
    assert 3 * 0.1 != 0.3
    clock = make_clock([Cycle(0.1)], horizon=1, breaks=[0.3])
    assert len(clock.lengths) == 10
    assert clock.times[3] == 0.3


def test_a_time_off_the_grid_is_refused():
    with pytest.raises(InputError, match=r"no cycle ends at 0\.5 years"):
        make_clock([Cycle(1.0)], horizon=3).index(0.5)


@pytest.mark.parametrize(
    ("cycles", "horizon"),
    [([], 1), ([Cycle(0.0)], 1), ([Cycle(-1.0)], 1), ([Cycle(1.0)], -1), ([Cycle(1, 3), Cycle(2, 2)], 5)],
)
def test_cycles_that_lay_no_grid_are_refused(cycles, horizon):
    with pytest.raises(InputError, match="cycles need a length above 0"):
        make_clock(cycles, horizon=horizon)


def test_more_steps_than_anyone_can_mean_are_refused():
    with pytest.raises(InputError, match="too many steps"):
        make_clock([Cycle(1e-5)], horizon=60)


def test_epochs_after_the_horizon_have_no_step():
    clock = make_clock([Cycle(1.0)], horizon=3)
    assert epoch_bounds((0.0, 2.0, 5.0), clock) == [(0, 2), (2, 3), (3, 3)]


def test_what_names_no_condition_or_event_counts_everything():
    nothing = np.zeros(0)
    assert Profile("a", nothing, nothing).counts("hsct_later")
    assert not Profile("a", nothing, nothing, frozenset({"treated"})).counts("hsct_later")
    assert MoveScale(nothing).counts("infusion")
    assert not MoveScale(nothing, frozenset({"hsct"})).counts("infusion")
