"""Made-up results of clinics for these tests: quick to have, and known by heart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from remit.analysis.clinic.results import ALL, OUTCOMES, SERVICE, ClinicResults
from remit.report.clinic_drawing import ClinicDrawing

RULES = ("car_t", "blinatumomab_first", "by_wait")
LABELS = {
    "car_t": "CAR T cells first",
    "blinatumomab_first": "Blinatumomab first",
    "by_wait": "Blinatumomab first if the wait exceeds 30 days",
}
RESOURCES = ("apheresis", "manufacturing central", "manufacturing hospital", "infusion_bed")


def results_with(*, replications=6, seed=1, better=0.0, groups=(ALL, "slow", "rapid")):
    """Return results of random numbers; by ``better`` the QALYs of the second rule lie above the first's."""
    rng = np.random.default_rng(seed)
    n_rules, n_groups, n_resources = len(RULES), len(groups), len(RESOURCES)
    times = np.linspace(0.0, 3.0, 31)
    shape = (n_rules, replications, n_groups)
    outcomes = {name: rng.uniform(1.0, 2.0, shape) for name in OUTCOMES}
    common = 10 + rng.normal(size=(1, replications, n_groups))
    outcomes["qalys"] = common + 0.01 * rng.normal(size=shape)
    outcomes["qalys"][1] += better
    outcomes["costs"] = 400_000 + 100 * rng.normal(size=shape)
    given = np.zeros((*shape, 2))
    given[0, ..., 0] = given[1, ..., 1] = 1.0
    given[2] = [0.75, 0.25]
    served = (n_rules, replications, n_resources)
    places = np.broadcast_to(np.array([[2.0], [3.0], [1.0], [4.0]]), (n_resources, times.size)).copy()
    places[1, (times >= 1.0) & (times < 1.3)] = 0.0
    service = {name: rng.uniform(0.1, 0.2, served) for name in SERVICE}
    service["share_waited"][..., 0] = 0.0
    return ClinicResults(
        rules=RULES,
        strategies=("car_t", "blinatumomab_then_car_t"),
        groups=groups,
        resources=RESOURCES,
        times=times,
        patients=np.full(shape, 40.0),
        outcomes=outcomes,
        given=given,
        service=service,
        queue=rng.poisson(1.0, (*served, times.size)).astype(float),
        held=rng.uniform(0.0, 1.0, (*served, times.size)) * places,
        places=places,
    )


def drawing_with(**changed):
    """Return what figures of these results say."""
    drawing = ClinicDrawing("Scarce clinic", LABELS, 40, 6, 1, 0.5, "tempo")
    return replace(drawing, **changed)
