"""Posteriors: rows that belong together, drawn in laps, beside parameters that no calibration fitted."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit import evaluate, load_study
from remit.inputs.distributions import Beta, Dirichlet, Fixed, LogNormal, Normal
from remit.inputs.draws import draw_parameters, uniforms
from remit.inputs.parameters import Correlation, Parameter
from remit.inputs.posterior import Posterior

ROWS = 37
NUMBER = np.arange(ROWS, dtype=np.float64)
# A row can be told by any of its columns: the third is a function of the first two.
NUMBERED = Posterior("a test", {"a": NUMBER, "b": NUMBER**2, "c": NUMBER + NUMBER**2}, 20.0)

seeds = st.integers(0, 2**63 - 1)
numbers = st.integers(1, 4 * ROWS)


@pytest.fixture(scope="module")
def study():
    return load_study()


@given(seeds, numbers, numbers)
@settings(deadline=None, max_examples=50)
def test_a_draw_does_not_depend_on_how_many_are_drawn(seed, one, two):
    few, many = sorted((one, two))
    short, long = (NUMBERED.rows(seed, n) for n in (few, many))
    for name in NUMBERED.columns:
        assert short[name].shape == (few,)
        assert short[name].tobytes() == long[name][:few].tobytes()


@given(seeds, st.integers(1, 4))
@settings(deadline=None, max_examples=50)
def test_every_row_is_drawn_once_in_each_lap_and_in_another_order(seed, laps):
    drawn = NUMBERED.rows(seed, laps * ROWS)["a"].reshape(laps, ROWS)
    assert np.all(np.sort(drawn, axis=1) == NUMBER)
    assert len({lap.tobytes() for lap in drawn}) == laps
    assert not any(np.all(lap == NUMBER) for lap in drawn)


@given(seeds, numbers)
@settings(deadline=None, max_examples=50)
def test_columns_of_a_draw_stand_in_one_row(seed, n_draws):
    drawn = NUMBERED.rows(seed, n_draws)
    assert drawn.keys() == NUMBERED.columns.keys()
    np.testing.assert_array_equal(drawn["b"], drawn["a"] ** 2)
    np.testing.assert_array_equal(drawn["c"], drawn["a"] + drawn["b"])


def test_the_same_seed_gives_the_same_order_and_another_seed_another():
    orders = [NUMBERED.rows(seed, ROWS)["a"] for seed in (7, 7, 8)]
    assert orders[0].tobytes() == orders[1].tobytes()
    assert np.any(orders[0] != orders[2])


def test_the_first_rows_are_those_of_all_rows_without_favour():
    """Over many seeds each row is as often the first as any other, and in any place."""
    first = np.array([NUMBERED.rows(seed, 5)["a"] for seed in range(4000)])
    counts = np.array([np.bincount(place.astype(int), minlength=ROWS) for place in first.T])
    expected = 4000 / ROWS
    assert np.abs(counts - expected).max() < 5 * math.sqrt(expected)


def test_means_are_those_of_the_rows():
    assert NUMBERED.n_rows == ROWS
    n = ROWS - 1
    assert NUMBERED.means() == pytest.approx(
        {"a": n / 2, "b": n * (2 * n + 1) / 6, "c": n / 2 + n * (2 * n + 1) / 6}, rel=1e-14
    )
    NUMBERED.means()["a"] = 5.0
    assert NUMBERED.means()["a"] == n / 2


def test_without_drops_columns_keeps_the_order_of_rows_and_leaves_nothing_when_all_are_dropped():
    fewer = NUMBERED.without({"b", "not there"})
    assert list(fewer.columns) == ["a", "c"]
    assert (fewer.name, fewer.ess) == (NUMBERED.name, NUMBERED.ess)
    kept, before = fewer.rows(3, 50), NUMBERED.rows(3, 50)
    assert all(kept[name].tobytes() == before[name].tobytes() for name in kept)
    assert list(NUMBERED.columns) == ["a", "b", "c"]
    assert NUMBERED.without(["a", "b", "c"]) is None
    assert list(NUMBERED.without(()).columns) == ["a", "b", "c"]


# Drawn beside parameters that no calibration fitted.


def parameter(value, unit, uncertainty, **others):
    return Parameter("Title", value, unit, uncertainty, source="maude2018", **others)


LINK = Correlation("log_or_cr", -0.5)
PARAMETERS = {
    "p_cr": parameter(0.39, "probability", Beta(events=27, n=70)),
    "share_tempo": parameter({"slow": 0.3, "base": 0.5, "rapid": 0.2}, "share", Dirichlet(30)),
    "log_or_cr": parameter(-2.07, "log odds ratio", Normal(0.435)),
    "hr_relapse": parameter(2.0, "hazard ratio", LogNormal(0.45), correlated_with=LINK),
    "cost_list": parameter(320_000, "EUR", Fixed("a list price")),
}


def fitted(**columns):
    return Posterior("a test", {name: np.asarray(column) for name, column in columns.items()}, 20.0)


def test_fitted_parameters_are_drawn_from_the_posterior_and_the_others_as_without_it():
    posterior = fitted(p_cr=np.linspace(0.1, 0.2, ROWS))
    drawn = draw_parameters(PARAMETERS, seed=7, n_draws=50, posterior=posterior)
    alone = draw_parameters(PARAMETERS, seed=7, n_draws=50)
    assert drawn.keys() == alone.keys()
    assert drawn["p_cr"].tobytes() == posterior.rows(7, 50)["p_cr"].tobytes()
    assert all(drawn[name].tobytes() == alone[name].tobytes() for name in drawn if name != "p_cr")


def test_fitted_shares_are_drawn_together_and_sum_to_1():
    slow = np.linspace(0.1, 0.4, ROWS)
    posterior = fitted(
        share_tempo_slow=slow, share_tempo_base=0.6 - slow / 2, share_tempo_rapid=0.4 - slow / 2
    )
    drawn = draw_parameters(PARAMETERS, seed=7, n_draws=50, posterior=posterior)
    shares = [drawn[f"share_tempo_{tempo}"] for tempo in ("slow", "base", "rapid")]
    assert set(shares[0]) == set(slow)
    np.testing.assert_allclose(np.sum(shares, axis=0), 1.0, atol=1e-15)


def test_a_parameter_that_was_not_fitted_keeps_its_correlation_with_one_that_was_not():
    n, rho = 100_000, -0.5
    posterior = fitted(p_cr=np.linspace(0.1, 0.2, ROWS))
    drawn = draw_parameters(PARAMETERS, seed=5, n_draws=n, posterior=posterior)
    scores = (drawn["log_or_cr"] + 2.07) / 0.435, np.log(drawn["hr_relapse"] / 2) / 0.45
    assert abs(np.corrcoef(*scores)[0, 1] - rho) < 4 * (1 - rho**2) / math.sqrt(n)


def test_a_correlation_among_the_fitted_is_that_of_their_rows_not_that_of_the_prior():
    """Also where the prior says another one: what was fitted is joint as it stands."""
    z = np.random.default_rng(1).normal(size=(2, 4000))
    columns = {"log_or_cr": z[0] - 2, "hr_relapse": np.exp(0.9 * z[0] + math.sqrt(1 - 0.81) * z[1])}
    drawn = draw_parameters(PARAMETERS, seed=5, n_draws=8000, posterior=fitted(**columns))
    found = np.corrcoef(drawn["log_or_cr"], np.log(drawn["hr_relapse"]))[0, 1]
    assert found == pytest.approx(
        np.corrcoef(columns["log_or_cr"], np.log(columns["hr_relapse"]))[0, 1], abs=1e-12
    )
    assert found > 0.88


# In a study.


def test_a_study_draws_the_rows_of_its_posterior_beside_its_other_parameters(study):
    drawn, known = study.draws(n_draws=300, seed=5), study.posterior.rows(5, 300)
    assert set(known) < set(drawn)
    assert all(drawn[name].tobytes() == column.tobytes() for name, column in known.items())
    for name in set(drawn) - set(known):
        own = study.parameters.get(name)
        if own is not None and own.correlated_with is None:
            u = uniforms(5, name, 300)
            assert drawn[name] == pytest.approx(own.uncertainty.quantile(u, float(own.central)), rel=1e-14)


def test_means_of_a_study_are_those_of_the_posterior_where_it_has_the_column(study):
    for name, column in study.posterior.columns.items():
        assert study.means[name] == pytest.approx(math.fsum(column) / column.size, rel=1e-13)
    for name, own in study.parameters.items():
        for column, mean in own.means(name).items():
            if column not in study.posterior.columns:
                assert study.means[column] == mean
    values = study.values(None)
    one = study.parameters["time_wait_blinatumomab"]
    assert one.factor != 1
    assert values["time_wait_blinatumomab"] == pytest.approx(
        [study.means["time_wait_blinatumomab"] * one.factor]
    )
    assert values.n_draws == 1


def test_the_deterministic_run_is_at_the_means_of_the_posterior(study):
    priors = replace(study, posterior=None)
    at_means = {name: np.array([mean]) for name, mean in study.posterior.means().items()}
    once, same = evaluate(study), evaluate(priors, at_means)
    assert once.qalys.tobytes() == same.qalys.tobytes()
    assert once.costs.tobytes() == same.costs.tobytes()
    assert np.all(once.qalys != evaluate(priors).qalys)


def test_named_shares_of_the_shipped_posterior_sum_to_1_in_every_row_and_in_the_mean(study):
    named = [name for name, one in study.parameters.items() if isinstance(one.central, dict)]
    columns = [study.parameters[name].columns(name) for name in named]
    posterior = [each for each in columns if each[0] in study.posterior.columns]
    assert posterior
    for each in posterior:
        rows = [study.posterior.columns[name] for name in each]
        np.testing.assert_allclose(np.sum(rows, axis=0), 1.0, atol=1e-12)
        assert sum(study.means[name] for name in each) == pytest.approx(1, abs=1e-12)
    drawn = study.draws(n_draws=100, seed=2)
    for each in columns:
        np.testing.assert_allclose(np.sum([drawn[name] for name in each], axis=0), 1.0, atol=1e-12)


def same_but(study, other, dropped):
    """Whether another study draws the same of every column but those dropped, which it has not."""
    before, after = (one.draws(n_draws=2500, seed=3) for one in (study, other))
    return set(after) == set(before) - set(dropped) and all(
        after[name].tobytes() == before[name].tobytes() for name in after
    )


@pytest.mark.parametrize("name", ["p_cr_blinatumomab", "cost_travel", "share_causal_modulation_blinatumomab"])
def test_what_is_set_leaves_the_posterior_and_the_others_stay_in_their_rows(study, name):
    changed = study.set({name: 0.25})
    assert changed.means == {**study.means, name: 0.25}
    assert name not in changed.posterior.columns
    assert same_but(study, changed, {name})
    assert study.posterior.n_rows == changed.posterior.n_rows
    assert study.means[name] != 0.25


def test_named_shares_that_are_set_leave_the_posterior_whole(study):
    shares = {"slow": 0.2, "base": 0.5, "rapid": 0.3}
    changed = study.set({"share_tempo": shares})
    assert same_but(study, changed, {f"share_tempo_{tempo}" for tempo in shares})
    assert {tempo: changed.means[f"share_tempo_{tempo}"] for tempo in shares} == shares


def test_a_profile_that_is_set_leaves_the_posterior(study):
    assert "utility_norm" in study.posterior.columns
    changed = study.set({"utility_norm": 0.5})
    assert changed.means["utility_norm"] == 1
    assert "utility_norm" not in changed.posterior.columns


def test_a_study_of_which_all_that_was_fitted_is_set_has_no_posterior(study):
    few = replace(study, posterior=study.posterior.without(set(study.posterior.columns) - {"cost_travel"}))
    assert few.set({"cost_travel": 1.0}).posterior is None


def test_a_study_set_to_the_means_of_its_posterior_is_the_deterministic_run(study):
    name = "p_cr_tisagenlecleucel"
    again = evaluate(study.set({name: study.means[name]}))
    assert again.qalys == pytest.approx(evaluate(study).qalys, rel=1e-13)


@pytest.mark.parametrize(
    ("scenario", "replaced"),
    [
        ("half-price-car-t", {"cost_drug_tisagenlecleucel": 160_000.0}),
        ("no-cure", {"share_durable_tisagenlecleucel": 0.0, "share_durable_blinatumomab": 0.0}),
        ("no-antigen-modulation", {"share_causal_modulation_blinatumomab": 0.0}),
    ],
)
def test_a_scenario_replaces_what_it_sets_and_keeps_the_rest_of_the_posterior(study, scenario, replaced):
    changed = load_study(f"params/scenarios/{scenario}.yaml")
    dropped = {name for name in replaced if name in study.draws(n_draws=1, seed=1)}
    assert changed.means == {**study.means, **replaced}
    assert same_but(study, changed, dropped)
    assert set(changed.posterior.columns) == set(study.posterior.columns) - set(replaced)


def test_a_distribution_that_a_scenario_gives_is_drawn_in_place_of_the_posterior(study):
    """`pooled-response` gives two remissions a spread of their own."""
    changed, names = load_study("pooled-response"), {"p_cr_tisagenlecleucel", "p_cr_blinatumomab"}
    assert names <= set(study.posterior.columns)
    assert set(changed.posterior.columns) == set(study.posterior.columns) - names
    drawn, before = (one.draws(n_draws=200, seed=3) for one in (changed, study))
    for name in names:
        own = changed.parameters[name]
        expected = own.uncertainty.quantile(uniforms(3, name, 200), float(own.value))
        assert drawn[name] == pytest.approx(expected, rel=1e-14)
        assert changed.means[name] == own.means(name)[name]
    assert all(drawn[name].tobytes() == before[name].tobytes() for name in set(drawn) - names)


def test_a_setting_alone_keeps_the_whole_posterior(study):
    changed = load_study("start-infused")
    assert same_but(study, changed, ())
    assert changed.means == study.means
