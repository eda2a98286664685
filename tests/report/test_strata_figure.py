"""Results by group of patients: the table and its figure."""

import numpy as np
import pandas as pd
import pytest

from remit import load_study, run_psa
from remit.evaluation import evaluate, evaluate_strata
from remit.report.context import context_of
from remit.report.figures.strata import HEALTH, strata_figure
from remit.report.strata_tables import strata_table

THRESHOLD = 80_000.0


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def psa(study):
    return run_psa(study, n_draws=30, seed=2)


@pytest.fixture(scope="module")
def table(study, psa):
    return strata_table(evaluate_strata(study), psa, study.comparator, THRESHOLD)


def test_a_row_for_each_group_and_strategy_with_its_increments(table, study):
    groups = list(dict.fromkeys(zip(table["feature"], table["level"], strict=True)))
    assert groups == [("all", "all"), ("tempo", "slow"), ("tempo", "base"), ("tempo", "rapid")]
    whole = table[table["feature"] == "all"]
    np.testing.assert_array_equal(whole["qalys"], evaluate(study).qalys[0])
    levels = table[table["feature"] == "tempo"]
    summed = (levels["share"] * levels["costs"]).groupby(levels["strategy"]).sum()
    np.testing.assert_allclose(summed[whole["strategy"]], whole["costs"], rtol=1e-12)
    rapid = table[table["level"] == "rapid"].set_index("strategy")
    more, better = (rapid.loc["car_t", c] - rapid.loc["blinatumomab", c] for c in ("costs", "qalys"))
    assert rapid.loc["car_t", "icer"] == pytest.approx(more / better)
    nmb = 80_000 * rapid.loc["car_t", "qalys"] - rapid.loc["car_t", "costs"]
    assert rapid.loc["car_t", "nmb"] == pytest.approx(nmb)
    assert np.isnan(rapid.loc["blinatumomab", "icer"])
    assert (table.groupby(["feature", "level"])["best"].sum() == 1).all()


def test_intervals_and_probabilities_are_those_of_the_draws(table, psa):
    slow = psa.strata[0].outcomes
    nmb = THRESHOLD * slow.qalys - slow.costs
    inmb = nmb[:, 1] - nmb[:, 0]
    row = table[(table["level"] == "slow") & (table["strategy"] == "car_t")].iloc[0]
    found = row[["inmb_mean", "inmb_low", "inmb_high"]].tolist()
    assert found == pytest.approx([inmb.mean(), np.quantile(inmb, 0.025), np.quantile(inmb, 0.975)])
    assert row["probability_best"] == np.mean(nmb.argmax(axis=1) == 1)


def test_without_draws_the_columns_of_draws_are_empty(study):
    table = strata_table(evaluate_strata(study), None, study.comparator, THRESHOLD)
    assert table[["probability_best", "inmb_mean", "inmb_low", "inmb_high"]].isna().all(axis=None)
    assert table["nmb"].notna().all()


def test_the_figure_has_a_dot_and_an_interval_for_each_group_and_strategy(table, study):
    figure = strata_figure(table, context_of(study))
    (axes,) = figure.axes
    for name in ("car_t", "blinatumomab_then_car_t"):
        rows = table[table["strategy"] == name]
        dots = [float(line.get_xdata()[0]) for line in axes.lines if line.get_gid() == f"inmb:{name}"]
        ends = [line.get_xdata() for line in axes.lines if line.get_gid() == f"interval:{name}"]
        assert dots == pytest.approx(rows["inmb_mean"].tolist())
        assert np.array(ends) == pytest.approx(rows[["inmb_low", "inmb_high"]].to_numpy())
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == ["All patients", "slow (30%)", "base (50%)", "rapid (20%)"]
    assert "Tempo" in [text.get_text() for text in axes.texts]


def test_two_features_and_their_strata_each_have_a_heading(table, study):
    again = table[table["feature"] == "tempo"].assign(feature="stratum")
    figure = strata_figure(pd.concat([table, again], ignore_index=True), context_of(study))
    heads = [text.get_text() for text in figure.axes[0].texts if text.get_weight() == "bold"]
    assert heads == ["Tempo", "Strata"]


def test_the_figure_of_health_shows_the_comparator_too_and_the_best_by_qalys(table, study):
    figure = strata_figure(table, context_of(study), HEALTH)
    (axes,) = figure.axes
    for name in study.strategies:
        rows = table[table["strategy"] == name]
        dots = [float(line.get_xdata()[0]) for line in axes.lines if line.get_gid() == f"qalys:{name}"]
        assert dots == pytest.approx(rows["qalys_mean"].tolist())
    whole = table[table["feature"] == "all"]
    assert whole["probability_best_health"].sum() == pytest.approx(1)
    best = whole.loc[whole["qalys_mean"].idxmax(), "strategy"]
    assert any(line.get_gid() == f"best:{best}" for line in axes.lines)
