"""Figures of a calibration, of hazards and of the anchor: what they draw is what their tables hold."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from contexts import context_with
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text

from remit.report.figures.anchor import agreement, cited_table, implied_figure, region_levels
from remit.report.figures.calibration import FIGURES
from remit.report.figures.hazard import hazard_figure
from remit.report.figures.posterior import parameter_labels, parameters_figure
from remit.report.figures.power import power_figure
from remit.report.figures.run_figures import draw
from remit.report.figures.style import strategy_colours
from remit.report.figures.targets import targets_figure
from remit.report.hazard_tables import hazards_table, landmark_hazards_table

LABELS = {
    "blinatumomab": "Blinatumomab",
    "car_t": "Tisagenlecleucel",
    "blinatumomab_then_car_t": "Blinatumomab, then tisagenlecleucel",
}
CONTEXT = context_with(LABELS, price_year="2018, as printed")
COLOURS = strategy_colours(CONTEXT.strategies)


def target(key, strategy, measure, reported, spread, *, fitted=True, inside=True, quantity=None, title=None):
    posterior = reported + (0.2 if inside else -1.5) * spread
    bounds = {"prior": (reported, 2.0), "posterior": (posterior, 0.7)}
    row = {
        "target": key,
        "title": title or f"Title of {key.replace('_', ' ')}",
        "strategy": strategy,
        "quantity": quantity or "OS from infusion at 6 months",
        "measure": measure,
        "reported": reported,
        "low": reported - spread,
        "high": reported + spread,
        "fitted": fitted,
        "inside": inside,
    }
    for name, (mean, width) in bounds.items():
        row |= {f"{name}_mean": mean}
        row |= {f"{name}_low": mean - width * spread / 2, f"{name}_high": mean + width * spread / 2}
        row |= {f"{name}_predictive_low": mean - width * spread}
        row |= {f"{name}_predictive_high": mean + width * spread}
    return row


@pytest.fixture(scope="module")
def targets():
    against = "hazard ratio of death against blinatumomab_then_car_t, to 24 months"
    return pd.DataFrame(
        [
            target("os_6m", "car_t", "probability", 0.8, 0.08),
            target("os_12m", "blinatumomab", "probability", 0.5, 0.1),
            target(
                "efs_6m", "car_t", "probability", 0.7, 0.1, fitted=False, inside=False, title="EFS missed"
            ),
            target("cr", "blinatumomab_then_car_t", "probability", 0.4, 0.1, fitted=False),
            target("q_car_t", "car_t", "qalys", 11.26, 0.49, quantity="qalys, discounted 1.5%"),
            target("q_blin", "blinatumomab", "qalys", 2.25, 0.392, quantity="qalys, discounted 1.5%"),
            target("c_car_t", "car_t", "costs", 550_000, 50_000, quantity="costs, societal, discounted 4.0%"),
            target("hr", "car_t", "hazard ratio", 0.4, 0.15, fitted=False, quantity=against),
        ]
    )


def moves_of(n=40):
    shifts = np.linspace(-0.9, 0.6, n)
    names = [f"p_thing_{place}" for place in range(n - 3)]
    names += ["p_cr_blinatumomab", "p_cr_tisagenlecleucel", "rate_x_blinatumomab"]
    titles = [f"Title {place}" for place in range(n - 3)] + ["Remission", "Remission", "Death"]
    ratio = np.linspace(0.4, 1.1, n)
    return pd.DataFrame({"parameter": names, "title": titles, "shift_in_prior_sd": shifts, "sd_ratio": ratio})


def powers_of():
    weight = np.array([0.0, 0.25, 1.0])
    common = {"weight": weight, "comparator": "blinatumomab", "incremental_qalys_sd": [1.9, 0.9, 0.3]}
    qalys, costs = np.array([8.0, 8.6, 8.9]), np.array([270_000.0, 280_000, 281_000])
    first = {
        "strategy": "car_t",
        "incremental_qalys": qalys,
        "incremental_costs": costs,
        "icer": costs / qalys,
    }
    less = {
        "strategy": "blinatumomab_then_car_t",
        "incremental_qalys": qalys - 8.3,
        "incremental_costs": costs,
        "icer": costs / (qalys - 8.3),
    }
    ess = {"ess": [3000.0, 2000.0, 554.0]}
    return pd.concat([pd.DataFrame({**common, **part, **ess}) for part in (first, less)], ignore_index=True)


def survival_of(rate=0.4):
    years = np.linspace(0, 5, 61)
    parts = []
    for name, origin, endpoint, each in (
        ("car_t", "infusion", "os", rate),
        ("car_t", "remission", "rfs", 2 * rate),
        ("blinatumomab", "infusion", "os", 3 * rate),
        ("general population", "infusion", "os", 0.001),
    ):
        mean = np.exp(-each * years)
        key = {"strategy": name, "origin": origin, "endpoint": endpoint, "year": years, "mean": mean}
        parts.append(pd.DataFrame({**key, "low": 0.9 * mean, "high": np.minimum(1.1 * mean, 1)}))
    return pd.concat(parts, ignore_index=True)


def landmarks_of():
    nan = np.nan
    columns = ["strategy", "origin", "endpoint", "year", "survival", "low", "high", "label", "kind"]
    os, rfs = ("infusion", "os"), ("remission", "rfs")
    rows = [
        ("car_t", *os, 0.5, 0.9, 0.81, 0.95, "ELIANA primary", "landmark"),
        ("car_t", *os, 1.0, 0.76, 0.63, 0.86, "ELIANA primary", "landmark"),
        ("car_t", *os, 1.5, 0.80, nan, nan, "ELIANA primary", "landmark"),
        ("car_t", *os, 1.5, 0.70, 0.58, 0.79, "ELIANA update", "landmark"),
        ("car_t", *rfs, 0.5, 0.66, nan, nan, "ELIANA update", "landmark"),
        ("car_t", *rfs, 1.0, 0.66, nan, nan, "ELIANA update", "landmark"),
        ("blinatumomab", *os, 0.625, 0.5, nan, nan, "MT103", "median"),
    ]
    return pd.DataFrame(rows, columns=columns)


def implied_of():
    share, smr = (part.ravel() for part in np.meshgrid(np.linspace(0, 1, 21), np.linspace(1, 15, 15)))
    parts = []
    for name, base, gain in (("car_t", 2, 19), ("blinatumomab", 1.5, 14)):
        qalys = base + gain * share * (1 - 0.02 * smr)
        parts.append(pd.DataFrame({"strategy": name, "durable_share": share, "smr": smr, "qalys": qalys}))
    return pd.concat(parts, ignore_index=True)


def trial_of(n=600):
    rng = np.random.default_rng(5)
    parts = []
    for name, centre in (("car_t", 0.4), ("blinatumomab", -2.5)):
        share = 1 / (1 + np.exp(-rng.normal(centre, 0.8, n)))
        smr, weight = np.exp(rng.normal(2.2, 0.25, n)), rng.exponential(size=n)
        parts.append(pd.DataFrame({"strategy": name, "durable_share": share, "smr": smr, "weight": weight}))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def figures(targets):
    tables = {
        "targets.csv": targets,
        "posterior_parameters.csv": moves_of(),
        "anchor_power.csv": powers_of().assign(
            cited_incremental_qalys=lambda t: t["strategy"].map({"car_t": 9.01})
        ),
    }
    survival, landmarks = survival_of(), landmarks_of()
    made = dict(draw(tables, CONTEXT, FIGURES))
    made["hazard"] = hazard_figure(hazards_table(survival), landmark_hazards_table(landmarks), CONTEXT)
    made["anchor"] = implied_figure(implied_of(), trial_of(), cited_table(targets), CONTEXT)
    for figure in made.values():
        laid_out(figure)
    return made


def laid_out(figure):
    """Give everything in a figure its place; the pixels, which take longer, nobody looks at here."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()


