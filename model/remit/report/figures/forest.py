"""Forest plot of pooled trials: a panel for each outcome, the therapy classes below each other in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.report.figures.style import (
    DARK,
    GREY,
    house_style,
    ink,
    new_figure,
    no_spines,
    percent,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, HEAD, AXIS = 0.175, 0.62, 0.3  # inches: a row, the title and axis of a panel, and the axis alone
AT = (0.33, 0.37)  # of the figure's width: where a panel begins, and how wide it is
LEFT, COUNTS, SHARE = -0.86, 1.27, 1.79  # of the panel's width: where names begin and numbers end
INDENT = 0.03
LONGEST = 44  # letters of a line of a trial's name
LARGEST = 62.0  # points^2: the square of the largest trial
NOTE = (
    "Squares: trials, area by patients, with exact 95% intervals. Diamonds: trials pooled (random effects, "
    "95% interval); line below: 95% prediction interval for a further trial (t with trials - 2 degrees of "
    "freedom, from three trials on). A single trial is not pooled. Events are the printed percentage of "
    "patients, rounded, where no count is printed."
)


@dataclass(frozen=True)
class _Row:
    """A line of a panel, from the top: its place, its kind and the row of the table behind it."""

    place: float
    kind: str
    values: Mapping[Any, Any]


def forest_plot(
    pooled: pd.DataFrame,
    trials: pd.DataFrame,
    *,
    therapies: Mapping[str, str],
    outcomes: Mapping[str, str],
    title: str,
    strategies: tuple[str, ...] = (),
) -> Figure:
    """Draw the trials and the pool of every outcome.

    Parameters
    ----------
    pooled, trials
        As :mod:`remit.report.pool_tables` makes them.
    therapies, outcomes
        What they are called, in the order in which they are drawn.
    title
        Of the figure.
    strategies
        Of the study, whose colours the therapy classes of the same name have.
    """
    panels = {outcome: _rows(pooled, trials, outcome, therapies) for outcome in outcomes}
    panels = {outcome: rows for outcome, rows in panels.items() if rows}
    colours = strategy_colours(tuple(dict.fromkeys((*strategies, *therapies))))
    largest = float(trials["n"].max())
    heights = [_depth(rows) * ROW + HEAD for rows in panels.values()]
    left_out = _left_out(trials, therapies, outcomes)
    with house_style():
        figure = new_figure(sum(heights), title, f"{NOTE} {left_out}".strip())
        for axes, (outcome, rows) in zip(_panels(figure, heights), panels.items(), strict=True):
            _frame(axes, outcomes[outcome], _depth(rows), first=axes is figure.axes[0])
            for row in rows:
                _draw(axes, row, therapies, colours, largest)
    return figure


def _rows(
    pooled: pd.DataFrame, trials: pd.DataFrame, outcome: str, therapies: Mapping[str, str]
) -> list[_Row]:
    """Return the lines of a panel: for each therapy class its name, its trials and its pool."""
    rows: list[_Row] = []
    for therapy in therapies:
        chosen = trials[(trials["therapy"] == therapy) & (trials["outcome"] == outcome) & trials["n"].notna()]
        found = pooled[(pooled["therapy"] == therapy) & (pooled["outcome"] == outcome)]
        if chosen.empty or found.empty:
            continue
        records = [("therapy", {"therapy": therapy})]
        records += [("trial", record) for record in chosen.to_dict("records")]
        records += [("pool", record) for record in found.to_dict("records") if record["trials"] > 1]
        first = _depth(rows) if rows else 0.0
        rows += [_Row(first + place, kind, values) for place, (kind, values) in enumerate(records)]
    return rows


def _panels(figure: Figure, heights: list[float]) -> list[Axes]:
    """Return a panel for each height (inches) below each other, names and numbers beside them."""
    engine = figure.get_layout_engine()
    _, foot, _, part = engine.get()["rect"] if engine is not None else (0.0, 0.0, 1.0, 1.0)
    figure.set_layout_engine("none")
    whole = figure.get_figheight()
    top, panels = (foot + part) * whole, []
    for height in heights:
        bottom = top - height + AXIS
        place = (AT[0], bottom / whole, AT[1], (height - HEAD) / whole)
        panels.append(figure.add_axes(place))
        top -= height
    return panels


def _depth(rows: list[_Row]) -> float:
    """Return the height of a panel in rows."""
    return rows[-1].place + (1.7 if rows[-1].kind == "pool" else 1.0)


def _frame(axes: Axes, title: str, depth: float, *, first: bool) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(depth - 0.4, -0.6)
    axes.set_yticks([])
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks, [percent(share) for share in ticks])
    axes.grid(visible=True, axis="x")
    no_spines(axes, "top", "right", "left")
    _write(axes, LEFT, -1.1, title, ha="left", weight="bold", fontsize=8.5)
    if first:
        _write(axes, COUNTS, -1.1, "events / n", ha="right", color=GREY)
        _write(axes, SHARE, -1.1, "share (95% interval)", ha="right", color=GREY)


def _draw(
    axes: Axes, row: _Row, therapies: Mapping[str, str], colours: Mapping[str, str], largest: float
) -> None:
    values, y = row.values, row.place
    therapy = str(values["therapy"])
    colour = colours[therapy]
    if row.kind == "therapy":
        _write(axes, LEFT, y, therapies[therapy], ha="left", color=ink(colour), weight="bold")
        return
    pooled = row.kind == "pool"
    share, low, high = (float(values[name]) for name in ("share", "low", "high"))
    weight = "bold" if pooled else "normal"
    name = f"Pooled, {values['trials']} trials" if pooled else wrapped(str(values["trial"]), LONGEST)
    small = {"fontsize": 5.6, "linespacing": 0.95} if "\n" in name else {}
    _write(axes, LEFT + INDENT, y, name, ha="left", weight=weight, **small)
    _write(axes, COUNTS, y, f"{values['events']:.0f} / {values['n']:.0f}", ha="right", weight=weight)
    _write(axes, SHARE, y, f"{percent(share)} ({100 * low:.0f}–{100 * high:.0f}%)", ha="right", weight=weight)
    if pooled:
        _diamond(axes, y, (low, share, high), colour)
        _prediction(axes, y, values, colour)
    else:
        axes.plot([low, high], [y, y], color=colour, linewidth=1.1, gid="interval", solid_capstyle="butt")
        area = LARGEST * float(values["n"]) / largest
        axes.scatter([share], [y], s=area, marker="s", color=colour, zorder=3, clip_on=False, gid="trial")


def _diamond(axes: Axes, y: float, points: tuple[float, float, float], colour: str) -> None:
    low, share, high = points
    corners = [low, share, high, share], [y, y - 0.33, y, y + 0.33]
    axes.fill(*corners, color=colour, linewidth=0, zorder=3, clip_on=False, gid="pool")


def _prediction(axes: Axes, y: float, values: Mapping[Any, Any], colour: str) -> None:
    low, high = float(values["prediction_low"]), float(values["prediction_high"])
    if not math.isnan(low):
        below = y + 0.55
        axes.plot([low, high], [below, below], color=ink(colour), linewidth=2.2, gid="prediction", alpha=0.75)


def _write(axes: Axes, x: float, y: float, text: str, **looks: Any) -> None:  # noqa: ANN401 - of matplotlib
    """Write beside the panel: x as a share of its width, y a row."""
    looks = {"fontsize": 7.2, "color": DARK, "va": "center", **looks}
    axes.text(x, y, text, transform=axes.get_yaxis_transform(), **looks)


def _left_out(trials: pd.DataFrame, therapies: Mapping[str, str], outcomes: Mapping[str, str]) -> str:
    """Say which trials are not drawn, by outcome."""
    said = []
    for outcome in outcomes:
        chosen = trials[
            (trials["outcome"] == outcome) & trials["n"].isna() & trials["therapy"].isin(therapies)
        ]
        if len(chosen):
            names = ", ".join(str(title) for title in chosen["trial"])
            said.append(f"{outcomes[outcome].split(',')[0]}: {names}")
    return f"Left out, as their counts are not known: {'; '.join(said)}." if said else ""
