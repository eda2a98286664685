"""Targets from YAML: what the model is held against, by reference to the evidence that it was reported in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from remit.files.evidence import Evidence
from remit.files.reader import Reader
from remit.files.schema import attempt
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.evidence import Landmark, Ratio, SeedTable, Share, StudyRow, Survival
from remit.inputs.evidence import Quantity as Cell
from remit.inputs.published import Published
from remit.inputs.targets import (
    LIKELIHOODS,
    Binomial,
    Endpoint,
    Expected,
    HazardRatio,
    Likelihood,
    LogNormalError,
    Measure,
    NormalError,
    Origin,
    Quantity,
    ShareOf,
    SurvivalAt,
    Target,
)
from remit.inputs.units import to_years
from remit.pathway.therapies import Strategy

ORIGINS = ("decision", "infusion", "remission")
ENDPOINTS: dict[str, Endpoint] = {"os": "os", "rfs": "rfs", "lfs": "rfs", "efs": "efs"}


@dataclass(frozen=True)
class TargetEntry:
    """A target as a file gives it, its likelihood apart.

    ``evidence`` is a key of landmarks, shares or ratios, ``given`` an earlier landmark of the same curve;
    ``published`` a result of another model, with its ``outcome``. ``population`` names whose patients it is
    of: beside other populations it is not shown. ``validates`` says what the target is a validation of,
    where no calibration has used it; ``scenario`` in which setting it is to be predicted.
    """

    title: str
    strategy: str
    evidence: str | None = None
    given: str | None = None
    share: Literal["infused", "remission"] | None = None
    comparator: str | None = None
    at: str | None = None
    published: str | None = None
    outcome: Measure | None = None
    population: str | None = None
    validates: str | None = None
    scenario: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse an entry that points at no evidence, or at two."""
        if (self.evidence is None) == (self.published is None):
            raise ValueError("a target names the evidence it was reported in, or a published result")
        if (self.outcome is None) != (self.published is None):
            raise ValueError("a published result needs its outcome: qalys or costs")


@dataclass(frozen=True)
class _Known:
    """What a target may refer to."""

    evidence: Evidence
    published: Mapping[str, Published]
    strategies: Mapping[str, Strategy]
    populations: Collection[str]


def read_targets(
    document: Document | None,
    evidence: Evidence,
    published: Mapping[str, Published],
    strategies: Mapping[str, Strategy],
    populations: Collection[str],
    reader: Reader,
) -> dict[str, Target]:
    """Return the targets of a file by key; those that are wrong are noted and left out."""
    if document is None or not evidence.landmarks:  # what is wrong with the evidence is told already
        return {}
    known = _Known(evidence, published, strategies, populations)
    found: dict[str, Target] = {}
    for key, raw in document.data.items():
        target = _target(str(key), raw, document, known, reader)
        if target is not None:
            found[str(key)] = target
    return found


def _target(key: str, raw: Any, document: Document, known: _Known, reader: Reader) -> Target | None:  # noqa: ANN401
    plain = {k: v for k, v in raw.items() if k != "likelihood"} if isinstance(raw, dict) else raw
    entry = reader.attempt(TargetEntry, plain, document.where, (key,))
    likelihood = _likelihood(key, raw, document, reader)
    if entry is None or likelihood is None:
        return None
    before = len(reader.problems)
    for field in ("strategy", "comparator"):
        name = getattr(entry, field)
        if name is not None and name not in known.strategies:
            at = (key, field)
            reader.refuse("unknown strategy", document.where(at), at, name, known.strategies)
    if entry.population is not None and entry.population not in known.populations:
        at = (key, "population")
        reader.refuse("no such population", document.where(at), at, entry.population, known.populations)
    if entry.published is not None:
        found = _from_published(key, entry, document, known, reader)
    else:
        found = _from_evidence(key, entry, document, known, reader)
    if found is None or len(reader.problems) > before:
        return None
    quantity, value, of, source, where = found
    if not _suits(quantity, value, likelihood):
        at = (key, "likelihood")
        rule = "shares take a binomial likelihood, costs and ratios a lognormal one, QALYs one of the two"
        reader.refuse(rule, document.where(at), at, likelihood.type)
        return None
    return Target(
        key, entry.title, quantity, value, likelihood, of, source, where, entry.note, entry.validates,
        entry.scenario, entry.population,
    )  # fmt: skip


