"""Every figure from small tables: what it shows is what the tables hold, and it can be read."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from remit.analysis.acceptability import ceac, ceaf
from remit.economics.comparison import incremental_analysis
from remit.report.figures.acceptability import ceac_figure
from remit.report.figures.breakdown import breakdown
from remit.report.figures.budget import budget_figure
from remit.report.figures.convergence import convergence_figure
from remit.report.figures.curves import spread
from remit.report.figures.diagram import model_diagram, move_texts
from remit.report.figures.diagram_layout import BOXES, FRAMES, lay_out, shared
from remit.report.figures.frontier import frontier_figure
from remit.report.figures.plane import ce_plane, ellipse, quadrant_shares
from remit.report.figures.style import Context, percent, state_colours, strategy_colours
from remit.report.figures.survival import survival_overlay
from remit.report.figures.trace import trace_colours, trace_figure

CATEGORIES = (
    *("drug", "apheresis_bridging", "administration_hospital", "hsct", "adverse_events", "immunoglobulin"),
    *("follow_up", "salvage", "end_of_life", "future_medical", "future_non_medical", "productivity"),
    *("informal_care", "travel"),
)
LABELS = {
    "blinatumomab": "Blinatumomab",
    "car_t": "Tisagenlecleucel",
    "blinatumomab_then_car_t": "Blinatumomab, then tisagenlecleucel",
    "blinatumomab_bridge_to_car_t": "Blinatumomab as a bridge to tisagenlecleucel",
    "chemotherapy": "Chemotherapy",
    "car_t_hsct": "Brexucabtagene autoleucel, then HSCT for all in remission",
}
MEANS = {  # QALYs, costs
    "blinatumomab": (3.7, 320_000),
    "car_t": (11.8, 567_000),
    "blinatumomab_then_car_t": (7.6, 519_000),
    "blinatumomab_bridge_to_car_t": (11.4, 596_000),
    "chemotherapy": (2.2, 176_000),
    "car_t_hsct": (8.2, 624_000),
}
MOVES = """waiting treated; waiting refractory; waiting rescued; waiting dead; treated refractory;
treated rescued; treated remission; treated remission_hsct_planned; treated remission_immunoglobulin;
treated waiting; treated dead; remission relapsed; remission rescued; remission waiting; remission dead;
remission_hsct_planned relapsed; remission_hsct_planned rescued; remission_hsct_planned waiting;
remission_hsct_planned dead; remission_hsct_planned hsct_first_year; remission_immunoglobulin remission;
remission_immunoglobulin relapsed; remission_immunoglobulin rescued; remission_immunoglobulin dead;
hsct_first_year hsct_later; hsct_first_year relapsed; hsct_first_year rescued; hsct_first_year waiting;
hsct_first_year dead; hsct_later relapsed; hsct_later rescued; hsct_later waiting; refractory dead;
relapsed dead; rescued dead"""


def context_of(n=3, **changed):
    names = tuple(LABELS)[:n]
    context = Context(
        title="Base case",
        strategies=names,
        labels=LABELS,
        comparator="blinatumomab",
        currency="EUR",
        price_year="2018, as printed",
        discount_costs=0.04,
        discount_qalys=0.015,
        correction="half-cycle",
        perspective="societal",
        horizon_years=88,
        start="enrolled",
        threshold=80_000,
        draws=400,
        seed=1,
    )
    return replace(context, **changed)


def draws_of(context, n_draws=400):
    rng = np.random.default_rng(7)
    shape = (n_draws, len(context.strategies))
    qalys = np.array([MEANS[name][0] for name in context.strategies]) + rng.normal(0, 1.2, shape)
    costs = np.array([MEANS[name][1] for name in context.strategies]) + rng.normal(0, 60_000, shape)
    return qalys, costs


def psa_of(context, **kwargs):
    qalys, costs = draws_of(context, **kwargs)
    n_draws, n = qalys.shape
    return pd.DataFrame(
        {
            "draw": np.repeat(np.arange(n_draws), n),
            "strategy": np.tile(np.array(context.strategies, dtype=object), n_draws),
            "qalys": qalys.reshape(-1),
            "costs": costs.reshape(-1),
        }
    )


def incremental_of(context):
    qalys, costs = draws_of(context)
    return incremental_analysis(context.strategies, costs.mean(axis=0), qalys.mean(axis=0))


def ceac_of(context):
    qalys, costs = draws_of(context)
    wtp, n = np.arange(0, 200_001, 4_000.0), len(context.strategies)
    best = ceaf(costs, qalys, wtp)
    return pd.DataFrame(
        {
            "wtp": np.repeat(wtp, n),
            "strategy": np.tile(np.array(context.strategies, dtype=object), wtp.size),
            "probability": ceac(costs, qalys, wtp).reshape(-1),
            "on_ceaf": (best[:, None] == np.arange(n)).reshape(-1),
        }
    )


def trace_of(context):
    years = np.concatenate([np.arange(0, 3, 0.25), np.arange(3, 89.0)])
    parts = []
    for place, name in enumerate(context.strategies):
        alive = np.exp(-years / (5 + 5 * place))
        columns = {"relapse": 0.2 * alive, "remission": 0.5 * alive, "hsct": 0.3 * alive, "death": 1 - alive}
        parts.append(pd.DataFrame({"strategy": name, "year": years, **columns}))
    return pd.concat(parts, ignore_index=True)


def parts_of(context):
    rows = []
    for name in context.strategies:
        q, c = MEANS[name]
        share = np.array([50, 2, 8, 8, 2, 1, 2, 4, 3, 3, 12, 3, 2, 0.1])
        costs = dict(zip(CATEGORIES, c * share / share.sum(), strict=True))
        states = {"relapse": 0.1 * q, "remission": 0.6 * q, "hsct": 0.3 * q + 0.005, "events": -0.005}
        for outcome, parts in (("costs", costs), ("qalys", states)):
            rows += [(name, outcome, part, value) for part, value in parts.items()]
    return pd.DataFrame(rows, columns=["strategy", "outcome", "part", "discounted"])


def budget_of(context):
    """Return spending that grows in the world as expected, with one category that saves."""
    rows = []
    for year in range(1, 6):
        for place, category in enumerate(CATEGORIES):
            now = 1e6 / (place + 1)
            then = now * (0.5 if category == "salvage" else 1 + 0.1 * year)
            worlds = {"now": now, "then": then, "impact": then - now}
            rows += [(world, year, category, costs, "healthcare") for world, costs in worlds.items()]
    columns = ["world", "year", "category", "costs", "perspective"]
    first, second = context.strategies[:2]
    started = [("now", year, first, 15.0) for year in range(1, 6)]
    started += [
        ("then", y, name, 15 * part) for y in range(1, 6) for name, part in ((first, 0.4), (second, 0.6))
    ]
    return pd.DataFrame(rows, columns=columns), pd.DataFrame(
        started, columns=["world", "year", "strategy", "patients"]
    )


def convergence_of(context):
    draws = np.array([10, 100, 1000])
    rows = [
        (
            n,
            name,
            1e5 * place,
            1e5 / n**0.5,
            0.9 if place == 1 else 0.1 / len(context.strategies),
            0.3 / n**0.5,
        )
        for n in draws
        for place, name in enumerate(context.strategies)
    ]
    columns = ["draws", "strategy", "inmb", "standard_error", "probability_best", "probability_error"]
    return pd.DataFrame(rows, columns=columns)


def curves_of(context):
    years, parts = np.linspace(0, 5, 21), []
    for name in context.strategies:
        for origin, endpoint, rate in (("infusion", "os", 0.4), ("remission", "rfs", 0.6)):
            mean = np.exp(-rate * years)
            key = {"strategy": name, "origin": origin, "endpoint": endpoint, "year": years, "mean": mean}
            parts.append(pd.DataFrame({**key, "low": 0.9 * mean, "high": np.minimum(1.1 * mean, 1)}))
    key = {"strategy": "general population", "origin": "infusion", "endpoint": "os", "year": years}
    parts.append(pd.DataFrame({**key, "mean": 0.99, "low": 0.99, "high": 0.99}))
    return pd.concat(parts, ignore_index=True)


def landmarks_of():
    nan = np.nan
    columns = [
        "therapy",
        "strategy",
        "origin",
        "endpoint",
        "year",
        "survival",
        "low",
        "high",
        "n",
        "of",
        "label",
        "kind",
        "follow_up_end",
    ]
    rows = [
        (
            "t",
            "car_t",
            "infusion",
            "os",
            1.0,
            0.76,
            0.63,
            0.86,
            75,
            "infused",
            "ELIANA primary",
            "landmark",
            1.0,
        ),
        (
            "t",
            "car_t",
            "infusion",
            "os",
            1.5,
            0.70,
            0.58,
            0.79,
            nan,
            "unclear",
            "ELIANA update",
            "landmark",
            1.5,
        ),
        (
            "b",
            "blinatumomab",
            "remission",
            "rfs",
            0.37,
            0.5,
            nan,
            nan,
            27,
            "responders",
            "MT103",
            "median",
            0.4,
        ),
    ]
    return pd.DataFrame(rows, columns=columns)


def moves_of(text=MOVES):
    pairs = [tuple(pair.split()) for pair in text.split(";")]
    return pd.DataFrame([(a, b, "") for a, b in pairs], columns=["origin", "destination", "events"])


def all_figures(context):
    return {
        "model": model_diagram(moves_of(), context),
        "survival": survival_overlay(curves_of(context), landmarks_of(), context),
        "trace": trace_figure(trace_of(context), context),
        "breakdown": breakdown(parts_of(context), context),
        "plane": ce_plane(psa_of(context), context),
        "frontier": frontier_figure(incremental_of(context), context),
        "ceac": ceac_figure(ceac_of(context), context),
        "convergence": convergence_figure(convergence_of(context), context),
        "budget": budget_figure(*budget_of(context), context),
    }


@pytest.fixture(scope="module")
def context():
    return context_of()


@pytest.fixture(scope="module", params=[2, 6])
def figures(request):
    return drawn_figures(request.param)


@cache
def drawn_figures(n):
    made = all_figures(context_of(n))
    for figure in made.values():
        laid_out(figure)
    return made


def laid_out(figure):
    """Give everything in a figure its place; the pixels, which take longer, nobody looks at here."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()


