"""From YAML files to a Study: every number with its file and line, every mistake reported at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from remit.errors import InputError, Problem, nearest
from remit.files.layers import Layers
from remit.files.places import params_folder
from remit.files.scenarios import Change, Scenario, read_scenario
from remit.files.schema import Where, attempt
from remit.files.yaml_text import Document, KeyPath, read_yaml
from remit.inputs.distributions import DISTRIBUTIONS, Fixed
from remit.inputs.parameters import Parameter, parameter_problems
from remit.inputs.units import to_years
from remit.pathway.population import Population
from remit.pathway.therapies import Strategy, Therapy
from remit.study import Plan, Settings, Study
from remit.survival.landmarks import Curve, solve_curve
from remit.survival.life_table import LifeTable

PARTS = ("population", "disease", "costs", "utilities")
FOLDERS = {"population": "populations", "disease": "disease", "costs": "costs", "utilities": "utilities"}
TIMES = ("horizon", "early_remission", "survivor_mortality_from")


@dataclass(frozen=True)
class Compare:
    """The strategies compared, and the one that others are compared with."""

    compare: tuple[str, ...]
    comparator: str


@dataclass(frozen=True)
class StudyFile:
    """What stands in a root study file, apart from the parameters in the files that it names."""

    title: str
    strategies: Compare
    population: str
    disease: str
    costs: str
    utilities: str
    settings: Settings
    psa: Plan


@dataclass(frozen=True)
class Loaded:
    """A study with what is needed to trace and repeat it.

    ``resolved`` is all data as finally set, ``files`` every file read, ``origins`` the file and line
    behind each parameter, ``solved`` the parameters solved from landmarks.
    """

    study: Study
    name: str
    resolved: dict[str, Any]
    files: tuple[Path, ...]
    origins: dict[str, str]
    solved: tuple[str, ...]


def load_study(path: str | Path | None = None) -> Study:
    """Load a study from a YAML file, or from a scenario's name.

    Raises
    ------
    InputError
        With every mistake in the files at once.
    """
    return read_study(None if path is None else str(path)).study


def read_study(name: str | None = None, *, others: Iterable[str] = (), settings: Iterable[str] = ()) -> Loaded:
    """Read a scenario with everything that it rests on.

    Parameters
    ----------
    name, others, settings
        As for :func:`remit.files.scenarios.read_scenario`.

    Raises
    ------
    InputError
        With every mistake in the files at once.
    """
    scenario = read_scenario(name, others=others, settings=settings)
    return _Reading(scenario).load()


class _Reading:
    """One reading of a study: collects problems over all files, and raises them together."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.params = params_folder()
        self.problems: list[Problem] = []
        self.files: list[Path] = [Path(document.file) for document in scenario.chain]
        self.layers = Layers()
        self.parameters = Layers()
        for key, value in scenario.root.data.items():
            self.layers.lay(key, value, scenario.root.where)

    def load(self) -> Loaded:
        """Read and check everything, or raise all problems."""
        self._apply(self.layers, lambda change: change.path[0] in self.layers.data)
        header = self._header()
        therapies, curves = self._therapies()
        strategies = self._strategies(therapies)
        population = self._parts()
        self._stop_if_broken()
        assert header is not None  # noqa: S101 - a broken header has stopped the reading
        before = self._checked(header.settings.currency, silent=True)
        self._apply(self.parameters, lambda change: change.path[0] not in self.layers.data)
        parameters = self._checked(header.settings.currency)
        self._check_sources(parameters)
        life_table = self._life_table(population)
        chosen = self._chosen(header, strategies)
        self._stop_if_broken()
        solved = self._solve(curves, before, parameters)
        study = Study(
            title=self.scenario.title,
            because=self.scenario.because,
            parameters={**parameters, **solved},
            therapies=therapies,
            strategies=chosen,
            comparator=header.strategies.comparator,
            population=population,
            life_table=life_table,
            settings=header.settings,
            psa=header.psa,
        )
        return self._loaded(study, tuple(solved))

    def _loaded(self, study: Study, solved: tuple[str, ...]) -> Loaded:
        origins = {}
        for name in study.parameters:
            file, line = self.parameters.where((name, "value"))
            origins[name] = f"{file}:{line}"
        resolved = {
            **self.layers.data,
            "title": study.title,
            "definitions": {name: _plain(strategy) for name, strategy in study.strategies.items()},
            "parameters": self.parameters.data,
        }
        return Loaded(study, self.scenario.name, resolved, tuple(dict.fromkeys(self.files)), origins, solved)

    def _stop_if_broken(self) -> None:
        if self.problems:
            raise InputError(dict.fromkeys(self.problems))

    def _read(self, path: Path) -> Document | None:
        self.files.append(path)
        try:
            return read_yaml(path)
        except InputError as error:
            self.problems += error.problems
            return None

    def _attempt(self, cls: type[Any], data: object, where: Where, path: KeyPath = ()) -> Any:  # noqa: ANN401
        value, problems = attempt(cls, data, where=where, path=path)
        self.problems += problems
        return value

    def _apply(self, layers: Layers, belongs: Any) -> None:  # noqa: ANN401 - a predicate of Change
        for change in self.scenario.changes:
            if not belongs(change):
                continue
            try:
                layers.override(change.path, self._changed(layers, change), change.place)
            except InputError as error:
                known = [*self.layers.data, *self.parameters.data]
                hint = nearest(str(change.path[0]), known) if len(change.path) == 1 else None
                self.problems += [replace(p, hint=p.hint or hint) for p in error.problems]

    def _changed(self, layers: Layers, change: Change) -> Any:  # noqa: ANN401 - any YAML value
        """Turn a bare number for a parameter into a fixed parameter whose provenance is the scenario."""
        if layers is not self.parameters or len(change.path) > 1:
            return change.value
        old = layers.data.get(change.path[0])
        if not isinstance(old, dict) or isinstance(change.value, dict) and not _is_profile(change.value):
            return change.value
        value = change.value
        if old.get("by") and isinstance(value, int | float):
            value = {at: v * value for at, v in old["value"].items()}
        fixed = {"type": "fixed", "because": change.because}
        old.pop("correlated_with", None)
        provenance = {"source": "assumption", "note": f"set by {change.place[0]}: {change.because}", "where": None}
        return {"value": value, "uncertainty": fixed, **provenance}

    def _header(self) -> StudyFile | None:
        data = {key: value for key, value in self.layers.data.items() if key not in ("extends", "set", "because")}
        settings = data.get("settings")
        if isinstance(settings, dict):
            data["settings"] = self._with_times(settings, ("settings",), self.layers.where)
        header: StudyFile | None = self._attempt(StudyFile, data, self.layers.where)
        return header

    def _with_times(self, settings: dict[str, Any], path: KeyPath, where: Where) -> dict[str, Any]:
        """Turn the times among the settings ("88 years") into years."""
        data = dict(settings)
        for key in TIMES:
            if key in data:
                data[key] = self._years(data[key], (*path, key), where)
        if isinstance(data.get("cycle"), list):
            data["cycle"] = [
                {k: self._years(v, (*path, "cycle", i, k), where) for k, v in cycle.items()}
                if isinstance(cycle, dict)
                else cycle
                for i, cycle in enumerate(data["cycle"])
            ]
        return data

    def _years(self, text: object, path: KeyPath, where: Where) -> object:
        try:
            if not isinstance(text, str):
                raise ValueError("a time needs its unit, such as '6 months'")  # noqa: TRY004 - one path for both
            return to_years(text)
        except ValueError as error:
            self.problems.append(Problem(str(error), *where(path), key=".".join(map(str, path)), value=text))
            return 1.0

    def _therapies(self) -> tuple[dict[str, Therapy], list[Curve]]:
        therapies: dict[str, Therapy] = {}
        curves: list[Curve] = []
        for path in sorted((self.params / "therapies").glob("*.yaml")):
            document = self._read(path)
            if document is None:
                continue
            therapy = self._attempt(Therapy, document.data.get("therapy"), document.where, ("therapy",))
            if therapy is not None:
                therapies[path.stem] = therapy
            for number, raw in enumerate(document.data.get("curves", [])):
                curve = self._curve(raw, document, ("curves", number))
                curves += [] if curve is None else [curve]
            self._lay_parameters(document, extra=("therapy", "curves"))
        return therapies, curves

    def _curve(self, raw: Any, document: Document, path: KeyPath) -> Curve | None:  # noqa: ANN401
        if isinstance(raw, dict) and isinstance(raw.get("landmarks"), list):
            marks = [
                {
                    k: self._years(v, (*path, "landmarks", i, k), document.where) if k in ("at", "given") else v
                    for k, v in mark.items()
                }
                if isinstance(mark, dict)
                else mark
                for i, mark in enumerate(raw["landmarks"])
            ]
            raw = {**raw, "landmarks": marks}
        curve: Curve | None = self._attempt(Curve, raw, document.where, path)
        return curve

    def _strategies(self, therapies: dict[str, Therapy]) -> dict[str, Strategy]:
        document = self._read(self.params / "strategies.yaml")
        strategies: dict[str, Strategy] = {}
        for name, raw in (document.data if document else {}).items():
            assert document is not None  # noqa: S101 - the loop is empty without it
            strategy = self._attempt(Strategy, raw, document.where, (name,))
            if strategy is None:
                continue
            strategies[name] = strategy
            for number, line in enumerate(strategy.lines):
                if line.therapy not in therapies:
                    place = document.where((name, "lines", number, "therapy"))
                    hint = nearest(line.therapy, therapies)
                    key = f"{name}.lines.{number}.therapy"
                    self.problems.append(Problem("unknown therapy", *place, key=key, value=line.therapy, hint=hint))
        return strategies

    def _parts(self) -> Population:
        population = Population("", "")
        for part in PARTS:
            name = self.layers.data.get(part)
            folder = self.params / FOLDERS[part]
            path = folder / f"{name}.yaml"
            if not isinstance(name, str) or not path.is_file():
                known = [p.stem for p in folder.glob("*.yaml")]
                hint = nearest(str(name), known) or f"known: {', '.join(sorted(known))}"
                place = self.layers.where((part,))
                self.problems.append(Problem(f"no such file in {folder}", *place, key=part, value=name, hint=hint))
                continue
            document = self._read(path)
            if document is None:
                continue
            if part == "population":
                raw = document.data.get("population")
                population = self._attempt(Population, raw, document.where, ("population",)) or population
            self._lay_parameters(document, extra=("population",) if part == "population" else ())
        return population

    def _lay_parameters(self, document: Document, extra: tuple[str, ...]) -> None:
        for key in document.data:
            if key not in ("parameters", *extra):
                hint = nearest(str(key), ("parameters", *extra))
                self.problems.append(Problem("unknown key", *document.where((key,)), key=str(key), hint=hint))
        parameters = document.data.get("parameters")
        if not isinstance(parameters, dict):
            self.problems.append(Problem("parameters are names with their entries", document.file, 1, key="parameters"))
            return
        for name, raw in parameters.items():
            if name in self.parameters.data:
                first = ":".join(map(str, self.parameters.where((name,))))
                place = document.where(("parameters", name))
                self.problems.append(Problem(f"given already at {first}", *place, key=str(name)))
                continue
            self.parameters.lay(name, raw, lambda path, d=document: d.where(("parameters", *path)))  # type: ignore[misc]

    def _checked(self, currency: str, *, silent: bool = False) -> dict[str, Parameter]:
        """Return the parameters as they stand, and keep what is wrong with them unless ``silent``."""
        found: dict[str, Parameter] = {}
        for name, raw in self.parameters.data.items():
            parameter, problems = _parameter(name, raw, self.parameters.where)
            if parameter is not None:
                found[name] = parameter
                for at, rule in parameter_problems(name, parameter, currency):
                    path = (name, at) if at else (name,)
                    shown = raw.get(at) if at in ("value", "unit", "of") else None
                    problems.append(Problem(rule, *self.parameters.where(path), key=".".join(path), value=shown))
            if not silent:
                self.problems += problems
        return found

    def _check_sources(self, parameters: dict[str, Parameter]) -> None:
        document = self._read(self.params / "sources.yaml")
        known = {"assumption", *(document.data if document else {})}
        for name, parameter in parameters.items():
            if parameter.source not in known:
                place = self.parameters.where((name, "source"))
                hint = nearest(parameter.source, known)
                key, value = f"{name}.source", parameter.source
                self.problems.append(Problem("no such source in sources.yaml", *place, key=key, value=value, hint=hint))

    def _life_table(self, population: Population) -> LifeTable:
        path = self.params / "mortality" / f"{population.life_table}.csv"
        self.files.append(path)
        try:
            with path.open(newline="", encoding="utf-8") as stream:
                rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
            table = np.array([[float(row[c]) for c in ("age", "male", "female")] for row in rows])
            if not np.array_equal(table[:, 0], np.arange(len(table))):
                raise ValueError("ages must run 0, 1, 2, ...")
            return LifeTable(population.life_table, table[:, 1], table[:, 2])
        except OSError as error:
            reason = (error.strerror or "unknown reason").lower()
            self.problems.append(Problem(f"the life table cannot be read: {reason}", str(path)))
        except (KeyError, ValueError, TypeError, IndexError) as error:
            rule = f"a life table has columns age, male, female with a probability for each age from 0: {error}"
            self.problems.append(Problem(rule, str(path)))
        return LifeTable("none", np.zeros(1), np.zeros(1))

    def _chosen(self, header: StudyFile, strategies: dict[str, Strategy]) -> dict[str, Strategy]:
        """Return the strategies compared, in order."""
        names, comparator = header.strategies.compare, header.strategies.comparator
        place = self.layers.where(("strategies", "compare"))
        for name in names:
            if name not in strategies:
                hint = nearest(name, strategies) or f"known: {', '.join(strategies)}"
                self.problems.append(Problem("unknown strategy", *place, key="strategies.compare", value=name, hint=hint))
        if len(names) < 2 or len(set(names)) < len(names):
            rule = "a comparison needs two or more different strategies"
            self.problems.append(Problem(rule, *place, key="strategies.compare", value=list(names)))
        if comparator not in names:
            rule, place = "the comparator must be one of those compared", self.layers.where(("strategies", "comparator"))
            self.problems.append(
                Problem(rule, *place, key="strategies.comparator", value=comparator, hint=nearest(comparator, names))
            )
        return {name: strategies[name] for name in names if name in strategies}

    def _solve(
        self, curves: list[Curve], before: dict[str, Parameter], parameters: dict[str, Parameter]
    ) -> dict[str, Parameter]:
        """Solve curve parameters from landmarks; what a scenario sets stays as it set it."""
        excess = before["rate_death_remission_excess"]
        solved: dict[str, Parameter] = {}
        for curve in curves:
            names = (curve.share_durable, curve.rate_relapse)
            missing = [name for name in names if name not in before]
            if missing:
                raise InputError(Problem("a curve names an unknown parameter", key=missing[0]))
            mean = excess.means("e")["e"] * excess.factor
            found = solve_curve(curve, before[names[0]], before[names[1]], mean)
            kept = {name: p for name, p in found.items() if parameters[name] == before[name]}
            if len(kept) < len(found):
                kept = {name: replace(p, correlated_with=None) for name, p in kept.items()}
            solved.update(kept)
        return solved