def texts_of(figure):
    """Texts that are drawn: without the tick labels that matplotlib keeps outside the limits."""
    hidden = set()
    for axes in figure.axes:
        for axis, ends in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not axes.axison or not min(ends) <= tick.get_loc() <= max(ends):
                    hidden |= {tick.label1, tick.label2}
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in found if text not in hidden]


def by_gid(figure, gid):
    return [artist for artist in figure.findobj() if artist.get_gid() == gid]


def one(figure, gid):
    (artist,) = by_gid(figure, gid)
    return artist


def words_of(figure):
    return " ".join(text.get_text().replace("\n", " ") for text in texts_of(figure))


def test_each_table_has_its_figure_and_a_missing_table_none(figures, targets):
    assert {"f18_targets", "f18_parameters", "f18_anchor_power"} <= set(figures)
    assert [name for name, _ in draw({"targets.csv": targets}, CONTEXT, FIGURES)] == ["f18_targets"]


def test_no_raw_name_is_shown(figures):
    for name, figure in figures.items():
        for text in texts_of(figure):
            assert "_" not in text.get_text(), (name, text.get_text())
            assert "qalys" not in text.get_text(), (name, text.get_text())


def test_no_text_is_clipped_by_the_page(figures):
    for name, figure in figures.items():
        page = figure.bbox
        for text in texts_of(figure):
            box = Text.get_window_extent(text)
            inside = box.x0 >= -0.5 and box.y0 >= -0.5 and box.x1 <= page.x1 + 0.5 and box.y1 <= page.y1 + 0.5
            assert inside, (name, text.get_text())


