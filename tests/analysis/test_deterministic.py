"""One parameter at a time, two of them, and where the decision flips."""

import numpy as np
import pytest
from scipy import stats

from remit.analysis.one_way import is_monotone, one_way
from remit.analysis.ranges import column_of, draws_at, plausible_range, quantiles_of, varied_columns
from remit.analysis.threshold import thresholds
from remit.analysis.two_way import range_of, two_way
from remit.errors import InputError
from remit.evaluation import evaluate
from remit.files.studies import read_study
from remit.inputs.draws import draw_parameters
from remit.report.sensitivity_tables import (
    owsa_table,
    thresholds_table,
    two_way_axes_table,
    two_way_table,
    words_on_threshold,
    written,
)

PRICE = "cost_drug_tisagenlecleucel"
SHARE = "share_durable_tisagenlecleucel"
FEW = (
    SHARE,
    "p_cr_blinatumomab",
    "cost_salvage",
    "utility_norm",
    "share_tempo_rapid",
    "log_or_cr_later_after_nonresponse_blinatumomab",
    "p_cr_clofarabine",
)


@pytest.fixture(scope="module")
def study():
    return read_study().study


@pytest.fixture(scope="module")
def few(study):
    return one_way(study, columns=[column_of(study, name) for name in FEW])


@pytest.fixture(scope="module")
def table(study, few):
    return owsa_table(few, study)


def net_benefit(study, outcomes):
    return study.settings.wtp.threshold * outcomes.qalys - outcomes.costs


def test_every_column_that_psa_draws_can_be_varied(study):
    drawn = study.draws(n_draws=1, seed=1)
    names = [name for owner, p in study.parameters.items() for name in p.columns(owner)]
    assert [column.name for column in varied_columns(study)] == [name for name in names if name in drawn]


def test_a_fitted_parameter_has_the_quantiles_of_its_posterior(study):
    drawn = study.posterior.columns[SHARE]
    found = quantiles_of(study, column_of(study, SHARE), np.array([0.025, 0.975]))
    assert found == pytest.approx(np.quantile(drawn, [0.025, 0.975]), rel=1e-12)


def test_a_parameter_that_was_not_fitted_has_the_quantiles_of_its_distribution(study):
    name = "p_fit_after_relapse"
    a, b = study.parameters[name].uncertainty.shapes(study.parameters[name].value)
    found = quantiles_of(study, column_of(study, name), np.array([0.025, 0.5]))
    assert found == pytest.approx(stats.beta(a, b).ppf([0.025, 0.5]), rel=1e-9)


def test_a_named_share_has_the_quantiles_of_its_marginal_beta(study):
    name = "share_antigen_after_relapse_tisagenlecleucel_negative"
    owner = name.removesuffix("_negative")
    drawn = draw_parameters({owner: study.parameters[owner]}, n_draws=40_000, seed=5)[name]
    found = quantiles_of(study, column_of(study, name), np.array([0.1, 0.5, 0.9]))
    assert found == pytest.approx(np.quantile(drawn, [0.1, 0.5, 0.9]), abs=0.004)


def test_a_correlated_parameter_is_varied_by_its_own_marginal(study):
    name = "hr_relapse_later_after_nonresponse_blinatumomab"
    parameter = study.parameters[name]
    expected = stats.lognorm(s=parameter.uncertainty.sdlog, scale=parameter.value).ppf(0.975)
    assert quantiles_of(study, column_of(study, name), np.array([0.975]))[0] == pytest.approx(expected)


def test_the_shares_beside_a_varied_one_are_scaled_so_that_all_sum_to_1(study):
    rows = draws_at(study, [{"share_tempo_rapid": 0.5}, {}])
    assert sum(rows.values()) == pytest.approx(np.ones(2), abs=1e-12)
    ratio = study.means["share_tempo_slow"] / study.means["share_tempo_base"]
    assert rows["share_tempo_slow"][0] / rows["share_tempo_base"][0] == pytest.approx(ratio)
    assert rows["share_tempo_slow"][1] == study.means["share_tempo_slow"]


def test_shares_that_leave_less_than_nothing_are_refused(study):
    with pytest.raises(InputError, match=r"leave -0\.2 to the others"):
        draws_at(study, [{"share_tempo_rapid": 0.6, "share_tempo_slow": 0.6}])


