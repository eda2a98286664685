"""Cost parameters held against cited totals, and the cut that keeps cited costs away from efficacy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from remit import evaluate
from remit.analysis.calibration import costs as cost_module
from remit.analysis.calibration.calibrate import plan_calibration, posterior_of, run_stages
from remit.analysis.calibration.costs import draw_costs
from remit.analysis.calibration.sampler import Plan
from remit.analysis.predictions import predict
from remit.evaluation import unit_costs
from remit.files.studies import read_study
from remit.inputs.distributions import Fixed, Gamma
from remit.inputs.draws import draw_parameters
from remit.inputs.targets import Expected, LogNormalError, NormalError, Target

CITED = ("cited_costs_car_t", "cited_costs_car_t_healthcare", "cited_costs_blinatumomab")
PLAN = Plan(draws=400, last=600, ess=50.0, seed=4)


@pytest.fixture(scope="module")
def loaded():
    return read_study(posterior=False)


@pytest.fixture(scope="module")
def study(loaded):
    """Without strata, which would only take time."""
    return replace(loaded.study, population=replace(loaded.study.population, strata={}))


@pytest.fixture(scope="module")
def clinical(loaded):
    return tuple(loaded.targets[key] for key in ("mt103_205_os", "mt103_205_rfs"))


@pytest.fixture(scope="module")
def cited(loaded):
    return tuple(loaded.targets[key] for key in CITED)


@pytest.fixture(scope="module")
def efficacy(study, clinical):
    """A calibration to survival alone, and its posterior."""
    calibration = plan_calibration(study, clinical, PLAN)
    *_, last = run_stages(calibration)
    return calibration, last, posterior_of(calibration, last, "alone", rows=300)


def total(key, strategy, value, sdlog, perspective="societal"):
    quantity = Expected(strategy, "costs", perspective)
    return Target(key, key, quantity, value, LogNormalError(sdlog), "enrolled", "", "")


def test_cited_costs_leave_every_efficacy_column_as_it_is_to_the_byte(study, clinical, cited, efficacy):
    calibration, last, alone = efficacy
    both = plan_calibration(study, (*clinical, *cited), PLAN)
    assert both.streams == calibration.streams
    assert not any(stream.startswith("cost_") for stream in both.streams)
    *_, again = run_stages(both)
    assert again.weights.tobytes() == last.weights.tobytes()
    rows = posterior_of(both, again, "both", rows=300)
    for name, column in alone.columns.items():
        assert rows.columns[name].tobytes() == column.tobytes()
    added = set(rows.columns) - set(alone.columns)
    assert added
    # What is no price and moves costs alone stands in the row that is priced, drawn from its prior.
    apart = {name: study.parameters[name] for name in both.costly}
    assert "p_hsct_salvage" in apart
    prior = draw_parameters(apart, seed=PLAN.seed, n_draws=300)
    assert {name for name in added if not name.startswith("cost_")} == set(prior)
    for name, column in prior.items():
        assert rows.columns[name] == pytest.approx(column, rel=1e-6, abs=1e-6)


def test_the_cited_totals_themselves_do_not_matter_to_efficacy(study, clinical, cited, efficacy):
    _, last, alone = efficacy
    dear = tuple(replace(target, value=1.3 * target.value) for target in cited)
    calibration = plan_calibration(study, (*clinical, *dear), PLAN)
    rows = posterior_of(calibration, last, "dear", rows=300)
    assert all(rows.columns[name].tobytes() == column.tobytes() for name, column in alone.columns.items())


def test_what_costs_nobody_anything_in_these_strategies_is_not_fitted(study, efficacy, loaded):
    """A total of blinatumomab says nothing of the price of CAR T."""
    rows = efficacy[2].columns
    priced = draw_costs(study, rows, [loaded.targets["cited_costs_blinatumomab"]], seed=1)
    assert "cost_drug_blinatumomab" in priced.columns
    assert study.parameters["cost_administration_tisagenlecleucel"].is_uncertain
    assert not any(name.endswith("_tisagenlecleucel") for name in priced.columns)


def test_unit_costs_times_prices_are_the_costs_by_category(loaded):
    """On real draws of the full study, those that need the stepping solver among them."""
    study = loaded.study
    draws = draw_parameters(study.parameters, seed=20180201, n_draws=150)
    outcomes = evaluate(study, draws)
    assert outcomes.stepped.any()
    each = unit_costs(study, draws)
    assert set(each) == {name for name in study.parameters if name.startswith("cost_")}
    prices = {name: draws.get(name, np.full(150, study.means[name])) for name in each}
    summed = sum(each[name] * prices[name][:, None, None] for name in each)
    assert summed.shape == outcomes.costs_by_category.shape
    apart = np.abs(summed - outcomes.costs_by_category)
    assert np.all(apart <= 1e-9 * outcomes.costs[:, :, None])
    assert np.all(apart <= 1e-9 * np.maximum(outcomes.costs_by_category, 1e-6))
    assert summed.sum(axis=2) == pytest.approx(outcomes.costs, rel=1e-9)


def test_unit_costs_leave_out_what_the_perspective_leaves_out(study):
    payer = study.with_settings(perspective="healthcare")
    assert not unit_costs(payer, None)["cost_future_non_medical"].any()
    assert unit_costs(study, None)["cost_future_non_medical"].any()


def narrow(study, cv):
    """The study with gammas of a small cv on all uncertain prices, and everything else at its mean."""
    parameters = {
        name: replace(
            p, uncertainty=Gamma(cv) if name.startswith("cost_") else Fixed("a test"), correlated_with=None
        )
        if p.is_uncertain and not isinstance(p.central, dict)
        else p
        for name, p in study.parameters.items()
    }
    return replace(study, parameters=parameters)


def bills(study, names, wanted):
    """Return totals at the means, and what each price adds to them at its mean, (target, price).

    By evaluating the study with one price at a time a tenth higher.
    """
    raised = {name: np.full(len(names) + 1, study.means[name]) for name in names}
    for place, name in enumerate(names):
        raised[name][place + 1] *= 1.1
    totals = np.array(predict(study, raised, wanted))
    return totals[:, 0], (totals[:, 1:] - totals[:, :1]) / 0.1


def test_narrow_prices_have_the_conditional_of_a_linear_problem_with_normal_errors(study):
    """Prices m (1 + cv z), log totals linear in z: z given the totals is normal with known mean and sd."""
    cv, n = 0.01, 3000
    small = narrow(study, cv)
    quantities = [
        Expected("car_t", "costs"),
        Expected("car_t", "costs", "healthcare"),
        Expected("blinatumomab", "costs"),
    ]
    names = [name for name, p in small.parameters.items() if name.startswith("cost_") and p.is_uncertain]
    totals, parts = bills(small, names, quantities)
    errors, above = np.array([0.004, 0.003, 0.006]), np.array([0.01, -0.004, 0.008])
    targets = [
        total(str(place), q.strategy, totals[place] * np.exp(above[place]), errors[place], q.perspective)
        for place, q in enumerate(quantities)
    ]
    slopes = cv * parts / totals[:, None]
    gain = slopes.T @ np.linalg.inv(slopes @ slopes.T + np.diag(errors**2))
    mean, sd = gain @ above, np.sqrt(np.diag(np.eye(len(names)) - gain @ slopes))
    rows = {"p_cr_blinatumomab": np.full(n, small.means["p_cr_blinatumomab"])}
    priced = draw_costs(small, rows, targets, seed=2)
    assert set(priced.columns) <= set(names)
    assert set(names) - set(priced.columns) == {
        name for place, name in enumerate(names) if not parts[:, place].any()
    }
    # The proposal is the conditional itself, so that weights hardly differ.
    assert priced.alive > 0.999
    shape = cv**-2
    for place, name in enumerate(names):
        if name not in priced.columns:
            continue
        z = stats.norm.ppf(stats.gamma.cdf(priced.columns[name], shape, scale=small.means[name] / shape))
        assert z.mean() == pytest.approx(mean[place], abs=4 * sd[place] / np.sqrt(n) + 0.02)
        assert z.std() == pytest.approx(sd[place], rel=0.06)
    assert np.abs(mean).max() > 0.5
    assert sd.min() < 0.9


def test_wide_prices_have_the_conditional_of_numerical_integration(study):
    """Two prices with cv 0.25 and 0.4, one total with sdlog 0.05: a curved ridge of scores."""
    n, names, spread = 6000, ("cost_drug_blinatumomab", "cost_future_non_medical"), (0.25, 0.4)
    few = narrow(study, 0.1)
    parameters = {
        name: replace(p, uncertainty=Gamma(spread[names.index(name)]) if name in names else Fixed("a test"))
        if name.startswith("cost_") and p.is_uncertain
        else p
        for name, p in few.parameters.items()
    }
    few = replace(few, parameters=parameters)
    quantity = Expected("blinatumomab", "costs")
    totals, parts = bills(few, list(names), [quantity])
    cited = 1.3 * totals[0]
    axis = np.linspace(-5, 5, 1001)
    one, two = np.meshgrid(axis, axis, indexing="ij")
    factors = [
        stats.gamma.ppf(stats.norm.cdf(axis), cv**-2, scale=cv**2)[index]
        for cv, index in zip(spread, np.indices(one.shape), strict=True)
    ]
    paid = totals[0] + parts[0, 0] * (factors[0] - 1) + parts[0, 1] * (factors[1] - 1)
    density = np.exp(-0.5 * (one**2 + two**2) - 0.5 * (np.log(paid / cited) / 0.05) ** 2)
    density /= density.sum()
    rows = {"p_cr_blinatumomab": np.full(n, few.means["p_cr_blinatumomab"])}
    priced = draw_costs(few, rows, [total("one", "blinatumomab", cited, 0.05)], seed=3)
    assert set(priced.columns) == set(names)
    for name, factor in zip(names, factors, strict=True):
        ratio = priced.columns[name] / few.means[name]
        mean = np.sum(density * factor)
        sd = np.sqrt(np.sum(density * (factor - mean) ** 2))
        assert ratio.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(n))
        assert ratio.std() == pytest.approx(sd, rel=0.05)
        assert abs(mean - 1) > 0.03


def test_fitted_totals_lie_about_those_cited(study, cited, efficacy):
    """Each row's totals scatter by no more than the errors of the cited ones, and about them."""
    rows = dict(efficacy[2].columns)
    priced = draw_costs(study, rows, cited, seed=1)
    assert priced.alive > 0.3
    before = predict(study, rows, [target.quantity for target in cited])
    after = predict(study, rows | priced.columns, [target.quantity for target in cited])
    for target, one, two in zip(cited, before, after, strict=True):
        apart = np.log(two / target.value)
        assert abs(apart.mean()) < 0.05
        assert apart.std() < 0.06
        assert abs(apart.mean()) < abs(np.mean(np.log(one / target.value))) + 0.01