def test_labels_of_rows_do_not_overlap(figures):
    for name in ("f18_targets", "f18_parameters"):
        for axes in figures[name].axes:
            boxes = sorted(
                (Text.get_window_extent(text) for text in axes.get_yticklabels()), key=lambda box: box.y0
            )
            assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes)), name


def test_captions_say_currency_price_year_and_discounting(figures):
    for name, figure in figures.items():
        caption = one(figure, "caption").get_text().replace("\n", " ")
        rates = () if "Not discounted" in caption else ("4% (costs)", "1.5% (QALYs)")
        for words in ("EUR", "2018, as printed", *rates):
            assert words in caption, name


def test_targets_are_drawn_where_the_table_has_them(figures, targets):
    figure = figures["f18_targets"]
    for row in targets.to_dict("records"):
        key = row["target"]
        assert one(figure, f"reported:{key}").get_xdata() == [row["reported"]]
        assert tuple(one(figure, f"interval:{key}").get_xdata()) == (row["low"], row["high"])
        assert one(figure, f"posterior:{key}").get_xdata() == [row["posterior_mean"]]
        for width in ("low", "predictive_low"):
            line = one(figure, f"posterior_{width}:{key}").get_xdata()
            ends = (row[f"posterior_{width}"], row[f"posterior_{width.replace('low', 'high')}"])
            assert tuple(line) == ends
        prior = one(figure, f"prior:{key}").get_paths()[0].vertices[:, 0]
        assert (prior.min(), prior.max()) == (row["prior_predictive_low"], row["prior_predictive_high"])


def test_only_probabilities_stand_at_the_diagonal(figures, targets):
    figure = figures["f18_targets"]
    for row in targets.to_dict("records"):
        marks = by_gid(figure, f"diagonal:{row['target']}")
        if row["measure"] == "probability":
            (mark,) = marks
            assert mark.get_xydata().tolist() == [[row["reported"], row["posterior_mean"]]]
        else:
            assert marks == []
    square = one(figure, "diagonal").axes
    assert square.get_xlim() == square.get_ylim() == (0, 1)


def test_misses_are_numbered_in_row_and_square_and_named_in_the_caption(figures, targets):
    figure = figures["f18_targets"]
    assert one(figure, "miss:efs_6m").get_text() == "miss 1"
    assert one(figure, "named:efs_6m").get_text() == "1"
    assert len([artist for artist in figure.findobj() if str(artist.get_gid()).startswith("miss:")]) == 1
    caption = one(figure, "caption").get_text().replace("\n", " ")
    assert "(1 of 8: 1 Tisagenlecleucel, EFS missed)" in caption
    none = one(targets_figure(targets.assign(inside=True), CONTEXT), "caption").get_text().replace("\n", " ")
    assert "(0 of 8)" in none


def test_checks_are_open_and_come_after_fitted_targets(figures, targets):
    figure = figures["f18_targets"]
    assert to_hex(one(figure, "posterior:efs_6m").get_markerfacecolor()) == "#ffffff"
    assert to_hex(one(figure, "diagonal:efs_6m").get_markerfacecolor()) == "#ffffff"
    assert to_hex(one(figure, "posterior:os_6m").get_markerfacecolor()) == COLOURS["car_t"]
    lowest = max(one(figure, f"posterior:{key}").get_ydata()[0] for key in ("os_6m", "os_12m"))
    assert lowest < one(figure, "posterior:cr").get_ydata()[0]
    assert targets["fitted"].sum() == 5
    assert one(figure, "caption").get_text().startswith("5 of 8 targets were fitted")


