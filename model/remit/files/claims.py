"""The claims that the model is asked about, from YAML, with the studies of their scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from remit.analysis.claims import Claim, numbers_of
from remit.analysis.measures import MEASURES, Number
from remit.errors import InputError
from remit.files.loaded import Loaded
from remit.files.places import params_folder, scenario_names
from remit.files.reader import Reader
from remit.files.studies import read_study
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.evidence import SeedTable
from remit.inputs.units import to_years

# What a number may name beside its measure and scenario.
NAMED = ("strategy", "against", "therapy", "at", "table")


@dataclass(frozen=True)
class LoadedClaims:
    """Claims by their number, the study of every scenario that they ask, and the tables of the evidence."""

    claims: dict[str, Claim]
    studies: dict[str, Loaded]
    tables: Mapping[str, SeedTable]


@dataclass(frozen=True)
class _Asked:
    """A number as it is written at a key path, and with what it takes over from the number before it."""

    path: KeyPath
    written: Number
    number: Number


def claims_file() -> Path:
    """Return the file of the claims."""
    return params_folder() / "claims.yaml"


def read_claims(*, posterior: bool = True) -> LoadedClaims:
    """Read the claims and the scenarios that they ask.

    Parameters
    ----------
    posterior
        Whether to read posteriors; checking alone does not need them.

    Raises
    ------
    InputError
        Where the file is wrong, or a check asks for something that there is not.
    """
    reader = Reader()
    document = reader.read(claims_file())
    claims = reader.attempt_each(Claim, document)
    if document is None or reader.problems:
        raise InputError(reader.sorted_problems())
    asked, known = list(_asked(document, claims)), ["base", *scenario_names()]
    for one in asked:
        _check_words(one, document, known, reader)
    reader.stop_if_broken()
    studies = {name: read_study(name, posterior=posterior) for name in ["base", *numbers_of(claims.values())]}
    tables = studies["base"].evidence.tables
    for one in asked:
        _check_names(one, document, studies, tables, reader)
    reader.stop_if_broken()
    return LoadedClaims(claims, studies, tables)


def _asked(document: Document, claims: Mapping[str, Claim]) -> Iterator[_Asked]:
    """Yield every number that the checks ask for, with where it is written."""
    for key in document.data:
        for place, check in enumerate(claims[str(key)].checks):
            at = (key, "checks", place)
            this = check.after(Number(scenario="base"))
            yield _Asked(at, check, this)
            for side, number in (("than", check.than), ("over", check.over)):
                if isinstance(number, Number):
                    yield _Asked((*at, side), number, number.after(this))


def _check_words(asked: _Asked, document: Document, scenarios: Iterable[str], reader: Reader) -> None:
    """Refuse an unknown measure or scenario, what a measure lacks, what it does not take, and no time."""
    number, path = asked.number, asked.path
    if number.measure not in MEASURES:
        at = (*path, "measure")
        reader.refuse("there is no such measure", document.where(at), at, number.measure, MEASURES)
        return
    if asked.written.scenario and asked.written.scenario not in scenarios:
        at = (*path, "scenario")
        reader.refuse("there is no such scenario", document.where(at), at, number.scenario, scenarios)
    needs = MEASURES[number.measure].needs
    for name in NAMED:
        at = (*path, name)
        if name in needs and not getattr(number, name):
            reader.refuse(f"{number.measure} needs its {name}", document.where(path), at)
        elif name not in needs and getattr(asked.written, name):
            reader.refuse(f"{number.measure} takes no {name}", document.where(at), at, known=needs)
    if asked.written.at:
        try:
            to_years(asked.written.at)
        except ValueError as error:
            at = (*path, "at")
            reader.refuse(str(error), document.where(at), at, asked.written.at)


def _check_names(
    asked: _Asked,
    document: Document,
    studies: Mapping[str, Loaded],
    tables: Mapping[str, SeedTable],
    reader: Reader,
) -> None:
    """Refuse strategies that the scenario does not compare, therapies that it does not give, and tables."""
    number = asked.number
    strategies = studies[number.scenario].study.strategies
    given = {line.therapy for strategy in strategies.values() for line in strategy.lines}
    known: dict[str, tuple[str, Iterable[str]]] = {
        "strategy": (f"{number.scenario} does not compare it", strategies),
        "against": (f"{number.scenario} does not compare it", strategies),
        "therapy": (f"{number.scenario} does not give it", given),
        "table": ("there is no such table in the evidence", tables),
    }
    for name, (rule, names) in known.items():
        value = getattr(number, name)
        if name in MEASURES[number.measure].needs and value not in names:
            at = (*asked.path, name)
            reader.refuse(rule, document.where(at), at, value, names)
