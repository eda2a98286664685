"""At how many places which rule of a clinic is the better one, by group of patients."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from remit.analysis.clinic.results import ALL
from remit.report.clinic_drawing import ClinicDrawing, places_label
from remit.report.clinic_turning import group_label
from remit.report.figures.clinic_rules import legend_head, rule_colours, rule_legend, rule_markers, title_of
from remit.report.figures.style import (
    GREY,
    Context,
    house_style,
    ink,
    money,
    new_figure,
    no_spines,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
HEIGHT = 2.2  # inches: a row of panels
LOGARITHMIC = 8  # from this ratio of most to fewest places on, their axis is logarithmic
TICKS = 7  # of that axis, at most
# Measure, by what it is divided, and how the axis of the differences is called.
ROWS = (
    ("nmb", 1000.0, "Difference in net benefit,\nthousand {currency} per patient"),
    ("qalys", 1.0, "Difference in QALYs,\nper patient"),
)
_BETTER, _HEADROOM = "#eef5ee", 0.2  # the ground on which a rule is better; its share of a panel at least


@dataclass(frozen=True)
class _Scene:
    """How the rules that are compared with the first are drawn."""

    first: str
    rules: tuple[str, ...]
    colours: dict[str, str]
    markers: dict[str, str]


def capacity_figure(
    table: pd.DataFrame, turning: pd.DataFrame, drawing: ClinicDrawing, context: Context
) -> Figure:
    """Draw the difference of each rule to the first over numbers of places, in each group of patients.

    Parameters
    ----------
    table
        ``clinic_capacity.csv``.
    turning
        See :func:`remit.report.clinic_turning.turning_places`.
    drawing
        The clinic, its rules and their labels.
    context
        The scenario, the threshold and the currency.
    """
    first, *others = drawing.rules
    scene = _Scene(
        drawing.rules[first], tuple(others), rule_colours(drawing, context), rule_markers(drawing, context)
    )
    groups, places = _groups(table), places_label(str(table["resource"].iloc[0]))
    with house_style():
        figure = new_figure(
            len(ROWS) * HEIGHT,
            title_of(drawing, f"which rule is better with how many {places}?"),
            _caption(drawing, context, scene),
            head=legend_head(drawing, leave_out=first),
        )
        grid = figure.subplots(len(ROWS), len(groups), squeeze=False, sharex=True, sharey="row")
        _number_places(grid[0, 0], table)
        for panels, (measure, divisor, title) in zip(grid, ROWS, strict=True):
            for axes, group in zip(panels, groups, strict=True):
                _draw(axes, _part(table, measure, group), divisor, scene)
            _make_room(panels[0])
            for axes, group in zip(panels, groups, strict=True):
                _mark_turns(axes, _part(turning, measure, group), scene)
            panels[0].set_ylabel(title.format(currency=context.currency))
        for top, bottom, group in zip(grid[0], grid[-1], groups, strict=True):
            top.set_title(_title(group, drawing))
            bottom.set_xlabel(wrapped(places[0].upper() + places[1:], 22))
        _name_sides(grid[0, -1], scene)
        rule_legend(figure, drawing, context, leave_out=first)
    return figure


def _groups(table: pd.DataFrame) -> list[str]:
    """Return the groups of patients in the order of the panels: all of them last."""
    names = [str(name) for name in dict.fromkeys(table["group"])]
    return [*(name for name in names if name != ALL), *(name for name in names if name == ALL)]


def _title(group: str, drawing: ClinicDrawing) -> str:
    label = group_label(group)
    said = f"{drawing.by.replace('_', ' ')}: {label}" if drawing.by and group != ALL else label
    return said[0].upper() + said[1:]


def _part(table: pd.DataFrame, measure: str, group: str) -> pd.DataFrame:
    return table[(table["measure"] == measure) & (table["group"] == group)]


def _caption(drawing: ClinicDrawing, context: Context, scene: _Scene) -> str:
    # Patients are followed in continuous time: there is no cycle to correct for.
    continuous = replace(context, correction="end")
    note = (
        f"Clinic: {drawing.title}. Differences to '{scene.first}' on the same patients: above 0 (green "
        f"ground) a rule is the better one; open circles: where its mean falls below. Net benefit at "
        f"{money(context.threshold, context.currency)} per QALY. {drawing.bands('difference')} "
        f"{drawing.rests_on()} Scenario:"
    )
    return continuous.caption(note)


def _number_places(axes: Axes, table: pd.DataFrame) -> None:
    """Write the numbers of places that were tried below the panels, as far as there is room."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    tried = np.unique(table["places"].to_numpy(dtype=np.float64))
    is_logarithmic = tried[-1] / tried[0] > LOGARITHMIC
    if is_logarithmic:
        axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(_spread(tried, np.log(tried) if is_logarithmic else tried)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _spread(tried: Array, at: Array) -> list[float]:
    """Return some of the numbers that stand far enough apart to be written."""
    apart = (at[-1] - at[0]) / TICKS
    kept = [0]
    for place in range(1, tried.size - 1):
        if at[place] - at[kept[-1]] >= apart and at[-1] - at[place] >= apart:
            kept.append(place)
    return [float(tried[place]) for place in dict.fromkeys((*kept, tried.size - 1))]


def _draw(axes: Axes, rows: pd.DataFrame, divisor: float, scene: _Scene) -> None:
    for name in scene.rules:
        own = rows[rows["rule"] == name].sort_values("places")
        difference, low, high = (own[f"difference{end}"] / divisor for end in ("", "_low", "_high"))
        colour = scene.colours[name]
        axes.fill_between(own["places"], low, high, color=colour, alpha=0.18, linewidth=0, gid=f"band:{name}")
        axes.plot(own["places"], difference, color=colour, marker=scene.markers[name], markersize=3.5,
                  linewidth=1.3, gid=f"difference:{name}")  # fmt: skip
    axes.axhline(0, color="#444444", linewidth=0.9, zorder=2)
    no_spines(axes)


def _make_room(axes: Axes) -> None:
    """Let zero stand within a row of panels, with room above it."""
    low, high = axes.get_ylim()
    low, high = min(low, 0.0), max(high, 0.0)
    least = _HEADROOM / (1 - _HEADROOM) * (high - low)
    axes.set_ylim(low, max(high, least))


def _mark_turns(axes: Axes, rows: pd.DataFrame, scene: _Scene) -> None:
    """Mark the ground on which a rule is better, and where each falls from it."""
    axes.axhspan(0, axes.get_ylim()[1], color=_BETTER, zorder=0, linewidth=0, gid="better")
    turns = rows[rows["equal_at"].notna()].sort_values("equal_at")
    for step, row in enumerate(turns.itertuples()):
        colour, at = ink(scene.colours[str(row.rule)]), float(row.equal_at)
        axes.plot(at, 0, marker="o", markersize=5, markerfacecolor="white", markeredgecolor=colour,
                  linestyle="none", zorder=6, gid=f"turn:{row.rule}")  # fmt: skip
        # Bold where the rule is surely the better one with fewer places.
        weight = "normal" if np.isnan(row.better_up_to) else "bold"
        _write(axes, f"{at:.{1 if at < 10 else 0}f}", step, colour, weight=weight)
    if len(turns):
        _write(axes, "turns at", len(turns), GREY, weight="normal")


def _write(axes: Axes, text: str, step: int, colour: str, *, weight: str) -> None:
    """Write into the lower left corner, which is free where differences fall from left to right."""
    axes.annotate(text, (0.05, 0.04), xytext=(0, 9 * step), xycoords="axes fraction", fontsize=7,
                  textcoords="offset points", fontweight=weight, color=colour)  # fmt: skip


def _name_sides(axes: Axes, scene: _Scene) -> None:
    axes.text(0.97, 0.97, wrapped(f"better than '{scene.first}'", 24), transform=axes.transAxes, ha="right",
              va="top", fontsize=6.5, color=GREY, zorder=5)  # fmt: skip
