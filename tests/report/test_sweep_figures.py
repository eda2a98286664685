"""Figures of a sweep: real scales, captions that state nothing varied, ICERs only where there are any."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from contexts import context_with

from remit.report.figures.sweep import sweep_figures, sweep_heat_map, sweep_lines
from remit.report.figures.sweep_scale import scale_of
from remit.report.figures.sweep_scatter import sweep_scatter
from remit.report.figures.sweep_values import shown
from remit.report.sweep_drawing import SweepAxis, SweepDrawing, sweep_drawing_from, sweep_drawing_to, together
from remit.report.sweep_tables import cells

CONTEXT = context_with({"a": "First", "b": "Second"}, draws=5000, seed=3)
PRICE = SweepAxis("cost_x", "Price", "EUR")
HORIZON = SweepAxis("settings.horizon", "Horizon")
RATE = SweepAxis("settings.discount_qalys", "Discount rate of QALYs", "share")


def drawing(
    *axes: SweepAxis, design: str = "grid", varied: tuple[str, ...] = (), draws: int = 0
) -> SweepDrawing:
    seed = 9 if design == "latin_hypercube" else None
    return SweepDrawing(axes, "b", ("inmb", "icer"), None, design, seed, draws, varied)


def table(axes: dict[str, list[object]]) -> pd.DataFrame:
    """Return a sweep in which the second strategy gives one QALY more at a cost of 10,000 a point, from 0."""
    rows = []
    for point, values in enumerate(zip(*axes.values(), strict=True)):
        at = {f"at_{name}": value for name, value in zip(axes, values, strict=True)}
        for strategy, costs, qalys in (("a", 0.0, 0.0), ("b", 10_000.0 * point, 1.0)):
            increments = {"incremental_costs": costs, "incremental_qalys": qalys}
            icer = costs / qalys if qalys else np.nan
            values_ = {"costs": costs, "qalys": qalys, "icer": icer, "inmb": 80_000 * qalys - costs}
            rows.append({"point": point, **at, "strategy": strategy, **increments, **values_})
    return pd.DataFrame(rows)


def caption(figure) -> str:
    return next(text.get_text() for text in figure.texts if text.get_gid() == "caption").replace("\n", " ")


@pytest.mark.parametrize(
    ("values", "numbers", "title"),
    [
        (["5 years", "10 years", "88 years"], [5, 10, 88], "Horizon (years)"),
        (["6 months", "18 months"], [6, 18], "Horizon (months)"),
        (["6 months", "2 years"], [0.5, 2], "Horizon (years)"),
    ],
)
def test_times_stand_on_a_scale_of_their_own_unit(values, numbers, title):
    scale = scale_of(HORIZON, pd.Series(values))
    assert scale.numbers.tolist() == numbers
    assert (scale.title, scale.is_numeric) == (title, True)


def test_a_line_stands_where_its_horizons_are_and_not_one_step_apart():
    rows = table({"settings.horizon": ["88 years", "5 years", "10 years"]})
    panel = sweep_lines(rows, drawing(HORIZON), "inmb", CONTEXT).axes[0]
    (line,) = [one for one in panel.get_lines() if one.get_label() == "Second"]
    assert line.get_xdata().tolist() == [5, 10, 88]
    assert line.get_ydata().tolist() == [70_000, 60_000, 80_000]


def test_a_rate_that_is_varied_is_not_stated_as_that_of_the_base_case():
    rows = table({"settings.discount_qalys": [0.0, 0.05]})
    said = caption(sweep_lines(rows, drawing(RATE, varied=("discount_qalys",)), "inmb", CONTEXT))
    assert "Varied: Discount rate of QALYs, 0% to 5%." in said
    assert "Costs discounted at 4% a year, QALYs discounted at a varied rate; half-cycle correction." in said
    assert "1.5%" not in said
    assert "QALYs discounted at 1.5% a year" in caption(sweep_lines(rows, drawing(RATE), "inmb", CONTEXT))


def test_a_caption_says_whether_there_were_draws_and_with_which_seed():
    rows = table({"cost_x": [1000.0, 2000.0]})
    assert "means of all other parameters" in caption(sweep_lines(rows, drawing(PRICE), "inmb", CONTEXT))
    said = caption(sweep_lines(rows, drawing(PRICE, draws=700), "inmb", CONTEXT))
    assert "Means of 700 draws, seed 3, the same at every point." in said
    assert "Price (EUR), 1,000 to 2,000" in said
    assert "Costs in EUR (price year 2018)" in said


def test_an_icer_is_drawn_only_for_more_qalys_at_more_cost():
    rows = table({"cost_x": [1.0, 2.0, 3.0]})
    less = rows.assign(incremental_qalys=[0, 1, 0, -1, 0, 1], incremental_costs=[0, 5, 0, 5, 0, -5])
    assert shown(less.assign(icer=1.0), "icer")["point"].tolist() == [0]
    assert shown(rows, "inmb")["strategy"].unique().tolist() == ["b"]


def test_a_contour_is_named_and_runs_where_inmb_is_0():
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    rows = table({"cost_x": list(x.ravel()), "settings.discount_qalys": list(y.ravel() / 100)})
    rows["inmb"] = np.where(rows["strategy"] == "b", 100 * (rows["at_cost_x"] - 2.5), 0.0)
    figure = sweep_heat_map(rows, drawing(PRICE, RATE), "inmb", CONTEXT)
    names = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert names == ["Decision turns: INMB 0 at EUR 80,000 per QALY"]
    lines = [one for one in figure.axes[0].collections if type(one).__name__ == "QuadContourSet"]
    assert np.allclose(lines[0].get_paths()[0].vertices[:, 0], 2.5)
    far = rows.assign(inmb=rows["inmb"] + 1e6)
    (legend,) = sweep_heat_map(far, drawing(PRICE, RATE), "inmb", CONTEXT).legends
    assert "nowhere on this map" in legend.get_texts()[0].get_text()


def test_a_latin_hypercube_is_drawn_against_each_input_with_its_rank_correlation():
    rows = table({"cost_x": [1.0, 3.0, 2.0, 4.0], "settings.discount_qalys": [0.04, 0.03, 0.02, 0.01]})
    rows["inmb"] = (rows["inmb"] / 10_000) ** 9
    drawn = drawing(PRICE, RATE, design="latin_hypercube")
    figure = sweep_scatter(rows, drawn, "inmb", CONTEXT)
    # INMB falls from point to point: ranks 4 3 2 1 against 1 3 2 4 and 4 3 2 1.
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["r = −0.80", "r = 1.00"]
    assert "4 points by Latin hypercube (seed 9): Price (EUR)" in caption(figure)
    names = [name for name, _ in sweep_figures({"sweep.parquet": rows}, drawn, CONTEXT)]
    assert names == ["scatter_inmb", "scatter_icer"]


def test_strategies_that_stand_at_one_point_alone_are_drawn_and_named():
    rows = table({"strategy": ["b", "c"]})
    rows.loc[3, "strategy"] = "c"
    axis = SweepAxis("strategy", "Strategy", labels={"b": "Second", "c": "Third"})
    other = replace(CONTEXT, strategies=("a", "c"), labels={"a": "First", "c": "Third"})
    context, varied = together([CONTEXT, other])
    assert (context.strategies, varied) == (("a", "b", "c"), ())
    panel = sweep_lines(rows, drawing(axis), "inmb", context).axes[0]
    assert {text.get_text() for text in panel.get_legend().get_texts()} == {"Second", "Third"}
    assert [label.get_text() for label in panel.get_xticklabels()] == ["Second", "Third"]


def test_what_differs_between_studies_is_told():
    other = replace(CONTEXT, discount_qalys=0.04, title="Other")
    assert together([CONTEXT, other])[1] == ("title", "discount_qalys")


def test_a_drawing_comes_back_from_plain_data():
    ranged = replace(PRICE, ends=(1.0, 2.0))
    drawn = drawing(ranged, RATE, design="latin_hypercube", varied=("title",))
    assert sweep_drawing_from(json.loads(json.dumps(sweep_drawing_to(drawn)))) == drawn


def test_a_column_holds_numbers_or_else_texts_alone():
    assert cells([1, 2.5]) == [1, 2.5]
    assert cells([True, 1]) == ["True", "1"]
    assert cells([{"tempo": ["base", "rapid"]}, {}]) == ["tempo: base, rapid", "none"]
