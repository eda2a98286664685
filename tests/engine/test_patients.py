"""Patients one by one, against closed forms, the cohort on small graphs, and common random numbers."""

from dataclasses import replace

import numpy as np
import pytest
from graphs import pathway, random_pathway
from scipy.integrate import quad
from scipy.stats import kstest

from remit.engine.closed_form import occupancy_at
from remit.engine.itinerary import itinerary_of, purposes_of, time_of
from remit.engine.patients import ENDED, background_deaths, follow_patients, occupancy, times_of_events
from remit.engine.streams import Streams
from remit.errors import InputError
from remit.pathway.graph import State

N = 100_000
# Rates per year of anchor A6: 1 -> 2 0.08, 1 -> 3 0.01, 2 -> 3 0.12 a month.
COMPETING = [(0, 1, 0.08 * 12), (0, 2, 0.01 * 12), (1, 2, 0.12 * 12)]


def follow(path, *, seed=1, n=N, first=0, horizon=1e9, draw=0):
    """Follow patients who die of nothing else."""
    streams = Streams(seed, first=first, draw=draw)
    return follow_patients(itinerary_of(path, draw), streams, np.arange(n), np.full(n, horizon), horizon)


def near(found, expected, sd, n=N):
    """Tell whether a mean over patients is within 4 standard errors."""
    return abs(found - expected) < 4 * sd / np.sqrt(n)


# Uniforms


