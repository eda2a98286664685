"""How patients differ: how many have at least so many QALYs, and cost at least so much."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from remit.report.figures.style import (
    GREY,
    Context,
    house_style,
    legend_below_title,
    money_axis,
    new_figure,
    no_spines,
    percent,
    percent_axis,
    strategy_colours,
    strategy_markers,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 2.9  # inches
OUTCOMES = ("qalys", "costs")


def patients_figure(
    distribution: pd.DataFrame, summary: pd.DataFrame, events: pd.DataFrame, context: Context
) -> Figure:
    """Draw the share of patients with at least so many QALYs, and with at least such costs.

    Parameters
    ----------
    distribution
        ``patient_distribution.csv``.
    summary
        ``microsimulation.csv``: means, number of patients and seed.
    events
        ``patient_events.csv``, for the share cured.
    context
        Labels, currency and what the figure rests on.
    """
    # Patients are followed in continuous time: there is no cycle to correct for.
    continuous = replace(context, correction="end")
    with house_style():
        figure = new_figure(
            HEIGHT,
            "How patients differ in health and costs",
            continuous.caption(_note(summary)),
            head=0.14 * len(context.strategies) + 0.06,
        )
        for axes, outcome in zip(figure.subplots(1, 2, sharey=True), OUTCOMES, strict=True):
            _draw(axes, outcome, distribution, summary, context)
        health, costs = figure.axes
        health.set_ylabel("Share of patients with at least this")
        health.set_xlabel("QALYs of a patient")
        costs.set_xlabel(f"Costs of a patient ({context.unit})")
        money_axis(costs.xaxis, most=5)
        percent_axis(health.yaxis)
        _legend(figure, events, context)
    return figure


def _note(summary: pd.DataFrame) -> str:
    patients, seed = int(summary["patients"].iloc[0]), int(summary["seed"].iloc[0])
    return (
        f"{patients:,} patients, the same under every strategy, followed one by one at the means of the "
        f"parameters (seed {seed}): they differ by their stratum and by chance. Markers: means, "
        "which are the areas below the curves. Cured: in a remission from which nobody relapses, until "
        "death of other causes or the horizon."
    )


def _draw(
    axes: Axes, outcome: str, distribution: pd.DataFrame, summary: pd.DataFrame, context: Context
) -> None:
    import seaborn as sns

    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    means = summary[summary["outcome"] == outcome].set_index("strategy")["mean"]
    drawn = distribution[distribution["outcome"] == outcome]
    for name in context.strategies:
        own = drawn[drawn["strategy"] == name]
        sns.lineplot(
            x=own["at"], y=own["share_at_least"], color=colours[name], linewidth=1.6, errorbar=None, ax=axes,
            gid=f"{outcome}:{name}",
        )  # fmt: skip
        mean = float(means[name])
        axes.plot(
            mean, 0.0, color=colours[name], marker=markers[name], markersize=6, markeredgecolor="white",
            linestyle="none", clip_on=False, zorder=5, gid=f"mean:{outcome}:{name}",
        )  # fmt: skip
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=":", zorder=1)
    axes.text(
        0.985, 0.51, "half of all patients", transform=axes.get_yaxis_transform(), ha="right", va="bottom",
        fontsize=6.5, color=GREY,
    )  # fmt: skip
    axes.set_ylim(0.0, 1.0)
    axes.set_xlim(left=0.0, right=float(drawn["at"].max()))
    axes.set_ylabel("")
    no_spines(axes)


def _legend(figure: Figure, events: pd.DataFrame, context: Context) -> None:
    from matplotlib.lines import Line2D

    cured = events[events["event"] == "cured"].set_index("strategy")["share"]
    colours, markers = strategy_colours(context.strategies), strategy_markers(context.strategies)
    handles = [
        Line2D([], [], color=colours[name], marker=markers[name], markersize=5, linewidth=1.6,
               label=f"{context.label(name)} ({percent(float(cured[name]))} cured)")
        for name in context.strategies
    ]  # fmt: skip
    legend_below_title(figure, handles, columns=1)
