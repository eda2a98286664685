"""The forest plot shows every trial and pool where its table has it, and can be read at page width."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from remit.report.figures.forest import forest_plot
from remit.report.figures.style import WIDTH, strategy_colours
from remit.report.pool_tables import PooledOutcome, PooledTrial, pooled_table, pooled_trials_table
from remit.survival.pooling import Trial, pool

THERAPIES = {"blinatumomab": "Blinatumomab", "car_t": "CD19 CAR T cells"}
OUTCOMES = {"cr": "Complete remission, of those treated", "hsct": "HSCT in remission, of responders"}
LONG = "University of Pennsylvania and Children's Hospital of Philadelphia"
TRIALS = [Trial("a", LONG, 27, 30), Trial("b", "ELIANA", 61, 75), Trial("c", "NCI", 14, 21)]
SINGLE = [Trial("d", "MT103-205", 27, 70)]


def outcome(therapy, name, trials, *left_out):
    rows = [PooledTrial(trial.title, trial, True, "VERIFIED", "maude2018") for trial in trials]
    rows += [PooledTrial(title, None, left_out="unclear") for title in left_out]
    return PooledOutcome(therapy, name, pool(trials) if trials else None, tuple(rows))


@pytest.fixture(scope="module")
def found():
    return [
        outcome("blinatumomab", "cr", SINGLE),
        outcome("car_t", "cr", TRIALS, "Seattle"),
        outcome("blinatumomab", "hsct", []),
        outcome("car_t", "hsct", [Trial("b", "ELIANA", 0, 65)], "NCI"),
    ]


@pytest.fixture(scope="module")
def figure(found):
    tables = pooled_table(found), pooled_trials_table(found)
    drawn = forest_plot(
        *tables, therapies=THERAPIES, outcomes=OUTCOMES, title="Pools", strategies=("blinatumomab", "car_t")
    )
    FigureCanvasAgg(drawn)
    drawn.draw_without_rendering()
    return drawn


def with_gid(axes, gid):
    return [each for each in (*axes.lines, *axes.patches, *axes.collections) if each.get_gid() == gid]


def test_each_trial_is_a_square_at_its_share_with_its_exact_interval(figure):
    axes = figure.axes[0]
    squares = with_gid(axes, "trial")
    assert [float(each.get_offsets()[0, 0]) for each in squares] == pytest.approx(
        [27 / 70, 27 / 30, 61 / 75, 14 / 21]
    )
    ends = [tuple(each.get_xdata()) for each in with_gid(axes, "interval")]
    assert ends == [pytest.approx(trial.interval) for trial in (*SINGLE, *TRIALS)]
    areas = np.array([float(each.get_sizes()[0]) for each in squares])
    assert areas / areas.max() == pytest.approx(np.array([70, 30, 75, 21]) / 75)


def test_the_pool_is_a_diamond_over_its_interval_with_the_prediction_interval_below(figure):
    expected = pool(TRIALS)
    (diamond,) = with_gid(figure.axes[0], "pool")
    across = diamond.get_xy()[:, 0]
    assert (across.min(), across.max()) == pytest.approx(expected.interval)
    (line,) = with_gid(figure.axes[0], "prediction")
    assert tuple(line.get_xdata()) == pytest.approx(expected.prediction)
    assert line.get_ydata()[0] > diamond.get_xy()[:, 1].mean()


def test_a_single_trial_has_no_pool_and_an_outcome_without_trials_no_lines(figure):
    panel = figure.axes[1]
    assert len(with_gid(panel, "trial")) == 1
    assert not with_gid(panel, "pool")
    assert "Blinatumomab" not in [text.get_text() for text in panel.texts]


def test_therapy_classes_have_the_colours_of_the_strategies(figure):
    colours = strategy_colours(("blinatumomab", "car_t"))
    squares = with_gid(figure.axes[0], "trial")
    shown = [to_hex(each.get_facecolor()[0]) for each in squares]
    assert shown == [colours["blinatumomab"], *[colours["car_t"]] * 3]


def test_counts_and_shares_stand_beside_and_what_is_left_out_below(figure):
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert {"61 / 75", "81% (71–89%)", "102 / 126", "Pooled, 3 trials"} <= set(texts)
    caption = next(text.get_text() for text in figure.texts if text.get_gid() == "caption")
    assert "Seattle" in caption.replace("\n", " ")


def test_no_text_leaves_the_page_or_covers_another(figure):
    canvas = FigureCanvasAgg(figure)
    assert figure.get_figwidth() == WIDTH
    everything = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in everything if text.get_text()]
    page = figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 <= page.y1 for box in boxes)
    panels = [axes.get_window_extent() for axes in figure.axes]
    names = [text for axes in figure.axes for text in axes.texts if text.get_ha() == "left"]
    for text in names:
        assert text.get_window_extent(canvas.get_renderer()).x1 < panels[0].x0 or text.get_weight() == "bold"
    for at, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[at + 1 :]), everything[at].get_text()


def test_tables_leave_empty_what_is_not_known(found):
    pooled = pooled_table(found).set_index(["therapy", "outcome"])
    assert pooled.loc[("blinatumomab", "hsct"), "trials"] == 0
    assert pooled.loc[("blinatumomab", "cr"), ["tau", "prediction_low", "i_squared"]].isna().all()
    assert np.isnan(pooled.loc[("car_t", "hsct"), "median"])
    assert pooled.loc[("car_t", "cr"), "sd_logit"] == pool(TRIALS).sd_logit
    trials = pooled_trials_table(found)
    assert trials[trials["trial"] == "Seattle"]["events"].isna().all()
    assert trials["left_out"].notna().sum() == 2