def _likelihood(key: str, raw: Any, document: Document, reader: Reader) -> Likelihood | None:  # noqa: ANN401
    at = (key, "likelihood")
    given = raw.get("likelihood") if isinstance(raw, dict) else None
    if not isinstance(given, dict):
        rule = "a target needs its likelihood, such as {type: binomial, n: 50}"
        reader.refuse(rule, document.where(at if given is not None else (key,)), at, given)
        return None
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in LIKELIHOODS:
        path = (*at, "type")
        reader.refuse("unknown type of likelihood", document.where(path), path, kind, LIKELIHOODS)
        return None
    likelihood, problems = attempt(LIKELIHOODS[kind], given, where=document.where, path=at)
    reader.problems += problems
    return likelihood


Found = tuple[Quantity, float, str, str, str]


def _from_published(
    key: str, entry: TargetEntry, document: Document, known: _Known, reader: Reader
) -> Found | None:
    at: KeyPath = (key, "published")
    result = known.published.get(str(entry.published))
    if result is None:
        reader.refuse("no such result", document.where(at), at, entry.published, known.published)
        return None
    numbers: Mapping[str, float] = getattr(result, str(entry.outcome), {})
    if entry.strategy not in numbers or entry.outcome is None:
        reader.refuse(
            f"this result has no {entry.outcome} of {entry.strategy}", document.where(at), at, entry.published
        )
        return None
    quantity = Expected(entry.strategy, entry.outcome, result.perspective)
    return quantity, numbers[entry.strategy], "enrolled", result.source, result.where


def _from_evidence(
    key: str, entry: TargetEntry, document: Document, known: _Known, reader: Reader
) -> Found | None:
    at: KeyPath = (key, "evidence")
    reports, name = known.evidence, str(entry.evidence)
    if name in reports.landmarks:
        return _from_landmark(key, entry, reports.landmarks[name], document, known, reader)
    report: Share | Ratio | None = reports.shares.get(name) or reports.ratios.get(name)
    if report is None:
        everything = [*reports.landmarks, *reports.shares, *reports.ratios]
        reader.refuse("no such evidence", document.where(at), at, name, everything)
        return None
    of, value = str(report.of), float(report.value)
    if isinstance(report, Share):
        if entry.share is None:
            reader.refuse("say which share it is: infused or remission", document.where(at), (key, "share"))
            return None
        return ShareOf(entry.strategy, entry.share), value, of, report.source, report.where
    return _from_ratio(key, entry, report, document, reader)


def _from_ratio(
    key: str, entry: TargetEntry, report: Ratio, document: Document, reader: Reader
) -> Found | None:
    at: KeyPath = (key, "evidence")
    if entry.comparator is None or entry.at is None:
        rule = "a hazard ratio needs the comparator, and the time up to which it holds (at)"
        reader.refuse(rule, document.where(at), (key, "comparator"))
        return None
    try:
        quantity = HazardRatio(entry.strategy, entry.comparator, to_years(entry.at))
    except ValueError as error:
        reader.refuse(str(error), document.where((key, "at")), (key, "at"), entry.at)
        return None
    return quantity, report.value, str(report.of), report.source, report.where