def texts_of(figure, *, drawn=False):
    if not drawn:
        laid_out(figure)
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = {tick for axes in figure.axes for tick in out_of_sight(axes)}
    return [text for text in found if text not in hidden]


def out_of_sight(axes):
    """Tick labels that matplotlib keeps but does not draw: outside the limits, or of axes that are off."""
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not axes.axison or not min(low, high) <= tick.get_loc() <= max(low, high):
                yield from (tick.label1, tick.label2)


def by_gid(figure, gid):
    return [artist for artist in figure.findobj() if artist.get_gid() == gid]


def one(figure, gid):
    (artist,) = by_gid(figure, gid)
    return artist


def test_each_function_returns_a_figure_and_leaves_pyplot_alone(figures):
    import matplotlib.pyplot as plt

    assert all(isinstance(figure, Figure) for figure in figures.values())
    assert plt.get_fignums() == []


def test_captions_say_currency_price_year_discounting_and_correction(figures):
    for name, figure in figures.items():
        caption = one(figure, "caption").get_text().replace("\n", " ")
        if name in ("survival", "trace", "budget"):
            assert "ot discounted" in caption or "undiscounted" in caption
            assert "Discounted at" not in caption
            continue
        for words in ("EUR", "2018, as printed", "4% (costs)", "1.5% (QALYs)", "half-cycle correction"):
            assert words in caption, name


