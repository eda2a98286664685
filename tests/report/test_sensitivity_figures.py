"""F12-F14 and value-based prices, drawn from small tables."""

import numpy as np
import pandas as pd
import pytest
from contexts import context_with
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from remit.report.figures.prices import price_figure
from remit.report.figures.scenarios import scenarios_figure
from remit.report.figures.tornado import TOP, has_icer, icer_tornado_figure, tornado_figure
from remit.report.figures.two_way import two_way_figure
from remit.report.render import render

CONTEXT = context_with(
    {"blinatumomab": "Blinatumomab", "car_t": "CAR T", "both": "Blinatumomab, then CAR T"}, draws=100
)
ROW = {
    **{
        "strategy": "car_t",
        "title": "Remission",
        "unit": "probability",
        "low": 0.3,
        "high": 0.62,
        "base": 0.5,
    },
    **{"inmb_low": -10.0, "inmb_high": 30.0, "inmb_base": 5.0, "swing": 40.0, "monotone": True},
    **{"icer_low": 9e4, "icer_high": 5e4, "icer_base": 7e4, "icer_swing": 4e4, "icer_monotone": True},
}


def owsa(*changes):
    return pd.DataFrame(
        [{**ROW, "parameter": f"p_{place}", **change} for place, change in enumerate(changes)]
    )


def texts(figure):
    found = [
        *figure.texts,
        *(text for axes in figure.axes for text in (*axes.texts, *axes.get_yticklabels())),
    ]
    return [text.get_text() for text in found]


def by_gid(figure, gid):
    return [artist for artist in figure.findobj() if artist.get_gid() == gid]


def clipped(figure):
    """Return what is written beyond the page; ticks beyond an axis are not drawn."""
    FigureCanvasAgg(figure).draw()
    page, hidden = figure.bbox, set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        hidden |= {id(t.label1) for t in axis.get_major_ticks() if not low <= t.get_loc() <= high}
    shown = [text for text in figure.findobj(Text) if text.get_text().strip() and id(text) not in hidden]
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
    return [text for text, box in boxes if box.x0 < 0 or box.x1 > page.x1 or box.y0 < 0 or box.y1 > page.y1]


def test_a_tornado_puts_the_widest_bar_on_top_and_the_inputs_at_its_ends():
    figure = tornado_figure(owsa({"swing": 1.0, "title": "Narrow"}, {}), CONTEXT, "car_t")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["Remission", "Narrow"]
    (low,) = by_gid(figure, "low:p_1")
    assert (low.get_x() + low.get_width(), low.get_y() + low.get_height() / 2) == pytest.approx((-10.0, 0.0))
    ends = {text.get_gid(): text for text in figure.axes[0].texts if text.get_gid()}
    assert ends["value:low:p_1"].get_text() == "30%"
    assert ends["value:low:p_1"].get_horizontalalignment() == "right"
    assert ends["value:high:p_1"].get_text() == "62%"
    assert by_gid(figure, "base")[0].get_xdata()[0] == 5.0
    assert by_gid(figure, "turn")[0].get_xdata()[0] == 0.0


def test_a_tornado_shows_the_first_few_and_says_how_many_it_leaves_out():
    figure = tornado_figure(owsa(*({"swing": 100.0 - n} for n in range(TOP + 4))), CONTEXT, "car_t")
    assert len(figure.axes[0].get_yticks()) == TOP
    assert any("Not shown: 4 parameters" in text.replace("\n", " ") for text in texts(figure))


def test_a_tornado_marks_and_explains_what_is_not_monotone():
    plain, marked = (tornado_figure(owsa({"monotone": value}), CONTEXT, "car_t") for value in (True, False))
    assert any("†" in text for text in texts(marked) if text.startswith("Remission"))
    assert any("Not monotone" in text for text in texts(marked))
    assert not any("†" in text for text in texts(plain))


def test_a_tornado_of_icers_is_drawn_only_where_all_are_in_the_north_east():
    table = owsa({}, {"icer_swing": np.nan, "icer_low": np.nan, "icer_high": np.nan})
    assert not has_icer(table, "car_t")
    assert has_icer(table.iloc[:1], "car_t")
    assert not has_icer(table, "both")
    figure = icer_tornado_figure(table.iloc[:1], CONTEXT, "car_t")
    assert by_gid(figure, "turn")[0].get_xdata()[0] == 80_000
    assert not clipped(figure)


def grid(sign=1.0):
    x, y = np.meshgrid(np.linspace(0, 100, 11), np.linspace(0.1, 0.9, 9))
    inmb = sign * (1000 * y - 5 * x)
    at = {"x": x.ravel(), "y": y.ravel()}
    rows = [
        pd.DataFrame({**at, "strategy": name, "inmb": value.ravel(), "best": best.ravel()})
        for name, value, best in (("blinatumomab", 0 * inmb, inmb < 0), ("car_t", inmb, inmb >= 0))
    ]
    axes = [("x", "cost_drug_x", "Price", "EUR", 40.0), ("y", "share_y", "Durable share", "share", 0.5)]
    return pd.concat(rows), pd.DataFrame(axes, columns=["axis", "parameter", "title", "unit", "base"])


