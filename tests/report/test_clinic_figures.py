"""Figures of a clinic: they show what the tables hold, and say on what they rest."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from clinic_results import LABELS, RESOURCES, RULES, drawing_with, results_with
from contexts import context_with

from remit.analysis.clinic.plan import ONLY, ClinicPlan, Coming, Rule, SitePlan
from remit.engine.resources import USES
from remit.report.clinic_drawing import (
    USE_LABELS,
    clinic_drawing_from,
    clinic_drawing_of,
    clinic_drawing_to,
    places_label,
)
from remit.report.clinic_tables import capacity_table, clinic_over_time_table, clinic_resources_table
from remit.report.clinic_turning import turning_places
from remit.report.figures.clinic import clinic_figure
from remit.report.figures.clinic_capacity import capacity_figure
from remit.report.figures.clinic_figures import clinic_figures
from remit.report.figures.clinic_rules import rule_colours
from remit.report.figures.clinic_waits import waits_figure
from remit.report.figures.style import strategy_colours

CONTEXT = context_with({"blinatumomab": "Blinatumomab", "car_t": "CAR T"})


@pytest.fixture(scope="module")
def results():
    return results_with()


@pytest.fixture(scope="module")
def over_time(results):
    return clinic_over_time_table(results)


@pytest.fixture(scope="module")
def resources(results):
    table = clinic_resources_table(results)
    brief = (table["measure"] == "wait") & (table["resource"] == "apheresis")
    table.loc[brief, "mean"] = 0.3
    return table


@pytest.fixture(scope="module")
def figure(over_time, resources):
    return clinic_figure(over_time, resources, drawing_with(), CONTEXT)


def lines_of(axes):
    return {line.get_gid(): line for line in axes.get_lines() if line.get_gid()}


def caption_of(figure):
    (text,) = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    return text.replace("\n", " ")


def test_each_resource_has_its_queue_and_the_places_held_of_those_open(figure, over_time):
    titles = [axes.get_title(loc="left") for axes in figure.axes[::2]]
    assert titles == ["Manufacturing, central", "Manufacturing, hospital", "Infusion beds"]
    for row, name in ((0, "manufacturing central"), (2, "infusion_bed")):
        for column, what in enumerate(("queue", "held")):
            axes = figure.axes[2 * row + column]
            for rule in RULES:
                own = over_time[(over_time["resource"] == name) & (over_time["rule"] == rule)]
                line = lines_of(axes)[f"{what}:{rule}"]
                np.testing.assert_allclose(line.get_ydata(), own[what])
                np.testing.assert_allclose(line.get_xdata(), own["year"])
                (band,) = [one for one in axes.collections if one.get_gid() == f"band:{what}:{rule}"]
                drawn = band.get_paths()[0].vertices[:, 1]
                most = np.inf if what == "queue" else own["places"].max()
                assert drawn.max() == pytest.approx(min(own[f"{what}_high"].max(), most))
    assert lines_of(figure.axes[5])["places"].get_ydata().tolist() == [4.0] * 31


def test_sites_of_one_resource_share_a_queue_that_is_drawn_once(figure):
    assert not lines_of(figure.axes[2])
    assert "the queue above is for all sites" in [text.get_text() for text in figure.axes[2].texts]


def test_a_time_in_which_a_site_is_closed_is_shaded(figure):
    spans = [patch for patch in figure.axes[1].patches if patch.get_gid() == "closed"]
    assert [(span.get_x(), span.get_width()) for span in spans] == [pytest.approx((1.0, 0.3))]
    assert not [patch for patch in figure.axes[3].patches if patch.get_gid() == "closed"]


def test_the_caption_says_clinic_scenario_patients_and_replications_and_what_is_not_drawn(figure):
    caption = caption_of(figure)
    for said in ("Clinic: Scarce clinic.", "Scenario: Base case.", "40 patients in each of 6 replications"):
        assert said in caption
    assert "mean wait is below 1 day under every rule (places held): Apheresis (1" in caption
    (alone,) = [caption_of(clinic_figure(*_one(), drawing_with(replications=1), CONTEXT))]
    assert "one alone has no interval" in alone


def _one():
    one = results_with(replications=1)
    return clinic_over_time_table(one), clinic_resources_table(one)


def test_where_nobody_waits_all_resources_are_drawn(over_time, resources):
    none = resources.assign(mean=0.0)
    figure = clinic_figure(over_time, none, drawing_with(), CONTEXT)
    assert len(figure.axes) == 2 * len(RESOURCES)
    assert "Not drawn" not in caption_of(figure)


def test_many_times_are_averaged_to_steps_that_the_caption_names(over_time, resources):
    rows = over_time[over_time["year"] > 0]
    again = pd.concat([rows.assign(year=rows["year"] - 0.1 + 0.1 * part / 5) for part in range(5)])
    fine = again.sort_values(["rule", "resource", "year"]).reset_index(drop=True)
    figure = clinic_figure(fine, resources, drawing_with(), CONTEXT)
    drawn = np.asarray(lines_of(figure.axes[5])["held:by_wait"].get_ydata())
    own = rows[(rows["rule"] == "by_wait") & (rows["resource"] == "infusion_bed")]["held"].to_numpy()
    assert drawn.size == 50  # of 150 times
    assert drawn[1] == pytest.approx((2 * own[0] + own[1]) / 3)
    assert drawn.mean() == pytest.approx(own.mean())
    assert "Averaged over steps of 22 days." in caption_of(figure)


def test_waits_leavers_and_places_held_of_every_rule_are_those_of_the_table(resources):
    figure = waits_figure(resources, drawing_with(), CONTEXT)
    waits, left, held = figure.axes
    for axes, measure, factor in ((waits, "wait", 1), (left, "share_left", 100), (held, "utilisation", 100)):
        names = [name for name in RESOURCES if axes is held or name != "manufacturing hospital"]
        for rule in RULES:
            own = resources[(resources["measure"] == measure) & (resources["rule"] == rule)]
            own = own.set_index("resource").loc[names]
            drawn = [(str(line.get_gid()), line.get_xdata()) for line in axes.lines]
            dots = [float(at[0]) for gid, at in drawn if gid == f"{measure}:{rule}"]
            ends = [at for gid, at in drawn if gid == f"interval:{measure}:{rule}"]
            assert dots == pytest.approx((factor * own["mean"]).tolist())
            assert np.array(ends) == pytest.approx(factor * own[["low", "high"]].clip(lower=0).to_numpy())
    most = [line for line in waits.lines if str(line.get_gid()).startswith("wait_90")]
    assert len(most) == len(RULES) * 3
    labels = [tick.get_text().replace("\n", " ") for tick in waits.get_yticklabels()]
    assert labels == ["Apheresis", "Manufacturing, central", "Manufacturing, hospital", "Infusion beds"]
    assert "40 patients in each of 6 replications" in caption_of(figure)


@pytest.fixture(scope="module")
def capacity():
    by_places = [(places, results_with(seed=places, better=2.0 - places)) for places in (1, 2, 4, 12)]
    return capacity_table(by_places, "manufacturing", 80_000.0)


@pytest.fixture(scope="module")
def capacity_drawn(capacity):
    return capacity_figure(capacity, turning_places(capacity), drawing_with(), CONTEXT)


def test_capacity_is_drawn_group_by_group_all_patients_last(capacity_drawn):
    titles = [axes.get_title(loc="left") for axes in capacity_drawn.axes]
    assert titles == ["Tempo: slow", "Tempo: rapid", "All patients", "", "", ""]
    assert capacity_drawn.axes[3].get_xlabel() == "Manufacturing places"
    assert capacity_drawn.axes[0].get_xscale() == "log"  # from 1 to 12 places
    assert [text.get_text() for text in capacity_drawn.legends[0].get_texts()] == list(LABELS.values())[1:]


def test_differences_of_rules_are_in_thousands_and_qalys_with_their_bands(capacity_drawn, capacity):
    for panel, measure, divisor in ((1, "nmb", 1000.0), (4, "qalys", 1.0)):
        axes = capacity_drawn.axes[panel]
        for rule in RULES[1:]:
            own = capacity[(capacity["measure"] == measure) & (capacity["rule"] == rule)]
            own = own[own["group"] == "rapid"]
            line = lines_of(axes)[f"difference:{rule}"]
            np.testing.assert_allclose(line.get_ydata(), own["difference"] / divisor)
            assert line.get_xdata().tolist() == [1, 2, 4, 12]
            (band,) = [one for one in axes.collections if one.get_gid() == f"band:{rule}"]
            drawn = band.get_paths()[0].vertices[:, 1]
            ends = (own["difference_low"].min() / divisor, own["difference_high"].max() / divisor)
            assert (drawn.min(), drawn.max()) == pytest.approx(ends)
        assert "car_t" not in {gid.partition(":")[2] for gid in lines_of(axes)}


def test_where_a_rule_turns_is_marked_and_written_and_the_ground_above_is_shaded(capacity_drawn, capacity):
    axes = capacity_drawn.axes[4]
    turning = turning_places(capacity).set_index(["measure", "group", "rule"])
    at = turning.loc[("qalys", "rapid", "blinatumomab_first"), "equal_at"]
    assert 1.9 < at < 2.1
    assert lines_of(axes)["turn:blinatumomab_first"].get_xdata() == [at]
    assert f"{at:.1f}" in [text.get_text() for text in axes.texts]
    (ground,) = [patch for patch in axes.patches if patch.get_gid() == "better"]
    assert (ground.get_y(), ground.get_y() + ground.get_height()) == pytest.approx((0, axes.get_ylim()[1]))
    assert "net benefit at eur 80,000" in caption_of(capacity_drawn).lower()


def test_few_places_that_lie_near_each_other_are_on_a_plain_scale(capacity):
    some = capacity[capacity["places"] <= 4]
    figure = capacity_figure(some, turning_places(some), drawing_with(), CONTEXT)
    assert figure.axes[0].get_xscale() == "linear"


def test_a_rule_called_like_a_strategy_has_its_colour_and_others_share_none():
    colours = rule_colours(drawing_with(), CONTEXT)
    assert colours["car_t"] == strategy_colours(CONTEXT.strategies)["car_t"]
    assert len(set(colours.values())) == len(colours)
    apart = rule_colours(drawing_with(rules={"one": "One", "two": "Two"}), CONTEXT)
    assert list(apart.values()) == list(strategy_colours(["one", "two"]).values())


def test_what_figures_say_of_a_clinic_comes_from_its_plan_and_back_from_plain_data():
    place = SitePlan(2, 0.1, "assumption", note="a guess")
    plan = ClinicPlan(
        title="Small", because="a test", arrivals=Coming("assumption", per_year=10, note="a guess"),
        resources={"apheresis": {ONLY: place}}, rules={"one": Rule("The one", "car_t")}, by="tempo",
    )  # fmt: skip
    drawing = clinic_drawing_of(plan)
    assert (drawing.title, dict(drawing.rules), drawing.patients) == ("Small", {"one": "The one"}, 200)
    assert (drawing.replications, drawing.seed, drawing.warm_up, drawing.by) == (20, 1, 1.0, "tempo")
    assert clinic_drawing_from(clinic_drawing_to(drawing)) == drawing
    assert clinic_drawing_of(replace(plan, by=None)).by == ""


def test_every_resource_has_a_name_and_sites_are_told_apart():
    assert set(USE_LABELS) == set(USES)
    assert places_label("manufacturing") == "manufacturing places"
    assert places_label("manufacturing city_hospital") == "manufacturing places (city hospital)"


def test_figures_have_room_for_everything(figure, resources, capacity_drawn):
    for one in (figure, waits_figure(resources, drawing_with(), CONTEXT), capacity_drawn):
        one.draw_without_rendering()  # warns where the layout does not fit
        assert min(axes.get_position().height for axes in one.axes) > 0.1


def test_a_clinic_has_the_figures_that_its_tables_have_something_for(over_time, resources, capacity):
    both = {"clinic_over_time.csv": over_time, "clinic_resources.csv": resources}
    names = [name for name, _ in clinic_figures(both, drawing_with(), CONTEXT)]
    assert names == ["f17_clinic", "f17_clinic_waits"]
    varied = {"clinic_capacity.csv": capacity, "clinic_turning.csv": turning_places(capacity)}
    assert [name for name, _ in clinic_figures(varied, drawing_with(), CONTEXT)] == ["clinic_capacity"]
    alone = capacity[capacity["rule"] == "car_t"]
    one = {"clinic_capacity.csv": alone, "clinic_turning.csv": turning_places(alone)}
    assert not list(clinic_figures(one, drawing_with(), CONTEXT))
    nothing = {"clinic_over_time.csv": over_time.iloc[:0], "clinic_resources.csv": resources.iloc[:0]}
    assert not list(clinic_figures(nothing, drawing_with(), CONTEXT))
