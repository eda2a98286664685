"""The cohort's trace from transition probabilities, and what is refused."""

import doctest
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.engine import trace as module
from remit.engine.trace import cohort_trace
from remit.errors import InputError

SONNENBERG_BECK = np.array([[0.6, 0.2, 0.2], [0, 0.6, 0.4], [0, 0, 1]])


def random_rows(seed, *shape):
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), size=shape[:-1])


def refused(*arguments, **options):
    with pytest.raises(InputError) as caught:
        cohort_trace(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_the_trace_begins_with_the_start_and_steps_row_by_row():
    trace = cohort_trace([1, 0, 0], SONNENBERG_BECK[None, None], n_cycles=2)
    assert trace.shape == (1, 3, 3)
    np.testing.assert_array_equal(trace[0, 0], [1, 0, 0])
    np.testing.assert_allclose(trace[0, 1], [0.6, 0.2, 0.2], rtol=1e-15)
    np.testing.assert_allclose(trace[0, 2], [0.36, 0.24, 0.40], rtol=1e-15)


def test_the_trace_equals_plain_loops_over_draws_cycles_and_states():
    initial, moves = random_rows(1, 3, 4), random_rows(2, 3, 5, 4, 4)
    trace = cohort_trace(initial, moves)
    for draw in range(3):
        now = list(initial[draw])
        for cycle in range(5):
            now = [sum(now[s] * moves[draw, cycle, s, to] for s in range(4)) for to in range(4)]
            np.testing.assert_allclose(trace[draw, cycle + 1], now, rtol=1e-13)


@pytest.mark.parametrize(
    ("initial_draws", "moves_draws", "cycle_axis"),
    [(None, 1, 1), (None, 3, 1), (3, 1, 6), (1, 3, 6), (3, 3, 1), (3, 3, 6)],
)
def test_axes_of_length_one_stand_for_the_same_throughout(initial_draws, moves_draws, cycle_axis):
    initial = random_rows(1, *([initial_draws] if initial_draws else []), 4)
    moves = random_rows(2, moves_draws, cycle_axis, 4, 4)
    draws = max(initial_draws or 1, moves_draws)
    written_out = np.broadcast_to(moves, (draws, 6, 4, 4)).copy()
    expected = cohort_trace(np.broadcast_to(initial, (draws, 4)), written_out)
    np.testing.assert_array_equal(cohort_trace(initial, moves, n_cycles=6), expected)


@pytest.mark.parametrize("n_states", [1, 2, 3, 4, 8, 17])
@pytest.mark.parametrize("block", [1, 2, 5, 12])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shared", [False, True])
def test_a_draw_has_the_same_bytes_in_any_block_of_draws(n_states, block, order, shared):
    initial = random_rows(1, 13, n_states)
    moves = np.asarray(random_rows(2, 1 if shared else 13, 4, n_states, n_states), order=order)
    blocks = [
        cohort_trace(initial[at : at + block], moves if shared else moves[at : at + block])
        for at in range(0, 13, block)
    ]
    assert np.concatenate(blocks).tobytes() == cohort_trace(initial, moves).tobytes()


def test_shares_sum_to_one_over_more_than_a_thousand_cycles():
    trace = cohort_trace(random_rows(1, 20, 6), random_rows(2, 20, 1, 6, 6), n_cycles=1_300)
    assert np.abs(trace.sum(axis=2) - 1).max() < 1e-10
    assert trace.min() >= -1e-12


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_what_enters_a_state_less_what_leaves_it_is_the_change_of_its_share(seed, n_states):
    moves = random_rows(seed, 2, 7, n_states, n_states)
    trace = cohort_trace(random_rows(seed + 1, 2, n_states), moves)
    flows = trace[:, :-1, :, None] * moves
    change = flows.sum(axis=2) - flows.sum(axis=3)
    np.testing.assert_allclose(np.diff(trace, axis=1), change, rtol=0, atol=1e-10)


def test_the_names_of_states_do_not_matter():
    initial, moves = random_rows(1, 2, 5), random_rows(2, 2, 9, 5, 5)
    shuffled = np.array([3, 0, 4, 1, 2])
    permuted = cohort_trace(initial[:, shuffled], moves[:, :, shuffled][:, :, :, shuffled])
    np.testing.assert_allclose(permuted, cohort_trace(initial, moves)[:, :, shuffled], rtol=1e-8)


@pytest.mark.parametrize("n_cycles", [0, 1])
def test_a_horizon_of_no_cycle_or_one_cycle_is_a_trace_too(n_cycles):
    trace = cohort_trace([1, 0, 0], SONNENBERG_BECK[None, None], n_cycles=n_cycles)
    assert trace.shape == (1, n_cycles + 1, 3)
    np.testing.assert_array_equal(trace[0, 0], [1, 0, 0])


def test_the_rounding_of_a_complement_is_no_mistake_and_is_not_repaired():
    complement = 1 - 0.9 - 0.1
    assert complement < 0
    trace = cohort_trace([1, 0, 0], [[[[0.9, 0.1, complement], [0, 1, 0], [0, 0, 1]]]], n_cycles=1)
    assert trace[0, 1, 2] == complement


def test_a_row_that_does_not_sum_to_one_is_refused_by_its_place_and_sum():
    moves = random_rows(2, 3, 4, 2, 2)
    moves[2, 1, 1] = [0.25, 0.75 + 2**-23]
    message = refused([1, 0], moves)
    assert "draw 2, cycle 1, state 1" in message
    assert repr(1 + 2**-23) in message


def test_a_row_a_little_off_is_refused_and_one_within_the_tolerance_is_used_as_it_is():
    def moves(excess):
        return [[[[0.5, 0.5 + excess], [0, 1]]]]

    assert "instead of 1" in refused([1, 0], moves(2e-9), n_cycles=1)
    assert "instead of 1" in refused([1, 0], moves(-2e-9), n_cycles=1)
    assert cohort_trace([1, 0], moves(5e-10), n_cycles=1)[0, 1, 1] == 0.5 + 5e-10


def test_several_wrong_rows_are_counted():
    assert "2 rows are wrong" in refused([1, 0], [[[[0.5, 0.4], [0, 0.9]]]], n_cycles=1)


def test_a_start_that_does_not_sum_to_one_is_refused():
    message = refused([[1, 0], [0.5, 0.4]], np.eye(2)[None, None], n_cycles=1)
    assert "initial" in message
    assert "draw 1" in message
    assert "0.9 instead of 1" in message


@pytest.mark.parametrize("entry", [-0.1, -1e-9])
def test_a_negative_probability_is_refused_also_where_the_row_sums_to_one(entry):
    moves = np.array([[[[1 - entry, entry], [0, 1]]]])
    assert "between 0 and 1" in refused([1, 0], moves, n_cycles=1)


def test_a_probability_above_one_is_refused_by_its_place():
    message = refused([1, 0], [[[[0.0, 1.0], [0, 40]]]], n_cycles=1)
    assert "40.0 at draw 0, cycle 0, state 1, to_state 1" in message


@pytest.mark.parametrize("entry", [np.nan, np.inf, -np.inf])
def test_what_is_no_finite_number_is_refused_by_its_place(entry):
    moves = random_rows(1, 1, 3, 2, 2)
    moves[0, 2, 1, 0] = entry
    assert "draw 0, cycle 2, state 1, to_state 0" in refused([1, 0], moves)
    assert "initial holds" in refused([1, entry], random_rows(1, 1, 3, 2, 2))


@pytest.mark.parametrize(
    ("initial", "shape", "words"),
    [
        ([1, 0], (2, 2), "axes (draw, cycle, state, to_state)"),
        ([1, 0], (3, 2, 2), "axes (draw, cycle, state, to_state)"),
        ([1, 0], (1, 3, 2, 3), "square"),
        ([1, 0, 0], (1, 3, 2, 2), "initial has 3 states"),
        ([[1, 0]] * 2, (3, 3, 2, 2), "initial has 2 draws"),
        ([[[1, 0]]], (1, 3, 2, 2), "(draw, state)"),
        ([1, 0], (0, 3, 2, 2), "empty"),
        (1.0, (1, 3, 2, 2), "(draw, state)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(initial, shape, words):
    assert words in refused(initial, np.full(shape, 1 / shape[-1]))


@pytest.mark.parametrize("wrong", [["a", "b"], [[1, 0], [1]], [True, False], None])
def test_what_holds_no_numbers_is_refused(wrong):
    assert "initial must" in refused(wrong, np.eye(2)[None, None], n_cycles=1)


def test_the_number_of_cycles_is_asked_for_where_the_array_does_not_tell_it():
    assert "n_cycles is needed" in refused([1, 0], np.eye(2)[None, None])


def test_a_number_of_cycles_that_contradicts_the_array_is_refused():
    moves = random_rows(1, 1, 3, 2, 2)
    assert "n_cycles is 4" in refused([1, 0], moves, n_cycles=4)
    np.testing.assert_array_equal(cohort_trace([1, 0], moves, n_cycles=3), cohort_trace([1, 0], moves))


@pytest.mark.parametrize("wrong", [-1, 2.5, "3", True])
def test_a_number_of_cycles_that_is_no_count_is_refused(wrong):
    assert "whole number" in refused([1, 0], np.eye(2)[None, None], n_cycles=wrong)


def test_a_trace_beyond_the_memory_budget_is_refused_before_it_is_allocated():
    moves = np.broadcast_to(np.eye(36), (100_000, 1, 36, 36))
    tracemalloc.start()
    message = refused(np.eye(36)[0], moves, n_cycles=1_056)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "30.5 GB" in message
    assert "4.0 GB" in message
    assert "blocks" in message
    assert peak < 10**6
