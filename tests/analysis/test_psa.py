"""PSA: all draws at once, and nothing that depends on how many, with whom or on how many jobs."""

from dataclasses import replace

import numpy as np
import pytest

from remit import evaluate, evaluation, load_study, run_psa
from remit.errors import InputError
from remit.inputs.distributions import Fixed
from remit.pathway.therapies import Line, Strategy

TOTALS = ("life_years", "qalys", "costs")
ALL = (*TOTALS, "costs_by_category", "qalys_by_state", "life_years_by_state", "alive_at_end")
SEED = 20180201


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def psa(study):
    return run_psa(study, n_draws=100, seed=SEED)


def same_bytes(one, two, fields=ALL):
    return all(
        np.ascontiguousarray(getattr(one, name)).tobytes()
        == np.ascontiguousarray(getattr(two, name)).tobytes()
        for name in fields
    )


def test_it_holds_a_row_for_each_draw_of_every_strategy_and_uncertain_parameter(study, psa):
    assert psa.n_draws == 100
    assert psa.seed == SEED
    assert psa.outcomes.costs.shape == (100, len(study.strategies))
    uncertain = [c for name, p in study.parameters.items() if p.is_uncertain for c in p.columns(name)]
    assert sorted(psa.parameters) == sorted(uncertain)
    assert set(study.posterior.columns) < set(uncertain)
    assert all(column.shape == (100,) for column in psa.parameters.values())


def test_every_draw_is_possible(psa):
    """Probabilities and shares in [0, 1], utilities in [-0.6, 1], nothing else negative but log ratios."""
    for name, column in psa.parameters.items():
        assert np.isfinite(column).all()
        if name.startswith(("p_", "share_")):
            assert 0 <= column.min() <= column.max() <= 1
        if name.startswith("utility_") and "decrement" not in name:
            assert -0.6 <= column.min() <= column.max() <= 1.1  # a level of the norm may pass 1
        if name.startswith(("rate_", "hr_", "or_", "smr_", "cost_", "time_", "qaly_loss_")):
            assert column.min() >= 0
    outcomes = psa.outcomes
    assert np.all(outcomes.qalys <= outcomes.life_years)
    assert outcomes.costs.min() > 0
    assert outcomes.life_years.max() < 88


def test_with_every_parameter_fixed_at_its_mean_it_is_the_deterministic_run(study):
    means = {}
    for name, parameter in study.parameters.items():
        if parameter.by:
            means[name] = {at: study.means[name] * value for at, value in parameter.value.items()}
        elif isinstance(parameter.value, dict):
            means[name] = {key: study.means[f"{name}_{key}"] for key in parameter.value}
        else:
            means[name] = study.means[name]
    fixed = study.set(means)
    assert not any(parameter.is_uncertain for parameter in fixed.parameters.values())
    assert fixed.posterior is None
    drawn = run_psa(fixed, n_draws=3, seed=1)
    once = evaluate(study)
    for name in TOTALS:
        for draw in getattr(drawn.outcomes, name):
            np.testing.assert_allclose(draw, getattr(once, name)[0], rtol=1e-8)


def test_a_study_with_hardly_any_spread_is_near_the_deterministic_run(study):
    parameters = {
        name: replace(p, uncertainty=replace(p.uncertainty, sdlog=1e-7))
        if p.uncertainty.type == "lognormal"
        else replace(p, uncertainty=Fixed("a test"), correlated_with=None)
        for name, p in study.parameters.items()
    }
    columns = {
        name: study.means[name] + 1e-6 * (column - study.means[name])
        for name, column in study.posterior.columns.items()
    }
    near = replace(study, parameters=parameters, posterior=replace(study.posterior, columns=columns))
    drawn, once = run_psa(near, n_draws=4, seed=1).outcomes, evaluate(near)
    for name in TOTALS:
        np.testing.assert_allclose(getattr(drawn, name), np.repeat(getattr(once, name), 4, axis=0), rtol=1e-4)
        assert np.ptp(getattr(drawn, name), axis=0).min() > 0


