"""F5: partitioned survival over the Markov model's trace."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from test_figures import context_of

from remit.engine.partitioned import Curve, partition
from remit.report.figures.partitioned import partitioned_figure
from remit.report.figures.style import state_colours
from remit.report.partitioned_tables import occupancy_table

TIMES = np.linspace(0, 88, 89)


def table_of(context):
    traces, partitions = {}, {}
    for place, name in enumerate(context.strategies):
        free, alive = np.exp(-(0.3 + 0.1 * place) * TIMES), np.exp(-0.1 * TIMES)
        traces[name] = np.stack([alive - free, 0.8 * free, 0.2 * free, 1 - alive], axis=1)
        pair = Curve("efs", "infused", "infusion", 0.9 * free[:, None])
        partitions[name] = partition(pair, Curve("os", "infused", "infusion", alive[:, None]), TIMES)
    return occupancy_table(traces, partitions, TIMES)


@pytest.mark.parametrize("n", [1, 5])
def test_each_strategy_has_two_panels_with_both_structures_in_the_colours_of_the_states(n):
    context = context_of(n)
    table = table_of(context)
    figure = partitioned_figure(table, context, joint=5.0)
    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 2 * n
    states = {"event_free": "remission", "progressed": "relapse", "dead": "death"}
    for axes in shown:
        lines = {line.get_gid(): line for line in axes.lines}
        for state, colour in states.items():
            pair = [lines[f"{structure}:{state}"] for structure in ("markov", "partitioned")]
            assert {to_hex(line.get_color()) for line in pair} == {state_colours()[colour]}
            assert pair[0].get_linestyle() == "-"
            assert pair[1].get_linestyle() != "-"
    assert sum(line.get_gid() == "joint" for axes in shown for line in axes.lines) == n


def test_a_horizon_within_the_first_years_needs_no_second_look_and_has_no_tail():
    context = replace(context_of(3), horizon_years=3.0)
    table = table_of(context)
    figure = partitioned_figure(table[table["year"] <= 3], context, joint=5.0)
    assert len([axes for axes in figure.axes if axes.get_visible()]) == 3
    (caption,) = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert "lower rows" not in caption
    assert "dotted" not in caption


def test_lines_are_what_the_table_holds_and_remission_and_hsct_are_one():
    context = context_of(2)
    table = table_of(context)
    axes = partitioned_figure(table, context).axes[0]
    free = np.exp(-0.3 * TIMES)
    lines = {line.get_gid(): line.get_ydata() for line in axes.lines}
    assert lines["markov:event_free"] == pytest.approx(free)
    assert lines["partitioned:event_free"] == pytest.approx(0.9 * free)
    sums = table[["event_free", "progressed", "dead"]].sum(axis=1)
    assert sums.to_numpy() == pytest.approx(np.ones(len(table)))
    assert set(table["structure"]) == {"markov", "partitioned"}
    assert isinstance(table, pd.DataFrame)


def test_nothing_is_cut_off_and_the_caption_says_what_differs():
    context = context_of(4)
    figure = partitioned_figure(table_of(context), context, joint=5.0)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    box, renderer = figure.bbox, canvas.get_renderer()
    for text in [*figure.texts, *(t for axes in figure.axes for t in (axes.title, axes._left_title))]:
        extent = text.get_window_extent(renderer)
        assert extent.x0 >= -1
        assert extent.x1 <= box.x1 + 1
    (caption,) = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert "background mortality alone" in caption.replace("\n", " ")
    assert "_" not in caption
