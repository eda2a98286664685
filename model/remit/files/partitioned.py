"""Published partitioned models from ``params/partitioned``, with the study and the landmarks they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from remit.analysis.partitioned.cited import point_of
from remit.analysis.partitioned.structure import CitedStructure, GivenCurve, OwnPoint
from remit.errors import InputError
from remit.files.catalogue import Catalogue, read_catalogue
from remit.files.places import params_folder, partitioned_file, scenario_names
from remit.files.reader import Reader
from remit.files.studies import read_study
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.evidence import Landmark
from remit.inputs.published import Published
from remit.inputs.sources import ASSUMPTION
from remit.inputs.targets import Endpoint
from remit.study import Study

BENEFIT_UNIT = "months"
BASE = "base"


@dataclass(frozen=True)
class CitedModel:
    """A published structure with everything that it rests on."""

    structure: CitedStructure
    study: Study
    landmarks: dict[str, Landmark]
    published: Published


def read_cited_structure(name: str, *, posterior: bool = True) -> CitedModel:
    """Read a published partitioned model.

    Parameters
    ----------
    name
        A path, or a name in ``params/partitioned``.
    posterior
        Whether the posterior of its study is read too.

    Raises
    ------
    InputError
        With every mistake in the file, by line.
    """
    reader, catalogue = Reader(), read_catalogue(params_folder())
    reader.problems += catalogue.problems
    document = reader.read(partitioned_file(name))
    structure = reader.attempt(CitedStructure, document.data, document.where) if document else None
    if document is None or structure is None:
        raise InputError(reader.sorted_problems())
    check = _Check(structure, catalogue, document, reader)
    check.names()
    for strategy in structure.strategies:
        check.strategy(strategy)
    reader.stop_if_broken()
    study = read_study(structure.scenario, others=structure.others, posterior=posterior).study
    check.factors(study)
    reader.stop_if_broken()
    published = catalogue.published[structure.published]
    return CitedModel(structure, study, catalogue.evidence.landmarks, published)


def structures_of(published: str) -> list[Path]:
    """Return the files in ``params/partitioned`` whose structure is that behind a published result."""
    files = sorted((params_folder() / "partitioned").glob("*.yaml"))
    documents = ((file, Reader().read(file)) for file in files)
    return [file for file, one in documents if one is not None and one.data.get("published") == published]


@dataclass(frozen=True)
class _Check:
    """A structure that has been read, and what it must agree with."""

    structure: CitedStructure
    catalogue: Catalogue
    document: Document
    reader: Reader

    def refuse(self, rule: str, path: KeyPath, value: object = None, known: Iterable[str] = ()) -> None:
        self.reader.refuse(rule, self.document.where(path), path, value, known)

    def names(self) -> None:
        """Refuse results, strategies, sources and units that are not known."""
        structure = self.structure
        scenarios = [BASE, *scenario_names()]
        self._known(("scenario",), structure.scenario, scenarios)
        for place, other in enumerate(structure.others):
            self._known(("others", place), other, scenarios)
        self._known(("published",), structure.published, self.catalogue.published)
        self._known(("strategy",), structure.strategy, structure.strategies)
        if structure.benefit.unit != BENEFIT_UNIT or not structure.benefit.value > 0:
            rule = f"the benefit must be above 0 and its unit {BENEFIT_UNIT}"
            self.refuse(rule, ("benefit", "unit"), structure.benefit.unit)
        self._source(("benefit",), structure.benefit.source)
        for name, stated in structure.icers.items():
            self._known(("icers", name), name, structure.strategies)
            self._source(("icers", name), stated.source)

    def strategy(self, name: str) -> None:
        """Refuse a therapy that is not known, and curves that are no curves of the same patients."""
        given, path = self.structure.strategies[name], ("strategies", name)
        self._known((*path, "therapy"), given.therapy, self.catalogue.therapies)
        if given.efs_share_of_os is not None:
            self._source((*path, "efs_share_of_os"), given.efs_share_of_os.source)
        self._curve("os", given.os, (*path, "os"))
        if given.efs is not None:
            self._curve("efs", given.efs, (*path, "efs"))
            if (given.efs.of, given.efs.origin) != (given.os.of, given.os.origin):
                whose = f"OS is of {given.os.of} from {given.os.origin}"
                rule = f"EFS and OS must be of the same patients from the same origin: {whose}"
                self.refuse(rule, (*path, "efs", "of"), given.efs.of)

    def _curve(self, endpoint: Endpoint, curve: GivenCurve, path: KeyPath) -> None:
        """Refuse landmarks of other patients, points that do not fall, and a shape that nobody lends."""
        before = len(self.reader.problems)
        for place, given in enumerate(curve.through):
            self._point(endpoint, curve, given, (*path, "through", place))
        if len(self.reader.problems) == before and len(curve.through) > 1:
            points = [point_of(given, self.catalogue.evidence.landmarks) for given in curve.through]
            (early, high), (late, low) = points
            if not (early < late and low[0] < high[0]):
                self.refuse("the second point must be later and lower than the first", (*path, "through"))
        if curve.shape_of is not None:
            lent = getattr(self.structure.strategies.get(curve.shape_of), endpoint, None)
            if lent is None or lent.shape_of is not None or lent.family != curve.family:
                rule = f"a shape is that of a strategy whose {endpoint} is {curve.family} through two points"
                self.refuse(rule, (*path, "shape_of"), curve.shape_of)

    def _point(self, endpoint: Endpoint, curve: GivenCurve, given: str | OwnPoint, path: KeyPath) -> None:
        marks = self.catalogue.evidence.landmarks
        if isinstance(given, OwnPoint):
            self._source(path, given.source)
        elif given not in marks:
            self.refuse("no such landmark in landmarks.yaml", path, given, marks)
        elif (marks[given].endpoint, marks[given].of, marks[given].origin) != (
            endpoint,
            curve.of,
            curve.origin,
        ):
            mark = marks[given]
            seen = f"{str(mark.endpoint).upper()} of {mark.of} from {mark.origin}"
            meant = f"{endpoint.upper()} of {curve.of} from {curve.origin}"
            self.refuse(f"the landmark is {seen}, the curve {meant}", path, given)

    def factors(self, study: Study) -> None:
        """Refuse factors that are no parameters of the study."""
        known = study.values(None)
        for strategy, given in self.structure.strategies.items():
            for kind, factors in given.happens.items():
                for place, factor in enumerate(factors):
                    if factor not in known:
                        path = ("strategies", strategy, "happens", kind, place)
                        self.refuse("the study has no such parameter", path, factor, known)

    def _known(self, path: KeyPath, name: str, known: Iterable[str]) -> None:
        if name not in (names := list(known)):
            self.refuse("not known", path, name, names)

    def _source(self, path: KeyPath, source: str) -> None:
        if source not in (ASSUMPTION, *self.catalogue.sources):
            self.refuse("unknown source", (*path, "source"), source, [ASSUMPTION, *self.catalogue.sources])