def test_captions_of_figures_that_rest_on_draws_say_how_many_and_the_seed(figures):
    for name in ("survival", "plane", "ceac"):
        assert "400 draws, seed 1." in one(figures[name], "caption").get_text().replace("\n", " ")
    assert "draws, seed" not in one(figures["frontier"], "caption").get_text()


def test_no_text_is_clipped_by_the_page(figures):
    for name, figure in figures.items():
        page = figure.bbox
        for text in texts_of(figure, drawn=True):
            box = Text.get_window_extent(text)
            inside = box.x0 >= -0.5 and box.y0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y1 <= page.y1 + 0.5
            assert inside, (name, text.get_text())


def test_no_raw_name_is_shown(figures):
    for name, figure in figures.items():
        for text in texts_of(figure, drawn=True):
            assert "_" not in text.get_text(), (name, text.get_text())


def test_a_strategy_has_one_colour_in_plane_frontier_and_acceptability(context):
    plane = ce_plane(psa_of(context), context)
    frontier = frontier_figure(incremental_of(context), context)
    curves = ceac_figure(ceac_of(context), context)
    clouds = [artist for artist in plane.findobj(PathCollection) if artist.get_gid() == "draws"]
    for name, cloud in zip(("car_t", "blinatumomab_then_car_t"), clouds, strict=True):
        colour = to_hex(cloud.get_facecolor()[0])
        assert colour == to_hex(one(frontier, f"point:{name}").get_color())
        assert colour == to_hex(one(curves, f"ceac:{name}").get_color())


