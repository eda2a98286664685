"""Research designs from YAML: what could be observed, in how many patients, and what it would cost."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from remit.analysis.information.designs import Design, ParameterSeen, Seen
from remit.analysis.information.research import knows
from remit.errors import InputError
from remit.files.catalogue import read_catalogue
from remit.files.places import params_folder
from remit.files.reader import Reader
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.sources import ASSUMPTION
from remit.inputs.stated import Stated
from remit.inputs.units import CURRENCIES
from remit.study import Study

UNITS = {"time_follow_up": "years", "patients_per_year": "patients per year"}


def research_file() -> Path:
    """Return the file of the research designs."""
    return params_folder() / "research.yaml"


def read_research(study: Study | None = None) -> dict[str, Design]:
    """Read the research designs, by name.

    Parameters
    ----------
    study
        Whose parameters and strategies the designs must name, and whose currency they must be in; None:
        the names are not looked at (see :func:`remit.analysis.information.research.answerable`).

    Raises
    ------
    InputError
        With every mistake in the file.
    """
    reader = Reader()
    document = reader.read(research_file())
    designs = reader.attempt_each(Design, document)
    if document is None:
        raise InputError(reader.sorted_problems())
    sources = read_catalogue(params_folder()).sources
    for name, design in designs.items():
        for path, stated, unit in _numbers(name, design, study):
            _check_number(path, stated, unit, document, sources, reader)
        for key, observation in design.observes.items():
            if study is not None:
                at = (name, "observes", key, "seen")
                _check_seen(observation.seen, at, study, document, reader)
    reader.stop_if_broken()
    return designs


def _numbers(name: str, design: Design, study: Study | None) -> list[tuple[KeyPath, Stated, str | None]]:
    """Return every number of a design with where it stands and the unit that it must have (None: money)."""
    currency = study.settings.currency if study is not None else None
    found: list[tuple[KeyPath, Stated | None, str | None]] = [
        ((name, "cost_fixed"), design.cost_fixed, currency),
        ((name, "cost_per_patient"), design.cost_per_patient, currency),
        *(((name, key), getattr(design, key), unit) for key, unit in UNITS.items()),
        *(
            ((name, "observes", key, "share_observed"), observation.share_observed, "share")
            for key, observation in design.observes.items()
        ),
    ]
    return [(path, stated, unit) for path, stated, unit in found if stated is not None]


def _check_number(
    path: KeyPath,
    stated: Stated,
    unit: str | None,
    document: Document,
    sources: Collection[str],
    reader: Reader,
) -> None:
    known = [unit] if unit is not None else CURRENCIES
    if stated.unit not in known:
        at = (*path, "unit")
        reader.refuse(f"the unit must be {' or '.join(known)}", document.where(at), at, stated.unit)
    if stated.source != ASSUMPTION and stated.source not in sources:
        at = (*path, "source")
        reader.refuse("unknown source", document.where(at), at, stated.source, [ASSUMPTION, *sources])


def _check_seen(seen: Seen, path: KeyPath, study: Study, document: Document, reader: Reader) -> None:
    """Refuse what the study does not know, and shares of patients of what is no probability."""
    if not knows(study, seen):
        key = "parameter" if isinstance(seen, ParameterSeen) else "strategy"
        names = study.means if isinstance(seen, ParameterSeen) else study.strategies
        at = (*path, key)
        reader.refuse(f"the study has no such {key}", document.where(at), at, getattr(seen, key), names)
    elif isinstance(seen, ParameterSeen) and seen.sd is None and not _is_share(seen.parameter):
        at = (*path, "parameter")
        rule = "is no probability: give the sd between patients (sd)"
        reader.refuse(rule, document.where(at), at, seen.parameter)


def _is_share(column: str) -> bool:
    return column.startswith(("p_", "share_"))
