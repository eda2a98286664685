"""Digitised Kaplan-Meier curves: what may be repaired, what is refused, and what they tell by interval."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem
from remit.inputs.units import YEARS_IN
from remit.survival.patients import Steps

Array = NDArray[np.float64]
# How far a click may lie from where it was meant: as a share of survival, and of the time axis.
CLICK, ASIDE = 0.005, 0.01
# The share of points that may lie outside the axes, as stray clicks do.
STRAY = 0.05
FEWEST = 3
# How many more patients, as a share of all, a risk table may hold than the fall of the curve leaves.
SPARE = 0.02
# Patients are rebuilt one by one.
MOST_AT_RISK = 100_000


@dataclass(frozen=True)
class Digitised:
    """A Kaplan-Meier curve as read from a figure.

    ``times`` (years) and ``survival`` are (point,), ``risk_times`` (years) and ``at_risk`` the table
    under the figure, (row,); ``events`` is the total of events where it is reported.
    """

    times: Array
    survival: Array
    risk_times: Array
    at_risk: Array
    events: int | None = None

    @property
    def steps(self) -> Steps:
        """The curve in steps."""
        return Steps(self.times, self.survival)


@dataclass(frozen=True)
class Cleaned:
    """A curve fit to be used, and a sentence for each repair."""

    curve: Digitised
    repairs: tuple[str, ...]


@dataclass(frozen=True)
class Conditional:
    """Survival from ``start`` to ``end`` (years) of those ``at_risk``; ``censored`` are lost on the way."""

    start: float
    end: float
    at_risk: float
    survival: float
    censored: float

    @property
    def n_effective(self) -> float:
        """Patients of a binomial of this survival: those censored count half, as in a life table."""
        return self.at_risk - self.censored / 2


def clean(curve: Digitised, *, unit: str = "year") -> Cleaned:
    """Repair what digitising leaves behind, and refuse what is no Kaplan-Meier curve with its table.

    Repaired: points outside the axes (dropped, up to 5% of points), steps back in time and times below 0
    within 1% of the time axis, tied times (the lowest survival stays), no point at time 0, survival within
    0.005 of 1 at time 0, rises of at most 0.005 (flattened), numbers at risk beyond the curve (dropped).

    Parameters
    ----------
    curve
        As read.
    unit
        The unit in which times are told: day, week, month or year.

    Raises
    ------
    InputError
        With every reason at once why the curve cannot be used.
    """
    told = _Told(unit)
    curve = _without_strays(curve, told)
    if curve.times.size < FEWEST:
        told.refuse(f"a curve needs at least {FEWEST} points; here are {curve.times.size}")
        raise InputError(told.problems)
    curve = _in_order(curve, told)
    curve = _from_one(curve, told)
    curve = _falling(curve, told)
    curve = _with_table(curve, told)
    if not told.problems:
        _check_against_table(curve, told)
    if told.problems:
        raise InputError(told.problems)
    return Cleaned(curve, tuple(told.repairs))


def conditional_counts(curve: Digitised) -> list[Conditional]:
    """Return survival between the rows of the risk table, and from the last row to the end of the curve.

    These are independent given who is at risk, so a calibration may take them as binomial. Those censored
    are the ones whom the fall of the curve does not account for.

    Parameters
    ----------
    curve
        Clean.
    """
    ends = np.append(curve.risk_times[1:], curve.times[-1])
    level = curve.steps.at
    found = []
    for i, (start, end) in enumerate(zip(curve.risk_times, ends, strict=True)):
        before, after = (float(s) for s in level(np.array([start, end])))
        if end <= start or before == 0:
            continue
        n = float(curve.at_risk[i])
        left = float(curve.at_risk[i + 1]) if i + 1 < curve.at_risk.size else 0.0
        found.append(
            Conditional(float(start), float(end), n, after / before, max(n * after / before - left, 0.0))
        )
    return [piece for piece in found if piece.survival > 0 and piece.at_risk > 0]


class _Told:
    """What was repaired and what was refused so far, times in the user's unit."""

    def __init__(self, unit: str) -> None:
        self.unit, self.repairs, self.problems = unit, list[str](), list[Problem]()

    def time(self, t: float) -> str:
        return f"{t / YEARS_IN[self.unit]:.4g} {self.unit}s"

    def repair(self, count: int, said: str) -> None:
        if count:
            self.repairs.append(f"{count} {'point' if count == 1 else 'points'} {said}.")

    def refuse(
        self, rule: str, key: str | None = None, value: object = None, hint: str | None = None
    ) -> None:
        plain = value.item() if isinstance(value, np.generic) else value
        self.problems.append(Problem(rule, key=key, value=plain, hint=hint))


