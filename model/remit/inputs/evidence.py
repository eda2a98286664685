"""What trials reported: the rows of the seed paper's two tables, and landmarks beyond them.

``params/evidence/*.yaml`` is validated against these classes, so their annotations are the schema.
A cell keeps what is printed (value, unit, at) apart from how it is read (of, endpoint, footnote, reading).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Literal

from remit.inputs.sources import ASSUMPTION
from remit.inputs.units import to_years

Denominator = Literal["enrolled", "infused", "treated", "responders", "relapsed", "transplanted", "unclear"]
Endpoint = Literal["rfs", "efs", "os", "lfs"]
Origin = Literal["decision", "infusion", "remission", "relapse", "transplant", "unclear"]
Tag = Literal["VERIFIED", "RECALLED", "DERIVED"]
Absent = Literal["NA", "NR", "not printed"]
"""NA (not available) and NR (not reported) as the tables print them; an empty cell is ``not printed``."""

ALL_PATIENTS = ("enrolled", "infused", "treated")
_UPPER = {"percent": 100.0, "probability": 1.0, "months": float("inf")}


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One cell of a table: what is printed, and of whom.

    ``value`` is the printed number in its ``unit``, or the token in its place, without unit. ``of`` is its
    denominator (``unclear`` only with a ``note``), ``subgroup`` who among them, ``at`` when a share was read
    (none for a median), ``footnote`` the table's footnote that belongs to this cell. ``reading`` says how
    surely ``of``, and ``endpoint`` and ``footnote`` where present, are known.
    """

    value: float | Absent
    unit: Literal["percent", "probability", "months"] | None = None
    of: Denominator | None = None
    reading: Tag | None = None
    at: str | None = None
    subgroup: str | None = None
    footnote: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.footnote and self.reading is None:
            raise ValueError("A footnote needs reading: how surely it belongs to this cell.")
        if isinstance(self.value, str):
            if self.unit or self.of or self.at:
                raise ValueError(f"A cell that is {self.value} has no unit, no denominator and no time.")
            return
        if self.unit is None:
            raise ValueError("A number needs its unit: percent, probability or months.")
        if not 0 <= self.value <= _UPPER[self.unit]:
            raise ValueError(f"{self.value:g} {self.unit} is outside 0 to {_UPPER[self.unit]:g}.")
        if self.at is not None:
            to_years(self.at)
        self._check_denominator()

    @property
    def probability(self) -> float | None:
        """The share as a number from 0 to 1; None where the cell is a time or holds no number."""
        if isinstance(self.value, str) or self.unit == "months":
            return None
        return self.value / 100 if self.unit == "percent" else self.value

    def _check_denominator(self) -> None:
        if self.of is None:
            raise ValueError(
                "A number needs its denominator in of: enrolled, infused, treated, responders, ..."
            )
        if self.of == "unclear" and not self.note:
            raise ValueError("A denominator that is unclear needs a note saying what is not known.")
        if self.of != "unclear" and self.reading is None:
            raise ValueError("A denominator needs reading: VERIFIED, DERIVED or RECALLED.")


@dataclass(frozen=True, kw_only=True)
class Survival(Quantity):
    """A point of a survival curve: the share without event at a time, or the median in months.

    ``endpoint`` is what is meant, which is not always what heads the column; ``origin`` starts the clock.
    """

    endpoint: Endpoint | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.value, str):
            if self.endpoint:
                raise ValueError(f"A survival cell that is {self.value} has no endpoint.")
            return
        if self.endpoint is None:
            raise ValueError("A point of a survival curve needs its endpoint: rfs, efs, os or lfs.")
        if self.is_median and self.at is not None:
            raise ValueError("A median in months has no time of its own: leave out at.")
        if not self.is_median and self.at is None:
            raise ValueError("A share without event needs the time it was read at, such as at: 6 months.")
        if self.endpoint in ("rfs", "lfs") and self.of in ALL_PATIENTS:
            raise ValueError(
                f"{self.endpoint.upper()} starts at remission: it is of responders, not of {self.of}."
            )

    @property
    def is_median(self) -> bool:
        """Whether the cell gives a median time rather than a share at a time."""
        return self.unit == "months"


