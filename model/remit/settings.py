"""How a study is run: the settings that a study file gives beside its parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.economics.payment import Payment
from remit.engine.clock import Cycle
from remit.inputs.draws import Sampling
from remit.pathway.therapies import Policy

Array = NDArray[np.float64]
Relapse = Literal[
    "exponential", "weibull", "log-normal", "log-logistic", "gompertz", "gamma", "generalised-gamma"
]


@dataclass(frozen=True)
class Willingness:
    """Willingness to pay per QALY: the threshold of the decision and the range of the CEAC."""

    threshold: float
    from_: float
    to: float
    step: float

    def __post_init__(self) -> None:
        """Refuse an empty or endless range."""
        if self.threshold <= 0:
            raise ValueError("the threshold must be above 0")
        if not 0 <= self.from_ < self.to or self.step <= 0:
            raise ValueError("the range of wtp needs 0 <= from < to and a step above 0")
        if self.step > self.to - self.from_:
            raise ValueError("step must not be wider than the range of wtp")
        if (self.to - self.from_) / self.step > 10_000:
            raise ValueError("the range of wtp has more than 10,000 steps")

    def grid(self) -> Array:
        """Return the values of WTP at which acceptability is shown, the threshold among them."""
        count = int((self.to - self.from_) / self.step + 1e-9)
        return np.unique(np.append(self.from_ + self.step * np.arange(count + 1), self.threshold))


@dataclass(frozen=True)
class Settings:
    """How the study is run; times in years.

    ``subgroup`` restricts the patients to some levels of features of the population; ``hsct`` says of
    therapies who is planned for HSCT in their remission (as it was, where it does not).
    ``payment`` says how a therapy is paid for; one that it does not list is paid at infusion.
    """

    start: Literal["enrolled", "infused"]
    perspective: Literal["societal", "healthcare"]
    horizon: float
    cycle: tuple[Cycle, ...]
    correction: Literal["half-cycle", "simpson", "start", "end"]
    discount_costs: float
    discount_qalys: float
    currency: Literal["EUR", "USD"]
    wtp: Willingness
    early_remission: float
    survivor_mortality_from: float
    hsct_reference: str
    relapse: Relapse = "exponential"
    subgroup: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hsct: dict[str, Policy] = field(default_factory=dict)
    payment: dict[str, Payment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse settings that no study can have meant."""
        for name in ("discount_costs", "discount_qalys"):
            rate = getattr(self, name)
            if not 0 <= rate <= 0.2:
                raise ValueError(f"{name} is {rate:g}, that is {rate:.0%} a year; write 0.035 for 3.5%")
        if not 0 < self.horizon <= 150:
            raise ValueError("the horizon must be above 0 and at most 150 years")
        if any(not levels for levels in self.subgroup.values()):
            raise ValueError("a subgroup needs a level or more of each feature that it names")
        if not self.cycle or any(c.length <= 0 for c in self.cycle):
            raise ValueError("the cycle needs at least one length above 0")


@dataclass(frozen=True)
class Plan:
    """How PSA is run: number of draws, seed, and whether they are random or points of a Sobol sequence."""

    draws: int
    seed: int
    sampling: Sampling = "random"

    def __post_init__(self) -> None:
        """Refuse what no PSA can be run with."""
        if not 1 <= self.draws <= 10_000_000:
            raise ValueError("draws must be a whole number from 1 to 10,000,000")
        if not 0 <= self.seed < 2**63:
            raise ValueError("seed must be a whole number from 0 to 2^63 - 1")
