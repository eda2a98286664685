"""F18: what a calibration shows: model beside source, parameters before and after, the anchor's weight."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from remit.report.figures.anchor import cited_table
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
    shade,
    strategy_colours,
    strategy_markers,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[Any, Any]

SHOWN = 30  # parameters
_NORMAL = 1.96
_MEASURES = {
    "probability": "Probability",
    "life_years": "Life-years per patient",
    "qalys": "QALYs per patient",
    "costs": "Costs per patient ({unit})",
    "hazard ratio": "Hazard ratio (log scale)",
}
_MISS = "#b00000"


def draw(results: Mapping[str, pd.DataFrame], context: Context) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of a calibration whose tables are there, with its file name."""
    if "targets.csv" in results:
        yield "f18_targets", targets_figure(results["targets.csv"], context)
    if "posterior_parameters.csv" in results:
        yield "f18_parameters", parameters_figure(results["posterior_parameters.csv"], context)
    powers, targets = results.get("anchor_power.csv"), results.get("targets.csv")
    if powers is not None and len(powers):
        beside = powers if targets is None else with_cited(powers, targets)
        yield "f18_anchor_power", power_figure(beside, context)


def targets_figure(targets: pd.DataFrame, context: Context) -> Figure:
    """Draw every target as reported and as the model has it, and the probabilities against y = x.

    Parameters
    ----------
    targets
        `targets.csv` as :func:`remit.report.calibration_tables.targets_table` returns it.
    context
        Labels and what the figure rests on.
    """
    ordered = _in_order(targets, context)
    tables = {name: rows for name in _MEASURES if len(rows := ordered[ordered["measure"] == name])}
    labels = {
        name: [_row_label(row, context) for row in rows.to_dict("records")] for name, rows in tables.items()
    }
    lines = max(label.count("\n") + 1 for written in labels.values() for label in written)
    misses = ordered[~ordered["inside"]]
    note = (
        f"{targets['fitted'].sum()} of {len(targets)} targets were fitted; the others are checks. "
        "Predictive: of another report of the same size. Miss: the posterior mean lies outside the reported "
        f"95% interval ({len(misses)} of {len(targets)}{_named(misses, context)})."
    )
    heights = [0.4 + max(len(rows), 9 if name == "probability" else 1) for name, rows in tables.items()]
    handles = _legend(targets, context)
    with house_style():
        figure = new_figure(
            (0.06 + 0.09 * lines) * sum(heights) + 0.45 * len(tables),
            "Calibration: model against source",
            context.caption(note),
            head=0.05 + 0.145 * -(-len(handles) // 3),
        )
        grid = figure.add_gridspec(len(tables), 2, height_ratios=heights, width_ratios=[1, 0.9])
        for place, (name, rows) in enumerate(tables.items()):
            probable = name == "probability"
            axes = figure.add_subplot(grid[place, 0] if probable else grid[place, :])
            _draw_rows(axes, rows, context)
            _name_rows(axes, rows, labels[name], context)
            _name_measure(axes, name, context)
            if probable:
                _draw_diagonal(figure.add_subplot(grid[place, 1]), rows, context)
        legend_below_title(figure, handles, columns=3)
    return figure


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


def power_figure(powers: pd.DataFrame, context: Context) -> Figure:
    """Draw ICER and incremental QALYs as the cited QALYs gain weight.

    Parameters
    ----------
    powers
        ``weight, strategy, comparator, incremental_qalys, incremental_qalys_sd, incremental_costs, icer,
        ess`` of `anchor_power.csv` and, if known, ``cited_incremental_qalys`` (see :func:`with_cited`).
    context
        The threshold, labels, and what the figure rests on.
    """
    comparator = context.label(str(powers["comparator"].iloc[0]))
    least, most = powers["ess"].min(), powers["ess"].max()
    note = (
        f"Against {comparator}. Weight 0: trials alone; 1: the cited QALYs count in full. ICER: of the "
        "means; it is left out where a strategy is not both dearer and better. Band: ± 1.96 sd of the draws. "
        f"Effective sample size {money(least)} to {money(most)}."
    )
    with house_style():
        figure = new_figure(2.7, "How much hangs on the cited QALYs", context.caption(note), head=0.2)
        left, right = figure.subplots(1, 2)
        for name in [name for name in context.strategies if name in set(powers["strategy"])]:
            rows = powers[powers["strategy"] == name].sort_values("weight")
            colour = strategy_colours(context.strategies)[name]
            marker = strategy_markers(context.strategies)[name]
            _draw_icer(left, name, rows, (colour, marker), context)
            _draw_difference(right, name, rows, (colour, marker))
        _finish_power(left, right, context)
        _power_legend(figure, powers, context)
    return figure


def with_cited(powers: pd.DataFrame, targets: pd.DataFrame) -> pd.DataFrame:
    """Return the power table with what the cited QALYs say of each difference, empty where not cited."""
    cited = cited_table(targets).set_index("strategy")["qalys"]
    difference = powers["strategy"].map(cited) - powers["comparator"].map(cited)
    return powers.assign(cited_incremental_qalys=difference)


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


def _in_order(targets: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return targets by measure, fitted ones before checks, each by strategy; misses are numbered."""
    known = targets.assign(
        by_measure=targets["measure"].map({name: place for place, name in enumerate(_MEASURES)}),
        by_strategy=targets["strategy"].map({name: place for place, name in enumerate(context.strategies)}),
    )
    order = known.sort_values(
        ["by_measure", "fitted", "by_strategy"], ascending=[True, False, True], kind="stable"
    )
    return order.assign(miss=(~order["inside"]).cumsum())


def _named(misses: pd.DataFrame, context: Context) -> str:
    """Return the misses with their numbers, for the caption."""
    names = [
        f"{row['miss']} {context.label(row['strategy'])}, {row['title']}" for row in misses.to_dict("records")
    ]
    return f": {'; '.join(names)}" if names else ""


def _draw_rows(axes: Axes, rows: pd.DataFrame, context: Context) -> None:
    """Draw targets as rows: prior light, reported dark above, posterior in the strategy's colour below."""
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    for y, row in enumerate(rows.to_dict("records")):
        key, name = row["target"], row["strategy"]
        colour = colours[name]
        ends = (row["prior_predictive_low"], row["prior_predictive_high"])
        axes.fill_between(
            ends, y - 0.34, y + 0.34, color="#e9e9e9", linewidth=0, zorder=1, gid=f"prior:{key}"
        )
        at = y - 0.17
        axes.plot(
            (row["low"], row["high"]), (at, at), color=DARK, linewidth=0.9, zorder=3, gid=f"interval:{key}"
        )
        axes.plot(
            row["reported"],
            at,
            marker="|",
            color=DARK,
            markersize=7,
            markeredgewidth=1.4,
            zorder=4,
            gid=f"reported:{key}",
        )
        at = y + 0.15
        for width, low, high in ((0.8, "predictive_low", "predictive_high"), (2.6, "low", "high")):
            line = (row[f"posterior_{low}"], row[f"posterior_{high}"])
            axes.plot(
                line,
                (at, at),
                color=colour,
                linewidth=width,
                zorder=3,
                solid_capstyle="butt",
                gid=f"posterior_{low}:{key}",
            )
        axes.plot(
            row["posterior_mean"],
            at,
            marker=markers[name],
            markersize=4.6,
            markerfacecolor=colour if row["fitted"] else "white",
            markeredgecolor=shade(colour, "#000000", 0.3),
            markeredgewidth=0.9,
            zorder=5,
            gid=f"posterior:{key}",
        )
        if not row["inside"]:
            axes.text(
                1.01,
                y,
                f"miss {row['miss']}",
                transform=axes.get_yaxis_transform(),
                fontsize=6.5,
                fontweight="bold",
                color=_MISS,
                va="center",
                gid=f"miss:{key}",
            )


def _name_rows(axes: Axes, rows: pd.DataFrame, labels: list[str], context: Context) -> None:
    """Write the rows' labels in the colours of their strategies, and part checks from fitted targets."""
    colours = strategy_colours(context.strategies)
    axes.set_yticks(range(len(rows)), labels, fontsize=6.3)
    for text, name in zip(axes.get_yticklabels(), rows["strategy"], strict=True):
        text.set_color(ink(colours[name]))
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    fitted = int(rows["fitted"].sum())
    if 0 < fitted < len(rows):
        axes.axhline(fitted - 0.5, color="#9a9a9a", linewidth=0.8, linestyle=":", gid="checks")


def _name_measure(axes: Axes, measure: str, context: Context) -> None:
    """Name and scale the axis of a measure."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    axes.set_xlabel(wrapped(_MEASURES[measure].format(unit=context.unit), 60), labelpad=1.5)
    no_spines(axes)
    if measure == "probability":
        _probability_axis(axes.xaxis)
    elif measure == "costs":
        money_axis(axes.xaxis)
    elif measure == "hazard ratio":
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        low, high = axes.get_xlim()
        axes.set_xlim(low, max(high, 1.2))
        axes.axvline(1, color=GREY, linewidth=0.7, zorder=0)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8))


def _probability_axis(axis: Any) -> None:  # noqa: ANN401 - an axis of matplotlib
    from matplotlib.ticker import FixedLocator, FuncFormatter

    axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.axes.set(**{f"{axis.axis_name}lim": (0, 1)})


def _row_label(row: Row, context: Context) -> str:
    """Return a target's title and, below it, what it is on, strategies by their labels."""
    words = str(row["quantity"])
    for name in sorted(context.strategies, key=len, reverse=True):
        words = re.sub(rf"\b{re.escape(name)}\b", context.label(name), words)
    words = words.replace("qalys", "QALYs").replace("life_years", "life-years")
    title = row["title"] if row["fitted"] else f"Check: {row['title']}"
    return f"{wrapped(title, 56)}\n{wrapped(words, 56)}"


def _draw_diagonal(axes: Axes, rows: pd.DataFrame, context: Context) -> None:
    """Draw posterior means against reported probabilities, and name the misses."""
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    axes.set_box_aspect(1)
    axes.set_anchor("N")
    axes.plot((0, 1), (0, 1), color=GREY, linewidth=1, zorder=1, gid="diagonal")
    for row in rows.to_dict("records"):
        x, y, colour = row["reported"], row["posterior_mean"], colours[row["strategy"]]
        axes.plot((row["low"], row["high"]), (y, y), color=LIGHT, linewidth=0.9, zorder=2)
        axes.plot(
            (x, x), (row["posterior_low"], row["posterior_high"]), color=colour, linewidth=1.4, zorder=3
        )
        axes.plot(
            x,
            y,
            marker=markers[row["strategy"]],
            markersize=5,
            markerfacecolor=colour if row["fitted"] else "white",
            markeredgecolor=shade(colour, "#000000", 0.3),
            markeredgewidth=0.9,
            zorder=4,
            clip_on=False,
            gid=f"diagonal:{row['target']}",
        )
        if not row["inside"]:
            axes.annotate(
                str(row["miss"]),
                (x, y),
                xytext=(5, -8),
                textcoords="offset points",
                fontsize=7,
                fontweight="bold",
                color=_MISS,
                gid=f"named:{row['target']}",
            )
    for axis in (axes.xaxis, axes.yaxis):
        _probability_axis(axis)
    axes.set_xlabel("Reported probability")
    axes.set_ylabel("Posterior mean of the model")
    no_spines(axes)


def _legend(targets: pd.DataFrame, context: Context) -> list[Any]:
    """Return what stands in the legend: strategies, then marks."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    plain: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 5, "markeredgecolor": DARK}
    handles: list[Any] = [
        Line2D([], [], color=colours[name], marker=markers[name], label=wrapped(context.label(name), 36))
        for name in context.strategies
        if name in set(targets["strategy"])
    ]
    handles += [
        Line2D([], [], color=GREY, label="Fitted", **plain),
        Line2D([], [], markerfacecolor="white", label="Check, not fitted", **plain),
        Line2D([], [], color=DARK, marker="|", linewidth=0.9, label="Reported, 95% interval"),
        Patch(color="#e9e9e9", label="Prior, 95% predictive interval"),
        Line2D([], [], color=GREY, linewidth=2.6, label="Posterior, 95% interval"),
        Line2D([], [], color=GREY, linewidth=0.8, label="Posterior, 95% predictive interval"),
    ]
    return handles


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


def _draw_icer(axes: Axes, name: str, rows: pd.DataFrame, look: tuple[str, str], context: Context) -> None:
    """Draw a strategy's ICER where it is dearer and better, its ends written."""
    real = rows[(rows["incremental_qalys"] > 0) & (rows["incremental_costs"] > 0)]
    colour, marker = look
    axes.plot(real["weight"], real["icer"], color=colour, marker=marker, markersize=5, gid=f"icer:{name}")
    for row in (real.iloc[[0, -1]] if len(real) > 1 else real).to_dict("records"):
        axes.annotate(
            money(row["icer"], digits=3),
            (row["weight"], row["icer"]),
            xytext=(0, 6),
            textcoords="offset points",
            ha="left" if row["weight"] < 0.5 else "right",
            fontsize=7,
            color=ink(colour),
        )
    axes.set_ylabel(f"ICER ({context.currency} per QALY;\n{context.price_year})")


def _draw_difference(axes: Axes, name: str, rows: pd.DataFrame, look: tuple[str, str]) -> None:
    """Draw a strategy's incremental QALYs with their band, and the cited difference dashed."""
    colour, marker = look
    weight, mean = rows["weight"], rows["incremental_qalys"]
    half = _NORMAL * rows["incremental_qalys_sd"]
    axes.fill_between(
        weight, mean - half, mean + half, color=colour, alpha=0.2, linewidth=0, gid=f"band:{name}"
    )
    axes.plot(weight, mean, color=colour, marker=marker, markersize=5, zorder=3, gid=f"qalys:{name}")
    cited = float(rows["cited_incremental_qalys"].iloc[0]) if "cited_incremental_qalys" in rows else math.nan
    if not math.isnan(cited):
        axes.axhline(cited, color=ink(colour), linewidth=1, linestyle="--", zorder=2, gid=f"cited:{name}")
        axes.annotate(
            f"cited {cited:.2f}",
            (0.97, cited),
            xytext=(0, 4),
            textcoords="offset points",
            ha="right",
            fontsize=7,
            color=ink(colour),
            gid=f"cited label:{name}",
        )


def _finish_power(left: Axes, right: Axes, context: Context) -> None:
    """Name the axes, draw the threshold and keep zero in sight."""
    left.axhline(context.threshold, color=GREY, linewidth=1.1, zorder=1, gid="threshold")
    left.annotate(
        f"WTP {money(context.threshold, context.currency)} per QALY",
        (0.02, context.threshold),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=7,
        color=GREY,
    )
    left.set_ylim(0, 1.1 * max(context.threshold, left.get_ylim()[1] / 1.05))
    money_axis(left.yaxis)
    right.set_ylim(min(0.0, right.get_ylim()[0]), right.get_ylim()[1])
    right.axhline(0, color=GREY, linewidth=0.7, zorder=1)
    right.set_ylabel("Incremental QALYs per patient\n(discounted)")
    for axes in (left, right):
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel("Weight of the cited QALYs")
        no_spines(axes)


def _power_legend(figure: Figure, powers: pd.DataFrame, context: Context) -> None:
    from matplotlib.lines import Line2D

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], markersize=5, label=context.label(name))
        for name in context.strategies
        if name in set(powers["strategy"])
    ]
    legend_below_title(figure, handles, columns=3)
