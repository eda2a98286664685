"""The decision map: what is drawn and said is what the sweep's table holds."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from contexts import context_with
from matplotlib.collections import QuadMesh

from remit.report.decision_map import (
    MapAxis,
    MapDrawing,
    drawing_from,
    drawing_to,
    map_in_words,
    turning_points_table,
)
from remit.report.figures.decision_map import map_figures

WAITS, CAUSAL = (3.0, 138.5, 274.0), (0.0, 0.5, 1.0)
DAYS = 365.25 / 12
DRAWING = MapDrawing(
    x=MapAxis("time_wait", "Months of waiting", "months", 1 / DAYS),
    y=MapAxis("share_causal", "Causal share", "share", 1.0),
    strategy="bridge",
    first=("blinatumomab", "bridge"),
    therapy="blinatumomab",
    later="cells",
    by="tempo",
    draws=16,
)
CONTEXT = context_with(
    {"blinatumomab": "Blinatumomab", "car_t": "Cells", "bridge": "Blinatumomab as a bridge"}
)


def row(wait, causal, level, strategy):
    """Return a row: cells lose a QALY every 100 days, the bridge starts 1.4 below, or 2 where c is 1.

    Slow patients never gain by the bridge, and by net benefit nobody does.
    """
    qalys = {"blinatumomab": 2.0, "car_t": 10 - wait / 100, "bridge": 8.6 - 0.6 * causal}[strategy]
    qalys -= 9.0 * (level == "slow" and strategy == "bridge")
    inmb = {"blinatumomab": 0.0, "car_t": 4e5, "bridge": 2e5}[strategy]
    return {
        "at_time_wait": wait,
        "at_share_causal": causal,
        "stratum": level,
        "share": {"all": 1.0, "slow": 0.4, "rapid": 0.6}[level],
        "strategy": strategy,
        "qalys": qalys,
        "inmb": inmb,
        "probability_best": {"blinatumomab": 0.0, "car_t": 0.95, "bridge": 0.05}[strategy],
        "probability_best_health": {"blinatumomab": 0.0, "car_t": 0.8, "bridge": 0.2}[strategy],
        "expected_loss": 4e5 - inmb + wait,
        "expected_loss_health": 12 - qalys,
        "p_cr_after_nonresponse": 0.75 - 0.4 * causal if strategy == "bridge" else np.nan,
    }


@pytest.fixture(scope="module")
def table():
    groups = ("all", "slow", "rapid")
    return pd.DataFrame([row(*at) for at in itertools.product(WAITS, CAUSAL, groups, CONTEXT.strategies)])


@pytest.fixture(scope="module")
def cloud():
    random = np.random.default_rng(2)
    return pd.DataFrame({"time_wait": random.lognormal(3.7, 0.2, 60), "share_causal": random.beta(2, 2, 60)})


def turn(table, objective, level, causal):
    found = turning_points_table(table, DRAWING)
    return found[
        (found["objective"] == objective) & (found["stratum"] == level) & (found["at_share_causal"] == causal)
    ].to_dict("records")


@pytest.mark.parametrize(("causal", "days"), [(0.0, 140.0), (0.5, 170.0), (1.0, 200.0)])
def test_a_map_turns_where_the_lines_cross_by_hand(table, causal, days):
    """10 - w / 100 = 8.6 - 0.6 c at w = 140 + 60 c, in 3 points a straight line as well."""
    (found,) = turn(table, "health", "rapid", causal)
    assert found["from"] == pytest.approx(days)
    assert (found["to"], found["strategy"], found["ends"]) == (274.0, "bridge", "from")


def test_nowhere_is_a_row_without_numbers(table):
    for objective, level in (("health", "slow"), ("net_benefit", "rapid")):
        (found,) = turn(table, objective, level, 0.5)
        assert np.isnan(found["from"])
        assert found["strategy"] == ""


def test_the_map_is_told_in_words_by_group_and_objective(table):
    said = map_in_words(turning_points_table(table, DRAWING), DRAWING, CONTEXT)
    assert len(said) == 1 + 2 * 3
    rapid = next(line for line in said if "health" in line and "tempo rapid" in line)
    assert "from 4.6 months ('Blinatumomab as a bridge') at 0%" in rapid
    assert "from 6.6 months ('Blinatumomab as a bridge') at 100%" in rapid
    assert "  By health alone, tempo slow: nowhere on the map" in said
    assert "  By net benefit at EUR 80,000 per QALY, all patients: nowhere on the map" in said


def test_what_is_drawn_is_the_same_after_a_manifest():
    assert drawing_from(drawing_to(DRAWING)) == DRAWING


def test_a_map_shows_the_best_strategy_the_loss_the_cloud_and_the_second_scale(table, cloud):
    (name, figure), (other, net) = map_figures(table, cloud, DRAWING, CONTEXT)
    assert (name, other) == ("decision_map_health", "decision_map_net_benefit")
    left, right = figure.axes[4], figure.axes[5]  # the rows: all, slow, rapid
    best, loss = (
        next(mesh for mesh in axes.collections if isinstance(mesh, QuadMesh)).get_array()
        for axes in (left, right)
    )
    # At c = 0 the bridge is best from 140 days on: half of the map, 137 of 271 days.
    assert best[0].tolist() == sorted(best[0].tolist())
    assert np.mean(best[0] == 1) == pytest.approx(137 / 271, abs=0.01)
    assert set(np.unique(best)) == {1, 2}
    assert loss[0, 0] == pytest.approx(12 - 8.6)
    assert loss[-1, 0] == pytest.approx(12 - 8.0)
    dots = next(dots for dots in left.collections if dots.get_gid() == "cloud")
    assert np.asarray(dots.get_offsets())[:, 0] == pytest.approx(cloud["time_wait"].to_numpy() / DAYS)
    (second,) = right.child_axes
    assert [tick.get_text() for tick in second.get_yticklabels()] == ["75%", "65%", "55%", "45%", "35%"]
    groups = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_gid() == "group"]
    assert groups == ["All patients", "Tempo slow (40% of patients)", "Tempo rapid (60% of patients)"]
    named = {text.get_text() for text in left.texts if text.get_gid() == "region"}
    assert {name.replace("\n", " ") for name in named} == {"Cells", "Blinatumomab as a bridge"}
    sure = [text.get_text() for axes in net.axes for text in axes.texts if text.get_gid() == "region"]
    assert sure == ["Cells (above 90%)"] * 3


def test_the_outline_of_the_cloud_stays_within_the_axes_of_shares(table, cloud):
    (_, figure), _ = map_figures(table, cloud, DRAWING, CONTEXT)
    (outline,) = [line for line in figure.axes[0].lines if line.get_gid() == "outline"]
    assert 0 < outline.get_ydata().min() < outline.get_ydata().max() < 1
    assert outline.get_xdata().min() > 0
    inside = np.ptp(outline.get_ydata()) > np.ptp(cloud["share_causal"]) / 2
    assert inside


def test_a_map_of_one_group_at_the_means_and_of_a_fixed_parameter_is_drawn_too(table, cloud):
    one = table[table["stratum"] == "all"].drop(columns=["stratum", "share"])
    drawing = replace(DRAWING, by=None, draws=0)
    figures = dict(map_figures(one, cloud.assign(time_wait=43.0), drawing, CONTEXT))
    assert len(figures) == 2
    figure = figures["decision_map_health"]
    assert len(figure.axes) == 2
    assert not [
        line for line in figure.axes[0].lines if len(line.get_xdata()) and line.get_gid() == "outline"
    ]
    (caption,) = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert "the parameters' means at each point" in " ".join(caption.split())
