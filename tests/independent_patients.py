"""The second model's patients: strata, what sets them apart, and how a therapy works given what came before.

Sections 1, 3 and 6 of docs/method.md. Where the page left two readings open, comments marked "Reading:" say
which one the engine's results follow.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

from independent_pieces import (
    by_status,
    dim_share,
    expit,
    in_positive,
    mixed,
    outlive,
    phases,
    root,
    selected,
    shifted,
    under_ratio,
    unmix,
)

GIVEN = ("no_response", "relapse", "in_remission")


def mrd_classes(values, therapy, d, rate):
    """Return share, relapse hazard and MRD-positive part of each class of remissions."""
    negative = values[f"share_mrd_negative_{therapy}"]
    d0, rate0 = unmix(d, rate, values["hr_relapse_mrd_positive"], 1 - negative)
    d1, rate1 = under_ratio(d0, rate0, values["hr_relapse_mrd_positive"])
    durable = negative * d0 + (1 - negative) * d1
    return {
        "durable": (durable, 0.0, (1 - negative) * d1 / durable if durable else 0.0),
        "fragile, MRD-negative": (negative * (1 - d0), rate0, 0.0),
        "fragile, MRD-positive": ((1 - negative) * (1 - d1), rate1, 1.0),
    }


@dataclass(frozen=True)
class Past:
    """A line that a patient has behind him: how it ended, its mean wait, its relapse rate if it worked.

    ``end`` is not_infused, no_response, relapse, or in_remission (the next line was given in its remission).
    """

    line: int
    therapy: str
    end: str
    wait: float = 0.0
    relapse: float = math.inf


# Patients


class Population:
    """All strata: their shares, and the references from which their effects are solved."""

    def __init__(self, files, values):
        self.files, self.v = files, values
        self.levels = [
            dict(zip(files.strata, some, strict=True)) for some in itertools.product(*files.strata.values())
        ]
        alone = set(files.strata) - {feature for group in files.joint for feature in group}
        groups = [*files.joint, *([feature] for feature in alone)]
        self.shares = [math.prod(self.share(group, levels) for group in groups) for levels in self.levels]
        self.hazards = [self.effect("hr", levels) for levels in self.levels]

    def share(self, group, levels):
        return self.v["_".join(["share", *group, *(levels[feature] for feature in group)])]

    def effect(self, prefix, levels, suffix=""):
        """Return the product of the effects of a stratum's levels."""
        names = [f"{prefix}_{feature}_{level}{suffix}" for feature, level in levels.items()]
        return math.prod(self.v.get(name, 1.0) for name in names)

    def suits(self, therapy, levels):
        refused = self.files.therapies[therapy].get("not_for", {})
        return not any(levels[feature] in some for feature, some in refused.items() if feature in levels)

    def strata(self):
        """Return those who are in ``settings.subgroup``, with their shares of it."""
        kept = self.files.settings.get("subgroup") or {}
        found = [
            (Stratum(self, levels, hazard), share)
            for levels, share, hazard in zip(self.levels, self.shares, self.hazards, strict=True)
            if all(levels[feature] in some for feature, some in kept.items())
        ]
        total = sum(share for _, share in found)
        return [(stratum, share / total) for stratum, share in found]

    def fit(self, mean, h):
        """Return p^h, p solved so that its mean over strata is ``mean``."""
        if mean in (0, 1):
            return mean
        pairs = list(zip(self.shares, self.hazards, strict=True))
        return root(lambda p: sum(share * p**each for share, each in pairs) - mean, 0.0, 1.0) ** h

    def by_odds(self, mean, prefix, levels, suffix="", therapy=None):
        """Return a stratum's probability from odds ratios, the weighted mean over strata being ``mean``."""
        ratios = [self.effect(prefix, some, suffix) for some in self.levels]
        if all(ratio == 1 for ratio in ratios) or mean in (0, 1):
            return mean
        weights = list(self.shares)
        if therapy is not None:
            weights = [
                share * self.share_treated(therapy, h) * self.suits(therapy, some)
                for share, h, some in zip(self.shares, self.hazards, self.levels, strict=True)
            ]
        logs = [math.log(ratio) for ratio in ratios]
        total = sum(weights)

        def gap(x):
            return sum(w / total * expit(x + log) for w, log in zip(weights, logs, strict=True)) - mean

        return expit(root(gap, -40, 40) + math.log(self.effect(prefix, levels, suffix)))

    def share_treated(self, therapy, h):
        """Return the share of a stratum that is treated, were the therapy its first line."""
        v = self.v
        mean, cv = v[f"time_wait_{therapy}"], v.get(f"shape_wait_{therapy}", 1.0)
        out = outlive(phases(mean, cv, 0), v["rate_death_waiting"] * h)
        again = outlive(phases(mean, cv, 1), v["rate_death_waiting"] * h)
        fail = v.get(f"p_manufacturing_failure_{therapy}", 0.0)
        second = v.get(f"p_second_manufacture_{therapy}", 0.0)
        return out * (1 - fail) + out * fail * second * again * (1 - fail)

    @functools.cached_property
    def durable_if_all_transplanted(self):
        """Return the durable share of those transplanted if all responders to the reference were planned."""
        v, therapy = self.v, self.files.reference
        rates = phases(v[f"time_to_hsct_{therapy}"], v.get(f"shape_to_hsct_{therapy}", 1.0), 0)
        excess = v["rate_death_remission_excess"]
        trial = v[f"share_durable_{therapy}"], v[f"rate_relapse_fragile_{therapy}"]
        classes = mrd_classes(v, therapy, *trial)
        reach = sum(share * outlive(rates, excess + hazard) for share, hazard, _ in classes.values())
        share, hazard, _ = classes["durable"]
        return share * outlive(rates, excess + hazard) / reach


