"""Which figures a run draws, and from which of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remit.report.figures.acceptability import ceac_figure
from remit.report.figures.beside import beside_figure
from remit.report.figures.breakdown import breakdown
from remit.report.figures.budget import budget_figure
from remit.report.figures.convergence import convergence_figure
from remit.report.figures.diagram import model_diagram
from remit.report.figures.frontier import frontier_figure
from remit.report.figures.hazard import hazard_figure
from remit.report.figures.loss import expected_loss_figure
from remit.report.figures.partitioned import partitioned_figure
from remit.report.figures.patients import patients_figure
from remit.report.figures.plane import ce_plane
from remit.report.figures.prices import price_figure
from remit.report.figures.run_information import first_research_figure, information_figure, is_worth_drawing
from remit.report.figures.scenarios import scenarios_figure
from remit.report.figures.strata import HEALTH, strata_figure
from remit.report.figures.style import Context
from remit.report.figures.survival import survival_overlay
from remit.report.figures.tornado import has_icer, icer_tornado_figure, tornado_figure
from remit.report.figures.trace import trace_figure
from remit.report.figures.two_way import two_way_figure
from remit.report.hazard_tables import hazards_table, landmark_hazards_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Tables = Mapping[str, "pd.DataFrame"]


@dataclass(frozen=True)
class Entry:
    """A figure: its file name, the tables it needs, how it is drawn, and whether these have what it shows."""

    name: str
    needs: tuple[str, ...]
    draw: Callable[[Tables, Context], Figure]
    shows: Callable[[Tables, Context], bool] = lambda *_: True

    def is_there(self, tables: Tables, context: Context) -> bool:
        """Tell whether there is something to draw."""
        return all(name in tables for name in self.needs) and self.shows(tables, context)


def draw(
    tables: Tables, context: Context, entries: Sequence[Entry] | None = None
) -> Iterator[tuple[str, Figure]]:
    """Yield every figure whose tables are there, with its file name; those of a run, where not told which."""
    for entry in FIGURES if entries is None else entries:
        if entry.is_there(tables, context):
            yield entry.name, entry.draw(tables, context)


def drawable(tables: Tables, context: Context) -> Iterator[tuple[str, dict[str, pd.DataFrame]]]:
    """Yield the file name of every figure of a run whose tables are there, with these."""
    for entry in FIGURES:
        if entry.is_there(tables, context):
            yield entry.name, {name: tables[name] for name in entry.needs}


def figure_of(name: str, tables: Tables, context: Context) -> Figure:
    """Return one figure of a run, by its file name."""
    (entry,) = (one for one in FIGURES if one.name == name)
    return entry.draw(tables, context)


def _information(suffix: str) -> tuple[Entry, ...]:
    """Return the figures on the value of information, among all strategies or without some."""
    needs = tuple(f"{name}{suffix}.csv" for name in ("evpi_population", "evppi", "expected_loss"))
    return (
        Entry(
            f"f11_information{suffix}",
            (*needs, "population.csv"),
            lambda t, c: information_figure(t[needs[0]], t[needs[1]], t[needs[2]], t["population.csv"], c),
        ),
        Entry(
            f"f11_research{suffix}",
            (*needs, f"evsi{suffix}.csv", "population.csv"),
            lambda t, c: first_research_figure(
                t[needs[0]], t[needs[1]], t[needs[2]], t[f"evsi{suffix}.csv"], t["population.csv"], c
            ),
            lambda t, _: is_worth_drawing(t[f"evsi{suffix}.csv"]),
        ),
    )


FIGURES = (
    Entry("f1_model", ("moves.csv",), lambda t, c: model_diagram(t["moves.csv"], c)),
    Entry(
        "f2_survival",
        ("survival.csv", "landmarks.csv"),
        lambda t, c: survival_overlay(t["survival.csv"], t["landmarks.csv"], c),
    ),
    Entry(
        "f3_hazard",
        ("survival.csv", "landmarks.csv"),
        lambda t, c: hazard_figure(
            hazards_table(t["survival.csv"]), landmark_hazards_table(t["landmarks.csv"]), c
        ),
    ),
    Entry("f4_trace", ("trace.csv",), lambda t, c: trace_figure(t["trace.csv"], c)),
    Entry(
        "f5_partitioned",
        ("structure_occupancy.csv", "structures.csv"),
        lambda t, c: partitioned_figure(
            t["structure_occupancy.csv"], c, joint=t["structures.csv"]["tail_from"].max()
        ),
    ),
    Entry("f6_breakdown", ("breakdown.csv",), lambda t, c: breakdown(t["breakdown.csv"], c)),
    Entry("f7_ce_plane", ("psa.parquet",), lambda t, c: ce_plane(t["psa.parquet"], c)),
    Entry("f8_frontier", ("incremental.csv",), lambda t, c: frontier_figure(t["incremental.csv"], c)),
    Entry("f9_ceac", ("ceac.csv",), lambda t, c: ceac_figure(t["ceac.csv"], c)),
    Entry(
        "f9_ceac_beside",
        ("ceac_beside.csv", "beside.csv"),
        lambda t, c: beside_figure(t["ceac_beside.csv"], t["beside.csv"], c),
    ),
    Entry(
        "f10_expected_loss",
        ("expected_loss.csv",),
        lambda t, c: expected_loss_figure(t["expected_loss.csv"], c),
    ),
    *(entry for suffix in ("", "_without") for entry in _information(suffix)),
    Entry(
        "f12_tornado",
        ("owsa.csv",),
        lambda t, c: tornado_figure(t["owsa.csv"], c, c.explained),
        lambda t, c: c.explained in set(t["owsa.csv"]["strategy"]),
    ),
    Entry(
        "f12_tornado_icer",
        ("owsa.csv",),
        lambda t, c: icer_tornado_figure(t["owsa.csv"], c, c.explained),
        lambda t, c: has_icer(t["owsa.csv"], c.explained),
    ),
    Entry(
        "f13_two_way",
        ("two_way.csv", "two_way_axes.csv"),
        lambda t, c: two_way_figure(t["two_way.csv"], t["two_way_axes.csv"], c, c.explained),
    ),
    Entry(
        "f13_prices",
        ("value_based_price.csv",),
        lambda t, c: price_figure(t["value_based_price.csv"], c),
    ),
    Entry(
        "f14_scenarios",
        ("scenarios.csv",),
        lambda t, c: scenarios_figure(t["scenarios.csv"], c, c.explained),
    ),
    Entry("f15_convergence", ("convergence.csv",), lambda t, c: convergence_figure(t["convergence.csv"], c)),
    Entry(
        "f16_budget_impact",
        ("budget_impact.csv", "uptake.csv"),
        lambda t, c: budget_figure(t["budget_impact.csv"], t["uptake.csv"], c),
    ),
    Entry(
        "patients",
        ("patient_distribution.csv", "microsimulation.csv", "patient_events.csv"),
        lambda t, c: patients_figure(
            t["patient_distribution.csv"], t["microsimulation.csv"], t["patient_events.csv"], c
        ),
    ),
    # Without draws there is no interval to show.
    Entry("strata", ("strata.csv", "psa.parquet"), lambda t, c: strata_figure(t["strata.csv"], c)),
    Entry(
        "strata_health",
        ("strata.csv", "psa.parquet"),
        lambda t, c: strata_figure(t["strata.csv"], c, HEALTH),
    ),
)
