"""The second model's pathway: the graph of states of a strategy (sections 2 to 6 of docs/method.md).

Where the page left two readings open, comments marked "Reading:" say which one the engine's results follow.
"""

from __future__ import annotations

import math

from independent_patients import Past, mrd_classes
from independent_pieces import outlive, phases
from independent_sketch import DEAD, Sketch, merged, scaled

NOTHING = frozenset()


class Graph(Sketch):
    """The states of a strategy; what lies behind a patient is a tuple of ``Past`` and the antigens lost."""

    def __init__(self, stratum, lines):
        super().__init__(stratum)
        self.lines = lines
        self.ways = {}
        self.labels = {}
        self.start = self.first_way(infused=stratum.files.settings["start"] == "infused")

    def label(self, line, history, lost):
        """Return a short name for a line given to patients with a history."""
        key = (line, history, lost)
        return self.labels.setdefault(key, f"line {line} ({len(self.labels)})")

    # The order of lines (sections 1, 2 and 6)

    def at_start(self, line):
        return line > 0 and self.lines[line].get("apheresis") == "at_start"

    def first_way(self, *, infused):
        """Return where everybody starts, with the apheresis of cells that are collected at the start."""
        suited = [n for n, line in enumerate(self.lines) if self.s.suits(line["therapy"])]
        if not suited:
            return self.salvage("not_treated", self.s.h)
        # Reading: of everyone, also of those whom the later therapy is not for.
        ahead = [line["therapy"] for n, line in enumerate(self.lines) if self.at_start(n)]
        ahead = [therapy for therapy in ahead if self.s.headers[therapy]["product"] == "cells"]
        collected = sum(self.v[f"cost_apheresis_{therapy}"] for therapy in ahead)
        charge = {"apheresis_bridging": collected, "n:apheresis": float(len(ahead))}
        enter = self.into_treatment if infused else self.into_line
        ways = enter(suited[0], (), NOTHING)
        return [(probability, target, merged(charge, events)) for probability, target, events in ways]

    def after(self, history, lost):
        """Return where patients go when a line has failed, the last in their history."""
        if (history, lost) not in self.ways:
            past = history[-1]
            negative = self.s.negative_share(past, self.following(past, lost))
            gone = lost | self.s.antigens(past.therapy)
            kept = scaled(1 - negative, self.onward(history, lost)) if negative < 1 else []
            self.ways[history, lost] = kept + (
                scaled(negative, self.onward(history, gone)) if negative else []
            )
        return self.ways[history, lost]

    def following(self, past, lost):
        """Return the therapy of the next line on this occasion, or None."""
        for later in range(past.line + 1, len(self.lines)):
            # Reading: though it may not be for these patients, who then go on with the line after it.
            therapy = self.lines[later]["therapy"]
            if self.is_for(later, past) and not self.s.lacks(therapy, lost):
                return therapy
        return None

    def is_for(self, line, past):
        """Return whether a line is given on the occasion of a failure."""
        when = self.lines[line].get("when", [])
        as_bridge = "bridge" in when and line == past.line + 1 and past.end == "no_response"
        return past.end in when or as_bridge

    def onward(self, history, lost):
        """Return the way of those whose antigens lost are known into the next line, or into salvage."""
        past = history[-1]
        for later in range(past.line + 1, len(self.lines)):
            if not self.s.lacks(self.lines[later]["therapy"], lost) and self.is_for(later, past):
                fit = self.fit(later, past)
                given = scaled(fit, self.enter(later, history, lost))
                return given + scaled(1 - fit, self.salvage_of(past))
        return self.salvage_of(past)

    def enter(self, line, history, lost):
        """Return the way into a line; of those whom its therapy is not for, into the next, else into salvage.

        Reading: these need not be fit once more for the next line.
        """
        for later in range(line, len(self.lines)):
            therapy = self.lines[later]["therapy"]
            if self.s.suits(therapy) and not self.s.lacks(therapy, lost):
                return self.into_line(later, history, lost & self.still_of_use(later))
        return self.salvage("not_treated", self.s.h)

    def still_of_use(self, line):
        """Return the antigens of lines after this one: what else is lost need not be remembered."""
        return NOTHING.union(*(self.s.antigens(later["therapy"]) for later in self.lines[line + 1 :]))

    def fit(self, line, past):
        own = self.lines[line].get("fit")
        if own is None and "bridge" in self.lines[line].get("when", []) and past.end == "no_response":
            return 1.0
        if own is None:
            own = f"p_fit_after_{'relapse' if past.end == 'relapse' else 'nonresponse'}"
        return self.s.fit(own) if isinstance(own, str) else own

    def salvage_of(self, past):
        if past.end == "not_infused":
            return self.salvage("not_treated", self.s.h)
        if past.end == "relapse":
            return self.salvage(f"after_relapse_{past.therapy}", 1.0)
        return self.salvage(f"after_nonresponse_{past.therapy}", self.s.h)

    def salvage(self, suffix, h):
        v = self.v
        rescued, hazard = v[f"p_rescue_{suffix}"], v[f"rate_death_{suffix}"] * h
        name = f"active {suffix}"
        if name not in self.states:
            self.state(name, "active")
            self.move(name, hazard, self.leukaemia_death())
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

    def price_of_start(self, line):
        """Return what falls when a wait begins: nothing for cells that were collected at the start."""
        v, therapy = self.v, self.lines[line]["therapy"]
        # Reading: nothing is collected for cells from a donor, nor are their patients bridged.
        if self.s.headers[therapy]["product"] != "cells" or self.at_start(line):
            return {}
        bridging = v[f"share_bridging_{therapy}"] * v[f"cost_bridging_{therapy}"]
        return {"apheresis_bridging": v[f"cost_apheresis_{therapy}"] + bridging, "n:apheresis": 1.0}

    def mean_wait(self, line, history, *, in_remission=False):
        whole = self.v[f"time_wait_{self.lines[line]['therapy']}"]
        given = [past for past in history if past.end != "not_infused"]
        if not self.at_start(line) or not (given or in_remission):
            return whole
        if not in_remission and given[-1].end == "relapse":
            return self.v["time_wait_least"]
        return max(whole - self.v["time_manufacture_ahead"], self.v["time_wait_least"])

    def wait_phases(self, line, mean, place):
        return phases(mean, self.v.get(f"shape_wait_{self.lines[line]['therapy']}", 1.0), 5 * line + place)

    def into_line(self, line, history, lost):
        label = f"{self.label(line, history, lost)}: wait"
        if f"{label} 0" not in self.states:
            self.make_queue(label, line, history, lost, self.mean_wait(line, history))
        return [(1.0, f"{label} 0", self.price_of_start(line))]

    def make_queue(self, label, line, history, lost, mean):
        """Make the wait in relapse for a line, a second manufacture included."""
        therapy = self.lines[line]["therapy"]
        without = self.after((*history, Past(line, therapy, "not_infused")), lost)
        treated = self.into_treatment(line, history, lost, mean)
        second = self.v.get(f"p_second_manufacture_{therapy}", 0.0)
        fail = self.v.get(f"p_manufacturing_failure_{therapy}", 0.0)
        hazard = self.v["rate_death_waiting"] * self.s.h
        died = self.v["share_death_waiting"]
        # Reading: everybody lost while waiting had a product made; a failed manufacture is not charged.
        charge = {} if self.s.headers[therapy]["product"] == "infusion" else {("unused", therapy): 1.0}
        hazards = [(hazard * died, self.leukaemia_death(), charge), (hazard * (1 - died), without, charge)]
        end = scaled(1 - fail, treated) + scaled(fail, without)
        if fail and second:
            # Reading: a second attempt takes the whole time, also of cells that were collected at the start.
            rates = self.wait_phases(line, self.v[f"time_wait_{therapy}"], 1)
            again = self.stay(f"{label}, second", "waiting", rates, end, hazards)
            end = scaled(1 - fail, treated) + scaled(fail * second, again)
            end += scaled(fail * (1 - second), without)
        self.stay(label, "waiting", self.wait_phases(line, mean, 0), end, hazards)

    def into_treatment(self, line, history, lost, mean=0.0):
        v, therapy = self.v, self.lines[line]["therapy"]
        course = self.label(line, history, lost)
        label = f"{course}: treated, waited {mean:.9f}"
        way = [(1.0, f"{label} 0", self.price_of_infusion(course, therapy))]
        if f"{label} 0" in self.states:
            return way
        hazard = v[f"rate_death_treated_{therapy}"] * self.s.h
        rates = self.response_phases(line)
        r = outlive(rates, hazard)
        p, d, relapse = self.s.response(therapy, history, self.at_start(line))
        killed = min(self.dies_of_treatment(therapy) / r, 1.0)
        responds = min(p / r, 1 - killed)
        failed = (*history, Past(line, therapy, "no_response", mean))
        end = [(killed, DEAD, {"n:treatment_death": 1.0})]
        end += scaled(responds, self.into_remission(label, line, (history, lost, mean), d, relapse))
        end += scaled(1 - killed - responds, self.after(failed, lost))
        self.stay(label, "treated", rates, end, [(hazard, self.leukaemia_death(), {})])
        return way

    def response_phases(self, line):
        therapy = self.lines[line]["therapy"]
        cv = self.v.get(f"shape_response_{therapy}", 1.0)
        return phases(self.v[f"time_response_{therapy}"], cv, 5 * line + 2)

    def into_remission(self, label, line, before, d, relapse):
        """Make all states of remission, return the way in; ``before``: history, lost antigens, mean wait."""
        history, lost, mean = before
        therapy = self.lines[line]["therapy"]
        past = Past(line, therapy, "relapse", mean, relapse)
        relapsed = self.after((*history, past), lost)
        classes = mrd_classes(self.v, therapy, d, relapse)
        planned = self.planned_for_hsct(line, classes)
        year = self.make_hsct(label, line, relapse, relapsed)
        ways = []
        for kind, (share, hazard, positive) in classes.items():
            if not share:
                continue
            own = f"{label}: {kind}"
            remain = self.make_remission(own, line, (hazard, planned[kind]), relapsed, year)
            waiting = self.share_waiting_in_remission(line, positive, lost)
            ways += scaled(share * (1 - waiting), remain)
            if waiting:
                pasts = [(*history, past), (*history, Past(line, therapy, "in_remission", mean, relapse))]
                way = self.wait_in_remission(own, hazard, pasts, lost, remain)
                ways += scaled(share * waiting, way)
        return ways

    def planned_for_hsct(self, line, classes):
        """Return the share of each class that is planned for HSCT."""
        v, therapy = self.v, self.lines[line]["therapy"]
        policy = self.lines[line].get("hsct") or (self.s.files.settings.get("hsct") or {}).get(therapy)
        if policy in ("none", "all"):
            return dict.fromkeys(classes, 1.0 if policy == "all" else 0.0)
        if policy == "after_aplasia_loss":
            lost = {kind: v[f"share_aplasia_lost_{kind}_{therapy}"] for kind in ("durable", "fragile")}
            return {kind: lost["durable" if kind == "durable" else "fragile"] for kind in classes}
        wait, excess = self.hsct_phases(line), v["rate_death_remission_excess"]
        reach = sum(share * outlive(wait, excess + hazard) for share, hazard, _ in classes.values())
        return dict.fromkeys(classes, min(v[f"p_hsct_remission_{therapy}"] / reach, 1.0))

    def hsct_phases(self, line):
        therapy = self.lines[line]["therapy"]
        cv = self.v.get(f"shape_to_hsct_{therapy}", 1.0)
        return phases(self.v[f"time_to_hsct_{therapy}"], cv, 5 * line + 3)

    def make_remission(self, label, line, hazard_and_planned, relapsed, year):
        """Make the states of one class of remissions and return the way in; ``year``: that after HSCT."""
        v, therapy = self.v, self.lines[line]["therapy"]
        hazard, planned = hazard_and_planned
        on = v.get(f"p_immunoglobulin_{therapy}", 0.0)
        self.state(label, "remission", excess=True)
        self.move(label, hazard, relapsed)
        helped = f"{label}, immunoglobulin"
        self.state(helped, "immunoglobulin", excess=True, immunoglobulin=1.0)
        self.move(helped, hazard, relapsed)
        if on:
            self.move(helped, 1 / v[f"time_immunoglobulin_{therapy}"], [(1.0, label, {})])
        lasting = 1.0 if label.endswith("durable") else self.s.rescue
        end = [(lasting, year["durable"], {}), (1 - lasting, year["fragile"], {})]
        end = [(share, target, self.price_of_hsct()) for share, target, _ in end]
        kinds = {"excess": True, "immunoglobulin": on}
        way = self.stay(
            f"{label}, planned", "planned", self.hsct_phases(line), end, [(hazard, relapsed, {})], **kinds
        )
        rest = [((1 - planned) * on, helped, {}), ((1 - planned) * (1 - on), label, {})]
        return scaled(planned, way) + rest

    def make_hsct(self, label, line, relapse, relapsed):
        """Make the first year after HSCT and what follows, and return the first state by kind."""
        v, found = self.v, {}
        year = phases(v["time_hsct_first_year"], v.get("shape_hsct_first_year", 1.0), 5 * line + 4)
        dies = 1 - (1 - self.s.transplant_mortality) ** (1 / len(year))
        later = {"hsct": v["cost_hsct_later_years"] * v["time_hsct_later_years"], "n:hsct_later": 1.0}
        for kind, hazard in (("durable", 0.0), ("fragile", relapse)):
            self.state(f"{label}, {kind}, after HSCT", "hsct_later")
            self.move(f"{label}, {kind}, after HSCT", hazard, relapsed)
            for number, rate in enumerate(year):
                name = f"{label}, {kind}, first year {number}"
                self.state(name, "hsct_first_year")
                self.move(name, hazard, relapsed)
                onward = (1 - dies, f"{label}, {kind}, first year {number + 1}", {})
                if number == len(year) - 1:
                    onward = (1 - dies, f"{label}, {kind}, after HSCT", later)
                self.move(name, rate, [(dies, DEAD, {"n:transplant_death": 1.0}), onward])
            found[kind] = f"{label}, {kind}, first year 0"
        return found

    # A line given in remission (section 6)

    def share_waiting_in_remission(self, line, positive, lost):
        """Return the share of a class that waits in remission for the next line."""
        if line + 1 == len(self.lines):
            return 0.0
        later = self.lines[line + 1]
        when, therapy = later.get("when", []), later["therapy"]
        if not self.s.suits(therapy) or self.s.lacks(therapy, lost):
            return 0.0
        own = later.get("fit", 1.0)
        fit = self.s.fit(own) if isinstance(own, str) else own
        if "bridge" in when:
            return fit
        return positive * fit if "mrd_positive" in when else 0.0

    def wait_in_remission(self, label, hazard, pasts, lost, remain):
        """Make the wait for a line in one class of remissions, and the queue of those who relapse in it."""
        relapsed, history = pasts
        past, line = relapsed[-1], relapsed[-1].line + 1
        therapy = self.lines[line]["therapy"]
        mean = self.mean_wait(line, history, in_remission=True)
        queue = f"{self.label(line, relapsed, lost)}: wait, relapsed in it"
        gone = lost | self.s.antigens(past.therapy)
        negative = self.s.negative_share(past, therapy)
        if hazard and f"{queue} 0" not in self.states:
            self.make_queue(queue, line, relapsed, lost, mean)
        kept, elsewhere = 1 - negative, []
        if not self.s.lacks(therapy, gone):
            kept = 1.0
        elif hazard and negative:
            elsewhere = scaled(negative, self.onward(relapsed, gone))

        def to_the_same_phase(number):
            return [(kept, f"{queue} {number}", {}), *elsewhere]

        fail = self.v.get(f"p_manufacturing_failure_{therapy}", 0.0)
        infused = scaled(1 - fail, self.infused_in_remission(line, history, lost, remain))
        end = scaled(fail, remain) + infused
        hazards = [(hazard, to_the_same_phase, {})] if hazard else []
        rates = self.wait_phases(line, mean, 0)
        way = self.stay(f"{label}, waits for line {line}", "remission", rates, end, hazards, excess=True)
        return [(1.0, way[0][1], self.price_of_start(line))]

    def infused_in_remission(self, line, history, lost, remain):
        therapy = self.lines[line]["therapy"]
        course = self.label(line, history, lost)
        label = f"{course}: works in remission"
        p, d, relapse = self.s.response(therapy, history, self.at_start(line))
        killed = min(self.dies_of_treatment(therapy), 1.0)
        works = min(p, 1 - killed)
        if f"{label} 0" not in self.states:
            mean = self.mean_wait(line, history, in_remission=True)
            end = self.into_remission(label, line, (history, lost, mean), d, relapse)
            # Reading: until its response is known they are valued as treated, though in remission.
            self.stay(label, "treated in remission", self.response_phases(line), end, [], excess=True)
        ways = [(killed, DEAD, {"n:treatment_death": 1.0}), (works, f"{label} 0", {})]
        ways += scaled(1 - killed - works, remain)
        price = self.price_of_infusion(course, therapy)
        return [(share, target, merged(price, events)) for share, target, events in ways]