def _from_landmark(
    key: str, entry: TargetEntry, mark: Landmark, document: Document, known: _Known, reader: Reader
) -> Found | None:
    at: KeyPath = (key, "evidence")
    if mark.origin not in ORIGINS or mark.endpoint is None:
        rule = f"the model has no survival from {mark.origin}; one of {', '.join(ORIGINS)}"
        reader.refuse(rule, document.where(at), at, entry.evidence)
        return None
    time, reached = point_of(mark)
    given, before = 0.0, 1.0
    if entry.given is not None:
        earlier = known.evidence.landmarks.get(entry.given)
        path = (key, "given")
        if earlier is None or not _goes_on(earlier, mark, noted=entry.note is not None):
            same = [k for k, m in known.evidence.landmarks.items() if m.curve == mark.curve]
            rule = "must be an earlier landmark of the same curve (of another cut of it only with a note)"
            reader.refuse(rule, document.where(path), path, entry.given, same)
            return None
        given, before = point_of(earlier)
    quantity = SurvivalAt(entry.strategy, mark.origin, ENDPOINTS[mark.endpoint], time, given)  # type: ignore[arg-type]
    return quantity, reached / before, str(mark.of), mark.source, mark.where


def _suits(quantity: Quantity, value: float, likelihood: Likelihood) -> bool:
    """Tell whether a likelihood suits what it is of."""
    if isinstance(quantity, SurvivalAt | ShareOf):
        return isinstance(likelihood, Binomial)
    if isinstance(quantity, Expected) and quantity.outcome != "costs":
        return isinstance(likelihood, NormalError) or (isinstance(likelihood, LogNormalError) and value > 0)
    return isinstance(likelihood, LogNormalError) and value > 0


def _goes_on(earlier: Landmark, mark: Landmark, *, noted: bool) -> bool:
    """Tell whether a landmark may be conditional on an earlier one: of its curve, or of another cut of it."""
    kinds = [(one.endpoint, one.of, one.origin) for one in (earlier, mark)]
    one_curve = earlier.curve == mark.curve or (noted and kinds[0] == kinds[1])
    (start, alive), (end, left) = point_of(earlier), point_of(mark)
    return one_curve and start < end and left <= alive


def point_of(mark: Landmark) -> tuple[float, float]:
    """Return the time in years and the share without event of a landmark; of a median, 0.5 at its time."""
    if mark.is_median:
        return to_years(f"{mark.value} months"), 0.5
    return to_years(mark.at or ""), float(mark.value)


def targets_of_tables(tables: Mapping[str, SeedTable], strategies: Mapping[str, str]) -> dict[str, Target]:
    """Return every number of the seed's tables that the model predicts, as a target of its own.

    Their patients differ, adults among them, so that these are no test of one model: they show where each
    trial stands.

    Parameters
    ----------
    tables
        By therapy class.
    strategies
        Therapy class -> the strategy that stands for it.
    """
    found: dict[str, Target] = {}
    for name, table in tables.items():
        for key, row in table.studies.items():
            for column in ("cr", "without_event", "os"):
                target = _of_cell(f"{key}_{column}", row, getattr(row, column), strategies[name], table)
                if target is not None:
                    found[target.key] = target
    return found


def _of_cell(key: str, row: StudyRow, cell: Cell, strategy: str, table: SeedTable) -> Target | None:
    known = not isinstance(cell.value, str) and isinstance(row.n, int) and cell.subgroup is None
    if not known or cell.of in (None, "relapsed", "transplanted") or isinstance(row.n, str):
        return None
    share = cell.probability if cell.probability is not None else 0.5
    n = float(row.n)
    quantity: Quantity | None = None
    if isinstance(cell, Survival) and cell.endpoint is not None:
        time = to_years(cell.at) if cell.at else float(cell.value) / 12
        of_responders = ENDPOINTS[cell.endpoint] == "rfs"
        if of_responders and row.cr.probability is not None:
            n *= row.cr.probability
        origin: Origin = "remission" if of_responders else "infusion"
        quantity = SurvivalAt(strategy, origin, ENDPOINTS[cell.endpoint], time)
    elif row.disease == "relapsed or refractory":
        quantity = ShareOf(strategy, "remission")
    if quantity is None:
        return None
    column = str(cell.endpoint).upper() if isinstance(cell, Survival) else "CR"
    title, where = f"{row.title}: {column}", f"{table.where}, {row.where}"
    kind = f"seed, {row.disease}, median age {row.age.median:g}"
    return Target(key, title, quantity, share, Binomial(n), str(cell.of), row.source, where, cell.note, kind)
