"""Modelled curves: health states over time, and survival from the origins that trials report from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.engine.blocks import NARROWEST
from remit.engine.cohort import health_state_trace, occupancy_over
from remit.inputs.values import Values
from remit.pathway.graph import HEALTH_STATES, Pathway
from remit.pathway.population import Stratum
from remit.pathway.waiting import share_treated
from remit.study import Study

Array = NDArray[np.float64]
Origin = Literal["decision", "infusion", "remission"]
STARTS: dict[Origin, Literal["enrolled", "infused", "remission"]] = {
    "decision": "enrolled",
    "infusion": "infused",
    "remission": "remission",
}

Endpoint = Literal["os", "rfs"]
# What trials report: survival from the first infusion, and from remission without relapse.
REPORTED: tuple[tuple[Origin, Endpoint], ...] = (("infusion", "os"), ("remission", "rfs"))


@dataclass(frozen=True)
class ModelledCurve:
    """A modelled survival curve of one strategy: shares without event at each time, (time, draw)."""

    strategy: str
    origin: Origin
    endpoint: Endpoint
    survival: Array


def follow_health_states(study: Study, times: Array) -> dict[str, Array]:
    """Return the trace of every strategy at the parameters' means, (time, health state).

    Health states are in the order of ``HEALTH_STATES``; each row sums to 1.
    """
    values = study.values(None).widened(NARROWEST)
    survival = study.survival(values, times)
    traces = {}
    for name in study.strategies:
        trace = np.zeros((len(times), len(HEALTH_STATES)))
        for stratum in study.strata(values):
            pathway = study.pathway(name, stratum.values)
            trace += stratum.share[0] * health_state_trace(pathway, times, survival)[:, :, 0]
        traces[name] = trace
    return traces


def model_curves(study: Study, draws: Mapping[str, Array], times: Array) -> Iterator[ModelledCurve]:
    """Yield overall survival from infusion and relapse-free survival from remission.

    Of strategies with one line only: what follows a second line has no trial to be held against.
    Relapse or death is an event of relapse-free survival, HSCT neither event nor censoring; both are
    read from the same graph started in that state, among those of each stratum who get there.

    Parameters
    ----------
    study
        What is modelled.
    draws
        Columns of draws; empty for the means.
    times
        (time,) in years since the origin.
    """
    values = study.values(draws).widened(NARROWEST)
    survival, strata = study.survival(values, times), study.strata(values)
    for name, strategy in study.strategies.items():
        if len(strategy.lines) > 1:
            continue
        for origin, endpoint in REPORTED:
            alive = np.zeros((len(times), values.n_draws))
            weights = np.zeros(values.n_draws)
            for stratum in strata:
                weight = _reaching(origin, strategy.lines[0].therapy, study, stratum, values)
                pathway = study.pathway(name, stratum.values, start=STARTS[origin])
                alive += weight * _without_event(pathway, endpoint, times)
                weights += weight
            yield ModelledCurve(name, origin, endpoint, alive * survival / weights)


def population_survival(study: Study, times: Array) -> Array:
    """Return survival of the general population of this age and sex, (time,)."""
    values = study.values(None)
    without = values.with_values({"smr_survivors": values.full(1.0)})
    return study.survival(without, times)[:, 0]


def _reaching(origin: Origin, therapy: str, study: Study, stratum: Stratum, values: Values) -> Array:
    """Return the share of the population that is of this stratum and reaches the origin, (draw,)."""
    weight = stratum.share
    if origin != "decision":
        kind = study.therapies[therapy]
        weight = weight * share_treated(therapy, kind, stratum.values, stratum.values["hr_tempo"])
    if origin == "remission":
        weight = weight * stratum.values[f"p_cr_{therapy}"]
    return np.broadcast_to(weight, (values.n_draws,))


def _without_event(pathway: Pathway, endpoint: str, times: Array) -> Array:
    """Return the share alive, or alive in the first line's remission, background mortality left out."""
    counted = [
        endpoint == "os" or (state.line == 1 and state.health_state in ("remission", "hsct"))
        for state in pathway.states[:-1]
    ]
    return np.stack([occupancy[counted].sum(axis=0) for occupancy in occupancy_over(pathway, times)])
