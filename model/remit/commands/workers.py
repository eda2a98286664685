"""Processes that work out the parts of a run side by side; one alone is this process itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from remit.errors import RemitError

P = ParamSpec("P")
T = TypeVar("T")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """Some processes; what they are given must be functions of modules, with arguments that can be sent.

    An interrupt, or an error in what surrounds them, ends them.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[Any] = set()

    def __enter__(self) -> Workers:
        """Start them."""
        if self._processes > 1:
            self._others = set(active_children())
            context = get_context("spawn")  # a copy of a process with threads may hang
            self._pool = ProcessPoolExecutor(
                self._processes, mp_context=context, initializer=_leave_interrupts
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them; at once where something went wrong."""
        if self._pool is None:
            return
        if kind is not None:
            for child in set(active_children()) - self._others:
                child.terminate()
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def start(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> Future[T]:
        """Have something worked out, and return where its result will be."""
        if self._pool is not None:
            return self._pool.submit(work, *args, **named)
        done: Future[T] = Future()
        done.set_result(work(*args, **named))
        return done


def result_of(future: Future[T]) -> T:
    """Return a result when it is there.

    Raises
    ------
    RemitError
        Where its process died.
    """
    try:
        return future.result()
    except BrokenProcessPool:
        rule = "a process died (of too little memory?): fewer draws or --jobs 1 need less"
        raise RemitError(rule) from None


def _leave_interrupts() -> None:
    """Leave Ctrl-C to the process that gave the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
