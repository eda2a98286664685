"""What a run asks beside the base case and PSA, as a study file says."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from remit.errors import InputError
from remit.files.layers import Layers
from remit.files.places import scenario_names
from remit.files.reader import Reader, read_document
from remit.files.research import research_file
from remit.files.yaml_text import KeyPath
from remit.study import Study

BEST = "best"


@dataclass(frozen=True)
class Varied:
    """A parameter over a range, evenly spaced, both ends included; in its own unit."""

    parameter: str
    from_: float
    to: float
    points: int = 21

    def __post_init__(self) -> None:
        """Refuse a range without extent, and a map too fine to be drawn."""
        if self.from_ >= self.to:
            raise ValueError("from must be below to")
        if not 2 <= self.points <= 200:
            raise ValueError("points must be from 2 to 200")


@dataclass(frozen=True)
class Group:
    """Parameters whose information is valued together; ``*`` stands for anything within a name."""

    title: str
    parameters: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a group of nothing, or without a name."""
        if not self.title.strip():
            raise ValueError("the title of a group says what is learnt")
        if not self.parameters or len(set(self.parameters)) < len(self.parameters):
            raise ValueError("parameters of a group: one or more, each once")

    def among(self, columns: Iterable[str]) -> list[str]:
        """Return those of some columns that belong to the group."""
        return [name for name in columns if any(fnmatchcase(name, p) for p in self.parameters)]


@dataclass(frozen=True)
class Analyses:
    """What is asked.

    ``without`` are strategies left out of a second choice whose information is valued too;
    ``strategy`` is the one explained against the comparator (``best``: of the others at the means);
    ``two_way`` the two parameters of the map; ``groups`` those of the value of information; ``scenarios`` of
    the forest; ``research`` the designs of params/research.yaml that are valued.
    """

    strategy: str = BEST
    two_way: tuple[Varied, ...] = ()
    groups: tuple[Group, ...] = ()
    scenarios: tuple[str, ...] = ()
    research: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a map with other than two axes."""
        if len(self.two_way) not in (0, 2) or len({axis.parameter for axis in self.two_way}) != len(
            self.two_way
        ):
            raise ValueError("two_way needs two different parameters")
        titles = [group.title for group in self.groups]
        if len(set(titles)) < len(titles):
            raise ValueError("groups need titles of their own")


def check_analyses(
    analyses: Analyses, study: Study, strategies: Collection[str], layers: Layers, reader: Reader
) -> None:
    """Refuse a strategy that is not compared, and what there is not; ``strategies`` are all there are."""
    at: KeyPath = ("analyses", "strategy")
    if analyses.strategy not in (BEST, *study.strategies):
        known = [BEST, *study.strategies]
        reader.refuse("not among the strategies compared", layers.where(at), at, analyses.strategy, known)
    elif analyses.strategy == study.comparator:
        reader.refuse("the comparator cannot be explained against itself", layers.where(at), at)
    _check_each("scenarios", analyses.scenarios, scenario_names(), layers, reader)
    _check_each("without", analyses.without, strategies, layers, reader)
    _check_research(analyses.research, layers, reader)
    _check_parameters(analyses, study, layers, reader)


NAMES = {
    "without": "unknown strategy",
    "scenarios": "there is no such scenario",
    "research": "there is no such design",
}


def _check_each(
    kind: str, names: tuple[str, ...], known: Collection[str], layers: Layers, reader: Reader
) -> None:
    for number, name in enumerate(names):
        at = ("analyses", kind, number)
        if name not in known:
            reader.refuse(NAMES[kind], layers.where(at), at, name, known)
        elif name in names[:number]:
            reader.refuse("stands twice", layers.where(at), at, name)


def _check_research(names: tuple[str, ...], layers: Layers, reader: Reader) -> None:
    """Refuse designs that there are not; where their file is wrong, that is told instead."""
    if not names:
        return
    try:
        known = [str(name) for name in read_document(research_file()).data]
    except InputError as error:
        reader.problems += error.problems
        return
    _check_each("research", names, known, layers, reader)


def _check_parameters(analyses: Analyses, study: Study, layers: Layers, reader: Reader) -> None:
    for number, axis in enumerate(analyses.two_way):
        at: KeyPath = ("analyses", "two_way", number)
        if axis.parameter not in study.parameters:
            path: KeyPath = (*at, "parameter")
            reader.refuse("unknown parameter", layers.where(path), path, axis.parameter, study.parameters)
        else:
            _check_ends(axis, at, study, layers, reader)
    columns = [column for name, one in study.parameters.items() for column in one.columns(name)]
    for number, group in enumerate(analyses.groups):
        for place, pattern in enumerate(group.parameters):
            if not any(fnmatchcase(column, pattern) for column in columns):
                path = ("analyses", "groups", number, "parameters", place)
                reader.refuse("no parameter is called so", layers.where(path), path, pattern, columns)


def _check_ends(axis: Varied, at: KeyPath, study: Study, layers: Layers, reader: Reader) -> None:
    """Refuse ends of a range that the parameter cannot have."""
    for key, end in (("from", axis.from_), ("to", axis.to)):
        try:
            study.set({axis.parameter: end})
        except InputError as error:
            for problem in error.problems:
                rule = f"{axis.parameter}: {problem.rule}"
                reader.refuse(rule, layers.where((*at, key)), (*at, key), end)
