"""Which durable share and which mortality of survivors the cited QALYs imply, and what trials say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.report.figures.style import (
    DARK,
    Context,
    house_style,
    ink,
    new_figure,
    percent,
    percent_axis,
    shade,
    strategy_colours,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

_NORMAL = 1.959964  # two-sided 95%
_SHARES = (0.95, 0.5)  # of the trials' weight in the regions drawn
_DRAWS = 2000  # more draws add nothing to the regions
_FINE = 90  # points along each side of the density


def implied_figure(
    implied: pd.DataFrame, trial: pd.DataFrame, cited: pd.DataFrame, context: Context
) -> Figure:
    """Draw where the model gives the cited QALYs, over durable share and SMR, and what trials alone say.

    Parameters
    ----------
    implied
        ``strategy, durable_share, smr, qalys``: the model's QALYs over a full grid, all other inputs held.
    trial
        ``strategy, durable_share, smr, weight``: draws of the posterior of the trials only.
    cited
        ``strategy, qalys, sd``, see :func:`cited_table`; strategies of all three tables have a panel.
    context
        Labels and what the figure rests on.
    """
    known = set(implied["strategy"]) & set(trial["strategy"]) & set(cited["strategy"])
    names = [name for name in context.strategies if name in known]
    columns = min(len(names), 2)
    rows = -(-len(names) // columns)
    note = (
        "Colour: the model gives the cited QALYs ± 2 sd; grey lines: other QALYs of the model; all other "
        "inputs held. Dark: regions that hold 50% and 95% of the posterior given the trials alone, by a "
        "kernel density of logit share and log SMR. SMR: mortality against that of the general population."
    )
    title = "Durable share and mortality of survivors that the cited QALYs imply"
    with house_style():
        figure = new_figure(3.2 * rows, title, context.caption(note))
        grid = figure.subplots(rows, columns, squeeze=False)
        for place, axes in enumerate(grid.flat):
            if place >= len(names):
                axes.set_axis_off()
                continue
            mine = [table[table["strategy"] == names[place]] for table in (implied, trial, cited)]
            _draw_panel(axes, names[place], mine, context)
            axes.set_xlabel("Durable share among responders")
            if place % columns == 0:
                axes.set_ylabel("SMR of long-term survivors")
    return figure


def cited_table(targets: pd.DataFrame) -> pd.DataFrame:
    """Return ``strategy, qalys, sd`` of the cited QALYs in `targets.csv`, fitted ones first.

    The sd is that of a normal distribution with the reported 95% interval.
    """
    import pandas as pd

    rows = targets[targets["measure"] == "qalys"].sort_values("fitted", ascending=False, kind="stable")
    rows = rows.drop_duplicates("strategy")
    sd = (rows["high"] - rows["low"]) / (2 * _NORMAL)
    table = pd.DataFrame({"strategy": rows["strategy"], "qalys": rows["reported"], "sd": sd})
    return table.reset_index(drop=True)


def agreement(implied: pd.DataFrame, trial: pd.DataFrame, low: float, high: float) -> float:
    """Return the share of the trials' weight at which the model's QALYs lie between two values.

    Both tables are of one strategy; between the points of the grid QALYs are interpolated, beyond it
    extrapolated, linearly.
    """
    from scipy.interpolate import RegularGridInterpolator

    share, smr, qalys = _grid(implied)
    inside = RegularGridInterpolator((smr, share), qalys, bounds_error=False, fill_value=None)
    found = inside(trial[["smr", "durable_share"]].to_numpy())
    weight = trial["weight"].to_numpy()
    return float(weight[(found >= low) & (found <= high)].sum() / weight.sum())


def region_levels(density: Array, weight: Array) -> list[float]:
    """Return the densities above which 95% and 50% of the weight lie.

    Parameters
    ----------
    density, weight
        (draw,) the density at each draw and the draw's weight.
    """
    order = np.argsort(density)[::-1]
    held = np.cumsum(weight[order]) / weight.sum()
    return [float(density[order][np.searchsorted(held, share)]) for share in _SHARES]


def _grid(implied: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Return shares, SMRs and QALYs (smr, share) of a long table."""
    wide = implied.pivot_table(index="smr", columns="durable_share", values="qalys")
    return (
        wide.columns.to_numpy(dtype=np.float64),
        wide.index.to_numpy(dtype=np.float64),
        wide.to_numpy(dtype=np.float64),
    )


def _draw_panel(axes: Axes, strategy: str, tables: list[pd.DataFrame], context: Context) -> None:
    implied, trial, cited = tables
    colour = strategy_colours(context.strategies)[strategy]
    value, sd = float(cited["qalys"].iloc[0]), float(cited["sd"].iloc[0])
    low, high = value - 2 * sd, value + 2 * sd
    share, smr, _ = _grid(implied)
    axes.grid(visible=False)
    axes.set_xlim(share[0], share[-1])
    axes.set_ylim(smr[0], smr[-1])
    percent_axis(axes.xaxis)
    _draw_qalys(axes, implied, (low, value, high), (strategy, colour))
    _draw_regions(axes, trial)
    axes.set_title(wrapped(context.label(strategy), 44), color=ink(colour), pad=15)
    agreed = percent(agreement(implied, trial, low, high))
    text = f"Cited {value:.2f} ± {2 * sd:.2f} QALYs; {agreed} of the trials' posterior inside"
    axes.text(
        0,
        1.015,
        text,
        transform=axes.transAxes,
        fontsize=6.8,
        color=DARK,
        va="bottom",
        gid=f"agreement:{strategy}",
    )


