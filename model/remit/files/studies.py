"""From YAML files to a Study: every number with its file and line, every mistake reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from remit.errors import InputError, Problem, nearest
from remit.files.analyses import check_analyses
from remit.files.catalogue import Catalogue, read_catalogue
from remit.files.decisions import Decision, read_decision
from remit.files.evidence import read_life_table
from remit.files.headers import (
    Calibrating,
    Parts,
    StudyFile,
    check_compared,
    check_header,
    published_beside,
    read_header,
    read_parts,
)
from remit.files.layers import Layers
from remit.files.loaded import Loaded
from remit.files.needs import Lack, lacks
from remit.files.parameters import AsGiven, apply_change, check_parameters, check_sources
from remit.files.places import params_folder, public_name
from remit.files.pooled import resolve_pooled
from remit.files.pools import check_pooling
from remit.files.posteriors import marks_of, posterior_file, read_posterior
from remit.files.reader import Reader, stamp
from remit.files.scenarios import Change, Scenario, read_scenario
from remit.files.yaml_text import KeyPath, key_text
from remit.inputs.posterior import Posterior
from remit.inputs.targets import Target
from remit.pathway.therapies import Strategy
from remit.study import Study


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
    posterior: bool = True,
    everything: bool = False,
) -> Loaded:
    """Read a scenario with everything that it rests on.

    Parameters
    ----------
    name, others, settings
        As for :func:`remit.files.scenarios.read_scenario`.
    changes
        What else to set, last.
    posterior
        Whether to read the posterior that the study rests on; what makes it does not need it.
    everything
        Whether to look for the parameters of all strategies of its disease, not of those compared alone.

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
    scenario = replace(scenario, changes=(*scenario.changes, *changes))
    return _resolve(scenario, params, reader, posterior=posterior, everything=everything)


def _resolve(
    scenario: Scenario, params: Path, reader: Reader, *, posterior: bool = False, everything: bool = False
) -> Loaded:
    catalogue = read_catalogue(params)
    draft = _draft(scenario, catalogue)
    _apply(draft, reader, to_header=True)
    header = read_header(draft.header, reader)
    parts = read_parts(params, draft.header, draft.parameters, reader)
    draft.given.update(parts.given)
    _apply(draft, reader, to_header=False)
    _pool(draft, parts, reader)
    study = _study(draft, header, parts, params, reader)
    if study is None or header is None:
        raise InputError(reader.sorted_problems())
    _refuse_lacks(_with_everything(study, catalogue) if everything else study, draft, reader)
    if posterior:
        study = _with_posterior(study, draft, header, params, reader)
    check_analyses(header.analyses, study, catalogue.strategies, draft.header, reader)
    decision = read_decision(header.decision, params, catalogue, draft.header, reader)
    if decision is not None and decision.population not in parts.populations:
        decision = None  # it counts other patients
    reader.stop_if_broken()
    return _loaded(study, draft, header, parts, reader, decision)


def _with_everything(study: Study, catalogue: Catalogue) -> Study:
    """Return the study with every strategy but those of another disease.

    These aim at antigens alone of whose status in untreated patients the study's disease says nothing.
    """

    def elsewhere(strategy: Strategy) -> bool:
        aims = {a for line in strategy.lines for a in study.therapies[line.therapy].antigens}
        known = {a for a in aims if f"share_antigen_naive_{a.lower()}" in study.parameters}
        return bool(aims) and not known

    ours = {name: one for name, one in catalogue.strategies.items() if not elsewhere(one)}
    return replace(study, strategies={**study.strategies, **ours})


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
    """Check the trials of the population, and give parameters the uncertainty of their pools."""
    population, where, evidence = parts.population, parts.where, draft.catalogue.evidence
    if population is not None and where is not None:
        check_pooling(population.pooling, evidence, where, ("population", "pooling"), reader)
        check_compared(population.compared_with, draft.catalogue, where, reader)
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
    own = draft.scenario.calibrated()
    calibrates = own is not None and own.changes == draft.scenario.changes
    chosen = check_header(header, catalogue, draft.header, reader, calibrates=calibrates) if header else {}
    life_table = None
    if parts.population is not None and parts.where is not None:
        named_at = parts.where(("population", "life_table"))
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
    for lack in lacks(study):
        place, key = _place(lack, draft)
        reader.problems.append(Problem(lack.rule, *place, key=key, hint=lack.hint))
    reader.stop_if_broken()