class Stratum:
    """Patients with one level of every feature; ``v`` are the values that hold for them."""

    def __init__(self, population, levels, hazard):
        self.population, self.levels, self.h = population, levels, hazard
        self.files, self.headers = population.files, population.files.therapies
        self.v = dict(population.v)
        if "prior_hsct" in levels:
            self.v["p_prior_hsct"] = {"no": 0.0, "yes": 1.0}[levels["prior_hsct"]]
        if "age" in levels:
            self.v["age_start"] = self.v[f"age_start_{levels['age']}"]

    def antigens(self, therapy):
        return frozenset(self.headers[therapy]["antigens"])

    def lacks(self, therapy, lost):
        """Return whether the disease has lost all that a therapy aims at; chemotherapy aims at no antigen."""
        own = self.antigens(therapy)
        return bool(own) and own <= lost

    def is_cells(self, therapy):
        return self.headers[therapy]["product"] in ("cells", "donor_cells")

    def suits(self, therapy):
        return self.population.suits(therapy, self.levels)

    def fit(self, name):
        """Return the share fit that a parameter names; every ``p_fit_...`` is that of the stratum."""
        return self.population.fit(self.v[name], self.h) if name.startswith("p_fit_") else self.v[name]

    def p_cr(self, therapy):
        """Return the chance of remission of all treated who had nothing before."""
        mean = self.v[f"p_cr_{therapy}"]
        return self.population.by_odds(mean, "or_cr", self.levels, f"_{therapy}", therapy)

    def severe(self, therapy):
        """Return the chances of severe CRS and ICANS, and both over what was reported."""
        v, chances, reported = self.v, [], 0.0
        for kind in ("crs", "icans"):
            mean = v[f"p_severe_{kind}_{therapy}"]
            own = self.population.by_odds(
                mean, f"or_severe_{kind}", self.levels, f"_{therapy}", therapy=therapy
            )
            chances.append(v.get(f"rr_severe_toxicity_{therapy}", 1.0) * own)
            reported += mean
        return *chances, (sum(chances) / reported if reported else 1.0), sum(chances) - reported

    @functools.cached_property
    def transplant_mortality(self):
        prior = self.v["p_prior_hsct"]
        own = [
            self.population.by_odds(self.v[f"p_trm_{which}_hsct"], "or_trm", self.levels)
            for which in ("first", "second")
        ]
        return (1 - prior) * own[0] + prior * own[1]

    @functools.cached_property
    def rescue(self):
        """Return the share of transplanted fragile patients who become durable."""
        v, d_t, result = self.v, self.population.durable_if_all_transplanted, 0.0
        for weight, which in ((1 - v["p_prior_hsct"], "first"), (v["p_prior_hsct"], "second")):
            rescue = (v[f"share_durable_after_{which}_hsct"] - d_t) / (1 - d_t) if d_t < 1 else 0.0
            result += weight * min(max(rescue, 0.0), 1.0)
        return result

    # How a therapy works after others (section 6)

    def trial(self, therapy):
        curve = self.v[f"share_durable_{therapy}"], self.v[f"rate_relapse_fragile_{therapy}"]
        return under_ratio(*curve, self.v.get(f"hr_relapse_{therapy}", 1.0))

    def response(self, therapy, history, ahead):
        """Return chance of remission, durable share, fragile rate; ``ahead``: cells collected at the start.

        Reading: where several lines behind a patient do something to this one, the latest acts alone.
        """
        for place in reversed(range(len(history))):
            past = history[place]
            if past.end not in GIVEN:
                continue
            if past.therapy == therapy and f"log_or_cr_again_after_nonresponse_{therapy}" in self.v:
                return self.again(therapy, past)
            if self.modulates(past.therapy, therapy):
                return self.modulated(therapy, history, place, ahead)
            if self.lacks(therapy, self.antigens(past.therapy)) and self.seen(past):
                return self.by_antigen_status(therapy, past)
        return self.p_cr(therapy), *self.trial(therapy)

    def modulates(self, earlier, later):
        # Reading: no therapy modulates itself; its second course goes by `again`, else by antigen status.
        if earlier == later or f"log_or_cr_later_after_nonresponse_{earlier}" not in self.v:
            return False
        return self.is_cells(later) or bool(self.antigens(earlier) & self.antigens(later))

    def again(self, therapy, past):
        after = "nonresponse" if past.end == "no_response" else "relapse"
        p = shifted(self.p_cr(therapy), self.v[f"log_or_cr_again_after_{after}_{therapy}"])
        return p, *under_ratio(*self.trial(therapy), self.v[f"hr_relapse_again_{therapy}"])

    def split(self, therapy, earlier):
        """Return remission of those who would not and who would respond, and the weight of the former."""
        v, p, q = self.v, self.p_cr(therapy), self.p_cr(earlier)
        c = v[f"share_causal_modulation_{earlier}"]
        b = v[f"log_or_cr_later_after_nonresponse_{earlier}"]
        x = root(lambda x: q * expit(x) + (1 - q) * expit(x + (1 - c) * b) - p, -60, 60)
        return expit(x + (1 - c) * b), expit(x), (1 - q) * expit(x + (1 - c) * b) / p

    def modulated(self, therapy, history, place, ahead):
        v, earlier, end = self.v, history[place].therapy, history[place].end
        c = v[f"share_causal_modulation_{earlier}"]
        p_not, p_would, weight = self.split(therapy, earlier)
        a = self.acting(therapy, history, place, ahead)
        ratio = v[f"hr_relapse_later_after_nonresponse_{earlier}"]
        would = unmix(*self.trial(therapy), ratio ** (1 - c), weight)
        if end == "no_response":
            b = v[f"log_or_cr_later_after_nonresponse_{earlier}"]
            return shifted(p_not, a * b), *under_ratio(*under_ratio(*would, ratio ** (1 - c)), ratio**a)
        b = v[f"log_or_cr_later_after_relapse_{earlier}"]
        curve = under_ratio(*would, v[f"hr_relapse_later_after_relapse_{earlier}"] ** a)
        return shifted(p_would, a * b), *curve

    def acting(self, therapy, history, place, ahead):
        """Return a: how much of the association acts, selection and exposure together."""
        v, earlier = self.v, history[place].therapy
        k = v.get(f"share_selection_modulation_{earlier}", 1.0)
        selection = 1.0 if self.lacks(therapy, self.antigens(earlier)) else 0.0
        exposure = 0.0
        if self.headers[therapy]["product"] == "cells" and not ahead:
            half = v.get(f"time_half_life_exposure_{earlier}", math.inf)
            exposure = 0.5 ** (self.gap(history, place) / half)
        return v[f"share_causal_modulation_{earlier}"] * (k * selection + (1 - k) * exposure)

    def gap(self, history, place):
        """Return the time from the end of the earlier therapy to apheresis."""
        total = self.mean_remission(history[place])
        for past in history[place + 1 :]:
            if past.end in GIVEN:
                total += past.wait + self.v[f"time_response_{past.therapy}"] + self.mean_remission(past)
        return total

    def mean_remission(self, past):
        if past.end in ("no_response", "in_remission"):
            return 0.0
        return 1 / (past.relapse + self.v["rate_death_remission_excess"])

    # Antigen status (section 6)

    def status(self, name):
        if f"{name}_negative" not in self.v:
            return None
        return {kind: self.v[f"{name}_{kind}"] for kind in ("positive", "dim", "negative")}

    def naive(self, therapy):
        antigen = self.headers[therapy]["antigens"][0].lower()
        return antigen, self.status(f"share_antigen_naive_{antigen}")

    def seen(self, past):
        after = {"relapse": "relapse", "no_response": "nonresponse"}.get(past.end)
        return self.status(f"share_antigen_after_{after}_{past.therapy}") if after else None

    def by_antigen_status(self, therapy, past):
        p, trial = self.p_cr(therapy), self.trial(therapy)
        antigen, naive = self.naive(therapy)
        seen = self.seen(past)
        if naive is None or seen is None:
            return p, *trial
        ratio = self.v[f"or_cr_dim_{antigen}"]
        relapse = self.v[f"hr_relapse_dim_{antigen}"]
        before, after = dim_share(naive), dim_share(seen)
        y = in_positive(p, before, ratio)
        in_dim = ratio * y / (1 + ratio * y)
        positive = unmix(*trial, relapse, before * in_dim / p)
        now = by_status(y, after, ratio)
        return now, *mixed(positive, under_ratio(*positive, relapse), after * in_dim / now)

    def negative_share(self, past, following):
        """Return who has lost all antigens of the therapy that has just failed; ``following``: the next."""
        seen = self.seen(past)
        if seen is None:
            return 0.0
        key = f"log_or_cr_later_after_nonresponse_{past.therapy}"
        if past.end == "relapse" or key not in self.v:
            return seen["negative"]
        if following is None:
            return 0.0
        antigen, naive = self.naive(past.therapy)
        wanted = self.v[key] * self.v[f"share_causal_modulation_{past.therapy}"]
        wanted *= self.v.get(f"share_selection_modulation_{past.therapy}", 1.0)
        p = self.split(following, past.therapy)[0]
        s = selected(p, naive, seen, self.v[f"or_cr_dim_{antigen}"], wanted)
        return naive["negative"] + s * (seen["negative"] - naive["negative"])