@dataclass(frozen=True, kw_only=True)
class Age:
    """Median age and range in years; ``<1`` stands as printed where the youngest was an infant."""

    median: float
    youngest: float | Literal["<1"]
    oldest: float
    unit: Literal["years"] = "years"

    def __post_init__(self) -> None:
        low = 0.0 if isinstance(self.youngest, str) else self.youngest
        if not 0 <= low <= self.median <= self.oldest <= 120:
            raise ValueError(f"Median age {self.median:g} is not within {low:g} to {self.oldest:g} years.")


@dataclass(frozen=True, kw_only=True)
class StudyRow:
    """One row of a table of the seed paper.

    ``reference`` are the numbers behind the ``printed`` name, ``also`` a second source that the row cites. Of
    ``rfs`` and ``efs`` the one is given that heads the column; its ``endpoint`` says what is meant.
    """

    title: str
    printed: str
    source: str
    also: tuple[str, ...] = ()
    reference: tuple[int, ...] = ()
    where: str
    disease: Literal["relapsed or refractory", "MRD-positive"]
    n: int | Literal["not printed"]
    continues: str | None = None  # the row above, for a second line of one study
    age: Age
    cr: Quantity
    mrd_cr: Quantity
    relapse: Quantity
    rfs: Survival | None = None
    efs: Survival | None = None
    os: Survival
    lfs_after_hsct: Survival | None = None
    relapse_after_hsct: Quantity | None = None
    footnote: str | None = None
    reading: Tag | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.n, int) and self.n < 1:
            raise ValueError(f"n = {self.n} patients is not a study.")
        if (self.rfs is None) == (self.efs is None):
            raise ValueError("A row has one column of survival without event: rfs or efs.")
        if self.footnote and self.reading is None:
            raise ValueError("A footnote needs reading: how surely it belongs to this row.")
        for cell in (self.mrd_cr, self.without_event):
            _check_response(self.cr, cell)
        _check_order(self.without_event, self.os)

    @property
    def without_event(self) -> Survival:
        """The cell of the column headed RFS or EFS."""
        return self.rfs or self.efs  # type: ignore[return-value]  # __post_init__ refuses a row without both


def _check_response(cr: Quantity, cell: Quantity) -> None:
    whole, part = cr.probability, cell.probability
    if whole is not None and part is not None and cell.of in ALL_PATIENTS and part > whole:
        raise ValueError(
            f"{part:.0%} of {cell.of} exceeds the CR of {whole:.0%}: it can only be of responders."
        )


def _check_order(without_event: Survival, os: Survival) -> None:
    if isinstance(without_event.value, str) or isinstance(os.value, str):
        return
    same_people = without_event.of == os.of != "unclear" and without_event.subgroup == os.subgroup
    same_time = without_event.unit == os.unit and without_event.at == os.at
    if same_people and same_time and os.value < without_event.value:
        raise ValueError(
            f"OS of {os.value:g} is below {without_event.value:g} without event in the same patients."
        )


@dataclass(frozen=True, kw_only=True)
class Footnote:
    """A footnote of a table; ``mark`` is ``lost`` where the text at hand no longer shows it."""

    text: str
    mark: Literal["*", "§", "lost"]
    belongs_to: str
    reading: Tag
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class SeedTable:
    """A file of ``params/evidence/`` that holds one table of the seed paper, its rows in their order."""

    title: str
    source: str
    where: str
    legend: str | None = None
    footnotes: tuple[Footnote, ...]
    studies: dict[str, StudyRow]

    def __post_init__(self) -> None:
        texts = {footnote.text for footnote in self.footnotes}
        for key, row in self.studies.items():
            if row.continues is not None and row.continues not in self.studies:
                raise ValueError(f"{key} continues the row {row.continues}, which is not in this table.")
            for cell in (row, row.cr, row.mrd_cr, row.relapse, row.without_event, row.os):
                if cell.footnote is not None and cell.footnote not in texts:
                    raise ValueError(f"{key} has a footnote that the table has not: {cell.footnote!r}.")


