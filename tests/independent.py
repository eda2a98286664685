"""The model written a second time, from docs/method.md and the parameter files alone.

It imports nothing of remit and shares no way of calculating with it: a graph of states is written out as
a dictionary for every stratum and strategy and run as a Markov chain by uniformisation, month by month,
with moves counted by quadrature within each month. Plain and slow on purpose. Cycles must be whole months.
``independent_files`` reads the files, ``independent_patients`` says who the patients are and how a therapy
works after others, ``independent_pathway`` draws the graph, ``independent_payment`` pays for therapies; here
the graph is run and valued (sections 7 and 8).
Where the page left two readings open, comments marked "Reading:" say which one the engine's results follow.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from independent_files import PARAMS, Files
from independent_pathway import Graph
from independent_patients import Population
from independent_payment import settle
from independent_sketch import hazards, worths

__all__ = ["CATEGORIES", "PARAMS", "Files", "begun", "graphs", "hazards", "run"]

CATEGORIES = (
    "drug",
    "apheresis_bridging",
    "administration_hospital",
    "hsct",
    "adverse_events",
    "immunoglobulin",
    "follow_up",
    "salvage",
    "end_of_life",
    "future_medical",
    "future_non_medical",
    "productivity",
    "informal_care",
    "travel",
)
MONTH = 1 / 12
STATES = {
    "waiting": "relapse",
    "treated": "relapse",
    "treated in remission": "remission",
    "active": "relapse",
    "remission": "remission",
    "immunoglobulin": "remission",
    "planned": "remission",
    "hsct_first_year": "hsct",
    "hsct_later": "hsct",
}


# Background mortality and values that change with age and time


def background(stratum, time):
    """Return the share alive at a time if there were no leukaemia."""
    values, survivors, table = stratum.v, stratum.files.survivors, stratum.files.life_table
    start = values["age_start"]
    pieces = []
    now = 0.0
    while now < time - 1e-12:
        age = math.floor(start + now + 1e-9)
        end = min(age + 1 - start, time)
        late = now >= survivors - 1e-9
        end = end if late else min(end, survivors)
        pieces.append((min(age, max(table)), (end - now) * (values["smr_survivors"] if late else 1.0)))
        now = end
    total = 0.0
    for sex, share in (("female", values["share_female"]), ("male", 1 - values["share_female"])):
        hazard = sum(-math.log(1 - table[age][sex]) * weight for age, weight in pieces)
        total += share * math.exp(-hazard * values[f"hr_life_table_{sex}"])
    return total


def straight(points, at):
    """Return a value on straight lines between points, level outside them."""
    places = sorted(points)
    if at <= places[0]:
        return points[places[0]]
    for left, right in itertools.pairwise(places):
        if at <= right:
            return points[left] + (points[right] - points[left]) * (at - left) / (right - left)
    return points[places[-1]]


def stairs(points, at):
    """Return the value of the last point that is not after ``at``."""
    return points[max(place for place in points if place <= at + 1e-9)]


def time_prices(stratum, time, middle):
    """Return the cost per year by category and condition at a time, on the side of it where ``middle`` is."""
    v, entries = stratum.v, stratum.files.entries
    age = v["age_start"] + time
    care, work = v["cost_active_disease"], v["cost_productivity_carers"]
    near, road = v["cost_informal_care"], v["cost_travel"]
    follow = v["cost_follow_up"] * stairs(entries["cost_follow_up"]["value"], middle)
    # Reading: costs by age lie on straight lines, as the norm does; costs by time are stairs.
    profiles = {name: entries[f"cost_{name}"]["value"] for name in ("future_medical", "future_non_medical")}
    same = {name: v[f"cost_{name}"] * straight(points, age) for name, points in profiles.items()}
    follow_up = {"follow_up": follow, **same}
    treated = {"productivity": work, "informal_care": near, "travel": road, **same}
    return {
        "waiting": {"administration_hospital": care, "productivity": work, "informal_care": near, **same},
        "active": {"administration_hospital": care, "informal_care": near, **same},
        "treated": treated,
        "treated in remission": treated,
        "hsct_first_year": {"travel": road, **same},
        "hsct_later": follow_up,
        "remission": follow_up,
        "immunoglobulin": follow_up,
        "planned": follow_up,
    }


def utilities(stratum, time, middle):
    """Return the utility of each condition at a time, on the side of it where ``middle`` is."""
    v, early = stratum.v, stratum.files.early
    norm, level = stratum.files.entries["utility_norm"]["value"], v["utility_norm"]
    if middle < early:
        # Reading: the norm is that of the age at which early remission ends, not one that moves with age.
        remission = min(v["utility_remission_early"], level * straight(norm, v["age_start"] + early))
    else:
        lost = max(v["utility_decrement_survivor"], 0.0)
        remission = level * straight(norm, v["age_start"] + time) - lost
    return {
        "waiting": v["utility_active_disease"],
        "active": v["utility_active_disease"],
        "treated": v["utility_on_treatment"],
        "treated in remission": v["utility_on_treatment"],
        "hsct_first_year": v["utility_hsct_first_year"],
        "hsct_later": remission,
        "remission": remission,
        "planned": remission,
        "immunoglobulin": remission - v["utility_decrement_immunoglobulin"],
    }


# Running the graph


# Quadrature within a month: moments after its beginning, and how much of a year each stands for.
PLACES = (np.polynomial.legendre.leggauss(16)[0] + 1) / 2 * MONTH
WITHIN = np.polynomial.legendre.leggauss(16)[1] / 2 * MONTH


def over_a_month(hazards, worth):
    """Return who is where after a month, and the events per year at points within it, by starting state.

    Events have a row for each state and, point by point, a column for each kind.

    By uniformisation: the process as a chain that jumps at one high rate, summed over the number of jumps.
    """
    top = -hazards.diagonal().min()
    step = sparse.csr_array(np.eye(len(hazards)) + hazards / top)
    times = np.append(PLACES, MONTH) * top
    after, events = np.zeros_like(hazards), np.zeros((len(PLACES), *worth.shape))
    power, chance = np.eye(len(hazards)), np.exp(-times)
    for jumps in range(1, int(top * MONTH + 12 * math.sqrt(top * MONTH) + 40)):
        after += chance[-1] * power
        events += chance[:-1, None, None] * worth
        power, worth, chance = step @ power, step @ worth, chance * times / jumps
    after[after < 1e-60] = 0.0
    return after, events.transpose(1, 0, 2).reshape(len(hazards), -1)


def begun(graph):
    """Return the share of patients who start in each state."""
    occupancy = dict.fromkeys(graph.states, 0.0)
    for probability, target, _ in graph.start:
        occupancy[target] += probability
    return np.array(list(occupancy.values()))


def run_graph(graph, living):
    """Return totals of one stratum: life-years, QALYs, costs by category, counts of events.

    ``living`` holds the times between cycles, each with the share alive if there were no leukaemia.
    """
    stratum = graph.s
    ledger = Ledger(stratum)
    worth, kinds = worths(graph)
    early, later = hazards(graph)
    months = {True: over_a_month(early, worth), False: over_a_month(later, worth)}
    counted = conditions_of(graph)
    for probability, _, events in graph.start:
        for kind, amount in events.items():
            ledger.add_event(kind, probability * amount, 0.0)
    present = begun(graph)
    for (start, alive), (end, alive_after) in itertools.pairwise(living):
        middle, width = (start + end) / 2, end - start
        after, events = months[middle < stratum.files.early]
        hazard = -math.log(alive_after / alive) / width
        ledger.add_values(counted, present, start, middle, alive * width / 2)
        moved = np.zeros(len(kinds))
        assert math.isclose(width / MONTH, round(width / MONTH)), "cycles must be whole months"
        for month in range(round(width / MONTH)):
            weights = WITHIN * np.exp(-hazard * (month * MONTH + PLACES))
            moved += weights @ (present @ events).reshape(len(PLACES), -1)
            present = present @ after
            # Numbers too small to be written in full make a processor crawl.
            present[present < 1e-60] = 0.0
        for kind, amount in zip(kinds, moved, strict=True):
            ledger.add_event(kind, alive * float(amount), middle)
        ledger.add_values(counted, present, end, middle, alive_after * width / 2)
    return ledger.totals


class Ledger:
    """What is added up for one stratum, discounted."""

    def __init__(self, stratum):
        self.stratum, self.rates = stratum, stratum.files.discount
        self.totals = dict.fromkeys(("life_years", "qalys", *CATEGORIES), 0.0)

    def add_event(self, kind, amount, time):
        if kind.startswith("n:"):
            self.totals[kind] = self.totals.get(kind, 0.0) + amount
        elif kind == "loss":
            self.totals["qalys"] -= amount * (1 + self.rates["qalys"]) ** -time
        else:
            self.totals[kind] += amount * (1 + self.rates["costs"]) ** -time

    def add_values(self, counted, present, time, middle, weight):
        """Add what the states are worth at one end of a step, in a year times ``weight``."""
        shares = {name: float(row @ present) for name, row in counted.items()}
        totals = self.totals
        costs = weight * (1 + self.rates["costs"]) ** -time
        effects = weight * (1 + self.rates["qalys"]) ** -time
        utility, prices = utilities(self.stratum, time, middle), time_prices(self.stratum, time, middle)
        paying = shares["pays immunoglobulin"]
        totals["immunoglobulin"] += costs * paying * self.stratum.v["cost_immunoglobulin"]
        for condition, state in STATES.items():
            share = shares[condition]
            for key, worth in (("life_years", 1.0), ("qalys", utility[condition])):
                totals[key] += effects * share * worth
                totals[f"{key} {state}"] = totals.get(f"{key} {state}", 0.0) + effects * share * worth
            for category, price in prices[condition].items():
                totals[category] += costs * share * price


def conditions_of(graph):
    """Return what a patient in each state counts for: by condition, and as paying for immunoglobulin."""
    states = graph.states.values()
    rows = {name: [float(state["condition"] == name) for state in states] for name in STATES}
    rows["pays immunoglobulin"] = [state["immunoglobulin"] for state in states]
    return {name: np.array(row) for name, row in rows.items()}


def graphs(files, values, strategy):
    """Return the graph of every stratum with the stratum's share, at parameter values in the files' units."""
    population = Population(files, files.in_years(values))
    found = [(Graph(stratum, files.lines(strategy)), share) for stratum, share in population.strata()]
    with threadpool_limits(1):
        for graph, _ in found:
            settle(graph)
    return found


def run(files, values, strategy):
    """Return the totals of a strategy at parameter values in the files' units."""
    totals, living = {}, {}
    for graph, share in graphs(files, values, strategy):
        age = graph.v["age_start"]
        if age not in living:
            living[age] = [(time, background(graph.s, time)) for time in files.steps]
        with threadpool_limits(1):
            found = run_graph(graph, living[age])
        for key, amount in found.items():
            totals[key] = totals.get(key, 0.0) + share * amount
    totals["costs"] = sum(totals[category] for category in CATEGORIES)
    return totals
