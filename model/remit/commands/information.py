"""The value of information in a run: what is worth learning, among all strategies and without some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    pass

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """The draws that information is valued on: outcomes to choose by, and the columns that matter."""

    every: Choice
    some: Choice | None
    draws: Mapping[str, Array]
    matters: tuple[str, ...]


def drawn_of(loaded: Loaded, psa: Psa, without_effect: Sequence[str]) -> Drawn:
    """Return what the value of information needs of a PSA.

    Parameters
    ----------
    loaded
        The study; ``analyses.without`` are strategies left out of a second choice.
    psa
        Its draws.
    without_effect
        Columns of draws that move nothing.
    """
    left = [name for name in psa.outcomes.strategies if name not in loaded.analyses.without]
    is_restricted = 1 < len(left) < len(psa.outcomes.strategies)
    matters = tuple(name for name in psa.parameters if name not in without_effect)
    some = choice_among(psa.outcomes, left) if is_restricted else None
    return Drawn(choice_among(psa.outcomes), some, psa.parameters, matters)


def information(loaded: Loaded, drawn: Drawn) -> Tables:
    """Value information: expected losses, EVPI, EVPPI of parameters and groups, and research that would tell.

    Twice where some strategies are left out of a second choice, whose tables end with ``_without``.
    """
    found = _of_choice(loaded, drawn, drawn.every)
    if drawn.some is not None:
        for name, table in _of_choice(loaded, drawn, drawn.some).items():
            found[name.replace(".csv", "_without.csv")] = table
    population = _population(loaded)
    return {**found, "population.csv": tables.population_table(population)} if population else found


def _of_choice(loaded: Loaded, drawn: Drawn, choice: Choice) -> Tables:
    import pandas as pd

    study = loaded.study
    grid, threshold = study.settings.wtp.grid(), study.settings.wtp.threshold
    population = _population(loaded)
    found: Tables = {"expected_loss.csv": tables.expected_loss_table(choice, grid)}
    losses = found["expected_loss.csv"].groupby("wtp")["expected_loss"].min()
    told_at = np.unique([threshold, float(losses.idxmax())])
    therapies = {name: kind.title for name, kind in study.therapies.items()}
    columns = {name: p.columns(name) for name, p in study.parameters.items()}
    names = [name for name, own in columns.items() if any(column in drawn.matters for column in own)]
    found["evppi.csv"] = tables.evppi_table(
        choice,
        drawn.draws,
        study.parameters,
        therapies=therapies,
        names=names,
        wtp_of_names=told_at,
        groups=_groups(loaded.analyses.groups, names),
        wtp_of_groups=grid,
    )
    if population is None:
        return found
    found["evpi_population.csv"] = tables.population_evpi_table(choice, grid, population)
    designs = {name: read_research()[name] for name in loaded.analyses.research}
    designs = answerable(designs, study)
    evsi = pd.DataFrame(columns=tables.EVSI_COLUMNS)
    if designs:
        evsi = tables.evsi_table(
            choice,
            designs,
            truths(study, drawn.draws, designs),
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
