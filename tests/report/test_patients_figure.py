"""How patients differ: the figure says what its tables hold."""

import numpy as np
import pytest

from remit import load_study
from remit.analysis.microsimulation import microsimulate
from remit.report.context import context_of
from remit.report.figures.patients import patients_figure
from remit.report.microsimulation_tables import (
    microsimulation_table,
    patient_distribution_table,
    patient_events_table,
)


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def tables(study):
    found = microsimulate(study, n_patients=2000, seed=1)
    return patient_distribution_table(found), microsimulation_table(found), patient_events_table(found)


@pytest.fixture(scope="module")
def figure(study, tables):
    return patients_figure(*tables, context_of(study))


def test_curves_and_means_are_those_of_the_tables(figure, tables, study):
    distribution, summary, _ = tables
    lines = {line.get_gid(): line for axes in figure.axes for line in axes.get_lines()}
    for outcome in ("qalys", "costs"):
        for name in study.strategies:
            own = distribution[(distribution["strategy"] == name) & (distribution["outcome"] == outcome)]
            drawn = lines[f"{outcome}:{name}"]
            np.testing.assert_array_equal(drawn.get_xdata(), own["at"])
            np.testing.assert_array_equal(drawn.get_ydata(), own["share_at_least"])
            mean = summary[(summary["strategy"] == name) & (summary["outcome"] == outcome)]["mean"].iloc[0]
            assert lines[f"mean:{outcome}:{name}"].get_xdata()[0] == mean


def test_the_legend_says_how_many_are_cured_and_the_caption_how_many_there_are(figure, tables):
    events = tables[2]
    (legend,) = figure.legends
    shares = events[events["event"] == "cured"]["share"]
    for text, share in zip(legend.get_texts(), shares, strict=True):
        assert f"({100 * share:.0f}% cured)" in text.get_text()
    (caption,) = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert "2,000 patients" in caption
    assert "half-cycle" not in caption
