"""How the rules of a clinic look in its figures: colours, markers, legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from remit.report.clinic_drawing import ClinicDrawing
from remit.report.figures.style import Context, legend_below_title, strategy_colours, strategy_markers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LINE = 84  # characters of a title
_SHORT = 48  # characters: labels up to here stand two in a line


def rule_colours(drawing: ClinicDrawing, context: Context) -> dict[str, str]:
    """Return the colour of each rule: a strategy's where it is called like one, else one of the next."""
    return strategy_colours(_names(drawing, context))


def rule_markers(drawing: ClinicDrawing, context: Context) -> dict[str, str]:
    """Return the marker of each rule, chosen as its colour is."""
    return strategy_markers(_names(drawing, context))


def _names(drawing: ClinicDrawing, context: Context) -> Sequence[str]:
    if not set(drawing.rules) & set(context.strategies):
        return tuple(drawing.rules)
    return (*context.strategies, *(name for name in drawing.rules if name not in context.strategies))


def title_of(drawing: ClinicDrawing, question: str) -> str:
    """Return the title of a figure in one line, since the legend stands below it."""
    whole = f"{drawing.title}: {question}"
    return whole if len(whole) <= _LINE else textwrap.shorten(drawing.title, _LINE, placeholder=" ...")


def legend_head(drawing: ClinicDrawing, *, leave_out: str = "") -> float:
    """Return the inches that `rule_legend` takes."""
    drawn = sum(name != leave_out for name in drawing.rules)
    return 0.145 * -(-drawn // _columns(drawing)) + 0.06


def rule_legend(figure: Figure, drawing: ClinicDrawing, context: Context, *, leave_out: str = "") -> None:
    """Name the rules below the title, but the one that is not drawn."""
    from matplotlib.lines import Line2D

    colours, markers = rule_colours(drawing, context), rule_markers(drawing, context)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], markersize=4.5, linewidth=1.5, label=label)
        for name, label in drawing.rules.items()
        if name != leave_out
    ]
    legend_below_title(figure, handles, columns=_columns(drawing))


def _columns(drawing: ClinicDrawing) -> int:
    return 2 if max(map(len, drawing.rules.values())) <= _SHORT else 1
