"""The second model's way of paying for therapies (section 8 of docs/method.md)."""

from __future__ import annotations

import functools

from scipy import linalg

from independent_sketch import DEAD, hazards

MONTH = 1 / 12
STAYING = ("remission", "treated in remission", "immunoglobulin", "planned", "hsct_first_year", "hsct_later")


def settle(graph):
    """Put what is paid of prices among the costs of all moves of a graph."""
    paying = Paying(graph)
    graph.start = [(share, target, paying.settled(target, events)) for share, target, events in graph.start]
    for state in graph.states.values():
        moves = state["moves"]
        state["moves"] = [(rate, target, paying.settled(target, events)) for rate, target, events in moves]


class Paying:
    """How the therapies of one graph are paid for."""

    def __init__(self, graph):
        self.graph, self.files = graph, graph.s.files
        self.index = {name: place for place, name in enumerate(graph.states)}

    def settled(self, target, events):
        known = {key: amount for key, amount in events.items() if isinstance(key, str)}
        for key, amount in events.items():
            if key not in known:
                what, therapy, *course = key
                way = (self.files.settings.get("payment") or {}).get(therapy, {})
                share = way.get("not_given", 0) if what == "unused" else self.due(way, course[0], target)
                price = self.graph.v[f"cost_drug_{therapy}"] * (1 - way.get("discount", 0))
                known["drug"] = known.get("drug", 0.0) + amount * price * share
        return known

    def due(self, way, course, target):
        """Return the share of a price that comes to be paid after an infusion, discounted to it."""
        total, rate = 0.0, self.files.discount["costs"]
        for each in way.get("due", [{"month": 0, "share": 1}]):
            time = each["month"] * MONTH
            total += each["share"] * self.chance(course, target, time, each) * (1 + rate) ** -time
        return total

    def chance(self, course, target, time, instalment):
        """Return the probability that an instalment is due so long after an infusion."""
        only_if = instalment.get("only_if", "always")
        if only_if == "always" or target == DEAD:
            return 1.0 if only_if == "always" else 0.0
        total = 0.0
        for name, share in zip(self.index, self.after(time)[self.index[target]].tolist(), strict=True):
            own = name.startswith(f"{course}:") and self.graph.states[name]["condition"] in STAYING
            total += share if only_if == "alive" or own else 0.0
        return total

    def after(self, time):
        """Return who is where after a time, by starting state."""
        return over(self.graph, time, self.files.early)


@functools.lru_cache(maxsize=8)
def over(graph, time, early):
    before, later = hazards(graph)
    return linalg.expm(before * min(time, early)) @ linalg.expm(later * max(time - early, 0.0))
