"""The cohort in closed form, against anchors, expm, an ODE and the stepping solver."""

import numpy as np
import pytest
from graphs import MONTH, dying, monthly, nobody_dies, pathway, plain_scales, random_pathway, uneven
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from remit import evaluation
from remit.engine import closed_form
from remit.engine.clock import Cycle, MoveScale, Profile, Scales, make_clock
from remit.engine.closed_form import follow, occupancy_at, solve
from remit.engine.cohort import follow_cohorts, health_state_trace, shares_over
from remit.evaluation import evaluate
from remit.files.studies import read_study
from remit.inputs.draws import draw_parameters

SOLVERS = ["closed-form", "stepping"]
# Rates per month 1 -> 2 0.08, 1 -> 3 0.01, 2 -> 3 0.12.
COMPETING = [(0, 1, 0.08 * 12), (0, 2, 0.01 * 12), (1, 2, 0.12 * 12)]


@pytest.fixture(scope="module")
def study():
    return read_study().study


@pytest.fixture(scope="module")
def draws(study):
    return draw_parameters(study.parameters, seed=1, n_draws=400)


def first(table, n):
    return {name: column[:n] for name, column in table.items()}


def bytes_of(outcomes):
    fields = ("costs_by_category", "qalys_by_state", "life_years_by_state", "alive_at_end")
    return [getattr(outcomes, field).tobytes() for field in fields]


def moves_of(path, totals, name="count"):
    """Return (transition, draw) moves, all transitions being counted."""
    assert totals.counted == tuple(range(len(path.transitions)))
    return totals.moves[name]


# Anchor A6


def test_competing_risks_are_exact_with_several_moves_in_a_month():
    path = pathway(COMPETING, [1, 0, 0])
    clock = monthly(MONTH)
    row = health_state_trace(path, clock.times, np.ones((2, 1)))[1, :3, 0]
    np.testing.assert_allclose(row, [0.913931185, 0.072028663, 0.014040152], rtol=0, atol=1e-9)
    one_jump, each_rate_apart = [0.076506, 0.009563], [0.076883654, 0.009950166]
    assert np.abs(row[1:] - one_jump).min() > 1e-3
    assert np.abs(row[1:] - each_rate_apart).min() > 1e-3


@pytest.mark.parametrize("solver", SOLVERS)
def test_mean_sojourns_follow_from_the_moves_counted(solver):
    path = pathway(COMPETING, [1, 0, 0])
    clock = monthly(60)
    totals, _ = follow_cohorts([path], clock, nobody_dies(clock, 1), plain_scales(clock), solver=solver)
    to_2, to_3, from_2 = moves_of(path, totals[0])[:, 0]
    assert to_2 + to_3 == pytest.approx(1, abs=1e-9)
    assert to_2 / 0.08 == pytest.approx(11.1111111111, abs=1e-9)
    assert from_2 / 0.12 / to_2 == pytest.approx(8.3333333333, abs=1e-9)


# Anchor A7


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("correction", "tolerance"), [("simpson", 1e-6), ("half-cycle", 1e-3)])
@pytest.mark.parametrize("rate", [0.0, 0.03])
def test_cure_with_background_mortality_gives_the_known_life_years(solver, correction, tolerance, rate):
    horizon, decline = 150, np.log1p(rate)
    path = pathway([(1, 2, 1.0)], [0.4, 0.6])
    clock = monthly(horizon, correction=correction)
    scales = plain_scales(clock, rate=rate)
    totals, _ = follow_cohorts([path], clock, dying(clock, 0.01, 1), scales, solver=solver)

    def mean(end):
        parts = ((0.4, 0.01 + decline), (0.6, 1.01 + decline))
        return sum(share * -np.expm1(-hazard * end) / hazard for share, hazard in parts)

    assert mean(1e9) == pytest.approx({0.0: 40.594059, 0.03: 10.688698}[rate], abs=1e-6)
    assert totals[0].time["years"].sum() == pytest.approx(mean(horizon), abs=tolerance)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_constant_hazard_gives_the_known_life_years(solver):
    path = pathway([(0, 1, 0.1)], [1.0])
    for horizon, rate, expected in ((10, 0.0, 6.321206), (400, 0.03, 7.718503)):
        clock = monthly(horizon, correction="simpson")
        scales = plain_scales(clock, rate=rate)
        totals, _ = follow_cohorts([path], clock, nobody_dies(clock, 1), scales, solver=solver)
        assert totals[0].time["years"][0, 0] == pytest.approx(expected, abs=1e-6)


