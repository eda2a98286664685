"""The study beside itself under other posteriors: what is drawn and said is what the tables hold."""

import json
from pathlib import Path

import pandas as pd
import pytest

from remit.report.context import context_from
from remit.report.figures.beside import beside_figure
from remit.report.words import verdict_beside

REFERENCE = Path(__file__).parents[2] / "runs/reference"


@pytest.fixture(scope="module")
def tables():
    return {
        name: pd.read_csv(REFERENCE / f"results/{name}.csv") for name in ("beside", "ceac_beside", "ceac")
    }


@pytest.fixture(scope="module")
def context():
    return context_from(json.loads((REFERENCE / "manifest.json").read_text())["drawing"]["context"])


def of_car_t(table, scenario):
    return table[(table["scenario"] == scenario) & (table["strategy"] == "car_t")]


def test_the_study_itself_comes_first_and_is_the_run(tables):
    own = tables["ceac_beside"][tables["ceac_beside"]["scenario"] == "base"]
    assert tables["ceac_beside"]["scenario"].iloc[0] == "base"
    assert own["probability"].to_numpy() == pytest.approx(tables["ceac"]["probability"].to_numpy())


def test_every_posterior_has_a_panel_with_its_curves_and_gains(tables, context):
    figure = beside_figure(tables["ceac_beside"], tables["beside"], context)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == tables["beside"]["title"].drop_duplicates().tolist()
    for axes, scenario in zip(figure.axes, tables["beside"]["scenario"].unique(), strict=True):
        (line,) = [line for line in axes.lines if line.get_gid() == "ceac:car_t"]
        own = of_car_t(tables["ceac_beside"], scenario)
        assert line.get_ydata() == pytest.approx(own["probability"].to_numpy())
        (text,) = [text for text in axes.texts if text.get_gid() == "gain:car_t"]
        row = of_car_t(tables["beside"], scenario).iloc[0]
        assert f"{row['incremental_qalys']:+.2f} ({row['incremental_qalys_sd']:.2f})" in text.get_text()


def test_the_verdict_names_each_other_posterior(tables, context):
    said = verdict_beside(tables["beside"], context.labels)
    for title in tables["beside"]["title"].unique()[1:]:
        assert f"({title})" in said
    assert "Base case" not in said
