"""Asking the study: uncertainty, acceptability, information, sweeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.lazy import lazy_names

if TYPE_CHECKING:
    from remit.analysis.acceptability import ceac as ceac
    from remit.analysis.acceptability import ceaf as ceaf
    from remit.analysis.information import evpi as evpi
    from remit.analysis.information import evppi as evppi
    from remit.analysis.information import evsi as evsi
    from remit.analysis.psa import run_psa as run_psa

__all__ = ["ceac", "ceaf", "evpi", "evppi", "evsi", "run_psa"]

__getattr__ = lazy_names(
    __name__,
    {
        "ceac": "remit.analysis.acceptability",
        "ceaf": "remit.analysis.acceptability",
        "evpi": "remit.analysis.information",
        "evppi": "remit.analysis.information",
        "evsi": "remit.analysis.information",
        "run_psa": "remit.analysis.psa",
    },
)