def test_uniforms_are_uniform_and_purposes_have_nothing_to_do_with_each_other():
    streams, who = Streams(3), np.arange(N)
    one, two = streams.uniforms("one", who), streams.uniforms("two", who)
    assert kstest(one, "uniform").pvalue > 1e-3
    assert kstest(np.diff(one) % 1, "uniform").pvalue > 1e-3
    assert kstest((one + two) % 1, "uniform").pvalue > 1e-3
    for other in (two, Streams(4).uniforms("one", who), Streams(3, draw=1).uniforms("one", who)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(N)
    assert 0 < one.min() < 1e-4
    assert 1 - 1e-4 < one.max() < 1


def test_a_patients_uniform_does_not_depend_on_who_else_is_asked():
    whole = Streams(5).uniforms("death", np.arange(100))
    np.testing.assert_array_equal(Streams(5, first=40).uniforms("death", np.array([7, 3])), whole[[47, 43]])


def test_the_numbers_are_those_of_splitmix64():
    """The first three numbers from a start of 1234567, as published with the reference code (Vigna 2015)."""
    streams = Streams(0)
    streams._starts["known"] = np.uint64((1234567 + 0x9E3779B97F4A7C15) % 2**64)
    published = np.array([6457827717110365317, 3203168211198807973, 9817491932198370423], dtype=np.uint64)
    expected = (published >> np.uint64(11)).astype(float) * 2.0**-53
    np.testing.assert_allclose(streams.uniforms("known", np.arange(3)), expected, rtol=0, atol=2e-16)


# Closed forms


def test_mean_sojourns_and_shares_are_those_of_competing_exponentials():
    found = follow(pathway(COMPETING, [1, 0, 0][:2]))
    first, second = found.visits
    months = 12 * (first.left - first.entered)
    assert near(months.mean(), 11.1111, 11.1111)
    assert near(12 * (second.left - second.entered).mean(), 8.3333, 8.3333, second.left.size)
    assert near((first.moves == 0).mean(), 8 / 9, np.sqrt(8) / 9)
    row = occupancy(found, [1 / 12])[0, :3] / N
    for share, expected in zip(row[:2], [0.913931185, 0.072028663], strict=True):
        assert near(share, expected, np.sqrt(expected * (1 - expected)))


def test_a_summed_hazard_is_inverted_across_epochs():
    rates, epochs = np.array([0.3, 0.0, 2.0]), (0.0, 1.0, 4.0)
    rng = np.random.default_rng(1)
    entered, budget = rng.uniform(0, 6, 200), rng.exponential(size=200)
    left = time_of(rates, epochs, entered, budget)

    def hazard(t):
        return rates[np.searchsorted(epochs, t, side="right") - 1]

    for start, stop, wanted in zip(entered, left, budget, strict=True):
        inside = [t for t in epochs if start < t < stop]
        assert quad(hazard, start, stop, points=inside or None, limit=200)[0] == pytest.approx(
            wanted, rel=1e-9
        )
    assert np.isinf(time_of(np.array([0.3, 0.0]), (0.0, 1.0), np.array([0.5]), np.array([9.0]))).all()
    assert np.isinf(time_of(np.zeros(1), (0.0,), np.array([0.5]), np.array([9.0]))).all()


def test_the_exit_taken_is_that_of_the_epoch_in_which_a_patient_leaves():
    path = pathway([(0, 1, [[1.0], [0.0]]), (0, 2, [[0.0], [1.0]])], [1, 0], epochs=(0.0, 0.5))
    first = follow(path, n=5000).visits[0]
    np.testing.assert_array_equal(first.moves == 0, first.left < 0.5)


def test_background_deaths_follow_their_survival_curve():
    times = np.array([0.0, 1.0, 3.0, 10.0])
    survival = np.array([1.0, 0.9, 0.9, 0.2])
    uniform = np.array([0.95, 0.9 - 1e-12, 0.4, 0.2 - 1e-12])
    died = background_deaths(times, survival, uniform)
    between = 1.0 * np.log(0.95) / np.log(0.9)
    late = 3 + 7 * np.log(0.4 / 0.9) / np.log(0.2 / 0.9)
    np.testing.assert_allclose(died, [between, 3.0, late, np.inf], rtol=1e-9)


def test_who_dies_or_reaches_the_horizon_leaves_by_no_move():
    path = pathway([(0, 1, 1.0)], [1])
    ends = np.array([1e-9, 2.0, 2.0])
    found = follow_patients(itinerary_of(path), Streams(1), np.arange(3), ends, 2.0)
    (visits,) = found.visits
    assert visits.moves[0] == ENDED
    assert visits.left[0] == 1e-9
    assert (visits.left <= ends).all()
    np.testing.assert_array_equal(visits.moves == ENDED, visits.left == ends)
    (stay,) = found.of(0)
    assert [event.kind for event in stay[3]] == ["background_death"]


# Against the cohort


@pytest.mark.parametrize("seed", range(3))
def test_occupancy_and_events_are_those_of_the_cohort_on_any_small_graph(seed):
    path = random_pathway(seed, n_draws=2, epochs=(0.0, 0.4))
    found = follow(path, draw=1, seed=seed)
    times = np.array([0.1, 0.5, 2.0])
    for row, (_, shares) in zip(occupancy(found, times.tolist()), occupancy_at(path, times), strict=True):
        health = [state.health_state for state in path.states[:-1]]
        for place, name in enumerate(("relapse", "remission", "hsct")):
            expected = sum(x for x, own in zip(shares[:, 1], health, strict=True) if own == name)
            assert near(row[place] / N, expected, np.sqrt(expected * (1 - expected)))
    happened = times_of_events(found, N)
    assert sum(count.sum() for event, count in happened.items() if event.kind.endswith("_7")) == N


# Common random numbers


def test_strategies_that_are_the_same_up_to_a_point_share_the_times_up_to_it():
    plain = [(0, 1, 2.0), (0, 3, 0.5), (1, 2, 1.0), (2, 3, 1.0)]
    other = [*plain[:2], (1, 2, 3.0), (1, 3, 0.1), (2, 3, 0.7)]
    one, two = (follow(pathway(moves, [1, 0, 0]), n=1000) for moves in (plain, other))
    for name in ("patients", "entered", "left", "moves"):
        np.testing.assert_array_equal(getattr(one.visits[0], name), getattr(two.visits[0], name))
    np.testing.assert_array_equal(one.visits[1].entered, two.visits[1].entered)
    assert np.corrcoef(one.visits[1].left, two.visits[1].left)[0, 1] > 0.5


def test_a_therapy_asks_the_same_uniforms_in_whatever_line_and_no_patient_asks_one_twice():
    def named(*states):
        path = pathway([(i, i + 1, 1.0) for i in range(len(states))], [1] + [0] * (len(states) - 1))
        own = [State(f"line_{line}.{end}", "relapse", "treated", kind, line) for end, kind, line in states]
        return purposes_of(replace(path, states=(*own, path.states[-1])))

    (first,) = named(("treated_1", "car", 1))
    assert named(("treated_1", "bite", 1), ("treated_1", "car", 2))[1] == first
    twice = named(("treated_1", "car", 1), ("treated_1", "car", 2))
    assert twice[0] == first
    assert twice[1] != first
    again = named(("treated_1", "car", 1), ("waiting", "car", 1), ("treated_1", "car", 1))
    assert len(set(again)) == 3


def test_blocks_of_patients_put_together_are_all_patients():
    path = random_pathway(4, n_draws=1, epochs=(0.0, 0.4))
    whole, part = follow(path, n=900), follow(path, n=300, first=500)
    for mine in part.visits:
        (same,) = [visits for visits in whole.visits if visits.state == mine.state]
        known = dict(zip(same.patients, zip(same.left, same.moves, strict=True), strict=True))
        for who, left, move in zip(mine.patients, mine.left, mine.moves, strict=True):
            assert known[who + 500] == (left, move)


# Bad input


def test_phases_of_both_signs_are_refused():
    path = replace(pathway([(0, 1, 1.0)], [1]), phased=True)
    with pytest.raises(InputError, match=r"settings\.relapse.*exponential"):
        itinerary_of(path)
