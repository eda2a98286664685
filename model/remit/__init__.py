"""remit: which immunotherapy gives patients with relapsed or refractory B-ALL most health for its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remit.lazy import lazy_names

if TYPE_CHECKING:
    from remit.analysis.psa import run_psa as run_psa
    from remit.evaluation import evaluate as evaluate
    from remit.evaluation import evaluate_strata as evaluate_strata
    from remit.files.studies import load_study as load_study

__version__ = "0.1.0"
__all__ = ["__version__", "evaluate", "evaluate_strata", "load_study", "run_psa"]

__getattr__ = lazy_names(
    __name__,
    {
        "evaluate": "remit.evaluation",
        "evaluate_strata": "remit.evaluation",
        "load_study": "remit.files.studies",
        "run_psa": "remit.analysis.psa",
    },
)