def _kept(curve: Digitised, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Digitised:
    return replace(curve, times=curve.times[keep], survival=curve.survival[keep])


def _without_strays(curve: Digitised, told: _Told) -> Digitised:
    """Drop points outside the axes; pull those just outside back to 0 and 1."""
    slack = ASIDE * float(np.max(curve.times, initial=0.0))
    outside = (curve.survival < -CLICK) | (curve.survival > 1 + CLICK) | (curve.times < -slack)
    count = int(np.sum(outside))
    if count > max(STRAY * curve.times.size, 1):
        first = int(np.argmax(outside))
        told.refuse(
            f"{count} of {curve.times.size} points lie outside the axes, the first at "
            f"{told.time(curve.times[first])}: times start at 0 and survival lies between 0 and 1",
            "survival",
            float(curve.survival[first]),
            "percentages are to be divided by 100" if np.max(curve.survival) > 2 else None,
        )
    told.repair(count, "outside the axes dropped")
    curve = _kept(curve, ~outside)
    told.repair(int(np.sum(curve.times < 0)), "just left of time 0 moved to it")
    told.repair(
        int(np.sum((curve.survival < 0) | (curve.survival > 1))), "just above 1 or below 0 moved there"
    )
    return replace(curve, times=np.maximum(curve.times, 0.0), survival=np.clip(curve.survival, 0.0, 1.0))


def _in_order(curve: Digitised, told: _Told) -> Digitised:
    """Sort points that step back a little, and keep the lowest of those at one time."""
    back = np.maximum.accumulate(curve.times) - curve.times
    worst = int(np.argmax(back))
    if back[worst] > ASIDE * np.max(curve.times):
        said = told.time(float(np.max(curve.times[:worst])))
        told.refuse(f"times must not fall: {told.time(curve.times[worst])} comes after {said}", "time")
    told.repair(int(np.sum(back > 0)), "that stepped back in time sorted")
    order = np.lexsort((-curve.survival, curve.times))
    curve = _kept(curve, order)
    last = np.append(np.diff(curve.times) > 0, True)
    told.repair(int(np.sum(~last)), "at the time of another dropped, the lowest survival kept")
    return _kept(curve, last)


def _from_one(curve: Digitised, told: _Told) -> Digitised:
    """Let the curve begin with survival 1 at time 0."""
    if curve.times[0] > 0:
        told.repairs.append("The point of survival 1 at time 0 added.")
        return replace(
            curve,
            times=np.concatenate([[0.0], curve.times]),
            survival=np.concatenate([[1.0], curve.survival]),
        )
    if curve.survival[0] < 1 - CLICK:
        rule = "survival at time 0 must be 1"
        told.refuse(rule, "survival", float(curve.survival[0]), "is the curve of all patients at its origin?")
    elif curve.survival[0] < 1:
        told.repair(1, f"at time 0 raised from {curve.survival[0]:g} to 1")
    return replace(curve, survival=np.concatenate([[1.0], curve.survival[1:]]))


def _falling(curve: Digitised, told: _Told) -> Digitised:
    """Flatten small rises above the lowest survival so far."""
    lowest = np.minimum.accumulate(curve.survival)
    rise = curve.survival - lowest
    worst = int(np.argmax(rise))
    if rise[worst] > CLICK + 1e-12:
        told.refuse(
            f"survival rises by {rise[worst]:.3g} at {told.time(curve.times[worst])}; "
            f"at most {CLICK:g} is taken for a click aside",
            "survival",
            float(curve.survival[worst]),
        )
    told.repair(int(np.sum(rise > 0)), f"above an earlier one flattened (by {np.max(rise):.3g} at most)")
    return replace(curve, survival=lowest)


def _with_table(curve: Digitised, told: _Told) -> Digitised:
    """Check the risk table by itself, and drop its rows beyond the curve."""
    if curve.at_risk.size == 0 or curve.risk_times[0] > ASIDE * curve.times[-1]:
        hint = "give n_at_risk at least in the row of time 0: how many the curve starts with"
        told.refuse("the number at risk at time 0 is missing", "n_at_risk", hint=hint)
        return curve
    for (t, n), (later, more) in itertools.pairwise(zip(curve.risk_times, curve.at_risk, strict=True)):
        if later <= t:
            told.refuse(f"there are two numbers at risk at {told.time(later)}", "n_at_risk", more)
        elif more > n:
            told.refuse(f"numbers at risk rise from {n:g} at {told.time(t)}", "n_at_risk", more)
    beyond = curve.risk_times > curve.times[-1]
    if np.any(beyond):
        rows = "number" if np.sum(beyond) == 1 else "numbers"
        end = told.time(curve.times[-1])
        told.repairs.append(f"{np.sum(beyond)} {rows} at risk after the end of the curve ({end}) dropped.")
    starts = np.concatenate([[0.0], curve.risk_times[1:]])
    return replace(curve, risk_times=starts[~beyond], at_risk=curve.at_risk[~beyond])


def _check_against_table(curve: Digitised, told: _Told) -> None:
    """Refuse a table with more patients than the fall of the curve leaves: n falls at least as S does."""
    if curve.at_risk[0] < 1:
        told.refuse("nobody is at risk at time 0", "n_at_risk", curve.at_risk[0])
        return
    if curve.at_risk[0] > MOST_AT_RISK:
        told.refuse(
            f"no curve has more than {MOST_AT_RISK:,} patients at risk", "n_at_risk", curve.at_risk[0]
        )
        return
    before = np.concatenate([[1.0], curve.steps.at(np.nextafter(curve.risk_times[1:], 0))])
    most = curve.at_risk[:-1] * (before[1:] + CLICK) / np.maximum(before[:-1], 1e-12)
    over = curve.at_risk[1:] - most > 1 + SPARE * curve.at_risk[0]
    for i in np.flatnonzero(over):
        told.refuse(
            f"at {told.time(curve.risk_times[i + 1])} the curve leaves at most {most[i]:.0f} of "
            f"{curve.at_risk[i]:g} at risk",
            "n_at_risk",
            curve.at_risk[i + 1],
            "are curve and table of the same patients?",
        )
    if curve.events is not None and not 0 <= curve.events <= curve.at_risk[0]:
        told.refuse(f"events must lie between 0 and {curve.at_risk[0]:g}", "events", curve.events)
