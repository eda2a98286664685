"""Digitised survival curves: what ``params/evidence/curves.yaml`` says of each.

The file is validated against these classes, so their annotations are the schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remit.inputs.evidence import ALL_PATIENTS, Denominator, Endpoint, Origin, Tag
from remit.inputs.sources import ASSUMPTION


@dataclass(frozen=True, kw_only=True)
class DigitisedCurve:
    """A Kaplan-Meier curve read from a figure, its points in a CSV ``file`` beside this entry.

    ``time_unit`` is that of its times, ``n`` the patients it starts with, ``events`` their events in all
    where reported; ``of`` and ``origin`` as for a landmark, ``tag`` how surely the points are known.
    """

    title: str
    file: str
    time_unit: Literal["days", "weeks", "months", "years"]
    endpoint: Endpoint
    of: Denominator
    origin: Origin
    n: int
    events: int | None = None
    source: str
    where: str
    tag: Tag
    note: str | None = None

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= (self.events or 0) <= self.n:
            raise ValueError("A curve needs n, at least 1, and has at most as many events.")
        if "unclear" in (self.of, self.origin) and not self.note:
            raise ValueError("A denominator or origin that is unclear needs a note saying what is not known.")
        if (self.tag == "RECALLED") != (self.source == ASSUMPTION) or (
            self.tag == "RECALLED" and not self.note
        ):
            raise ValueError(
                "A curve from memory (RECALLED), and no other, has source assumption, and a note."
            )
        if self.endpoint in ("rfs", "lfs") and self.of in ALL_PATIENTS:
            raise ValueError(
                f"{self.endpoint.upper()} starts at remission: it is of responders, not of {self.of}."
            )


@dataclass(frozen=True, kw_only=True)
class Curves:
    """The file ``params/evidence/curves.yaml``: the digitised curves by key."""

    title: str
    curves: dict[str, DigitisedCurve]
