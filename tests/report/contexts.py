"""The context of the figures in these tests."""

from __future__ import annotations

from dataclasses import replace

from remit.report.figures.style import Context


def context_with(labels, **changed):
    """Return a context of strategies with these labels, the first of them the comparator."""
    context = Context(
        title="Base case",
        strategies=tuple(labels),
        labels=labels,
        comparator=next(iter(labels)),
        currency="EUR",
        price_year="2018",
        discount_costs=0.04,
        discount_qalys=0.015,
        correction="half-cycle",
        perspective="societal",
        horizon_years=88.0,
        start="enrolled",
        threshold=80_000.0,
        draws=400,
        seed=1,
    )
    return replace(context, **changed)
