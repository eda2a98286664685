"""The same study through partitioned survival, and how it differs from the Markov model."""

from __future__ import annotations

from remit.analysis.partitioned.cited import CitedResult, Needed, follow_cited, needed_for_cited
from remit.analysis.partitioned.cited_draws import Crossing, crossing_of_cited
from remit.analysis.partitioned.curves import StrategyCurves, strategy_curves
from remit.analysis.partitioned.difference import Cause, explain_partitioned
from remit.analysis.partitioned.evaluation import (
    PartitionedOutcomes,
    evaluate_partitioned,
    follow_partitioned,
)

__all__ = [
    "Cause",
    "CitedResult",
    "Crossing",
    "Needed",
    "PartitionedOutcomes",
    "StrategyCurves",
    "crossing_of_cited",
    "evaluate_partitioned",
    "explain_partitioned",
    "follow_cited",
    "follow_partitioned",
    "needed_for_cited",
    "strategy_curves",
]