def test_survival_of_cure_and_background_at_five_years_is_exact():
    path = pathway([(1, 2, 1.0)], [0.4, 0.6])
    trace = health_state_trace(path, np.array([0.0, 5.0]), np.exp(-0.01 * np.array([[0.0], [5.0]])))
    assert 1 - trace[1, 3, 0] == pytest.approx(0.384337370, abs=1e-9)


# Against other ways of calculating the same


def generator(path, epoch, draw):
    q = np.zeros((len(path.states), len(path.states)))
    for move, hazard in zip(path.transitions, path.hazards[epoch, :, draw], strict=True):
        q[move.origin, move.destination] += hazard
        q[move.origin, move.origin] -= hazard
    return q


@pytest.mark.parametrize("seed", range(12))
def test_occupancy_equals_that_of_the_matrix_exponential(seed):
    path = random_pathway(seed, n_alive=3 + seed % 6, epochs=(0.0, 0.7))
    for time, occupancy in occupancy_at(path, np.array([0.0, 0.1, 0.7, 2.0, 9.0])):
        for draw in range(path.n_draws):
            early, late = (generator(path, epoch, draw) for epoch in (0, 1))
            expected = path.initial[:, draw] @ expm(early * min(time, 0.7)) @ expm(late * max(time - 0.7, 0))
            np.testing.assert_allclose(occupancy[:, draw], expected[:-1], rtol=0, atol=1e-11)


GROUPS = [[0], [0, 1, 2], [], [1]]


@pytest.mark.parametrize("seed", range(6))
def test_shares_of_groups_of_states_equal_those_of_the_matrix_exponential(seed):
    path = random_pathway(seed, n_alive=3 + seed % 6, epochs=(0.0, 0.7))
    times = np.array([0.0, 0.1, 0.7, 2.0, 9.0])
    for time, shares in zip(times, shares_over(path, times, GROUPS), strict=True):
        for draw in range(path.n_draws):
            early, late = (generator(path, epoch, draw) for epoch in (0, 1))
            alive = path.initial[:, draw] @ expm(early * min(time, 0.7)) @ expm(late * max(time - 0.7, 0))
            expected = [alive[group].sum() for group in GROUPS]
            np.testing.assert_allclose(shares[:, draw], expected, rtol=0, atol=1e-11)


def test_shares_of_groups_do_not_need_rates_that_differ():
    path = pathway([(0, 1, 0.5), (1, 2, 0.5)], [1, 0, 0])
    shares = shares_over(path, np.array([0.0, 1.0, 2.0]), [[0], [0, 1]])[:, :, 0]
    free = np.exp([0.0, -0.5, -1.0])
    np.testing.assert_allclose(shares, np.stack([free, free * [1.0, 1.5, 2.0]], axis=1), atol=1e-9)


def ode(path, draw, hazards, clock):
    """Follow occupancy and the moves so far through a differential equation, background mortality within."""
    n_states = len(path.states)
    origins = np.array([move.origin for move in path.transitions])
    state = np.concatenate([path.initial[:, draw], np.zeros(len(origins))])
    points = [state]
    for step, (start, stop) in enumerate(zip(clock.times[:-1], clock.times[1:], strict=True)):
        q = generator(path, int(start >= path.epochs[1] - 1e-9), draw) - hazards[step] * np.eye(n_states)
        q[-1, -1] = 0
        flow = path.hazards[int(start >= path.epochs[1] - 1e-9), :, draw]

        def change(_, y, q=q, flow=flow):
            return np.concatenate([y[:n_states] @ q, flow * y[origins]])

        solved = solve_ivp(change, (start, stop), state, method="DOP853", rtol=1e-11, atol=1e-13)
        state = solved.y[:, -1]
        points.append(state)
    return np.array(points)[:, : n_states - 1], np.diff(np.array(points)[:, n_states:], axis=0)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", [3, 4])
