"""What the model can be asked for by name: one function for each measure, listed at the foot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from remit.analysis.follow_up import reaching
from remit.analysis.predictions import predict
from remit.economics.outcomes import Outcomes
from remit.evaluation import evaluate
from remit.inputs.draws import Draws
from remit.inputs.evidence import SeedTable
from remit.inputs.targets import Endpoint, Origin, SurvivalAt
from remit.inputs.units import to_years
from remit.inputs.values import Values
from remit.pathway.graph import Event
from remit.pathway.population import Stratum
from remit.pathway.response import trial_response
from remit.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number to ask the model for; what is empty is not given.

    Attributes
    ----------
    measure
        A key of ``MEASURES``, which says what of the others it needs.
    scenario
        Whose study is asked; the base case where none is given.
    strategy, against
        A strategy, and the one that it is compared with.
    therapy
        A therapy.
    at
        A time with its unit.
    table
        A table of the evidence.
    """

    measure: str = ""
    scenario: str = ""
    strategy: str = ""
    against: str = ""
    therapy: str = ""
    at: str = ""
    table: str = ""

    def after(self, other: Number) -> Number:
        """Return the number with what it does not give taken from another, as far as its measure needs it."""
        measure = self.measure or other.measure
        known = ("scenario", *(MEASURES[measure].needs if measure in MEASURES else ()))
        filled = {name: getattr(self, name) or getattr(other, name) for name in known}
        own = {one.name: getattr(self, one.name) for one in fields(Number)}
        return Number(**{**own, **filled, "measure": measure})


@dataclass(frozen=True)
class Setting:
    """A scenario's study, and what is worked out of it once for all measures.

    ``strategies`` are those that are followed; ``draws`` columns of draws, none for the means.
    """

    study: Study
    strategies: frozenset[str]
    tables: Mapping[str, SeedTable]
    draws: Draws

    @cached_property
    def width(self) -> int:
        """The number of draws."""
        return max((column.size for column in self.draws.values()), default=1)

    @cached_property
    def few(self) -> Study:
        """The study with the strategies that are asked for alone."""
        some = {name: one for name, one in self.study.strategies.items() if name in self.strategies}
        return replace(self.study, strategies=some)

    @cached_property
    def outcomes(self) -> Outcomes:
        """Outcomes and events of the strategies."""
        return evaluate(self.few, self.draws or None, counts=True)

    @cached_property
    def values(self) -> Values:
        """The parameters."""
        return self.study.wide_values(self.draws or None)

    @cached_property
    def strata(self) -> list[Stratum]:
        """The patients."""
        return self.study.strata(self.values)


def _qalys(setting: Setting, number: Number) -> Array:
    return _of_strategy(setting.outcomes, setting.outcomes.qalys, number.strategy)


def _costs(setting: Setting, number: Number) -> Array:
    return _of_strategy(setting.outcomes, setting.outcomes.costs, number.strategy)


def _inmb(setting: Setting, number: Number) -> Array:
    qalys, costs = _increments(setting, number)
    return setting.study.settings.wtp.threshold * qalys - costs


def _icer(setting: Setting, number: Number) -> Array:
    qalys, costs = _increments(setting, number)
    return np.where(qalys != 0, costs / np.where(qalys != 0, qalys, 1.0), np.nan)


def _infused(setting: Setting, number: Number) -> Array:
    count = setting.outcomes.events.get(Event("infusion", number.therapy))
    if count is None:
        return np.zeros(setting.width)
    return _of_strategy(setting.outcomes, count, number.strategy)


def _rfs(setting: Setting, number: Number) -> Array:
    return _survival(setting, number, "remission", "rfs")


def _os(setting: Setting, number: Number) -> Array:
    return _survival(setting, number, "infusion", "os")


def _cr(setting: Setting, number: Number) -> Array:
    return _of_treated(setting, number, lambda values: values[f"p_cr_{number.therapy}"])


