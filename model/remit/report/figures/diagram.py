"""F1: the model as states and moves, behind the decision between strategies."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

from remit.report.figures.diagram_layout import (
    BOXES,
    FRAMES,
    GRAPH,
    HUB,
    PAGE,
    RAIL,
    Arrow,
    Box,
    Move,
    Point,
    lay_out,
    present,
)
from remit.report.figures.style import (
    DARK,
    STATE_LABELS,
    Context,
    house_style,
    new_figure,
    shade,
    state_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ROW = 0.2  # inches between the rows of the decision tree
_WORDS = {
    "leukaemia_death": "leukaemia",
    "treatment_death": "treatment",
    "transplant_death": "transplant-related",
    "death_in_remission": "other than relapse",
}
_OF_MOVE: Mapping[Move, str] = {
    ("waiting", "treated"): "infused",
    ("remission_hsct_planned", "hsct_first_year"): "HSCT",
    ("hsct_first_year", "hsct_later"): "after a year",
    ("remission_immunoglobulin", "remission"): "immunoglobulin ends",
    ("waiting", "refractory"): "not infused",
    ("waiting", "rescued"): "not infused",
    ("treated", "refractory"): "no\nresponse",
    ("treated", "rescued"): "no\nresponse",
    ("treated", "dead"): "leukaemia\nor treatment",
    ("remission", "treated"): "next line given in remission",
    ("remission", "remission_hsct_planned"): "next line fails or has no product",
}
_OF_DESTINATION = {
    "waiting": "next line, where the strategy has one and the patient is fit",
    "relapsed": "relapse",
    "rescued": "relapse",
    "dead": "death",
}


def model_diagram(moves: pd.DataFrame, context: Context) -> Figure:
    """Draw the states of the model and every move between them that the table has, and no other.

    Parameters
    ----------
    moves
        ``origin, destination`` among the conditions of a pathway and ``rescued``; with ``label``, or
        ``events`` (kinds, separated by commas) from which labels are made.
    context
        Strategies, where the clock starts, and what the figure rests on.
    """
    texts = move_texts(moves)
    arrows, others = lay_out(texts)
    rows = max(len(context.strategies), 5)
    note = (
        "A filled dot branches by chance. Every living state also leads to death at background mortality "
        "(not drawn). An arrow from a frame holds for all states in it; each line of therapy has states of "
        "its own."
    )
    if others:
        drawn = "; ".join(f"{_plain(a)} to {_plain(b)} ({_flat(texts[a, b])})" for a, b in others)
        note += f" Moves not drawn: {drawn}."
    with house_style():
        height = GRAPH + _ROW * rows - 0.3
        figure = new_figure(height * 7.0 / PAGE, "Model structure", context.caption(note))
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        whole = figure.get_figheight() * PAGE / 7.0
        foot = whole - 0.37 * PAGE / 7.0 - height
        axes.set_xlim(0, PAGE)
        axes.set_ylim(0.3 - foot, 0.3 - foot + whole)
        _draw_boxes(axes, present(texts), texts)
        for arrow in sorted(arrows, key=lambda one: one.over):
            _draw_arrow(axes, arrow)
        _draw_dots(axes, arrows)
        _draw_tree(axes, context, GRAPH + 0.12 + _ROW * (rows - 1))
        _draw_key(axes, GRAPH + 0.12 + _ROW * (rows - 1))
    return figure


def move_texts(moves: pd.DataFrame) -> dict[Move, str]:
    """Return what each arrow is called, by (origin, destination).

    A ``label`` is taken as it is; else the move speaks for itself, and a death names its causes.
    """
    texts: dict[Move, str] = {}
    for row in moves.to_dict("records"):
        pair = (str(row["origin"]), str(row["destination"]))
        label = row.get("label")
        if isinstance(label, str) and label:
            known = texts.get(pair, "").split(" or ") if pair in texts else []
            texts[pair] = " or ".join(dict.fromkeys([*known, label]))
        elif pair[1] == "dead":
            kinds = str(row.get("events", "")).split(", ")
            texts[pair] = _cause(" or ".join(_causes(kinds)) or "death")
        elif pair in _OF_MOVE:
            texts[pair] = _OF_MOVE[pair]
        else:
            texts[pair] = "complete\nremission" if pair[0] == "treated" else _OF_DESTINATION.get(pair[1], "")
    return {pair: text for pair, text in texts.items() if pair[0] in BOXES and pair[1] in BOXES}


def _causes(kinds: list[str]) -> list[str]:
    """Return the causes of death; treatment in remission is among those other than relapse."""
    causes = [_WORDS[kind] for kind in kinds if kind in _WORDS]
    other = _WORDS["death_in_remission"]
    if other not in causes or len(causes) == 1:
        return causes
    return [cause for cause in causes if cause != other] if _WORDS["leukaemia_death"] in causes else [other]


def _cause(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 12))


def _plain(state: str) -> str:
    return _flat(BOXES[state].text).lower().replace("hsct", "HSCT")


def _flat(text: str) -> str:
    return text.replace("\n", " ")


def _draw_boxes(axes: Axes, states: list[str], moves: Mapping[Move, str]) -> None:
    for frame, box in FRAMES.items():
        if any(name in states for name in frame):
            _rounded(axes, box, 0.9, 1.0, f"frame:{box.text}")
            axes.text(
                box.middle[0],
                box.top - 0.08,
                box.text,
                ha="center",
                va="top",
                fontsize=7.5,
                fontweight="bold",
                color=DARK,
            )
    origins = {origin for origin, _ in moves}
    for name in states:
        box = BOXES[name]
        _rounded(axes, box, 0.68, 1.2, f"state:{name}")
        if name not in origins:  # absorbing: a second border inside the first
            inner = Box(
                "", box.state, box.left + 0.045, box.bottom + 0.045, box.right - 0.045, box.top - 0.045
            )
            _rounded(axes, inner, 0.68, 0.9, f"absorbing:{name}")
        axes.text(
            *box.middle,
            box.text,
            ha="center",
            va="center",
            fontsize=7.5,
            color=DARK,
            gid=f"text:{name}",
            zorder=6,
        )


def _rounded(axes: Axes, box: Box, pale: float, width: float, gid: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    colour = state_colours()[box.state]
    patch = FancyBboxPatch(
        (box.left, box.bottom),
        box.right - box.left,
        box.top - box.bottom,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor=shade(colour, "#ffffff", pale),
        edgecolor=shade(colour, "#000000", 0.1),
        linewidth=width,
        gid=gid,
        zorder=5 if pale < 0.8 else 1,
    )
    axes.add_patch(patch)


def _colour(state: str) -> str:
    if state in ("waiting", "treated"):
        return "#444444"
    return "#7d7d7d" if state == "death" else shade(state_colours()[state], "#000000", 0.2)


def _draw_arrow(axes: Axes, arrow: Arrow) -> None:
    colour = _colour(arrow.state)
    x, y = zip(*arrow.points, strict=True)
    if arrow.over:  # a white rim on its first stretch, where it crosses others
        gap = 0.12 if x[1] > x[0] else -0.12
        rim = [x[0] + gap, x[1] - gap]
        axes.plot(rim, y[:2], color="white", linewidth=5, zorder=2.6, solid_capstyle="butt")
    axes.plot(x, y, color=colour, linewidth=1.2, zorder=2.7 if arrow.over else 2.5, solid_joinstyle="round")
    if arrow.head:
        _draw_head(axes, arrow.points[-2], arrow.points[-1], colour)
    if arrow.text:
        ha, va = arrow.align
        axes.text(
            *arrow.at,
            arrow.text,
            fontsize=6.5,
            ha=ha,
            va=va,
            color=shade(colour, "#000000", 0.25),
            gid="arrow text",
            linespacing=1.0,
            zorder=6,
        )


def _draw_dots(axes: Axes, arrows: list[Arrow]) -> None:
    for point in {arrow.points[0] for arrow in arrows if arrow.points[0][1] == HUB}:
        axes.plot(*point, marker="o", markersize=6, color=_colour("relapse"), zorder=5, gid="chance")


def _draw_tree(axes: Axes, context: Context, top: float) -> None:
    """Draw the decision, its strategies, and the way from all of them to where patients start."""
    names = [wrapped(context.label(name), 52).split("\n")[0] for name in context.strategies]
    heights = [top - _ROW * place for place in range(len(names))]
    centre = (heights[0] + heights[-1]) / 2
    widths = [_width(name, 7.5) for name in names]
    end = 1.22 + max(widths)
    for name, width, y in zip(names, widths, heights, strict=True):
        axes.plot([0.45, 0.72, 0.92], [centre, y, y], color="#444444", linewidth=1, zorder=2)
        axes.text(0.97, y, name, fontsize=7.5, va="center", color=DARK, gid="strategy")
        axes.plot([1.07 + width, end], [y, y], color="#444444", linewidth=1)
    axes.plot(0.45, centre, marker="s", markersize=10, color="#444444", zorder=4, gid="decision")
    start = (0.52, 3.75) if context.start == "enrolled" else (2.15, 3.75)
    low = RAIL + 0.22
    axes.plot(
        [end, end, start[0], start[0]],
        [heights[0], low, low, start[1] + 0.02],
        color="#444444",
        linewidth=1,
        zorder=2,
    )
    _draw_head(axes, (start[0], start[1] + 0.3), start, "#444444")


def _width(text: str, size: float) -> float:
    """Return the width of a text in inches of the page."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), text, prop=FontProperties(family="DejaVu Sans", size=size))
    return float(path.get_extents().width) / 72 * PAGE / 7.0


def _draw_head(axes: Axes, start: Point, end: Point, colour: str) -> None:
    from matplotlib.patches import FancyArrowPatch

    style = "-|>,head_length=4.5,head_width=2.2"
    patch = FancyArrowPatch(
        start, end, arrowstyle=style, mutation_scale=1, shrinkA=0, shrinkB=0, color=colour
    )
    patch.set(linewidth=0, zorder=4, gid="head")
    axes.add_patch(patch)


def _draw_key(axes: Axes, top: float) -> None:
    """Say what the colours and borders mean, at the upper right."""
    x, step = 5.55, 0.165
    axes.text(
        x, top, "Reported health state", fontsize=7, fontweight="bold", va="center", color=DARK, gid="key"
    )
    for place, state in enumerate(state_colours()):
        y = top - step * (place + 1)
        key = Box("", state, x, y - 0.05, x + 0.2, y + 0.05)
        _rounded(axes, key, 0.68, 1, f"key:{state}")
        text = STATE_LABELS[state] + (" (absorbing)" if state == "death" else "")
        axes.text(x + 0.28, y, text, fontsize=7, va="center", color=DARK, gid="key")