def _parameter(name: str, raw: Any, where: Where) -> tuple[Parameter | None, list[Problem]]:  # noqa: ANN401
    parameter, problems = attempt(Parameter, raw, where=where, path=(name,))
    if parameter is None:
        return None, list(problems)
    spread = parameter.uncertainty
    kind = spread.get("type") if isinstance(spread, dict) else None
    path = (name, "uncertainty")
    if kind not in DISTRIBUTIONS:
        hint = nearest(str(kind), DISTRIBUTIONS) or f"known: {', '.join(DISTRIBUTIONS)}"
        problem = Problem("unknown type of distribution", *where((*path, "type")), key=f"{name}.uncertainty.type")
        return None, [replace(problem, value=kind, hint=hint)]
    distribution, problems = attempt(DISTRIBUTIONS[kind], spread, where=where, path=path)
    if distribution is None:
        return None, list(problems)
    return replace(parameter, uncertainty=distribution), []


def _is_profile(value: dict[Any, Any]) -> bool:
    return all(isinstance(key, int | float) for key in value)


def _plain(value: object) -> Any:  # noqa: ANN401 - plain YAML data
    """Turn dataclasses and tuples into mappings and lists."""
    if hasattr(value, "__dataclass_fields__"):
        items = ((f.name, getattr(value, f.name)) for f in fields(value))  # type: ignore[arg-type]
        return {name: _plain(inner) for name, inner in items if inner is not None}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value
