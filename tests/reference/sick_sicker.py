"""The Sick-Sicker model on one page: numbers from sick_sicker.yaml, the rest from the public arrays."""

from __future__ import annotations

import numpy as np

from remit.economics.accumulate import accumulate
from remit.engine.trace import cohort_trace


def base_case(facts):
    """Return the parameters of the base case under the names of the PSA."""
    inputs = facts["inputs"]
    ratios = inputs["hazard_ratios"]
    return {
        **inputs["rates_per_year"],
        "hr_S1": ratios["hr_S1_death"],
        "hr_S2": ratios["hr_S2_death"],
        "hr_S1S2_trtB": ratios["hr_S1S2_under_B"],
        **{f"c_{state}": cost for state, cost in inputs["costs_per_year"].items()},
        **{f"c_trt{drug}": cost for drug, cost in inputs["drug_cost_per_year"].items()},
        **{f"u_{state}": utility for state, utility in inputs["utilities"].items()},
        "u_trtA": inputs["utility_S1_under_A_or_AB"],
    }


def rebuild(facts, parameters, correction):
    """Return costs and QALYs, (draw, strategy), and the trace of each strategy."""
    given = {name: np.atleast_1d(np.asarray(value, float)) for name, value in parameters.items()}
    n_cycles = facts["conventions"]["n_cycles"]
    options = {"discount_rate": facts["conventions"]["discount_rate"], "correction": correction}
    traces, costs, qalys = {}, [], []
    for strategy in facts["strategies"]:
        moves = probabilities(given, with_b="B" in strategy)
        traces[strategy] = trace = cohort_trace([1, 0, 0, 0], moves, n_cycles=n_cycles)
        cost, utility = state_values(given, with_a="A" in strategy, with_b="B" in strategy)
        costs.append(accumulate(trace, cost, **options))
        qalys.append(accumulate(trace, utility, **options))
    return np.stack(costs, axis=1), np.stack(qalys, axis=1), traces


def probabilities(given, *, with_b):
    """Return transition probabilities, (draw, 1, state, to_state): death first, then the other moves."""
    to_death = given["r_HD"]
    dies = [chance(to_death), chance(to_death * given["hr_S1"]), chance(to_death * given["hr_S2"])]
    worsens = chance(given["r_S1S2"] * (given["hr_S1S2_trtB"] if with_b else 1))
    falls_ill, recovers = chance(given["r_HS1"]), chance(given["r_S1H"])
    never = np.zeros_like(to_death)
    rows = [
        [(1 - dies[0]) * (1 - falls_ill), (1 - dies[0]) * falls_ill, never, dies[0]],
        [
            (1 - dies[1]) * recovers,
            (1 - dies[1]) * (1 - recovers - worsens),
            (1 - dies[1]) * worsens,
            dies[1],
        ],
        [never, never, 1 - dies[2], dies[2]],
        [never, never, never, never + 1],
    ]
    return np.moveaxis(np.array(rows), 2, 0)[:, None]


def chance(rate):
    """Return the probability within the cycle of one year."""
    return 1 - np.exp(-rate)


def state_values(given, *, with_a, with_b):
    """Return costs and utilities per year, (draw, 1, state) each."""
    drugs = given["c_trtA"] * with_a + given["c_trtB"] * with_b
    cost = [given["c_H"], given["c_S1"] + drugs, given["c_S2"] + drugs, given["c_D"]]
    utility = [given["u_H"], given["u_trtA" if with_a else "u_S1"], given["u_S2"], given["u_D"]]
    return tuple(np.stack(np.broadcast_arrays(*of), axis=1)[:, None] for of in (cost, utility))


def authors_weights(facts):
    """Return the weights of the authors' code: Simpson's with 4/3 and 2/3 the other way round."""
    weights = np.where(np.arange(facts["conventions"]["n_cycles"] + 1) % 2, 2 / 3, 4 / 3)
    weights[[0, -1]] = 1 / 3
    return weights
