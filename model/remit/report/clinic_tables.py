"""Tables of a clinic: means over replications, how sure they are, and differences between rules.

Intervals are 95%, of the mean over replications, by Student's t: they say how far chance in the replications
goes, not how far the parameters are uncertain. A difference is taken replication by replication, since rules
meet the same patients there. Of one replication there is neither error nor interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.results import OUTCOMES, SERVICE, ClinicResults
from remit.inputs.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
SPREAD = ("mean", "standard_error", "low", "high")
# Of each measure of service: its unit in the table, and how many of these its own unit makes.
UNITS = {
    "asked": ("requests", 1.0),
    "wait": ("days", DAYS_PER_YEAR),
    "wait_90": ("days", DAYS_PER_YEAR),
    "share_waited": ("share", 1.0),
    "share_left": ("share", 1.0),
    "queue": ("waiting", 1.0),
    "utilisation": ("share", 1.0),
}
OVER_TIME = (
    *("rule", "resource", "year", "queue", "queue_low", "queue_high"),
    *("held", "held_low", "held_high", "places"),
)
# Student's t at this probability bounds 95% intervals.
_UPPER = 0.975


@dataclass(frozen=True)
class Spread:
    """Means over replications, their standard errors, and the ends of 95% intervals, all of one shape."""

    mean: Array
    standard_error: Array
    low: Array
    high: Array

    def at(self, *place: int) -> dict[str, float]:
        """Return the four numbers at a place, by the names of ``SPREAD``."""
        return {name: float(getattr(self, name)[place]) for name in SPREAD}


def spread_of(values: Array) -> Spread:
    """Return means over replications, axis 1, with their Monte Carlo errors; NaN is left out.

    Raises nothing where too few replications are left: what cannot be known of them is NaN.
    """
    from scipy.special import stdtrit  # scipy.stats takes half a second to load

    there = np.isfinite(values)
    count = there.sum(axis=1)
    some, several = np.maximum(count, 1), np.maximum(count - 1, 1)
    mean = np.where(there, values, 0.0).sum(axis=1) / some
    apart = np.where(there, values - np.expand_dims(mean, 1), 0.0)
    error = np.sqrt((apart**2).sum(axis=1) / several / some)
    mean = np.where(count > 0, mean, np.nan)
    error = np.where(count > 1, error, np.nan)
    reach = stdtrit(several, _UPPER) * error
    return Spread(mean, error, mean - reach, mean + reach)


def clinic_table(results: ClinicResults, wtp: float) -> pd.DataFrame:
    """Return `clinic.csv`: a row for each rule, group of patients and measure.

    Parameters
    ----------
    results
        What the rules did for their patients.
    wtp
        For net monetary benefit, per QALY.

    Returns
    -------
    DataFrame
        ``rule, group, measure, mean, standard_error, low, high``, then the difference against the first
        rule: ``difference, difference_standard_error, difference_low, difference_high`` (empty for itself).
        Measures are per patient: those of ``OUTCOMES``, ``nmb``, and ``given <strategy>``, a share.
    """
    import pandas as pd

    rows = []
    measures = list(_measures(results, wtp))
    spreads = [(name, spread_of(values), spread_of(values - values[:1])) for name, values in measures]
    for r, rule in enumerate(results.rules):
        for g, group in enumerate(results.groups):
            for name, own, against in spreads:
                row = {"rule": rule, "group": group, "measure": name, **own.at(r, g)}
                rows.append(row | _difference(against, r, g))
    return pd.DataFrame(rows)


def clinic_replications_table(results: ClinicResults) -> pd.DataFrame:
    """Return `clinic_replications.csv`: the means of every replication, before anything is made of them.

    Columns: ``rule, replication, group, patients``, then those of ``OUTCOMES``.
    """
    import pandas as pd

    shape = results.patients.shape
    names = (results.rules, range(shape[1]), results.groups)
    index = pd.MultiIndex.from_product(names, names=["rule", "replication", "group"])
    columns = {"patients": results.patients.ravel().astype(int)}
    columns |= {name: results.outcomes[name].ravel() for name in OUTCOMES}
    return pd.DataFrame(columns, index=index).reset_index()


def _measures(results: ClinicResults, wtp: float) -> Iterator[tuple[str, Array]]:
    """Yield what is told of patients: name, and means (rule, replication, group)."""
    for name in OUTCOMES:
        yield name, results.outcomes[name]
        if name == "costs":
            yield "nmb", results.nmb(wtp)
    for place, strategy in enumerate(results.strategies):
        shares = results.given[..., place]
        yield f"given {strategy}", np.where(results.patients > 0, shares, np.nan)


def _difference(against: Spread, rule: int, group: int) -> dict[str, float]:
    found = against.at(rule, group) if rule > 0 else dict.fromkeys(SPREAD, np.nan)
    return {("difference" if name == "mean" else f"difference_{name}"): found[name] for name in SPREAD}


def clinic_resources_table(results: ClinicResults) -> pd.DataFrame:
    """Return `clinic_resources.csv`: how each rule loads what is short, and who waits for it.

    Columns: ``rule, resource, measure, unit, mean, standard_error, low, high``. Measures are those of
    ``SERVICE``; waits are in days, of those who had a place. Intervals end at 0, and at 1 for shares.
    """
    import pandas as pd

    rows = []
    spreads = {
        name: spread_of(values * UNITS[name][1])
        for name, values in results.service.items()
        if name in SERVICE
    }
    for r, rule in enumerate(results.rules):
        for s, resource in enumerate(results.resources):
            for name, spread in spreads.items():
                what = {"rule": rule, "resource": resource, "measure": name, "unit": UNITS[name][0]}
                rows.append({**what, **_within(spread.at(r, s), UNITS[name][0])})
    return pd.DataFrame(rows, columns=["rule", "resource", "measure", "unit", *SPREAD])


def _within(found: dict[str, float], unit: str) -> dict[str, float]:
    """Cut an interval where its measure ends: nothing is below 0, and no share above 1."""
    most = 1.0 if unit == "share" else np.inf
    return found | {end: float(np.clip(found[end], 0.0, most)) for end in ("low", "high")}


def clinic_over_time_table(results: ClinicResults) -> pd.DataFrame:
    """Return `clinic_over_time.csv`: queues and places held over the years since the clinic opened.

    Columns: ``rule, resource, year, queue, queue_low, queue_high, held, held_low, held_high, places``; low
    and high are the ends of the interval of the mean, not below 0; ``places`` are those open.
    """
    import pandas as pd

    spreads = {"queue": spread_of(results.queue), "held": spread_of(results.held)}
    parts = []
    for r, rule in enumerate(results.rules):
        for s, resource in enumerate(results.resources):
            part: dict[str, object] = {"rule": rule, "resource": resource, "year": results.times}
            for name, spread in spreads.items():
                part |= {
                    name: spread.mean[r, s],
                    f"{name}_low": np.maximum(spread.low[r, s], 0.0),
                    f"{name}_high": spread.high[r, s],
                }
            parts.append(pd.DataFrame(part | {"places": results.places[s]}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(OVER_TIME))


def capacity_table(
    results_by_places: Sequence[tuple[int, ClinicResults]], resource: str, wtp: float
) -> pd.DataFrame:
    """Return `clinic_capacity.csv`: what `clinic_table` tells, at each number of places of one resource.

    Parameters
    ----------
    results_by_places
        Number of places, and what the rules did for the same patients with that many.
    resource
        Of which places were varied.
    wtp
        Per QALY.

    Returns
    -------
    DataFrame
        ``resource, places``, then the columns of `clinic_table`.
    """
    import pandas as pd

    parts = []
    for places, results in results_by_places:
        part = clinic_table(results, wtp)
        part.insert(0, "resource", resource)
        part.insert(1, "places", places)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
