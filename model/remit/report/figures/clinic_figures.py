"""Which figures a clinic draws, and from which of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from remit.report.clinic_drawing import ClinicDrawing
from remit.report.figures.clinic import clinic_figure
from remit.report.figures.clinic_capacity import capacity_figure
from remit.report.figures.clinic_waits import waits_figure
from remit.report.figures.style import Context

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def clinic_figures(
    tables: Mapping[str, pd.DataFrame], drawing: ClinicDrawing, context: Context
) -> Iterator[tuple[str, Figure]]:
    """Yield (file name, figure) for everything that the tables of a clinic show.

    Parameters
    ----------
    tables
        ``clinic_resources.csv`` and ``clinic_over_time.csv``, or ``clinic_capacity.csv`` and
        ``clinic_turning.csv``; where nothing is short there is nothing to draw.
    drawing, context
        Of the clinic, and of its study.
    """
    if "clinic_capacity.csv" in tables:
        capacity, turning = tables["clinic_capacity.csv"], tables["clinic_turning.csv"]
        if not turning.empty:  # of one rule alone there is no difference to draw
            yield "clinic_capacity", capacity_figure(capacity, turning, drawing, context)
        return
    resources = tables["clinic_resources.csv"]
    if not resources.empty:
        yield "f17_clinic", clinic_figure(tables["clinic_over_time.csv"], resources, drawing, context)
        yield "f17_clinic_waits", waits_figure(resources, drawing, context)
