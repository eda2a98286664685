"""Long work that is kept as it comes, point by point, and goes on where it was interrupted."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any, Protocol, TypeVar

from remit.commands.progress import with_progress
from remit.commands.screen import say
from remit.files.kept_points import KeptPoints
from remit.files.provenance import command_words


class Numbered(Protocol):
    """A finished point."""

    @property
    def number(self) -> int:
        """Its place among all points, from 0."""


N = TypeVar("N", bound=Numbered)


def finished_points(
    kept: KeptPoints[N],
    run: Callable[[frozenset[int]], Generator[N, None, None]],
    *,
    title: str,
    total: int,
    resume: bool,
    command: Iterable[str],
) -> list[N]:
    """Return every point in order: those that are kept, and the others as they are finished.

    Parameters
    ----------
    kept
        Where they are kept.
    run
        Given the numbers of the points that are there, yields the others as they are finished.
    title, total
        What is worked at, and how many points it has.
    resume
        Whether to go on after the points that are kept, or to begin anew.
    command
        The words after ``remit``, to say how to go on.

    Raises
    ------
    InputError
        Where another process does the same work, or what is kept is damaged.
    KeyboardInterrupt
        After saying how to go on.
    """
    with kept.held(resume=resume) as held:
        found = {point.number: point for point in held.points}
        if resume:
            _say_found(kept, len(found), total)
        try:
            with closing(run(frozenset(found))) as pieces:
                for point in with_progress(pieces, title, total=total, done=len(found)):
                    held.keep(point)
                    found[point.number] = point
        except KeyboardInterrupt:
            again = [word for word in command_words(command) if word != "--resume"]
            words = shlex.join(["remit", *again, "--resume"])
            say(f"{len(found)} of {total} finished points are kept: go on with `{words}`")
            raise
    return [found[number] for number in sorted(found)]


def _say_found(kept: KeptPoints[Any], count: int, total: int) -> None:
    if count:
        say(f"{count} of {total} points were finished before and are kept")
        return
    others = kept.others()
    why = f"; those in {others[0]} are of other inputs" if others else ""
    work = kept.kind.work
    say(f"Nothing to resume: no point of this {work} with these inputs is kept{why}. It begins anew.")
