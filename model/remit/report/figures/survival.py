"""F2: modelled survival over what trials reported."""

from __future__ import annotations

import math
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
    percent_axis,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Panel = tuple[str, str, str]  # strategy, origin, endpoint

POPULATION = "general population"
YEARS = 5.0
_MARKERS = ("o", "s", "^", "v", "P", "X")
_ENDPOINTS = {"os": "Overall survival", "rfs": "Relapse-free survival", "efs": "Event-free survival"}
_ORIGINS = {
    "decision": "from the decision to treat",
    "infusion": "from first infusion",
    "remission": "from remission",
}
_ORDER = ("decision", "infusion", "remission")


def survival_overlay(curves: pd.DataFrame, landmarks: pd.DataFrame, context: Context) -> Figure:
    """Draw modelled survival with its band over reported landmarks and medians, a panel each curve.

    Parameters
    ----------
    curves
        ``strategy, origin, endpoint, year, mean, low, high``; the strategy ``general population`` is
        drawn dashed in every panel.
    landmarks
        ``therapy, strategy, origin, endpoint, year, survival, low, high, n, of, label, follow_up_end``
        and, where known, ``kind`` (``landmark`` or ``median``).
    context
        Labels and what the figure rests on.
    """
    panels = _panels(curves, context)
    columns = 2 if len(panels) > 1 else 1
    rows = -(-len(panels) // columns)
    note = (
        "Curve: mean of the model; band: 95% of draws. Points: reported, with 95% intervals where printed; "
        "n: patients in the denominator. Not discounted."
    )
    with house_style():
        figure = new_figure(
            2.35 * rows,
            "Modelled and reported survival",
            context.caption(note, psa=True, discounted=False),
            head=0.2,
        )
        grid = figure.subplots(rows, columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(panels):
                axes.set_axis_off()
                continue
            _draw_panel(axes, panels[place], curves, landmarks, context)
            axes.tick_params(labelleft=place % columns == 0)
        _legend(figure)
    return figure


def _panels(curves: pd.DataFrame, context: Context) -> list[Panel]:
    """Return the curves there are: strategies in their order, then origins and endpoints."""
    present = set(curves[["strategy", "origin", "endpoint"]].itertuples(index=False, name=None))
    known = [key for key in present if key[0] in context.strategies]
    return sorted(
        known,
        key=lambda key: (
            context.strategies.index(key[0]),
            _ORDER.index(key[1]),
            list(_ENDPOINTS).index(key[2]),
        ),
    )


def _draw_panel(
    axes: Axes, panel: Panel, curves: pd.DataFrame, landmarks: pd.DataFrame, context: Context
) -> None:
    strategy, origin, endpoint = panel
    colour = strategy_colours(context.strategies)[strategy]
    line = _of(curves, panel).sort_values("year")
    axes.fill_between(
        line["year"], line["low"], line["high"], color=colour, alpha=0.22, linewidth=0, gid="band"
    )
    axes.plot(line["year"], line["mean"], color=colour, linewidth=1.9, zorder=3, gid="modelled")
    everyone = curves[curves["strategy"] == POPULATION].sort_values("year")
    axes.plot(everyone["year"], everyone["mean"], color=GREY, linewidth=1.1, linestyle="--", gid="population")
    marks = _of(landmarks, panel)
    last = max(YEARS, float(marks["year"].max()) + 0.3) if len(marks) else YEARS
    _draw_marks(axes, marks)
    axes.set_xlim(0, last)
    axes.set_ylim(0, 1.04)
    percent_axis(axes.yaxis)
    no_spines(axes)
    axes.set_title(wrapped(context.label(strategy), 46), color=ink(colour), pad=15)
    axes.text(
        0,
        1.015,
        f"{_ENDPOINTS[endpoint]} {_ORIGINS[origin]}",
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


def _draw_marks(axes: Axes, marks: pd.DataFrame) -> None:
    """Draw the reported points of each source with its own marker, medians open and at 50%."""
    from matplotlib.lines import Line2D

    handles: list[Any] = []
    for place, (label, points) in enumerate(marks.groupby("label", sort=False)):
        marker = _MARKERS[place % len(_MARKERS)]
        for point in points.to_dict("records"):
            _draw_point(axes, point, marker)
        words = f"{label} ({_denominator(points.iloc[0])})"
        handles.append(
            Line2D(
                [], [], linestyle="none", marker=marker, color=DARK, markersize=4.5, label=wrapped(words, 36)
            )
        )
    for end in sorted(set(marks["follow_up_end"].dropna())):
        axes.axvline(end, color="#9a9a9a", linewidth=1, linestyle=":", zorder=1, gid="follow-up")
    if handles:
        legend = axes.legend(
            handles=handles, loc="best", fontsize=6.5, handletextpad=0.3, frameon=True, borderpad=0.3
        )
        legend.get_frame().set(alpha=0.85, linewidth=0)


def _draw_point(axes: Axes, point: dict[Any, Any], marker: str) -> None:
    value, low, high = (float(point[name]) for name in ("survival", "low", "high"))
    bare = math.isnan(low) and math.isnan(high)
    median = point["kind"] == "median" if "kind" in point else value == 0.5 and bare
    below, above = (0.0 if math.isnan(gap) else max(gap, 0.0) for gap in (value - low, high - value))
    axes.errorbar(
        point["year"],
        value,
        yerr=None if bare else [[below], [above]],
        fmt=marker,
        color=DARK,
        markersize=6 if median else 4.5,
        markerfacecolor="white" if median else DARK,
        markeredgewidth=1.1,
        elinewidth=0.9,
        capsize=2,
        zorder=5,
        gid="median" if median else "landmark",
        clip_on=False,
    )


def _denominator(point: Any) -> str:  # noqa: ANN401 - a row of a table
    counted = "n not stated" if math.isnan(float(point["n"])) else f"n = {point['n']:.0f}"
    return f"{'denominator unclear' if point['of'] == 'unclear' else point['of']}, {counted}"


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D

    handles: list[Any] = [
        Line2D([], [], color=DARK, linewidth=1.9, label="Model"),
        Line2D([], [], linestyle="none", marker="o", color=DARK, markersize=4.5, label="Landmark"),
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            color=DARK,
            markerfacecolor="white",
            markersize=6,
            label="Median",
        ),
        Line2D([], [], color="#9a9a9a", linewidth=1, linestyle=":", label="End of reported follow-up"),
        Line2D([], [], color=GREY, linewidth=1.1, linestyle="--", label="General population"),
    ]
    legend_below_title(figure, handles, columns=5)
