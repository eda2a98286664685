"""Finished replications of a clinic, kept as they come so that an interrupted one can go on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.compare import Piece
from remit.analysis.clinic.replication import Replication
from remit.files.kept_points import KeptPoints, Kind

Array = NDArray[np.float64]


def kept_replications(name: str, inputs: str) -> KeptPoints[Piece]:
    """Return where the replications of a clinic are kept: a point is some of one rule, at a number of places.

    Parameters
    ----------
    name, inputs
        The clinic's, and the hash of all that its results depend on.
    """
    return KeptPoints(f"clinic-{name}", inputs, Kind("clinic", lambda piece: _plain(asdict(piece)), _piece))


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a piece is made of
    """Return a value with its arrays as plain data: an array without numbers has a shape all the same."""
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "numbers": value.ravel().tolist()}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _piece(entry: dict[str, Any]) -> Piece:
    return Piece(**{**entry, "replications": tuple(_replication(one) for one in entry["replications"])})


def _replication(entry: dict[str, Any]) -> Replication:
    return Replication(
        patients=_array(entry["patients"]),
        outcomes={name: _array(one) for name, one in entry["outcomes"].items()},
        given=_array(entry["given"]),
        service={name: _array(one) for name, one in entry["service"].items()},
        queue=_array(entry["queue"]),
        held=_array(entry["held"]),
    )


def _array(found: dict[str, Any]) -> Array:
    return np.array(found["numbers"], dtype=np.float64).reshape(found["shape"])
