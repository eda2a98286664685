"""From YAML files to a Study: every number with its file and line, every mistake reported at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from remit.errors import InputError, Problem, nearest
from remit.files.catalogue import Catalogue, read_catalogue
from remit.files.evidence import Evidence, read_life_table
from remit.files.headers import Parts, StudyFile, check_header, read_header, read_parts
from remit.files.layers import Layers
from remit.files.needs import lacks
from remit.files.parameters import AsGiven, apply_change, check_parameters, check_sources
from remit.files.places import params_folder, public_name
from remit.files.pooled import resolve_pooled
from remit.files.pools import check_pooling
from remit.files.reader import Reader
from remit.files.scenarios import Change, Scenario, read_scenario
from remit.inputs.parameters import Parameter
from remit.inputs.published import Published
from remit.study import Study
from remit.survival.landmarks import Curve, solve_curve

# Death in remission apart from relapse, which the landmarks of a curve hold too.
EXCESS = "rate_death_remission_excess"


@dataclass(frozen=True)
class Loaded:
    """A study with what is needed to trace and repeat it.

    ``resolved`` is all data as finally set, ``files`` every file read, ``origins`` the file and line
    behind each parameter, ``solved`` the parameters solved from landmarks, ``evidence`` what trials
    reported, ``published`` the result of another model in the same setting.
    """

    study: Study
    name: str
    resolved: dict[str, Any]
    files: tuple[Path, ...]
    origins: dict[str, str]
    solved: tuple[str, ...]
    evidence: Evidence
    published: Published | None


@dataclass
class _Draft:
    """A study while it is being read.

    ``header`` is its root file and ``parameters`` all parameters, both as scenarios left them; ``given`` are
    the parameters as the files give them.
    """

    scenario: Scenario
    catalogue: Catalogue
    header: Layers
    parameters: Layers
    given: dict[str, AsGiven]


def load_study(path: str | Path | None = None) -> Study:
    """Load a study from a YAML file, or from a scenario's name.

    Raises
    ------
    InputError
        With every mistake in the files at once.
    """
    return read_study(None if path is None else str(path)).study


def read_study(
    name: str | None = None,
    *,
    others: Iterable[str] = (),
    settings: Iterable[str] = (),
    changes: Iterable[Change] = (),
    solve: bool = True,
    everything: bool = False,
) -> Loaded:
    """Read a scenario with everything that it rests on.

    Parameters
    ----------
    name, others, settings
        As for :func:`remit.files.scenarios.read_scenario`.
    changes
        What else to set, last.
    solve
        Whether to solve curves from landmarks; checking alone does not need it.
    everything
        Whether to look for the parameters of all strategies, not of those compared alone.

    Raises
    ------
    InputError
        With every mistake in the files at once.
    """
    reader, params = Reader(), params_folder()
    scenario = read_scenario(name, reader, others=others, settings=settings)
    catalogue = read_catalogue(params)
    reader.files += catalogue.files
    reader.problems += catalogue.problems
    if scenario is None:
        raise InputError(reader.sorted_problems())
    draft = _draft(replace(scenario, changes=(*scenario.changes, *changes)), catalogue)
    _apply(draft, reader, to_header=True)
    header = read_header(draft.header, reader)
    parts = read_parts(params, draft.header, draft.parameters, reader)
    draft.given.update(parts.given)
    _apply(draft, reader, to_header=False)
    _pool(draft, parts, reader)
    study = _study(draft, header, parts, params, reader)
    if study is None or header is None:
        raise InputError(reader.sorted_problems())
    _refuse_lacks(replace(study, strategies=catalogue.strategies) if everything else study, draft, reader)
    solved = _solve(draft, study.parameters) if solve else {}
    return _loaded(replace(study, parameters={**study.parameters, **solved}), draft, header, solved, reader)


def _draft(scenario: Scenario, catalogue: Catalogue) -> _Draft:
    header = Layers(beginning=(scenario.root.file, 1))
    for key, value in scenario.root.data.items():
        header.lay(key, value, scenario.root.where)
    return _Draft(scenario, catalogue, header, catalogue.parameters.copy(), dict(catalogue.given))


def _apply(draft: _Draft, reader: Reader, *, to_header: bool) -> None:
    """Apply those changes that belong to the root file, or those that belong to parameters."""
    for change in draft.scenario.changes:
        if (change.path[0] in draft.header.data) != to_header:
            continue
        try:
            if to_header:
                draft.header.override(change.path, change.value, change.place)
            else:
                apply_change(draft.parameters, change)
        except InputError as error:
            names = [*map(str, draft.header.data), *map(str, draft.parameters.data)]
            hint = nearest(str(change.path[0]), names) if change.path[0] not in names else None
            reader.problems += [replace(problem, hint=problem.hint or hint) for problem in error.problems]


def _pool(draft: _Draft, parts: Parts, reader: Reader) -> None:
    """Check the trials that the population pools, and give parameters the uncertainty of their pools."""
    population, written, evidence = parts.population, parts.written, draft.catalogue.evidence
    if population is not None and written is not None:
        check_pooling(population.pooling, evidence, written.where, ("population", "pooling"), reader)
    resolve_pooled(draft.parameters, population, evidence, reader)


def _unused(header: StudyFile | None, catalogue: Catalogue) -> list[str]:
    """Return the therapies that no strategy compared gives."""
    if header is None:
        return []
    compared = [catalogue.strategies[n] for n in header.strategies.compare if n in catalogue.strategies]
    used = {line.therapy for strategy in compared for line in strategy.lines}
    return sorted(set(catalogue.therapies) - used - {header.settings.hsct_reference})


def _study(
    draft: _Draft, header: StudyFile | None, parts: Parts, params: Path, reader: Reader
) -> Study | None:
    """Return the study, or None where anything is wrong so far."""
    catalogue, layers = draft.catalogue, draft.parameters
    currency = header.settings.currency if header else None
    checked = check_parameters(layers, draft.given, currency, reader, unused=_unused(header, catalogue))
    check_sources(catalogue.sources, checked, layers, reader)
    chosen = check_header(header, catalogue, draft.header, reader) if header else {}
    life_table = None
    if parts.population is not None and parts.written is not None:
        named_at = parts.written.where(("population", "life_table"))
        life_table = read_life_table(params / "mortality", parts.population.life_table, named_at, reader)
    if reader.problems or header is None or parts.population is None or life_table is None:
        return None
    return Study(
        title=draft.scenario.title,
        because=draft.scenario.because,
        parameters=checked,
        therapies=catalogue.therapies,
        strategies=chosen,
        comparator=header.strategies.comparator,
        population=parts.population,
        life_table=life_table,
        settings=header.settings,
        psa=header.psa,
    )


def _refuse_lacks(study: Study, draft: _Draft, reader: Reader) -> None:
    """Refuse a study some of whose parameters no file gives, and one that cannot be followed.

    Raises
    ------
    InputError
        With everything that it lacks.
    """
    written = draft.catalogue.written
    for lack in lacks(study):
        place = written.where((lack.strategy,)) if written else draft.header.beginning
        key = lack.parameter or lack.strategy
        reader.problems.append(Problem(lack.rule, *place, key=key, hint=lack.hint))
    reader.stop_if_broken()


def _solve(draft: _Draft, parameters: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Solve curve parameters from landmarks; what a scenario sets stays as it set it."""
    before = {**parameters, **{name: entry.parameter for name, entry in draft.given.items()}}
    excess = before[EXCESS]
    solved: dict[str, Parameter] = {}
    for curve in draft.catalogue.curves:
        durable, rate = before[curve.share_durable], before[curve.rate_relapse]
        found = _solved(curve, durable, rate, excess.means(EXCESS)[EXCESS] * excess.factor)
        kept = {name: parameter for name, parameter in found.items() if parameters[name] == before[name]}
        if len(kept) < len(found):
            kept = {name: replace(parameter, correlated_with=None) for name, parameter in kept.items()}
        solved.update(kept)
    return solved


@lru_cache(maxsize=64)
def _solved(curve: Curve, durable: Parameter, rate: Parameter, excess: float) -> dict[str, Parameter]:
    return solve_curve(curve, durable, rate, excess)


def _loaded(
    study: Study, draft: _Draft, header: StudyFile, solved: Collection[str], reader: Reader
) -> Loaded:
    places = {name: draft.parameters.where((name, "value")) for name in study.parameters}
    files = {file for file, line in places.values() if line}
    names = {file: public_name(Path(file)) for file in files}
    return Loaded(
        study=study,
        name=draft.scenario.name,
        resolved={**draft.header.data, "title": study.title, "parameters": draft.parameters.data},
        files=tuple(dict.fromkeys(reader.files)),
        origins={key: f"{names[file]}:{line}" if line else file for key, (file, line) in places.items()},
        solved=tuple(solved),
        evidence=draft.catalogue.evidence,
        published=draft.catalogue.published.get(header.published or ""),
    )