def test_rows_say_title_and_quantity_with_labels_for_strategies(figures):
    words = words_of(figures["f18_targets"])
    assert "Check: EFS missed OS from infusion at 6 months" in words
    assert "hazard ratio of death against Blinatumomab, then tisagenlecleucel, to 24 months" in words
    assert "QALYs, discounted 1.5%" in words


def test_strategies_have_their_colours_everywhere(figures):
    found = {
        "f18_targets": one(figures["f18_targets"], "posterior_low:os_6m").get_color(),
        "f18_parameters": one(figures["f18_parameters"], "bar:p_cr_tisagenlecleucel").get_color(),
        "f18_anchor_power": one(figures["f18_anchor_power"], "qalys:car_t").get_color(),
        "icer": one(figures["f18_anchor_power"], "icer:car_t").get_color(),
        "hazard": by_gid(figures["hazard"], "modelled")[-1].get_color(),
        "anchor": one(figures["anchor"], "band:car_t").get_facecolor()[0],
    }
    for name, colour in found.items():
        assert to_hex(colour) == COLOURS["car_t"], name
    assert to_hex(one(figures["f18_targets"], "posterior_low:os_12m").get_color()) == COLOURS["blinatumomab"]


def test_parameters_are_sorted_by_shift_and_the_rest_is_counted(figures):
    figure, table = figures["f18_parameters"], moves_of()
    order = table.loc[table["shift_in_prior_sd"].abs().sort_values(ascending=False).index]
    drawn = [one(figure, f"shift:{name}") for name in order["parameter"][:30]]
    assert [dot.get_xdata()[0] for dot in drawn] == list(order["shift_in_prior_sd"][:30])
    assert [dot.get_ydata()[0] for dot in drawn] == list(range(30))
    assert by_gid(figure, f"shift:{order['parameter'].iloc[30]}") == []
    first = order.iloc[0]
    ends = one(figure, f"bar:{first['parameter']}").get_xdata()
    assert tuple(ends) == pytest.approx(
        (
            first["shift_in_prior_sd"] - first["sd_ratio"],
            first["shift_in_prior_sd"] + first["sd_ratio"],
        )
    )
    caption = one(figure, "caption").get_text().replace("\n", " ")
    most = order["shift_in_prior_sd"].abs().iloc[30]
    assert f"The 30 of 40 parameters that moved most; the other 10 moved by {most:.2f} sd or less" in caption


def test_few_parameters_are_all_drawn_and_nothing_is_said_of_a_rest():
    figure = parameters_figure(moves_of(6), CONTEXT)
    assert "that moved most" not in one(figure, "caption").get_text().replace("\n", " ")


def test_parameters_that_share_a_title_say_whose_they_are():
    table = pd.DataFrame(
        {
            "parameter": [
                "p_a_car_t",
                "p_a_blinatumomab",
                "p_b_car_t",
                "share_slow",
                "share_rapid",
                "hr_slow",
            ],
            "title": ["A", "A", "B", "Tempo", "Tempo", "Slow against base"],
        }
    )
    expected = ["A (car t)", "A (blinatumomab)", "B (car t)", "Tempo (slow)", "Tempo (rapid)"]
    assert parameter_labels(table) == [*expected, "Slow against base"]


def test_power_lines_are_the_table_and_the_cited_difference_is_that_of_the_targets(figures):
    figure, table = figures["f18_anchor_power"], powers_of()
    rows = table[table["strategy"] == "car_t"]
    np.testing.assert_array_equal(one(figure, "icer:car_t").get_xydata(), rows[["weight", "icer"]])
    np.testing.assert_array_equal(
        one(figure, "qalys:car_t").get_xydata(), rows[["weight", "incremental_qalys"]]
    )
    band = one(figure, "band:car_t").get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(8.0 + 1.96 * 1.9)
    assert band[:, 1].min() == pytest.approx(8.0 - 1.96 * 1.9)
    assert one(figure, "cited:car_t").get_ydata()[0] == pytest.approx(11.26 - 2.25)
    assert one(figure, "cited label:car_t").get_text() == "cited 9.01"
    assert one(figure, "threshold").get_ydata()[0] == 80_000


