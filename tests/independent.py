"""The model written a second time, from docs/method.md and the parameter files alone.

It imports nothing of remit and shares no way of calculating with it: a graph of states is written out as
a dictionary for every stratum and strategy and run as a Markov chain by uniformisation, month by month,
with moves counted by quadrature within each month. Plain and slow on purpose. Cycles must be whole months.
Where the page left two readings open, comments marked "Reading:" say which one the engine's results follow.
"""

from __future__ import annotations

import csv
import functools
import itertools
import math
from pathlib import Path

import numpy as np
import yaml
from scipy import linalg, optimize, sparse

PARAMS = Path(__file__).resolve().parents[1] / "params"
YEARS_IN = {"year": 1.0, "month": 1 / 12, "day": 1 / 365.25}
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
DEAD = "dead"
MONTH = 1 / 12
STATES = {
    "waiting": "relapse",
    "treated": "relapse",
    "active": "relapse",
    "remission": "remission",
    "immunoglobulin": "remission",
    "planned": "remission",
    "hsct_first_year": "hsct",
    "hsct_later": "hsct",
}


# Files


@functools.cache
def read(path):
    return yaml.safe_load((PARAMS / path).read_text(encoding="utf-8"))


def years(text):
    number, unit = text.split()
    return float(number) * YEARS_IN[unit.rstrip("s")]


SETTINGS = read("base.yaml")["settings"]
EARLY = years(SETTINGS["early_remission"])
SURVIVORS = years(SETTINGS["survivor_mortality_from"])
RATES = {"costs": SETTINGS["discount_costs"], "qalys": SETTINGS["discount_qalys"]}
REFERENCE = SETTINGS["hsct_reference"]


def grid():
    """Return the times between cycles, from 0 to the horizon."""
    horizon, times = years(SETTINGS["horizon"]), [0.0]
    for part in SETTINGS["cycle"]:
        length, end = years(part["length"]), years(part.get("until", SETTINGS["horizon"]))
        first = times[-1]
        number = math.ceil((min(end, horizon) - first) / length - 1e-9)
        times += [min(first + step * length, horizon) for step in range(1, number + 1)]
    return times


@functools.cache
def entries():
    """Return every parameter's entry by name."""
    files = (
        "populations/paediatric.yaml",
        "disease/b-all.yaml",
        "costs/netherlands.yaml",
        "utilities/netherlands.yaml",
        "therapies/blinatumomab.yaml",
        "therapies/tisagenlecleucel.yaml",
    )
    found = {}
    for file in files:
        found.update(read(file)["parameters"])
    return found


