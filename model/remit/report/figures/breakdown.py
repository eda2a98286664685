"""F6: what the costs and QALYs of each strategy are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from remit.report.figures.style import (
    DARK,
    STATE_LABELS,
    Context,
    house_style,
    money,
    money_axis,
    new_figure,
    no_spines,
    shade,
    state_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Looks = dict[str, tuple[str, str]]  # label and colour of each part

# Groups of cost categories: title, where its legend begins, colour (its shades tell them apart), categories.
_GROUPS: tuple[tuple[str, float, str, dict[str, str]], ...] = (
    (
        "Therapy",
        0.02,
        "#0173b2",
        {
            "drug": "Drug or cell product",
            "apheresis_bridging": "Apheresis and bridging",
            "administration_hospital": "Administration in hospital",
            "adverse_events": "Adverse events",
            "immunoglobulin": "Immunoglobulin",
        },
    ),
    (
        "Later care",
        0.32,
        "#de8f05",
        {
            "hsct": "HSCT",
            "salvage": "Salvage therapy",
            "follow_up": "Follow-up",
            "end_of_life": "End of life",
        },
    ),
    (
        "Further years of life",
        0.53,
        "#029e73",
        {"future_medical": "Future medical", "future_non_medical": "Future non-medical"},
    ),
    (
        "Family and society",
        0.78,
        "#cc78bc",
        {"productivity": "Productivity", "informal_care": "Informal care", "travel": "Travel"},
    ),
)
_WRITTEN = 0.085  # parts of the longest bar from which their amount is written inside
_EVENTS = "#4d4d4d"


def breakdown(costs: pd.DataFrame, qalys: pd.DataFrame, context: Context) -> Figure:
    """Draw discounted costs by category and QALYs by health state, stacked, with totals.

    Parameters
    ----------
    costs
        ``strategy, category, cost``.
    qalys
        ``strategy, health_state, qalys``; the state ``events`` holds losses at events.
    context
        Labels and what the figure rests on.
    """
    names = [name for name in context.strategies if name in set(costs["strategy"])]
    by_cost = costs.pivot_table(index="strategy", columns="category", values="cost", aggfunc="sum").fillna(
        0.0
    )
    by_state = qalys.pivot_table(
        index="strategy", columns="health_state", values="qalys", aggfunc="sum"
    ).fillna(0.0)
    note = "Means per patient, discounted, at the parameters' means; totals in bold."
    bars = 0.12 + 0.36 * len(names)
    with house_style():
        figure = new_figure(2.35 + 2 * bars, "Costs and QALYs by component", context.caption(note))
        top, middle, bottom = figure.subplots(3, 1, height_ratios=[bars, 0.8, bars])
        middle.set_axis_off()
        looks = _category_looks(list(by_cost.columns))
        _bars(top, by_cost, names, looks, ("cost", money))
        money_axis(top.xaxis)
        top.set_xlabel(f"Costs per patient ({context.unit})")
        states = _state_looks(list(by_state.columns))
        _bars(bottom, by_state, names, states, ("qalys", _qalys))
        bottom.set_xlabel("QALYs per patient")
        for axes in (top, bottom):
            axes.set_yticks(range(len(names)), [wrapped(context.label(name), 24) for name in names])
            axes.set_ylim(len(names) - 0.5, -0.5)
        _category_legend(middle, looks)
        _state_legend(bottom, states)
    return figure


def _qalys(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _category_looks(present: list[str]) -> Looks:
    looks: Looks = {}
    for _, _, colour, categories in _GROUPS:
        for place, (name, label) in enumerate(categories.items()):
            if name in present:
                looks[name] = (label, shade(colour, "#ffffff", 0.7 * place / (len(categories) - 1)))
    for name in present:
        looks.setdefault(name, (name.replace("_", " ").capitalize(), "#949494"))
    return looks


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


def _category_legend(axes: Axes, looks: Looks) -> None:
    """Put one legend a group side by side over the whole width of the page."""
    from matplotlib.patches import Patch
    from matplotlib.transforms import blended_transform_factory

    figure = axes.get_figure(root=True)
    assert figure is not None  # noqa: S101 (for the type checker)
    place = blended_transform_factory(figure.transFigure, axes.transAxes)
    known = {name for _, _, _, categories in _GROUPS for name in categories}
    rest = {name: looks[name][0] for name in looks if name not in known}
    for title, left, _, categories in (
        *_GROUPS[:2],
        (*_GROUPS[2][:3], {**_GROUPS[2][3], **rest}),
        _GROUPS[3],
    ):
        handles = [
            Patch(facecolor=looks[name][1], label=looks[name][0]) for name in categories if name in looks
        ]
        if handles:
            legend = figure.legend(
                handles=handles,
                title=title,
                loc="upper left",
                bbox_to_anchor=(left, 1.05),
                bbox_transform=place,
                handlelength=1.1,
                handleheight=0.8,
                labelspacing=0.3,
                alignment="left",
                borderpad=0,
                fontsize=7,
                title_fontproperties={"weight": "bold", "size": 7.5},
            )
            legend.set_in_layout(False)


def _state_legend(axes: Axes, looks: Looks) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=colour, label=label) for label, colour in looks.values()]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=4, handlelength=1.1, fontsize=7
    )
