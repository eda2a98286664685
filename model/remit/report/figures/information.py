"""F11: what it is worth to know everything, by willingness to pay, and some parameters, sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.analysis.information import Population
from remit.report.figures.curves import mark_threshold
from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    legend_below_title,
    money,
    money_axis,
    new_figure,
    no_spines,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 12
ROW = 0.2  # inches of a bar
LEAST = 1.0  # of the currency, per patient: what is worth less is not drawn
SEEN = 0.01  # of the highest EVPI: what stays lower is no line but the axis
LINES = 3  # groups whose curves are drawn, at most
BAR = "#1d7a74"  # none of the colours of strategies


def value_of_information(
    evpi: pd.DataFrame,
    evppi: pd.DataFrame,
    context: Context,
    population: Population,
    *,
    wtp: float,
    among: Sequence[str] = (),
) -> Figure:
    """Draw EVPI and the EVPPI of groups over WTP, and the EVPPI of parameters and groups at one WTP.

    Parameters
    ----------
    evpi
        ``wtp, evpi, population_evpi``.
    evppi
        ``wtp, parameters, evppi, standard_error, kind, title``; groups over the WTP of ``evpi``.
    context
        The threshold, and what the figure rests on.
    population
        Who comes to the decision.
    wtp
        At which the bars are drawn.
    among
        Strategies, where the choice is not among all.
    """
    bars = _bars(evppi, wtp)
    names = [_name(row) for row in bars.itertuples()]
    panel, below = 2.5, max(sum(name.count("\n") + 1 for name in names), 2) * ROW + 0.75
    with house_style():
        caption = context.caption(
            f"{choice_in_words(among, context)}{_note()} {population_in_words(population)}", psa=True
        )
        figure = new_figure(panel + below, "Value of information", caption, head=0.4)
        # Each part has its own margin: the bars need a wide one for their names.
        parts: Any = figure.subfigures(2, 1, height_ratios=[panel, below])
        curves = _curves(parts[0].subplots(), evpi, evppi, context)
        _draw_bars(parts[1].subplots(), bars, names, context, wtp)
        legend_below_title(figure, curves, columns=2)
    return figure


def _note() -> str:
    return (
        "EVPI: expected value of perfect information. EVPPI: of perfect information on some parameters, by "
        "regression on the draws; lines at the bars: 1.96 standard errors. "
        f"At most {MOST_BARS} are shown, and none below 1 per patient."
    )


def population_in_words(population: Population) -> str:
    """Say who the population is."""
    return (
        f"Population: {population.per_year:,.0f} patients a year for {population.years:g} years, discounted "
        f"at {100 * population.discount:.3g}% a year ({population.effective():,.0f} patients)."
    )


def choice_in_words(among: Sequence[str], context: Context) -> str:
    """Say among which strategies is chosen, where not among all."""
    if not among or set(among) == set(context.strategies):
        return ""
    return f"Choice among: {'; '.join(context.label(name) for name in among)}. "


def _curves(axes: Axes, evpi: pd.DataFrame, evppi: pd.DataFrame, context: Context) -> list[Any]:
    """Draw EVPI and the groups that are worth most, and return the lines for the legend."""
    import seaborn as sns

    groups = evppi[evppi["kind"] == "group"]
    highest = groups.groupby("title", sort=False)["evppi"].max().sort_values(ascending=False, kind="stable")
    least = max(LEAST, SEEN * float(evpi["evpi"].max()))
    titles = [title for title, value in highest.items() if value >= least][:LINES]
    # None of the colours of strategies.
    palette = [str(colour) for colour in sns.color_palette("crest", LINES).as_hex()]
    ends = {"EVPI": (evpi.sort_values("wtp"), "evpi", DARK)}
    for title, colour in zip(titles, palette, strict=False):
        ends[str(title)] = (groups[groups["title"] == title].sort_values("wtp"), "evppi", colour)
    drawn = []
    for title, (line, column, colour) in ends.items():
        drawn += axes.plot(
            line["wtp"], line[column], color=colour, linewidth=1.8, gid=f"curve:{title}", label=title
        )
        if column == "evppi":
            error = 1.96 * line["standard_error"]
            low = np.maximum(line[column] - error, 0)
            axes.fill_between(line["wtp"], low, line[column] + error, color=colour, alpha=0.15, linewidth=0)
    axes.set_xlim(float(evpi["wtp"].min()), float(evpi["wtp"].max()))
    axes.set_ylim(0, 1.08 * max(float(evpi["evpi"].max()), LEAST))
    money_axis(axes.xaxis)
    money_axis(axes.yaxis, most=5)
    axes.set_xlabel(f"Willingness to pay per QALY ({context.unit})")
    axes.set_ylabel(f"Per patient ({context.currency})")
    no_spines(axes, "top")
    _population_axis(axes, evpi, context)
    mark_threshold(axes, context)
    return drawn


def _population_axis(axes: Axes, evpi: pd.DataFrame, context: Context) -> None:
    """Put the population's value on the right: the same curves times a number of patients."""
    known = evpi[evpi["evpi"] > 0]
    if not len(known):
        return
    times = float(known["population_evpi"].iloc[0] / known["evpi"].iloc[0]) / 1e6
    ways: Any = (lambda each: each * times, lambda everybody: everybody / times)
    right = axes.secondary_yaxis("right", functions=ways)
    right.set_ylabel(f"Population (million {context.currency})")
    right.tick_params(labelsize=7.5, colors="#555555")


def _bars(evppi: pd.DataFrame, wtp: float) -> pd.DataFrame:
    """Return what is drawn as bars, the highest first; a group of one parameter is not drawn twice."""
    at = evppi[(evppi["wtp"] == wtp) & (evppi["evppi"] >= LEAST)].drop_duplicates("parameters")
    return at.sort_values("evppi", ascending=False, kind="stable").head(MOST_BARS)


def _name(row: Any) -> str:  # noqa: ANN401 - a row of a table
    return wrapped(f"{row.title} (group)" if row.kind == "group" else str(row.title), 52)


def _draw_bars(axes: Axes, bars: pd.DataFrame, names: list[str], context: Context, wtp: float) -> None:
    """Draw bars as high as their names have lines."""
    axes.set_title(f"EVPPI at {money(wtp, context.currency)} per QALY", fontsize=8)
    if not len(bars):
        axes.set_axis_off()
        text = (
            f"No parameter and no group is worth {money(LEAST, context.currency)} per patient to know here."
        )
        axes.text(0, 0.9, text, transform=axes.transAxes, va="top", fontsize=8, color=DARK, gid="nothing")
        return
    lines = np.array([name.count("\n") + 1 for name in names])
    y = np.cumsum(lines) - lines / 2
    colours = [GREY if kind == "group" else BAR for kind in bars["kind"]]
    axes.barh(y, bars["evppi"], height=0.6, color=colours, zorder=2)
    error = 1.96 * bars["standard_error"].to_numpy()
    low = np.minimum(error, bars["evppi"].to_numpy())
    axes.errorbar(
        bars["evppi"], y, xerr=[low, error], fmt="none", ecolor=DARK, elinewidth=0.9, capsize=2, zorder=3
    )
    axes.set_yticks(y, names, fontsize=7)
    axes.set_ylim(float(lines.sum()) + 0.1, -0.1)
    axes.set_xlim(0, 1.05 * float((bars["evppi"] + error).max()))
    money_axis(axes.xaxis)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Per patient ({context.currency})")
    no_spines(axes)
