"""The tables that every run has: the base case, and what the draws of the PSA say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.analysis.access import access, next_treatment
from remit.analysis.heterogeneity import decisions_by_group
from remit.analysis.psa import Psa
from remit.analysis.shortfall import shortfalls
from remit.economics.outcomes import Outcomes
from remit.economics.strata import StratumOutcomes, mixture
from remit.evaluation import evaluate, evaluate_strata
from remit.files.loaded import Loaded
from remit.report import model_tables, study_tables, tables
from remit.report import psa_tables as drawn
from remit.report.beside_tables import beside_table, ceac_beside_table, evpi_beside_table
from remit.report.sequence_tables import access_table
from remit.report.strata_tables import strata_table

if TYPE_CHECKING:
    import pandas as pd

Tables = dict[str, "pd.DataFrame"]


def base_case(loaded: Loaded) -> tuple[list[StratumOutcomes], Outcomes]:
    """Return the strata at the parameters' means, and all patients together without discounting."""
    plain = loaded.study.with_settings(discount_costs=0.0, discount_qalys=0.0)
    return evaluate_strata(loaded.study, counts=True), evaluate(plain)


def base_tables(loaded: Loaded, strata: list[StratumOutcomes], undiscounted: Outcomes) -> Tables:
    """Return the tables of the base case, from what :func:`base_case` returns."""
    study, base = loaded.study, mixture(strata).outcomes
    values = study.wide_values(None)
    pathways = [study.pathway(name, s.values) for s in study.strata(values) for name in study.strategies]
    severities = loaded.decision.severity.ranges if loaded.decision and loaded.decision.severity else ()
    population = ", ".join(loaded.populations[:1]).replace("-", " ")
    return {
        "decision_problem.csv": study_tables.decision_problem_table(study, population=population),
        "parameters.csv": model_tables.parameters_table(study, loaded.origins),
        "outcomes.csv": tables.outcomes_table(base, undiscounted),
        "breakdown.csv": tables.breakdown_table(base, undiscounted),
        "incremental.csv": tables.incremental_table(base),
        "pairwise.csv": tables.pairwise_table(base, study.comparator, study.settings.wtp.threshold),
        "events.csv": tables.events_table(base),
        "moves.csv": model_tables.moves_table(pathways),
        "access.csv": access_table(access(study), next_treatment(study)),
        "shortfall.csv": study_tables.shortfall_table(shortfalls(study, base, undiscounted), severities),
    }


def psa_tables(loaded: Loaded, strata: list[StratumOutcomes], psa: Psa | None) -> Tables:
    """Return what the draws say beside the base case; without a PSA what is left of it."""
    study, base = loaded.study, mixture(strata).outcomes
    comparator, wtp = study.comparator, study.settings.wtp
    found = {
        "nmb.csv": tables.nmb_table(base, psa.outcomes if psa else None, wtp.grid()),
        "diagnostics.csv": tables.diagnostics_table(base, psa),
    }
    if len(strata) > 1:
        found["strata.csv"] = strata_table(strata, psa, comparator, wtp.threshold)
        groups = decisions_by_group(psa.strata if psa else strata, wtp.threshold)
        found["decisions_by_group.csv"] = study_tables.group_decisions_table(groups, base.strategies)
    if psa is None:
        return found
    return {
        **found,
        "psa.parquet": drawn.psa_table(psa),
        "psa_parameters.parquet": drawn.psa_parameters_table(psa),
        "psa_summary.csv": drawn.psa_summary_table(psa, comparator, wtp.threshold),
        "quadrants.csv": drawn.quadrants_table(psa, comparator, wtp.threshold),
        "convergence.csv": drawn.convergence_table(psa, comparator, wtp.threshold),
        "incremental_psa.csv": tables.incremental_table(psa.outcomes),
        "ceac.csv": drawn.ceac_table(psa.outcomes, wtp.grid()),
        "evpi.csv": drawn.evpi_table(psa.outcomes, wtp.grid()),
    }


def beside_of(loaded: Loaded, other: Loaded, psa: Psa) -> Tables:
    """Return the rows of a study under another posterior (or its own) in the tables that compare them."""
    comparator, wtp = loaded.study.comparator, loaded.study.settings.wtp
    named = [(other.name, other.study.title, psa)]
    return {
        "beside.csv": beside_table(named, comparator, wtp.threshold),
        "ceac_beside.csv": ceac_beside_table(named, wtp.grid()),
        "evpi_beside.csv": evpi_beside_table(named, wtp.grid()),
    }
