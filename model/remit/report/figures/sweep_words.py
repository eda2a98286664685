"""What figures of a sweep say: names of values, titles, and captions that state nothing that is varied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from remit.report.figures.style import Context
from remit.report.figures.sweep_scale import scale_of
from remit.report.sweep_drawing import SweepDrawing

if TYPE_CHECKING:
    import pandas as pd

NAMES = {
    "icer": "ICER ({currency} per QALY)",
    "inmb": "INMB at {threshold} ({currency})",
    "incremental_qalys": "Incremental QALYs",
    "incremental_costs": "Incremental costs ({currency})",
    "qalys": "QALYs",
    "costs": "Costs ({currency})",
    "life_years": "Life-years",
    "probability_best": "Probability most cost-effective",
    "expected_loss": "Expected loss ({currency})",
    "probability_best_health": "Probability of most QALYs",
    "expected_loss_health": "Expected loss (QALYs)",
    "p_cr_after_nonresponse": "Remission with the next line after non-response",
}
INCREMENTAL = ("icer", "inmb", "incremental_qalys", "incremental_costs")
MONEY = ("icer", "inmb", "costs", "incremental_costs", "expected_loss")


def name_of(value: str, drawing: SweepDrawing, context: Context) -> str:
    """Return how a column of the table is called."""
    threshold = (
        "each point's threshold"
        if "threshold" in drawing.varied
        else f"{context.currency} {context.threshold:,.0f} per QALY"
    )
    return NAMES.get(value, value).format(currency=context.currency, threshold=threshold)


def title_of(value: str, drawing: SweepDrawing, context: Context, *, strategy: str | None = None) -> str:
    """Return the title of a figure of one value: of a strategy, or of all."""
    against = (
        "the comparator of each point"
        if "comparator" in drawing.varied
        else context.label(context.comparator)
    )
    name = name_of(value, drawing, context).partition(" (")[0]
    said = f"{name}: {context.label(strategy)}" if strategy else name
    return f"{said}, against {against}" if value in INCREMENTAL else said


def caption_of(
    drawing: SweepDrawing, context: Context, table: pd.DataFrame, value: str, notes: Iterable[str] = ()
) -> str:
    """Return the caption: what is varied and from where to where, what holds at all points, and how sure.

    Parameters
    ----------
    drawing, context
        Of the sweep.
    table
        Its rows that are drawn.
    value
        The column that is drawn.
    notes
        Sentences that come first.
    """
    increments = table[table["icer"].notna()]
    icer = (
        "No ICER is shown where a strategy gives no more QALYs than the comparator, or costs less."
        if value == "icer" and bool(((increments["icer"] < 0) | (increments["incremental_qalys"] < 0)).any())
        else ""
    )
    parts = [*notes, _varied(drawing, table), _fixed(drawing, context), _drawn(drawing, context), icer]
    return " ".join(part for part in parts if part)


def _varied(drawing: SweepDrawing, table: pd.DataFrame) -> str:
    n_points = table["point"].nunique()
    how = {
        "grid": "Varied",
        "list": f"{n_points:,} points listed",
        "latin_hypercube": f"{n_points:,} points by Latin hypercube (seed {drawing.cube_seed})",
    }[drawing.design]
    scales = [scale_of(axis, table[axis.column]) for axis in drawing.axes]
    return f"{how}: {'; '.join(scale.extent for scale in scales)}."


def _fixed(drawing: SweepDrawing, context: Context) -> str:
    """Say what holds at all points, and of what does not that it is varied."""
    varied = drawing.varied
    start = "enrolment" if context.start == "enrolled" else "first infusion"
    corrected = (
        "no within-cycle correction"
        if context.correction in ("start", "end")
        else f"{context.correction} correction"
    )
    rates = [
        f"{what} discounted at {'a varied rate' if field in varied else f'{100 * rate:.3g}% a year'}"
        for what, field, rate in (
            ("costs", "discount_costs", context.discount_costs),
            ("QALYs", "discount_qalys", context.discount_qalys),
        )
    ]
    parts = [
        "perspective varied" if "perspective" in varied else f"{context.perspective} perspective",
        "horizon varied" if "horizon_years" in varied else f"{context.horizon_years:g} years",
        "start varied" if "start" in varied else f"from {start}",
    ]
    correction = "correction varied" if "correction" in varied else corrected
    year = "as in each scenario" if "price_year" in varied else context.price_year
    study = "At all points" if "title" in varied else f"All else as in {context.title}"
    return (
        f"{study}: {', '.join(parts)}. Costs in {context.currency} (price year {year}). "
        f"{rates[0][:1].upper()}{', '.join(rates)[1:]}; {correction}."
    )


def _drawn(drawing: SweepDrawing, context: Context) -> str:
    if not drawing.draws:
        return "At the means of all other parameters."
    return f"Means of {drawing.draws:,} draws, seed {context.seed}, the same at every point."
