"""F4: where the cohort is over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.report.figures.style import (
    STATE_LABELS,
    Context,
    house_style,
    legend_below_title,
    new_figure,
    percent_axis,
    shade,
    state_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STATES = ("relapse", "remission", "hsct", "death")
ZOOM = 3.0  # years shown in the second row
_COLUMNS = 3  # four are drawn two by two


def trace_figure(trace: pd.DataFrame, context: Context) -> Figure:
    """Draw the share in each health state over the horizon, and below it in the first years.

    Parameters
    ----------
    trace
        ``strategy, year, relapse, remission, hsct, death``: shares that sum to 1.
    context
        Labels and what the figure rests on.
    """
    names = [name for name in context.strategies if name in set(trace["strategy"])]
    columns = 2 if len(names) == 4 else min(len(names), _COLUMNS)
    bands = -(-len(names) // columns)
    note = (
        "Share of the cohort in each health state at the parameters' means, not discounted; "
        f"lower rows: first {ZOOM:g} years."
    )
    with house_style():
        figure = new_figure(3.4 * bands, "Cohort trace", context.caption(note, discounted=False), head=0.2)
        grid = figure.subplots(2 * bands, columns, squeeze=False)
        for place, name in enumerate(names):
            band, column = divmod(place, columns)
            rows = trace[trace["strategy"] == name].sort_values("year")
            for row, end in ((2 * band, context.horizon_years), (2 * band + 1, ZOOM)):
                axes = grid[row, column]
                _stack(axes, rows, min(end, float(rows["year"].max())))
                if column == 0:
                    axes.set_ylabel("Share of cohort")
                else:
                    axes.tick_params(labelleft=False)
            grid[2 * band, column].set_title(wrapped(context.label(name), 72 // columns))
            grid[2 * band + 1, column].set_xlabel(
                "Years from enrolment" if context.start == "enrolled" else "Years from first infusion"
            )
        for spare in range(len(names), bands * columns):
            band, column = divmod(spare, columns)
            grid[2 * band, column].set_axis_off()
            grid[2 * band + 1, column].set_axis_off()
        _legend(figure)
    return figure


def _stack(axes: Axes, rows: pd.DataFrame, end: float) -> None:
    colours = trace_colours()
    areas = axes.stackplot(
        rows["year"].to_numpy(),
        *[rows[state].to_numpy() for state in STATES],
        colors=[colours[state] for state in STATES],
        linewidth=0.4,
        edgecolor="white",
    )
    for area, state in zip(areas, STATES, strict=True):
        area.set_gid(f"state:{state}")
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1)
    axes.margins(0)
    percent_axis(axes.yaxis)
    axes.grid(visible=False)


def trace_colours() -> dict[str, str]:
    """Return the colours of the health states, death a light grey since it fills most of the figure."""
    colours = state_colours()
    return {**colours, "death": shade(colours["death"], "#ffffff", 0.55)}


def _legend(figure: Figure) -> None:
    from matplotlib.patches import Patch

    colours = trace_colours()
    handles = [Patch(facecolor=colours[state], label=STATE_LABELS[state]) for state in STATES]
    legend_below_title(figure, handles)
