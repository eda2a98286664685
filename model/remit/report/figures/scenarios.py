"""F14: scenarios side by side, the net benefit of each against the base case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from remit.report.figures.style import (
    DARK,
    GREY,
    LIGHT,
    Context,
    house_style,
    ink,
    legend_below_title,
    money,
    money_axis,
    new_figure,
    no_spines,
    strategy_colours,
    strategy_markers,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, FRAME = 0.163, 0.62  # inches: a scenario, and what the axis needs
HEAD = 1.25  # rows: the line that names a group
COLUMNS = 2  # of the legend
_LABEL = 52  # characters of a scenario's title before it is cut in two lines
_BEST, _WORDS = 1.035, 1.08  # places at the right, as shares of the panel's width
GROUPS = {
    "base": "",
    "patients": "Other patients",
    "strategies": "Other strategies",
    "prices": "Prices and ways of paying",
    "perspective": "Perspective, horizon, discounting",
    "course": "Course of disease and care",
    "evidence": "Evidence and effects",
}


@dataclass(frozen=True)
class _Row:
    """A scenario, the place of its row, and the group's name above it where one begins."""

    title: str
    place: float
    head: str
    rows: pd.DataFrame


def scenarios_figure(scenarios: pd.DataFrame, context: Context, strategy: str) -> Figure:
    """Draw the INMB of a strategy against the comparator in every scenario, with its ICER in words.

    Parameters
    ----------
    scenarios
        ``scenarios.csv``, the base case first.
    context
        Labels, the threshold, and what the figure rests on; of the base case.
    strategy
        The one drawn large, and whose ICER is written; the others are drawn small.
    """
    scenarios = scenarios.fillna(dict.fromkeys(("strategy", "in_words", "skipped"), ""))  # as read again
    rows = _rows(scenarios[scenarios["strategy"] != ""])
    depth = rows[-1].place + 0.7
    against = [name for name in context.strategies if name != context.comparator]
    legend_rows = -(-len(context.strategies) // COLUMNS)
    title = wrapped(f"Scenarios: net benefit against {context.label(context.comparator)}", 78)
    with house_style():
        figure = new_figure(
            depth * ROW + FRAME,
            title,
            context.caption(_note(scenarios, strategy, context)),
            head=0.1 + 0.14 * legend_rows,
        )
        axes = figure.subplots()
        for row in rows:
            _draw(axes, row, strategy, against, context)
        _lines(axes, rows[0], strategy, context)
        axes.set_ylim(depth, -0.8)
        axes.set_yticks([row.place for row in rows], [wrapped(row.title, _LABEL) for row in rows])
        axes.tick_params(axis="y", length=0, labelcolor=DARK, labelsize=6.6)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"INMB per patient at the scenario's threshold ({context.unit})")
        money_axis(axes.xaxis, most=7)
        axes.margins(x=0.06)
        no_spines(axes, "top", "right", "left")
        _legend(figure, context)
    return figure


def _rows(shown: pd.DataFrame) -> list[_Row]:
    """Return the scenarios from the top: the base case, then group by group, in the order of the table."""
    rows: list[_Row] = []
    place = 0.0
    groups = [*GROUPS, *(kind for kind in shown["kind"].unique() if kind not in GROUPS)]
    for kind in groups:
        own = shown[shown["kind"] == kind]
        for number, (_, part) in enumerate(own.groupby("scenario", sort=False)):
            head = GROUPS.get(kind, kind) if number == 0 else ""
            place += HEAD if head else 0.0
            title = str(part["title"].iloc[0])
            more = 0.3 * wrapped(title, _LABEL).count("\n")  # room above and below for further lines
            rows.append(_Row(title, place + more, head, part.set_index("strategy")))
            place += 1.0 + 2 * more
    return rows


def _note(scenarios: pd.DataFrame, strategy: str, context: Context) -> str:
    skipped = scenarios[scenarios["strategy"] == ""]
    left = "; ".join(f"{row.title} ({row.skipped})" for row in skipped.itertuples())
    return (
        f"All parameters at their means. Large: '{context.label(strategy)}', ICER at the right; small: the "
        "other strategies. Marker at the right: the strategy with the highest net benefit of all."
        + (f" Left out: {left}." if left else "")
    )


