"""What it is worth to know more before deciding: perfect, partial and sample information."""

from __future__ import annotations

from remit.analysis.information.partial import evppi, evppi_of_each
from remit.analysis.information.perfect import evpi, evpi_error, expected_losses
from remit.analysis.information.population import Population, effective_population
from remit.analysis.information.sample import evsi

__all__ = [
    "Population",
    "effective_population",
    "evpi",
    "evpi_error",
    "evppi",
    "evppi_of_each",
    "evsi",
    "expected_losses",
]
