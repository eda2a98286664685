"""Processes that work parts out: their results, their mistakes, their death."""

import os
import signal

import pytest

from remit.commands.workers import Workers, result_of
from remit.errors import InputError, RemitError


def double(number):
    return 2 * number


def refuse():
    raise InputError("this is refused")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_back_and_mistakes_too(processes):
    with Workers(processes) as workers:
        assert [result_of(workers.start(double, n)) for n in (1, 2)] == [2, 4]
    with pytest.raises(InputError, match="this is refused"), Workers(processes) as workers:
        result_of(workers.start(refuse))


def test_a_process_that_dies_is_told_in_one_line():
    with pytest.raises(RemitError, match="a process died"), Workers(2) as workers:
        result_of(workers.start(die))
