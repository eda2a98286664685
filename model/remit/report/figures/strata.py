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


@dataclass(frozen=True)
class Shown:
    """What is drawn of each group: the columns ``<value>_mean, _low, _high``, and who is best by it."""

    value: str
    probability: str
    by: str
    against_comparator: bool


NET_BENEFIT = Shown("inmb", "probability_best", "net benefit", against_comparator=True)
HEALTH = Shown("qalys", "probability_best_health", "QALYs", against_comparator=False)


def strata_figure(strata: pd.DataFrame, context: Context, shown: Shown = NET_BENEFIT) -> Figure:
    """Draw net benefit against the comparator, or health, of every strategy in each group of patients.

    Parameters
    ----------
    strata
        ``strata.csv``.
    context
        The comparator, labels, the threshold, and what the figure rests on.
    shown
        ``NET_BENEFIT`` or ``HEALTH``.
    """
    drawn = [n for n in context.strategies if not shown.against_comparator or n != context.comparator]
    groups = _groups(strata, len(drawn))
    against = f"Against '{context.label(context.comparator)}'. " if shown.against_comparator else ""
    note = (
        f"{against}Dots: mean over draws; lines: 95% interval. Right: the strategy with the highest mean "
        f"{shown.by} (its marker), and in how many draws it is best."
    )
    title, axis = _words(shown, context)
    depth, legend_rows = groups[-1].place + len(drawn), -(-len(context.strategies) // COLUMNS)
    with house_style():
        figure = new_figure(
            depth * ROW + FRAME, title, context.caption(note, psa=True), head=0.08 + 0.14 * legend_rows
        )
        axes = figure.subplots()
        for group in groups:
            _draw_group(axes, group, drawn, context, shown)
        axes.text(
            1.02, -1.2, "best", transform=axes.get_yaxis_transform(), fontsize=7.5, color=GREY, va="center"
        )
        axes.axvline(0, color="#444444", linewidth=0.9, zorder=2)
        axes.set_ylim(depth, -1.0)
        middles = [group.place + (len(drawn) - 1) / 2 for group in groups]
        axes.set_yticks(middles, [group.label for group in groups])
        axes.tick_params(axis="y", length=0, labelcolor=DARK)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(axis)
        if shown.against_comparator:
            money_axis(axes.xaxis)
        no_spines(axes, "top", "right", "left")
        _legend(figure, context, drawn)
    return figure


def _words(shown: Shown, context: Context) -> tuple[str, str]:
    """Return the title of a figure, and of its axis."""
    if not shown.against_comparator:
        return "Health by group of patients", "QALYs per patient (discounted)"
    title = f"Net benefit by group of patients, at {money(context.threshold, context.currency)} per QALY"
    return title, f"Incremental net monetary benefit per patient ({context.unit})"


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


def _draw_group(axes: Axes, group: _Group, drawn: list[str], context: Context, shown: Shown) -> None:
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    beside = axes.get_yaxis_transform()
    if group.head:
        axes.text(-0.01, group.place - HEAD, group.head, transform=beside, ha="right", va="center",
                  weight="bold", fontsize=8, color=DARK)  # fmt: skip
    rows = group.rows.set_index("strategy")
    for number, name in enumerate(drawn):
        y, row = group.place + number, rows.loc[name]
        ends = [row[f"{shown.value}_{end}"] for end in ("low", "high")]
        axes.plot(ends, [y, y], color=colours[name], linewidth=1.4,
                  solid_capstyle="butt", gid=f"interval:{name}")  # fmt: skip
        axes.plot(row[f"{shown.value}_mean"], y, color=colours[name], marker=markers[name], markersize=5,
                  zorder=3, gid=f"{shown.value}:{name}")  # fmt: skip
    best = str(rows[f"{shown.value}_mean"].idxmax())
    middle = group.place + (len(drawn) - 1) / 2
    axes.plot(1.03, middle, transform=beside, clip_on=False, color=colours[best], marker=markers[best],
              markersize=5, gid=f"best:{best}")  # fmt: skip
    axes.text(1.05, middle, percent(float(rows.loc[best, shown.probability])), transform=beside, ha="left",
              va="center", fontsize=7.5, color=ink(colours[best]), gid="probability")  # fmt: skip
    if group.place > 0:
        above = group.place - (HEAD if group.head else 0.0) - (1 + GAP) / 2
        axes.axhline(above, color="#e6e6e6", linewidth=0.6, zorder=0)


def _legend(figure: Figure, context: Context, drawn: list[str]) -> None:
    from matplotlib.lines import Line2D

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], markersize=5,
               linewidth=1.4 if name in drawn else 0, label=context.label(name))
        for name in context.strategies
    ]  # fmt: skip
    legend_below_title(figure, handles, columns=COLUMNS)
