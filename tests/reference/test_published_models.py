"""Every published model of this folder: facts in NAME.yaml, the model rebuilt on a page in NAME.py."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import yaml

from remit.analysis.acceptability import ceac
from remit.analysis.information import evpi
from remit.economics.comparison import incremental_analysis

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
STATUS = {"ND": "frontier", "D": "dominated", "ED": "extendedly dominated"}
N_DRAWS = 5_000


class Published:
    """A model with its facts."""

    def __init__(self, name):
        self.facts = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
        self.page = importlib.import_module(name)
        self.tolerance = self.facts["tolerance"]

    def base(self, correction):
        return self.rebuild(self.page.base_case(self.facts), correction)

    def rebuild(self, parameters, correction):
        return self.page.rebuild(self.facts, parameters, correction)

    def by_strategy(self, table):
        return np.array([table[strategy] for strategy in self.facts["strategies"]])

    def authors_weights(self):
        return self.page.authors_weights(self.facts)


@pytest.fixture(params=NAMES, scope="module")
def model(request):
    return Published(request.param)


@pytest.fixture(scope="module")
def psa(model):
    """Return costs and QALYs of our own draws from the published distributions."""
    generator = np.random.default_rng(2023)
    distributions = model.facts["psa"]["distributions"]
    parameters = {name: draw(generator, spec) for name, spec in distributions.items()}
    costs, qalys, _ = model.rebuild(parameters, model.authors_weights())
    return costs, qalys


def draw(generator, spec):
    match spec:
        case {"dist": "gamma", "shape": shape, "rate": rate}:
            return generator.gamma(shape, 1 / rate, N_DRAWS)
        case {"dist": "gamma", "shape": shape, "scale": scale}:
            return generator.gamma(shape, scale, N_DRAWS)
        case {"dist": "lognormal", "median": median, "sdlog": sdlog}:
            return generator.lognormal(np.log(median), sdlog, N_DRAWS)
        case {"dist": "beta", "alpha": alpha, "beta": beta}:
            return generator.beta(alpha, beta, N_DRAWS)
        case {"dist": "fixed", "value": value}:
            return np.full(N_DRAWS, float(value))
    raise AssertionError(spec)


def within_errors(model, got, expected, sd):
    """Tell whether two means differ by less than the stated number of standard errors."""
    error = sd * np.sqrt(1 / model.facts["psa"]["n"] + 1 / N_DRAWS)
    return np.abs(got - expected) < model.tolerance["standard_errors"] * error


def test_there_is_a_page_for_every_yaml_and_a_yaml_for_every_page():
    pages = {path.stem for path in FOLDER.glob("*.py")} - {Path(__file__).stem}
    assert set(NAMES) == pages
    assert NAMES


def test_totals_with_the_weights_of_the_authors(model):
    costs, qalys, _ = model.base(model.authors_weights())
    expected, rel = model.facts["expected"]["unrounded"], model.tolerance["unrounded"]
    np.testing.assert_allclose(costs[0], model.by_strategy(expected["cost"]), rtol=rel)
    np.testing.assert_allclose(qalys[0], model.by_strategy(expected["qaly"]), rtol=rel)


def test_totals_with_the_half_cycle_correction(model):
    costs, qalys, _ = model.base("half-cycle")
    expected, rel = model.facts["expected"]["half_cycle"], model.tolerance["half_cycle"]
    np.testing.assert_allclose(costs[0], model.by_strategy(expected["cost"]), rtol=rel, atol=0.5e-2)
    np.testing.assert_allclose(qalys[0], model.by_strategy(expected["qaly"]), rtol=rel, atol=0.5e-5)


def test_the_cohort_stands_where_the_published_trace_has_it(model):
    _, _, traces = model.base("start")
    for strategy, rows in model.facts["expected"]["trace"].items():
        for cycle, row in rows.items():
            got = traces[strategy][0, cycle]
            np.testing.assert_allclose(got, row, rtol=0, atol=model.tolerance["trace"])


def test_the_published_parameter_sets_give_the_published_totals(model):
    vectors = model.facts["test_vectors"]
    together = {name: [vector["parameters"][name] for vector in vectors] for name in vectors[0]["parameters"]}
    costs, qalys, _ = model.rebuild(together, model.authors_weights())
    rel = model.tolerance["test_vectors"]
    for number, vector in enumerate(vectors):
        np.testing.assert_allclose(costs[number], model.by_strategy(vector["cost"]), rtol=rel)
        np.testing.assert_allclose(qalys[number], model.by_strategy(vector["qaly"]), rtol=rel)


def test_the_published_table_of_strategies_to_its_last_digit(model):
    costs, qalys, _ = model.base(model.authors_weights())
    table = incremental_analysis(model.facts["strategies"], costs[0], qalys[0]).set_index("strategy")
    columns = {"cost": "costs", "qaly": "qalys", "inc_cost": "incremental_costs"}
    columns |= {"inc_qaly": "incremental_qalys", "icer": "icer"}
    published = model.facts["expected"]["published_table"]
    for row in published:
        got = table.loc[row["strategy"]]
        assert got["status"] == STATUS[row["status"]]
        for name, column in columns.items():
            digits = 3 if "qaly" in name else 0
            assert np.isnan(got[column]) if row[name] is None else round(got[column], digits) == row[name]
    on_frontier = [row["strategy"] for row in published if row["status"] == "ND"]
    assert list(table.index[table["status"] == "frontier"]) == on_frontier


def test_our_own_draws_have_the_published_means_and_spreads(model, psa):
    for got, name in zip(psa, ("cost", "qaly"), strict=True):
        sd = model.by_strategy(model.facts["psa"][f"sd_{name}"])
        mean = model.by_strategy(model.facts["psa"][f"mean_{name}"])
        assert within_errors(model, got.mean(axis=0), mean, sd).all()
        assert within_errors(model, got.std(axis=0), sd, sd / np.sqrt(2)).all()


def test_the_means_of_our_own_draws_give_the_published_decision(model, psa):
    costs, qalys = psa
    means = costs.mean(axis=0), qalys.mean(axis=0)
    table = incremental_analysis(model.facts["strategies"], *means).set_index("strategy")
    for name, icer in model.facts["psa"]["icer_of_means"].items():
        if icer == "dominated":
            assert table.loc[name, "status"] == "dominated"
            continue
        strategy, comparator = (model.facts["strategies"].index(word) for word in name.split("_vs_"))
        gains = (values[:, strategy] - values[:, comparator] for values in psa)
        gain_cost, gain_qaly = gains
        # The delta method: the error of a ratio of means is that of cost less ratio times QALYs.
        sd = np.std(gain_cost - icer * gain_qaly) / gain_qaly.mean()
        assert within_errors(model, table.loc[name.split("_vs_")[0], "icer"], icer, sd)


def test_the_acceptability_curves_of_our_own_draws_are_the_published_ones(model, psa):
    published = model.facts["psa"]["prob_cost_effective"]
    got = ceac(*psa, list(published))
    for row, (wtp, probabilities) in zip(got, published.items(), strict=True):
        expected = model.by_strategy(probabilities)
        # Two successes and two failures more, so that a share of 0 or 1 has an error too.
        n = model.facts["psa"]["n"]
        likely = (expected * n + 2) / (n + 4)
        assert within_errors(model, row, expected, np.sqrt(likely * (1 - likely))).all(), wtp


def test_the_evpi_of_our_own_draws_is_the_published_one(model, psa):
    published = model.facts["psa"]["evpi_per_person"]
    costs, qalys = psa
    for (wtp, expected), got in zip(published.items(), evpi(*psa, list(published)), strict=True):
        nmb = qalys * wtp - costs
        loss = nmb.max(axis=1) - nmb[:, nmb.mean(axis=0).argmax()]
        assert within_errors(model, got, expected, loss.std()), wtp
