"""What `remit clinic` prints when it has run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from remit.analysis.clinic.plan import ClinicPlan
from remit.analysis.clinic.results import ALL
from remit.commands.screen import say, show_table
from remit.report.clinic_drawing import HARDLY, clinic_drawing_of, places_label, resource_label
from remit.report.clinic_turning import capacity_in_words
from remit.study import Study

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

Tables = dict[str, "pd.DataFrame"]
THOUSAND = 1000


def say_clinic(study: Study, plan: ClinicPlan, tables: Tables) -> None:
    """Print what came of it."""
    labels = {name: rule.title for name, rule in plan.rules.items()}
    if plan.capacity is not None:
        for line in capacity_in_words(
            tables["clinic_turning.csv"], labels, places=places_label(plan.capacity.resource)
        ):
            say(line)
        return
    settings = study.settings
    title = (
        f"{plan.title}: {clinic_drawing_of(plan).size()}; costs and net "
        f"benefit in thousand {settings.currency}, at {settings.wtp.threshold:,.0f} per QALY (± Monte Carlo "
        "error)"
    )
    show_table(_summary(tables, labels, title))
    say(_waits_in_words(tables["clinic_resources.csv"], labels))


def _summary(tables: Tables, labels: Mapping[str, str], title: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    outcomes = tables["clinic.csv"]
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Rule", overflow="fold", min_width=min(20, max(len(word) for word in labels.values())))
    for head in ("QALYs", "Costs", "Net benefit", "Difference", "Never infused"):
        table.add_column(head, justify="right", no_wrap=" " not in head)
    everyone = outcomes[outcomes["group"] == ALL]
    numbers = ["mean", "standard_error", "difference", "difference_standard_error"]
    for rule, label in labels.items():
        own = everyone[everyone["rule"] == rule].set_index("measure")
        nmb = own.loc["nmb", numbers] / THOUSAND
        table.add_row(
            escape(label),
            _with_error(own.loc["qalys", "mean"], own.loc["qalys", "standard_error"], ".2f"),
            f"{own.loc['costs', 'mean'] / THOUSAND:,.0f}",
            _with_error(nmb["mean"], nmb["standard_error"], ",.0f"),
            _with_error(nmb["difference"], nmb["difference_standard_error"], ",.0f"),
            f"{own.loc['never_infused', 'mean']:.0%}",
        )
    return table


def _with_error(mean: float, error: float, form: str) -> str:
    """Write a number with its error; nothing where there is none."""
    if math.isnan(mean):
        return ""
    return f"{mean:{form}}" + ("" if math.isnan(error) else f" ± {error:{form}}")


def _waits_in_words(resources: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Say for what patients wait longest on average, rule by rule."""
    waits = resources[resources["measure"] == "wait"].dropna(subset=["mean"])
    said = []
    for rule, label in labels.items():
        own = waits[waits["rule"] == rule]
        if own.empty or own["mean"].max() < HARDLY:
            said.append(f"'{label}' hardly any")
            continue
        worst = own.loc[own["mean"].idxmax()]
        use, days = worst["resource"].partition(" ")[0], round(worst["mean"])  # sites share a queue
        said.append(f"'{label}' {days} day{'' if days == 1 else 's'} for {resource_label(use).lower()}")
    return f"Longest mean wait: {'; '.join(said)}."
