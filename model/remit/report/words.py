"""What a run says in one sentence, and how money is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from remit.analysis.acceptability import probability_best
from remit.analysis.convergence import lead_of
from remit.analysis.psa import Psa
from remit.economics.outcomes import Outcomes
from remit.inputs.published import Published
from remit.report.figures.style import percent
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd


def label_of(study: Study, strategy: str) -> str:
    """Return how a strategy is called in figures and sentences."""
    chosen = study.strategies[strategy]
    return chosen.label or chosen.title


def verdict(study: Study, psa: Psa) -> str:
    """Say which strategy is worth it at the threshold, how surely, and what rivals it."""
    threshold, currency = study.settings.wtp.threshold, study.settings.currency
    outcomes = psa.outcomes
    nmb = threshold * outcomes.qalys - outcomes.costs
    lead = lead_of(nmb)
    surely = float(probability_best(nmb)[lead.best])
    first, rival = (label_of(study, outcomes.strategies[place]) for place in (lead.best, lead.second))
    sentence = (
        f"At {currency} {threshold:,.0f} per QALY, '{first}' has the highest net benefit: best in "
        f"{percent(surely)} of {len(nmb):,} draws, {currency} {lead.lead:,.0f} per patient above '{rival}'."
    )
    if not lead.is_resolved:
        sentence += f" This many draws do not settle it (Monte Carlo error {currency} {lead.error:,.0f})."
    return sentence


def words_on_sequences(table: pd.DataFrame, labels: Mapping[str, str], study: Study) -> list[str]:
    """Say line by line what `sequences.csv` shows: who loses what, and which part modulation makes of it."""
    currency, lines = study.settings.currency, []
    for (name, against), rows in table.groupby(["strategy", "against"], sort=False):
        parts = rows.set_index("part")
        whole = parts.iloc[0]
        other = labels.get(str(against)) or f"{study.therapies[str(against)].title} given first"
        said = (
            f"'{labels[str(name)]}' against '{other}': {_change(whole, currency)} "
            f"(QALYs lost {whole.qalys_lost:.2f}, 95% {whole.qalys_lost_low:.2f} to "
            f"{whole.qalys_lost_high:.2f}"
        )
        if "modulation" in parts.index:
            said += (
                f"; {parts.qalys_lost['modulation']:.2f} by antigen modulation, "
                f"{parts.qalys_lost['attrition']:.2f} by attrition"
            )
        lines.append(f"{said}).")
    return lines


def _change(row: pd.Series, currency: str) -> str:
    verb = "loses" if row.nmb_lost >= 0 else "gains"
    return f"{verb} {currency} {abs(row.nmb_lost):,.0f} of net benefit per patient"


def words_on_thresholds(table: pd.DataFrame) -> str:
    """Say from `thresholds.csv` at which values of single parameters another strategy becomes the best."""
    flips = table[(table["question"] == "best of all") & table["value"].notna()]
    if flips.empty:
        return "No parameter alone changes the decision within its plausible range."
    told = "; ".join(f"{row.title}: {row.in_words}" for row in flips.itertuples())
    return f"The decision flips where one parameter changes: {told}."


def words_on_information(table: pd.DataFrame, threshold: float, currency: str) -> str:
    """Say from `voi.csv` what perfect information is worth, and whether any research pays."""
    everything = table[table["kind"] == "evpi"].set_index("wtp")
    at, peak = everything.loc[threshold], everything.loc[everything["value"].idxmax()]
    said = (
        f"Perfect information is worth {currency} {at['value']:,.0f} per patient at {currency} "
        f"{threshold:,.0f} per QALY ({currency} {at['population']:,.0f} for all patients)"
    )
    if peak["value"] > at["value"]:
        said += f", most at {currency} {peak.name:,.0f}: {currency} {peak['value']:,.0f}"
    designs = table[(table["kind"] == "evsi") & (table["wtp"] == threshold)]
    paying = designs[designs["enbs"] > 0]
    if len(paying):
        best = paying.loc[paying["enbs"].idxmax()]
        return f"{said}. Research that pays best there: {best['information']}, {best['in_words']}."
    return f"{said}. No research pays there." if len(designs) else f"{said}."


def verdict_beside(table: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Say how sure the best strategy of the first scenario of `beside.csv` is under the other posteriors."""
    first = str(table["scenario"].iloc[0])
    own = table[table["scenario"] == first]
    best = str(own.loc[own["probability_best"].idxmax(), "strategy"])
    others = table[(table["scenario"] != first) & (table["strategy"] == best)]
    told = ", ".join(f"{percent(row.probability_best)} ({row.title})" for row in others.itertuples())
    return f"Under the posteriors that stand beside it, '{labels[best]}' is best in {told} of draws."


def beside_published(study: Study, outcomes: Outcomes, published: Published) -> list[str]:
    """Say line by line how the deterministic results differ from a published model.

    Nothing is said where currency, perspective, discount rates or a shorter horizon differ.
    """
    settings = study.settings
    ours = (settings.currency, settings.perspective, settings.discount_costs, settings.discount_qalys)
    theirs = (published.currency, published.perspective, published.discount_costs, published.discount_qalys)
    if ours != theirs or settings.horizon < published.horizon_years:
        return []
    lines = [f"Beside {published.title} ({published.setting}):"]
    for place, name in enumerate(outcomes.strategies):
        parts = []
        if name in published.qalys:
            parts.append(f"{_beside(outcomes.qalys[0, place], published.qalys[name], '.2f')} QALYs")
        if name in published.costs:
            parts.append(
                f"{published.currency} {_beside(outcomes.costs[0, place], published.costs[name], ',.0f')}"
            )
        if name in published.icer and published.comparator in outcomes.strategies:
            base = outcomes.strategies.index(published.comparator)
            more = outcomes.costs[0, place] - outcomes.costs[0, base]
            icer = more / (outcomes.qalys[0, place] - outcomes.qalys[0, base])
            parts.append(f"ICER {_beside(icer, published.icer[name], ',.0f')}")
        if parts:
            lines.append(f"  {label_of(study, name)}: {', '.join(parts)}")
    return lines


def _beside(ours: float, cited: float, form: str) -> str:
    return f"{ours:{form}} (cited {cited:{form}}, {ours / cited - 1:+.0%})"
