"""F3: modelled hazards beside the mean hazards between reported landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    ink,
    legend_below_title,
    new_figure,
    no_spines,
    shade,
    strategy_colours,
    wrapped,
)
from remit.report.figures.survival import POPULATION, YEARS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panel = tuple[str, str, str]  # strategy, origin, endpoint

_EVENTS = {"os": "Death", "rfs": "Relapse or death", "efs": "No response, relapse or death"}
_ORIGINS = {
    "decision": "from the decision to treat",
    "infusion": "from first infusion",
    "remission": "from remission",
}
_DASHES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))


def hazard_figure(hazards: pd.DataFrame, landmarks: pd.DataFrame, context: Context) -> Figure:
    """Draw modelled hazards over time with the mean hazards between landmarks, a panel each curve.

    Parameters
    ----------
    hazards
        ``strategy, origin, endpoint, year, hazard, low, high``, per year; a band is drawn where ``low``
        and ``high`` are given; the strategy ``general population`` is drawn dashed in every panel.
    landmarks
        ``strategy, origin, endpoint, from_year, to_year, hazard, low, high, title``, per year.
    context
        Labels and what the figure rests on.
    """
    panels = _panels(hazards, context)
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    banded = bool(hazards["low"].notna().any())
    drawn = "Curve: median of the model; band: 95% of draws." if banded else "Curve: model at its means."
    note = (
        f"{drawn} Steps: mean hazard from one reported landmark or median to the next, with 95% intervals "
        "where printed ones allow them. Scales differ between panels. Not discounted."
    )
    with house_style():
        figure = new_figure(
            2.3 * rows,
            "Modelled and reported hazards",
            context.caption(note, psa=banded, discounted=False),
            head=0.2,
        )
        grid = figure.subplots(rows, columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_axis_off()
                continue
            _draw_panel(axes, panels[place], hazards, landmarks, context)
            if place % columns == 0:
                axes.set_ylabel("Hazard (per year)")
        _legend(figure, banded=banded)
    return figure


def _panels(hazards: pd.DataFrame, context: Context) -> list[Panel]:
    """Return the curves there are: strategies in their order, then origins and endpoints."""
    present = set(hazards[["strategy", "origin", "endpoint"]].itertuples(index=False, name=None))
    return sorted(
        (key for key in present if key[0] in context.strategies),
        key=lambda key: (
            context.strategies.index(key[0]),
            list(_ORIGINS).index(key[1]),
            list(_EVENTS).index(key[2]),
        ),
    )


def _draw_panel(
    axes: Axes, panel: Panel, hazards: pd.DataFrame, landmarks: pd.DataFrame, context: Context
) -> None:
    strategy, origin, endpoint = panel
    colour = strategy_colours(context.strategies)[strategy]
    line = _of(hazards, panel).sort_values("year")
    axes.fill_between(
        line["year"], line["low"], line["high"], color=colour, alpha=0.22, linewidth=0, gid="band"
    )
    axes.plot(line["year"], line["hazard"], color=colour, linewidth=1.9, zorder=3, gid="modelled")
    everyone = hazards[hazards["strategy"] == POPULATION].sort_values("year")
    axes.plot(
        everyone["year"], everyone["hazard"], color=GREY, linewidth=1.1, linestyle="--", gid="population"
    )
    steps = _of(landmarks, panel)
    _draw_steps(axes, steps)
    axes.set_xlim(0, max([YEARS, *steps["to_year"]]))
    axes.set_ylim(0, 1.06 * _top(line, steps))
    no_spines(axes)
    axes.set_title(wrapped(context.label(strategy), 46), color=ink(colour), pad=15)
    axes.text(
        0,
        1.015,
        f"{_EVENTS[endpoint]} {_ORIGINS[origin]}",
        transform=axes.transAxes,
        fontsize=7.5,
        color=DARK,
        va="bottom",
    )
    axes.set_xlabel(f"Years {_ORIGINS[origin]}")


def _of(table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    strategy, origin, endpoint = panel
    chosen = (table["strategy"] == strategy) & (table["origin"] == origin) & (table["endpoint"] == endpoint)
    return table[chosen]


def _top(line: pd.DataFrame, steps: pd.DataFrame) -> float:
    """Return the highest hazard drawn, intervals included."""
    tops = [table[column].max() for table in (line, steps) for column in ("hazard", "high")]
    return float(max((top for top in tops if top > 0), default=1.0))


def _draw_steps(axes: Axes, steps: pd.DataFrame) -> None:
    """Draw the steps of each report with its own dashes, and its name beside the others."""
    from matplotlib.lines import Line2D

    handles = []
    for place, (title, report) in enumerate(steps.groupby("title", sort=False)):
        dashes = _DASHES[place % len(_DASHES)]
        for step in report.to_dict("records"):
            _draw_step(axes, step, dashes)
        handles.append(
            Line2D([], [], color=DARK, linewidth=1.3, linestyle=dashes, label=wrapped(str(title), 36))
        )
    if handles:
        axes.legend(handles=handles, loc="upper right", fontsize=6.5, handlelength=1.8, borderaxespad=0)


def _draw_step(axes: Axes, step: dict[Any, Any], dashes: Any) -> None:  # noqa: ANN401 - a style of matplotlib
    """Draw a mean hazard as a bar over its years, with its interval at their middle."""
    ends, hazard = (step["from_year"], step["to_year"]), step["hazard"]
    axes.plot(
        ends,
        (hazard, hazard),
        color=DARK,
        linewidth=1.3,
        linestyle=dashes,
        zorder=5,
        clip_on=False,
        gid="step",
    )
    for end in ends:
        axes.plot(end, hazard, marker="|", color=DARK, markersize=5, zorder=5, clip_on=False)
    if step["low"] == step["low"]:  # an interval is given
        middle = sum(ends) / 2
        axes.errorbar(
            middle,
            hazard,
            yerr=[[hazard - step["low"]], [step["high"] - hazard]],
            fmt="none",
            ecolor=shade(DARK, "#ffffff", 0.2),
            elinewidth=0.9,
            capsize=2,
            zorder=5,
        )


def _legend(figure: Figure, *, banded: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], color=GREY, linewidth=1.9, label="Model (median)" if banded else "Model (at its means)"
        ),
        Line2D([], [], color=DARK, linewidth=1.3, marker="|", label="Reported, mean between landmarks"),
        Line2D([], [], color=GREY, linewidth=1.1, linestyle="--", label="General population, death"),
    ]
    legend_below_title(figure, handles, columns=3)
