"""Finished points of a sweep, kept as they come so that an interrupted one can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from remit.analysis.sweep import SweptGroup, SweptPoint
from remit.errors import InputError, Problem
from remit.files.results import digest

HASH = 16  # hexadecimal digits of the hash of inputs in a file's name, and of each line's own


@dataclass(frozen=True)
class KeptPoints:
    """A file with a line for each finished point: the hash of what follows, and the point as JSON.

    Numbers are written so that they are read to the last bit. Only a last line can be torn, where a process
    was killed while it wrote; it is dropped. ``inputs`` is the hash of all that the results depend on, which
    the file's name begins.
    """

    path: Path
    inputs: str

    @classmethod
    def of(cls, name: str, inputs: str) -> KeptPoints:
        """Return where the points of a sweep are kept: its name and inputs are in the file's name."""
        return cls(Path("runs") / ".points" / f"{name}-{inputs[:HASH]}.jsonl", inputs)

    def others(self) -> list[Path]:
        """Return the files of the same sweep with other inputs."""
        name = self.path.stem.removesuffix(f"-{self.inputs[:HASH]}")
        pattern = f"{name}-{'[0-9a-f]' * HASH}.jsonl"
        return sorted(path for path in self.path.parent.glob(pattern) if path != self.path)

    @contextmanager
    def held(self, *, resume: bool) -> Iterator[_Held]:
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
            yield _Held(stream, points)

    def clear(self) -> None:
        """Forget all points."""
        self.path.unlink(missing_ok=True)

    def _locked(self) -> IO[bytes]:
        """Return the file, open and locked; the lock ends with this process, however that ends."""
        while True:
            stream = self.path.open("a+b", buffering=0)
            if not _lock(stream):
                stream.close()
                rule = "another process is running this sweep"
                raise InputError(Problem(rule, str(self.path), hint="wait for it, or stop it"))
            if self.path.exists() and os.path.samestat(self.path.stat(), os.fstat(stream.fileno())):
                return stream
            stream.close()  # forgotten by the process that held it, between our opening and our locking

    def _read(self, stream: IO[bytes]) -> list[SweptPoint]:
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
            points = [_point(entry) for entry in entries]
        except (ValueError, TypeError, KeyError):
            hint = "without --resume the sweep begins anew"
            raise InputError(Problem("the points kept here are damaged", str(self.path), hint=hint)) from None
        stream.truncate(len(whole) + 1 if lines else 0)
        return points


@dataclass(frozen=True)
class _Held:
    """The file while it is held, and the points that were in it."""

    stream: IO[bytes]
    points: Sequence[SweptPoint]

    def keep(self, point: SweptPoint) -> None:
        """Add a finished point.

        Raises
        ------
        OSError
            Where it cannot be written.
        """
        _write(self.stream, asdict(point))


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


def _point(entry: dict[str, Any]) -> SweptPoint:
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