@pytest.mark.parametrize("jobs", [2, 7])
def test_the_bytes_are_the_same_on_any_number_of_jobs_and_in_blocks_of_any_size(
    study, psa, jobs, monkeypatch
):
    monkeypatch.setattr(evaluation, "BLOCK", 24)
    again = run_psa(study, n_draws=100, seed=SEED, jobs=jobs)
    assert same_bytes(again.outcomes, psa.outcomes)
    assert all(
        again.parameters[name].tobytes() == column.tobytes() for name, column in psa.parameters.items()
    )


def test_the_first_100_of_1000_draws_are_the_100_draws(study, psa):
    """Draws that go through the stepping solver among them."""
    assert psa.outcomes.stepped.any()
    more = run_psa(study, n_draws=1_000, seed=SEED)
    assert same_bytes(more.outcomes.first(100), psa.outcomes)
    assert all(
        more.parameters[name][:100].tobytes() == column.tobytes() for name, column in psa.parameters.items()
    )


def test_a_draw_alone_has_the_bytes_that_it_has_among_others(study, psa):
    """Also draws in which all are planned for HSCT, or early death leaves less room for remission."""
    strata = study.strata(study.values(psa.parameters))
    said = [study.pathway("blinatumomab_then_car_t", one.values).diagnostics for one in strata]
    special = np.any([flag for named in said for name, flag in named if "share reached" not in name], axis=0)
    for draw in (0, *np.flatnonzero(special)[:3], *np.flatnonzero(psa.outcomes.stepped)[:2]):
        alone = evaluate(study, {name: column[[draw]] for name, column in psa.parameters.items()})
        assert all(
            getattr(alone, name)[0].tobytes()
            == np.ascontiguousarray(getattr(psa.outcomes, name)[draw]).tobytes()
            for name in ALL
        )


def test_another_strategy_changes_no_number_of_the_others(study, psa):
    more = dict(study.strategies)
    more["car_t_then_blinatumomab"] = Strategy(
        "The other way round", (Line("tisagenlecleucel"), Line("blinatumomab"))
    )
    found = run_psa(replace(study, strategies=more), n_draws=100, seed=SEED).outcomes
    for name in TOTALS:
        ours = np.ascontiguousarray(getattr(found, name)[:, : len(study.strategies)])
        assert ours.tobytes() == getattr(psa.outcomes, name).tobytes()


def test_another_parameter_value_keeps_the_draws_of_all_others(study, psa):
    changed = run_psa(study.set({"cost_drug_blinatumomab": 1000.0}), n_draws=100, seed=SEED)
    assert "cost_drug_blinatumomab" not in changed.parameters
    assert all(
        psa.parameters[name].tobytes() == column.tobytes() for name, column in changed.parameters.items()
    )
    assert changed.outcomes.qalys.tobytes() == psa.outcomes.qalys.tobytes()


def test_twice_the_currency_and_twice_the_wtp_leave_acceptability_as_it_is(psa):
    from remit.analysis import ceac

    wtp = np.array([0.0, 40_000, 80_000])
    once = ceac(psa.outcomes.costs, psa.outcomes.qalys, wtp)
    assert ceac(2 * psa.outcomes.costs, psa.outcomes.qalys, 2 * wtp).tobytes() == once.tobytes()


def test_the_mean_over_draws_is_near_the_deterministic_run(study, psa):
    """Not equal, since the model is not linear: within a tenth."""
    once = evaluate(study)
    for name in TOTALS:
        np.testing.assert_allclose(
            getattr(psa.outcomes, name).mean(axis=0), getattr(once, name)[0], rtol=0.15
        )


@pytest.mark.parametrize(("n_draws", "seed"), [(0, 1), (10.0, 1), (10, -1), (10, 1.5)])
def test_a_silly_number_of_draws_or_seed_is_refused(study, n_draws, seed):
    with pytest.raises(InputError, match="must be a whole number"):
        run_psa(study, n_draws=n_draws, seed=seed)
