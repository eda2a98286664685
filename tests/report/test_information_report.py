"""Value of information as tables and figures."""

from __future__ import annotations

import doctest
from io import BytesIO

import numpy as np
import pytest

from remit import load_study, run_psa
from remit.analysis import evpi, evppi
from remit.analysis.information import Population
from remit.analysis.information.choice import choice_among
from remit.analysis.information.research import truths
from remit.files.research import read_research
from remit.report import information_tables as tables
from remit.report import research_tables
from remit.report.context import context_of
from remit.report.figures.information import value_of_information
from remit.report.figures.loss import expected_loss_figure
from remit.report.figures.research import research_figure

WTP = np.array([0.0, 30_000.0, 48_000.0, 80_000.0])
CAUSAL = "share_causal_modulation_blinatumomab"
POPULATION = Population(40, 10, 0.03)
REGISTRY = "registry_after_nonresponse"


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def psa(study):
    return run_psa(study, n_draws=400, seed=2)


@pytest.fixture(scope="module")
def choice(psa):
    """Return the choice where CAR T cells cannot be given first: there information is worth something."""
    names = [name for name in psa.outcomes.strategies if name != "car_t"]
    return choice_among(psa.outcomes, names)


@pytest.fixture(scope="module")
def worth(study, psa, choice):
    """Return EVPI, EVPPI and EVSI tables."""
    names = [CAUSAL, "share_tempo", "cost_travel"]
    learnt = tables.evppi_table(
        choice,
        psa.parameters,
        study.parameters,
        therapies={"blinatumomab": "Blinatumomab"},
        names=names,
        wtp_of_names=WTP[2:],
        groups={"Causal share": [CAUSAL], "Travel and tempo": ["cost_travel", "share_tempo"]},
        wtp_of_groups=WTP,
    )
    designs = {REGISTRY: read_research(study)[REGISTRY]}
    seen = truths(study, psa.parameters, designs)
    sampled = research_tables.evsi_table(choice, designs, seen, wtp=WTP[2:], population=POPULATION, seed=1)
    return tables.population_evpi_table(choice, WTP, POPULATION), learnt, sampled


def drawn(figure, gid):
    return [a for axes in axes_of(figure) for a in axes.findobj(lambda artist: artist.get_gid() == gid)]


def axes_of(figure):
    return [*figure.axes, *(axes for part in figure.subfigs for axes in part.axes)]


def text_of(figure):
    return " ".join(
        " ".join(text.get_text().split()) for text in figure.findobj(match=lambda a: hasattr(a, "get_text"))
    )


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(tables)
    assert result.attempted > 0
    assert result.failed == 0


def test_v49_the_lower_envelope_of_the_expected_losses_is_the_evpi(choice):
    table = tables.expected_loss_table(choice, WTP)
    assert list(table.columns) == ["wtp", "strategy", "expected_loss", "on_ceaf"]
    least = table.groupby("wtp")["expected_loss"].min().to_numpy()
    np.testing.assert_allclose(least, evpi(choice.costs, choice.qalys, WTP), rtol=1e-10, atol=1e-10)
    on_ceaf = table[table["on_ceaf"]]
    assert len(on_ceaf) == WTP.size
    np.testing.assert_allclose(on_ceaf["expected_loss"], least, rtol=1e-9, atol=1e-6)


def test_the_evpi_of_the_population_is_that_of_each_of_its_patients(worth):
    table, _, _ = worth
    np.testing.assert_allclose(table["population_evpi"], table["evpi"] * sum(40 / 1.03**t for t in range(10)))
    assert (table["standard_error"] >= 0).all()


def test_parameters_and_groups_have_their_value_and_title(worth, psa, choice):
    _, table, _ = worth
    assert list(table.columns) == ["wtp", "parameters", "evppi", "standard_error", "kind", "title"]
    assert table.groupby(["kind", "parameters"]).size().tolist() == [4, 4, 2, 2, 2]
    shares = [name for name in psa.parameters if name.startswith("share_tempo_")]
    estimate, error = evppi(choice.costs, choice.qalys, psa.parameters, WTP, names=["cost_travel", *shares])
    group = table[table["title"] == "Travel and tempo"]
    assert set(group["parameters"]) == {"cost_travel; share_tempo"}
    np.testing.assert_array_equal(group["evppi"], estimate)
    np.testing.assert_array_equal(group["standard_error"], error)
    assert set(table[table["parameters"] == "share_tempo"]["title"]) == {"Tempo of the disease"}


def test_a_title_says_whose_the_parameter_is_where_it_does_not_yet(study):
    therapies = {"blinatumomab": "Blinatumomab", "tisagenlecleucel": "Tisagenlecleucel"}
    told = {
        name: tables.title_of(name, study.parameters[name], therapies)
        for name in ("share_durable_tisagenlecleucel", CAUSAL, "share_female")
    }
    assert told["share_durable_tisagenlecleucel"].endswith(": tisagenlecleucel")
    assert told[CAUSAL] == study.parameters[CAUSAL].title
    assert told["share_female"] == study.parameters["share_female"].title


