"""F11: a digitised curve, the patients got back from it, and the families fitted to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from remit.report.figures.style import (
    DARK,
    GREY,
    LIGHT,
    house_style,
    legend_below_title,
    new_figure,
    no_spines,
    percent_axis,
    strategy_colours,
)
from remit.report.fit_tables import fit_label
from remit.survival.digitised import Digitised
from remit.survival.fitting import Fit
from remit.survival.patients import Patients, kaplan_meier, piecewise_hazard

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEST = 4
_DASHES = ("-", "--", "-.", (0, (1, 1.2)))


def fit_figure(title: str, curve: Digitised, patients: Patients, fits: Sequence[Fit]) -> Figure:
    """Draw survival with the numbers at risk, and beside it the hazard: seen in pieces and fitted.

    Parameters
    ----------
    title
        Of the curve.
    curve
        Clean.
    patients
        Reconstructed from it.
    fits
        Best first; the first four are drawn.
    """
    with house_style():
        figure = new_figure(2.9, f"{title}: digitised and fitted", _caption(patients, fits), head=0.45)
        axes: dict[str, Axes] = figure.subplot_mosaic(
            [["curve", "hazard"], ["risk", "rest"]], height_ratios=[6, 1], width_ratios=[1.35, 1]
        )
        axes["rest"].set_axis_off()
        _draw_survival(axes["curve"], curve, patients, fits[:BEST])
        _draw_risk(axes["risk"], curve, axes["curve"])
        _draw_hazard(axes["hazard"], patients, fits[:BEST])
        legend_below_title(figure, _handles(fits[:BEST]), columns=3)
    return figure


def _caption(patients: Patients, fits: Sequence[Fit]) -> str:
    best = "; ".join(f"{fit_label(fit)} {fit.aic:.1f}" for fit in fits[:BEST])
    return (
        f"{patients.times.size} patients with {int(patients.events.sum())} events, reconstructed after Guyot "
        f"2012. Fitted by maximum likelihood; AIC: {best}. Steps of the hazard: events per year followed, in "
        "pieces of about equally many events, with exact 95% intervals. Dotted: the end of the digitised "
        "curve; what lies beyond is extrapolated."
    )


def _draw_survival(axes: Axes, curve: Digitised, patients: Patients, fits: Sequence[Fit]) -> None:
    end = float(curve.times[-1])
    axes.step(curve.times, curve.survival, where="post", color=LIGHT, linewidth=4.2, gid="digitised")
    steps = kaplan_meier(patients)
    axes.step(
        np.append(steps.times, end),
        np.append(steps.survival, steps.survival[-1]),
        where="post",
        color=DARK,
        linewidth=0.9,
        gid="reconstructed",
    )
    times = np.linspace(0, 1.25 * end, 300)
    for fit, look in zip(fits, _looks(fits), strict=True):
        axes.plot(times, fit.curve.survival(times[:, None])[:, 0], linewidth=1.5, gid="fitted", **look)
    axes.axvline(end, color=GREY, linewidth=0.8, linestyle=":", gid="end")
    axes.set_xlim(0, times[-1])
    axes.set_ylim(0, 1.03)
    percent_axis(axes.yaxis)
    axes.set_title("Survival without event")
    axes.set_xlabel("Years")
    no_spines(axes)


def _draw_risk(axes: Axes, curve: Digitised, above: Axes) -> None:
    """Write the numbers at risk under the axis, leaving out rows that would touch."""
    axes.set_xlim(above.get_xlim())
    axes.set_ylim(0, 1)
    axes.set_axis_off()
    axes.text(0, 0.95, "At risk", fontsize=7, color=GREY, ha="left", va="top", fontweight="bold")
    apart, last = 0.06 * above.get_xlim()[1], -np.inf
    for t, n in zip(curve.risk_times, curve.at_risk, strict=True):
        if t - last < apart:
            continue
        last = float(t)
        axes.text(t, 0.45, f"{n:.0f}", fontsize=7, color=DARK, ha="center", va="top", clip_on=False)


def _draw_hazard(axes: Axes, patients: Patients, fits: Sequence[Fit]) -> None:
    count = int(np.clip(patients.events.sum() // 8, 2, 10))
    pieces = piecewise_hazard(patients, count)
    for piece in pieces:
        low, high = piece.interval
        axes.fill_between([piece.start, piece.end], low, high, color=LIGHT, alpha=0.6, linewidth=0)
        axes.plot([piece.start, piece.end], [piece.hazard] * 2, color=DARK, linewidth=1.4, gid="piece")
    end = pieces[-1].end
    times = np.linspace(0.005 * end, end, 300)
    for fit, look in zip(fits, _looks(fits), strict=True):
        axes.plot(times, fit.curve.hazard(times[:, None])[:, 0], linewidth=1.5, gid="fitted", **look)
    tops = [piece.interval[1] for piece in pieces if piece.events > 1]
    axes.set_ylim(0, 1.1 * max(tops, default=1.0))
    axes.set_xlim(0, end)
    axes.set_title("Hazard per year")
    axes.set_xlabel("Years")
    no_spines(axes)


def _looks(fits: Sequence[Fit]) -> list[dict[str, Any]]:
    colours = strategy_colours([fit_label(fit) for fit in fits])
    return [
        {"color": colour, "linestyle": dash}
        for colour, dash in zip(colours.values(), _DASHES[: len(fits)], strict=True)
    ]


def _handles(fits: Sequence[Fit]) -> list[Any]:
    from matplotlib.lines import Line2D

    seen = [
        Line2D([], [], color=LIGHT, linewidth=4.2, label="Digitised"),
        Line2D([], [], color=DARK, linewidth=0.9, label="Reconstructed"),
    ]
    fitted = [
        Line2D([], [], linewidth=1.5, label=fit_label(fit), **look)
        for fit, look in zip(fits, _looks(fits), strict=True)
    ]
    return [*seen, *fitted]
