"""What all studies of one params folder share, read once for as long as no file changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from remit.errors import Problem
from remit.files.evidence import Evidence, read_evidence
from remit.files.layers import Layers
from remit.files.parameters import Given, given_parameters
from remit.files.reader import Reader, Stamp, stamp
from remit.files.targets import read_targets
from remit.files.therapies import read_strategies, read_therapies
from remit.files.yaml_text import Document
from remit.inputs.published import Published
from remit.inputs.sources import ASSUMPTION, Source
from remit.inputs.targets import Target
from remit.pathway.therapies import Strategy, Therapy


@dataclass(frozen=True)
class Catalogue:
    """What a study chooses from, and the mistakes found on reading it.

    ``parameters`` are those of the therapies, as they stand; ``given`` the same as the files give them;
    ``written`` is the file of the strategies, ``aims`` that of the targets.
    """

    therapies: dict[str, Therapy]
    strategies: dict[str, Strategy]
    written: Document | None
    parameters: Layers
    given: Given
    evidence: Evidence
    published: dict[str, Published]
    targets: dict[str, Target]
    aims: Document | None
    sources: tuple[str, ...]
    files: tuple[Path, ...]
    problems: tuple[Problem, ...]


def read_catalogue(params: Path) -> Catalogue:
    """Read therapies, strategies, evidence and sources of a params folder.

    Mistakes are kept in the catalogue, since a study has others to tell beside them.
    """
    shared = [params / "strategies.yaml", params / "sources.yaml"]
    shared += sorted((params / "therapies").glob("*.yaml")) + sorted((params / "evidence").glob("*.yaml"))
    stamps = tuple((path, stamp(path)) for path in shared if path.is_file())
    populations = tuple(sorted(path.stem for path in (params / "populations").glob("*.yaml")))
    return _read(params, stamps, populations, Path.cwd())


@lru_cache(maxsize=4)
def _read(
    params: Path, _stamps: tuple[tuple[Path, Stamp], ...], populations: tuple[str, ...], _folder: Path
) -> Catalogue:
    reader, layers = Reader(), Layers()
    evidence = read_evidence(params / "evidence", reader)
    therapies, documents = read_therapies(params / "therapies", evidence.landmarks, layers, reader)
    written = reader.read(params / "strategies.yaml")
    strategies = read_strategies(written, therapies, reader)
    published = reader.attempt_each(Published, reader.read(params / "evidence" / "published.yaml"))
    aims = reader.read(params / "evidence" / "targets.yaml")
    sources = reader.attempt_each(Source, reader.read(params / "sources.yaml"))
    given = {name: pair for document in documents for name, pair in given_parameters(document).items()}
    return Catalogue(
        therapies=therapies,
        strategies=strategies,
        written=written,
        parameters=layers,
        given=given,
        evidence=evidence,
        published=published,
        targets=read_targets(aims, evidence, published, strategies, populations, reader),
        aims=aims,
        sources=(ASSUMPTION, *sources),
        files=tuple(reader.files),
        problems=tuple(reader.problems),
    )