def _draw_qalys(
    axes: Axes, implied: pd.DataFrame, cited: tuple[float, float, float], named: tuple[str, str]
) -> None:
    """Draw contours of the model's QALYs, light, and the band of the cited ones."""
    from matplotlib.ticker import MaxNLocator

    share, smr, qalys = _grid(implied)
    (low, value, high), (strategy, colour) = cited, named
    ticks = MaxNLocator(nbins=9, steps=[1, 2, 5, 10]).tick_values(qalys.min(), qalys.max())
    others = [tick for tick in ticks if qalys.min() < tick < qalys.max() and not low <= tick <= high]
    if others:
        lines = axes.contour(share, smr, qalys, levels=others, colors="#c4c4c4", linewidths=0.7, zorder=1)
        places = _label_places(lines, smr[0] + 0.07 * (smr[-1] - smr[0]))
        axes.clabel(lines, fmt="%g", fontsize=6.5, colors="#6f6f6f", manual=places)
    if qalys.min() < high and qalys.max() > low:
        band = axes.contourf(share, smr, qalys, levels=[low, high], colors=[colour], alpha=0.4, zorder=4)
        band.set_gid(f"band:{strategy}")
    if qalys.min() < value < qalys.max():
        line = axes.contour(share, smr, qalys, levels=[value], colors=[ink(colour)], linewidths=1.5, zorder=5)
        places = _label_places(line, smr[0] + 0.2 * (smr[-1] - smr[0]))
        axes.clabel(line, fmt=f"{value:.2f}", fontsize=7.5, colors=[ink(colour)], manual=places)
    else:
        words = f"Nowhere {value:.2f} QALYs:\nother inputs must differ\n(rescue, HSCT, response)"
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5}
        axes.text(
            0.97, 0.03, words, transform=axes.transAxes, ha="right", va="bottom", fontsize=7,
            color=ink(colour), bbox=box, zorder=6,
        )  # fmt: skip


def _label_places(lines: Any, at: float) -> list[tuple[float, float]]:  # noqa: ANN401 - contours of matplotlib
    """Return for each contour the place on it whose SMR is nearest to one value, its ends apart."""
    places = []
    for pieces in lines.allsegs:
        inner = max(pieces, key=len, default=np.zeros((0, 2)))[2:-2]
        if len(inner):
            x, y = inner[np.argmin(np.abs(inner[:, 1] - at))]
            places.append((float(x), float(y)))
    return places


def _draw_regions(axes: Axes, trial: pd.DataFrame) -> None:
    """Draw the regions that hold 50% and 95% of the trials' posterior; single points where it is flat."""
    points = np.stack([_logit(trial["durable_share"].to_numpy()), np.log(trial["smr"].to_numpy())])
    weight = trial["weight"].to_numpy(dtype=np.float64)
    points, weight = _thinned(points, weight)
    if np.min(points.std(axis=1)) < 1e-9:
        axes.plot(trial["durable_share"], trial["smr"], ".", color=DARK, markersize=2, gid="trial draws")
        return
    from scipy.stats import gaussian_kde

    kernel = gaussian_kde(points, weights=weight)
    levels = region_levels(kernel(points), weight)
    share = np.linspace(max(axes.get_xlim()[0], 0.001), min(axes.get_xlim()[1], 0.999), _FINE)
    smr = np.linspace(*axes.get_ylim(), _FINE)
    density = kernel(np.stack([part.ravel() for part in np.meshgrid(_logit(share), np.log(smr))]))
    surface = density.reshape(_FINE, _FINE)
    levels = [level for level in levels if level < surface.max()]
    if not levels:
        return
    shades: list[Any] = [shade(DARK, "#ffffff", mixed) for mixed in (0.72, 0.4)][: len(levels)]
    top = max(surface.max(), levels[-1]) * 1.001
    axes.contourf(share, smr, surface, levels=[*levels, top], colors=shades, alpha=0.75, zorder=2)
    lines = axes.contour(share, smr, surface, levels=levels, colors=DARK, linewidths=0.8, zorder=3)
    names = {level: f"{100 * held:.0f}%" for level, held in zip(levels, _SHARES, strict=False)}
    places = [
        max((tuple(at) for at in np.concatenate(pieces)), key=lambda at: at[0]) for pieces in lines.allsegs
    ]
    axes.clabel(lines, fmt=names, fontsize=6.5, manual=places)


def _logit(share: Array) -> Array:
    """Return the log odds of shares, those at the ends a little within."""
    kept = np.clip(share, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(kept / (1 - kept)))


def _thinned(points: Array, weight: Array) -> tuple[Array, Array]:
    """Return at most 2,000 draws, taken at even steps of the weight."""
    if weight.size <= _DRAWS:
        return points, weight
    steps = (np.arange(_DRAWS) + 0.5) / _DRAWS
    chosen = np.searchsorted(np.cumsum(weight) / weight.sum(), steps)
    return points[:, chosen], np.ones(_DRAWS)
