"""Budget impact as a table: what is spent in each year of both worlds, by strategy started and category."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from remit.analysis.budget import BudgetYear

if TYPE_CHECKING:
    import pandas as pd


def budget_table(years: Iterable[BudgetYear], *, perspective: str) -> pd.DataFrame:
    """Return `budget_impact.csv`: a row for each world, year and category of costs.

    ``world`` is ``now``, ``then`` or ``impact`` (then less now); costs are undiscounted, of one perspective.
    """
    import pandas as pd

    rows = [
        (one.world, one.year, category, amount) for one in years for category, amount in one.costs.items()
    ]
    table = pd.DataFrame(rows, columns=["world", "year", "category", "costs"])
    keys = ["year", "category"]
    now, then = (table[table["world"] == world].set_index(keys)["costs"] for world in ("now", "then"))
    impact = (then - now).reindex(now.index).reset_index().assign(world="impact")
    return pd.concat([table, impact[table.columns]], ignore_index=True).assign(perspective=perspective)


def uptake_table(years: Iterable[BudgetYear]) -> pd.DataFrame:
    """Return `uptake.csv`: new patients by world, year and strategy."""
    import pandas as pd

    rows = [
        (one.world, one.year, strategy, patients)
        for one in years
        for strategy, patients in one.starting.items()
    ]
    return pd.DataFrame(rows, columns=["world", "year", "strategy", "patients"])
