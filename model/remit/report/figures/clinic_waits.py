"""How long patients wait in a clinic, how many leave a queue, and how busy its places are, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.report.clinic_drawing import ClinicDrawing, resource_label
from remit.report.figures.clinic_rules import legend_head, rule_colours, rule_legend, rule_markers, title_of
from remit.report.figures.style import DARK, GREY, Context, house_style, new_figure, no_spines, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, FRAME = 0.115, 0.6  # inches: a rule's row, and what the axes need
GAP = 1.2  # rows between resources
# What is drawn: measure, title of its axis, factor, and whether sites that share a queue share it too.
PANELS = (
    ("wait", "Wait for a place, days", 1.0, True),
    ("share_left", "Left without a place, %", 100.0, True),
    ("utilisation", "Places held, % of all", 100.0, False),
)


def waits_figure(resources: pd.DataFrame, drawing: ClinicDrawing, context: Context) -> Figure:
    """Draw waits, those who left, and places held of every resource, a dot with its interval for each rule.

    Parameters
    ----------
    resources
        ``clinic_resources.csv``.
    drawing, context
        As for :func:`remit.report.figures.clinic.clinic_figure`.
    """
    names = list(dict.fromkeys(resources["resource"]))
    height = len(drawing.rules) + GAP
    with house_style():
        figure = new_figure(
            ROW * height * len(names) + FRAME,
            title_of(drawing, "waits and places held"),
            _caption(drawing, context),
            head=legend_head(drawing),
        )
        panels = figure.subplots(1, len(PANELS), sharey=True, gridspec_kw={"width_ratios": (1.5, 1, 1)})
        for axes, (measure, title, factor, is_common) in zip(panels, PANELS, strict=True):
            before = ""
            for place, name in enumerate(names):
                use = name.partition(" ")[0]
                if not (is_common and use == before):
                    own = resources[resources["resource"] == name]
                    _draw(axes, own, (measure, factor, place * height), drawing, context)
                before = use
            axes.set_xlabel(title)
            axes.set_xlim(left=0.0)
            _lines_between(axes, len(names), height)
        middles = [place * height + (len(drawing.rules) - 1) / 2 for place in range(len(names))]
        panels[0].set_yticks(middles, [wrapped(resource_label(name), 18) for name in names])
        panels[0].set_ylim(len(names) * height - GAP / 2 - 0.5, -GAP / 2 - 0.5)
        rule_legend(figure, drawing, context)
    return figure


def _caption(drawing: ClinicDrawing, context: Context) -> str:
    ends = "; lines: its 95% Monte Carlo interval" if drawing.replications > 1 else ""
    over = "mean over replications" if drawing.replications > 1 else "of the replication"
    return (
        f"Clinic: {drawing.title}. Scenario: {context.title}. {drawing.rests_on()} Filled markers: "
        f"{over}{ends}. Waits are those of patients who had a place; open markers: 90% of them waited no "
        "longer. Who leaves a queue without a place died, worsened, or no longer needed it. Sites of one "
        "resource share a queue."
    )


def _draw(
    axes: Axes, own: pd.DataFrame, what: tuple[str, float, float], drawing: ClinicDrawing, context: Context
) -> None:
    """Draw a measure of one resource, (name, factor, place of the first row), rule below rule."""
    colours, markers = rule_colours(drawing, context), rule_markers(drawing, context)
    measure, factor, first = what
    for number, name in enumerate(drawing.rules):
        rows, y = own[own["rule"] == name].set_index("measure"), first + number
        mean, low, high = (factor * float(rows.loc[measure, end]) for end in ("mean", "low", "high"))
        colour, marker = colours[name], markers[name]
        axes.plot([max(low, 0.0), high], [y, y], color=colour, linewidth=1.3, solid_capstyle="butt",
                  gid=f"interval:{measure}:{name}")  # fmt: skip
        if measure == "wait":
            most = float(rows.loc["wait_90", "mean"])
            axes.plot(most, y, color=colour, marker=marker, markersize=4, markerfacecolor="white",
                      linestyle="none", clip_on=False, gid=f"wait_90:{name}")  # fmt: skip
        axes.plot(mean, y, color=colour, marker=marker, markersize=4, linestyle="none", zorder=3,
                  clip_on=False, gid=f"{measure}:{name}")  # fmt: skip


def _lines_between(axes: Axes, count: int, height: float) -> None:
    for place in range(1, count):
        axes.axhline(place * height - GAP / 2 - 0.5, color="#e6e6e6", linewidth=0.6, zorder=0)
    axes.tick_params(axis="y", length=0, labelcolor=DARK)
    axes.grid(visible=False, axis="y")
    no_spines(axes, "top", "right", "left")
    axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