def test_each_end_of_a_bar_is_what_evaluating_there_gives(study, table):
    base = net_benefit(study, evaluate(study))[0]
    rows = table[table["strategy"] == "car_t"].set_index("parameter")
    for name in (SHARE, "cost_salvage"):
        nmb = net_benefit(study, evaluate(study, {name: [rows.loc[name, "low"]]}))[0]
        assert rows.loc[name, "inmb_low"] == pytest.approx(nmb[1] - nmb[0], rel=1e-9)
        assert rows.loc[name, "inmb_base"] == pytest.approx(base[1] - base[0], rel=1e-9)


def test_a_cost_swings_net_benefit_by_how_often_it_is_paid(study, table):
    """Costs are linear in it: the swing is its range times the difference of what a million of it costs."""
    costs = evaluate(study, {"cost_salvage": [0.0, 1e6]}).costs
    often = (costs[1] - costs[0]) / 1e6
    row = table[(table["strategy"] == "car_t") & (table["parameter"] == "cost_salvage")].iloc[0]
    assert row["swing"] == pytest.approx((row["high"] - row["low"]) * abs(often[1] - often[0]), rel=1e-6)


def test_bars_are_sorted_by_swing_and_those_without_one_are_dropped(few, table):
    for _, rows in table.groupby("strategy"):
        assert (rows["swing"].diff().dropna() <= 0).all()
        assert "p_cr_clofarabine" not in set(rows["parameter"])
    assert few.without_effect() == ["p_cr_clofarabine"]


def test_a_parameter_of_some_strategies_has_no_bar_for_another(table):
    own = table[table["parameter"] == "log_or_cr_later_after_nonresponse_blinatumomab"]
    assert set(own["strategy"]) == {"blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t"}


def test_what_rises_and_falls_is_not_monotone_but_the_last_digits_do_not_count():
    assert not is_monotone(np.array([1.0, 2.0, 1.5, 1.2, 0.9]))
    assert not is_monotone(np.array([5.0, 3.0, 4.0, 2.0, 1.0]))
    assert is_monotone(np.array([5.0, 4.0, 4.0 + 1e-9, 3.0, 1.0]))


def test_a_parameter_that_is_not_monotone_is_flagged(study, few):
    from dataclasses import replace

    bent = few.costs.copy()
    bent[0, 2, 1] += 1e6
    rows = owsa_table(replace(few, costs=bent), study).set_index(["strategy", "parameter"])
    assert not rows.loc[("car_t", SHARE), "monotone"]
    assert rows.loc[("car_t", SHARE), "decision_changes"]
    assert rows.loc[("car_t", "cost_salvage"), "monotone"]
    assert not rows.loc[("car_t", "cost_salvage"), "decision_changes"]


def test_icers_stand_only_where_the_strategy_is_dearer_and_better_throughout(study, few):
    from dataclasses import replace

    cheap = few.costs.copy()
    cheap[0, 1, 1] = 0.0
    rows = owsa_table(replace(few, costs=cheap), study).set_index(["strategy", "parameter"])
    assert np.isnan(rows.loc[("car_t", SHARE), "icer_low"])
    assert rows.loc[("car_t", "utility_norm"), "icer_low"] > 0


@pytest.mark.parametrize("quantiles", [[0.5], [0.9, 0.1], [0.1, 0.9, 0.5, 0.95], [0.0, 0.5], [0.5, 1.0]])
def test_quantiles_that_do_not_rise_within_0_and_1_are_refused(study, quantiles):
    with pytest.raises(InputError, match="quantiles are two or more, rise"):
        one_way(study, quantiles=quantiles)


def test_a_grid_holds_what_evaluating_at_its_points_gives(study):
    grid = two_way(
        study, range_of(study, PRICE, low=0, high=900_000, points=3), range_of(study, SHARE, points=2)
    )
    rows = two_way_table(grid, study)
    nmb = net_benefit(study, evaluate(study, {PRICE: [900_000.0], SHARE: [grid.y.values[0]]}))[0]
    there = rows[(rows["x"] == 900_000) & (rows["y"] == grid.y.values[0])].set_index("strategy")
    assert there.loc["car_t", "inmb"] == pytest.approx(nmb[1] - nmb[0], rel=1e-9)
    assert list(there.index[there["best"]]) == [study.comparator]
    assert rows.groupby(["x", "y"])["best"].sum().eq(1).all()
    assert list(two_way_axes_table(grid)["base"]) == [320_000, study.means[SHARE]]