def test_colours_of_strategies_do_not_depend_on_which_follow_and_differ():
    few, many = strategy_colours(tuple(LABELS)[:2]), strategy_colours(tuple(LABELS))
    assert all(many[name] == colour for name, colour in few.items())
    assert len(set(many.values())) == len(LABELS)


def test_a_health_state_has_one_colour_in_trace_and_breakdown(context):
    drawn, bars = trace_figure(trace_of(context), context), breakdown(parts_of(context), context)
    for state in ("relapse", "remission", "hsct"):
        area = by_gid(drawn, f"state:{state}")[0]
        assert to_hex(area.get_facecolor()[0]) == state_colours()[state]
        assert to_hex(one(bars, f"qalys:car_t:{state}").get_facecolor()) == state_colours()[state]


def test_written_quadrant_shares_are_those_of_the_draws(context):
    qalys, costs = draws_of(context)
    figure = ce_plane(psa_of(context), context)
    for panel, column in zip(figure.axes, (1, 2), strict=True):
        dq, dc = qalys[:, column] - qalys[:, 0], costs[:, column] - costs[:, 0]
        expected = {
            "NE": np.mean((dq > 0) & (dc > 0)),
            "NW": np.mean((dq < 0) & (dc > 0)),
            "SE": np.mean((dq > 0) & (dc < 0)),
            "SW": np.mean((dq < 0) & (dc < 0)),
        }
        written = {text.get_gid(): text.get_text() for text in panel.texts}
        for name, share in expected.items():
            assert written[f"share:{name}"] == f"{name} {percent(share)}"
        worth = percent(np.mean(80_000 * dq > dc))
        assert written["share:worth"] == f"{worth} of draws under EUR 80,000 per QALY"


def test_quadrant_shares_sum_to_one_with_draws_on_the_axes():
    shares = quadrant_shares(np.array([0.0, 0.0, -1.0, 1.0]), np.array([0.0, 5.0, 0.0, -1.0]), 10.0)
    assert sum(shares[name] for name in ("NE", "NW", "SE", "SW")) == pytest.approx(1)


def test_the_ellipse_holds_95_percent_of_normal_points():
    from matplotlib.path import Path

    rng = np.random.default_rng(3)
    points = rng.multivariate_normal([2, 1e5], [[4, 9e4], [9e4, 4e9]], 20_000)
    outline = Path(ellipse(points[:, 0], points[:, 1], points=721))
    assert outline.contains_points(points).mean() == pytest.approx(0.95, abs=0.006)


def test_panels_of_the_plane_share_their_scales_and_hold_the_origin():
    figure = drawn_figures(6)["plane"]
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == 5
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1
    for low, high in (panels[0].get_xlim(), panels[0].get_ylim()):
        assert low < 0 < high


def test_stacked_areas_fill_the_panel_to_100_percent(context):
    figure, table = trace_figure(trace_of(context), context), trace_of(context)
    tops = [
        by_gid(figure, f"state:{state}")[0].get_paths()[0].vertices[:, 1].max()
        for state in ("relapse", "hsct", "death")
    ]
    first = table[table["strategy"] == "blinatumomab"]
    assert tops[-1] == pytest.approx(1)
    assert tops[0] == pytest.approx(first["relapse"].max())
    assert to_rgba(trace_colours()["death"])[0] == pytest.approx(to_rgba(trace_colours()["death"])[2])  # grey


def test_bars_add_up_to_the_totals_written_beside_them(context):
    figure = breakdown(parts_of(context), context)
    written = {text.get_text() for text in texts_of(figure) if text.get_fontweight() == "bold"}
    for name in context.strategies:
        bars = [one(figure, f"cost:{name}:{category}").get_width() for category in CATEGORIES]
        assert sum(bars) == pytest.approx(MEANS[name][1])
        assert f"{MEANS[name][1]:,}" in written
        assert f"{MEANS[name][0]:.2f}" in written
    assert one(figure, "qalys:car_t:events").get_width() < 0


