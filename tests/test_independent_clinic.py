"""The clinic against a second one, written from docs/method.md: each patient, and how all were served."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest

from independent_clinic import Clinic
from remit.analysis.clinic.opening import open_clinic
from remit.analysis.clinic.replication import follow, outcomes_of
from remit.analysis.clinic.service import columns_of, service_of
from remit.engine.resources import Closure
from remit.files.clinics import read_clinic
from remit.report.clinic_tables import UNITS

DAY = 1 / 365.25
RULES = ("car_t", "blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t", "bridge_if_queue", "by_tempo")


@functools.cache
def studied(clinic):
    return read_clinic(clinic)


def short(clinic, change, *, exceeds=None):
    """Return a clinic's plan made quick, with sites changed, and with another wait that its rules call long.

    Few patients count, few come before and after them, and no number of places is varied.
    """
    plan = studied(clinic).plan
    resources = {
        use: {name: change(use, site) for name, site in sites.items()}
        for use, sites in plan.resources.items()
    }
    rules = {
        name: replace(rule, when=tuple(longer(clause, exceeds) for clause in rule.when))
        for name, rule in plan.rules.items()
    }
    return replace(plan, patients=60, warm_up=0.4, capacity=None, resources=resources, rules=rules)


def longer(clause, exceeds):
    return clause if clause.wait_for is None or exceeds is None else replace(clause, exceeds=exceeds)


def halved(_, site):
    """Return a site with half of the places: in some months its queue is as long as in years with all."""
    return replace(site, places=max(site.places // 2, 1))


@functools.cache
def scarce():
    plan = short("scarce", halved, exceeds=100 * DAY)
    return open_clinic(studied("scarce").loaded.study, plan), studied("scarce").loaded.study


def assert_the_same(opened, study, rule):
    """Run one rule of a clinic twice and compare everything; return how it served in the second one."""
    opened = replace(opened, plan=replace(opened.plan, rules={rule: opened.plan.rules[rule]}))
    comers, run = follow(opened, rule, 0, seed=opened.plan.seed)
    theirs, counted = outcomes_of(opened, comers.arrivals, run), comers.counted
    ours = Clinic(opened.plan, study, opened.crowd).run(rule, 0)
    assert ours["strategy"] == run.strategy[counted].tolist()
    for measure, column in zip(("life_years", "qalys", "costs"), ours["worth"].T, strict=True):
        np.testing.assert_allclose(theirs[measure][counted], column, rtol=1e-9, err_msg=measure)
    np.testing.assert_allclose(theirs["years_to_infusion"][counted], ours["years_to_infusion"], rtol=1e-9)
    columns, arrived = columns_of(opened.clinic.resources), comers.arrivals.times[counted]
    served = service_of(run.uses, columns, counted=counted, window=(arrived[0], arrived[-1]))
    table = {
        (column.name, measure): values[place] * UNITS[measure][1]
        for measure, values in served.items()
        for place, column in enumerate(columns)
    }
    assert ours["service"] == pytest.approx(table, rel=1e-7, abs=1e-7, nan_ok=True)
    return ours


def largest(ours, wanted):
    return np.nanmax([value for (_, measure), value in ours["service"].items() if measure == wanted])


@pytest.mark.parametrize("rule", RULES)
def test_patients_of_the_scarce_clinic_fare_as_in_the_second_one(rule):
    ours = assert_the_same(*scarce(), rule)
    # There is something to agree on: waits (days) are long, some are lost in them, rules tell patients apart.
    assert largest(ours, "wait") > 40
    assert largest(ours, "share_left") > 0.2
    assert len(set(ours["strategy"])) == (2 if rule in ("bridge_if_queue", "by_tempo") else 1)


def test_a_site_closes_as_in_the_second_clinic():
    def close(_, site):
        """Close the site a month after the first who counts has come, for two."""
        return replace(site, closed=(Closure(6 / 12, 8 / 12),)) if site.closed else site

    study = studied("site-closing").loaded.study
    opened = open_clinic(study, short("site-closing", close, exceeds=10 * DAY))
    ours = assert_the_same(opened, study, "bridge_if_queue")
    sites = [ours["service"][f"manufacturing {name}_site", "utilisation"] for name in ("first", "second")]
    assert sites[1] < 0.8 * sites[0]
    assert len(set(ours["strategy"])) == 2


def test_cells_made_at_the_point_of_care_queue_as_in_the_second_clinic():
    study = studied("point-of-care").loaded.study
    opened = open_clinic(study, short("point-of-care", halved, exceeds=60 * DAY))
    ours = assert_the_same(opened, study, "bridge_if_queue")
    assert len(set(ours["strategy"])) == 2


def test_capacity_of_manufacture_delays_cells_made_ahead_as_in_the_second_clinic():
    def few(use, site):
        return replace(site, places=3) if use == "manufacturing" else site

    study = studied("manufacturing-capacity").loaded.study
    opened = open_clinic(study, short("manufacturing-capacity", few))
    ours = assert_the_same(opened, study, "blinatumomab_bridge_to_car_t")
    assert ours["service"]["manufacturing", "share_waited"] > 0.9


def test_manufacture_that_is_repeated_queues_as_in_the_second_clinic():
    often = {"p_manufacturing_failure_tisagenlecleucel": 0.4, "p_second_manufacture_tisagenlecleucel": 0.6}
    study = studied("scarce").loaded.study.set(often)
    ours = assert_the_same(open_clinic(study, short("scarce", halved)), study, "by_tempo")
    # Some ask twice.
    assert ours["service"]["manufacturing first_site", "asked"] > 60
