"""From YAML files to a Study: every number with its file and line, every mistake reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from remit.errors import InputError, nearest
from remit.files.evidence import read_landmarks, read_life_table
from remit.files.layers import Layers
from remit.files.parameters import changed_value, check_parameters, check_sources, lay_parameters
from remit.files.places import params_folder
from remit.files.reader import Reader
from remit.files.scenarios import Change, Scenario, read_scenario
from remit.files.therapies import read_strategies, read_therapies
from remit.inputs.evidence import Landmark
from remit.inputs.parameters import Parameter
from remit.inputs.published import Published
from remit.pathway.population import Population
from remit.pathway.therapies import Strategy
from remit.settings import Plan, Settings
from remit.study import Study
from remit.survival.landmarks import Curve, solve_curve

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
    published: str | None = None


@dataclass(frozen=True)
class Loaded:
    """A study with what is needed to trace and repeat it.

    ``resolved`` is all data as finally set, ``files`` every file read, ``origins`` the file and line
    behind each parameter, ``solved`` the parameters solved from landmarks, ``landmarks`` what trials
    reported, ``published`` the result of another model in the same setting.
    """

    study: Study
    name: str
    resolved: dict[str, Any]
    files: tuple[Path, ...]
    origins: dict[str, str]
    solved: tuple[str, ...]
    landmarks: dict[str, Landmark]
    published: Published | None


def load_study(path: str | Path | None = None) -> Study:
    """Load a study from a YAML file, or from a scenario's name.

    Raises
    ------
    InputError
        With every mistake in the files at once.
    """
    return read_study(None if path is None else str(path)).study


def read_study(
    name: str | None = None, *, others: Iterable[str] = (), settings: Iterable[str] = (), solve: bool = True
) -> Loaded:
    """Read a scenario with everything that it rests on.

    Parameters
    ----------
    name, others, settings
        As for :func:`remit.files.scenarios.read_scenario`.
    solve
        Whether to solve curves from landmarks; checking alone does not need it.

    Raises
    ------
    InputError
        With every mistake in the files at once.
    """
    scenario = read_scenario(name, others=others, settings=settings)
    params = params_folder()
    reader = Reader(files=[Path(document.file) for document in scenario.chain])
    layers, parameters = Layers(), Layers()
    for key, value in scenario.root.data.items():
        layers.lay(key, value, scenario.root.where)
    _apply(scenario, layers, reader, lambda change: change.path[0] in layers.data)
    header = _header(layers, reader)
    landmarks = read_landmarks(params / "evidence", reader)
    therapies, curves = read_therapies(params / "therapies", landmarks, parameters, reader)
    strategies = read_strategies(params / "strategies.yaml", therapies, reader)
    population = _parts(params, layers, parameters, reader)
    if header is None or population is None:
        reader.stop_if_broken()
        raise InputError("the study file is incomplete")
    before, _ = check_parameters(parameters, header.settings.currency)
    _apply(scenario, parameters, reader, lambda change: change.path[0] not in layers.data, known=layers.data)
    checked, problems = check_parameters(parameters, header.settings.currency)
    reader.problems += problems
    check_sources(params / "sources.yaml", checked, parameters, reader)
    published = reader.attempt_each(Published, reader.read(params / "evidence" / "published.yaml"))
    if header.published is not None and header.published not in published:
        reader.refuse("no such result", layers.where(("published",)), ("published",), header.published, published)
    life_table = read_life_table(params / "mortality", population.life_table, reader)
    chosen = _chosen(header, strategies, layers, reader)
    if header.settings.hsct_reference not in therapies:
        at = ("settings", "hsct_reference")
        reader.refuse("unknown therapy", layers.where(at), at, header.settings.hsct_reference, therapies)
    reader.stop_if_broken()
    solved = _solve(curves, before, checked) if solve else {}
    study = Study(
        title=scenario.title,
        because=scenario.because,
        parameters={**checked, **solved},
        therapies=therapies,
        strategies=chosen,
        comparator=header.strategies.comparator,
        population=population,
        life_table=life_table,
        settings=header.settings,
        psa=header.psa,
    )
    return Loaded(
        study=study,
        name=scenario.name,
        resolved={**layers.data, "title": study.title, "parameters": parameters.data},
        files=tuple(dict.fromkeys(reader.files)),
        origins={key: ":".join(map(str, parameters.where((key, "value")))) for key in checked},
        solved=tuple(solved),
        landmarks=landmarks,
        published=published.get(header.published or ""),
    )


def _apply(
    scenario: Scenario,
    layers: Layers,
    reader: Reader,
    belongs: Callable[[Change], bool],
    known: Iterable[str] = (),
) -> None:
    """Apply what a scenario sets to the layers that it belongs to."""
    names = [*layers.data, *known]
    for change in scenario.changes:
        if belongs(change):
            try:
                layers.override(change.path, changed_value(layers, change), change.place)
            except InputError as error:
                hint = nearest(str(change.path[0]), map(str, names)) if len(change.path) == 1 else None
                reader.problems += [replace(p, hint=p.hint or hint) for p in error.problems]


def _header(layers: Layers, reader: Reader) -> StudyFile | None:
    data = {key: value for key, value in layers.data.items() if key != "because"}
    if "settings" in data:
        data["settings"] = reader.in_years(data["settings"], TIMES, layers.where, ("settings",))
    return reader.attempt(StudyFile, data, layers.where)


def _parts(params: Path, layers: Layers, parameters: Layers, reader: Reader) -> Population | None:
    """Read the files that the study names, and return its population."""
    population = None
    for part, folder in PARTS.items():
        name = layers.data.get(part)
        path = params / folder / f"{name}.yaml"
        if not isinstance(name, str) or not path.is_file():
            known = [p.stem for p in (params / folder).glob("*.yaml")]
            reader.refuse(f"no such file in {params / folder}", layers.where((part,)), (part,), name, known)
            continue
        document = reader.read(path)
        if document is None:
            continue
        reader.only(document, ("population", "parameters") if part == "population" else ("parameters",))
        if part == "population":
            raw = document.data.get("population")
            population = reader.attempt(Population, raw, document.where, ("population",))
        lay_parameters(document, parameters, reader)
    return population


def _chosen(
    header: StudyFile, strategies: dict[str, Strategy], layers: Layers, reader: Reader
) -> dict[str, Strategy]:
    """Return the strategies compared, in order."""
    names, comparator = header.strategies.compare, header.strategies.comparator
    at = ("strategies", "compare")
    for name in names:
        if name not in strategies:
            reader.refuse("unknown strategy", layers.where(at), at, name, strategies)
    if len(names) < 2 or len(set(names)) < len(names):
        reader.refuse("a comparison needs two or more different strategies", layers.where(at), at, list(names))
    if comparator not in names:
        at = ("strategies", "comparator")
        reader.refuse("the comparator must be one of those compared", layers.where(at), at, comparator, names)
    return {name: strategies[name] for name in names if name in strategies}


def _solve(
    curves: list[Curve], before: dict[str, Parameter], after: dict[str, Parameter]
) -> dict[str, Parameter]:
    """Solve curve parameters from landmarks; what a scenario sets stays as it set it."""
    excess = before["rate_death_remission_excess"]
    mean = excess.means("excess")["excess"] * excess.factor
    solved: dict[str, Parameter] = {}
    for curve in curves:
        durable, rate = before[curve.share_durable], before[curve.rate_relapse]
        found = solve_curve(curve, durable, rate, mean)
        kept = {name: p for name, p in found.items() if after[name] == before[name]}
        if len(kept) < len(found):
            kept = {name: replace(p, correlated_with=None) for name, p in kept.items()}
        solved.update(kept)
    return solved
