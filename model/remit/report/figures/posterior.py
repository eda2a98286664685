"""Parameters before and after a calibration."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

from remit.report.figures.style import (
    DARK,
    GREY,
    Context,
    house_style,
    new_figure,
    no_spines,
    shade,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[Any, Any]

SHOWN = 30  # parameters


def parameters_figure(moves: pd.DataFrame, context: Context) -> Figure:
    """Draw how far the calibration moved each parameter, in standard deviations of its prior.

    Parameters
    ----------
    moves
        ``parameter, title, shift_in_prior_sd, sd_ratio`` of `posterior_parameters.csv`; the 30 that moved
        most are drawn.
    context
        Labels and what the figure rests on.
    """
    known = moves.assign(label=parameter_labels(moves)).dropna(subset=["shift_in_prior_sd", "sd_ratio"])
    order = known["shift_in_prior_sd"].abs().sort_values(ascending=False, kind="stable").index
    top, rest = known.loc[order[:SHOWN]], known.loc[order[SHOWN:]]
    note = (
        "Dot: posterior mean; bar: ± 1 posterior sd; both in sd of the prior, whose mean ± 1 sd is shaded. "
        "Colours: parameters of one strategy; grey: of several or of none."
    )
    if len(rest):
        most = rest["shift_in_prior_sd"].abs().max()
        note += (
            f" The {len(top)} of {len(known)} parameters that moved most; "
            f"the other {len(rest)} moved by {most:.2f} sd or less."
        )
    with house_style():
        figure = new_figure(0.5 + 0.215 * len(top), "Parameters before and after", context.caption(note))
        axes = figure.subplots()
        axes.axvspan(-1, 1, color="#eeeeee", zorder=0, gid="prior")
        axes.axvline(0, color=GREY, linewidth=0.8, zorder=1)
        for place, row in enumerate(top.to_dict("records")):
            _draw_move(axes, place, row, context)
        axes.set_yticks(range(len(top)), [wrapped(label, 68) for label in top["label"]], fontsize=6.3)
        axes.set_ylim(len(top) - 0.4, -0.6)
        reach = float((top["shift_in_prior_sd"].abs() + top["sd_ratio"]).max()) if len(top) else 1.0
        axes.set_xlim(-max(1.15, 1.05 * reach), max(1.15, 1.05 * reach))
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("Prior standard deviations from the prior mean")
        axes.text(1.01, 1.005, "sd ratio", transform=axes.transAxes, fontsize=6.5, color=GREY, va="bottom")
        no_spines(axes)
    return figure


def parameter_labels(moves: pd.DataFrame) -> list[str]:
    """Return titles, and to whom they belong where parameters share a title.

    What tells the names of such parameters apart (a therapy, a level) stands behind their titles, and
    behind those of other parameters whose names end in it.

    Examples
    --------
    >>> import pandas as pd
    >>> names = ["p_cr_tisagenlecleucel", "p_cr_blinatumomab", "rate_death_blinatumomab", "share_female"]
    >>> titles = ["Remission", "Remission", "Death", "Girls"]
    >>> parameter_labels(pd.DataFrame({"parameter": names, "title": titles}))
    ['Remission (tisagenlecleucel)', 'Remission (blinatumomab)', 'Death (blinatumomab)', 'Girls']
    """
    owners: set[str] = set()
    for _, names in moves.groupby("title")["parameter"]:
        for one, two in combinations(names, 2):
            first, second = one.split("_"), two.split("_")
            same = next((k for k, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
            owners |= {"_".join(first[same:]), "_".join(second[same:])}
    labels = []
    for name, title in moves[["parameter", "title"]].itertuples(index=False, name=None):
        ends = [owner for owner in owners if name.endswith(f"_{owner}")]
        words = max(ends, key=len, default="").replace("_", " ")
        told = not words or words.lower() in title.lower()
        labels.append(title if told else f"{title} ({words})")
    return labels


def _draw_move(axes: Axes, place: int, row: Row, context: Context) -> None:
    """Draw one parameter's posterior in units of its prior, in the colour of its strategy if it has one."""
    shift, ratio = row["shift_in_prior_sd"], row["sd_ratio"]
    colour = _owner_colour(row["parameter"], context)
    ends = (shift - ratio, shift + ratio)
    axes.plot(
        ends,
        (place, place),
        color=colour,
        linewidth=3.2,
        alpha=0.55,
        solid_capstyle="butt",
        zorder=2,
        gid=f"bar:{row['parameter']}",
    )
    axes.plot(
        shift,
        place,
        marker="o",
        color=shade(colour, "#000000", 0.25),
        markersize=4,
        zorder=3,
        gid=f"shift:{row['parameter']}",
    )
    axes.text(
        1.01,
        place,
        f"{ratio:.2f}",
        transform=axes.get_yaxis_transform(),
        fontsize=6.5,
        color=DARK,
        va="center",
    )


def _owner_colour(parameter: str, context: Context) -> str:
    """Return the colour of the strategy after whose name or label a parameter's name ends, else grey."""
    colours = strategy_colours(context.strategies)
    for name in context.strategies:
        label = re.sub(r"\W+", "_", context.label(name).lower())
        if parameter.endswith((f"_{name}", f"_{label}")):
            return colours[name]
    return GREY
