"""How far long work is, and how long it still takes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from remit.commands.screen import console

T = TypeVar("T")
# Without a terminal: a line for each tenth of the work, and after so many seconds without one.
TENTH, QUIET = 10, 60.0


def with_progress(
    pieces: Iterable[T], title: str, *, total: int, done: int, of: str = "points"
) -> Iterator[T]:
    """Yield pieces and show how many there are: a bar on a terminal, a plain line now and then otherwise.

    Parameters
    ----------
    pieces, title
        What is worked at.
    total, done
        How many pieces there will be, and how many of these were there before.
    of
        What they are.
    """
    from rich.markup import escape

    title = escape(title)
    if console(stderr=True).is_terminal:
        yield from _with_bar(pieces, title, total, done)
    else:
        yield from _with_lines(pieces, title, total, done, of)


def time_left(seconds: float) -> str:
    """Write a time in the largest unit that it fills.

    Examples
    --------
    >>> time_left(8.2), time_left(200), time_left(5400)
    ('8 s', '3 min', '1.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _with_bar(pieces: Iterable[T], title: str, total: int, done: int) -> Iterator[T]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        task = bar.add_task(title, total=total, completed=done)
        for piece in pieces:
            bar.advance(task)
            yield piece


def _with_lines(pieces: Iterable[T], title: str, total: int, done: int, of: str) -> Iterator[T]:
    out, since = console(stderr=True), time.monotonic()
    count, last = done, since
    for piece in pieces:
        count, now = count + 1, time.monotonic()
        if count == total:
            out.print(f"{title}: {total} of {total} {of}")
        elif count % max(total // TENTH, 1) == 0 or now - last > QUIET:
            last = now
            left = time_left((now - since) / (count - done) * (total - count))
            out.print(f"{title}: {count} of {total} {of}, about {left} left")
        yield piece
