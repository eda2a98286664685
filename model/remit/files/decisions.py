"""What a decision is about beyond one patient, from YAML: patients a year, uptake, severity."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from remit.analysis.shortfall import Severity
from remit.files.catalogue import Catalogue
from remit.files.layers import Layers
from remit.files.reader import Reader
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.sources import ASSUMPTION
from remit.inputs.stated import Stated, check_reason

UNITS = {"patients_per_year": "patients per year", "years": "years"}


@dataclass(frozen=True)
class Budget:
    """Whose budget it is, and the mix of strategies among each year's new patients: today, and expected.

    ``now`` and each year of ``then`` are shares by strategy that sum to 1.
    """

    perspective: Literal["societal", "healthcare"]
    now: dict[str, float]
    then: tuple[dict[str, float], ...]
    source: str
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse shares that do not sum to 1, and no years."""
        check_reason(self.source, self.note)
        if not 1 <= len(self.then) <= 50:
            raise ValueError("then needs the mix of 1 to 50 years")
        for key, mix in (("now", self.now), *(("then", mix) for mix in self.then)):
            if any(not 0 <= share <= 1 for share in mix.values()) or abs(sum(mix.values()) - 1) > 1e-9:
                raise ValueError(f"the shares of {key} must sum to 1, each from 0 to 1")


@dataclass(frozen=True)
class Severities:
    """Willingness to pay by proportional shortfall."""

    ranges: tuple[Severity, ...]
    source: str
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse ranges out of order."""
        check_reason(self.source, self.note)
        starts = [one.above for one in self.ranges]
        if not starts or starts != sorted(set(starts)):
            raise ValueError("ranges must rise, each once")


@dataclass(frozen=True)
class Decision:
    """What a decision file holds; ``population`` is that whose patients it counts."""

    title: str
    population: str
    patients_per_year: Stated
    years: Stated
    budget: Budget | None = None
    severity: Severities | None = None


def read_decision(
    name: str | None, params: Path, catalogue: Catalogue, layers: Layers, reader: Reader
) -> Decision | None:
    """Return the decision that a study file names; mistakes are kept by the reader.

    Parameters
    ----------
    name
        Of a file in ``params/decisions``, or None.
    params
        The folder of all parameters.
    catalogue
        The strategies and sources that there are.
    layers
        The study file, which tells where the name stands.
    reader
        Keeps mistakes.
    """
    if name is None:
        return None
    folder, at = params / "decisions", ("decision",)
    known = sorted(path.stem for path in folder.glob("*.yaml"))
    if name not in known:
        reader.refuse(f"no such file in {folder}", layers.where(at), at, name, known)
        return None
    document = reader.read(folder / f"{name}.yaml")
    decision = reader.attempt(Decision, document.data, document.where) if document else None
    if document is None or decision is None:
        return None
    populations = sorted(path.stem for path in (params / "populations").glob("*.yaml"))
    if decision.population not in populations:
        at = ("population",)
        reader.refuse("there is no such population", document.where(at), at, decision.population, populations)
    _check_strategies(decision, document, list(catalogue.strategies), reader)
    _check_sources(decision, document, list(catalogue.sources), reader)
    return decision


def _check_strategies(decision: Decision, document: Document, known: list[str], reader: Reader) -> None:
    if decision.budget is None:
        return
    places: list[tuple[KeyPath, dict[str, float]]] = [(("budget", "now"), decision.budget.now)]
    places += [(("budget", "then", year), mix) for year, mix in enumerate(decision.budget.then)]
    for at, mix in places:
        for name in mix:
            if name not in known:
                path = (*at, name)
                reader.refuse("unknown strategy", document.where(path), path, name, known)


def _check_sources(decision: Decision, document: Document, known: list[str], reader: Reader) -> None:
    for part, unit in UNITS.items():
        stated, at = getattr(decision, part), (part, "unit")
        if stated.value == 0:
            path = (part, "value")
            reader.refuse("must be above 0", document.where(path), path, stated.value)
        if stated.unit != unit:
            reader.refuse(f"the unit must be {unit}", document.where(at), at, stated.unit)
    for part in (*UNITS, "budget", "severity"):
        stated = getattr(decision, part)
        if stated is not None and stated.source not in (ASSUMPTION, *known):
            at = (part, "source")
            reader.refuse("no such source in sources.yaml", document.where(at), at, stated.source, known)
