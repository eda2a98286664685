"""Therapies and strategies as a user writes them; their numbers are parameters with the therapy's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Reason = Literal["no_response", "relapse", "not_infused"]
Occasion = Literal["no_response", "relapse", "not_infused", "mrd_positive", "bridge"]
Apheresis = Literal["at_start", "after_failure"]
Policy = Literal["historical", "none", "all", "after_aplasia_loss"]
# A line that is given while the one before it holds the disease: in its remission.
IN_REMISSION: tuple[Occasion, ...] = ("mrd_positive", "bridge")
# Histories multiply with lines.
MOST_LINES = 6


@dataclass(frozen=True)
class Therapy:
    """A therapy: what it is made of, what it aims at, and which reported curves it is held against.

    Attributes
    ----------
    product
        ``cells`` of the patient, ``donor_cells`` or an ``infusion``: only the first need apheresis, only the
        last has no manufacture that can fail.
    antigens
        What it aims at; none for chemotherapy.
    compared_with
        Curves of the evidence.
    like
        A therapy whose numbers it has where it has none of its own: draw by draw the same.
    not_for
        Levels of a feature of patients (see ``Population``) whom it is not given to.
    """

    title: str
    product: Literal["cells", "donor_cells", "infusion"]
    antigens: tuple[str, ...] = ()
    compared_with: tuple[str, ...] = ()
    like: str | None = None
    not_for: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Line:
    """One line of a strategy.

    Attributes
    ----------
    therapy
        What is given.
    when
        After which failures of the line before it is given; ``mrd_positive``: in an MRD-positive remission of
        that line; ``bridge``: to all whom that line, a bridge, has brought to the assessment of response.
    fit
        Share of these who are fit for it: a number, or the name of a parameter (None:
        ``p_fit_after_nonresponse`` or ``p_fit_after_relapse``; as a bridge, all).
    apheresis
        When cells are collected: at the start of the strategy, or when the line's turn comes.
    hsct
        Who is planned for HSCT in its remission (None: as ``settings.hsct`` says of the therapy).
    """

    therapy: str
    when: tuple[Occasion, ...] = ("no_response", "relapse", "not_infused")
    fit: float | str | None = None
    apheresis: Apheresis = "after_failure"
    hsct: Policy | None = None

    def __post_init__(self) -> None:
        """Refuse a line that is never given, and a share that is none."""
        if not self.when:
            raise ValueError("a line needs an occasion on which it is given")
        if isinstance(self.fit, int | float) and not 0 <= self.fit <= 1:
            raise ValueError("fit is a share from 0 to 1, or the name of a parameter")


@dataclass(frozen=True)
class Strategy:
    """An ordered list of lines."""

    title: str
    lines: tuple[Line, ...]
    label: str | None = None

    def __post_init__(self) -> None:
        """Refuse a strategy without lines, and one whose first line is a later one."""
        if not self.lines:
            raise ValueError("a strategy needs at least one line")
        if len(self.lines) > MOST_LINES:
            raise ValueError(f"a strategy has at most {MOST_LINES} lines")
        if any(occasion in IN_REMISSION for occasion in self.lines[0].when):
            raise ValueError("the first line cannot follow a remission: there is no line before it")
