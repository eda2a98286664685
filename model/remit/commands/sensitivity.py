"""Deterministic sensitivity analysis in a run: one-way, two-way, thresholds, prices, scenarios."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from remit.analysis.nonlinearity import explain_difference
from remit.analysis.one_way import one_way
from remit.analysis.price import price_of, value_based_prices, ways_of_paying
from remit.analysis.psa import Psa
from remit.analysis.ranges import varied_columns
from remit.analysis.scenarios import compare_scenarios
from remit.analysis.threshold import thresholds
from remit.analysis.two_way import range_of, two_way
from remit.commands.base_case import Tables
from remit.errors import InputError
from remit.evaluation import evaluate
from remit.files.analyses import BEST
from remit.files.loaded import Loaded
from remit.files.reader import Reader
from remit.files.scenarios import read_scenario
from remit.files.studies import read_study
from remit.report import price_tables, scenario_tables
from remit.report import sensitivity_tables as tables

# Draws behind the intervals of value-based prices.
PRICE_DRAWS = 1000
PAYMENT = ("settings", "payment")


def explained(loaded: Loaded) -> str:
    """Return the strategy that is explained against the comparator.

    The one that the study names, or of the others the one with the highest net benefit at the means.
    """
    study, named = loaded.study, loaded.analyses.strategy
    if named != BEST:
        return named
    outcomes = evaluate(study)
    nmb = study.settings.wtp.threshold * outcomes.qalys[0] - outcomes.costs[0]
    nmb[outcomes.strategies.index(study.comparator)] = -np.inf
    return outcomes.strategies[int(nmb.argmax())]


def owsa(loaded: Loaded) -> Tables:
    """Vary one parameter at a time, say which change nothing, and where the decision flips."""
    import pandas as pd

    study = loaded.study
    found = one_way(study)
    nothing = found.without_effect()
    flips = thresholds(study, explained(loaded), columns=_of_effect(loaded, nothing))
    return {
        "owsa.csv": tables.owsa_table(found, study),
        "thresholds.csv": tables.thresholds_table(flips, study),
        "without_effect.csv": pd.DataFrame({"column": nothing}, dtype="str"),
    }


def _of_effect(loaded: Loaded, nothing: Sequence[str]) -> list[str]:
    """Return the columns in which a threshold is looked for: drawn ones with an effect, and fixed costs."""
    study = loaded.study
    drawn = [column.name for column in varied_columns(study) if column.name not in nothing]
    given = {line.therapy for strategy in study.strategies.values() for line in strategy.lines}
    fixed = [f"cost_drug_{therapy}" for therapy in sorted(given)]
    return [*drawn, *(name for name in fixed if name in study.parameters and name not in drawn)]


def two_ways(loaded: Loaded) -> Tables:
    """Vary two parameters together, where the study names two."""
    study = loaded.study
    if not loaded.analyses.two_way:
        return {}
    x, y = (
        range_of(study, axis.parameter, low=axis.from_, high=axis.to, points=axis.points)
        for axis in loaded.analyses.two_way
    )
    found = two_way(study, x, y)
    return {
        "two_way.csv": tables.two_way_table(found, study),
        "two_way_axes.csv": tables.two_way_axes_table(found),
    }


def prices(loaded: Loaded) -> Tables:
    """Price the first therapy that the strategy explained gives and the comparator does not."""
    study, strategy = loaded.study, explained(loaded)
    try:
        price_of(study, strategy)
    except InputError:  # it gives nothing else than the comparator
        return {}
    n_draws = min(study.psa.draws, PRICE_DRAWS)
    found = value_based_prices(
        study,
        strategy,
        study.settings.wtp.grid(),
        ways=ways_of_paying(study, {title: read_study(name).study for name, title in _payments(loaded)}),
        draws=study.draws(n_draws=n_draws, seed=study.psa.seed),
    )
    return {
        "value_based_price.csv": price_tables.value_based_price_table(found, study),
        "frontier_prices.csv": price_tables.frontier_prices_table(found),
    }


def _payments(loaded: Loaded) -> list[tuple[str, str]]:
    """Return name and title of the scenarios that set how a therapy is paid for, and nothing else."""
    found = []
    for name in loaded.analyses.scenarios:
        scenario = read_scenario(name, Reader())
        if scenario is not None and all(change.path[:2] == PAYMENT for change in scenario.changes):
            found.append((name, scenario.title))
    return found


def scenarios(loaded: Loaded) -> Tables:
    """Evaluate the scenarios that the study names beside it, where it is itself none."""
    if not loaded.analyses.scenarios or loaded.is_scenario:
        return {}
    read = [read_study(name) for name in loaded.analyses.scenarios]
    found = compare_scenarios(loaded.study, [(one.name, one.study.title, one.study) for one in read])
    return {"scenarios.csv": scenario_tables.scenarios_table(found)}


def difference(loaded: Loaded, psa: Psa, without: tuple[str, ...]) -> Tables:
    """Explain how far the mean over draws lies from the result at the means."""
    study = loaded.study
    found = explain_difference(study, psa.outcomes, without=without)
    table = tables.difference_table(found, evaluate(study), study.settings.wtp.threshold)
    return {"probabilistic_vs_deterministic.csv": table}
