"""What a study is worth by its size, and which size pays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from remit.analysis.information import Population
from remit.report.figures.curves import mark_threshold, spread
from remit.report.figures.information import LEAST, choice_in_words, population_in_words
from remit.report.figures.style import (
    DARK,
    Context,
    house_style,
    ink,
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

STUDY, LEARNT = "#1d7a74", "#7a4f9a"  # none of the colours of strategies
HEIGHT = 2.15  # inches of a panel


def research_figure(
    evpi: pd.DataFrame,
    evppi: pd.DataFrame,
    evsi: pd.DataFrame,
    context: Context,
    population: Population,
    *,
    learnt: str,
    wtp: float,
    among: Sequence[str] = (),
) -> Figure:
    """Draw what it is worth to learn a parameter, what a design tells of it, and what that nets.

    Parameters
    ----------
    evpi
        ``wtp, evpi``.
    evppi
        ``wtp, evppi, standard_error, title``: of the parameter, over WTP.
    evsi
        ``title, n, wtp, evsi, standard_error, limit, helped, enbs, best`` of one design.
    context, population
        What the figure rests on, and who is helped.
    learnt
        The title in ``evppi`` of what is learnt.
    wtp
        At which the sizes are compared.
    among
        Strategies, where the choice is not among all.
    """
    parameter = evppi[evppi["title"] == learnt].sort_values("wtp")
    at = evsi[evsi["wtp"] == wtp].sort_values("n")
    title = f"What it is worth to learn: {_lower(learnt)}"
    note = (
        f"{choice_in_words(among, context)}EVSI: expected value of sample information of the "
        f"{_lower(str(at['title'].iloc[0]))}, simulated and regressed on the draws; bands: 1.96 standard "
        "errors. ENBS: expected net benefit of sampling, EVSI for all patients after the study has reported, "
        f"less its cost (an assumption). {population_in_words(population)}"
    )
    with house_style():
        figure = new_figure(2.1 * HEIGHT, wrapped(title, 84), context.caption(note, psa=True))
        panels: dict[str, Axes] = figure.subplot_mosaic([["wtp", "wtp"], ["evsi", "enbs"]])
        _over_wtp(panels["wtp"], evpi, parameter, context, wtp)
        ceilings = {
            "Everything (EVPI)": (_at(evpi, "evpi", wtp), DARK),
            "The parameter (EVPPI)": (_at(parameter, "evppi", wtp), LEARNT),
            "Endless patients": (float(at["limit"].iloc[0]), STUDY),
        }
        _by_size(panels["evsi"], at, ceilings, context, wtp)
        _net(panels["enbs"], at, context, wtp)
    return figure


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _at(table: pd.DataFrame, column: str, wtp: float) -> float:
    """Return a column at one WTP, between those of the table on a straight line."""
    return float(np.interp(wtp, table["wtp"], table[column]))


def _over_wtp(axes: Axes, evpi: pd.DataFrame, parameter: pd.DataFrame, context: Context, wtp: float) -> None:
    line = evpi.sort_values("wtp")
    axes.plot(line["wtp"], line["evpi"], color=DARK, linewidth=1.8, gid="evpi", label="Everything (EVPI)")
    axes.plot(
        parameter["wtp"],
        parameter["evppi"],
        color=LEARNT,
        linewidth=1.8,
        gid="evppi",
        label="The parameter (EVPPI)",
    )
    error = 1.96 * parameter["standard_error"]
    low = np.maximum(parameter["evppi"] - error, 0)
    axes.fill_between(parameter["wtp"], low, parameter["evppi"] + error, color=LEARNT, alpha=0.2, linewidth=0)
    axes.set_xlim(float(line["wtp"].min()), float(line["wtp"].max()))
    axes.set_ylim(0, 1.08 * max(float(line["evpi"].max()), 1.0))
    money_axis(axes.xaxis)
    money_axis(axes.yaxis, most=4)
    axes.set_xlabel(f"Willingness to pay per QALY ({context.unit})")
    axes.set_ylabel(f"Per patient ({context.currency})")
    no_spines(axes)
    mark_threshold(axes, context)
    if wtp != context.threshold:
        axes.axvline(wtp, color=STUDY, linewidth=1, zorder=1, gid="wtp", label="WTP of the panels below")
    axes.legend(loc="upper right", handlelength=1.4, labelspacing=0.3)


def _by_size(
    axes: Axes, at: pd.DataFrame, ceilings: dict[str, tuple[float, str]], context: Context, wtp: float
) -> None:
    """Draw EVSI by size below what it can reach at most."""
    axes.plot(at["n"], at["evsi"], color=STUDY, marker="o", markersize=4, linewidth=1.6, gid="evsi")
    error = 1.96 * at["standard_error"]
    low = np.maximum(at["evsi"] - error, 0)
    axes.fill_between(at["n"], low, at["evsi"] + error, color=STUDY, alpha=0.2, linewidth=0, gid="band")
    axes.set_title(f"EVSI at {money(wtp, context.currency)} per QALY", fontsize=8)
    axes.set_ylabel(f"Per patient ({context.currency})")
    _sizes(axes, at)
    no_spines(axes)
    most = max([*(value for value, _ in ceilings.values()), float((at["evsi"] + error).max())])
    if most < LEAST:
        axes.set_ylim(0, LEAST)
        axes.set_yticks([0.0])
        text = f"Nothing that could be learnt is worth\n{money(LEAST, context.currency)} per patient here."
        axes.text(
            0.5, 0.6, text, transform=axes.transAxes, ha="center", fontsize=7.5, color=DARK, gid="nothing"
        )
        return
    for name, (value, colour) in ceilings.items():
        axes.axhline(value, color=colour, linestyle=(0, (4, 2)), linewidth=1, gid=f"ceiling:{name}")
    _name_ceilings(axes, ceilings, 1.12 * most)
    axes.set_ylim(0, 1.12 * most)
    money_axis(axes.yaxis, most=5)


def _name_ceilings(axes: Axes, ceilings: dict[str, tuple[float, str]], top: float) -> None:
    """Name the ceilings above their lines, those that would meet moved apart."""
    order = sorted(ceilings, key=lambda name: -ceilings[name][0])
    wanted = np.array([ceilings[name][0] / top + 0.035 for name in order])
    places = spread(wanted, np.full(len(order), 0.075))
    for name, place in zip(order, places, strict=True):
        colour = ink(ceilings[name][1])
        axes.text(
            0.015, place, name, transform=axes.transAxes, fontsize=6.5, color=colour, va="center", zorder=5,
            bbox={"facecolor": "white", "alpha": 0.7, "pad": 0.5, "linewidth": 0},
        )  # fmt: skip


def _net(axes: Axes, at: pd.DataFrame, context: Context, wtp: float) -> None:
    """Draw the expected net benefit of sampling by size, and mark the best, or say that none pays."""
    millions = at["enbs"] / 1e6
    error = 1.96 * (at["standard_error"] * at["helped"]) / 1e6
    axes.axhline(0, color="#444444", linewidth=0.9, zorder=1)
    axes.plot(at["n"], millions, color=STUDY, marker="o", markersize=4, linewidth=1.6, gid="enbs")
    axes.fill_between(at["n"], millions - error, millions + error, color=STUDY, alpha=0.2, linewidth=0)
    best = at[at["best"]]
    axes.set_title(f"ENBS at {money(wtp, context.currency)} per QALY", fontsize=8)
    axes.margins(y=0.18)
    if len(best):
        row = best.iloc[0]
        axes.plot(
            row["n"], row["enbs"] / 1e6, marker="o", markersize=9, markerfacecolor="none",
            markeredgecolor=LEARNT, markeredgewidth=1.8, gid="best",
        )  # fmt: skip
    words = f"best size: {best['n'].iloc[0]} patients" if len(best) else "no size pays"
    axes.text(0.985, 0.97, words, transform=axes.transAxes, ha="right", va="top", fontsize=7.5, color=DARK,
              fontweight="bold", gid="answer")  # fmt: skip
    _sizes(axes, at)
    axes.set_ylabel(f"Million {context.currency}")
    no_spines(axes)


def _sizes(axes: Axes, at: pd.DataFrame) -> None:
    """Write the sizes themselves on an axis that doubles."""
    axes.set_xscale("log")
    axes.minorticks_off()
    axes.set_xticks(at["n"].to_numpy(), [f"{size:,}" for size in at["n"]])
    axes.set_xlabel("Patients in the study")
