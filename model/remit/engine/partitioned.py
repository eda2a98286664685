"""Partitioned survival: health states read from two survival curves of the same patients.

Event-free is under the event-free curve, dead is over the overall one, progressed is what lies between them
(Woods, Sideris, Palmer, Latimer, Soares, NICE DSU Technical Support Document 19, 2017). The curves are
independent of each other, so nothing but a cap keeps them from crossing: where it was needed is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.errors import InputError, Problem
from remit.inputs.arrays import as_floats
from remit.inputs.targets import Endpoint, Origin

Array = NDArray[np.float64]
Patients = Literal["enrolled", "infused", "treated", "responders"]
PartitionedState = Literal["event_free", "progressed", "dead"]
PARTITIONED_STATES: tuple[PartitionedState, ...] = ("event_free", "progressed", "dead")
# What exponentials of both signs, which stand for other families, leave of a curve that must not rise.
ROUNDING = 1e-5
# An event-free curve this far above the overall one crosses it; less is rounding.
CROSSED = 1e-9


@dataclass(frozen=True)
class Curve:
    """Shares without event at times in years, (time, draw), with whose they are and from when.

    Attributes
    ----------
    endpoint
        ``os``; ``efs``, whose patients are those of overall survival; ``rfs``, that of responders.
    of, origin
        The patients, and where their clock starts.
    survival
        (time, draw).
    """

    endpoint: Endpoint
    of: Patients
    origin: Origin
    survival: Array


@dataclass(frozen=True)
class Partition:
    """Shares in the three states over time, and where the curves had to be kept from crossing.

    Attributes
    ----------
    times
        (time,) in years.
    occupancy
        (time, state, draw) in the order of ``PARTITIONED_STATES``; they sum to 1.
    excess
        (time, draw): how far the event-free curve lay above the overall one and was capped; 0 elsewhere.
    """

    times: Array
    occupancy: Array
    excess: Array

    @property
    def crosses(self) -> NDArray[np.bool_]:
        """Whether the curves cross anywhere, (draw,)."""
        return np.asarray(np.any(self.excess > 0, axis=0))

    @property
    def years_capped(self) -> Array:
        """Years in which the event-free curve was capped, (draw,): half a step where one end of it was."""
        capped = (self.excess > 0).astype(np.float64)
        lengths = np.diff(self.times)[:, None]
        return np.asarray(np.sum(0.5 * lengths * (capped[1:] + capped[:-1]), axis=0), dtype=np.float64)

    @property
    def share_of_time_capped(self) -> Array:
        """The same as a share of all the time followed, (draw,)."""
        whole = float(self.times[-1] - self.times[0])
        return self.years_capped / whole if whole > 0 else np.zeros_like(self.years_capped)


def partition(event_free: Curve, overall: Curve, times: Array) -> Partition:
    """Return the shares event-free, progressed and dead.

    Where the event-free curve lies above the overall one it is capped at it.

    Parameters
    ----------
    event_free, overall
        Of the same patients from the same origin, (time, draw) each; draws broadcast.
    times
        (time,) rising, in years.

    Raises
    ------
    InputError
        Where the curves are not of the same patients, are no survival curves, or do not fit the times.
    """
    _refuse_other_patients(event_free, overall)
    points = _points(times)
    without = _survival(event_free, points)
    alive = _survival(overall, points)
    without, alive = np.broadcast_arrays(without, alive)
    above = without - alive
    capped = np.minimum(without, alive)
    occupancy = np.stack([capped, alive - capped, 1 - alive], axis=1)
    return Partition(points, occupancy, np.where(above > CROSSED, above, 0.0))


def event_free_of_all(rfs: Curve, overall: Curve, times: Array, *, response: Array, assessed: float) -> Curve:
    """Return event-free survival of all patients from relapse-free survival of those who responded.

    Until response is assessed everyone alive is event-free; then a share has responded, and follows the
    relapse-free curve from there: EFS(t) = response x RFS(t - assessed).

    Parameters
    ----------
    rfs
        Of responders from remission, at ``times`` since remission.
    overall
        Of all, whose patients the result is of.
    times
        (time,) rising from 0, in years.
    response
        (draw,) share of all those patients who are in remission when it is assessed.
    assessed
        Years from the origin to that time: one of ``times``.

    Raises
    ------
    InputError
        Where the curve is not one of responders from remission, or ``assessed`` is no point of the grid.
    """
    if rfs.endpoint != "rfs" or rfs.of != "responders" or rfs.origin != "remission":
        raise InputError(
            f"this needs RFS of responders from remission, not {_named(rfs)}: the share who responded "
            "must not be counted twice"
        )
    points = _points(times)
    place = _place(points, assessed, "assessed")
    relapse_free, alive = _survival(rfs, points), _survival(overall, points)
    later = points[place:] - points[place]
    logs = np.log(np.maximum(relapse_free, 1e-300))
    followed = np.stack([np.exp(np.interp(later, points, column)) for column in logs.T], axis=1)
    share = np.broadcast_to(response, (np.broadcast_shapes(np.shape(response), (alive.shape[1],))[0],))
    survival = np.concatenate([np.broadcast_to(alive[:place], (place, share.size)), share * followed])
    return Curve("efs", overall.of, overall.origin, survival)


def with_background_tail(survival: Array, times: Array, *, since: float, background: Array) -> Array:
    """Return a curve that follows background mortality after a time, and is continuous there.

    S(t) = S(since) x B(t) / B(since): whoever is left then dies as long-term survivors do.

    Parameters
    ----------
    survival
        (time, draw).
    times
        (time,) rising, in years, ``since`` among them unless it lies after the last.
    since
        Years from the origin.
    background
        (time, draw) background survival, the mortality ratio of survivors included.

    Raises
    ------
    InputError
        Where ``since`` is no point of the grid.
    """
    if since >= times[-1]:
        return survival
    place = _place(times, since, "since")
    tail = survival[place] * (background[place:] / np.maximum(background[place], 1e-300))
    return np.concatenate([np.broadcast_to(survival[:place], (place, tail.shape[1])), tail])


def _refuse_other_patients(event_free: Curve, overall: Curve) -> None:
    """Refuse a pair of curves that no patients stand behind (B08)."""
    if overall.endpoint != "os":
        raise InputError(f"the overall curve must be OS, not {_named(overall)}")
    if event_free.endpoint == "os":
        raise InputError("the event-free curve must be EFS or RFS, not OS")
    if (event_free.of, event_free.origin) != (overall.of, overall.origin):
        rule = (
            f"{_named(event_free)} and {_named(overall)} are not of the same patients from the same origin: "
            "what lies between the curves would be nobody"
        )
        raise InputError(Problem(rule, hint="event_free_of_all turns RFS of responders into EFS of all"))
    if event_free.endpoint == "rfs" and event_free.of != "responders":
        raise InputError(f"{_named(event_free)}: RFS is that of responders; of all patients it is EFS")


def _named(curve: Curve) -> str:
    return f"{curve.endpoint.upper()} of {curve.of} from {curve.origin}"


def _points(times: Array) -> Array:
    points = as_floats("times", times, "time")
    if points.size == 0 or points[0] < 0 or not bool(np.all(np.diff(points) > 0)):
        raise InputError("times must rise from 0 or later")
    return points


def _survival(curve: Curve, points: Array) -> Array:
    """Return the curve's survival, (time, draw), or say why it is none."""
    survival = as_floats(f"the survival of {_named(curve)}", curve.survival, "time", "draw")
    if survival.shape[0] != points.size:
        raise InputError(f"{_named(curve)} has {survival.shape[0]} points, and there are {points.size} times")
    if survival.min() < -ROUNDING or survival.max() > 1 + ROUNDING:
        raise InputError(f"{_named(curve)} leaves 0 to 1")
    if points.size > 1 and np.diff(survival, axis=0).max() > ROUNDING:
        raise InputError(f"{_named(curve)} rises: survival can only fall")
    if curve.endpoint == "os" and points[0] == 0 and np.abs(survival[0] - 1).max() > ROUNDING:
        raise InputError(f"{_named(curve)} does not start at 1")
    return survival


def _place(points: Array, time: float, name: str) -> int:
    place = int(np.argmin(np.abs(points - time)))
    if abs(points[place] - time) > 1e-9:
        raise InputError(Problem("no point of the grid lies at this time", key=name, value=time))
    return place
