"""The decision map as arrays, as a table of where it turns, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.decision_map import begun_alike, stretches_above
from remit.analysis.sweep import Sweep
from remit.economics.strata import ALL
from remit.inputs.units import MONTHS_PER_YEAR, prefix_of
from remit.report.figures.style import Context, money, percent
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
POSITIVE = ("time_", "cost_", "rate_", "hr_", "or_", "rr_", "smr_", "shape_")


@dataclass(frozen=True)
class MapAxis:
    """An axis: its parameter, how it is called, and what its values are multiplied by to be shown.

    ``unit`` is ``months`` for every time, ``share`` for shares and probabilities, else the parameter's own.
    """

    name: str
    title: str
    unit: str
    factor: float

    @property
    def is_positive(self) -> bool:
        """Whether its draws are above 0 without another limit: times, costs, ratios, rates."""
        return prefix_of(self.name) in POSITIVE

    def written(self, value: float) -> str:
        """Return a value of the table as it is shown, with its unit."""
        shown = value * self.factor
        return percent(shown) if self.unit == "share" else f"{shown:.2g} {self.unit}"


@dataclass(frozen=True)
class MapDrawing:
    """What is drawn: across ``x``, upwards ``y``; ``first`` are the strategies that begin with ``therapy``.

    The second scale tells remission with ``later``, the next line of ``strategy``, after non-response. ``by``
    is the feature whose levels are told apart, ``draws`` how many each point has (0: the parameters' means).
    """

    x: MapAxis
    y: MapAxis
    strategy: str
    first: tuple[str, ...]
    therapy: str
    later: str
    by: str | None
    draws: int

    def group(self, level: str) -> str:
        """Return how a group of patients is called."""
        return "all patients" if level == ALL else f"{self.by} {level}".replace("_", " ")


@dataclass(frozen=True)
class Objective:
    """By what strategies are compared: the columns of the sweep's table, and how it is called."""

    name: str
    value: str
    probability: str
    loss: str


OBJECTIVES = (
    Objective("health", "qalys", "probability_best_health", "expected_loss_health"),
    Objective("net_benefit", "inmb", "probability_best", "expected_loss"),
)


@dataclass(frozen=True)
class Grid:
    """A map of one group of patients: x and y rising, (y, x, strategy) each; ``after`` is (y,)."""

    x: Array
    y: Array
    strategies: tuple[str, ...]
    value: Array
    probability: Array
    loss: Array
    after: Array

    def gain(self, first: Sequence[str]) -> Array:
        """Return how much better the best of some strategies is than the best of the others, (y, x)."""
        own = np.array([name in first for name in self.strategies])
        return np.asarray(self.value[..., own].max(axis=2) - self.value[..., ~own].max(axis=2))

    def loss_of(self, first: Sequence[str]) -> Array:
        """Return the expected loss of the best of some strategies, (y, x)."""
        own = np.array([name in first for name in self.strategies])
        return np.asarray(self.loss[..., own].min(axis=2))

    def best_of(self, first: Sequence[str]) -> NDArray[np.intp]:
        """Return the place of the best of some strategies, (y, x)."""
        own = np.array([name in first for name in self.strategies])
        return np.asarray(np.where(own, self.value, -np.inf).argmax(axis=2), dtype=np.intp)


def map_drawing(
    study: Study, sweep: Sweep, strategy: str, titles: Mapping[str, str], *, n_draws: int
) -> MapDrawing:
    """Say what the decision map of a sweep over two of a study's parameters shows."""
    x, y = (_axis(study, axis.name, titles.get(axis.name)) for axis in sweep.axes)
    called = [study.therapies[line.therapy].title for line in study.strategies[strategy].lines]
    therapy, later = (within_a_sentence(title) for title in (called[0], called[-1]))
    first = begun_alike(study, strategy)
    return MapDrawing(x, y, strategy, first, therapy, later, sweep.by, n_draws)


def drawing_to(drawing: MapDrawing) -> dict[str, Any]:
    """Return what is drawn as plain data."""
    return asdict(drawing)


def drawing_from(data: Mapping[str, Any]) -> MapDrawing:
    """Return what is drawn from plain data."""
    axes = {name: MapAxis(**data[name]) for name in ("x", "y")}
    return MapDrawing(**{**data, **axes, "first": tuple(data["first"])})


def levels_of(table: pd.DataFrame) -> list[str]:
    """Return the groups of patients of a sweep's table, all together first."""
    return [str(level) for level in dict.fromkeys(table["stratum"])] if "stratum" in table else [ALL]


def grid_of(table: pd.DataFrame, drawing: MapDrawing, objective: Objective, level: str) -> Grid:
    """Return the map of one group of patients from a sweep's table."""
    own = table[table["stratum"] == level] if "stratum" in table else table
    strategies = list(dict.fromkeys(own["strategy"]))
    places = own["strategy"].map(strategies.index)
    x, y = (own[f"at_{axis.name}"].to_numpy(dtype=np.float64) for axis in (drawing.x, drawing.y))
    order = np.lexsort((places, x, y))
    shape = (np.unique(y).size, np.unique(x).size, len(strategies))

    def spread(column: str) -> Array:
        return np.asarray(own[column].to_numpy(dtype=np.float64)[order].reshape(shape))

    after = spread("p_cr_after_nonresponse")[..., strategies.index(drawing.strategy)]
    return Grid(
        x=np.unique(x),
        y=np.unique(y),
        strategies=tuple(strategies),
        value=spread(objective.value),
        probability=spread(objective.probability),
        loss=spread(objective.loss),
        after=np.median(after, axis=1),
    )


def turning_points_table(table: pd.DataFrame, drawing: MapDrawing) -> pd.DataFrame:
    """Return where on the map a strategy that begins with the therapy is best by expected value.

    Parameters
    ----------
    table
        Of the sweep.
    drawing
        Which axes and strategies.

    Returns
    -------
    DataFrame
        For each objective, group of patients and value of the second axis, a row for each stretch of the
        first axis: ``from`` and ``to`` in its parameter's unit, straight between points, and the
        ``strategy`` that is best in the middle; ``ends`` says whether the stretch goes on to the edges of
        the map (``everywhere``, ``from``, ``to``, ``between``). A row without numbers: nowhere.
    """
    import pandas as pd

    rows = []
    for objective in OBJECTIVES:
        for level in levels_of(table):
            grid = grid_of(table, drawing, objective, level)
            for place, y in enumerate(grid.y):
                head = {"objective": objective.name, "stratum": level, f"at_{drawing.y.name}": y}
                rows += [{**head, **found} for found in _stretches(grid, drawing, place)]
    return pd.DataFrame(rows)


def cloud_table(study: Study, drawing: MapDrawing, *, most: int) -> pd.DataFrame:
    """Return the study's own draws of the parameters on the axes, at most so many, as its PSA has them."""
    import pandas as pd

    n_draws = min(study.psa.draws, most)
    draws = study.draws(seed=study.psa.seed, n_draws=n_draws)
    names = (drawing.x.name, drawing.y.name)
    columns = {name: draws[name] if name in draws else np.full(n_draws, study.means[name]) for name in names}
    return pd.DataFrame({"draw": np.arange(n_draws), **columns})


def map_in_words(table: pd.DataFrame, drawing: MapDrawing, context: Context) -> list[str]:
    """Say for the lowest, middle and highest value of the second axis from where the therapy goes first.

    Parameters
    ----------
    table
        Of :func:`turning_points_table`.
    drawing, context
        What it is about, how strategies are called, and the threshold.
    """
    column = f"at_{drawing.y.name}"
    values = np.unique(table[column].to_numpy(dtype=np.float64))
    chosen = values[sorted({0, values.size // 2, values.size - 1})]
    threshold = money(context.threshold, context.currency)
    told = {"health": "By health alone", "net_benefit": f"By net benefit at {threshold} per QALY"}
    lines = [f"Where beginning with {drawing.therapy} is best ({drawing.x.title}; {drawing.y.title}):"]
    for (objective, level), part in table.groupby(["objective", "stratum"], sort=False):
        found = {value: _where(part[part[column] == value], drawing, context) for value in chosen}
        said = (
            next(iter(found.values()))
            if len(set(found.values())) == 1
            else "; ".join(f"{where} at {drawing.y.written(value)}" for value, where in found.items())
        )
        lines.append(f"  {told[str(objective)]}, {drawing.group(str(level))}: {said}")
    return lines


def within_a_sentence(title: str) -> str:
    """Return a name as it is written within a sentence: abbreviations keep their capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _axis(study: Study, name: str, title: str | None) -> MapAxis:
    parameter = study.parameters[name]
    called, prefix = title or parameter.title, prefix_of(name)
    if prefix == "time_":
        return MapAxis(name, called, "months", parameter.factor * MONTHS_PER_YEAR)
    return MapAxis(name, called, "share" if prefix in ("p_", "share_") else parameter.unit, 1.0)


def _stretches(grid: Grid, drawing: MapDrawing, place: int) -> Iterator[dict[str, Any]]:
    stretches = stretches_above(grid.x, grid.gain(drawing.first)[place])
    if not stretches:
        yield {"from": np.nan, "to": np.nan, "strategy": "", "ends": ""}
    best = grid.best_of(drawing.first)[place]
    for stretch in stretches:
        middle = int(np.abs(grid.x - (stretch.start + stretch.end) / 2).argmin())
        ends = (stretch.start == grid.x[0], stretch.end == grid.x[-1])
        told = {(True, True): "everywhere", (False, True): "from", (True, False): "to"}.get(ends, "between")
        name = grid.strategies[best[middle]]
        yield {"from": stretch.start, "to": stretch.end, "strategy": name, "ends": told}


def _where(rows: pd.DataFrame, drawing: MapDrawing, context: Context) -> str:
    said = []
    for row in rows.to_dict("records"):
        start, end = drawing.x.written(row["from"]), drawing.x.written(row["to"])
        where = {
            "everywhere": "everywhere on the map",
            "from": f"from {start}",
            "to": f"up to {end}",
            "between": f"from {start} to {end}",
        }.get(row["ends"])
        if where is None:
            return "nowhere on the map"
        said.append(f"{where} ('{context.label(row['strategy'])}')")
    return ", ".join(said)
