"""F6: what the costs and QALYs of each strategy are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from remit.report.figures.categories import Looks, category_legend, category_looks
from remit.report.figures.style import (
    DARK,
    STATE_LABELS,
    Context,
    house_style,
    money,
    money_axis,
    new_figure,
    no_spines,
    state_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WRITTEN = 0.085  # parts of the longest bar from which their amount is written inside
_EVENTS = "#4d4d4d"


def breakdown(parts: pd.DataFrame, context: Context) -> Figure:
    """Draw discounted costs by category and QALYs by health state, stacked, with totals.

    Parameters
    ----------
    parts
        ``strategy, outcome, part, discounted``: of the outcome ``costs`` by category, of ``qalys`` by health
        state, where ``events`` holds losses at events.
    context
        Labels and what the figure rests on.
    """
    names = [name for name in context.strategies if name in set(parts["strategy"])]
    by_cost, by_state = (
        parts[parts["outcome"] == outcome]
        .pivot_table(index="strategy", columns="part", values="discounted", aggfunc="sum")
        .fillna(0.0)
        for outcome in ("costs", "qalys")
    )
    note = "Means per patient, discounted, at the parameters' means; totals in bold."
    bars = 0.12 + 0.36 * len(names)
    with house_style():
        figure = new_figure(2.35 + 2 * bars, "Costs and QALYs by component", context.caption(note))
        top, middle, bottom = figure.subplots(3, 1, height_ratios=[bars, 0.8, bars])
        middle.set_axis_off()
        looks = category_looks(by_cost.columns)
        _bars(top, by_cost, names, looks, ("cost", money))
        money_axis(top.xaxis)
        top.set_xlabel(f"Costs per patient ({context.unit})")
        states = _state_looks(list(by_state.columns))
        _bars(bottom, by_state, names, states, ("qalys", _qalys))
        bottom.set_xlabel("QALYs per patient")
        for axes in (top, bottom):
            axes.set_yticks(range(len(names)), [wrapped(context.label(name), 24) for name in names])
            axes.set_ylim(len(names) - 0.5, -0.5)
        category_legend(middle, looks)
        _state_legend(bottom, states)
    return figure


def _qalys(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _state_looks(present: list[str]) -> Looks:
    colours = {**state_colours(), "events": _EVENTS}
    order = ("relapse", "remission", "hsct", "events")
    return {state: (STATE_LABELS[state], colours[state]) for state in order if state in present}


def _bars(
    axes: Axes,
    table: pd.DataFrame,
    names: list[str],
    looks: Looks,
    kind_and_format: tuple[str, Callable[[float], str]],
) -> None:
    """Stack the parts of each strategy, negative ones left of zero, and write the total at the end."""
    kind, written = kind_and_format
    longest = max(float(table.loc[names].clip(lower=0).sum(axis=1).max()), 1e-9)
    for row, name in enumerate(names):
        ends = {True: 0.0, False: 0.0}
        for part, (_, colour) in looks.items():
            value = float(table.loc[name, part])
            if value == 0:
                continue
            left = ends[value > 0]
            axes.barh(
                row,
                value,
                left=left,
                height=0.64,
                color=colour,
                edgecolor="white",
                linewidth=0.5,
                gid=f"{kind}:{name}:{part}",
            )
            if value > _WRITTEN * longest:
                shown = "white" if _is_dark(colour) else DARK
                axes.text(
                    left + value / 2, row, written(value), ha="center", va="center", fontsize=6.5, color=shown
                )
            ends[value > 0] += value
        total = written(float(table.loc[name, list(looks)].sum()))
        axes.text(
            ends[True] + 0.012 * longest, row, total, va="center", fontsize=8, fontweight="bold", color=DARK
        )
    axes.set_xlim(right=1.14 * longest)
    axes.axvline(0, color="#777777", linewidth=0.8)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    no_spines(axes, "top", "right", "left")


def _is_dark(colour: str) -> bool:
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return bool(0.299 * red + 0.587 * green + 0.114 * blue < 0.48)


def _state_legend(axes: Axes, looks: Looks) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=colour, label=label) for label, colour in looks.values()]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=4, handlelength=1.1, fontsize=7
    )
