"""The root file of a study: what is compared, in which setting, and the files that it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remit.files.analyses import Analyses
from remit.files.catalogue import Catalogue
from remit.files.layers import Layers
from remit.files.parameters import AsGiven, Given, given_parameters, lay_parameters
from remit.files.places import scenario_names
from remit.files.populations import population_files, read_population
from remit.files.reader import Reader
from remit.files.schema import Where
from remit.files.yaml_text import Document
from remit.inputs.published import Published
from remit.pathway.population import Population
from remit.pathway.therapies import Strategy
from remit.settings import Plan, Settings

# The parts that a study file names, and the folder of each.
PARTS = {"population": "populations", "disease": "disease", "costs": "costs", "utilities": "utilities"}
TIMES = {
    "horizon": None,
    "early_remission": None,
    "survivor_mortality_from": None,
    "cycle": {"length": None, "until": None},
}


@dataclass(frozen=True)
class Compare:
    """The strategies compared, and the one that others are compared with."""

    compare: tuple[str, ...]
    comparator: str


@dataclass(frozen=True)
class Calibrating:
    """How a study is calibrated: the posterior that it writes and reads, what it is fitted to, and how.

    ``draws`` of each stage and of the ``last``, the effective sample size (``ess``) that the last one must
    reach, and the ``seed``. ``power_curve`` asks for the result with the cited QALYs at growing weight.
    """

    posterior: str
    targets: tuple[str, ...]
    draws: int = 8000
    last: int = 20000
    ess: float = 1000.0
    seed: int = 20180201
    power_curve: bool = True

    def __post_init__(self) -> None:
        """Refuse a calibration to nothing, or with too little."""
        if not self.targets or len(set(self.targets)) < len(self.targets):
            raise ValueError("a calibration needs targets, each once")
        if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,60}", self.posterior) is None:
            raise ValueError("the name of a posterior is made of a-z, 0-9, - and _")
        if not 100 <= self.draws <= 1_000_000 or not 100 <= self.last <= 1_000_000:
            raise ValueError("draws and last must be from 100 to 1,000,000")
        if not 10 <= self.ess <= self.last or not 0 <= self.seed < 2**63:
            raise ValueError("ess must be from 10 to last, and seed from 0 to 2^63 - 1")


@dataclass(frozen=True)
class StudyFile:
    """What stands in a root study file, apart from the parameters in the files that it names.

    ``beside`` are scenarios with other posteriors whose results stand beside the study's own; ``decision``
    names the file that says how many patients there are, ``analyses`` what a run asks beside the rest.
    """

    title: str
    strategies: Compare
    population: str
    disease: str
    costs: str
    utilities: str
    settings: Settings
    psa: Plan
    published: str | None = None
    calibration: Calibrating | None = None
    beside: tuple[str, ...] = ()
    decision: str | None = None
    analyses: Analyses = field(default_factory=Analyses)


@dataclass(frozen=True)
class Parts:
    """What the files hold that a study names: its population, where its keys stand, parameters as given.

    ``populations`` are the names of the population and of those that it extends.
    """

    population: Population | None
    where: Where | None
    given: Given
    populations: tuple[str, ...]


def read_header(layers: Layers, reader: Reader) -> StudyFile | None:
    """Return the root file of a study as scenarios left it, or None where it is not sound."""
    data = dict(layers.data)
    if "settings" in data:
        data["settings"] = reader.in_years(data["settings"], TIMES, layers.where, ("settings",))
    return reader.attempt(StudyFile, data, layers.where)


def read_parts(params: Path, layers: Layers, parameters: Layers, reader: Reader) -> Parts:
    """Read the files that the study names, and lay their parameters."""
    population, where = None, None
    names: tuple[str, ...] = ()
    given: dict[str, AsGiven] = {}
    for part, folder in PARTS.items():
        name = layers.data.get(part)
        known = sorted(path.stem for path in (params / folder).glob("*.yaml"))
        if name not in known:
            if isinstance(name, str):  # anything else does not fit the header, which says so
                reader.refuse(
                    f"no such file in {params / folder}", layers.where((part,)), (part,), name, known
                )
            continue
        path = params / folder / f"{name}.yaml"
        documents = population_files(path, reader) if part == "population" else _alone(path, reader)
        if documents and part == "population":
            population, where = read_population(documents, reader)
            names = tuple(Path(document.file).stem for document in documents)
        inherited: set[str] = set()
        for document in documents:
            lay_parameters(document, parameters, reader, replacing=inherited)
            given.update(given_parameters(document))
            own = document.data.get("parameters")
            inherited |= set(own) if isinstance(own, dict) else set()
    return Parts(population, where, given, names)


def _alone(path: Path, reader: Reader) -> list[Document]:
    """Return a file that holds parameters alone; none where it cannot be had."""
    document = reader.read(path)
    if document is None:
        return []
    reader.only(document, ("parameters",))
    return [document]


def check_compared(
    compared_with: Mapping[str, Iterable[str]], catalogue: Catalogue, where: Where, reader: Reader
) -> None:
    """Refuse a therapy that there is not, and a curve that no evidence has."""
    curves = {mark.curve for mark in catalogue.evidence.landmarks.values()}
    for therapy, names in compared_with.items():
        at = ("population", "compared_with", therapy)
        if therapy not in catalogue.therapies:
            reader.refuse("unknown therapy", where(at), at, therapy, catalogue.therapies)
        for number, name in enumerate(names):
            if name not in curves:
                path = (*at, number)
                reader.refuse("no such curve in the evidence", where(path), path, name, curves)


def check_header(
    header: StudyFile, catalogue: Catalogue, layers: Layers, reader: Reader, *, calibrates: bool
) -> dict[str, Strategy]:
    """Return the strategies compared, in order, and refuse what a study names and there is not."""
    settings, published = header.settings, header.published
    if settings.hsct_reference not in catalogue.therapies:
        key = ("settings", "hsct_reference")
        reader.refuse("unknown therapy", layers.where(key), key, settings.hsct_reference, catalogue.therapies)
    _check_payment(settings, catalogue, layers, reader)
    for name in settings.hsct:
        if name not in catalogue.therapies:
            where = ("settings", "hsct", name)
            reader.refuse("unknown therapy", layers.where(where), where, name, catalogue.therapies)
    if published is not None and published not in catalogue.published:
        at = ("published",)
        reader.refuse("no such result", layers.where(at), at, published, catalogue.published)
    _check_targets(header, catalogue, layers, reader, calibrates=calibrates)
    scenarios = scenario_names()
    for number, name in enumerate(header.beside):
        place = ("beside", number)
        if name not in scenarios:
            reader.refuse("there is no such scenario", layers.where(place), place, name, scenarios)
        elif name in header.beside[:number]:
            reader.refuse("stands twice", layers.where(place), place, name)
    return _compared(header.strategies, catalogue, layers, reader)


def _check_payment(settings: Settings, catalogue: Catalogue, layers: Layers, reader: Reader) -> None:
    """Refuse ways of paying for what is no therapy, and a charge for a product that nobody makes first."""
    therapies, at = catalogue.therapies, ("settings", "payment")
    for name, payment in settings.payment.items():
        if name not in therapies:
            reader.refuse("unknown therapy", layers.where((*at, name)), (*at, name), name, therapies)
        elif payment.not_given and therapies[name].product != "cells":
            key = (*at, name, "not_given")
            rule = "only cells are made before they are given"
            reader.refuse(rule, layers.where(key), key, payment.not_given)


def _check_targets(
    header: StudyFile, catalogue: Catalogue, layers: Layers, reader: Reader, *, calibrates: bool
) -> None:
    if header.calibration is None or catalogue.aims is None:  # that it is missing is told already
        return
    known, chosen = catalogue.aims.data, header.calibration.targets
    sound = [catalogue.targets[key] for key in chosen if key in catalogue.targets]
    if sound and all(target.moves_costs for target in sound):
        at: tuple[str | int, ...] = ("calibration", "targets")
        reader.refuse("a calibration needs a target that is not on costs", layers.where(at), at)
    for number, key in enumerate(chosen):
        at = ("calibration", "targets", number)
        if key not in known:
            reader.refuse("no such target", layers.where(at), at, key, known)
        elif key in catalogue.targets and calibrates:
            for name in sorted(set(catalogue.targets[key].strategies) - set(header.strategies.compare)):
                rule = f"this target is on {name}, which the study does not compare"
                reader.refuse(rule, layers.where(at), at, key)


def _compared(chosen: Compare, catalogue: Catalogue, layers: Layers, reader: Reader) -> dict[str, Strategy]:
    names, strategies = chosen.compare, catalogue.strategies
    at = ("strategies", "compare")
    known = catalogue.written.data if catalogue.written else {}
    for name in names:
        if name not in known:
            reader.refuse("unknown strategy", layers.where(at), at, name, known)
    if len(names) < 2 or len(set(names)) < len(names):
        rule = "a comparison needs two or more different strategies"
        reader.refuse(rule, layers.where(at), at, list(names))
    if chosen.comparator not in names:
        key = ("strategies", "comparator")
        rule = "the comparator must be one of those compared"
        reader.refuse(rule, layers.where(key), key, chosen.comparator, names)
    return {name: strategies[name] for name in names if name in strategies}


def published_beside(
    header: StudyFile, populations: tuple[str, ...], catalogue: Catalogue
) -> Published | None:
    """Return the published result that stands beside a study, unless it is of another population."""
    result = catalogue.published.get(header.published or "")
    if result is None or result.population not in (None, *populations):
        return None
    return result
