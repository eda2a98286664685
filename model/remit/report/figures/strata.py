"""Net benefit in each group of patients: a dot with its interval for each strategy, group below group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    ink,
    legend_below_title,
    money,
    money_axis,
    new_figure,
    no_spines,
    percent,
    strategy_colours,
    strategy_markers,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, FRAME = 0.16, 0.75  # inches: a strategy's row, and what the axis needs
GAP, HEAD = 0.7, 1.2  # rows: between groups, and the line that names a feature
COLUMNS = 2  # of the legend
HEADS = {"all": "", "stratum": "Strata"}


@dataclass(frozen=True)
class _Group:
    """A group of patients: its label, the place of its first row, and the feature's name where one begins."""

    label: str
    place: float
    head: str
    rows: pd.DataFrame


def strata_figure(strata: pd.DataFrame, context: Context) -> Figure:
    """Draw the INMB of every strategy against the comparator in each group of patients.

    Parameters
    ----------
    strata
        ``strata.csv``: ``feature, level, share, strategy, probability_best, inmb_mean, inmb_low, inmb_high``.
    context
        The comparator, labels, the threshold, and what the figure rests on.
    """
    against = [name for name in context.strategies if name != context.comparator]
    groups = _groups(strata, len(against))
    note = (
        f"Against '{context.label(context.comparator)}'. Dots: mean over draws; lines: 95% interval. Right: "
        "the strategy with the highest mean net benefit (its marker), and in how many draws it is best."
    )
    title = f"Net benefit by group of patients, at {money(context.threshold, context.currency)} per QALY"
    depth, legend_rows = groups[-1].place + len(against), -(-len(context.strategies) // COLUMNS)
    with house_style():
        figure = new_figure(
            depth * ROW + FRAME, title, context.caption(note, psa=True), head=0.08 + 0.14 * legend_rows
        )
        axes = figure.subplots()
        for group in groups:
            _draw_group(axes, group, against, context)
        axes.text(
            1.02, -1.2, "best", transform=axes.get_yaxis_transform(), fontsize=7.5, color=GREY, va="center"
        )
        axes.axvline(0, color="#444444", linewidth=0.9, zorder=2)
        axes.set_ylim(depth, -1.0)
        middles = [group.place + (len(against) - 1) / 2 for group in groups]
        axes.set_yticks(middles, [group.label for group in groups])
        axes.tick_params(axis="y", length=0, labelcolor=DARK)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"Incremental net monetary benefit per patient ({context.unit})")
        money_axis(axes.xaxis)
        no_spines(axes, "top", "right", "left")
        _legend(figure, context)
    return figure


def _groups(strata: pd.DataFrame, height: int) -> list[_Group]:
    """Return the groups from the top, the name of each feature above its levels."""
    groups: list[_Group] = []
    place, before = 0.0, "all"
    for (feature, level), rows in strata.groupby(["feature", "level"], sort=False):
        head = ""
        if feature != before:
            head, before = HEADS.get(str(feature), str(feature).replace("_", " ").capitalize()), feature
            place += HEAD
        share = percent(float(rows["share"].iloc[0]))
        label = "All patients" if feature == "all" else f"{str(level).replace('_', ' ')} ({share})"
        groups.append(_Group(label, place, head, rows))
        place += height + GAP
    return groups


def _draw_group(axes: Axes, group: _Group, against: list[str], context: Context) -> None:
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    beside = axes.get_yaxis_transform()
    if group.head:
        axes.text(-0.01, group.place - HEAD, group.head, transform=beside, ha="right", va="center",
                  weight="bold", fontsize=8, color=DARK)  # fmt: skip
    rows = group.rows.set_index("strategy")
    for number, name in enumerate(against):
        y, row = group.place + number, rows.loc[name]
        axes.plot([row["inmb_low"], row["inmb_high"]], [y, y], color=colours[name], linewidth=1.4,
                  solid_capstyle="butt", gid=f"interval:{name}")  # fmt: skip
        axes.plot(row["inmb_mean"], y, color=colours[name], marker=markers[name], markersize=5, zorder=3,
                  gid=f"inmb:{name}")  # fmt: skip
    best = str(rows["inmb_mean"].idxmax())
    middle = group.place + (len(against) - 1) / 2
    axes.plot(1.03, middle, transform=beside, clip_on=False, color=colours[best], marker=markers[best],
              markersize=5, gid=f"best:{best}")  # fmt: skip
    axes.text(1.05, middle, percent(float(rows.loc[best, "probability_best"])), transform=beside, ha="left",
              va="center", fontsize=7.5, color=ink(colours[best]), gid="probability")  # fmt: skip
    if group.place > 0:
        above = group.place - (HEAD if group.head else 0.0) - (1 + GAP) / 2
        axes.axhline(above, color="#e6e6e6", linewidth=0.6, zorder=0)


def _legend(figure: Figure, context: Context) -> None:
    from matplotlib.lines import Line2D

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], markersize=5,
               linewidth=0 if name == context.comparator else 1.4, label=context.label(name))
        for name in context.strategies
    ]  # fmt: skip
    legend_below_title(figure, handles, columns=COLUMNS)
