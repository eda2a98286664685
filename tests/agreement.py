"""Comparing the outcomes of the engine with those of the second model, figure by figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from threadpoolctl import threadpool_limits

from independent import begun, hazards

CLOSE = 1e-9
PARAMS = Path(__file__).resolve().parents[1] / "params"


def write_scenario(folder, changes, params=PARAMS):
    """Write a scenario of the base case that sets ``changes``, and return its path."""
    path = folder / "scenario.yaml"
    scenario = {"extends": str(params / "base.yaml"), "title": "A corner of the method", "set": changes}
    scenario["because"] = "the base case does not reach it"
    path.write_text(yaml.safe_dump(scenario), encoding="utf-8")
    return path


def at_draw(means, draws, place):
    """Return the value of every parameter in one draw."""
    return {**means, **{name: float(column[place]) for name, column in draws.items()}}


def differences(outcomes, draw, position, other):
    """Return the relative difference of every outcome of one strategy in one draw."""
    pairs = {
        "life_years": (outcomes.life_years[draw, position], other["life_years"]),
        "qalys": (outcomes.qalys[draw, position], other["qalys"]),
        "costs": (outcomes.costs[draw, position], other["costs"]),
    }
    for index, state in enumerate(outcomes.health_states[:3]):
        for what in ("life_years", "qalys"):
            found = getattr(outcomes, f"{what}_by_state")[draw, position, index]
            pairs[f"{what} {state}"] = (found, other[f"{what} {state}"])
    for index, category in enumerate(outcomes.categories):
        pairs[category] = (outcomes.costs_by_category[draw, position, index], other[category])
    return {name: float(abs(a - b) / max(abs(b), 1e-9)) for name, (a, b) in pairs.items()}


def assert_the_same(outcomes, draw, strategy, other):
    found = differences(outcomes, draw, outcomes.strategies.index(strategy), other)
    assert {name: size for name, size in found.items() if not size < CLOSE} == {}


def assert_the_same_stays(pathway, graph):
    """Compare how long patients stay in each state; the other model refuses branches that lose anybody.

    States are told apart by nothing but that time, so that neither model needs the other's names.
    """
    alive = len(pathway.states) - 1
    between = -np.diag(pathway.exit_rates(0)[:, 0])
    for number, move in enumerate(pathway.transitions):
        between[move.origin, move.destination] += pathway.hazards[0, number, 0]
    found = time_in_states(pathway.initial[:alive, 0], between[:alive, :alive])
    expected = time_in_states(begun(graph), hazards(graph)[0])
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=1e-14)


def time_in_states(initial, between, ending=0.05):
    """Return how long patients stay in each state, longest first, if they also leave at the rate ``ending``.

    ``between`` are hazards between states, (state, state); the diagonal holds all that leaves a state.
    """
    with threadpool_limits(1):
        stay = np.linalg.solve((ending * np.eye(len(initial)) - between).T, initial)
    return np.sort(stay[stay > 1e-12])[::-1]
