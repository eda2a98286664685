"""How close a published partitioned model's structure comes to its published results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.analysis.partitioned.curves import mean_age
from remit.analysis.partitioned.evaluation import rules_of
from remit.analysis.partitioned.structure import CitedStructure, GivenCurve, GivenStrategy, OwnPoint
from remit.economics.partitioned import Reported, Stay, value_stays
from remit.economics.prices import EVENT_PRICES
from remit.economics.valuation import Worth
from remit.engine.partitioned import Curve, Partition, partition, with_background_tail
from remit.inputs.evidence import Landmark
from remit.inputs.published import Published
from remit.inputs.units import MONTHS_PER_YEAR, to_years
from remit.inputs.values import Values
from remit.pathway.graph import Event
from remit.study import Study
from remit.survival.family import Family
from remit.survival.landmarks import curve_through, moved_through

Array = NDArray[np.float64]
Landmarks = Mapping[str, Landmark]
# The points that a curve passes through: years and shares without event, (draw,).
Points = Callable[[GivenCurve], list[tuple[float, Array]]]
Changed = Literal["share alive when the benefit ends", "SMR of survivors", "utility of survivors"]
SMR = "smr_survivors"
# Between what mortality ratios one is looked for that gives the cited QALYs.
LEAST_SMR, MOST_SMR = 1.0, 60.0


@dataclass(frozen=True)
class CitedResult:
    """A strategy in the structure of a published model, beside what was published (NaN: nothing).

    ``os_at_benefit`` and ``efs_at_benefit`` are the shares left when the benefit ends; ``years_capped``
    tells how long event-free survival had to be capped. ``icer`` is that of the explained strategy against
    this one, and NaN for itself.
    """

    strategy: str
    life_years: float
    qalys: float
    costs: float
    icer: float
    os_at_benefit: float
    efs_at_benefit: float
    years_capped: float
    cited_qalys: float
    cited_costs: float
    cited_icer: float


@dataclass(frozen=True)
class Needed:
    """What one assumption is, and what it alone would have to be for the cited QALYs (NaN: nothing does)."""

    strategy: str
    assumption: Changed
    now: float
    needed: float


@dataclass(frozen=True)
class _Followed:
    part: Partition
    worth: Worth
    late: Worth
    values: Values


def follow_cited(
    study: Study, structure: CitedStructure, landmarks: Landmarks, published: Published
) -> list[CitedResult]:
    """Follow every strategy of a published partitioned model, at the parameters' means.

    Parameters
    ----------
    study
        Utilities, prices, mortality and discounting.
    structure
        Curves and events.
    landmarks
        The reported points by key.
    published
        The results.

    Raises
    ------
    ValueError
        Where points do not fall.
    """
    own = _with_benefit(study, structure)
    followed = {name: _follow(own, structure, name, landmarks) for name in structure.strategies}
    explained = followed[structure.strategy]
    cited_icers = {name: one.value for name, one in structure.icers.items()}
    if structure.strategy in published.icer:
        cited_icers[published.comparator] = published.icer[structure.strategy]
    place = own.clock.index(own.settings.survivor_mortality_from)
    results = []
    for name, one in followed.items():
        occupancy = one.part.occupancy[place, :, 0]
        results.append(
            CitedResult(
                strategy=name,
                life_years=_first(one.worth.life_years),
                qalys=_first(one.worth.qalys),
                costs=_first(one.worth.costs),
                icer=_icer(explained.worth, one.worth) if name != structure.strategy else float("nan"),
                os_at_benefit=float(1 - occupancy[2]),
                efs_at_benefit=float(occupancy[0]),
                years_capped=float(one.part.years_capped[0]),
                cited_qalys=published.qalys.get(name, float("nan")),
                cited_costs=published.costs.get(name, float("nan")),
                cited_icer=cited_icers.get(name, float("nan")),
            )
        )
    return results


def needed_for_cited(
    study: Study, structure: CitedStructure, landmarks: Landmarks, published: Published
) -> Iterator[Needed]:
    """Yield for each strategy what a single assumption would have to be to give the cited QALYs.

    The share alive when the benefit ends (QALYs after it are proportional to it, those before it kept), the
    mortality ratio of survivors, or the utility of survivors, all else as it is.
    """
    own = _with_benefit(study, structure)
    place = own.clock.index(own.settings.survivor_mortality_from)
    for name in structure.strategies:
        if name not in published.qalys:
            continue
        one = _follow(own, structure, name, landmarks)
        cited, whole = published.qalys[name], _first(one.worth.qalys)
        late = _first(one.late.qalys)
        wanted = late + cited - whole
        alive = float(1 - one.part.occupancy[place, 2, 0])
        share = alive * wanted / late
        utility = wanted / _first(one.late.life_years)
        yield Needed(
            name, "share alive when the benefit ends", alive, share if 0 <= share <= 1 else float("nan")
        )
        now = float(one.values[SMR][0])
        yield Needed(name, "SMR of survivors", now, _smr_for(own, structure, name, landmarks, cited))
        now = late / _first(one.late.life_years)
        yield Needed(name, "utility of survivors", now, utility if 0 <= utility <= 1 else float("nan"))


def cited_curves(structure: CitedStructure, name: str, points: Points) -> tuple[Family, Family | None]:
    """Return overall and event-free survival of a strategy; None where EFS is a share of OS."""
    given = structure.strategies[name]
    os = _curve(structure, given.os, "os", points)
    return os, None if given.efs is None else _curve(structure, given.efs, "efs", points)


def _with_benefit(study: Study, structure: CitedStructure) -> Study:
    return study.with_settings(
        survivor_mortality_from=structure.benefit.value / MONTHS_PER_YEAR, start="infused"
    )


def _curve(
    structure: CitedStructure, given: GivenCurve, endpoint: Literal["os", "efs"], points: Points
) -> Family:
    through = points(given)
    if given.shape_of is None:
        return curve_through(given.family, *through)
    lender = getattr(structure.strategies[given.shape_of], endpoint)
    return moved_through(_curve(structure, lender, endpoint, points), *through[0])


def reported_points(landmarks: Landmarks) -> Points:
    """Return the points of a curve as they were reported, one draw."""
    return lambda given: [point_of(one, landmarks) for one in given.through]


def point_of(given: str | OwnPoint, landmarks: Landmarks) -> tuple[float, Array]:
    """Return years and the share without event there, (draw,): of a landmark, a median, or one's own."""
    if isinstance(given, OwnPoint):
        return to_years(given.at), np.array([given.value])
    mark = landmarks[given]
    if mark.is_median:
        return float(mark.value) / MONTHS_PER_YEAR, np.array([0.5])
    return to_years(str(mark.at)), np.array([float(mark.value)])


