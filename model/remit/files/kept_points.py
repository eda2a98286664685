"""Finished points of long work, kept as they come so that what was interrupted can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

from remit.analysis.sweep import SweptGroup, SweptPoint
from remit.errors import InputError, Problem
from remit.files.results import digest

T = TypeVar("T")
HASH = 16  # hexadecimal digits of the hash of inputs in a file's name, and of each line's own


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What has points, and how one becomes plain data, which JSON can hold, and comes back from it.

    Attributes
    ----------
    work
        The word for it: ``sweep``, ``clinic``.
    plain
        Returns a point as plain data.
    point
        Returns the point of plain data; a ValueError, TypeError or KeyError where these are none of one.
    """

    work: str
    plain: Callable[[T], dict[str, Any]]
    point: Callable[[dict[str, Any]], T]


@dataclass(frozen=True)
class KeptPoints(Generic[T]):
    """A file with a line for each finished point: the hash of what follows, and the point as JSON.

    Numbers are written so that they are read to the last bit. Only a last line can be torn, where a process
    was killed while it wrote; it is dropped. ``inputs`` is the hash of all that the results depend on, which
    the file's name ends with; ``name`` begins it.
    """

    name: str
    inputs: str
    kind: Kind[T]

    @staticmethod
    def of(name: str, inputs: str) -> KeptPoints[SweptPoint]:
        """Return where the points of a sweep are kept: its name and inputs are in the file's name."""
        return KeptPoints(name, inputs, Kind("sweep", asdict, _swept_point))

    @property
    def path(self) -> Path:
        """The file."""
        return Path("runs") / ".points" / f"{self.name}-{self.inputs[:HASH]}.jsonl"

    def others(self) -> list[Path]:
        """Return the files of the same work with other inputs."""
        pattern = f"{self.name}-{'[0-9a-f]' * HASH}.jsonl"
        return sorted(path for path in self.path.parent.glob(pattern) if path != self.path)

    @contextmanager
    def held(self, *, resume: bool) -> Iterator[_Held[T]]:
        """Hold the file for this process alone: with the points that are there, or emptied.

        Raises
        ------
        InputError
            Where another process holds it, or what is to be resumed is damaged.
        OSError
            Where it cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked() as stream:
            points = self._read(stream) if resume else []
            if not points:
                stream.truncate(0)
                _write(stream, {"inputs": self.inputs})
            yield _Held(stream, points, self.kind.plain)

    def clear(self) -> None:
        """Forget all points."""
        self.path.unlink(missing_ok=True)

    def _locked(self) -> IO[bytes]:
        """Return the file, open and locked; the lock ends with this process, however that ends."""
        while True:
            stream = self.path.open("a+b", buffering=0)
            if not _lock(stream):
                stream.close()
                rule = f"another process is running this {self.kind.work}"
                raise InputError(Problem(rule, str(self.path), hint="wait for it, or stop it"))
            if self.path.exists() and os.path.samestat(self.path.stat(), os.fstat(stream.fileno())):
                return stream
            stream.close()  # forgotten by the process that held it, between our opening and our locking

    def _read(self, stream: IO[bytes]) -> list[T]:
        """Return the points of the file, and cut off a last line that is torn.

        Raises
        ------
        InputError
            Where a line before the last is damaged.
        """
        stream.seek(0)
        whole, _, _torn = stream.read().rpartition(b"\n")
        lines = whole.split(b"\n") if whole else []
        try:
            head, *entries = [_entry(line) for line in lines] or [{"inputs": self.inputs}]
            if head != {"inputs": self.inputs}:
                raise ValueError("of other inputs")
            points = [self.kind.point(entry) for entry in entries]
        except (ValueError, TypeError, KeyError):
            hint = f"without --resume the {self.kind.work} begins anew"
            raise InputError(Problem("the points kept here are damaged", str(self.path), hint=hint)) from None
        stream.truncate(len(whole) + 1 if lines else 0)
        return points


@dataclass(frozen=True)
class _Held(Generic[T]):
    """The file while it is held, and the points that were in it."""

    stream: IO[bytes]
    points: Sequence[T]
    plain: Callable[[T], dict[str, Any]]

    def keep(self, point: T) -> None:
        """Add a finished point.

        Raises
        ------
        OSError
            Where it cannot be written.
        """
        _write(self.stream, self.plain(point))


def _write(stream: IO[bytes], entry: dict[str, Any]) -> None:
    text = json.dumps(entry).encode()
    stream.write(digest(text)[:HASH].encode() + b" " + text + b"\n")
    os.fsync(stream.fileno())


def _entry(line: bytes) -> dict[str, Any]:
    own, _, text = line.partition(b" ")
    if own.decode() != digest(text)[:HASH]:
        raise ValueError("not what was written")
    found: dict[str, Any] = json.loads(text)
    return found


def _swept_point(entry: dict[str, Any]) -> SweptPoint:
    return SweptPoint(**{**entry, "groups": [SweptGroup(**group) for group in entry["groups"]]})


def _lock(stream: IO[bytes]) -> bool:
    """Lock a file and tell whether it could be had; a system without such locks is taken at its word."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
