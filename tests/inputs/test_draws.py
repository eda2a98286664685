"""Draws: a stream for each name, so that nothing depends on what else is drawn."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from remit import load_study
from remit.errors import InputError
from remit.inputs.distributions import Beta, Dirichlet, Fixed, Gamma, LogNormal, Normal
from remit.inputs.draws import draw_parameters, sobol, uniforms
from remit.inputs.parameters import Correlation, Parameter


def parameter(value, unit, uncertainty, **others):
    return Parameter("Title", value, unit, uncertainty, source="maude2018", **others)


PARAMETERS = {
    "p_cr": parameter(0.39, "probability", Beta(events=27, n=70)),
    "cost_drug": parameter(1000, "EUR", Gamma(0.25)),
    "share_tempo": parameter({"slow": 0.3, "base": 0.5, "rapid": 0.2}, "share", Dirichlet(30)),
    "log_or_cr": parameter(-2.07, "log odds ratio", Normal(0.435)),
    "hr_relapse": parameter(
        2.0, "hazard ratio", LogNormal(0.45), correlated_with=Correlation("log_or_cr", -0.5)
    ),
    "cost_list": parameter(320_000, "EUR", Fixed("a list price")),
}


def same_bytes(one, two):
    return one.keys() == two.keys() and all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    once, again = (draw_parameters(PARAMETERS, seed=7, n_draws=50) for _ in range(2))
    other = draw_parameters(PARAMETERS, seed=8, n_draws=50)
    assert same_bytes(once, again)
    assert all(not np.any(once[name] == other[name]) for name in once)


def test_a_fixed_parameter_has_no_column_and_shares_have_one_each():
    draws = draw_parameters(PARAMETERS, seed=7, n_draws=5)
    assert list(draws) == [
        "p_cr",
        "cost_drug",
        "share_tempo_slow",
        "share_tempo_base",
        "share_tempo_rapid",
        "log_or_cr",
        "hr_relapse",
    ]
    assert all(column.shape == (5,) for column in draws.values())


@given(st.integers(0, 2**63 - 1), st.integers(1, 60), st.integers(60, 300))
@settings(deadline=None, max_examples=20)
def test_a_draw_does_not_depend_on_how_many_are_drawn(seed, few, many):
    short = draw_parameters(PARAMETERS, seed=seed, n_draws=few)
    long = draw_parameters(PARAMETERS, seed=seed, n_draws=many)
    assert same_bytes(short, {name: column[:few] for name, column in long.items()})


@given(st.permutations(list(PARAMETERS)))
@settings(deadline=None, max_examples=20)
def test_the_order_of_parameters_changes_no_draw(order):
    usual = draw_parameters(PARAMETERS, seed=3, n_draws=20)
    shuffled = draw_parameters({name: PARAMETERS[name] for name in order}, seed=3, n_draws=20)
    assert same_bytes(usual, {name: shuffled[name] for name in usual})


def test_another_parameter_changes_no_draw():
    usual = draw_parameters(PARAMETERS, seed=3, n_draws=20)
    more = draw_parameters({"p_new": PARAMETERS["p_cr"], **PARAMETERS}, seed=3, n_draws=20)
    assert same_bytes(usual, {name: more[name] for name in usual})
    assert not np.any(more["p_new"] == more["p_cr"])


def test_streams_of_different_names_are_uniform_and_not_correlated():
    one, two = (uniforms(1, name, 100_000) for name in ("p_cr_a", "p_cr_b"))
    for stream in (one, two):
        assert stats.kstest(stream, "uniform").pvalue > 1e-4
        assert 0 < stream.min() < stream.max() < 1
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / math.sqrt(100_000)


def test_a_copula_gives_the_correlation_of_normal_scores_and_leaves_both_distributions_alone():
    n, rho = 100_000, -0.5
    draws = draw_parameters(PARAMETERS, seed=5, n_draws=n)
    scores = (draws["log_or_cr"] + 2.07) / 0.435, np.log(draws["hr_relapse"] / 2) / 0.45
    assert abs(np.corrcoef(*scores)[0, 1] - rho) < 4 * (1 - rho**2) / math.sqrt(n)
    # The rank correlation of a Gaussian copula is 6 / pi x arcsin(rho / 2).
    ranks = stats.spearmanr(draws["log_or_cr"], draws["hr_relapse"]).statistic
    assert abs(ranks - 6 / math.pi * math.asin(rho / 2)) < 4 / math.sqrt(n)
    for score in scores:
        assert stats.kstest(score, "norm").pvalue > 1e-4


def test_a_correlation_reaches_through_a_chain():
    """hr_relapse follows log_or_cr, and the third follows hr_relapse as it is drawn."""
    n = 50_000
    third = replace(PARAMETERS["hr_relapse"], correlated_with=Correlation("hr_relapse", 0.8))
    draws = draw_parameters({"hr_third": third, **PARAMETERS}, seed=5, n_draws=n)
    logs = [np.log(draws["hr_third"]), np.log(draws["hr_relapse"]), draws["log_or_cr"]]
    table = np.corrcoef(logs)
    assert abs(table[0, 1] - 0.8) < 4 * (1 - 0.64) / math.sqrt(n)
    assert abs(table[0, 2] + 0.4) < 4 / math.sqrt(n)


def test_what_another_is_correlated_with_is_drawn_as_if_alone():
    alone = draw_parameters({"log_or_cr": PARAMETERS["log_or_cr"]}, seed=5, n_draws=20)
    assert (
        alone["log_or_cr"].tobytes() == draw_parameters(PARAMETERS, seed=5, n_draws=20)["log_or_cr"].tobytes()
    )


def test_a_correlation_with_something_unknown_or_in_a_circle_or_with_shares_is_refused():
    linked = PARAMETERS["hr_relapse"]
    with pytest.raises(InputError, match=r"hr_relapse: no file gives .* \(did you mean 'log_or_cr'\?\)"):
        draw_parameters(
            {
                "hr_relapse": replace(linked, correlated_with=Correlation("log_or_cx", 0.1)),
                **{"log_or_cr": PARAMETERS["log_or_cr"]},
            },
            seed=1,
            n_draws=2,
        )
    circle = {
        "hr_a": replace(linked, correlated_with=Correlation("hr_b", 0.1)),
        "hr_b": replace(linked, correlated_with=Correlation("hr_a", 0.1)),
    }
    with pytest.raises(InputError, match=r"hr_a -> hr_b -> hr_a.*: correlations run in a circle"):
        draw_parameters(circle, seed=1, n_draws=2)
    with_shares = PARAMETERS | {"hr_a": replace(linked, correlated_with=Correlation("share_tempo", 0.1))}
    with pytest.raises(InputError, match="hr_a = 'share_tempo': named shares cannot be correlated with"):
        draw_parameters(with_shares, seed=1, n_draws=2)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "1", None, True])
def test_a_silly_seed_is_refused(seed):
    with pytest.raises(InputError, match="seed must be a whole number from 0"):
        draw_parameters(PARAMETERS, seed=seed, n_draws=2)


@pytest.mark.parametrize("n_draws", [0, -5, 10_000_001, 10**12, 100.0, "100", None, True])
def test_a_silly_number_of_draws_is_refused_before_anything_is_allocated(n_draws):
    with pytest.raises(InputError, match="number of draws must be a whole number from 1 to 10,000,000"):
        draw_parameters(PARAMETERS, seed=1, n_draws=n_draws)


def test_sobol_points_keep_the_first_draws_and_the_distribution():
    few, many = sobol(7, ["b", "a"], 100), sobol(7, ["a", "b"], 1000)
    assert all(np.array_equal(few[name], many[name][:100]) for name in "ab")
    assert abs(np.corrcoef(many["a"], many["b"])[0, 1]) < 0.02
    # Evenly spread: each of 100 cells holds 10 of 1,000 points or nearly; random ones range over 15.
    for name in "ab":
        assert np.ptp(np.histogram(many[name], bins=100, range=(0, 1))[0]) <= 4
        assert 0 < many[name].min() < many[name].max() < 1


def test_sobol_draws_of_a_study_have_smaller_errors_than_random_ones():
    study = load_study()
    errors = {}
    for sampling in ("random", "sobol"):
        own = replace(study, psa=replace(study.psa, sampling=sampling))
        means = [own.draws(n_draws=512, seed=seed)["cost_drug_clofarabine"].mean() for seed in range(12)]
        errors[sampling] = np.std(means)
    assert errors["sobol"] < 0.2 * errors["random"]
