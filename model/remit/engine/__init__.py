"""Following the patients through a pathway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.lazy import lazy_names

if TYPE_CHECKING:
    from remit.engine.trace import cohort_trace as cohort_trace

__all__ = ["cohort_trace"]

__getattr__ = lazy_names(
    __name__,
    {
        "cohort_trace": "remit.engine.trace",
    },
)
