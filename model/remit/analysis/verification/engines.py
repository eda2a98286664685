"""V62: partitioned survival held against the cohort, where theory says equal and where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.analysis.partitioned.evaluation import evaluate_partitioned
from remit.economics.accumulate import accumulate
from remit.engine.background import make_background
from remit.engine.cohort import follow_cohorts, health_state_trace
from remit.engine.partitioned import Curve, Partition, partition
from remit.evaluation import evaluate
from remit.inputs.values import Values
from remit.pathway.graph import HEALTH_STATES, Pathway, Sketch, State
from remit.study import Study

Array = NDArray[np.float64]
TOLERANCE = 1e-6
YEARS = (1.0, 2.0, 5.0, 10.0)
TOTALS = ("life_years", "qalys", "costs")


@dataclass(frozen=True)
class EngineComparison:
    """One number from both engines.

    ``expected`` is ``equal`` where both must agree to ``TOLERANCE`` (relative to a size of 1 or more), and
    ``reported`` where the structures differ and the difference is a finding.
    """

    name: str
    quantity: str
    cohort: float
    partitioned: float
    expected: Literal["equal", "reported"]

    @property
    def difference(self) -> float:
        """Partitioned survival less the cohort."""
        return self.partitioned - self.cohort

    @property
    def passed(self) -> bool:
        """Whether the two agree, or need not."""
        allowed = TOLERANCE * max(abs(self.cohort), 1.0)
        return self.expected == "reported" or bool(abs(self.difference) <= allowed)


def partitioned_against_cohort(study: Study) -> Iterator[EngineComparison]:
    """Yield comparisons of the two engines for a study, at the parameters' means.

    Equal must be: a three-state progressive model with constant hazards and without cure, for each therapy
    given first, whose hazards are those of relapse, of death in remission and of death after relapse; and
    the life-years of every strategy from its own curves without a tail. What the tail and the values by
    state change is reported.
    """
    therapies = dict.fromkeys(strategy.lines[0].therapy for strategy in study.strategies.values())
    for therapy in therapies:
        yield from constant_hazards(study, therapy)
    cohort = evaluate(study)
    whole = evaluate_partitioned(study, structure="no tail").outcomes
    ours = evaluate_partitioned(study).outcomes
    for place, name in enumerate(study.strategies):
        own, theirs = float(cohort.life_years[0, place]), float(whole.life_years[0, place])
        yield EngineComparison(name, "life_years, curves without a tail", own, theirs, "equal")
        for total in TOTALS:
            own, theirs = float(getattr(cohort, total)[0, place]), float(getattr(ours, total)[0, place])
            yield EngineComparison(name, total, own, theirs, "reported")


def constant_hazards(study: Study, therapy: str) -> Iterator[EngineComparison]:
    """Yield both engines' results of one progressive three-state model with constant hazards.

    Everyone begins in remission; hazards, utilities and costs of a year are the study's, discounted and
    with the background mortality of the study. The curves are the closed forms EFS = exp(-(a + b) t) and
    OS = EFS + a (exp(-c t) - exp(-(a + b) t)) / (a + b - c).

    Parameters
    ----------
    study
        Where the numbers are from.
    therapy
        Whose hazards: a of relapse, b of death in remission, c of death after relapse.
    """
    values = study.wide_values(None)
    a = values[f"rate_relapse_fragile_{therapy}"]
    b = values["rate_death_remission_excess"]
    c = values[f"rate_death_after_relapse_{therapy}"]
    survival = study.survival(values, study.clock.times)
    name = f"constant hazards of {therapy}"
    part = _by_curves(study.clock.times, (a, b, c), survival)
    pathway = _progressive(values.n_draws, a, b, c)
    for quantity, ours, theirs in _totals(study, pathway, part, values, survival):
        yield EngineComparison(name, quantity, ours, theirs, "equal")
    points = [year for year in YEARS if year <= study.settings.horizon]
    trace = health_state_trace(pathway, study.clock.times, survival)
    for year in points:
        place = int(np.argmin(np.abs(study.clock.times - year)))
        for state, row in (("remission", 0), ("relapse", 1), ("death", 2)):
            ours = float(trace[place, HEALTH_STATES.index(state), 0])
            theirs = float(part.occupancy[place, row, 0])
            yield EngineComparison(name, f"share in {state} at {year:g} years", ours, theirs, "equal")


def _by_curves(times: Array, hazards: tuple[Array, Array, Array], survival: Array) -> Partition:
    from scipy.special import exprel  # (exp(x) - 1) / x, so that a + b may equal c

    a, b, c = hazards
    t = times[:, None]
    free = np.exp(-(a + b) * t)
    overall = free + a * t * np.exp(-c * t) * exprel((c - a - b) * t)
    event_free = Curve("efs", "treated", "remission", free * survival)
    return partition(event_free, Curve("os", "treated", "remission", overall * survival), times)


def _progressive(n_draws: int, a: Array, b: Array, c: Array) -> Pathway:
    sketch = Sketch(n_draws, (0.0,))
    sketch.add(State("free", "remission", "remission"))
    sketch.add(State("progressed", "relapse", "relapsed"))
    sketch.add(State("dead", "death", "dead"))
    sketch.start("free", np.ones(n_draws))
    sketch.move("free", "progressed", a)
    sketch.move("free", "dead", b)
    sketch.move("progressed", "dead", c)
    return sketch.freeze()


def _totals(
    study: Study, pathway: Pathway, part: Partition, values: Values, survival: Array
) -> Iterator[tuple[str, float, float]]:
    """Yield discounted life-years, QALYs and costs by both: name, cohort, partitioned."""
    clock, settings = study.clock, study.settings
    background = make_background(survival, clock.lengths)
    (totals,), _ = follow_cohorts([pathway], clock, background, study.scales())
    rows = {group.health_state: place for place, group in enumerate(totals.groups)}
    places = [rows["remission"], rows["relapse"]]
    utilities = np.stack([values["utility_remission_early"], values["utility_active_disease"]])
    costs = np.stack([values.full(0.0), values["cost_active_disease"]])
    for name, worth, profile, rate in (
        ("life_years", np.ones_like(utilities), "effects", settings.discount_qalys),
        ("qalys", utilities, "effects", settings.discount_qalys),
        ("costs", costs, "costs", settings.discount_costs),
    ):
        ours = np.sum(worth * totals.time[profile][places], axis=0)
        trace = part.occupancy[:, :2].transpose(2, 0, 1)
        theirs = accumulate(
            trace,
            worth.T[:, None, :],
            times=clock.times,
            correction=_weights(study),
            discount_rate=rate,
        )
        yield name, float(ours[0]), float(theirs[0])


def _weights(study: Study) -> Array:
    """Return the weight of each point of the clock, in years."""
    clock = study.clock
    weights = np.zeros(clock.times.size)
    weights[:-1] += clock.at_start
    weights[1:] += clock.at_end
    return weights