def test_a_range_that_is_none_is_refused(study):
    with pytest.raises(InputError, match="a range gives its lower end first"):
        range_of(study, PRICE, low=5.0, high=1.0)
    with pytest.raises(InputError, match="is fixed, so it has no range of its own"):
        range_of(study, "time_friction")
    with pytest.raises(InputError, match="did you mean 'cost_drug_tisagenlecleucel'"):
        range_of(study, "cost_drug_tisagenlecleucell")
    with pytest.raises(InputError, match="name a component: share_tempo_slow"):
        range_of(study, "share_tempo")
    with pytest.raises(InputError, match="two different parameters"):
        two_way(study, range_of(study, SHARE), range_of(study, SHARE))


def test_net_benefits_agree_within_a_currency_unit_at_a_threshold(study):
    """V50, for a cost and for a share, against the comparator and against the best of all."""
    found = thresholds(study, "blinatumomab_then_car_t", columns=[PRICE, SHARE], ranges={SHARE: (0.01, 0.9)})
    reached = [one for one in found if one.value is not None]
    assert {(one.column.name, one.question) for one in reached} == {
        (name, question) for name in (PRICE, SHARE) for question in ("against comparator", "best of all")
    }
    names = list(study.strategies)
    for one in reached:
        nmb = net_benefit(study, evaluate(study, draws_at(study, [{one.column.name: one.value}])))[0]
        assert nmb[names.index(one.before)] == pytest.approx(nmb[names.index(one.after)], abs=1.0)
        if one.question == "best of all":
            assert nmb.max() == pytest.approx(nmb[names.index(one.before)], abs=1.0)


def test_the_threshold_price_is_that_of_a_straight_line(study):
    low, high = (net_benefit(study, evaluate(study, {PRICE: [price]}))[0] for price in (0.0, 1e6))
    inmb = [nmb[1] - nmb[0] for nmb in (low, high)]
    (one, _) = thresholds(study, "car_t", columns=[PRICE])
    assert one.value == pytest.approx(1e6 * inmb[0] / (inmb[0] - inmb[1]), abs=0.1)


def test_a_threshold_that_is_never_reached_says_so(study):
    found = thresholds(study, "car_t", columns=[SHARE, PRICE], ranges={PRICE: (0.0, 500_000.0)})
    words = [words_on_threshold(one, study) for one in found]
    low, high = plausible_range(study, column_of(study, SHARE))
    assert words[0] == f"never reached within [{written(low, 'share')}, {written(high, 'share')}]"
    assert words[2] == "no price in [EUR 0, EUR 500,000] changes the decision at EUR 80,000 per QALY"
    assert thresholds_table(found, study)["value"].isna().all()


def test_a_range_that_does_not_hold_the_mean_is_searched_too(study):
    (one, _) = thresholds(study, "car_t", columns=[PRICE], ranges={PRICE: (600_000.0, 2e6)})
    assert one.low == 600_000
    nmb = net_benefit(study, evaluate(study, {PRICE: [one.value]}))[0]
    assert nmb[0] == pytest.approx(nmb[1], abs=0.1)


def test_what_thresholds_cannot_be_found_for_is_refused(study):
    with pytest.raises(InputError, match="did you mean 'car_t'"):
        thresholds(study, "cart")
    with pytest.raises(InputError, match="compared with another than itself"):
        thresholds(study, study.comparator)
    with pytest.raises(InputError, match="lower end first"):
        thresholds(study, "car_t", columns=[SHARE], ranges={SHARE: (0.9, 0.1)})
    with pytest.raises(InputError, match="must be 0 or more"):
        thresholds(study, "car_t", wtp=-1.0)
    with pytest.raises(InputError, match="unknown parameter"):
        thresholds(study, "car_t", columns=["p_cr_of_nobody"])
