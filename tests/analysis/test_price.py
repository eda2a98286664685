"""Value-based prices and the prices at which strategies join the frontier."""

import numpy as np
import pytest

from remit.analysis.price import (
    AT_INFUSION,
    best_at,
    price_of,
    price_reached,
    value_based_prices,
    ways_of_paying,
)
from remit.analysis.price_frontier import frontier_prices
from remit.economics.comparison import incremental_analysis
from remit.economics.payment import Instalment, Payment
from remit.errors import InputError
from remit.evaluation import OpenPrice, evaluate, evaluate_open_price
from remit.files.studies import read_study
from remit.report.price_tables import frontier_prices_table, value_based_price_table

PRICE = "cost_drug_tisagenlecleucel"
WAYS = {
    AT_INFUSION: {},
    "half": {"tisagenlecleucel": Payment(discount=0.5)},
    "if in remission": {"tisagenlecleucel": Payment(due=(Instalment(3.0, 1.0, "in_remission"),))},
    "made": {"tisagenlecleucel": Payment(not_given=1.0)},
}


@pytest.fixture(scope="module")
def study():
    return read_study().study


@pytest.fixture(scope="module")
def prices(study):
    draws = study.draws(n_draws=60, seed=3)
    return value_based_prices(study, "car_t", [0.0, 20_000.0, 80_000.0], ways=WAYS, draws=draws)


def net_benefit(study, outcomes):
    return study.settings.wtp.threshold * outcomes.qalys - outcomes.costs


@pytest.mark.parametrize("way", list(WAYS))
def test_costs_are_a_straight_line_in_the_price_however_it_is_paid(study, way):
    draws = study.draws(n_draws=3, seed=1)
    lines = evaluate_open_price(study, draws, price=PRICE, ways={way: WAYS[way]})
    at = np.array([100.0, 3e5, 7e5])
    costs = evaluate(study.with_settings(payment=WAYS[way]), {**draws, PRICE: at}).costs
    assert lines.costs[way] + at[:, None] * lines.shares[way] == pytest.approx(costs, rel=1e-10)


@pytest.mark.parametrize("way", list(WAYS))
def test_at_its_price_a_strategy_is_as_good_as_the_best_that_does_without(study, prices, way):
    """V50: evaluated there, net benefits agree within one currency unit."""
    (found,) = (one for one in prices.values if one.way == way)
    at = {PRICE: [found.at_means[2]]}
    nmb = net_benefit(study, evaluate(study.with_settings(payment=WAYS[way]), at))[0]
    assert nmb[1] == pytest.approx(nmb[0], abs=1.0)


def test_a_discount_raises_the_list_price_that_is_worth_it_by_as_much(prices):
    full, half = prices.values[0], prices.values[1]
    assert half.at_means == pytest.approx(2 * full.at_means, rel=1e-10)
    assert half.high == pytest.approx(2 * full.high, rel=1e-10)


def test_the_expected_price_is_where_mean_net_benefits_over_draws_are_equal(study, prices):
    draws = study.draws(n_draws=60, seed=3)
    at = {**draws, PRICE: np.full(60, prices.values[0].expected[2])}
    nmb = net_benefit(study, evaluate(study, at)).mean(axis=0)
    assert nmb[1] == pytest.approx(nmb[0], abs=1.0)


def test_interval_and_mean_are_of_each_draws_own_price(study, prices):
    draws = study.draws(n_draws=60, seed=3)
    two = [net_benefit(study, evaluate(study, {**draws, PRICE: np.full(60, p)})) for p in (0.0, 1e6)]
    ahead = [nmb[:, 1] - nmb[:, 0] for nmb in two]
    own = 1e6 * ahead[0] / (ahead[0] - ahead[1])
    found = prices.values[0]
    assert found.mean[2] == pytest.approx(own.mean(), rel=1e-8)
    assert [found.low[2], found.high[2]] == pytest.approx(np.quantile(own, [0.025, 0.975]), rel=1e-8)


def test_the_reference_is_the_best_of_all_that_do_without_the_therapy():
    """By hand: at 10 per QALY the others are worth 5 and 8; 40 - 8 is left for half a course."""
    qalys, costs = np.array([[1.0, 2.0, 4.0]]), np.array([[5.0, 12.0, 0.0]])
    shares = np.array([[0.0, 0.0, 0.5]])
    assert price_reached(np.array([10.0]), qalys, costs, shares, 2) == pytest.approx(np.array([[64.0]]))


def test_a_rival_that_pays_the_price_too_bounds_it_from_either_side():
    """By hand, at 1 per QALY: A 5 - p; B 3 - p / 2, as good at p = 4; C 1 without; so A is best up to 4."""
    qalys, costs, shares = np.array([5.0, 3.0, 1.0]), np.zeros(3), np.array([1.0, 0.5, 0.0])
    assert best_at(np.array([1.0]), qalys, costs, shares, 0) == pytest.approx([4.0])
    assert best_at(np.array([1.0]), qalys, costs, shares, 1) == pytest.approx([4.0])
    assert np.isnan(best_at(np.array([1.0]), np.array([5.0, 5.5, 1.0]), costs, np.array([1.0, 1, 0]), 0))[0]


