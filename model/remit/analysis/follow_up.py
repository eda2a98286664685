"""Modelled curves: health states over time, and survival from the origins that trials report from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.engine.blocks import NARROWEST
from remit.engine.cohort import health_state_trace, occupancy_over
from remit.inputs.targets import Endpoint, Origin
from remit.inputs.values import Values
from remit.pathway.graph import HEALTH_STATES, State
from remit.pathway.population import Stratum
from remit.pathway.waiting import share_treated
from remit.study import Study

Array = NDArray[np.float64]
STARTS: dict[Origin, Literal["enrolled", "infused", "remission"]] = {
    "decision": "enrolled",
    "infusion": "infused",
    "remission": "remission",
}

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
    strata = study.strata(values)
    survival = _survival_by_age(study, values, strata, times)
    traces = {}
    for name in study.strategies:
        trace = np.zeros((len(times), len(HEALTH_STATES)))
        for stratum in strata:
            pathway = study.pathway(name, stratum.values)
            followed = health_state_trace(pathway, times, survival[stratum.age])
            trace += stratum.share[0] * followed[:, :, 0]
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
    width = max((column.size for column in draws.values()), default=1)
    values = study.wide_values(draws)
    strata = study.strata(values)
    for name, strategy in study.strategies.items():
        if len(strategy.lines) > 1:
            continue
        for origin, endpoint in REPORTED:
            without = without_event(study, name, origin, (endpoint,), times, values, strata)[endpoint]
            yield ModelledCurve(name, origin, endpoint, without[:, :width])


def without_event(
    study: Study,
    strategy: str,
    origin: Origin,
    endpoints: Iterable[Endpoint],
    times: Array,
    values: Values,
    strata: Sequence[Stratum],
) -> dict[Endpoint, Array]:
    """Return the share without event of those who reach an origin, each of their own age there.

    Parameters
    ----------
    study, strategy
        Whose patients.
    origin
        Where the clock starts: for infusion and remission, those of the first line.
    endpoints
        ``os``: alive; ``rfs``: in the first line's remission, HSCT in it included; ``efs``: that, or
        under the first line's treatment with its response not yet known.
    times
        (time,) rising, in years since the origin.
    values, strata
        The parameters, and the population split at them.

    Returns
    -------
    dict
        Endpoint -> (time, draw).
    """
    endpoints = tuple(endpoints)
    alive = {endpoint: np.zeros((len(times), values.n_draws)) for endpoint in endpoints}
    weights = np.zeros(values.n_draws)
    survival = _survival_by_age(study, values, strata, times)
    for stratum in strata:
        weight = reaching(origin, study.strategies[strategy].lines[0].therapy, study, stratum, values)
        pathway = study.pathway(strategy, stratum.values, start=STARTS[origin])
        occupancy = occupancy_over(pathway, times)
        for endpoint in endpoints:
            counted = [endpoint == "os" or _event_free(state, endpoint) for state in pathway.states[:-1]]
            alive[endpoint] += weight * occupancy[:, counted].sum(axis=1) * survival[stratum.age]
        weights += weight
    return {endpoint: share / weights for endpoint, share in alive.items()}


def _event_free(state: State, endpoint: Endpoint) -> bool:
    in_remission = state.health_state in ("remission", "hsct")
    assessed = in_remission or (endpoint == "efs" and state.condition == "treated")
    return state.line == 1 and assessed


def _survival_by_age(
    study: Study, values: Values, strata: Sequence[Stratum], times: Array
) -> dict[float, Array]:
    """Return background survival by age at time 0, (time, draw) each."""
    ages = dict.fromkeys(stratum.age for stratum in strata)
    return {age: study.survival(values, times, age=age) for age in ages}


def population_survival(study: Study, times: Array) -> Array:
    """Return survival of the general population of these ages and this sex, (time,)."""
    values = study.values(None)
    without = values.with_values({"smr_survivors": values.full(1.0)})
    strata = study.strata(without)
    survival = _survival_by_age(study, without, strata, times)
    mixed = np.sum([stratum.share * survival[stratum.age] for stratum in strata], axis=0)
    return np.asarray(mixed[:, 0])


def reaching(origin: Origin, therapy: str, study: Study, stratum: Stratum, values: Values) -> Array:
    """Return the share of the population that is of this stratum and reaches the origin, (draw,).

    Those whom the therapy is not given to do not reach its infusion.
    """
    weight = stratum.share
    if origin != "decision":
        own, kind = stratum.values, study.therapies[therapy]
        weight = weight * own.either(f"share_suitable_{therapy}", 1.0)
        weight = weight * share_treated(therapy, kind, own, own["hr_uncontrolled"])
    if origin == "remission":
        weight = weight * stratum.values[f"p_cr_{therapy}"]
    return np.broadcast_to(weight, (values.n_draws,))
