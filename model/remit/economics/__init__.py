"""What it costs and what it is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.lazy import lazy_names

if TYPE_CHECKING:
    from remit.economics.accumulate import accumulate as accumulate
    from remit.economics.comparison import incremental_analysis as incremental_analysis
    from remit.economics.comparison import net_monetary_benefit as net_monetary_benefit

__all__ = ["accumulate", "incremental_analysis", "net_monetary_benefit"]

__getattr__ = lazy_names(
    __name__,
    {
        "accumulate": "remit.economics.accumulate",
        "incremental_analysis": "remit.economics.comparison",
        "net_monetary_benefit": "remit.economics.comparison",
    },
)