def test_prices_on_the_frontier_agree_with_the_frontier_at_each_price():
    rng = np.random.default_rng(0)
    names, steps = tuple("abcde"), np.linspace(0.25, 300, 60)
    seen = set()
    for _ in range(5):
        qalys, costs = rng.uniform(1, 9, 5), rng.uniform(10, 200, 5)
        shares = np.array([0.0, 0.0, *rng.uniform(0.3, 1.2, 3)])
        found = frontier_prices(OpenPrice(names, qalys[None], {"x": costs[None]}, {"x": shares[None]}), "x")
        for price in steps:
            table = incremental_analysis(names, costs + price * shares, qalys).set_index("strategy")
            on = {one.strategy for one in found if one.prices and one.prices[0] <= price <= one.prices[1]}
            assert on == set(table.index[table["status"] == "frontier"]), price
        seen |= {"none" if one.prices is None else np.isfinite(one.prices[1]) for one in found}
    assert seen == {"none", True, False}


def test_tables_say_where_nothing_is_worth_it_and_what_stands_on_the_frontier(study, prices):
    table = value_based_price_table(prices, study)
    free = table[(table["payment"] == AT_INFUSION) & (table["wtp"] == 0)].iloc[0]
    assert free["in_words"] == "no price of 0 or more reaches EUR 0 per QALY"
    assert free["current_price"] == 320_000
    frontier = frontier_prices_table(prices)
    now = frontier[(frontier["payment"] == AT_INFUSION) & frontier["on_frontier"]]["strategy"]
    outcomes = evaluate(study)
    status = incremental_analysis(outcomes.strategies, outcomes.costs[0], outcomes.qalys[0])
    assert set(now) == set(status[status["status"] == "frontier"]["strategy"])


def test_a_scenario_that_pays_otherwise_is_a_way_of_paying_and_one_at_another_price_is_not(study):
    others = {
        name: read_study(name).study for name in ("instalments", "half-price-car-t", "healthcare-payer")
    }
    paid = others["instalments"].settings.payment
    others["both"] = others["half-price-car-t"].with_settings(payment=paid)
    found = ways_of_paying(study, others)
    assert list(found) == [AT_INFUSION, "instalments"]
    assert found["instalments"] == others["instalments"].settings.payment


def test_the_price_is_that_of_the_therapy_which_the_comparator_does_without():
    assert price_of(read_study().study, "blinatumomab_then_car_t") == PRICE
    assert price_of(read_study("dual-antigen-car").study, "dual_antigen_car") == PRICE
    assert price_of(read_study("myeloma").study, "bcma_car") == "cost_drug_bcma_car"


def test_a_price_that_another_therapy_borrows_changes_with_it():
    study = read_study("dual-antigen-car").study
    draws = {PRICE: np.array([1e5, 6e5])}
    lines = evaluate_open_price(study, draws, price=PRICE, ways={"own": study.settings.payment})
    costs = evaluate(study, draws).costs
    assert lines.costs["own"] + draws[PRICE][:, None] * lines.shares["own"] == pytest.approx(costs, rel=1e-10)


@pytest.mark.parametrize(
    ("wtp", "said"),
    [([], "wtp is empty"), ([80_000, 20_000], "must rise"), ([1, 1], "must rise"), ([-1, 5], "0 or more")],
)
def test_wtp_that_is_empty_unsorted_or_negative_is_refused(study, wtp, said):
    with pytest.raises(InputError, match=said):
        value_based_prices(study, "car_t", wtp)


def test_prices_that_mean_nothing_are_refused(study):
    for price, said in (
        ("cost_drug_tisagenlecleucell", "did you mean 'cost_drug_tisagenlecleucel'"),
        ("cost_salvage", "is no price of a therapy"),
        ("cost_drug_clofarabine", "does not pay this price"),
    ):
        with pytest.raises(InputError, match=said):
            value_based_prices(study, "car_t", [1.0], price=price)
    with pytest.raises(InputError, match="did you mean 'car_t'"):
        value_based_prices(study, "cart", [1.0])
    with pytest.raises(InputError, match="does without"):
        price_of(study, study.comparator)
    with pytest.raises(InputError, match="way of paying"):
        value_based_prices(study, "car_t", [1.0], ways={})


def test_a_price_that_every_strategy_pays_is_refused(study):
    from dataclasses import replace

    kept = {name: one for name, one in study.strategies.items() if name != "blinatumomab"}
    own = replace(study, strategies=kept, comparator="blinatumomab_then_car_t")
    with pytest.raises(InputError, match="every strategy pays this price"):
        value_based_prices(own, "car_t", [1.0], price=PRICE)
