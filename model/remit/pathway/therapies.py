"""Therapies and strategies as a user writes them; their numbers are parameters with the therapy's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["no_response", "relapse", "not_infused"]
Apheresis = Literal["at_start", "after_failure"]


@dataclass(frozen=True)
class Therapy:
    """A therapy: what it is made of, its antigen, and which reported curves it is held against."""

    title: str
    product: Literal["cells", "infusion"]
    antigen: str
    compared_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of a strategy: a therapy, and after which failures of the line before it is given."""

    therapy: str
    after: tuple[Reason, ...] = ("no_response", "relapse", "not_infused")
    apheresis: Apheresis = "after_failure"


@dataclass(frozen=True)
class Strategy:
    """An ordered list of lines."""

    title: str
    lines: tuple[Line, ...]
    label: str | None = None

    def __post_init__(self) -> None:
        """Refuse a strategy without lines."""
        if not self.lines:
            raise ValueError("a strategy needs at least one line")
