"""Processes that work parts out: their results, their mistakes, their death."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import remit
from remit.analysis.processes import Workers, result_of, worked_out
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


@pytest.mark.parametrize("processes", [1, 2])
def test_every_task_is_worked_out_and_one_process_does_it_in_order_and_none_too_soon(processes):
    begun = []
    tasks = (begun.append(number) or number for number in range(12))
    found = worked_out(double, tasks, processes=processes)
    first = next(found)
    assert len(begun) == 1 if processes == 1 else len(begun) > 2
    every = [first, *found]
    assert (every if processes == 1 else sorted(every)) == [2 * number for number in range(12)]


def test_a_process_that_dies_is_told_in_one_line():
    with pytest.raises(RemitError, match="a process died"), Workers(2) as workers:
        result_of(workers.start(die))


# A shell that runs the suite in the background lets its processes ignore interrupts.
SLOW = """
import signal
from remit.analysis.processes import Workers
from tests_of_processes import nap
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Workers(2) as workers:
        futures = [workers.start(nap, bytes(3_000_000)) for _ in range(6)]
        print("started", flush=True)
        futures[0].result()
"""
NAP = "import time\ndef nap(_):\n    time.sleep(60)\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_one_that_gave_them_work_and_it_ends_too(tmp_path, how):
    (tmp_path / "tests_of_processes.py").write_text(NAP)
    (tmp_path / "slow.py").write_text(SLOW)
    path = os.pathsep.join([str(Path(remit.__file__).parents[1]), str(tmp_path)])
    main = subprocess.Popen(
        [sys.executable, "slow.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert main.stdout is not None
    assert main.stdout.readline() == "started\n"
    time.sleep(1)
    children = _children(main.pid)
    main.send_signal(how)
    main.wait(timeout=20)
    main.stdout.close()
    deadline = time.monotonic() + 20
    while any(_is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert children
    assert not any(_is_alive(child) for child in children)


def _children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