def free_and_overall(
    structure: CitedStructure, name: str, points: Points, times: Array
) -> tuple[Array, Array]:
    """Return event-free and overall survival of a strategy at some times, (time, draw), without a tail."""
    given = structure.strategies[name]
    os, efs = cited_curves(structure, name, points)
    overall = os.survival(times[:, None])
    if efs is not None:
        return efs.survival(times[:, None]), overall
    assert given.efs_share_of_os is not None  # noqa: S101 - a strategy has one of the two
    return overall * given.efs_share_of_os.value, overall


def _follow(study: Study, structure: CitedStructure, name: str, landmarks: Landmarks) -> _Followed:
    values = study.wide_values(None)
    age = mean_age(study, study.strata(values))
    times, since = study.clock.times, study.settings.survivor_mortality_from
    background = study.survival(values, times, age=age)
    given = structure.strategies[name]
    free, overall = (
        with_background_tail(one, times, since=since, background=background)
        for one in free_and_overall(structure, name, reported_points(landmarks), times)
    )
    of, origin = given.os.of, given.os.origin
    part = partition(Curve("efs", of, origin, free), Curve("os", of, origin, overall), times)
    therapies = [given.therapy]
    reported = Reported(
        _happened(given, values),
        therapies,
        part.occupancy[:, 0],
        1 - part.occupancy[:, 2],
        background,
        ready=given.therapy,
    )
    rules = rules_of(study, age)
    stays = _stays(part)
    late = [replace(stay, when="after") for stay in stays if stay.when != "before"]
    nothing = replace(reported, events={}, therapies=())
    return _Followed(
        part, value_stays(stays, reported, values, rules), value_stays(late, nothing, values, rules), values
    )


def _stays(part: Partition) -> list[Stay]:
    progressed = part.occupancy[:, 1]
    return [
        Stay("event_free", part.occupancy[:, 0], "remission"),
        Stay("progressed", progressed, "relapsed", when="before"),
        Stay("progressed", progressed, "remission", when="after"),
    ]


def _happened(given: GivenStrategy, values: Values) -> dict[Event, Array]:
    """Return how often each event happens to a patient, (draw,)."""
    of_therapy = {price.kind for price in EVENT_PRICES if any("{therapy}" in p for p in price.parameters)}
    events: dict[Event, Array] = {}
    for kind, factors in given.happens.items():
        times = values.full(1.0)
        for factor in factors:
            times = times * values[factor]
        events[Event(kind, given.therapy if kind in of_therapy else "")] = times
    return events


def _smr_for(study: Study, structure: CitedStructure, name: str, landmarks: Landmarks, cited: float) -> float:
    """Return the mortality ratio of survivors that gives the cited QALYs, NaN where none does."""
    from scipy.optimize import brentq

    def above(smr: float) -> float:
        return _first(_follow(study.set({SMR: smr}), structure, name, landmarks).worth.qalys) - cited

    if above(LEAST_SMR) * above(MOST_SMR) > 0:
        return float("nan")
    return float(brentq(above, LEAST_SMR, MOST_SMR, xtol=1e-4))


def _first(rows: Array) -> float:
    """Return the total over rows of the first draw."""
    return float(rows[:, 0].sum())


def _icer(explained: Worth, other: Worth) -> float:
    gained = _first(explained.qalys) - _first(other.qalys)
    return (_first(explained.costs) - _first(other.costs)) / gained if gained > 0 else float("nan")