def test_an_icer_of_a_strategy_that_is_not_better_is_left_out(figures):
    drawn = one(figures["f18_anchor_power"], "icer:blinatumomab_then_car_t").get_xydata()
    assert drawn[:, 0].tolist() == [0.25, 1.0]
    assert by_gid(figures["f18_anchor_power"], "cited:blinatumomab_then_car_t") == []


def test_power_without_cited_qalys_is_drawn_without_their_line():
    figure = power_figure(powers_of(), CONTEXT)
    assert by_gid(figure, "cited:car_t") == []


def test_hazards_of_an_exponential_curve_are_its_rate():
    table = hazards_table(survival_of(rate=0.4))
    rows = table[(table["strategy"] == "car_t") & (table["endpoint"] == "os")]
    assert rows["hazard"].to_numpy() == pytest.approx(0.4)
    assert rows["year"].iloc[0] == pytest.approx(1 / 24)
    assert rows[["low", "high"]].isna().all(axis=None)


def test_a_curve_that_ends_at_nobody_alive_has_no_hazard_there():
    curve = survival_of().iloc[:3].assign(mean=[1.0, 0.5, 0.0])
    assert hazards_table(curve)["hazard"].to_numpy() == pytest.approx([12 * np.log(2)])


def test_landmark_hazards_are_means_between_landmarks_of_one_report():
    table = landmark_hazards_table(landmarks_of())
    primary = table[table["title"] == "ELIANA primary"]
    assert primary[["from_year", "to_year"]].to_numpy().tolist() == [
        [0, 0.5],
        [0.5, 1],
    ]  # the rise is left out
    assert primary["hazard"].to_numpy() == pytest.approx([-np.log(0.9) / 0.5, np.log(0.9 / 0.76) / 0.5])
    first = primary.iloc[0]
    assert (first["low"], first["high"]) == pytest.approx((-np.log(0.95) / 0.5, -np.log(0.81) / 0.5))
    update = table[(table["title"] == "ELIANA update") & (table["endpoint"] == "os")].iloc[0]
    assert update["hazard"] == pytest.approx(-np.log(0.7) / 1.5)
    flat = table[(table["endpoint"] == "rfs")].iloc[1]
    assert flat["hazard"] == 0
    assert np.isnan(flat["high"])
    median = table[table["title"] == "MT103"].iloc[0]
    assert median["hazard"] == pytest.approx(np.log(2) / 0.625)


def test_the_interval_between_landmarks_covers_the_true_hazard_as_often_as_it_says():
    """1,000 trials of 75 patients with hazards 0.25 and 0.4 a year, followed without censoring."""
    rng = np.random.default_rng(11)
    n, marks = 75, []
    for trial in range(1000):
        early, late = rng.exponential(1 / 0.25, n), rng.exponential(1 / 0.4, n)
        death = np.where(early < 1, early, 1 + late)
        for year in (1.0, 2.0):
            alive = np.mean(death > year)
            error = np.sqrt((1 - alive) / (n * alive)) / abs(np.log(alive))  # of log(-log S)
            low, high = alive ** np.exp(1.96 * error), alive ** np.exp(-1.96 * error)
            marks.append(("car_t", "infusion", "os", year, alive, low, high, f"Trial {trial}"))
    columns = ["strategy", "origin", "endpoint", "year", "survival", "low", "high", "label"]
    table = landmark_hazards_table(pd.DataFrame(marks, columns=columns))
    later = table[table["from_year"] == 1]
    covered = (later["low"] <= 0.4) & (later["high"] >= 0.4)
    assert len(later) == 1000
    assert covered.mean() == pytest.approx(0.95, abs=0.02)


def test_no_landmarks_give_an_empty_table_and_a_figure_all_the_same():
    table = landmark_hazards_table(pd.DataFrame())
    assert list(table.columns)[3:] == ["from_year", "to_year", "hazard", "low", "high", "title"]
    figure = hazard_figure(hazards_table(survival_of()), table, CONTEXT)
    assert by_gid(figure, "step") == []