def test_the_budget_of_a_year_is_written_above_its_bar_and_savings_hang_below_zero(context):
    budget, uptake = budget_of(context)
    figure = budget_figure(budget, uptake, context)
    now, then, impact = figure.axes[:3]
    for axes, world in ((now, "now"), (then, "then"), (impact, "impact")):
        totals = budget[budget["world"] == world].groupby("year")["costs"].sum() / 1e6
        written = [text.get_text() for text in axes.texts]
        assert written == [f"{total:.1f}" for total in totals]
    saved = next(bar for bar in impact.patches if bar.get_gid() == "1:salvage")
    assert saved.get_height() < 0
    assert len({axes.get_ylim() for axes in (now, then, impact)}) == 1


def test_the_convergence_figure_shows_probabilities_only_where_they_are_in_doubt(context):
    table = convergence_of(context)
    assert len(convergence_figure(table, context).axes) == 2
    sure = table.assign(probability_best=(table["strategy"] == "car_t").astype(float))
    assert len(convergence_figure(sure, context).axes) == 1


def test_every_cost_category_is_in_a_legend(context):
    figure = breakdown(parts_of(context), context)
    entries = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert len(entries) == len(CATEGORIES)
    groups = {legend.get_title().get_text(): legend for legend in figure.legends}
    society = [text.get_text() for text in groups["Family and society"].get_texts()]
    assert society == ["Productivity", "Informal care", "Travel"]


def test_frontier_labels_name_strategies_status_and_icers(context):
    table = incremental_of(context)
    figure = frontier_figure(table, context)
    label = {name: one(figure, f"label:{name}").get_text().replace("\n", " ") for name in context.strategies}
    assert label["blinatumomab_then_car_t"].endswith("(ED)")
    assert label["car_t"] == "Tisagenlecleucel"
    icer = table.loc[table["strategy"] == "car_t", "icer"].item()
    assert f"{float(f'{icer:.3g}'):,.0f}" in one(figure, "icer:car_t").get_text()
    marks = {one(figure, f"point:{name}").get_marker() for name in context.strategies}
    assert len(marks) == 2


def test_labels_at_the_frontier_do_not_overlap():
    figure = drawn_figures(6)["frontier"]
    labels = [
        text for text in texts_of(figure, drawn=True) if str(text.get_gid()).startswith(("label:", "icer:"))
    ]
    assert len(labels) >= 7
    assert overlaps(labels) == []


def test_labels_of_strategies_that_nearly_coincide_do_not_overlap():
    context = context_of(6)
    costs = [300_000, 302_000, 304_000, 301_000, 500_000, 303_000]
    table = incremental_analysis(context.strategies, costs, [5.0, 5.05, 5.1, 4.95, 9.0, 5.02])
    figure = frontier_figure(table, context)
    assert overlaps([text for text in texts_of(figure) if str(text.get_gid()).startswith("label:")]) == []


def test_a_dominant_strategy_stands_alone_on_the_frontier():
    context = context_of(2)
    table = incremental_analysis(context.strategies, [300_000, 200_000], [3.0, 8.0])
    figure = frontier_figure(table, context)
    assert one(figure, "label:blinatumomab").get_text() == "Blinatumomab (D)"
    assert not [text for text in texts_of(figure) if "ICER EUR" in text.get_text()]


def test_acceptability_lines_are_the_table_and_squares_lie_on_them(context):
    table = ceac_of(context)
    figure = ceac_figure(table, context)
    for name in context.strategies:
        rows = table[table["strategy"] == name]
        np.testing.assert_array_equal(one(figure, f"ceac:{name}").get_xydata(), rows[["wtp", "probability"]])
        for squares in by_gid(figure, f"ceaf:{name}"):
            best = rows[rows["on_ceaf"]]
            assert {tuple(at) for at in squares.get_xydata()} <= set(
                best[["wtp", "probability"]].itertuples(index=False, name=None)
            )
            assert squares.get_markerfacecolor() == "white"
    assert one(figure, "threshold").get_xdata()[0] == 80_000


def test_labels_of_curves_that_meet_are_moved_apart():
    places = spread(np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 0.1))
    assert np.all(places[:-1] - places[1:] >= 0.0999)
    assert places.min() >= 0
    figure = drawn_figures(6)["ceac"]
    assert (
        overlaps([text for text in texts_of(figure, drawn=True) if str(text.get_gid()).startswith("label:")])
        == []
    )


