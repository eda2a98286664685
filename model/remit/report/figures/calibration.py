"""Which figures a calibration draws, and from which of its tables."""

from __future__ import annotations

from remit.report.figures.anchor import cited_table, implied_figure
from remit.report.figures.posterior import parameters_figure
from remit.report.figures.power import power_figure
from remit.report.figures.run_figures import Entry
from remit.report.figures.targets import targets_figure

FIGURES = (
    Entry("f18_targets", ("targets.csv",), lambda t, c: targets_figure(t["targets.csv"], c)),
    Entry(
        "f18_parameters",
        ("posterior_parameters.csv",),
        lambda t, c: parameters_figure(t["posterior_parameters.csv"], c),
    ),
    Entry("f18_anchor_power", ("anchor_power.csv",), lambda t, c: power_figure(t["anchor_power.csv"], c)),
    Entry(
        "f18_implied",
        ("implied.csv", "implied_trials.csv", "targets.csv"),
        lambda t, c: implied_figure(
            t["implied.csv"], t["implied_trials.csv"], cited_table(t["targets.csv"]), c
        ),
    ),
)