def test_totals_equal_those_of_a_differential_equation(solver, seed):
    path = random_pathway(seed, n_alive=5, n_draws=2, epochs=(0.0, 0.5))
    clock = uneven(3.2, breaks=(0.5,))
    background = dying(clock, 0.2 + 0.1 * np.arange(len(clock.times)) / len(clock.times), 2)
    scales = plain_scales(clock, rate=0.04)
    totals, _ = follow_cohorts([path], clock, background, scales, solver=solver)
    discount = 1.04**-clock.times
    for draw in range(2):
        occupancy, moves = ode(path, draw, background.hazard[:, draw], clock)
        weighed = occupancy * discount[:, None]
        years = clock.at_start @ weighed[:-1] + clock.at_end @ weighed[1:]
        np.testing.assert_allclose(totals[0].time["years"][:, draw], years, rtol=1e-8, atol=1e-10)
        counted = (1.04**-clock.middles) @ moves
        np.testing.assert_allclose(moves_of(path, totals[0])[:, draw], counted, rtol=1e-8, atol=1e-10)
        assert totals[0].alive_at_end[draw] == pytest.approx(occupancy[-1].sum(), rel=1e-8)


def test_both_solvers_give_the_same_outcomes_and_events_on_uneven_steps(study, draws):
    grid = (Cycle(7 / 365.25, 0.5), Cycle(MONTH, 3.0), Cycle(1.0))
    uneven_study = study.with_settings(cycle=grid)
    closed, stepped = (
        evaluate(uneven_study, first(draws, 50), solver=solver, counts=True)
        for solver in ("closed-form", "stepping")
    )
    for field in ("costs_by_category", "qalys_by_state", "life_years_by_state", "alive_at_end"):
        np.testing.assert_allclose(getattr(closed, field), getattr(stepped, field), rtol=1e-8, atol=1e-9)
    assert closed.events.keys() == stepped.events.keys()
    for event, count in stepped.events.items():
        np.testing.assert_allclose(closed.events[event], count, rtol=1e-8, atol=1e-10)


# Grids


def test_weekly_cycles_change_totals_and_decision_little(study):
    fine, coarse = (evaluate(study.with_settings(cycle=(Cycle(length),))) for length in (7 / 365.25, MONTH))
    np.testing.assert_allclose(coarse.costs, fine.costs, rtol=0.005)
    np.testing.assert_allclose(coarse.qalys, fine.qalys, rtol=0.005)
    np.testing.assert_allclose(coarse.life_years, fine.life_years, rtol=0.005)
    worth = [study.settings.wtp.threshold * o.qalys - o.costs for o in (fine, coarse)]
    changes = (worth[1] - worth[1][:, :1]) - (worth[0] - worth[0][:, :1])
    dearer = np.abs(fine.costs - fine.costs[:, :1])
    assert np.all(np.abs(changes[:, 1:]) < 0.01 * dearer[:, 1:])


def test_yearly_cycles_after_some_years_of_monthly_ones_change_next_to_nothing(study):
    mixed, throughout = (
        evaluate(study.with_settings(cycle=cycle))
        for cycle in ((Cycle(MONTH, 5.0), Cycle(1.0)), (Cycle(MONTH),))
    )
    for field in ("costs", "qalys", "life_years"):
        np.testing.assert_allclose(getattr(mixed, field), getattr(throughout, field), rtol=0.001)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("correction", ["half-cycle", "simpson", "start", "end"])
@pytest.mark.parametrize("horizon", [0.5, 1.0, 7.3, 24.0, 25.0])
def test_where_nobody_dies_life_years_are_the_horizon(solver, correction, horizon):
    path = pathway([(0, 1, 2.0)], [0.7, 0.3])
    clock = make_clock([Cycle(1.0)], horizon=horizon, correction=correction)
    totals, _ = follow_cohorts([path], clock, nobody_dies(clock, 1), plain_scales(clock), solver=solver)
    assert totals[0].time["years"].sum() == pytest.approx(horizon, abs=1e-10)
    assert totals[0].alive_at_end[0] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("cause", ["leukaemia", "background"])
