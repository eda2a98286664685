"""Whether a sweep file makes sense: its axes, its points and what it wants drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from remit.analysis.decision_map import begun_alike
from remit.analysis.sweep import Axis
from remit.files.loaded import Loaded
from remit.files.reader import Reader
from remit.files.sweep_file import Range, Spread, SweepFile, SweepPlot, same
from remit.files.yaml_text import Document, KeyPath
from remit.inputs.units import is_time
from remit.study import Study

SCENARIO, STRATEGY = "scenario", "strategy"
COMPARED = "strategies.compare"
MOST_DRAWS = 10_000_000
VALUES = (
    "life_years",
    "qalys",
    "costs",
    "incremental_costs",
    "incremental_qalys",
    "icer",
    "inmb",
    "probability_best",
    "expected_loss",
    "probability_best_health",
    "expected_loss_health",
    "p_cr_after_nonresponse",
)


def check_shape(entry: SweepFile, document: Document, reader: Reader) -> None:
    """Refuse a file whose axes and points do not make a sweep."""

    def refuse(rule: str, at: KeyPath, value: object = None) -> None:
        reader.refuse(rule, document.where(at), at, value)

    if "points" in document.data and not entry.points:
        refuse("a list of points needs a point or more", ("points",))
    elif entry.points and (entry.over or entry.latin_hypercube):
        refuse("points are listed, or come from `over`: leave one of the two out", ("points",))
    elif not entry.points and not entry.over:
        refuse("a sweep needs at least one axis", ("over",))
    for name, spread in entry.over.items():
        rule = _wrong_in_hypercube(spread) if entry.latin_hypercube else _wrong_in_grid(spread)
        if rule:
            refuse(rule, ("over", name))
    seen: set[str] = set()
    for number, point in enumerate(entry.points):
        _check_point(number, point, list(entry.points[0]), seen, document, reader)


def _wrong_in_hypercube(spread: Spread) -> str | None:
    if not isinstance(spread, Range):
        return "a Latin hypercube draws within a range: write {from: ..., to: ...}"
    if spread.points is not None:
        return "how many points a Latin hypercube has is said under latin_hypercube: leave `points` out here"
    if spread.from_ > spread.to:
        return f"the range is reversed: from {spread.from_:g} is above to {spread.to:g}"
    return None


def _wrong_in_grid(spread: Spread) -> str | None:
    if isinstance(spread, Range):
        return None if spread.points else "a range of a grid says how many points it has: points"
    if not spread:
        return "an axis needs a value or more"
    seen: set[str] = set()
    for value in spread:
        if same(value) in seen:
            return f"the value {value!r} stands there twice"
        seen.add(same(value))
    return None


def _check_point(
    number: int,
    point: Mapping[str, Any],
    wanted: Sequence[str],
    seen: set[str],
    document: Document,
    reader: Reader,
) -> None:
    """Refuse a point with other keys than the first, and one that was seen before."""
    at = ("points", number)
    lacks = [name for name in wanted if name not in point]
    more = [name for name in point if name not in wanted]
    said = [f"lacks {', '.join(lacks)}"] * bool(lacks) + [f"has {', '.join(more)} beside"] * bool(more)
    if not point:
        reader.refuse("a point needs a value or more", document.where(at), at)
    elif said:
        rule = f"every point names what the first does: this one {' and '.join(said)}"
        reader.refuse(rule, document.where(at), at)
    elif (whole := same({name: point[name] for name in wanted})) in seen:
        reader.refuse("this point stands there twice", document.where(at), at)
    else:
        seen.add(whole)


def check_entry(entry: SweepFile, loaded: Loaded, document: Document, reader: Reader) -> None:
    """Refuse axes that name nothing there is, an unknown feature and an odd number of draws."""
    axes = entry.axes()
    names = [axis.name for axis in axes]
    if entry.scenario != "base" and SCENARIO in names:
        rule = "a sweep over scenarios starts from no other: leave one of the two out"
        reader.refuse(rule, document.where((SCENARIO,)), (SCENARIO,))
    if STRATEGY in names and COMPARED in names:
        at = place_of(entry, STRATEGY)
        reader.refuse(f"{STRATEGY} and {COMPARED} both say what is compared", document.where(at), at)
    known = [SCENARIO, STRATEGY, *_dotted(loaded.resolved), *loaded.study.parameters]
    for name in names:
        at = place_of(entry, name)
        if name not in known and name.split(".")[0] not in loaded.study.parameters:
            reader.refuse("no such parameter or setting", document.where(at), at, name, known)
    features = loaded.study.features if entry.by is not None else {}
    if entry.by is not None and entry.by not in features:
        rule = "no feature of the population" if features else "the population has no features"
        reader.refuse(rule, document.where(("by",)), ("by",), entry.by, features)
    if not 0 <= entry.draws <= MOST_DRAWS:
        reader.refuse(
            f"draws go from 0 to {MOST_DRAWS:,}", document.where(("draws",)), ("draws",), entry.draws
        )


def place_of(entry: SweepFile, name: str) -> KeyPath:
    """Return where in the file an axis is named."""
    return ("points", 0, name) if entry.points else ("over", name)


def check_plot(
    entry: SweepFile, study: Study, strategies: Collection[str], document: Document, reader: Reader
) -> None:
    """Refuse to draw what is not there; ``strategies`` are those compared at any point."""
    plot, axes = entry.plot, entry.axes()
    if plot.strategy not in strategies:
        at: KeyPath = ("plot", "strategy")
        reader.refuse("not among the strategies compared", document.where(at), at, plot.strategy, strategies)
    for number, value in enumerate(plot.values):
        if value not in VALUES:
            at = ("plot", "values", number)
            reader.refuse("no such value", document.where(at), at, value, VALUES)
    for name in plot.titles:
        if name not in [axis.name for axis in axes]:
            reader.refuse("no such axis", document.where(("plot", "titles", name)), ("plot", "titles"), name,
                          [axis.name for axis in axes])  # fmt: skip
    rule = _undrawable(plot, entry, study)
    if rule:
        at = ("plot", "kind")
        reader.refuse(rule, document.where(at), at, plot.kind)


def _undrawable(plot: SweepPlot, entry: SweepFile, study: Study) -> str | None:
    """Return why a kind of figure does not suit the points, or None where it does."""
    axes, is_grid = entry.axes(), not entry.points and entry.latin_hypercube is None
    flat = is_grid and len(axes) == 2 and all(_is_numbers(axis) for axis in axes)
    rule = None
    if plot.kind == "scatter" and not any(_is_numbers(axis) for axis in axes):
        rule = "needs an axis of numbers"
    elif plot.kind == "lines" and (entry.latin_hypercube is not None or len(axes) > 2):
        rule = "needs the values of one or two axes, not a Latin hypercube"
    elif plot.kind in ("heat_map", "decision_map") and not flat:
        rule = "needs two axes of numbers, two values or more on each"
    elif plot.kind == "decision_map" and not all(_is_drawn_alone(axis, study) for axis in axes):
        rule = "needs parameters on both axes, each a single number"
    elif plot.kind == "decision_map" and plot.strategy in study.strategies:
        alike = len(begun_alike(study, plot.strategy)) == len(study.strategies)
        rule = "needs a strategy that does not begin as plot.strategy does" if alike else None
    return rule


def _is_numbers(axis: Axis) -> bool:
    """Tell whether the values of an axis can stand on a scale: numbers, or times with their units."""
    numbers = all(isinstance(value, int | float) for value in axis.values)
    times = all(isinstance(value, str) and is_time(value) for value in axis.values)
    return len(axis.values) >= 2 and (numbers or times)


def _is_drawn_alone(axis: Axis, study: Study) -> bool:
    """Tell whether an axis is a parameter with a single column of draws that hold its value."""
    parameter = study.parameters.get(axis.name)
    return parameter is not None and parameter.columns(axis.name) == [axis.name] and parameter.by is None


# What stands in a study file and changes no point of a sweep.
WITHOUT_EFFECT = ("parameters", "title", "psa", "published", "beside", "decision", "analyses", "calibration")


def _dotted(data: Mapping[Any, Any], before: str = "") -> Iterator[str]:
    """Yield the dotted path of everything that a root study file holds."""
    for key, value in data.items():
        if not before and key in WITHOUT_EFFECT:
            continue
        path = f"{before}{key}"
        yield path
        if isinstance(value, dict):
            yield from _dotted(value, f"{path}.")