def _draw(axes: Axes, row: _Row, strategy: str, against: list[str], context: Context) -> None:
    """Draw a scenario: its group's name above, a marker for each strategy, and in words at the right."""
    if row.head:
        axes.text(
            -0.01,
            row.place - 0.95,
            row.head,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            weight="bold",
            fontsize=7.5,
            color=DARK,
        )
    if not int(row.place) % 2 or row.head:
        axes.axhline(row.place, color="#efefef", linewidth=0.6, zorder=0)
    _mark_strategies(axes, row, strategy, against, context)
    _say_best(axes, row, strategy, context)


def _mark_strategies(axes: Axes, row: _Row, strategy: str, against: list[str], context: Context) -> None:
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    for name in reversed([*(one for one in against if one != strategy), strategy]):
        if name in row.rows.index:
            large = name == strategy
            axes.plot(
                row.rows.loc[name, "inmb"],
                row.place,
                color=colours[name],
                marker=markers[name],
                markersize=5.5 if large else 3.2,
                alpha=1.0 if large else 0.75,
                linestyle="none",
                zorder=3 if large else 5,
                gid=f"inmb:{name}",
            )


def _say_best(axes: Axes, row: _Row, strategy: str, context: Context) -> None:
    """Show at the right which strategy is the best one, and how the one explained stands."""
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    beside = axes.get_yaxis_transform()
    best = str(row.rows.index[row.rows["best"].astype(bool)][0])
    if best in colours:
        axes.plot(
            _BEST,
            row.place,
            transform=beside,
            clip_on=False,
            color=colours[best],
            marker=markers[best],
            markersize=4,
            gid=f"best:{best}",
        )
    else:
        axes.text(_BEST, row.place, "new", transform=beside, ha="center", va="center", fontsize=6, color=GREY)
    words = _words(str(row.rows.loc[strategy, "in_words"])) if strategy in row.rows.index else "not compared"
    axes.text(
        _WORDS,
        row.place,
        words,
        transform=beside,
        ha="left",
        va="center",
        fontsize=6.6,
        color=ink(colours[strategy]) if words != "not compared" else GREY,
        gid="words",
    )


def _words(said: str) -> str:
    """Shorten what is said of a pair to what fits at the right of a row.

    Examples
    --------
    >>> _words("ICER 31,700 per QALY")
    '31,700'
    >>> _words("less effective and less costly (ICER 9,000 saved per QALY lost)")
    '9,000 saved per QALY lost'
    """
    if said.startswith("less effective"):
        return said.partition("(ICER ")[2].rstrip(")")
    return said.removeprefix("ICER ").removesuffix(" per QALY")


def _lines(axes: Axes, base: _Row, strategy: str, context: Context) -> None:
    beside, above = axes.get_yaxis_transform(), axes.get_xaxis_transform()
    axes.axvline(0, color="#444444", linewidth=0.9, zorder=2, gid="zero")
    if strategy in base.rows.index:
        at = float(base.rows.loc[strategy, "inmb"])
        axes.axvline(at, color=GREY, linestyle=(0, (4, 2)), linewidth=0.9, zorder=1, gid="base")
        axes.text(
            at,
            1.004,
            f"Base case {money(at)}",
            transform=above,
            ha="center",
            va="bottom",
            fontsize=6.6,
            color=GREY,
        )
    axes.text(_BEST, -1.1, "best", transform=beside, ha="center", va="center", fontsize=6.6, color=GREY)
    axes.text(
        _WORDS,
        -1.1,
        f"ICER ({context.currency}/QALY)",
        transform=beside,
        ha="left",
        va="center",
        fontsize=6.6,
        color=GREY,
    )
    axes.axhline(base.place + 0.65, color=LIGHT, linewidth=0.7)


def _legend(figure: Figure, context: Context) -> None:
    from matplotlib.lines import Line2D

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    handles = [
        Line2D(
            [],
            [],
            color=colours[name],
            marker=markers[name],
            markersize=5,
            linewidth=0,
            label=context.label(name),
        )
        for name in context.strategies
    ]
    legend_below_title(figure, handles, columns=COLUMNS)
