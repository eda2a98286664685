"""Results of published economic models, shown beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remit.inputs.evidence import Tag


@dataclass(frozen=True)
class Published:
    """What a published model found: by strategy, as printed; of which population (None: of any)."""

    title: str
    source: str
    where: str
    tag: Tag
    setting: str
    comparator: str
    currency: str
    perspective: Literal["societal", "healthcare"]
    discount_costs: float
    discount_qalys: float
    horizon_years: float
    qalys: dict[str, float]
    costs: dict[str, float]
    icer: dict[str, float]
    population: str | None = None
