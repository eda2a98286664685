"""What research designs would find in each draw, and what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remit.analysis.decision_map import remission_after_nonresponse
from remit.analysis.information.designs import AfterNonresponse, Design, ParameterSeen, Seen
from remit.analysis.information.partial import evppi
from remit.analysis.information.population import Population
from remit.analysis.information.sample import evsi
from remit.analysis.predictions import WIDTH, predict
from remit.engine.blocks import draw_slices
from remit.inputs.columns import draw_columns
from remit.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DesignValue:
    """What a design is worth by its size: ``evsi`` and ``standard_error`` (size, wtp), per patient.

    ``limit`` (wtp,) is what endless patients would be worth: the EVPPI of what it observes.
    """

    design: Design
    wtp: Array
    evsi: Array
    standard_error: Array
    limit: Array

    def population_evsi(self, population: Population) -> Array:
        """Return what it is worth to all whom it helps, (size, wtp): those after it has reported."""
        helped = [population.effective(delay=self.design.delay(size)) for size in self.design.sizes]
        return np.asarray(self.evsi * np.array(helped)[:, None])

    def enbs(self, population: Population) -> Array:
        """Return the expected net benefit of sampling, (size, wtp): value to all helped less cost."""
        costs = np.array([self.design.cost(size) for size in self.design.sizes])
        return np.asarray(self.population_evsi(population) - costs[:, None])

    def best_sizes(self, population: Population) -> list[int | None]:
        """Return the size with the highest net benefit of sampling at each WTP; None where no size pays."""
        found = self.enbs(population)
        return [self.design.sizes[int(column.argmax())] if column.max() > 0 else None for column in found.T]


def answerable(designs: Mapping[str, Design], study: Study) -> dict[str, Design]:
    """Return the designs of which a study has every strategy and parameter, by name."""
    return {
        name: design
        for name, design in designs.items()
        if all(knows(study, observation.seen) for observation in design.observes.values())
    }


def knows(study: Study, seen: Seen) -> bool:
    """Tell whether a study has the parameter or strategy that is observed."""
    if isinstance(seen, ParameterSeen):
        return seen.parameter in study.means
    return seen.strategy in study.strategies


def truths(
    study: Study, draws: Mapping[str, Array], designs: Mapping[str, Design]
) -> dict[str, dict[str, Array]]:
    """Return for each design what would be seen in endless patients: observation -> (draw,).

    Parameters
    ----------
    study, draws
        The study and its draws, a column for each drawn parameter in its own unit.
    designs
        Those that the study can answer, see :func:`answerable`.

    Raises
    ------
    InputError
        Where the draws are not sound.
    """
    columns = draw_columns(study.parameters, draws)
    n_draws = max((column.size for column in columns.values()), default=1)
    seen = list(dict.fromkeys(o.seen for design in designs.values() for o in design.observes.values()))
    found: dict[Seen, Array] = {}
    followed = {
        each: each.quantity for each in seen if not isinstance(each, ParameterSeen | AfterNonresponse)
    }
    if followed:
        predicted = predict(study, columns, list(dict.fromkeys(followed.values())))
        by_quantity = dict(zip(dict.fromkeys(followed.values()), predicted, strict=True))
        found |= {each: by_quantity[quantity] for each, quantity in followed.items()}
    strategies = [each.strategy for each in seen if isinstance(each, AfterNonresponse)]
    after = _after_nonresponse(study, columns, strategies, n_draws)
    for each in seen:
        if isinstance(each, AfterNonresponse):
            found[each] = after[each.strategy]
        elif isinstance(each, ParameterSeen):
            mean = np.full(n_draws, study.means[each.parameter])
            found[each] = columns.get(each.parameter, mean)
    return {
        name: {key: found[observation.seen] for key, observation in design.observes.items()}
        for name, design in designs.items()
    }


def _after_nonresponse(
    study: Study, columns: dict[str, Array], strategies: list[str], n_draws: int
) -> dict[str, Array]:
    """Return remission after non-response of some strategies, (draw,) each."""
    parts: dict[str, list[Array]] = {name: [] for name in strategies}
    for block in draw_slices(n_draws, WIDTH) if strategies else []:
        values = study.wide_values({name: column[block] for name, column in columns.items()})
        strata = study.strata(values)
        for name in strategies:
            parts[name].append(remission_after_nonresponse(study, name, strata)[: block.stop - block.start])
    return {name: np.concatenate(part) for name, part in parts.items()}


def design_value(
    costs: ArrayLike,
    qalys: ArrayLike,
    truth: Mapping[str, Array],
    wtp: ArrayLike,
    *,
    name: str,
    design: Design,
    seed: int,
) -> DesignValue:
    """Return what a design is worth by its size.

    Parameters
    ----------
    costs, qalys
        (draw, strategy).
    truth
        Observation -> what endless patients would show in each draw, (draw,), see :func:`truths`.
    wtp
        (wtp,).
    name, design, seed
        The design, and what its streams of uniforms are keyed by.

    Raises
    ------
    InputError
        As :func:`remit.analysis.information.evsi` does.
    """
    found = [
        evsi(costs, qalys, design.summaries(name, truth, size=size, seed=seed), wtp) for size in design.sizes
    ]
    estimates, errors = (np.stack(part) for part in zip(*found, strict=True))
    limit, _ = evppi(costs, qalys, truth, wtp, names=list(design.observes))
    return DesignValue(design, np.atleast_1d(np.asarray(wtp, dtype=np.float64)), estimates, errors, limit)
