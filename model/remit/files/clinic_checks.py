"""Whether a clinic agrees with the study whose patients come to it, and with itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from remit.analysis.clinic.plan import ONLY, Capacity, Clause, ClinicPlan, Rule, SitePlan
from remit.engine.resources import Use
from remit.engine.stops import stops_of
from remit.errors import Problem
from remit.files import kinds
from remit.files.catalogue import Catalogue
from remit.files.clinic_file import KEYS_OF_A_SITE
from remit.files.layers import Place
from remit.files.loaded import Loaded
from remit.files.reader import Reader
from remit.files.schema import Where
from remit.files.yaml_text import KeyPath, key_text
from remit.inputs.sources import ASSUMPTION
from remit.pathway.therapies import Therapy
from remit.study import Study

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PRODUCTS = kinds.words(kinds.fields_of(Therapy)["product"])
_SCENARIO = ("scenario",)


def check_study(study: Study, scenario: str, named_at: Place | None, reader: Reader) -> None:
    """Refuse a study whose patients cannot come to a clinic."""
    settings = study.settings
    file, line = named_at or (None, None)
    if settings.start != "enrolled":
        rule = "patients come to a clinic when they are enrolled, but in this study they start when infused"
        hint = "settings.start: enrolled"
        reader.problems.append(Problem(rule, file, line, "scenario", scenario, hint))
    if settings.relapse != "exponential":
        rule = (
            f"a clinic follows patients one by one, which a {settings.relapse} time to relapse does not allow"
        )
        hint = "settings.relapse: exponential"
        reader.problems.append(Problem(rule, file, line, "scenario", scenario, hint))


def check_clinic(
    plan: ClinicPlan, loaded: Loaded, catalogue: Catalogue, where: Where, reader: Reader
) -> None:
    """Refuse names that nothing has, times that are missing, and sources that are not known."""
    check = _Check(plan, loaded.study, loaded.name, catalogue, where, reader)
    check.sources()
    for name, rule in plan.rules.items():
        check.rule(name, rule)
    needed = products_needed(loaded.study)
    for use, sites in plan.resources.items():
        for site, own in sites.items():
            check.site(use, site, own, needed.get(use, set()))
    if plan.by is not None:
        check.feature(plan.by, ("by",))
    if plan.capacity is not None:
        check.capacity(plan.capacity)


def products_needed(study: Study) -> dict[Use, set[str]]:
    """Return the products for which patients of a study need each resource; "" where it is for none."""
    found: dict[Use, set[str]] = {}
    values = study.strata(study.wide_values(None))[0].values
    for name in study.strategies:
        pathway = study.pathway(name, values)
        stops = stops_of(pathway)
        needs = [
            need for some in (stops.at_start, stops.before, stops.after) for n in some.values() for need in n
        ]
        for need in needs:
            products = found.setdefault(need.use, set())
            products.add(study.therapies[need.therapy].product if need.therapy else "")
            if need.use == "infusion_bed":
                found.setdefault("icu_bed", set()).add(study.therapies[need.therapy].product)
        for therapies in stops.ahead.values():
            made = {study.therapies[therapy].product for therapy in therapies}
            found.setdefault("manufacturing", set()).update(made)
    return found


def _conditions(clause: Clause) -> object:
    """Return the conditions of a clause, the same for any order of features and levels."""
    patients = frozenset((feature, frozenset(levels)) for feature, levels in clause.patients.items())
    return clause.wait_for, clause.exceeds, patients


@dataclass(frozen=True)
class _Check:
    """A clinic that has been read, and what it must agree with."""

    plan: ClinicPlan
    study: Study
    scenario: str
    catalogue: Catalogue
    where: Where
    reader: Reader

    def refuse(self, rule: str, path: KeyPath, value: object = None, known: Iterable[str] = ()) -> None:
        self.reader.refuse(rule, self.where(path), path, value, known)

    def sources(self) -> None:
        """Refuse sources that are not known."""
        stated: dict[KeyPath, str] = {("arrivals", "source"): self.plan.arrivals.source}
        for use, sites in self.plan.resources.items():
            stated |= {(*self._at(use, site), "source"): own.source for site, own in sites.items()}
        for path, source in stated.items():
            if source not in (ASSUMPTION, *self.catalogue.sources):
                rule = "no such source in sources.yaml"
                self.refuse(rule, path, source, [ASSUMPTION, *self.catalogue.sources])

    def rule(self, name: str, rule: Rule) -> None:
        """Refuse a rule that gives, asks or distinguishes what there is not, and clauses that never hold."""
        path = ("rules", name)
        self._name(path, name)
        first: dict[object, int] = {}
        self._strategy((*path, "otherwise"), rule.otherwise)
        for place, clause in enumerate(rule.when):
            at = (*path, "when", place)
            self._strategy((*at, "give"), clause.give)
            earlier = first.setdefault(_conditions(clause), place)
            if earlier != place:
                self.refuse(f"never holds: its conditions are those of when.{earlier}", at)
            if clause.wait_for is not None and clause.wait_for not in self.plan.resources:
                said = "is not among the resources of this clinic, so nobody waits for it"
                self.refuse(said, (*at, "wait_for"), clause.wait_for, self.plan.resources)
            for feature, levels in clause.patients.items():
                self.feature(feature, (*at, "patients", feature), levels)

    def site(self, use: Use, site: str, own: SitePlan, products: set[str]) -> None:
        """Refuse a site whose name is none, and one that does not say for how long a place is held."""
        path = self._at(use, site)
        if site in KEYS_OF_A_SITE:
            self.refuse(f"a site may not be called so, since {site} is a key of a site", path)
        elif site != ONLY:
            self._name(path, site)
        if not isinstance(own.held, dict):
            return
        if "" in products:
            rule = "is held for one time, not for one by product"
            self.refuse(rule, (*path, "held"))
            return
        for product in own.held:
            if product not in _PRODUCTS:
                self.refuse("no such product of a therapy", (*path, "held", product), product, _PRODUCTS)
        for product in sorted(products - set(own.held)):
            rule = f"does not say for how long: the study compares therapies whose product is {product!r}"
            self.refuse(rule, (*path, "held", product))

    def feature(self, name: str, path: KeyPath, levels: Iterable[str] = ()) -> None:
        """Refuse a feature that the population does not have, and levels that it does not have."""
        features = self.study.features
        if name not in features:
            rule = "no feature of the population" if features else "the population has no features"
            self.refuse(rule, path, name, features)
            return
        for level in levels:
            if level not in features[name]:
                self.refuse(f"no level of {name}", path, level, features[name])

    def capacity(self, capacity: Capacity) -> None:
        """Refuse to vary places that the clinic does not have."""
        use, path = capacity.resource, ("capacity",)
        sites = self.plan.resources.get(use)
        if sites is None:
            rule = "is not among the resources of this clinic"
            self.refuse(rule, (*path, "resource"), use, self.plan.resources)
        elif capacity.site not in sites:
            rule = (
                f"{use} has no such site" if capacity.site != ONLY else f"{use} has several sites: name one"
            )
            self.refuse(rule, (*path, "site"), None if capacity.site == ONLY else capacity.site, sites)

    def _at(self, use: Use, site: str) -> KeyPath:
        return ("resources", use) if site == ONLY else ("resources", use, site)

    def _name(self, path: KeyPath, name: str) -> None:
        if not _NAME.fullmatch(name):
            rule = "a name here is a letter, then letters, digits and _, all small, at most 60"
            self.refuse(rule, path)

    def _strategy(self, path: KeyPath, name: str) -> None:
        compared = list(self.study.strategies)
        if name in compared:
            return
        if name in self.catalogue.strategies:
            rule = f"the study {self.scenario} does not compare this strategy"
            problem = Problem(
                rule, *self.where(path), key_text(path), name, f"it compares {', '.join(compared)}"
            )
            self.reader.problems.append(problem)
        else:
            self.refuse("unknown strategy", path, name, compared)
