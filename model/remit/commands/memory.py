"""How much memory a PSA needs, told before it begins."""

from __future__ import annotations

import os
from math import prod

from remit.engine.blocks import NARROWEST
from remit.engine.closed_form import WIDTH
from remit.engine.lineage import lineage_of
from remit.errors import InputError, Problem
from remit.evaluation import BLOCK
from remit.pathway.graph import Pathway
from remit.study import Study

# Numbers kept for a draw of a strategy: costs by category, effects by state, copies on the way to a table.
NUMBERS_PER_STRATEGY = 100
# What is worked out on the way takes as much again as hazards and coefficients (2.2 times, measured).
WORKING = 2


def check_memory(study: Study, *, jobs: int) -> None:
    """Refuse a PSA that cannot fit into this machine.

    Raises
    ------
    InputError
        With how much it needs, and there is.
    """
    strata = prod(len(levels) for levels in study.population.strata.values())
    kept, followed = _outcomes(study), strata * _followed(study) * jobs
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else kept
    if kept + followed <= there:
        return
    if kept > followed:
        rule, hint = f"{study.psa.draws:,} draws need", "fewer draws"
    else:
        rule, hint = f"{strata:,} strata x {len(study.strategies)} strategies need", "fewer features or jobs"
    sizes = f"about {(kept + followed) / 1e9:,.0f} GB of memory; there are {there / 1e9:,.0f}"
    key = "draws" if kept > followed else "population.strata"
    raise InputError(Problem(f"{rule} {sizes}", key=key, hint=hint))


def _outcomes(study: Study) -> int:
    """Return the bytes of what is kept of all draws."""
    columns = sum(parameter.is_uncertain for parameter in study.parameters.values())
    return 8 * study.psa.draws * (columns + NUMBERS_PER_STRATEGY * len(study.strategies))


def _followed(study: Study) -> int:
    """Return the bytes of following a block of draws through every strategy of one stratum."""
    values = study.values(None).widened(NARROWEST)
    one = study.strata(values)[0]
    width = min(study.psa.draws, BLOCK)
    return sum(_bytes(study.pathway(name, one.values), width) for name in study.strategies)


def _bytes(pathway: Pathway, width: int) -> int:
    """Return the bytes of a pathway's hazards, and of the coefficients of its solution."""
    hazards = len(pathway.epochs) * len(pathway.transitions) * width
    coefficients = sum(len(above) for above in lineage_of(pathway).ancestors) * min(width, WIDTH)
    return WORKING * 8 * (hazards + coefficients)
