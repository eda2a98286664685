"""Which figures are drawn of a clinic, and from which of its tables."""

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

Tables = Mapping[str, "pd.DataFrame"]


def clinic_figures(tables: Tables, drawing: ClinicDrawing, context: Context) -> Iterator[tuple[str, Figure]]:
    """Yield the figures that a clinic's tables, by file name, have something for: file name and figure.

    Of one rule alone there is no difference to draw, and without a resource that is short nobody waits.
    """
    resources = tables.get("clinic_resources.csv")
    if resources is not None and len(resources):
        yield "clinic_queues", clinic_figure(tables["clinic_over_time.csv"], resources, drawing, context)
        yield "clinic_waits", waits_figure(resources, drawing, context)
    turning = tables.get("clinic_turning.csv")
    if turning is not None and len(turning):
        yield "clinic_capacity", capacity_figure(tables["clinic_capacity.csv"], turning, drawing, context)
