"""How much work patients bring to the resources of a clinic, against what these can do: the offered load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.plan import ClinicPlan, Coming, SitePlan
from remit.engine.background import make_background
from remit.engine.clock import MoveScale, Scales
from remit.engine.cohort import follow_cohorts
from remit.engine.resources import Use
from remit.engine.stops import Need, stops_of
from remit.evaluation import STACKED
from remit.inputs.values import stacked_values
from remit.pathway.graph import Event, Pathway
from remit.pathway.population import Cohort, cohorts_of
from remit.study import Study

Array = NDArray[np.float64]
_COUNT = "count"


@dataclass(frozen=True)
class OfferedLoad:
    """The load of one resource if every patient were given a strategy.

    Attributes
    ----------
    rules
        The rules that may give the strategy.
    uses
        How many times a patient asks for a place, on average.
    load
        Arrivals per year x uses x years that a place is held / places; infinite where all come at once.
    """

    strategy: str
    rules: tuple[str, ...]
    resource: Use
    uses: float
    load: float


def offered_loads(plan: ClinicPlan, study: Study) -> list[OfferedLoad]:
    """Return the offered load of every resource of a clinic, for each strategy that a rule may give.

    With a load of 1 or more the queue grows for as long as patients come, until as many of them die or
    worsen in it as places are missing; close to 1 it is long, and takes long to settle. Uses are those of
    patients who wait for nothing, by the cohort engine at the parameters' means: where many are lost in a
    queue, what comes after it has less to do. Closures are left out.

    Parameters
    ----------
    plan, study
        The clinic, and the study whose strategies its rules give.
    """
    given: dict[str, list[str]] = {}
    for name, rule in plan.rules.items():
        for strategy in dict.fromkeys([*(clause.give for clause in rule.when), rule.otherwise]):
            given.setdefault(strategy, []).append(name)
    found = []
    for strategy, rules in given.items():
        uses = expected_uses(study, strategy)
        for resource, sites in plan.resources.items():
            asked = {need.therapy: mean for need, mean in uses.items() if need.use == resource}
            held = _years_held(asked, tuple(sites.values()), study)
            load = arrivals_per_year(plan.arrivals) * held if held else 0.0
            found.append(OfferedLoad(strategy, tuple(rules), resource, sum(asked.values()), load))
    return found


def _years_held(asked: dict[str, float], sites: tuple[SitePlan, ...], study: Study) -> float:
    """Return for how many years one patient keeps all places of a resource: what each site can do adds up."""
    products = {name: study.therapies[name].product if name else "" for name in asked}
    held = [site.held_for(products) for site in sites]
    return sum(
        mean / sum(site.places / own[therapy] for site, own in zip(sites, held, strict=True))
        for therapy, mean in asked.items()
    )


def arrivals_per_year(arrivals: Coming) -> float:
    """Return how many patients come a year; of a file the mean between its first and its last."""
    if arrivals.per_year is not None:
        return arrivals.per_year
    if len(arrivals.times) < 2:
        return 0.0
    span = arrivals.times[-1] - arrivals.times[0]
    return (len(arrivals.times) - 1) / span if span > 0 else float("inf")


def expected_uses(study: Study, strategy: str) -> dict[Need, float]:
    """Return how many times a patient needs each place who is given a strategy and waits for nothing.

    Intensive care is needed by those with severe CRS after an infusion.
    """
    values = study.wide_values(None)
    found: dict[Need, float] = {}
    for cohort in cohorts_of(study.strata(values), widest=STACKED):
        pathway = study.pathway(strategy, cohort.values)
        each = values.n_draws  # the same draw many times, stratum by stratum
        for need, means in _uses_in(pathway, study, cohort).items():
            for place, stratum in enumerate(cohort.strata.values()):
                share = float(stratum.share[0] * means[place * each])
                found[need] = found.get(need, 0.0) + share
                if need.use == "infusion_bed":
                    intensive = Need("icu_bed", need.therapy)
                    p_severe = float(stratum.values[f"p_severe_crs_{need.therapy}"][0])
                    found[intensive] = found.get(intensive, 0.0) + share * p_severe
    return found


def _uses_in(pathway: Pathway, study: Study, cohort: Cohort) -> dict[Need, Array]:
    """Return how many times patients on a pathway need each place, (draw,)."""
    stops = stops_of(pathway)
    found: dict[Need, Array] = {}
    for state in stops.at_start:
        made = [Need("manufacturing", therapy) for therapy in stops.ahead[state]]
        for need in (*stops.at_start[state], *made):
            found[need] = found.get(need, 0.0) + pathway.initial[state]
    asking = _asking(pathway, dict(_needs(stops.before, stops.after)))
    values = stacked_values([study.wide_values(None)] * len(cohort.strata))
    survival = study.survival(values, study.clock.times, age=cohort.age)
    background = make_background(survival, study.clock.lengths)
    scales = Scales((), {_COUNT: MoveScale(np.ones_like(study.clock.middles))})
    (totals,), _ = follow_cohorts([asking], study.clock, background, scales)
    for number, moves in zip(totals.counted, totals.moves[_COUNT], strict=True):
        for event in asking.transitions[number].events:
            need = Need(event.kind, event.therapy)  # type: ignore[arg-type]  # made of one
            found[need] = found.get(need, 0.0) + moves
    return found


def _needs(
    before: dict[int, tuple[Need, ...]], after: dict[int, tuple[Need, ...]]
) -> Iterator[tuple[int, tuple[Need, ...]]]:
    for number in sorted({*before, *after}):
        # What was asked for ahead is only waited for.
        asked = (need for need in before.get(number, ()) if not need.ahead)
        yield number, (*asked, *after.get(number, ()))


def _asking(pathway: Pathway, needs: dict[int, tuple[Need, ...]]) -> Pathway:
    """Return a pathway whose moves bring what patients need at them in place of their own events."""
    moves = tuple(
        replace(move, events=tuple(Event(need.use, need.therapy) for need in needs.get(number, ())))
        for number, move in enumerate(pathway.transitions)
    )
    return replace(pathway, transitions=moves)
