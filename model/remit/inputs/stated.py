"""Numbers that no trial reports, with where they come from, such as what research costs."""

from __future__ import annotations

from dataclasses import dataclass

from remit.inputs.sources import ASSUMPTION


@dataclass(frozen=True)
class Stated:
    """A number with its unit and source; an assumption says in ``note`` why."""

    value: float
    unit: str
    source: str
    where: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse negative numbers and assumptions without a reason."""
        if self.value < 0:
            raise ValueError("value must be 0 or more")
        check_reason(self.source, self.note)


def check_reason(source: str, note: str | None) -> None:
    """Refuse an assumption without a reason.

    Raises
    ------
    ValueError
        Where there is none.
    """
    if source == ASSUMPTION and not note:
        raise ValueError("an assumption needs a note that says why")
