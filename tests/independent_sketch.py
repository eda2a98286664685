"""The second model's drawing board: states with their moves, what events cost, and both as matrices."""

from __future__ import annotations

import math

import numpy as np

DEAD = "dead"


def merged(*events):
    total = {}
    for each in events:
        for key, amount in each.items():
            total[key] = total.get(key, 0.0) + amount
    return total


def scaled(share, ways):
    return [(share * part, target, events) for part, target, events in ways if share * part]


class Sketch:
    """States with their moves, for one stratum.

    A state is {"condition", "moves": [(hazard, state, events)], "excess", "immunoglobulin"}. Events are
    amounts by category, with QALY losses under "loss", counts under "n:<event>" and shares of a price, until
    it is known what is paid of it, under ("price", therapy, line and history) and ("unused", therapy).
    A way is a list of (probability, state, events).
    """

    def __init__(self, stratum):
        self.s, self.v = stratum, stratum.v
        self.states = {}

    def state(self, name, condition, *, excess=False, immunoglobulin=0.0):
        assert name not in self.states, name
        self.states[name] = {
            "condition": condition,
            "moves": [],
            "excess": excess,
            "immunoglobulin": immunoglobulin,
        }

    def move(self, name, hazard, ways, events=None):
        assert math.isclose(sum(share for share, _, _ in ways), 1, abs_tol=1e-10), f"{name} loses somebody"
        for probability, target, more in ways:
            amount = hazard * probability
            if amount:
                self.states[name]["moves"].append((amount, target, merged(events or {}, more)))

    def stay(self, label, condition, rates, end, hazards, **kinds):
        """Make the phases of a sojourn and return the way in; ``hazards``: (rate, way by phase, events)."""
        for number, rate in enumerate(rates):
            name = f"{label} {number}"
            self.state(name, condition, **kinds)
            for hazard, way, events in hazards:
                self.move(name, hazard, way(number) if callable(way) else way, events)
            last = number == len(rates) - 1
            self.move(name, rate, end if last else [(1.0, f"{label} {number + 1}", {})])
        return [(1.0, f"{label} 0", {})]

    # Prices of events

    def price_of_infusion(self, label, therapy):
        v = self.v
        crs, icans, times, more = self.s.severe(therapy)
        severe = v.get(f"share_cost_severe_toxicity_{therapy}", 0.0)
        course = 1.0
        if f"share_course_when_stopped_{therapy}" in v:
            course -= more * (1 - v[f"share_course_when_stopped_{therapy}"])
        return {
            "drug": v.get(f"cost_lymphodepletion_drug_{therapy}", 0.0),
            ("price", therapy, label): course,
            "administration_hospital": v[f"cost_administration_{therapy}"]
            + v.get(f"cost_lymphodepletion_administration_{therapy}", 0.0),
            "adverse_events": v[f"cost_adverse_events_{therapy}"] * (1 - severe + severe * times),
            "loss": crs * v["qaly_loss_severe_crs"] + icans * v["qaly_loss_severe_icans"],
            "n:infusion": 1.0,
        }

    def price_of_hsct(self):
        v = self.v
        return {
            "hsct": v["cost_hsct_first_year"],
            "productivity": v["cost_productivity_carers"] * v["time_friction"],
            "n:hsct": 1.0,
        }

    def leukaemia_death(self):
        return [(1.0, DEAD, {"end_of_life": self.v["cost_end_of_life"], "n:leukaemia_death": 1.0})]

    def dies_of_treatment(self, therapy):
        return self.v[f"p_death_treatment_{therapy}"] * self.s.severe(therapy)[2]


# As matrices


def hazards(graph):
    """Return hazards between states, while there is excess death in remission and after."""
    index = {name: i for i, name in enumerate(graph.states)}
    later = np.zeros((len(index), len(index)))
    excess = np.zeros(len(index))
    for name, state in graph.states.items():
        i = index[name]
        excess[i] = graph.v["rate_death_remission_excess"] if state["excess"] else 0.0
        for hazard, target, _ in state["moves"]:
            later[i, i] -= hazard
            if target != DEAD:
                later[i, index[target]] += hazard
    return later - np.diag(excess), later


def worths(graph):
    """Return the worth of events per year in each state, (state, kind), and their kinds."""
    kinds = sorted({kind for s in graph.states.values() for _, _, events in s["moves"] for kind in events})
    worth = np.zeros((len(graph.states), len(kinds)))
    for i, state in enumerate(graph.states.values()):
        for hazard, _, events in state["moves"]:
            for kind, amount in events.items():
                worth[i, kinds.index(kind)] += hazard * amount
    return worth, kinds