def test_where_everybody_dies_in_the_first_cycle_nobody_lives_longer(solver, cause):
    path = pathway([(0, 1, 1e4 if cause == "leukaemia" else 0.0)], [1.0])
    clock = make_clock([Cycle(1.0)], horizon=30)
    background = dying(clock, 1e4 if cause == "background" else 0.0, 1)
    totals, _ = follow_cohorts([path], clock, background, plain_scales(clock), solver=solver)
    assert totals[0].time["years"].sum() == pytest.approx(0.5, abs=1e-12)
    assert totals[0].alive_at_end[0] < 1e-100
    assert moves_of(path, totals[0])[0, 0] == pytest.approx(float(cause == "leukaemia"), abs=1e-12)


def test_a_profile_or_scale_counts_only_for_what_it_names():
    path = pathway(COMPETING, [1, 0, 0])
    clock = monthly(5)
    ones = np.ones(len(clock.lengths))
    scales = Scales(
        (Profile("all", ones, ones), Profile("treated", ones, ones, frozenset({"treated"}))),
        {"all": MoveScale(ones), "one": MoveScale(ones, frozenset({"move_0_2"}))},
    )
    for solver in SOLVERS:
        totals = follow_cohorts([path], clock, nobody_dies(clock, 1), scales, solver=solver)[0][0]
        assert totals.time["all"].sum() == pytest.approx(5)
        assert not totals.time["treated"].any()
        counted = [path.transitions[number].events[0].kind for number in totals.counted]
        place = counted.index("move_0_2")
        assert totals.moves["one"][place] == pytest.approx(totals.moves["all"][place])
        assert np.delete(totals.moves["one"], place, axis=0).sum() == 0


# Conservation


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("seed", range(5))
def test_moves_in_and_out_of_each_state_make_the_change_of_its_occupancy(solver, seed):
    path = random_pathway(seed, n_alive=6, epochs=(0.0, 0.5))
    for horizon in (0.02, 0.5, 0.9, 4.0):
        clock = uneven(horizon, breaks=(0.5,))
        background, scales = nobody_dies(clock, path.n_draws), plain_scales(clock)
        totals, _ = follow_cohorts([path], clock, background, scales, solver=solver)
        balance = path.initial.copy()
        for move, count in zip(path.transitions, moves_of(path, totals[0]), strict=True):
            balance[move.origin] -= count
            balance[move.destination] += count
        ((_, occupancy),) = occupancy_at(path, np.array([horizon]))
        np.testing.assert_allclose(balance[:-1], occupancy, rtol=0, atol=1e-10)
        np.testing.assert_allclose(balance.sum(axis=0), 1, rtol=0, atol=1e-10)
        np.testing.assert_allclose(1 - balance[-1], totals[0].alive_at_end, rtol=0, atol=1e-10)


def test_occupancy_is_negative_by_rounding_alone_and_the_living_only_become_fewer(study, draws):
    values = study.values(first(draws, 100))
    times = np.concatenate([np.arange(0, 60) / 12, np.arange(5, 88, 3)])
    for stratum in study.strata(values):
        for strategy in study.strategies:
            path = study.pathway(strategy, stratum.values)
            error = solve(path, 0, path.initial[:-1]).error()
            assert np.median(error) < 1e-11
            alive = np.ones(path.n_draws)
            for _, occupancy in occupancy_at(path, times):
                assert np.all(occupancy.min(axis=0) > -np.maximum(1e-12, error))
                assert np.all(occupancy.sum(axis=0) < alive + 1e-12)
                alive = occupancy.sum(axis=0)


def test_the_trace_of_health_states_sums_to_one(study, draws):
    values = study.values(first(draws, 20))
    path = study.pathway(next(iter(study.strategies)), study.strata(values)[0].values)
    times = study.clock.times
    trace = health_state_trace(path, times, study.survival(values, times))
    np.testing.assert_allclose(trace.sum(axis=1), 1, rtol=0, atol=1e-10)
    assert trace.min() > -1e-12
    assert np.diff(trace[:, 3], axis=0).min() > -1e-12


