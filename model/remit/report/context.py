"""What the figures of a study say about it, taken from the study or from a run's manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from remit.inputs.parameters import Parameter, PriceYear
from remit.report.figures.style import Context
from remit.report.words import label_of
from remit.study import Study


def context_of(study: Study, *, explained: str = "") -> Context:
    """Return the context of a study's figures; ``explained`` is whom sensitivity analyses explain."""
    settings = study.settings
    return Context(
        title=study.title,
        strategies=tuple(study.strategies),
        labels={name: label_of(study, name) for name in study.strategies},
        comparator=study.comparator,
        currency=settings.currency,
        price_year=_price_years(study.parameters),
        discount_costs=settings.discount_costs,
        discount_qalys=settings.discount_qalys,
        correction=settings.correction,
        perspective=settings.perspective,
        horizon_years=settings.horizon,
        start=settings.start,
        threshold=settings.wtp.threshold,
        draws=study.psa.draws,
        seed=study.psa.seed,
        explained=explained,
    )


def context_to(context: Context) -> dict[str, Any]:
    """Return a context as plain data."""
    return asdict(context)


def context_from(data: Mapping[str, Any]) -> Context:
    """Return a context from plain data."""
    return Context(**{**data, "strategies": tuple(data["strategies"])})


def _price_years(parameters: Mapping[str, Parameter]) -> str:
    """Return the price years of the costs, as printed, and whether some are assumed."""
    found = [p.price_year for p in parameters.values() if p.price_year is not None]
    years = sorted({year.value if isinstance(year, PriceYear) else year for year in found})
    text = "-".join(str(year) for year in dict.fromkeys((years[0], years[-1]))) if years else "not stated"
    return f"{text}, partly assumed" if any(isinstance(year, PriceYear) for year in found) else text