@dataclass(frozen=True, kw_only=True)
class _Report(Quantity):
    """What stands beside a number outside the tables: ``tag`` says how surely the number itself is known."""

    title: str
    source: str
    where: str
    tag: Tag
    interval: tuple[float, float | Literal["NE"]] | None = None
    n: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.value, str) or self.unit == "percent":
            raise ValueError("A report is a number: a probability (0 to 1) or months.")
        if (self.tag == "RECALLED") != (self.source == ASSUMPTION) or (
            self.tag == "RECALLED" and not self.note
        ):
            raise ValueError(
                "A number from memory (RECALLED), and no other, has source assumption, and a note."
            )
        low, high = self.interval or (self.value, self.value)
        if not low <= self.value or (not isinstance(high, str) and high < self.value):
            raise ValueError(f"{self.value:g} lies outside its interval {low:g} to {high}.")


@dataclass(frozen=True, kw_only=True)
class Landmark(Survival, _Report):
    """A reported point of the ``curve`` it names; an upper limit that was not reached is ``NE``."""

    curve: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.origin is None or (self.origin == "unclear" and not self.note):
            raise ValueError(
                "A landmark needs its origin (decision, infusion, remission, ...), or a note why unclear."
            )


@dataclass(frozen=True, kw_only=True)
class Share(_Report):
    """A reported share of patients, with the count behind it where it is known."""

    events: int | None = None
    hsct_of: str | None = None  # the row of the tables of whose responders this is the share given HSCT

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.unit != "probability":
            raise ValueError("A share is a probability from 0 to 1.")
        if self.events is not None and (not self.n or abs(self.events / self.n - float(self.value)) > 0.0051):
            raise ValueError(f"{self.events} of {self.n} is not {self.value}.")
        if self.hsct_of is not None and self.of != "responders":
            raise ValueError("A share with hsct_of is of responders.")


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A reported hazard or odds ratio of two therapies, with its interval."""

    title: str
    measure: Literal["hazard ratio of death", "odds ratio of CR"]
    value: float
    interval: tuple[float, float] | None = None
    of: Denominator
    source: str
    where: str
    tag: Tag
    note: str | None = None

    def __post_init__(self) -> None:
        low, high = self.interval or (self.value, self.value)
        if not 0 < low <= self.value <= high:
            raise ValueError(f"A ratio is above 0 and inside its interval; {self.value:g} is not.")


@dataclass(frozen=True, kw_only=True)
class Reports:
    """The file ``params/evidence/landmarks.yaml``: what was reported outside the seed paper's tables."""

    title: str
    landmarks: dict[str, Landmark]
    shares: dict[str, Share]
    ratios: dict[str, Ratio] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_endpoints(self.landmarks)
        by_curve = sorted(self.landmarks.values(), key=lambda mark: mark.curve)
        for curve, marks in itertools.groupby(by_curve, key=lambda mark: mark.curve):
            _check_curve(curve, list(marks))


def _check_curve(curve: str, marks: list[Landmark]) -> None:
    if len({(mark.endpoint, mark.of, mark.origin) for mark in marks}) > 1:
        raise ValueError(f"The curve {curve} mixes endpoints, denominators or origins.")
    points = [(to_years(m.at), float(m.value)) if m.at else (float(m.value) / 12, 0.5) for m in marks]
    points.sort(key=lambda point: (point[0], -point[1]))
    if any(later[1] > earlier[1] for earlier, later in itertools.pairwise(points)):
        raise ValueError(f"The curve {curve} rises with time, as no survival curve does.")


def _check_endpoints(landmarks: dict[str, Landmark]) -> None:
    """Refuse survival without event above OS in the same patients of one report, at the same time."""
    for (key, mark), (other, os) in itertools.permutations(landmarks.items(), 2):
        same = (mark.source, mark.of, mark.origin, mark.at, mark.unit, mark.n, mark.subgroup) == (
            os.source, os.of, os.origin, os.at, os.unit, os.n, os.subgroup,
        )  # fmt: skip
        if isinstance(mark.value, str) or isinstance(os.value, str) or os.of == "unclear":
            continue
        if same and os.endpoint == "os" != mark.endpoint and mark.value > os.value:
            raise ValueError(
                f"{key} ({mark.value:g}) is above {other} ({os.value:g}): survival without event cannot "
                "exceed OS of the same patients at the same time."
            )
