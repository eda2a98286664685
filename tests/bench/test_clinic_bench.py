"""How fast the clinic is, beside a bare salabim model of as many events in the same run (`make bench`)."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import salabim

from remit.analysis.clinic.compare import times_of
from remit.analysis.clinic.opening import open_clinic
from remit.analysis.clinic.replication import follow, replicate
from remit.files.clinics import read_clinic

PATIENTS, ROUNDS = 2000, 3
CLINIC, RULE = "ample", "car_t"


@pytest.fixture(scope="module")
def opened():
    """Return the clinic, with as many patients as are timed; nobody comes before or after them."""
    read = read_clinic(CLINIC)
    return open_clinic(read.loaded.study, replace(read.plan, patients=PATIENTS, warm_up=0.0))


@pytest.fixture(scope="module")
def counted(opened):
    """Return how many events the clinic has, and how many places are asked for in it."""
    events, step = 0, salabim.Environment.step

    def counting(env):
        nonlocal events
        events += 1
        return step(env)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(salabim.Environment, "step", counting)
        _, run = follow(opened, RULE, 0, seed=1)
    return events, run.uses.patient.size


@pytest.fixture(scope="module")
def figures():
    """Collect figures by name and print them at the end."""
    known: dict[str, float] = {}
    yield known
    rows = [
        f"{name:<72} {seconds:>8.2f} s {PATIENTS / seconds:>9,.0f} a second"
        for name, seconds in known.items()
    ]
    sys.stdout.write("\n\n" + "\n".join(rows) + "\n")


def measure(benchmark, function):
    """Run a few rounds and return the seconds of the best."""
    benchmark.pedantic(function, rounds=ROUNDS, iterations=1, warmup_rounds=1)
    return float(benchmark.stats.stats.min)


def test_a_clinic_with_its_valuation(benchmark, figures, opened):
    name = f"{PATIENTS:,} patients of the clinic '{CLINIC}', rule '{RULE}', histories valued"
    times = times_of(opened)
    figures[name] = measure(benchmark, lambda: replicate(opened, RULE, 0, seed=1, times=times))


def test_a_bare_model_of_as_many_events(benchmark, figures, counted):
    """As many patients, places asked for and events: what is no request or its release is a hold."""
    events, uses = counted
    figures[f"the same number of events ({events:,}) in a bare salabim model"] = measure(
        benchmark, lambda: bare(events, uses)
    )


def bare(events, uses):
    """Run a model in which each patient asks for places and holds them, and does nothing else."""
    env = salabim.Environment(random_seed=0, set_numpy_random_seed=False, yieldless=False)
    desk = salabim.Resource("desk", capacity=10**9, monitor=False, env=env)
    per_patient = round(uses / PATIENTS)
    # A request and the hold of its place are two events, as is the start of a patient.
    holds = max(round(events / PATIENTS) - 2 * per_patient - 2, 0)

    class Patient(salabim.Component):
        def process(self):
            for _ in range(per_patient):
                yield self.request(desk)
                yield self.hold(0.1)
                self.release(desk)
            for _ in range(holds):
                yield self.hold(0.1)

    class Door(salabim.Component):
        def process(self):
            for _ in range(PATIENTS):
                yield self.hold(0.01)
                Patient(env=env)

    Door(env=env)
    env.run()
