"""The parts of a run that follow the same study through other engines: partitioned survival, and patients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from remit.analysis.follow_up import follow_health_states
from remit.analysis.microsimulation import microsimulate
from remit.analysis.partitioned import (
    crossing_of_cited,
    evaluate_partitioned,
    explain_partitioned,
    follow_cited,
    follow_partitioned,
    needed_for_cited,
)
from remit.analysis.patient_ways import phased_relapse
from remit.commands.base_case import Tables
from remit.evaluation import evaluate
from remit.files.behind import files_behind
from remit.files.loaded import Loaded
from remit.files.partitioned import read_cited_structure, structures_of
from remit.report import microsimulation_tables, partitioned_tables

# Enough for 2.5% quantiles of both structures; draws in which curves cross would be seen in fewer.
STRUCTURE_DRAWS = 300
# Patients by which the Monte Carlo error of mean QALYs is below 1% in the base case, in a second or two.
PATIENTS = 100_000


def partitioned(loaded: Loaded) -> Tables:
    """Follow the study through partitioned survival, explain the difference, and follow cited structures."""
    study = loaded.study
    times, markov, ours = study.clock.times, evaluate(study), evaluate_partitioned(study)
    some = study.draws(seed=study.psa.seed, n_draws=min(study.psa.draws, STRUCTURE_DRAWS))
    drawn, threshold = evaluate_partitioned(study, some or None), study.settings.wtp.threshold
    traces, partitions = follow_health_states(study, times), follow_partitioned(study, times)
    return {
        "structures.csv": partitioned_tables.structures_table(study, markov, ours),
        "structure_causes.csv": partitioned_tables.causes_table(explain_partitioned(study, markov, ours)),
        "structure_occupancy.csv": partitioned_tables.occupancy_table(traces, partitions, times),
        "structure_crossing.csv": partitioned_tables.crossing_table(drawn),
        "structures_psa.csv": partitioned_tables.structures_psa_table(
            evaluate(study, some or None), drawn, threshold=threshold
        ),
        **_cited(loaded),
    }


def _cited(loaded: Loaded) -> Tables:
    """Return how close the published structure beside the study comes; nothing where there is none."""
    for file in _structures(loaded):
        model, plan = read_cited_structure(str(file)), loaded.study.psa
        given = (model.study, model.structure, model.landmarks, model.published)
        crossings = crossing_of_cited(model.structure, model.landmarks, n_draws=plan.draws, seed=plan.seed)
        return {
            "cited_structure.csv": partitioned_tables.cited_table(follow_cited(*given)),
            "cited_needed.csv": partitioned_tables.needed_table(needed_for_cited(*given)),
            "cited_crossing.csv": partitioned_tables.cited_crossing_table(crossings),
        }
    return {}


def _structures(loaded: Loaded) -> list[Path]:
    """Return the file of the structure behind the result beside a whole study, if there is one."""
    if loaded.published is None or loaded.is_scenario:
        return []
    return structures_of(str(loaded.resolved.get("published")))[:1]


def files_of_structures(loaded: Loaded) -> Iterator[Path]:
    """Yield every file behind the published structure that a run looks at, refused where it is not sound."""
    for file in _structures(loaded):
        model = read_cited_structure(str(file))
        yield file
        yield from files_behind([model.structure.scenario, *model.structure.others])


def patients(loaded: Loaded) -> Tables:
    """Follow patients one by one at the parameters' means, where they can be followed."""
    study = loaded.study
    if phased_relapse(study):
        return {}
    found = microsimulate(study, n_patients=PATIENTS, seed=study.psa.seed)
    return {
        "microsimulation.csv": microsimulation_tables.microsimulation_table(found),
        "patient_events.csv": microsimulation_tables.patient_events_table(found),
        "patient_distribution.csv": microsimulation_tables.patient_distribution_table(found),
    }


def no_patients(loaded: Loaded) -> str:
    """Say why patients are not followed one by one; nothing where they are."""
    family = phased_relapse(loaded.study)
    rule = "a sum of phases with negative shares, which a cohort can pass through and a patient cannot"
    return f"the time to relapse is {family}, {rule}" if family else ""
