"""The value of information in a run: what is worth learning, among all strategies and without some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remit.analysis.information import Population
from remit.analysis.information.choice import Choice, choice_among
from remit.analysis.information.designs import Design
from remit.analysis.information.partial import draws_needed
from remit.analysis.information.research import answerable, truths
from remit.analysis.psa import Psa
from remit.commands.base_case import Tables
from remit.files.loaded import Loaded
from remit.files.research import read_research
from remit.report import information_tables as tables
from remit.report.research_tables import evsi_table

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
    study, population = loaded.study, _population(loaded)
    grid, threshold = study.settings.wtp.grid(), study.settings.wtp.threshold
    found: Tables = {"expected_loss.csv": tables.expected_loss_table(choice, grid)}
    losses = found["expected_loss.csv"].groupby("wtp")["expected_loss"].min()
    told_at = np.unique([threshold, float(losses.idxmax())])
    asked = _asked(loaded, psa, without_effect)
    found["evppi.csv"] = tables.evppi_table(
        choice,
        psa.parameters,
        study.parameters,
        therapies={name: kind.title for name, kind in study.therapies.items()},
        names=asked.names,
        wtp_of_names=told_at,
        groups=asked.groups,
        wtp_of_groups=grid,
    )
    if population is None:
        return found
    found[POPULATION] = tables.population_table(population)
    found["evpi_population.csv"] = tables.population_evpi_table(choice, grid, population)
    found["evsi.csv"] = evsi_table(
        choice,
        asked.designs,
        truths(study, psa.parameters, asked.designs),
        wtp=told_at,
        population=population,
        seed=study.psa.seed,
    )
    found["voi.csv"] = tables.voi_at(
        told_at,
        found["evpi_population.csv"],
        found["evppi.csv"],
        found["evsi.csv"],
        population=population,
        too_few_draws=asked.left_out,
    )
    return found


@dataclass(frozen=True)
class _Asked:
    """What so many draws can answer, and what is left out: title -> draws that it needs."""

    names: list[str]
    groups: dict[str, list[str]]
    designs: dict[str, Design]
    left_out: dict[str, int]


def _asked(loaded: Loaded, psa: Psa, without_effect: tuple[str, ...]) -> _Asked:
    """Return what is asked of the parameters that have an effect, as far as the draws can carry it."""
    study, n_draws = loaded.study, psa.n_draws
    matters = [name for name in psa.parameters if name not in without_effect]
    columns = {
        name: len([c for c in p.columns(name) if c in matters]) for name, p in study.parameters.items()
    }
    names = [name for name, own in columns.items() if own]
    groups = {group.title: group.among(names) for group in loaded.analyses.groups}
    known = read_research()
    designs = answerable({name: known[name] for name in loaded.analyses.research}, study)
    designs = {n: one for n, one in designs.items() if one.cost_fixed.unit == study.settings.currency}
    needed = {title: draws_needed(sum(columns[n] for n in own)) for title, own in groups.items() if own}
    needed |= {design.title: draws_needed(len(design.observes)) for design in designs.values()}
    return _Asked(
        names=[name for name in names if draws_needed(columns[name]) <= n_draws],
        groups={title: own for title, own in groups.items() if own and needed[title] <= n_draws},
        designs={name: design for name, design in designs.items() if needed[design.title] <= n_draws},
        left_out={title: draws for title, draws in needed.items() if draws > n_draws},
    )


def _population(loaded: Loaded) -> Population | None:
    decision = loaded.decision
    if decision is None:
        return None
    discount = loaded.study.settings.discount_costs
    return Population(decision.patients_per_year.value, decision.years.value, discount)