def test_the_table_of_designs_holds_what_they_are_worth_and_cost(worth):
    _, _, table = worth
    assert list(table.columns) == research_tables.EVSI_COLUMNS
    at = table[table["wtp"] == 48_000]
    assert at["n"].tolist() == [10, 20, 40, 80, 160, 320]
    np.testing.assert_allclose(at["cost"], 300_000 + 2_000 * at["n"])
    np.testing.assert_allclose(at["enbs"], at["evsi"] * at["helped"] - at["cost"])
    assert at["best"].sum() == 1
    assert at.loc[at["best"], "enbs"].item() == at["enbs"].max() > 0
    assert not table.loc[table["wtp"] == 80_000, "best"].any()


def test_the_summary_says_what_pays(worth):
    known, learnt, sampled = worth
    table = tables.voi_table(known, learnt, sampled, wtp=48_000.0, population=POPULATION)
    assert table["kind"].tolist() == ["evpi", "group", "group", "single", "single", "single", "evsi"]
    assert table["value"].iloc[0] == known["evpi"].iloc[2]
    best = sampled[(sampled["wtp"] == 48_000) & sampled["best"]]
    last = table.iloc[-1]
    assert (last["n"], last["enbs"]) == (best["n"].item(), best["enbs"].item())
    assert last["in_words"] == f"best size {best['n'].item()}"
    nothing = tables.voi_table(known, learnt, sampled, wtp=80_000.0, population=POPULATION)
    assert nothing["in_words"].iloc[-1] == "no size pays (sizes 10 to 320)"


def test_the_wtp_that_is_shown_is_the_threshold_unless_nothing_is_worth_anything_there(worth):
    _, _, sampled = worth
    assert research_tables.telling_wtp(sampled, 48_000.0) == 48_000.0
    assert research_tables.telling_wtp(sampled, 80_000.0) == 48_000.0


def test_the_loss_figure_has_a_line_for_each_strategy_and_their_envelope(choice, study):
    table = tables.expected_loss_table(choice, WTP)
    figure = expected_loss_figure(table, context_of(study))
    for name in choice.strategies:
        (line,) = drawn(figure, f"loss:{name}")
        np.testing.assert_array_equal(line.get_ydata(), table[table["strategy"] == name]["expected_loss"])
    (least,) = drawn(figure, "evpi")
    np.testing.assert_allclose(least.get_ydata(), evpi(choice.costs, choice.qalys, WTP), atol=1e-6)


def test_the_figure_of_information_sorts_its_bars_and_names_its_population(worth, study, choice):
    known, learnt, _ = worth
    figure = value_of_information(
        known, learnt, context_of(study), POPULATION, wtp=48_000.0, among=choice.strategies
    )
    widths = [bar.get_width() for bar in axes_of(figure)[1].patches]
    assert widths == sorted(widths, reverse=True)
    assert len(widths) == len(set(learnt[(learnt["wtp"] == 48_000) & (learnt["evppi"] >= 1)]["parameters"]))
    words = text_of(figure)
    assert "40 patients a year for 10 years" in words
    assert "Choice among:" in words
    figure.savefig(BytesIO(), format="png")


def test_where_nothing_is_worth_knowing_the_figures_say_so(worth, study):
    known, learnt, sampled = worth
    context = context_of(study)
    nothing = learnt.assign(evppi=0.0, standard_error=0.0)
    figure = value_of_information(known, nothing, context, POPULATION, wtp=80_000.0)
    assert "No parameter and no group is worth EUR 1 per patient" in text_of(figure)
    assert "Choice among:" not in text_of(figure)
    zero = sampled.assign(evsi=0.0, standard_error=0.0, limit=0.0, best=False)
    evpi_0 = known.assign(evpi=0.0, population_evpi=0.0)
    for table in (evpi_0, known):
        shown = research_figure(
            table, nothing, zero, context, POPULATION, learnt="Causal share", wtp=80_000.0
        )
        assert "no size pays" in text_of(shown)
        shown.savefig(BytesIO(), format="png")
    empty = value_of_information(evpi_0, nothing, context, POPULATION, wtp=80_000.0)
    empty.savefig(BytesIO(), format="png")


def test_the_figure_of_a_design_marks_its_best_size_below_the_ceilings(worth, study):
    known, learnt, sampled = worth
    figure = research_figure(
        known, learnt, sampled, context_of(study), POPULATION, learnt="Causal share", wtp=48_000.0
    )
    at = sampled[sampled["wtp"] == 48_000]
    (line,) = drawn(figure, "evsi")
    np.testing.assert_array_equal(line.get_ydata(), at["evsi"])
    (ceiling,) = drawn(figure, "ceiling:Everything (EVPI)")
    assert ceiling.get_ydata()[0] == known["evpi"].iloc[2]
    (mark,) = drawn(figure, "best")
    assert list(mark.get_xdata()) == at.loc[at["best"], "n"].tolist()
    assert f"best size: {at.loc[at['best'], 'n'].item()} patients" in text_of(figure)
    assert "What it is worth to learn: causal share" in text_of(figure)
