"""The value of information in a run: what is worth learning, among all strategies and without some."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remit.analysis.information import Population
from remit.analysis.information.choice import Choice, choice_among
from remit.analysis.information.research import answerable, truths
from remit.analysis.psa import Psa
from remit.commands.base_case import Tables
from remit.files.analyses import Group
from remit.files.research import read_research
from remit.files.studies import Loaded
from remit.report import information_tables as tables

Array = NDArray[np.float64]
POPULATION = "population.csv"


def information(loaded: Loaded, psa: Psa, without_effect: tuple[str, ...]) -> Tables:
    """Value information: expected losses, EVPI, EVPPI of parameters and groups, and research that would tell.

    Parameters
    ----------
    loaded
        The study.
    psa
        Its draws.
    without_effect
        Columns of draws that move nothing.
    """
    return _of_choice(loaded, choice_among(psa.outcomes), psa, without_effect)


def information_without(loaded: Loaded, psa: Psa, without_effect: tuple[str, ...]) -> Tables:
    """Value information where some strategies cannot be chosen; the names of its tables end so."""
    strategies = psa.outcomes.strategies
    left = [name for name in strategies if name not in loaded.analyses.without]
    if not 1 < len(left) < len(strategies):
        return {}
    found = _of_choice(loaded, choice_among(psa.outcomes, left), psa, without_effect)
    found.pop(POPULATION, None)
    return {name.replace(".csv", "_without.csv"): table for name, table in found.items()}


def _of_choice(loaded: Loaded, choice: Choice, psa: Psa, without_effect: tuple[str, ...]) -> Tables:
    import pandas as pd

    study = loaded.study
    grid, threshold = study.settings.wtp.grid(), study.settings.wtp.threshold
    population = _population(loaded)
    found: Tables = {"expected_loss.csv": tables.expected_loss_table(choice, grid)}
    losses = found["expected_loss.csv"].groupby("wtp")["expected_loss"].min()
    told_at = np.unique([threshold, float(losses.idxmax())])
    therapies = {name: kind.title for name, kind in study.therapies.items()}
    matters = [name for name in psa.parameters if name not in without_effect]
    columns = {name: p.columns(name) for name, p in study.parameters.items()}
    names = [name for name, own in columns.items() if any(column in matters for column in own)]
    found["evppi.csv"] = tables.evppi_table(
        choice,
        psa.parameters,
        study.parameters,
        therapies=therapies,
        names=names,
        wtp_of_names=told_at,
        groups=_groups(loaded.analyses.groups, names),
        wtp_of_groups=grid,
    )
    if population is None:
        return found
    found[POPULATION] = tables.population_table(population)
    found["evpi_population.csv"] = tables.population_evpi_table(choice, grid, population)
    known = read_research()
    designs = answerable({name: known[name] for name in loaded.analyses.research}, study)
    evsi = pd.DataFrame(columns=tables.EVSI_COLUMNS)
    if designs:
        evsi = tables.evsi_table(
            choice,
            designs,
            truths(study, psa.parameters, designs),
            wtp=told_at,
            population=population,
            seed=study.psa.seed,
        )
        found["evsi.csv"] = evsi
    voi = [
        tables.voi_table(
            found["evpi_population.csv"], found["evppi.csv"], evsi, wtp=wtp, population=population
        ).assign(wtp=wtp)
        for wtp in told_at
    ]
    found["voi.csv"] = pd.concat(voi, ignore_index=True)
    return found


def _groups(groups: Sequence[Group], names: Sequence[str]) -> dict[str, list[str]]:
    """Return the parameters of each group that matter; groups of none are left out."""
    found = {group.title: group.among(names) for group in groups}
    return {title: own for title, own in found.items() if own}


def _population(loaded: Loaded) -> Population | None:
    decision = loaded.decision
    if decision is None:
        return None
    discount = loaded.study.settings.discount_costs
    return Population(decision.patients_per_year.value, decision.years.value, discount)
