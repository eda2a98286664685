"""F15: whether the draws are enough: mean INMB and probability of being best, of the first draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.report.figures.style import (
    Context,
    house_style,
    legend_below_title,
    money,
    money_axis,
    new_figure,
    no_spines,
    percent,
    percent_axis,
    strategy_colours,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def convergence_figure(convergence: pd.DataFrame, context: Context) -> Figure:
    """Draw running means with bands of 1.96 Monte Carlo errors.

    Parameters
    ----------
    convergence
        ``draws, strategy, inmb, standard_error, probability_best, probability_error``.
    context
        Labels, the comparator, the threshold, and what the figure rests on.
    """
    from matplotlib.lines import Line2D

    names = [name for name in context.strategies if name in set(convergence["strategy"])]
    others = [name for name in names if name != context.comparator]
    colours = strategy_colours(context.strategies)
    note = (
        "Means of the first draws; bands: 1.96 Monte Carlo errors. INMB at "
        f"{money(context.threshold, context.currency)} per QALY against "
        f"'{context.label(context.comparator)}'. {_errors(convergence, others, context)} "
        f"{_best(convergence, context)}"
    )
    contested = [name for name in names if _is_contested(convergence, name)]
    with house_style():
        rows = (len(names) + 1) // 2
        figure = new_figure(
            2.9, "Convergence of the PSA", context.caption(note, psa=True), head=0.05 + 0.16 * rows
        )
        panels = list(figure.subplots(1, 2 if contested else 1, squeeze=False)[0])
        _band(panels[0], convergence, others, "inmb", "standard_error", colours)
        panels[0].axhline(0, color="#777777", linewidth=0.8)
        money_axis(panels[0].yaxis)
        panels[0].set_ylabel(f"Mean INMB ({context.unit})")
        for axes in panels[1:]:
            _band(axes, convergence, contested, "probability_best", "probability_error", colours)
            axes.set_ylim(-0.02, 1.02)
            percent_axis(axes.yaxis)
            axes.set_ylabel("Probability most cost-effective")
        for axes in panels:
            money_axis(axes.xaxis)
            axes.set_xlabel("Number of draws")
            axes.set_xlim(left=0)
            no_spines(axes)
        shown = [name for name in names if name in others or name in contested]
        handles = [Line2D([], [], color=colours[n], linewidth=1.8, label=context.label(n)) for n in shown]
        legend_below_title(figure, handles, columns=2)
    return figure


def _is_contested(table: pd.DataFrame, name: str) -> bool:
    """Tell whether a strategy is best in some draws and not in others: else there is no error to show."""
    probability = float(table.loc[table["strategy"] == name, "probability_best"].iloc[-1])
    return 0.001 < probability < 0.999


def _band(
    axes: Axes, table: pd.DataFrame, names: list[str], value: str, error: str, colours: dict[str, str]
) -> None:
    for name in names:
        line = table[table["strategy"] == name]
        low, high = line[value] - 1.96 * line[error], line[value] + 1.96 * line[error]
        axes.fill_between(line["draws"], low, high, color=colours[name], alpha=0.2, linewidth=0)
        axes.plot(line["draws"], line[value], color=colours[name], linewidth=1.6, gid=f"{value}:{name}")


def _errors(table: pd.DataFrame, names: list[str], context: Context) -> str:
    last = table[table["draws"] == table["draws"].max()].set_index("strategy")
    said = ", ".join(f"{context.label(n)} {money(float(last.loc[n, 'standard_error']))}" for n in names)
    return f"Monte Carlo error of INMB with all draws: {said}."


def _best(table: pd.DataFrame, context: Context) -> str:
    """Say which strategy is best in nearly all draws, where one is."""
    last = table[table["draws"] == table["draws"].max()].set_index("strategy")["probability_best"]
    best = str(last.idxmax())
    surely = float(last.max())
    if surely <= 0.999:
        return ""
    return f"'{context.label(best)}' is most cost-effective in {percent(surely)} of draws."