def _place(lack: Lack, draft: _Draft) -> tuple[tuple[str, int], str]:
    """Return the file and line that ask for what is lacking, and its key."""
    if lack.setting:
        return draft.header.where(lack.setting), lack.parameter or key_text(lack.setting)
    written = draft.catalogue.written
    at: KeyPath = (lack.strategy,)
    key = lack.parameter or lack.strategy
    if lack.parameter and lack.parameter.startswith("lines."):
        line = int(lack.parameter.split(".")[1])
        at, key = (lack.strategy, "lines", line), f"{lack.strategy}.{lack.parameter}"
    return (written.where(at) if written else draft.header.beginning), key


def _with_posterior(study: Study, draft: _Draft, header: StudyFile, params: Path, reader: Reader) -> Study:
    """Give the study the posterior of the calibration that it rests on.

    A parameter that was changed after the calibration is drawn as it was changed to.

    Raises
    ------
    InputError
        Where the posterior is not there, or belongs to something else.
    """
    owner = draft.scenario.calibrated()
    if owner is None or header.calibration is None:
        return study
    owning = study
    if draft.scenario.changes != owner.changes or draft.scenario.chain != owner.chain:
        owning = _resolve(owner, params, Reader()).study
    if study.settings.relapse != owning.settings.relapse:
        rule = f"the posterior was fitted with {owning.settings.relapse}; a family needs its own calibration"
        place = draft.header.where(("settings", "relapse"))
        hint = f"the scenario relapse-{study.settings.relapse} has one"
        raise InputError(Problem(rule, *place, "settings.relapse", study.settings.relapse, hint))
    targets = targets_of(draft.catalogue.targets, header.calibration)
    path = posterior_file(params, header.calibration.posterior)
    name = Path(owner.chain[-1].file)
    shown = "" if len(owner.chain) == 1 else f" {name.stem if name.parent.name == 'scenarios' else name}"
    posterior = _read_posterior(path, owning, targets, f"remit calibrate{shown}")
    reader.files.append(path)
    changed = [n for n, p in owning.parameters.items() if study.parameters.get(n) != p]
    replaced = {column for name in changed for column in owning.parameters[name].columns(name)}
    return replace(study, posterior=posterior.without(replaced))


_POSTERIORS: dict[tuple[Path, object, str], Posterior] = {}


def _read_posterior(path: Path, study: Study, targets: list[Target], command: str) -> Posterior:
    """Read a posterior once for as long as neither its file nor what it belongs to changes."""
    marks = repr(marks_of(study, targets))
    try:
        key = (path.resolve(), stamp(path), marks)
    except OSError:
        return read_posterior(path, study, targets, command)
    if key not in _POSTERIORS:
        _POSTERIORS[key] = read_posterior(path, study, targets, command)
    return _POSTERIORS[key]


def targets_of(known: Mapping[str, Target], calibration: Calibrating) -> list[Target]:
    """Return the targets of a calibration, in its order."""
    return [known[key] for key in calibration.targets]


def _loaded(
    study: Study, draft: _Draft, header: StudyFile, parts: Parts, reader: Reader, decision: Decision | None
) -> Loaded:
    owner = draft.scenario.calibrated()
    places = {name: draft.parameters.where((name, "value")) for name in study.parameters}
    files = {file for file, line in places.values() if line}
    names = {file: public_name(Path(file)) for file in files}
    return Loaded(
        study=study,
        name=draft.scenario.name,
        resolved={**draft.header.data, "title": study.title, "parameters": draft.parameters.data},
        files=tuple(dict.fromkeys(reader.files)),
        origins={key: f"{names[file]}:{line}" if line else file for key, (file, line) in places.items()},
        evidence=draft.catalogue.evidence,
        targets=draft.catalogue.targets,
        calibration=header.calibration,
        calibrates=owner is not None and owner.changes == draft.scenario.changes,
        beside=header.beside,
        published=published_beside(header, parts.populations, draft.catalogue),
        populations=parts.populations,
        analyses=header.analyses,
        decision=decision,
        is_scenario=bool(draft.scenario.changes),
    )