def test_survival_panels_state_origin_denominator_and_mark_medians(context):
    figure = survival_overlay(curves_of(context), landmarks_of(), context)
    words = " ".join(text.get_text().replace("\n", " ") for text in texts_of(figure))
    for expected in ("Overall survival from first infusion", "Relapse-free survival from remission"):
        assert expected in words
    assert "ELIANA primary (infused, n = 75)" in words
    assert "ELIANA update (denominator unclear, n not stated)" in words
    panel = next(axes for axes in figure.axes if any(line.get_gid() == "population" for line in axes.lines))
    assert next(line for line in panel.lines if line.get_gid() == "population").get_linestyle() == "--"
    assert len({line.get_xdata()[0] for line in by_gid(figure, "follow-up")}) == 3


def test_survival_without_any_landmark_is_drawn(context):
    assert isinstance(survival_overlay(curves_of(context), landmarks_of().iloc[:0], context), Figure)


def test_the_diagram_shows_every_move_of_the_table_and_no_other():
    table = moves_of()
    arrows, others = lay_out(move_texts(table))
    drawn = {move for arrow in arrows for move in arrow.moves}
    assert others == []
    assert drawn == set(table[["origin", "destination"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    "gone", [("remission", "rescued"), ("hsct_first_year", "waiting"), ("treated", "remission")]
)
def test_a_move_that_is_taken_away_leaves_the_diagram(gone):
    table = moves_of()
    table = table[(table["origin"] != gone[0]) | (table["destination"] != gone[1])]
    arrows, others = lay_out(move_texts(table))
    shown = [move for arrow in arrows for move in arrow.moves] + others
    assert set(shown) == set(table[["origin", "destination"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    "gone", [("remission", "dead"), ("hsct_later", "relapsed"), ("treated", "remission")]
)
def test_an_arrow_at_a_frame_holds_for_all_states_in_it(gone):
    table = moves_of()
    table = table[(table["origin"] != gone[0]) | (table["destination"] != gone[1])]
    arrows, _ = lay_out(move_texts(table))
    touched = 0
    for arrow in arrows:
        for end, at in ((0, arrow.points[0]), (1, arrow.points[-1])):
            for members, frame in FRAMES.items():
                if on_border(at, frame):
                    touched += 1
                    assert set(members) <= {move[end] for move in arrow.moves}
    assert touched >= 2


def on_border(point, box):
    within = box.left <= point[0] <= box.right and box.bottom <= point[1] <= box.top
    return within and (point[0] in (box.left, box.right) or point[1] in (box.bottom, box.top))


def test_a_branching_point_is_shared_only_by_those_with_all_its_ends():
    moves = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("c", "x")]
    assert shared("abc", "xy", moves) == (["a", "b"], ["x", "y"])


def test_a_move_without_a_place_is_said_in_the_caption(context):
    table = pd.concat([moves_of(), moves_of("waiting remission")], ignore_index=True)
    caption = one(model_diagram(table, context), "caption").get_text().replace("\n", " ")
    assert "Moves not drawn: waiting for therapy to in remission" in caption


def test_no_arrow_of_the_diagram_runs_through_a_box():
    arrows, _ = lay_out(move_texts(moves_of()))
    for arrow in arrows:
        for start, end in zip(arrow.points, arrow.points[1:], strict=False):
            for name, box in BOXES.items():
                for x, y in np.linspace(start, end, 80):
                    inside = box.left + 0.01 < x < box.right - 0.01 and box.bottom + 0.01 < y < box.top - 0.01
                    assert not inside, (sorted(arrow.moves), name)


def test_only_absorbing_states_have_a_double_border(context):
    figure = model_diagram(moves_of(), context)
    assert len(by_gid(figure, "absorbing:dead")) == 1
    assert by_gid(figure, "absorbing:rescued") == []


def test_no_two_texts_of_the_diagram_overlap(figures):
    assert overlaps(texts_of(figures["model"], drawn=True)) == []


def test_figures_are_drawn_alike_twice(context):
    import io

    def drawn():
        out = io.BytesIO()
        ceac_figure(ceac_of(context), context).savefig(out, format="png", metadata={"Software": None})
        return out.getvalue()

    assert drawn() == drawn()


def overlaps(texts):
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in texts]
    found = []
    for place, (one_text, a) in enumerate(boxes):
        for other_text, b in boxes[place + 1 :]:
            width = min(a.x1, b.x1) - max(a.x0, b.x0)
            height = min(a.y1, b.y1) - max(a.y0, b.y0)
            if width > 0.5 and height > 0.5:
                found.append((one_text, other_text))
    return found
