"""How fast the model is, each figure beside one fixed baseline measured in the same run (`make bench`).

The baseline is what a plain cohort model costs in numpy: an einsum over constant random matrices of 8
states, 1,056 monthly steps, 3 strategies, 10,000 draws. Seconds are the best of the rounds. Nothing
here asserts a time.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from remit.analysis import evppi
from remit.analysis.information import Population, evppi_of_each
from remit.analysis.information.choice import choice_among
from remit.analysis.information.research import truths
from remit.analysis.microsimulation import BLOCK as WIDE
from remit.analysis.microsimulation import microsimulate
from remit.analysis.nonlinearity import explain_difference
from remit.analysis.one_way import QUANTILES, one_way
from remit.analysis.partitioned import evaluate_partitioned
from remit.analysis.patient_ways import crowds_of, follow_block
from remit.analysis.price import value_based_prices
from remit.analysis.ranges import varied_columns
from remit.analysis.scenarios import compare_scenarios
from remit.analysis.sweep import Axis, Sweep, run_sweep
from remit.analysis.threshold import thresholds
from remit.analysis.two_way import range_of, two_way
from remit.economics.patient_values import worth_of_patients
from remit.engine.blocks import draw_slices
from remit.evaluation import evaluate
from remit.files.places import params_folder
from remit.files.research import read_research
from remit.files.studies import read_study
from remit.inputs.draws import draw_parameters
from remit.report.research_tables import evsi_table

DRAWS = 10_000
COLUMNS = 150
STEPPING_DRAWS = 256
PARTITIONED_DRAWS = 500
ROUNDS = 3
PATIENTS = 200_000
SWEPT = 10  # points of a sweep
PRICE = "cost_drug_tisagenlecleucel"
PSA = (
    "import resource\n"
    "from remit.files.studies import read_study\n"
    "from remit.inputs.draws import draw_parameters\n"
    "from remit.evaluation import evaluate\n"
    "study = read_study().study\n"
    f"evaluate(study, draw_parameters(study.parameters, seed=1, n_draws={DRAWS}))\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
)


@pytest.fixture(scope="module")
def study():
    return read_study().study


@pytest.fixture(scope="module")
def draws(study):
    return draw_parameters(study.parameters, seed=1, n_draws=DRAWS)


@pytest.fixture(scope="module")
def figures():
    """Collect figures by name and print them at the end."""
    known: dict[str, float] = {}
    yield known
    sys.stdout.write("\n\n" + "\n".join(summary(known)) + "\n")


def summary(figures):
    """Say in plain words what was measured."""
    baseline = figures.get("baseline", float("nan"))
    lines = [f"{'what':<66} {'seconds':>9} {'/ baseline':>10}"]
    for name, seconds in figures.items():
        if not name.startswith("_"):
            lines.append(f"{name:<66} {seconds:>9.2f} {seconds / baseline:>10.2f}")
    if "_draw-steps" in figures:
        lines.append(f"closed form: {figures['_draw-steps'] / 1e6:,.1f} million draw-steps a second")
    if "_lifetimes" in figures:
        lines.append(f"patients one by one: {figures['_lifetimes']:,.0f} lifetimes a second on one core")
    if "_memory" in figures:
        lines.append(f"most memory of a PSA of {DRAWS:,} draws: {figures['_memory']:,.0f} MB")
    lines.append(
        "(best of the rounds; a draw-step is one draw of one strategy of one stratum over one cycle)"
    )
    return lines


def measure(benchmark, function, rounds=ROUNDS):
    """Run a few rounds and return the seconds of the best."""
    benchmark.pedantic(function, rounds=rounds, iterations=1, warmup_rounds=1)
    return float(benchmark.stats.stats.min)


def test_baseline_of_plain_numpy(benchmark, figures):
    rng = np.random.default_rng(0)
    matrices = rng.random((DRAWS, 8, 8))
    matrices /= matrices.sum(axis=2, keepdims=True)

    def follow():
        for _ in range(3):
            occupancy = np.zeros((DRAWS, 8))
            occupancy[:, 0] = 1
            for _ in range(1056):
                occupancy = np.einsum("ds,dst->dt", occupancy, matrices)

    figures["baseline"] = measure(benchmark, follow)


def test_lifetime_psa_in_closed_form(benchmark, figures, study, draws):
    seconds = measure(benchmark, lambda: evaluate(study, draws))
    n_strata = len(study.strata(study.values({})))
    steps = len(study.clock.lengths) * len(study.strategies) * n_strata
    figures[f"PSA of {DRAWS:,} draws, {len(study.strategies)} strategies, {n_strata} strata"] = seconds
    figures["the same for one stratum"] = seconds / n_strata
    figures["_draw-steps"] = DRAWS * steps / seconds


def test_lifetime_psa_with_two_threads(benchmark, figures, study, draws):
    figures["the same PSA with two threads"] = measure(benchmark, lambda: evaluate(study, draws, jobs=2))


def test_lifetime_psa_step_by_step(benchmark, figures, study, draws):
    some = {name: column[:STEPPING_DRAWS] for name, column in draws.items()}
    seconds = measure(benchmark, lambda: evaluate(study, some, solver="stepping"))
    name = f"the same by the stepping solver ({STEPPING_DRAWS} draws, scaled up)"
    figures[name] = seconds * DRAWS / STEPPING_DRAWS


def test_lifetime_psa_by_partitioned_survival(benchmark, figures, study, draws):
    some = {name: column[:PARTITIONED_DRAWS] for name, column in draws.items()}
    seconds = measure(benchmark, lambda: evaluate_partitioned(study, some), 1)
    name = f"the same by partitioned survival ({PARTITIONED_DRAWS} draws, scaled up)"
    figures[name] = seconds * DRAWS / PARTITIONED_DRAWS


def test_one_evaluation_at_the_means(benchmark, figures, study):
    figures["one evaluation at the means"] = measure(benchmark, lambda: evaluate(study))


def test_patients_one_by_one(benchmark, figures, study):
    (crowd,) = crowds_of(study)
    worth = np.empty((len(study.strategies), 3, PATIENTS))

    def simulate():
        for block in draw_slices(PATIENTS, WIDE):
            for one in follow_block(crowd, block, seed=1):
                worth_of_patients(one.histories, one.prices, worth[one.strategy, :, block])

    seconds = measure(benchmark, simulate)
    figures[f"{PATIENTS:,} patients one by one, {len(study.strategies)} strategies"] = seconds
    figures["_lifetimes"] = PATIENTS * len(study.strategies) / seconds


def test_patients_one_by_one_with_all_that_is_noted(benchmark, figures, study):
    figures["the same from the study on, histories noted"] = measure(
        benchmark, lambda: microsimulate(study, n_patients=PATIENTS, seed=1)
    )


def test_one_way_analysis(benchmark, figures, study):
    seconds = measure(benchmark, lambda: one_way(study))
    figures[f"one-way analysis of {len(varied_columns(study))} columns at {len(QUANTILES)} quantiles"] = (
        seconds
    )


def test_two_way_analysis(benchmark, figures, study):
    x, y = range_of(study, PRICE), range_of(study, "share_durable_tisagenlecleucel")
    figures[f"two-way analysis of {x.values.size} x {y.values.size} points"] = measure(
        benchmark, lambda: two_way(study, x, y)
    )


def test_threshold_analysis(benchmark, figures, study):
    figures["thresholds of every parameter"] = measure(benchmark, lambda: thresholds(study, "car_t"), 1)


def test_value_based_prices(benchmark, figures, study, draws):
    some, wtp = {name: column[:1000] for name, column in draws.items()}, study.settings.wtp.grid()
    figures["value-based price from 1,000 draws"] = measure(
        benchmark, lambda: value_based_prices(study, "car_t", wtp, draws=some)
    )


def test_scenarios_side_by_side(benchmark, figures, study):
    def compare():
        names = [path.stem for path in sorted((params_folder() / "scenarios").glob("*.yaml"))]
        named = [(name, name, read_study(name).study) for name in names]
        list(compare_scenarios(study, named))

    figures["reading and evaluating all scenarios at their means"] = measure(benchmark, compare, 1)


def test_difference_by_group(benchmark, figures, study, draws):
    psa = evaluate(study, {name: column[:1000] for name, column in draws.items()})
    figures["probabilistic against deterministic, by group"] = measure(
        benchmark, lambda: explain_difference(study, psa), 1
    )


def test_drawing_parameters(benchmark, figures, study):
    def draw():
        draw_parameters(study.parameters, seed=1, n_draws=DRAWS)

    figures[f"drawing {DRAWS:,} parameter sets"] = measure(benchmark, draw)


def test_what_it_is_worth_to_learn_each_parameter(benchmark, figures, study, draws):
    outcomes = evaluate(study, draws)
    learnt = dict(list(draws.items())[:COLUMNS])
    wtp = [study.settings.wtp.threshold]

    def learn():
        evppi_of_each(outcomes.costs, outcomes.qalys, learnt, wtp)

    figures[f"EVPPI of {len(learnt)} parameters one by one"] = measure(benchmark, learn)


@pytest.mark.parametrize("size", [3, 40])
def test_what_it_is_worth_to_learn_a_group(benchmark, figures, study, draws, size):
    outcomes = evaluate(study, draws)
    wtp = study.settings.wtp.grid()

    def learn():
        evppi(outcomes.costs, outcomes.qalys, draws, wtp, names=list(draws)[-size:])

    figures[f"EVPPI of {size} parameters together at {len(wtp)} WTP"] = measure(benchmark, learn)


def test_what_a_registry_is_worth(benchmark, figures, study, draws):
    outcomes = evaluate(study, draws)
    designs = read_research(study)
    seen = truths(study, draws, designs)
    choice, wtp = choice_among(outcomes), np.array([study.settings.wtp.threshold])

    def sample():
        evsi_table(choice, designs, seen, wtp=wtp, population=Population(1, 1, 0), seed=1)

    figures[f"EVSI of {len(designs)} designs at all their sizes"] = measure(benchmark, sample)


def test_memory_of_a_psa(benchmark, figures):
    def run():
        command = [sys.executable, "-c", PSA]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
        figures["_memory"] = float(printed)

    benchmark.pedantic(run, rounds=1, iterations=1)


@pytest.mark.parametrize("n_draws", [1000, 0], ids=["draws", "means"])
def test_a_point_of_a_sweep_without_strata(benchmark, figures, n_draws):
    names = ("subgroup={tempo: [base]}", "compare=[blinatumomab, car_t, blinatumomab_then_car_t]")
    study = read_study(settings=[f"settings.{names[0]}", f"strategies.{names[1]}"]).study
    prices = Axis("cost_drug_tisagenlecleucel", tuple(100_000.0 + 1000 * place for place in range(SWEPT)))
    sweep = Sweep("Prices", (prices,), draws=n_draws)

    def run():
        list(run_sweep(sweep, study.set))

    shown = f"{n_draws:,} draws" if n_draws else "the means"
    figures[f"a point of a sweep at {shown}, 3 strategies, 1 stratum"] = measure(benchmark, run) / SWEPT


@pytest.mark.parametrize("arguments", [["--help"], ["check"]], ids=" ".join)
def test_start_of_the_command_line(benchmark, figures, arguments):
    command = [str(Path(sys.executable).with_name("remit")), *arguments]
    used = []

    def run():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    benchmark.pedantic(run, rounds=ROUNDS, iterations=1, warmup_rounds=1)
    figures[f"CPU time of: remit {' '.join(arguments)}"] = min(used)