def test_a_heat_map_labels_the_line_of_the_decision_and_marks_the_base_case():
    figure = two_way_figure(*grid(), CONTEXT, "car_t")
    assert "INMB 0: the decision flips" in texts(figure)
    assert by_gid(figure, "base")[0].get_xydata().tolist() == [[40.0, 0.5]]
    assert {text.get_text() for text in by_gid(figure, "side")} == {"CAR T better", "Blinatumomab better"}
    caption = " ".join(texts(figure)).replace("\n", " ")
    assert "'Durable share' 50%" in caption
    assert "Best of all at some points: Blinatumomab; CAR T." in caption
    assert not clipped(figure)


def test_the_side_of_the_line_that_is_named_is_the_right_one():
    figure = two_way_figure(*grid(-1.0), CONTEXT, "car_t")
    (better,) = (text for text in by_gid(figure, "side") if text.get_text() == "CAR T better")
    x, y = better.get_position()
    assert 1000 * y - 5 * x < 0


def prices(ways=("Paid at infusion", "In five yearly instalments, each only while in remission")):
    wtp = np.linspace(0, 200_000, 5)
    same = {"strategy": "car_t", "wtp": wtp, "price_low": 4 * wtp, "price_high": 6 * wtp, "draws": 200}
    parts = [
        pd.DataFrame({**same, "payment": way, "price_at_means": (n + 1) * 5 * wtp - 2e4})
        for n, way in enumerate(ways)
    ]
    return pd.concat(parts).assign(current_price=320_000.0, therapy="CAR T")


def test_prices_have_a_line_for_each_way_of_paying_a_band_and_the_price_now():
    figure = price_figure(prices(), CONTEXT)
    (line,) = by_gid(figure, "price:Paid at infusion")
    assert line.get_xdata().max() <= 2 * CONTEXT.threshold
    assert by_gid(figure, "band")
    assert by_gid(figure, "current")[0].get_ydata()[0] == 320_000
    assert "Price now EUR 320,000" in texts(figure)
    assert "Threshold EUR 80,000" in texts(figure)
    assert any(text.replace("\n", " ").startswith("In five yearly") for text in texts(figure))
    assert not clipped(figure)


def test_prices_without_draws_have_no_band():
    table = prices(("Paid at infusion",)).assign(price_low=np.nan, price_high=np.nan, draws=0)
    figure = price_figure(table, CONTEXT)
    assert not by_gid(figure, "band")
    assert not any("Band" in text for text in texts(figure))


def scenarios(n=40):
    kinds = ("patients", "prices", "evidence")
    rows = []
    for place in range(n):
        kind, title = (
            kinds[place % 3],
            f"Scenario {place} with a title that is a little longer than most of them",
        )
        if place == 0:
            kind, title = "base", "Base case"
        for name, inmb, words in (
            ("blinatumomab", 0.0, ""),
            ("car_t", 1e4 * (place - 5), "ICER 31,700 per QALY"),
        ):
            rows.append(
                {"scenario": f"s{place}", "title": title, "kind": kind, "strategy": name, "inmb": inmb,
                 "in_words": words, "best": (name == "car_t") == (place > 5), "skipped": ""}
            )  # fmt: skip
    left = {
        "scenario": "us",
        "title": "US payer",
        "kind": "perspective",
        "strategy": "",
        "skipped": "counts in USD",
    }
    return pd.DataFrame([*rows, left])


def test_forty_scenarios_stand_on_a_page_the_base_case_first():
    figure = scenarios_figure(scenarios(), CONTEXT, "car_t")
    labels = [text.get_text().replace("\n", " ") for text in figure.axes[0].get_yticklabels()]
    assert labels[0] == "Base case"
    assert len(labels) == 40
    assert figure.get_figwidth() == 7.0
    assert figure.get_figheight() < 13
    assert by_gid(figure, "base")[0].get_xdata()[0] == -5e4
    assert {text.get_text() for text in by_gid(figure, "words")} == {"31,700"}
    assert len(by_gid(figure, "best:blinatumomab")) == 6
    assert any("US payer (counts in USD)" in text.replace("\n", " ") for text in texts(figure))
    assert not clipped(figure)


def test_a_scenario_that_lacks_the_strategy_says_so():
    table = scenarios(3)
    table = table[~((table["scenario"] == "s2") & (table["strategy"] == "car_t"))]
    table.loc[(table["scenario"] == "s2"), "best"] = True
    figure = scenarios_figure(table, CONTEXT, "car_t")
    assert "not compared" in {text.get_text() for text in by_gid(figure, "words")}


@pytest.mark.parametrize("draw", [lambda: tornado_figure(owsa({}), CONTEXT, "car_t"),
                                  lambda: price_figure(prices(), CONTEXT)])  # fmt: skip
def test_the_same_table_gives_the_same_bytes(draw):
    assert render(draw())["svg"] == render(draw())["svg"]
