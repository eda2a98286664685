"""What a run says in sentences about the same study through other engines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from remit.report.figures.style import percent
from remit.report.partitioned_tables import MARKOV, PARTITIONED

if TYPE_CHECKING:
    import pandas as pd

# QALYs that are printed as none.
NOTHING = 0.005
Tables = Mapping[str, "pd.DataFrame"]
# Why partitioned survival differs, in the order in which it is taken apart; {year} is where the tail begins.
REASONS = {
    "values by state": "because events are charged, and waits, treatment and the first year after HSCT "
    "valued, at the start and not when they happen",
    "rescue": "because patients rescued after failure count as progressed, for no curve shows that they are "
    "in remission again",
    "tail": "because from year {year:g} on both curves follow background mortality alone, so that nobody "
    "relapses or dies of leukaemia any more",
}


def words_on_structures(
    tables: Tables, labels: Mapping[str, str], currency: str, strategy: str, comparator: str
) -> Iterator[str]:
    """Say how a strategy does through partitioned survival instead of the Markov model, and why.

    Parameters
    ----------
    tables
        ``structures.csv`` and ``structure_causes.csv``.
    labels, currency
        How strategies are called, and the unit of costs.
    strategy, comparator
        Who is explained, against whom.
    """
    rows = tables["structures.csv"].set_index(["structure", "strategy"])
    told = {
        structure: _against(rows.loc[(structure, strategy)], rows.loc[(structure, comparator)], currency)
        for structure in (PARTITIONED, MARKOV)
    }
    yield (
        f"Through partitioned survival '{labels[strategy]}' against '{labels[comparator]}' comes to "
        f"{told[PARTITIONED]}; in the Markov model to {told[MARKOV]}."
    )
    causes = tables["structure_causes.csv"].set_index(["strategy", "outcome", "cause"])["change"].sort_index()
    year = float(rows.loc[(PARTITIONED, strategy), "tail_from"])
    parts = [
        f"{_change(causes[strategy, 'qalys', cause], causes[strategy, 'costs', cause], currency)} "
        + reason.format(year=year)
        for cause, reason in REASONS.items()
        if abs(causes[strategy, "qalys", cause]) >= NOTHING or abs(causes[strategy, "costs", cause]) >= 1
    ]
    whole = _change(causes[strategy, "qalys"].sum(), causes[strategy, "costs"].sum(), currency)
    other = _change(causes[comparator, "qalys"].sum(), causes[comparator, "costs"].sum(), currency)
    yield (
        f"Why: '{labels[strategy]}' changes by {whole} ('{labels[comparator]}' by {other}): "
        + "; ".join(parts)
        + "."
    )


def words_on_cited(tables: Tables, labels: Mapping[str, str], title: str) -> Iterator[str]:
    """Say how close the structure of a published model comes to its results, of strategies that have a label.

    Parameters
    ----------
    tables
        ``cited_structure.csv`` and ``cited_needed.csv``.
    labels
        How strategies are called.
    title
        Of the published model.
    """
    cited = tables["cited_structure.csv"]
    parts = [
        f"'{labels[row.strategy]}' {row.qalys:.2f} QALYs (cited {row.cited_qalys:.2f})"
        for row in cited[cited["strategy"].isin(list(labels))].itertuples()
    ]
    if not parts:
        return
    needed = tables["cited_needed.csv"]
    alive = needed[needed["assumption"].str.startswith("share alive") & needed["strategy"].isin(list(labels))]
    wanted = ", ".join(
        f"{percent(row.needed)} of '{labels[row.strategy]}' instead of {percent(row.now)}"
        for row in alive[alive["needed"].notna()].itertuples()
    )
    why = (
        f". For the cited QALYs there would have to be alive when the benefit ends: {wanted}"
        if wanted
        else ""
    )
    yield (
        f"The structure of {title} through reported points, with no cited result in it, gives "
        f"{', '.join(parts)}{why}."
    )


def words_on_crossing(table: pd.DataFrame, labels: Mapping[str, str], whose: str) -> Iterator[str]:
    """Say in how many draws event-free survival had to be capped at overall survival; nothing where in none.

    Parameters
    ----------
    table
        ``structure_crossing.csv`` or ``cited_crossing.csv``.
    labels
        How strategies are called.
    whose
        Whose curves these are.
    """
    parts = [
        f"in {percent(row.share_of_draws)} of {row.draws:,} draws of '{_label(labels, row.strategy)}'"
        for row in table[table["share_of_draws"] > 0].itertuples()
    ]
    if parts:
        yield f"Event-free survival {whose} lies above overall survival, and is capped, {', '.join(parts)}."


def words_on_patients(tables: Tables, labels: Mapping[str, str]) -> str:
    """Say how many patients each strategy cures, and how far QALYs of patients lie apart.

    Parameters
    ----------
    tables
        ``microsimulation.csv`` and ``patient_events.csv``.
    labels
        How strategies are called.
    """
    summary, events = tables["microsimulation.csv"], tables["patient_events.csv"]
    cured = events[events["event"] == "cured"].set_index("strategy")["share"]
    qalys = summary[summary["outcome"] == "qalys"].set_index("strategy")
    parts = [
        f"'{label}' {percent(float(cured[name]))} (median {qalys['median'][name]:.1f} QALYs, half of all "
        f"{qalys['p25'][name]:.1f} to {qalys['p75'][name]:.1f})"
        for name, label in labels.items()
    ]
    return f"Cured, of {int(summary['patients'].iloc[0]):,} patients followed one by one: {'; '.join(parts)}."


def _label(labels: Mapping[str, str], strategy: str) -> str:
    """Return how a strategy is called; of a cited structure not all are compared here."""
    return labels.get(strategy, strategy.replace("_", " "))


def _against(own: pd.Series, other: pd.Series, currency: str) -> str:
    """Say increments, and the ICER where there is one."""
    said = _change(own["qalys"] - other["qalys"], own["costs"] - other["costs"], currency)
    icer = float(own["icer"])
    return f"{said} ({currency} {icer:,.0f} per QALY)" if icer > 0 else said


def _change(qalys: float, costs: float, currency: str) -> str:
    # + 0.0: no minus before what is printed as nothing.
    return f"{round(qalys, 2) + 0.0:+.2f} QALYs and {currency} {round(costs) + 0.0:+,.0f}"
