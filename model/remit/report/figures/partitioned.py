"""F5: where patients are over time, in partitioned survival and in the Markov model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remit.report.figures.style import (
    DARK,
    Context,
    house_style,
    legend_below_title,
    new_figure,
    no_spines,
    percent_axis,
    state_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ZOOM = 5.0  # years shown in the lower rows
_COLUMNS = 3  # four are drawn two by two
# The states of partitioned survival, whose colour each has, and what they are called.
_STATES = {
    "event_free": ("remission", "Event-free (Markov: remission, after HSCT)"),
    "progressed": ("relapse", "Progressed (Markov: relapsed or refractory)"),
    "dead": ("death", "Dead"),
}
_LINES = {"markov": ("-", 1.5, "Markov model"), "partitioned": ((0, (4, 1.6)), 1.5, "Partitioned survival")}


def partitioned_figure(occupancy: pd.DataFrame, context: Context, *, joint: float | None = None) -> Figure:
    """Draw the share in each state in both structures, over the horizon and below in the first years.

    Parameters
    ----------
    occupancy
        ``strategy, structure, year, event_free, progressed, dead``; structure is ``markov`` or
        ``partitioned``.
    context
        Labels and what the figure rests on.
    joint
        Years after which the curves of partitioned survival follow background mortality alone.
    """
    names = [name for name in context.strategies if name in set(occupancy["strategy"])]
    columns = 2 if len(names) == 4 else min(len(names), _COLUMNS)
    ends = [context.horizon_years, ZOOM] if context.horizon_years > ZOOM else [context.horizon_years]
    joint = joint if joint is not None and joint < context.horizon_years else None
    bands, rows_each = -(-len(names) // columns), len(ends)
    with house_style():
        figure = new_figure(
            1.8 * bands * rows_each,
            "Partitioned survival against the Markov model",
            context.caption(_note(joint, zoomed=rows_each > 1), discounted=False),
            head=0.4,
        )
        grid = figure.subplots(rows_each * bands, columns, squeeze=False)
        for axes in grid.flat:
            axes.set_visible(False)
        for place, name in enumerate(names):
            band, column = divmod(place, columns)
            rows = occupancy[occupancy["strategy"] == name]
            for row, end in enumerate(ends, start=rows_each * band):
                axes = grid[row, column]
                axes.set_visible(True)
                _draw(axes, rows, min(end, float(rows["year"].max())), joint)
                if column == 0:
                    axes.set_ylabel("Share of patients")
                else:
                    axes.tick_params(labelleft=False)
            grid[rows_each * band, column].set_title(wrapped(context.label(name), 72 // columns))
            begun = "enrolment" if context.start == "enrolled" else "first infusion"
            grid[rows_each * (band + 1) - 1, column].set_xlabel(f"Years from {begun}")
        _legend(figure)
    return figure


def _note(joint: float | None, *, zoomed: bool) -> str:
    first = f"; lower rows: first {ZOOM:g} years" if zoomed else ""
    tail = f" From year {joint:g} (dotted) both curves follow background mortality alone." if joint else ""
    return (
        f"Shares at the parameters' means, not discounted{first}. Partitioned survival reads its states from "
        "the model's own curves: waiting and treatment count as event-free, those rescued after the strategy "
        f"failed as progressed.{tail} The Markov model counts waiting and treatment as relapsed or "
        "refractory, the rescued as in remission."
    )


def _draw(axes: Axes, rows: pd.DataFrame, end: float, joint: float | None) -> None:
    colours = state_colours()
    for structure, (style, width, _) in _LINES.items():
        own = rows[rows["structure"] == structure].sort_values("year")
        for state, (colour, _) in _STATES.items():
            axes.plot(
                own["year"],
                own[state],
                color=colours[colour],
                linestyle=style,
                linewidth=width,
                gid=f"{structure}:{state}",
                zorder=3 if structure == "markov" else 4,
            )
    if joint is not None and joint < end:
        axes.axvline(joint, color=DARK, linestyle=":", linewidth=0.8, zorder=1, gid="joint")
    axes.set_xlim(0, end)
    axes.set_ylim(-0.02, 1.02)
    percent_axis(axes.yaxis)
    no_spines(axes)


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colours = state_colours()
    handles: list[Any] = [Patch(facecolor=colours[colour], label=label) for colour, label in _STATES.values()]
    handles.append(Patch(alpha=0, label=""))  # the structures have a column of their own
    handles += [
        Line2D([], [], color=DARK, linestyle=style, linewidth=width, label=label)
        for style, width, label in _LINES.values()
    ]
    legend_below_title(figure, handles, columns=3)
