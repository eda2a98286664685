"""What the model predicts of quantities that trials and other models report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remit.analysis.follow_up import reaching, without_event
from remit.economics.outcomes import Outcomes
from remit.economics.prices import CATEGORIES, SOCIETAL
from remit.engine.blocks import draw_slices
from remit.evaluation import evaluate
from remit.inputs.columns import draw_columns
from remit.inputs.targets import Endpoint, Expected, HazardRatio, Origin, Quantity, ShareOf, SurvivalAt
from remit.inputs.values import Values
from remit.pathway.population import Stratum
from remit.study import Study

Array = NDArray[np.float64]
# Draws whose curves are followed at once.
WIDTH = 1250
Curve = tuple[str, Origin]


def predict(study: Study, draws: Mapping[str, Array], quantities: Sequence[Quantity]) -> list[Array]:
    """Return the model's value of each quantity, (draw,) each.

    Parameters
    ----------
    study
        Whose strategies the quantities name; other strategies are not followed.
    draws
        Columns of draws; none for the parameters' means (one draw).
    quantities
        What to predict.

    Raises
    ------
    InputError
        Where the draws are not sound.
    """
    columns = draw_columns(study.parameters, draws or None)
    n_draws = max((column.size for column in columns.values()), default=1)
    found: dict[Quantity, Array] = dict(_expected(study, columns, quantities))
    followed = [quantity for quantity in quantities if not isinstance(quantity, Expected)]
    parts: dict[Quantity, list[Array]] = {quantity: [] for quantity in followed}
    for block in draw_slices(n_draws, WIDTH) if followed else []:
        some = {name: column[block] for name, column in columns.items()}
        width = block.stop - block.start
        for quantity, values in _followed(study, some, followed).items():
            parts[quantity].append(values[:width])
    found |= {quantity: np.concatenate(part) for quantity, part in parts.items()}
    return [found[quantity] for quantity in quantities]


def _expected(
    study: Study, columns: dict[str, Array], quantities: Sequence[Quantity]
) -> list[tuple[Quantity, Array]]:
    wanted = [quantity for quantity in quantities if isinstance(quantity, Expected)]
    if not wanted:
        return []
    names = dict.fromkeys(quantity.strategy for quantity in wanted)
    few = replace(study, strategies={name: study.strategies[name] for name in names})
    outcomes = evaluate(few.with_settings(perspective="societal"), columns or None)
    return [(quantity, _outcome(outcomes, quantity)) for quantity in wanted]


def _outcome(outcomes: Outcomes, quantity: Expected) -> Array:
    place = outcomes.strategies.index(quantity.strategy)
    if quantity.outcome != "costs":
        return np.asarray(getattr(outcomes, quantity.outcome)[:, place])
    return costs_in(outcomes.costs_by_category[:, place], quantity.perspective)


def costs_in(by_category: Array, perspective: str) -> Array:
    """Return total costs of a perspective from societal costs, (draw, category) -> (draw,)."""
    counted = [perspective == "societal" or name not in SOCIETAL for name in CATEGORIES]
    return np.asarray(np.sum(by_category[:, counted], axis=1))


def _followed(study: Study, draws: dict[str, Array], quantities: Sequence[Quantity]) -> dict[Quantity, Array]:
    """Predict what is read from curves and shares, for one block of draws."""
    values = study.wide_values(draws)
    strata = study.strata(values)
    survival = _curves(study, values, strata, quantities)
    found: dict[Quantity, Array] = {}
    for quantity in quantities:
        if isinstance(quantity, SurvivalAt):
            curve, endpoint = (quantity.strategy, quantity.origin), quantity.endpoint
            at = survival[curve, endpoint, quantity.at]
            before = survival[curve, endpoint, quantity.given] if quantity.given else 1.0
            found[quantity] = np.asarray(at / np.maximum(before, 1e-300))
        elif isinstance(quantity, HazardRatio):
            hazards = [
                -np.log(np.maximum(survival[(name, "infusion"), "os", quantity.at], 1e-300))
                for name in (quantity.strategy, quantity.comparator)
            ]
            found[quantity] = hazards[0] / np.maximum(hazards[1], 1e-300)
        elif isinstance(quantity, ShareOf):
            found[quantity] = _share(study, quantity, strata)
    return found


def _curves(
    study: Study, values: Values, strata: list[Stratum], quantities: Sequence[Quantity]
) -> dict[tuple[Curve, Endpoint, float], Array]:
    """Return survival at every time asked for, background mortality within it; each curve followed once."""
    asked: dict[Curve, set[tuple[Endpoint, float]]] = {}
    for quantity in quantities:
        if isinstance(quantity, SurvivalAt):
            points = asked.setdefault((quantity.strategy, quantity.origin), set())
            points |= {(quantity.endpoint, time) for time in (quantity.at, quantity.given) if time}
        elif isinstance(quantity, HazardRatio):
            for name in (quantity.strategy, quantity.comparator):
                asked.setdefault((name, "infusion"), set()).add(("os", quantity.at))
    found = {}
    for curve, points in asked.items():
        times = np.array(sorted({time for _, time in points}))
        endpoints = sorted({endpoint for endpoint, _ in points})
        alive = without_event(study, *curve, endpoints, times, values, strata)
        for endpoint, time in points:
            place = int(np.flatnonzero(times == time)[0])
            found[curve, endpoint, time] = alive[endpoint][place]
    return found


def _share(study: Study, quantity: ShareOf, strata: list[Stratum]) -> Array:
    """Return the share infused of those enrolled, or in remission of those treated with the first line."""
    therapy = study.strategies[quantity.strategy].lines[0].therapy
    treated = [reaching("infusion", therapy, study, s, s.values) for s in strata]
    infused = np.sum(treated, axis=0)
    if quantity.share == "infused":
        return np.asarray(infused)
    response = [part * s.values[f"p_cr_{therapy}"] for part, s in zip(treated, strata, strict=True)]
    return np.asarray(np.sum(response, axis=0) / infused)