def test_hazards_are_drawn_as_the_tables_have_them(figures):
    figure = figures["hazard"]
    hazards, steps = hazards_table(survival_of()), landmark_hazards_table(landmarks_of())
    panel = next(axes for axes in figure.axes if axes.get_title(loc="left") == "Blinatumomab")
    (line,) = [line for line in panel.lines if line.get_gid() == "modelled"]
    rows = hazards[hazards["strategy"] == "blinatumomab"]
    np.testing.assert_array_equal(line.get_xydata(), rows[["year", "hazard"]])
    (bar,) = [line for line in panel.lines if line.get_gid() == "step"]
    step = steps[steps["strategy"] == "blinatumomab"].iloc[0]
    assert bar.get_xydata().tolist() == [[0, step["hazard"]], [step["to_year"], step["hazard"]]]
    assert len(by_gid(figure, "step")) == len(steps)
    words = words_of(figure)
    for expected in ("Death from first infusion", "Relapse or death from remission", "Hazard (per year)"):
        assert expected in words


def test_a_band_of_hazards_is_said_to_be_one_only_where_given():
    hazards, steps = hazards_table(survival_of()), landmark_hazards_table(landmarks_of())
    without = one(hazard_figure(hazards, steps, CONTEXT), "caption").get_text()
    banded = hazards.assign(low=0.8 * hazards["hazard"], high=1.2 * hazards["hazard"])
    figure = hazard_figure(banded, steps, CONTEXT)
    assert "band: 95% of draws" not in without.replace("\n", " ")
    assert "band: 95% of draws" in one(figure, "caption").get_text().replace("\n", " ")
    top = max(band.get_paths()[0].vertices[:, 1].max() for band in by_gid(figure, "band"))
    assert top == pytest.approx(banded["high"].max())


def test_cited_qalys_come_from_the_targets_with_the_sd_of_their_interval(targets):
    table = cited_table(targets).set_index("strategy")
    assert table.loc["car_t"].tolist() == pytest.approx([11.26, 0.25], abs=1e-4)
    assert table.loc["blinatumomab"].tolist() == pytest.approx([2.25, 0.2], abs=1e-4)


def test_agreement_is_the_weight_of_the_draws_within_the_cited_qalys():
    grid = implied_of()
    grid = grid[grid["strategy"] == "car_t"]
    trial = pd.DataFrame({"durable_share": [0.2, 0.5, 0.5], "smr": [5.0, 5, 20], "weight": [1.0, 2, 1]})
    # QALYs 2 + 19 share (1 - 0.02 smr): 5.42, 10.55 and, beyond the grid, 7.7
    assert agreement(grid, trial, 10, 11) == pytest.approx(0.5)
    assert agreement(grid, trial, 7.6, 7.8) == pytest.approx(0.25)


def test_regions_hold_their_share_of_the_weight():
    density, weight = np.arange(1.0, 101), np.ones(100)
    outer, inner = region_levels(density, weight)
    assert np.mean(density >= outer) == pytest.approx(0.95, abs=0.011)
    assert np.mean(density >= inner) == pytest.approx(0.5, abs=0.011)


def test_the_band_holds_the_grid_points_with_the_cited_qalys_and_no_others(figures):
    grid = implied_of()
    rows = grid[(grid["strategy"] == "car_t") & grid["smr"].between(2, 14)]
    path = one(figures["anchor"], "band:car_t").get_paths()[0]
    inside = path.contains_points(rows[["durable_share", "smr"]].to_numpy())
    off = (rows["qalys"] - 11.26).abs().to_numpy()
    assert inside[off < 0.45].all()
    assert not inside[off > 0.55].any()
    written = one(figures["anchor"], "agreement:car_t").get_text()
    assert written.startswith("Cited 11.26 ± 0.50 QALYs; ")


def test_cited_qalys_outside_the_grid_are_said_to_be_so(targets):
    cited = cited_table(targets).assign(qalys=40.0)
    assert "Nowhere 40.00 QALYs" in words_of(implied_figure(implied_of(), trial_of(), cited, CONTEXT))


def test_trial_draws_that_do_not_vary_are_drawn_as_points(targets):
    figure = implied_figure(implied_of(), trial_of().assign(smr=9.0), cited_table(targets), CONTEXT)
    assert len(by_gid(figure, "trial draws")) == 2
