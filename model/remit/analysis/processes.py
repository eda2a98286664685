"""Processes that work side by side on what one of them gives the others; one alone is this process itself."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from remit.errors import RemitError

PATIENCE = 5.0  # seconds
AHEAD = 4  # tasks that wait for a process, for each of them
P = ParamSpec("P")
T = TypeVar("T")
Task = TypeVar("Task")


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
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_begin)
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
            _let_go(self._pool)
            self._wait_until_gone()
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def _wait_until_gone(self) -> None:
        """Wait a few seconds for the processes ended: the pool's own thread waits for them too."""
        until = time.monotonic() + PATIENCE
        while set(active_children()) - self._others and time.monotonic() < until:
            time.sleep(0.01)

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


def worked_out(work: Callable[[Task], T], tasks: Iterable[Task], *, processes: int) -> Iterator[T]:
    """Yield the result of each task as it is there: in order in one process alone.

    Raises
    ------
    RemitError
        Where a process died.
    """
    if processes == 1:  # none is begun before it is wanted
        yield from map(work, tasks)
        return
    waiting: set[Future[T]] = set()
    with Workers(processes) as workers:
        for task in tasks:
            waiting.add(workers.start(work, task))
            if len(waiting) > AHEAD * processes:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (result_of(future) for future in done)
        for future in as_completed(waiting):
            yield result_of(future)


def _let_go(pool: ProcessPoolExecutor) -> None:
    """Not wait for what is still being written to processes that have ended: nobody will ever read it.

    Python itself waits for it up to 3.11.7 (gh-94777).
    """
    queue = getattr(pool, "_call_queue", None)
    if queue is not None:
        queue.cancel_join_thread()


def _begin() -> None:
    """Leave Ctrl-C to the process that gives the work, and end with it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the parent's end: a process that nobody gives work would wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
