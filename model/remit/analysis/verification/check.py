"""What a verification test gives back, and what all of them look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from remit.economics.outcomes import Outcomes
from remit.evaluation import evaluate
from remit.inputs.draws import Draws
from remit.pathway.graph import Pathway
from remit.study import Study
from remit.survival.phases import EXPONENTIAL

# As many draws as tests by draws look at.
DRAWS = 12


@dataclass(frozen=True)
class Check:
    """One verification test: what it is about, the worst deviation measured, and what is tolerated."""

    test: str
    about: str
    measured: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the deviation is tolerated; NaN never is."""
        return bool(self.measured <= self.tolerance)


@dataclass(frozen=True)
class Subject:
    """A study under verification, with what several tests need of it."""

    study: Study

    @property
    def slack(self) -> float:
        """What the engine's own tolerances are multiplied with: more where phases of both signs cancel.

        Their sum follows a relapse curve that is itself only fitted, and may fall below 0 by a few 1e-6.
        """
        return 1.0 if self.study.settings.relapse == EXPONENTIAL else 1e5

    @cached_property
    def outcomes(self) -> Outcomes:
        """The outcomes at the parameters' means, events counted."""
        return evaluate(self.study, counts=True)

    @cached_property
    def drawn(self) -> Outcomes:
        """The outcomes of a few draws."""
        return evaluate(self.study, draws_of(self.study, DRAWS))

    @cached_property
    def pathways(self) -> list[Pathway]:
        """Every strategy in every stratum, at the parameters' means: one draw."""
        study = self.study
        return [
            study.pathway(name, s.values)
            for s in study.strata(study.values(None))
            for name in study.strategies
        ]


def draws_of(study: Study, n_draws: int) -> Draws | None:
    """Return draws of the study's uncertain parameters; None where nothing is uncertain."""
    return study.draws(seed=study.psa.seed, n_draws=n_draws) or None


def with_all(study: Study, prefixes: tuple[str, ...], value: float) -> Study:
    """Return the study with all parameters of some prefixes at one value, profiles too."""
    changed: dict[str, float | Mapping[int, float]] = {}
    for name, parameter in study.parameters.items():
        if name.startswith(prefixes):
            changed[name] = {0: value} if parameter.by else value
    return study.set(changed, because="verification")


def without_losses(study: Study) -> Study:
    """Return the study without QALY losses and decrements of utility."""
    return with_all(study, ("qaly_loss_", "utility_decrement_"), 0.0)
