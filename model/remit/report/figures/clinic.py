"""F17: who waits in a clinic over time, and how many of its places are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from remit.inputs.units import DAYS_PER_YEAR
from remit.report.clinic_drawing import HARDLY, ClinicDrawing, resource_label
from remit.report.figures.clinic_rules import legend_head, rule_colours, rule_legend, title_of
from remit.report.figures.style import (
    DARK,
    GREY,
    LIGHT,
    Context,
    house_style,
    new_figure,
    no_spines,
    percent,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, FRAME = 1.25, 0.35  # inches: a resource, and what the axis needs
STEPS = 60  # of time: more are averaged, or lines of several rules cannot be told apart


def clinic_figure(
    over_time: pd.DataFrame, resources: pd.DataFrame, drawing: ClinicDrawing, context: Context
) -> Figure:
    """Draw the queue and the places held of each resource that somebody waits for.

    Parameters
    ----------
    over_time
        ``clinic_over_time.csv``.
    resources
        ``clinic_resources.csv``.
    drawing
        The clinic, its rules and their labels.
    context
        The scenario, and the colours of its strategies.
    """
    drawn, left_out = _shown(resources)
    with house_style():
        figure = new_figure(
            ROW * len(drawn) + FRAME,
            title_of(drawing, "queues and places held"),
            _caption(drawing, context, _hardly(left_out, resources), _step(over_time)),
            head=legend_head(drawing),
        )
        grid = figure.subplots(len(drawn), 2, squeeze=False, sharex=True)
        for name, (queue, held) in zip(drawn, grid, strict=True):
            own = over_time[over_time["resource"] == name]
            queue.set_title(resource_label(name))
            if _is_first_site(name, drawn):
                _draw_queue(queue, own, drawing, context)
            else:
                _leave_empty(queue)
            _draw_held(held, own, drawing, context)
        for axes in grid[-1]:
            axes.set_xlabel("Years since the clinic opened")
        for axes in grid.flat:
            no_spines(axes)
        rule_legend(figure, drawing, context)
    return figure


def _shown(resources: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the resources that are drawn, and those for which hardly anybody waits."""
    waits = resources[resources["measure"] == "wait"].groupby("resource", sort=False)["mean"].max()
    drawn = [str(name) for name in waits.index[waits >= HARDLY]]
    if not drawn:
        return [str(name) for name in waits.index], []
    return drawn, [str(name) for name in waits.index if name not in drawn]


def _hardly(left_out: list[str], resources: pd.DataFrame) -> str:
    """Say which resources are not drawn, and how busy they are."""
    if not left_out:
        return ""
    busy = "; ".join(f"{resource_label(name)} ({_busy(resources, name)})" for name in left_out)
    return f"Not drawn, since the mean wait is below {HARDLY:g} day under every rule (places held): {busy}."


def _busy(resources: pd.DataFrame, name: str) -> str:
    """Return the utilisation of a resource, from the rule with the least to that with the most."""
    own = resources[(resources["resource"] == name) & (resources["measure"] == "utilisation")]["mean"]
    least, most = percent(float(own.min())), percent(float(own.max()))
    return least if least == most else f"{least} to {most}"


def _caption(drawing: ClinicDrawing, context: Context, hardly: str, step: float) -> str:
    closed = "Dashed: places open; grey: a site takes nobody in, places that are held are given back in time."
    calm = f"Averaged over steps of {step * DAYS_PER_YEAR:.0f} days." if step else ""
    warm = (
        f"Dotted: from {drawing.warm_up:g} years on patients count; those before and after take places too."
        if drawing.warm_up > 0
        else ""
    )
    first = f"Clinic: {drawing.title}. Scenario: {context.title}. {drawing.rests_on()}"
    parts = (first, drawing.bands("number at a time"), calm, closed, warm, hardly)
    return " ".join(part for part in parts if part)


def _is_first_site(name: str, drawn: list[str]) -> bool:
    """Tell whether a resource is the first site of its use: sites share one queue."""
    use = name.partition(" ")[0]
    return next(other for other in drawn if other.partition(" ")[0] == use) == name


def _leave_empty(axes: Axes) -> None:
    axes.text(0.5, 0.5, "the queue above is for all sites", transform=axes.transAxes, ha="center",
              va="center", fontsize=7, color=GREY)  # fmt: skip
    axes.tick_params(left=False, labelleft=False)
    axes.grid(visible=False, axis="y")


def _draw_queue(axes: Axes, own: pd.DataFrame, drawing: ClinicDrawing, context: Context) -> None:
    from matplotlib.ticker import MaxNLocator

    _shade_closures(axes, own)
    _draw_lines(axes, own, "queue", drawing, context)
    axes.set_ylabel("Waiting")
    axes.set_ylim(0.0, max(1.0, axes.get_ylim()[1]))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


def _draw_held(axes: Axes, own: pd.DataFrame, drawing: ClinicDrawing, context: Context) -> None:
    from matplotlib.ticker import MaxNLocator

    _shade_closures(axes, own)
    _draw_lines(axes, own, "held", drawing, context)
    first = own[own["rule"] == own["rule"].iloc[0]]
    open_ = first["places"].where(first["places"] > 0)
    axes.plot(first["year"], open_, color=DARK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=2, gid="places")
    axes.set_ylabel("Places held")
    axes.set_ylim(0.0, 1.12 * max(float(first["places"].max()), float(own["held"].max())))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


def _draw_lines(axes: Axes, own: pd.DataFrame, what: str, drawing: ClinicDrawing, context: Context) -> None:
    colours = rule_colours(drawing, context)
    most = own["places"].max() if what == "held" else np.inf
    for name in drawing.rules:
        rows = _calm(own[own["rule"] == name])
        # No more places are held than there are, wherever an interval ends.
        high = rows[f"{what}_high"].clip(upper=most)
        axes.fill_between(rows["year"], rows[f"{what}_low"], high, color=colours[name],
                          alpha=0.15, linewidth=0, gid=f"band:{what}:{name}")  # fmt: skip
        axes.plot(rows["year"], rows[what], color=colours[name], linewidth=1.3, gid=f"{what}:{name}")
    axes.set_xlim(float(own["year"].min()), float(own["year"].max()))
    if drawing.warm_up > 0:
        axes.axvline(drawing.warm_up, color=GREY, linewidth=0.7, linestyle=":", zorder=1)


def _together(rows: int) -> int:
    """Return how many times are averaged to a step."""
    return -(-rows // STEPS)


def _step(over_time: pd.DataFrame) -> float:
    """Return the years over which numbers are averaged; 0 where they are not."""
    years = over_time["year"].drop_duplicates().to_numpy()
    together = _together(years.size)
    return float(together * (years[1] - years[0])) if together > 1 else 0.0


def _calm(rows: pd.DataFrame) -> pd.DataFrame:
    """Return numbers averaged over steps of time."""
    together = _together(len(rows))
    numbers = rows.drop(columns=["rule", "resource"])
    return numbers.groupby(np.arange(len(rows)) // together).mean()


def _shade_closures(axes: Axes, own: pd.DataFrame) -> None:
    """Shade the times in which a site takes nobody in."""
    first = own[own["rule"] == own["rule"].iloc[0]]
    years, closed = first["year"].to_numpy(), (first["places"] == 0).to_numpy()
    edges = np.flatnonzero(np.diff(np.r_[0, closed.astype(int), 0]))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        axes.axvspan(years[begin], years[min(end, years.size - 1)], color=LIGHT, alpha=0.8, linewidth=0,
                     zorder=0.5, gid="closed")  # fmt: skip
