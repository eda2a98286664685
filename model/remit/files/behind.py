"""The files behind scenarios that a run looks at beside its own, without resolving them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from remit.files.headers import PARTS
from remit.files.places import params_folder
from remit.files.populations import population_files
from remit.files.posteriors import posterior_file
from remit.files.reader import Reader
from remit.files.scenarios import CALIBRATION, Scenario, read_scenario


def files_behind(names: Iterable[str]) -> tuple[Path, ...]:
    """Return the files that make scenarios what they are, apart from those that all studies share.

    Their own chain, the parts that it sets, and the posteriors that it names; of a file that is missing or
    wrong nothing is said here.
    """
    reader, params = Reader(), params_folder()
    found: list[Path] = []
    for name in names:
        scenario = read_scenario(name, reader)
        if scenario is not None:
            found += _files(scenario, params, reader)
    return tuple(dict.fromkeys(path for path in found if path.is_file()))


def _files(scenario: Scenario, params: Path, reader: Reader) -> list[Path]:
    found = [Path(document.file) for document in scenario.chain]
    for change in scenario.changes:
        key, value = change.path[0], change.value
        if key == CALIBRATION and isinstance(value, dict):
            found.append(posterior_file(params, str(value.get("posterior"))))
        elif key in PARTS and isinstance(value, str):
            path = params / PARTS[str(key)] / f"{value}.yaml"
            documents = population_files(path, reader) if key == "population" else []
            found += [path, *(Path(document.file) for document in documents)]
    return found