def _mrd_negative_cr(setting: Setting, number: Number) -> Array:
    names = (f"p_cr_{number.therapy}", f"share_mrd_negative_{number.therapy}")
    return _of_treated(setting, number, lambda values: values[names[0]] * values[names[1]])


def _severe_crs(setting: Setting, number: Number) -> Array:
    return _of_treated(setting, number, lambda values: values[f"p_severe_crs_{number.therapy}"])


def _severe_icans(setting: Setting, number: Number) -> Array:
    return _of_treated(setting, number, lambda values: values[f"p_severe_icans_{number.therapy}"])


def _antigen_loss(setting: Setting, number: Number) -> Array:
    """Return at most how many lose the antigen at relapse: as if nobody died or had HSCT in remission."""
    therapy = number.therapy
    negative = f"share_antigen_after_relapse_{therapy}_negative"

    def lost(values: Values) -> Array:
        response = trial_response(therapy, values)
        return response.p_cr * (1 - response.remission.durable) * values[negative]

    return _of_treated(setting, number, lost)


def _rows(setting: Setting, number: Number) -> Array:
    return np.array([float(len(setting.tables[number.table].studies))])


def _of_strategy(outcomes: Outcomes, values: Array, strategy: str) -> Array:
    return np.asarray(values[:, outcomes.strategies.index(strategy)])


def _increments(setting: Setting, number: Number) -> tuple[Array, Array]:
    against = replace(number, strategy=number.against)
    return (
        _qalys(setting, number) - _qalys(setting, against),
        _costs(setting, number) - _costs(setting, against),
    )


def _survival(setting: Setting, number: Number, origin: Origin, endpoint: Endpoint) -> Array:
    at = SurvivalAt(number.strategy, origin, endpoint, to_years(number.at))
    return predict(setting.study, setting.draws, [at])[0]


def _of_treated(setting: Setting, number: Number, share: Callable[[Values], Array]) -> Array:
    """Return the mean of a share over those treated with a therapy first, (draw,); NaN of nobody."""
    total, part = setting.values.full(0.0), setting.values.full(0.0)
    for one in setting.strata:
        weight = reaching("infusion", number.therapy, setting.study, one, setting.values)
        total, part = total + weight, part + weight * share(one.values)
    return np.where(total > 0, part / np.where(total > 0, total, 1.0), np.nan)[: setting.width]


@dataclass(frozen=True)
class Measure:
    """Something that can be asked: its name in words, what it needs, how it is printed, how it is worked out.

    One that is not ``drawn`` is worked out at the means alone.
    """

    title: str
    needs: tuple[str, ...]
    form: str
    work_out: Callable[[Setting, Number], Array]
    drawn: bool = True


MEASURES: dict[str, Measure] = {
    "qalys": Measure("QALYs", ("strategy",), ".2f", _qalys),
    "costs": Measure("Costs", ("strategy",), ",.0f", _costs),
    "inmb": Measure("Incremental net monetary benefit", ("strategy", "against"), ",.0f", _inmb),
    "icer": Measure("ICER", ("strategy", "against"), ",.0f", _icer, drawn=False),
    "share_infused": Measure("Share infused", ("strategy", "therapy"), ".3f", _infused),
    "rfs": Measure("Relapse-free survival from remission", ("strategy", "at"), ".2f", _rfs),
    "os": Measure("Overall survival from infusion", ("strategy", "at"), ".2f", _os),
    "p_cr": Measure("Complete remission of those treated", ("therapy",), ".3f", _cr),
    "p_mrd_negative_cr": Measure(
        "MRD-negative remission of those treated", ("therapy",), ".3f", _mrd_negative_cr
    ),
    "p_severe_crs": Measure("Severe CRS", ("therapy",), ".3f", _severe_crs),
    "p_severe_icans": Measure("Severe ICANS", ("therapy",), ".3f", _severe_icans),
    "p_antigen_loss": Measure("Antigen-negative relapse", ("therapy",), ".3f", _antigen_loss),
    "rows": Measure("Rows of the table", ("table",), ".0f", _rows, drawn=False),
}