@functools.cache
def life_table():
    lines = (PARAMS / "mortality/us_2014.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {int(row["age"]): {sex: float(row[sex]) for sex in ("male", "female")} for row in rows}


def mean_of(entry):
    """Return the mean of one parameter in its unit; of a profile, of its level."""
    value, spread = entry["value"], entry["uncertainty"]
    if entry.get("by"):
        return 1.0
    if isinstance(value, dict):
        return value
    if spread["type"] == "lognormal":
        return value * math.exp(spread["sdlog"] ** 2 / 2)
    if spread["type"] == "beta" and "a" in spread:
        return spread["a"] / (spread["a"] + spread["b"])
    if spread["type"] == "beta" and "events" in spread:
        return spread["events"] / spread["n"]
    return value


@functools.cache
def posterior():
    """Return the draws of the parameters that the calibration fitted, by column."""
    lines = (PARAMS / "posteriors/base.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def means():
    """Return the mean of every parameter in the files' units, of those fitted over the posterior's rows."""
    found = {}
    for name, entry in entries().items():
        mean = mean_of(entry)
        if isinstance(mean, dict):
            found.update({f"{name}_{component}": share for component, share in mean.items()})
        else:
            found[name] = mean
    fitted = {name: math.fsum(column) / len(column) for name, column in posterior().items()}
    assert set(fitted) <= set(found)
    return found | fitted


def to_years(values):
    """Return the same with times in years and rates and costs per year."""
    units = {}
    for name, entry in entries().items():
        unit = "level" if entry.get("by") else entry["unit"]
        columns = [f"{name}_{key}" for key in entry["value"]] if isinstance(entry["value"], dict) else [name]
        units.update(dict.fromkeys([name] if entry.get("by") else columns, unit))
    changed = {}
    for name, value in values.items():
        unit = units[name]
        if unit.rstrip("s") in YEARS_IN:
            changed[name] = value * YEARS_IN[unit.rstrip("s")]
        elif "per " in unit:
            changed[name] = value / YEARS_IN[unit.split("per ")[1]]
        else:
            changed[name] = value
    return changed


# Small pieces


def logit(p):
    return math.log(p / (1 - p))


def expit(x):
    return 1 / (1 + math.exp(-x))


def root(function, low, high):
    return optimize.brentq(function, low, high, xtol=1e-15, rtol=1e-14)


def phases(mean, cv, place):
    """Return the rates of a sojourn's exponential phases."""
    number = min(max(round(1 / cv**2), 1), 3)
    s = 0.008 * (place % 7)
    if number == 1:
        shares = [1.0]
    elif number == 2:
        x = 0.5 + math.sqrt(max(2 * cv * cv - 1, 0)) / 2
        x = min(max(x, 0.55), 0.95)
        shares = [x - s / 4, 1 - x + s / 4]
    else:
        shares = [0.15 - s / 2, 0.30, 0.55 + s / 2]
    return [1 / (mean * share) for share in shares]


def outlive(rates, hazard):
    """Return the probability of coming to the end of all phases before an event at ``hazard``."""
    return math.prod(rate / (rate + hazard) for rate in rates)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def under_ratio(d, rate, ratio):
    """Return the durable share and fragile rate under a ratio on the whole hazard."""
    if ratio == 1 or d == 1:
        return d, rate
    total = 0.0
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        u = d + (1 - d) * (node + 1) / 2
        total += weight * (1 - d) / 2 * (u**ratio - d**ratio) / (u - d)
    return d**ratio, rate * (1 - d**ratio) / total


def unmix(d, rate, ratio, weight):
    """Return the curve that, mixed with itself under ``ratio`` at ``weight``, gives back (d, rate)."""
    if d == 1:
        return d, rate
    low = root(lambda x: (1 - weight) * x + weight * x**ratio - d, 0.0, 1.0) if d > 0 else d
    other, relative = under_ratio(low, 1.0, ratio)
    time = (1 - weight) * (1 - low) + weight * (1 - other) / relative
    return low, rate * time / (1 - d)


# One stratum


class Stratum:
    """What holds for patients of one tempo."""

    def __init__(self, values, tempo):
        self.v = values
        self.tempo = tempo
        self.h = values.get(f"hr_tempo_{tempo}", 1.0)

    def wait(self, therapy, place=0):
        return phases(self.v[f"time_wait_{therapy}"], self.v.get(f"shape_wait_{therapy}", 1.0), place)

    def share_treated(self, therapy):
        out = outlive(self.wait(therapy), self.v["rate_death_waiting"] * self.h)
        again = outlive(self.wait(therapy, 1), self.v["rate_death_waiting"] * self.h)
        fail = self.v.get(f"p_manufacturing_failure_{therapy}", 0.0)
        second = self.v.get(f"p_second_manufacture_{therapy}", 0.0)
        return out * (1 - fail) + out * fail * second * again * (1 - fail)


def tempos(values):
    names = read("populations/paediatric.yaml")["population"]["tempo"]
    return {name: values[f"share_tempo_{name}"] for name in names}


def fit_for_next(values, stratum, parameter):
    """Return the chance of being fit in a stratum, the mean over strata being the parameter."""
    shares = tempos(values)
    hazards = {name: values.get(f"hr_tempo_{name}", 1.0) for name in shares}
    p = root(lambda x: sum(shares[n] * x ** hazards[n] for n in shares) - values[parameter], 0.0, 1.0)
    return p**stratum.h


def remission_share(values, stratum, therapy):
    """Return the chance of remission of all treated in a stratum."""
    target = values[f"p_cr_{therapy}"]
    shares = tempos(values)
    ratios = {name: values.get(f"or_cr_{name}_{therapy}", 1.0) for name in shares}
    if all(ratio == 1 for ratio in ratios.values()):
        return target
    weights = {name: shares[name] * Stratum(values, name).share_treated(therapy) for name in shares}
    total = sum(weights.values())

    def gap(x):
        return sum(weights[n] / total * expit(x + math.log(ratios[n])) for n in shares) - target

    return expit(root(gap, -30, 30) + math.log(ratios[stratum.tempo]))


def same_antigen(one, other):
    return len({read(f"therapies/{name}.yaml")["therapy"]["antigen"] for name in (one, other)}) == 1


def response_after(values, stratum, therapy, earlier, failure):
    """Return chance of remission, durable share and fragile rate of a therapy, given what came before it."""
    v = values
    p = remission_share(v, stratum, therapy)
    d, rate = v[f"share_durable_{therapy}"], v[f"rate_relapse_fragile_{therapy}"]
    key = f"log_or_cr_later_after_nonresponse_{earlier}"
    if earlier is None or failure == "not_infused" or key not in v or not same_antigen(earlier, therapy):
        return p, d, rate
    q = remission_share(v, stratum, earlier)
    c, b = v[f"share_causal_modulation_{earlier}"], v[key]
    x = root(lambda x: q * expit(x) + (1 - q) * expit(x + (1 - c) * b) - p, -40, 40)
    p_not = expit(x + (1 - c) * b)
    ratio = v[f"hr_relapse_later_after_nonresponse_{earlier}"]
    d_r, rate_r = unmix(d, rate, ratio ** (1 - c), (1 - q) * p_not / p)
    if failure == "no_response":
        curve = under_ratio(*under_ratio(d_r, rate_r, ratio ** (1 - c)), ratio**c)
        return expit(logit(p_not) + c * b), *curve
    curve = under_ratio(d_r, rate_r, v[f"hr_relapse_later_after_relapse_{earlier}"] ** c)
    return expit(x + c * v[f"log_or_cr_later_after_relapse_{earlier}"]), *curve


def negative_share(values, therapy, earlier, failure):
    """Return the share whose disease no longer carries the antigen of the next therapy."""
    if failure == "not_infused" or not same_antigen(earlier, therapy):
        return 0.0
    if failure == "relapse":
        return values.get(f"share_antigen_after_relapse_{earlier}_negative", 0.0)
    seen = values.get(f"share_antigen_after_nonresponse_{earlier}_negative")
    if seen is None:
        return 0.0
    naive = values["share_antigen_naive_cd19_negative"]
    return naive + values[f"share_causal_modulation_{earlier}"] * (seen - naive)


def mrd_classes(values, therapy, d, rate):
    """Return share and relapse hazard of each class of remissions."""
    negative = values[f"share_mrd_negative_{therapy}"]
    d0, rate0 = unmix(d, rate, values["hr_relapse_mrd_positive"], 1 - negative)
    d1, rate1 = under_ratio(d0, rate0, values["hr_relapse_mrd_positive"])
    return {
        "durable": (negative * d0 + (1 - negative) * d1, 0.0),
        "fragile, MRD-negative": (negative * (1 - d0), rate0),
        "fragile, MRD-positive": ((1 - negative) * (1 - d1), rate1),
    }


def rescue_by_hsct(values):
    """Return the share of transplanted fragile patients who become durable."""
    v = values
    rates = phases(v[f"time_to_hsct_{REFERENCE}"], v.get(f"shape_to_hsct_{REFERENCE}", 1.0), 0)
    excess = v["rate_death_remission_excess"]
    # Reading: those transplanted are counted by MRD class, though together they follow the trial's curve.
    trial = v[f"share_durable_{REFERENCE}"], v[f"rate_relapse_fragile_{REFERENCE}"]
    classes = mrd_classes(v, REFERENCE, *trial)
    reach = sum(share * outlive(rates, excess + hazard) for share, hazard in classes.values())
    share, hazard = classes["durable"]
    d_t = share * outlive(rates, excess + hazard) / reach
    result = 0.0
    for weight, which in ((1 - v["p_prior_hsct"], "first"), (v["p_prior_hsct"], "second")):
        rescue = (v[f"share_durable_after_{which}_hsct"] - d_t) / (1 - d_t) if d_t < 1 else 0.0
        result += weight * min(max(rescue, 0.0), 1.0)
    return result


# The graph of states


def merged(*events):
    total = {}
    for each in events:
        for key, amount in each.items():
            total[key] = total.get(key, 0.0) + amount
    return total


class Graph:
    """States with their moves, for one stratum and strategy.

    A state is {"condition", "moves": [(hazard, state, events)], "excess", "immunoglobulin"}. Events are
    amounts by category, with QALY losses under "loss", counts under "n:<event>" and prices of therapies,
    until it is known what is paid of them, under "price <therapy>".
    A way in is a list of (probability, state, events).
    """

    def __init__(self, values, tempo, lines, infused=False, payment=None):
        self.v = values
        self.payment = {**SETTINGS["payment"], **(payment or {})}
        self.s = Stratum(values, tempo)
        self.lines = lines
        self.states = {}
        self.ways = {}
        self.rescue = rescue_by_hsct(values)
        if infused:
            self.start = self.way_into_treatment("line 0", 0, None, None)
        else:
            self.start = self.way_into_line(0, None, None)
        for moves in (self.start, *(state["moves"] for state in self.states.values())):
            for _, target, events in moves:
                self.settle(target, events)

    def state(self, name, condition, excess=False, immunoglobulin=0.0):
        self.states[name] = {
            "condition": condition,
            "moves": [],
            "excess": excess,
            "immunoglobulin": immunoglobulin,
        }
        return self.states[name]["moves"]

    def move(self, name, hazard, ways, events=None):
        for probability, target, more in ways:
            amount = hazard * probability
            if amount:
                self.states[name]["moves"].append((amount, target, merged(events or {}, more)))

    # Prices of events

    def price_of_start(self, therapy):
        v = self.v
        if f"cost_apheresis_{therapy}" not in v:
            return {}
        bridging = v[f"share_bridging_{therapy}"] * v[f"cost_bridging_{therapy}"]
        return {"apheresis_bridging": v[f"cost_apheresis_{therapy}"] + bridging, "n:apheresis": 1.0}

    def price_of_infusion(self, therapy):
        v = self.v
        loss = v[f"p_severe_crs_{therapy}"] * v["qaly_loss_severe_crs"]
        loss += v[f"p_severe_icans_{therapy}"] * v["qaly_loss_severe_icans"]
        return {
            "drug": v.get(f"cost_lymphodepletion_drug_{therapy}", 0.0),
            f"price {therapy}": v[f"cost_drug_{therapy}"],
            "administration_hospital": v[f"cost_administration_{therapy}"]
            + v.get(f"cost_lymphodepletion_administration_{therapy}", 0.0),
            "adverse_events": v[f"cost_adverse_events_{therapy}"],
            "loss": loss,
            "n:infusion": 1.0,
        }

    def settle(self, target, events):
        """Put what is paid of a price among the costs of an infusion that leads to a state."""
        for therapy in {line["therapy"] for line in self.lines}:
            price = events.pop(f"price {therapy}", None)
            if price is not None:
                events["drug"] += price * self.paid(therapy, target)

    def paid(self, therapy, target):
        """Return the share of a price that is paid after an infusion, discounted to it."""
        way = self.payment.get(therapy, {})
        due = way.get("due", [{"month": 0, "share": 1}])
        total = 0.0
        for each in due:
            chance = self.chance(target, each["month"] * MONTH, each.get("only_if", "always"))
            total += each["share"] * chance * (1 + RATES["costs"]) ** (-each["month"] * MONTH)
        return (1 - way.get("discount", 0)) * total

    def chance(self, target, time, only_if):
        """Return the probability to be alive, or in the remission of this very line, after an infusion."""
        if only_if == "always":
            return 1.0
        early, later, *_ = matrices(self, self.v)
        share = linalg.expm(early * min(time, EARLY)) @ linalg.expm(later * max(time - EARLY, 0.0))
        share = dict(zip(self.states, share[list(self.states).index(target)].tolist(), strict=True))
        if only_if == "in_remission":
            own = target.split(":")[0] + ":"
            share = {
                name: part
                for name, part in share.items()
                if name.startswith(own) and STATES[self.states[name]["condition"]] in ("remission", "hsct")
            }
        return sum(share.values())

    def price_of_hsct(self):
        v = self.v
        return {
            "hsct": v["cost_hsct_first_year"],
            "productivity": v["cost_productivity_carers"] * v["time_friction"],
            "n:hsct": 1.0,
        }

    def leukaemia_death(self):
        return (1.0, DEAD, {"end_of_life": self.v["cost_end_of_life"], "n:leukaemia_death": 1.0})

    # Failure, next line, salvage (section 6)

    def way_after_failure(self, line, failure):
        if (line, failure) not in self.ways:
            self.ways[line, failure] = self.make_way_after_failure(line, failure)
        return self.ways[line, failure]

    def make_way_after_failure(self, line, failure):
        v = self.v
        therapy = self.lines[line]["therapy"]
        ways, left = [], 1.0
        for later in range(line + 1, len(self.lines)):
            if failure not in self.lines[later]["after"]:
                continue
            after = "relapse" if failure == "relapse" else "nonresponse"
            fit = fit_for_next(v, self.s, f"p_fit_after_{after}")
            given = fit * (1 - negative_share(v, self.lines[later]["therapy"], therapy, failure))
            left = 1 - given
            for probability, target, events in self.way_into_line(later, therapy, failure):
                ways.append((given * probability, target, events))
            break
        for probability, target, events in self.way_into_salvage(therapy, failure):
            ways.append((left * probability, target, events))
        return ways

    def way_into_salvage(self, therapy, failure):
        v = self.v
        suffix = {
            "not_infused": "not_treated",
            "relapse": f"after_relapse_{therapy}",
            "no_response": f"after_nonresponse_{therapy}",
        }[failure]
        rescued = v[f"p_rescue_{suffix}"]
        hazard = v[f"rate_death_{suffix}"] * (1.0 if failure == "relapse" else self.s.h)
        name = f"active {suffix}"
        if name not in self.states:
            self.state(name, "active")
            self.move(name, hazard, [self.leukaemia_death()])
        if "rescued" not in self.states:
            self.state("rescued", "remission", excess=True)
        salvage = {
            "salvage": v["cost_salvage"],
            "hsct": v["p_hsct_salvage"] * v["cost_hsct_first_year"],
            "n:salvage": 1.0,
        }
        friction = v["time_friction"]
        lost = -math.expm1(-hazard * friction) / hazard if hazard else friction
        active = {"productivity": v["cost_productivity_carers"] * lost, "n:active_disease": 1.0}
        return [(rescued, "rescued", salvage), (1 - rescued, name, merged(salvage, active))]

    # One line of therapy (sections 2 to 5)

    def way_into_line(self, line, earlier, failure):
        label = f"line {line} after {failure}"
        therapy = self.lines[line]["therapy"]
        not_infused = self.way_after_failure(line, "not_infused")
        treated = self.way_into_treatment(label, line, earlier, failure)
        second = self.v.get(f"p_second_manufacture_{therapy}", 0.0)
        fail = self.v.get(f"p_manufacturing_failure_{therapy}", 0.0)
        end = [((1 - fail) * p, target, events) for p, target, events in treated]
        end += [(fail * p, target, events) for p, target, events in not_infused]
        if second:
            self.make_wait(f"{label}: second wait", therapy, 5 * line + 1, not_infused, end)
            first = [((1 - fail) * p, target, events) for p, target, events in treated]
            first.append((fail * second, f"{label}: second wait 0", {}))
            first += [(fail * (1 - second) * p, target, events) for p, target, events in not_infused]
            end = first
        self.make_wait(f"{label}: wait", therapy, 5 * line, not_infused, end)
        return [(1.0, f"{label}: wait 0", self.price_of_start(therapy))]

    def make_wait(self, label, therapy, place, not_infused, end):
        died = self.v["share_death_waiting"]
        rates = self.s.wait(therapy, place)
        for number, rate in enumerate(rates):
            name = f"{label} {number}"
            self.state(name, "waiting")
            hazard = self.v["rate_death_waiting"] * self.s.h
            # Reading: everybody lost while waiting had a product made; a failed manufacture is not charged.
            way = self.payment.get(therapy, {})
            share = (1 - way.get("discount", 0)) * way.get("not_given", 0)
            charge = {"drug": share * self.v[f"cost_drug_{therapy}"]}
            self.move(name, hazard * died, [self.leukaemia_death()], charge)
            self.move(name, hazard * (1 - died), not_infused, charge)
            last = number == len(rates) - 1
            self.move(name, rate, end if last else [(1.0, f"{label} {number + 1}", {})])

    def way_into_treatment(self, label, line, earlier, failure):
        v = self.v
        therapy = self.lines[line]["therapy"]
        hazard = v[f"rate_death_treated_{therapy}"] * self.s.h
        rates = phases(v[f"time_response_{therapy}"], v.get(f"shape_response_{therapy}", 1.0), 5 * line + 2)
        r = outlive(rates, hazard)
        p, d, relapse = response_after(v, self.s, therapy, earlier, failure)
        killed = min(v[f"p_death_treatment_{therapy}"] / r, 1.0)
        responds = min(p / r, 1 - killed)
        end = [(killed, DEAD, {"n:treatment_death": 1.0})]
        for probability, target, events in self.way_into_remission(label, line, d, relapse):
            end.append((responds * probability, target, events))
        for probability, target, events in self.way_after_failure(line, "no_response"):
            end.append(((1 - killed - responds) * probability, target, events))
        for number, rate in enumerate(rates):
            name = f"{label}: treated {number}"
            self.state(name, "treated")
            self.move(name, hazard, [self.leukaemia_death()])
            last = number == len(rates) - 1
            self.move(name, rate, end if last else [(1.0, f"{label}: treated {number + 1}", {})])
        return [(1.0, f"{label}: treated 0", self.price_of_infusion(therapy))]

    def way_into_remission(self, label, line, d, relapse):
        v = self.v
        therapy = self.lines[line]["therapy"]
        relapsed = self.way_after_failure(line, "relapse")
        classes = mrd_classes(v, therapy, d, relapse)
        wait = phases(v[f"time_to_hsct_{therapy}"], v.get(f"shape_to_hsct_{therapy}", 1.0), 5 * line + 3)
        excess = v["rate_death_remission_excess"]
        reach = sum(share * outlive(wait, excess + hazard) for share, hazard in classes.values())
        planned = min(v[f"p_hsct_remission_{therapy}"] / reach, 1.0)
        on = v.get(f"p_immunoglobulin_{therapy}", 0.0)
        self.make_hsct(label, line, relapse, relapsed)
        ways = []
        for kind, (share, hazard) in classes.items():
            plain, helped = f"{label}: {kind}", f"{label}: {kind}, immunoglobulin"
            self.state(plain, "remission", excess=True)
            self.move(plain, hazard, relapsed)
            self.state(helped, "immunoglobulin", excess=True, immunoglobulin=1.0)
            self.move(helped, hazard, relapsed)
            if on:
                self.move(helped, 1 / v[f"time_immunoglobulin_{therapy}"], [(1.0, plain, {})])
            for number, rate in enumerate(wait):
                name = f"{label}: {kind}, planned {number}"
                self.state(name, "planned", excess=True, immunoglobulin=on)
                self.move(name, hazard, relapsed)
                if number < len(wait) - 1:
                    self.move(name, rate, [(1.0, f"{label}: {kind}, planned {number + 1}", {})])
                else:
                    lasting = 1.0 if kind == "durable" else self.rescue
                    into = [
                        (lasting, f"{label}: durable, first year 0", {}),
                        (1 - lasting, f"{label}: fragile, first year 0", {}),
                    ]
                    self.move(name, rate, into, self.price_of_hsct())
            ways.append((share * planned, f"{label}: {kind}, planned 0", {}))
            ways.append((share * (1 - planned) * on, helped, {}))
            ways.append((share * (1 - planned) * (1 - on), plain, {}))
        return ways

    def make_hsct(self, label, line, relapse, relapsed):
        v = self.v
        year = phases(v["time_hsct_first_year"], v.get("shape_hsct_first_year", 1.0), 5 * line + 4)
        prior = v["p_prior_hsct"]
        mortality = (1 - prior) * v["p_trm_first_hsct"] + prior * v["p_trm_second_hsct"]
        dies = 1 - (1 - mortality) ** (1 / len(year))
        later = {"hsct": v["cost_hsct_later_years"] * v["time_hsct_later_years"], "n:hsct_later": 1.0}
        for kind, hazard in (("durable", 0.0), ("fragile", relapse)):
            self.state(f"{label}: {kind}, after HSCT", "hsct_later")
            self.move(f"{label}: {kind}, after HSCT", hazard, relapsed)
            for number, rate in enumerate(year):
                name = f"{label}: {kind}, first year {number}"
                self.state(name, "hsct_first_year")
                self.move(name, hazard, relapsed)
                onward = (1 - dies, f"{label}: {kind}, first year {number + 1}", {})
                if number == len(year) - 1:
                    onward = (1 - dies, f"{label}: {kind}, after HSCT", later)
                self.move(name, rate, [(dies, DEAD, {"n:transplant_death": 1.0}), onward])


# Background mortality and values that change with age and time


def background(values, time):
    """Return the share alive at a time if there were no leukaemia."""
    start, table = values["age_start"], life_table()
    pieces = []
    now = 0.0
    while now < time - 1e-12:
        age = math.floor(start + now + 1e-9)
        end = min(age + 1 - start, time)
        late = now >= SURVIVORS - 1e-9
        end = end if late else min(end, SURVIVORS)
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


def time_prices(values, time, middle):
    """Return the cost per year by category and condition at a time, on the side of it where ``middle`` is."""
    v = values
    age = v["age_start"] + time
    care, work = v["cost_active_disease"], v["cost_productivity_carers"]
    near, road = v["cost_informal_care"], v["cost_travel"]
    follow = v["cost_follow_up"] * stairs(entries()["cost_follow_up"]["value"], middle)
    # Reading: costs by age lie on straight lines, as the norm does; costs by time are stairs.
    profiles = {name: entries()[f"cost_{name}"]["value"] for name in ("future_medical", "future_non_medical")}
    same = {name: v[f"cost_{name}"] * straight(points, age) for name, points in profiles.items()}
    follow_up = {"follow_up": follow, **same}
    return {
        "waiting": {"administration_hospital": care, "productivity": work, "informal_care": near, **same},
        "active": {"administration_hospital": care, "informal_care": near, **same},
        "treated": {"productivity": work, "informal_care": near, "travel": road, **same},
        "hsct_first_year": {"travel": road, **same},
        "hsct_later": follow_up,
        "remission": follow_up,
        "immunoglobulin": follow_up,
        "planned": follow_up,
    }


def utilities(values, time, middle):
    """Return the utility of each condition at a time, on the side of it where ``middle`` is."""
    v = values
    norm, level = entries()["utility_norm"]["value"], v["utility_norm"]
    if middle < EARLY:
        # Reading: the norm is that of the age at which early remission ends, not one that moves with age.
        remission = min(v["utility_remission_early"], level * straight(norm, v["age_start"] + EARLY))
    else:
        lost = max(v["utility_decrement_survivor"], 0.0)
        remission = level * straight(norm, v["age_start"] + time) - lost
    return {
        "waiting": v["utility_active_disease"],
        "active": v["utility_active_disease"],
        "treated": v["utility_on_treatment"],
        "hsct_first_year": v["utility_hsct_first_year"],
        "hsct_later": remission,
        "remission": remission,
        "planned": remission,
        "immunoglobulin": remission - v["utility_decrement_immunoglobulin"],
    }


# Running the graph


# Quadrature within a month: moments after its beginning, and how much of a year each stands for.
PLACES = (np.polynomial.legendre.leggauss(12)[0] + 1) / 2 * MONTH
WITHIN = np.polynomial.legendre.leggauss(12)[1] / 2 * MONTH


def matrices(graph, values):
    """Return hazards between states (early, later) and, by state, events per year with their kinds."""
    index = {name: i for i, name in enumerate(graph.states)}
    kinds = sorted({k for s in graph.states.values() for _, _, e in s["moves"] for k in e})
    later = np.zeros((len(index), len(index)))
    worth = np.zeros((len(index), len(kinds)))
    excess = np.zeros(len(index))
    for name, state in graph.states.items():
        i = index[name]
        excess[i] = values["rate_death_remission_excess"] if state["excess"] else 0.0
        for hazard, target, events in state["moves"]:
            later[i, i] -= hazard
            if target != DEAD:
                later[i, index[target]] += hazard
            for kind, amount in events.items():
                worth[i, kinds.index(kind)] += hazard * amount
    return later - np.diag(excess), later, worth, kinds


def over_a_month(hazards, worth):
    """Return who is where after a month, and the events per year at points within it, by starting state.

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
    return after, events


def run_graph(graph, values, living):
    """Return totals of one stratum: life-years, QALYs, costs by category, counts of events.

    ``living`` holds the times between cycles, each with the share alive if there were no leukaemia.
    """
    early, later, worth, kinds = matrices(graph, values)
    months = {True: over_a_month(early, worth), False: over_a_month(later, worth)}
    totals = dict.fromkeys(("life_years", "qalys", *CATEGORIES), 0.0)
    occupancy = dict.fromkeys(graph.states, 0.0)
    for probability, target, events in graph.start:
        occupancy[target] += probability
        for kind, amount in events.items():
            add_event(totals, kind, probability * amount, 0.0)
    present = np.array(list(occupancy.values()))
    for (start, alive), (end, alive_after) in itertools.pairwise(living):
        middle, width = (start + end) / 2, end - start
        after, events = months[middle < EARLY]
        hazard = -math.log(alive_after / alive) / width
        add_values(totals, held(graph, present), values, start, middle, alive * width / 2)
        moved = np.zeros(len(kinds))
        for month in range(round(width / MONTH)):
            moved += WITHIN * np.exp(-hazard * (month * MONTH + PLACES)) @ (present @ events)
            present = present @ after
        for kind, amount in zip(kinds, moved, strict=True):
            add_event(totals, kind, alive * float(amount), middle)
        add_values(totals, held(graph, present), values, end, middle, alive_after * width / 2)
    return totals


def add_event(totals, kind, amount, time):
    if kind.startswith("n:"):
        totals[kind] = totals.get(kind, 0.0) + amount
    elif kind == "loss":
        totals["qalys"] -= amount * (1 + RATES["qalys"]) ** -time
    else:
        totals[kind] += amount * (1 + RATES["costs"]) ** -time


def held(graph, present):
    """Return the share of patients by condition, and the share that pays for immunoglobulin."""
    total = {"pays immunoglobulin": 0.0}
    for state, share in zip(graph.states.values(), present.tolist(), strict=True):
        total[state["condition"]] = total.get(state["condition"], 0.0) + share
        total["pays immunoglobulin"] += state["immunoglobulin"] * share
    return total


def add_values(totals, shares, values, time, middle, weight):
    """Add what the states are worth at one end of a step, in a year times ``weight``."""
    costs = weight * (1 + RATES["costs"]) ** -time
    effects = weight * (1 + RATES["qalys"]) ** -time
    utility, prices = utilities(values, time, middle), time_prices(values, time, middle)
    totals["immunoglobulin"] += costs * shares["pays immunoglobulin"] * values["cost_immunoglobulin"]
    for condition, state in STATES.items():
        share = shares.get(condition, 0.0)
        for key, worth in (("life_years", 1.0), ("qalys", utility[condition])):
            totals[key] += effects * share * worth
            totals[f"{key} {state}"] = totals.get(f"{key} {state}", 0.0) + effects * share * worth
        for category, price in prices[condition].items():
            totals[category] += costs * share * price


def run(values, strategy, *, infused=False, payment=None):
    """Return the totals of a strategy at parameter values in the files' units.

    ``payment`` says how therapies are paid for, as in the files.
    """
    v = to_years(values)
    lines = read("strategies.yaml")[strategy]["lines"]
    living = [(time, background(v, time)) for time in grid()]
    totals = {}
    for tempo, share in tempos(v).items():
        for key, amount in run_graph(Graph(v, tempo, lines, infused, payment), v, living).items():
            totals[key] = totals.get(key, 0.0) + share * amount
    totals["costs"] = sum(totals[category] for category in CATEGORIES)
    return totals