# Symmetry and coincidence


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_states_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    moves = [(a, b, rng.uniform(0.1, 9)) for a in (0, 1, 2) for b in (3, 4, 5, 6)] + [
        (3, 6, 1.0),
        (4, 6, 2.0),
    ]
    initial = rng.dirichlet(np.ones(6))
    new = np.array([2, 0, 1, 5, 3, 4, 6])
    permuted = [(int(new[a]), int(new[b]), hazard) for a, b, hazard in moves]
    clock = uneven(10)
    totals = []
    for path in (pathway(moves, initial), pathway(permuted, initial[np.argsort(new[:-1])])):
        found, _ = follow([path], clock, dying(clock, 0.02, 1), plain_scales(clock, rate=0.04))
        totals.append((path, found[0]))
    (path, before), (other, after) = totals
    np.testing.assert_allclose(after.time["years"][new[:-1]], before.time["years"], rtol=1e-8)
    place = {(move.origin, move.destination): i for i, move in enumerate(other.transitions)}
    for number, move in enumerate(path.transitions):
        moved = after.moves["count"][place[int(new[move.origin]), int(new[move.destination])]]
        np.testing.assert_allclose(moved, before.moves["count"][number], rtol=1e-8)


def test_draws_in_which_rates_nearly_coincide_are_handed_to_the_stepping_solver():
    gap = np.concatenate([[0.0], 10.0 ** -np.arange(1, 15), [0.5]])
    rate = 2.0
    path = pathway([(0, 1, rate), (1, 2, rate * (1 + gap)), (2, 3, rate * (1 - 0.5 * gap))], [1, 0, 0])
    clock = monthly(20)
    arguments = (clock, dying(clock, 0.01, gap.size), plain_scales(clock, rate=0.03))
    _, (doubtful,) = follow([path], *arguments)
    assert doubtful[0]
    assert doubtful[gap == 1e-9].all()
    assert not doubtful[[1, -1]].any()
    (closed,), stepped = follow_cohorts([path], *arguments)
    (exact,), _ = follow_cohorts([path], *arguments, solver="stepping")
    np.testing.assert_array_equal(stepped, doubtful)
    np.testing.assert_allclose(closed.time["years"], exact.time["years"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(closed.moves["count"], exact.moves["count"], rtol=0, atol=1e-8)
    np.testing.assert_allclose(closed.alive_at_end, exact.alive_at_end, rtol=0, atol=1e-8)


def test_equal_rates_between_which_nothing_flows_are_no_cause_for_doubt():
    share = np.array([0.0, 1.0])
    path = pathway([(0, 1, share), (0, 2, 1.0), (1, 2, 1.0 + share)], np.array([[1, 0.5], [0, 0.5]]))
    clock = monthly(2)
    _, (doubtful,) = follow([path], clock, nobody_dies(clock, 2), plain_scales(clock))
    # In draw 0 both rates are 1 and no one goes from one to the other; in draw 1 both are 2 and some do.
    assert doubtful.tolist() == [False, True]


def test_rates_of_strategies_followed_together_do_not_mix():
    paths = [random_pathway(seed, n_alive=5, n_draws=9) for seed in range(4)]
    clock = uneven(30)
    arguments = (clock, dying(clock, 0.02, 9), plain_scales(clock, rate=0.03))
    together, _ = follow(paths, *arguments)
    for path, totals in zip(paths, together, strict=True):
        (alone,), _ = follow([path], *arguments)
        assert alone.time["years"].tobytes() == totals.time["years"].tobytes()
        assert alone.moves["count"].tobytes() == totals.moves["count"].tobytes()


# Bytes


def test_blocks_and_jobs_do_not_change_a_byte(study, draws, monkeypatch):
    whole = bytes_of(evaluate(study, draws))
    for block, width, jobs in ((100, 1250, 2), (333, 200, 1), (1024, 130, 2)):
        monkeypatch.setattr(evaluation, "BLOCK", block)
        monkeypatch.setattr(closed_form, "WIDTH", width)
        assert bytes_of(evaluate(study, draws, jobs=jobs)) == whole, (block, width, jobs)


def test_a_draw_does_not_depend_on_those_after_it(study, draws):
    many = evaluate(study, draws)
    for n_draws in (1, 7, 40):
        assert bytes_of(evaluate(study, first(draws, n_draws))) == bytes_of(many.first(n_draws))
