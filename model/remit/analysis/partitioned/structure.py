"""A published partitioned model, rebuilt: its curves by the points they pass through, and what is charged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from remit.engine.partitioned import Patients
from remit.inputs.stated import Stated, check_reason
from remit.inputs.targets import Origin
from remit.inputs.units import to_years

CurveFamily = Literal["weibull", "log-normal", "log-logistic", "gompertz"]
Happening = Literal["apheresis", "bridging", "infusion", "hsct", "hsct_later", "salvage"]


@dataclass(frozen=True)
class OwnPoint:
    """A point of a curve that no landmark reports; an assumption says in ``note`` why."""

    at: str
    value: float
    source: str
    where: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no share, no time, or an assumption without a reason."""
        to_years(self.at)
        if not 0 < self.value < 1:
            raise ValueError("value is a share without event, above 0 and below 1")
        check_reason(self.source, self.note)


@dataclass(frozen=True)
class GivenCurve:
    """A curve by its family and the points it passes through.

    Attributes
    ----------
    family
        Of two parameters.
    of, origin
        Whose curve it is and from when; the landmarks must say the same.
    through
        Two points, or one where ``shape_of`` names the strategy whose curve of the same endpoint lends
        its shape: keys of landmarks, or points of one's own.
    note
        Why these; needed with ``shape_of``.
    """

    family: CurveFamily
    of: Patients
    origin: Origin
    through: tuple[str | OwnPoint, ...]
    shape_of: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse a curve that is not fixed by what is given."""
        wanted = 2 if self.shape_of is None else 1
        if len(self.through) != wanted:
            how = "with shape_of one, without it two"
            raise ValueError(f"through needs {wanted} point{'s' if wanted > 1 else ''} ({how})")
        if self.shape_of is not None and not self.note:
            raise ValueError("note is missing: a borrowed shape is an assumption and gives its reason")


@dataclass(frozen=True)
class GivenStrategy:
    """The curves of a strategy and what happens to its patients.

    ``efs`` is a curve, or overall survival times ``efs_share_of_os`` at all times. ``happens`` counts
    events as products of parameters of the study (1 where none is named).
    """

    therapy: str
    os: GivenCurve
    happens: dict[Happening, tuple[str, ...]]
    efs: GivenCurve | None = None
    efs_share_of_os: Stated | None = None

    def __post_init__(self) -> None:
        """Refuse two event-free curves or none, and a share that is none."""
        if (self.efs is None) == (self.efs_share_of_os is None):
            raise ValueError("a strategy has either efs or efs_share_of_os")
        if self.efs_share_of_os is not None and not 0 < self.efs_share_of_os.value <= 1:
            raise ValueError("efs_share_of_os must be above 0 and at most 1")


@dataclass(frozen=True)
class CitedStructure:
    """A published partitioned model.

    Attributes
    ----------
    published
        The key of its results in ``published.yaml``.
    scenario, others
        The study whose utilities, prices and mortality stand for those that were not published.
    benefit
        How long the curves hold; then background mortality x SMR of survivors follows.
    icers
        Strategy -> a cited ICER against it that ``published.yaml`` does not have.
    assumed
        What is assumed beside the points of the curves, in sentences.
    """

    title: str
    published: str
    strategy: str
    scenario: str
    benefit: Stated
    strategies: dict[str, GivenStrategy]
    others: tuple[str, ...] = ()
    icers: dict[str, Stated] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