def test_costs_are_drawn_for_each_row_and_the_same_for_the_same_seed(study, cited, efficacy):
    rows = {name: column[:40] for name, column in efficacy[2].columns.items()}
    once, again = (draw_costs(study, rows, cited, seed=5).columns for _ in range(2))
    other = draw_costs(study, rows, cited, seed=6).columns
    for name, column in once.items():
        assert column.shape == (40,)
        assert column.tobytes() == again[name].tobytes() != other[name].tobytes()
        assert np.ptp(column) > 0
        assert column.min() > 0


def test_with_all_prices_fixed_there_is_nothing_to_fit(study, cited, efficacy):
    fixed = study.set({name: mean for name, mean in study.means.items() if name.startswith("cost_")})
    priced = draw_costs(fixed, efficacy[2].columns, cited, seed=1)
    assert (priced.columns, priced.alive) == ({}, 1.0)


def test_cited_costs_need_a_log_normal_error(study, cited, efficacy):
    wrong = replace(cited[0], likelihood=NormalError(1000.0))
    with pytest.raises(TypeError, match="cited_costs_car_t: cited costs need a log-normal error"):
        draw_costs(study, efficacy[2].columns, [wrong], seed=1)


def test_a_single_candidate_is_taken_as_it_comes(study, efficacy, monkeypatch):
    monkeypatch.setattr(cost_module, "CANDIDATES", 1)
    target = total("one", "blinatumomab", 300_000.0, 0.05)
    assert draw_costs(study, efficacy[2].columns, [target], seed=1).alive == 1.0


@pytest.mark.parametrize("times", [0.02, 50.0])
def test_cited_totals_that_no_price_can_reach_are_refused_by_name(study, efficacy, times):
    far = total("far_off", "blinatumomab", times * 267259, 0.05)
    with pytest.raises(ValueError, match="far_off"):
        draw_costs(study, efficacy[2].columns, [far], seed=1)
