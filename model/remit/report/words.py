"""What a run says in one sentence, and how money is written."""

from __future__ import annotations

import numpy as np

from remit.analysis.psa import Psa
from remit.economics.outcomes import Outcomes
from remit.inputs.published import Published
from remit.report.figures.style import percent
from remit.study import Study


def label_of(study: Study, strategy: str) -> str:
    """Return how a strategy is called in figures and sentences."""
    chosen = study.strategies[strategy]
    return chosen.label or chosen.title


def verdict(study: Study, psa: Psa) -> str:
    """Say which strategy is worth it at the threshold, how surely, and what rivals it."""
    threshold, currency = study.settings.wtp.threshold, study.settings.currency
    outcomes = psa.outcomes
    nmb = threshold * outcomes.qalys - outcomes.costs
    best = int(np.argmax(nmb.mean(axis=0)))
    winners = np.argmax(nmb, axis=1)
    surely = float(np.mean(winners == best))
    others = np.delete(np.arange(len(outcomes.strategies)), best)
    second = others[int(np.argmax(nmb.mean(axis=0)[others]))]
    gap = nmb[:, best] - nmb[:, second]
    error = gap.std(ddof=1) / np.sqrt(gap.size) if gap.size > 1 else np.inf
    first, rival = (label_of(study, outcomes.strategies[place]) for place in (best, second))
    sentence = (
        f"At {currency} {threshold:,.0f} per QALY, {first} is worth it most: best in {percent(surely)} of "
        f"{gap.size:,} draws, net benefit {currency} {gap.mean():,.0f} per patient above {rival}."
    )
    if gap.mean() < 2 * error:
        sentence += f" This many draws do not settle it (Monte Carlo error {currency} {error:,.0f})."
    return sentence


def beside_published(study: Study, outcomes: Outcomes, published: Published) -> str:
    """Say how the deterministic results differ from a published model, and where to look for why."""
    names = [name for name in outcomes.strategies if name in published.qalys]
    parts = []
    for name in names:
        place = outcomes.strategies.index(name)
        qalys, costs = outcomes.qalys[0, place], outcomes.costs[0, place]
        parts.append(
            f"{label_of(study, name)} {qalys:.2f} QALYs (cited {published.qalys[name]:.2f}) and "
            f"{published.currency} {costs:,.0f} (cited {published.costs[name]:,.0f})"
        )
    for name, cited in published.icer.items():
        if name in names and published.comparator in names:
            here, base = outcomes.strategies.index(name), outcomes.strategies.index(published.comparator)
            costs = outcomes.costs[0, here] - outcomes.costs[0, base]
            qalys = outcomes.qalys[0, here] - outcomes.qalys[0, base]
            parts.append(f"ICER {costs / qalys:,.0f} (cited {cited:,.0f})")
    return f"Beside {published.title} ({published.setting}): {'; '.join(parts)}."
