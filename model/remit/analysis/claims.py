"""Claims about the therapies, put to the model: numbers of scenarios that should lie this way or that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.analysis.measures import MEASURES, Number, Setting
from remit.inputs.evidence import SeedTable
from remit.study import Study

Array = NDArray[np.float64]
Verdict = Literal["agrees", "agrees in part", "does not agree", "not testable here"]


@dataclass(frozen=True, kw_only=True)
class Check(Number):
    """A number that should lie above, below or at another, if a claim holds.

    Attributes
    ----------
    says
        In words, what is asked.
    is_, than, within
        How it should lie; ``than`` a value, or a number that has of this one what it does not give;
        ``within`` how far from it is still equal.
    over
        What both sides are divided by: a number that has of each side what it does not give.
    because
        Why the model is known not to bear it out.
    """

    says: str
    is_: Literal["above", "below", "equal"]
    than: float | Number
    within: float = 0.0
    over: Number | None = None
    because: str | None = None

    def __post_init__(self) -> None:
        """Refuse a tolerance that nothing would use, and a check without a measure."""
        if not self.measure:
            raise ValueError("a check needs its measure")
        if self.within < 0 or (self.within and self.is_ != "equal"):
            raise ValueError("within is how far from equal, 0 or more")

    def sides(self) -> list[tuple[Number, Number | None]]:
        """Return what is compared, each with what it is divided by; a fixed value is no side."""
        this = self.after(Number(scenario="base"))
        numbers = [this] if isinstance(self.than, int | float) else [this, self.than.after(this)]
        return [(number, self.over.after(number) if self.over else None) for number in numbers]

    def holds(self, value: Array, other: Array) -> NDArray[np.bool_]:
        """Tell where the number lies as it should, (draw,); never where it is not a number."""
        if self.is_ == "equal":
            return np.asarray(np.abs(value - other) <= self.within)
        return np.asarray(value > other if self.is_ == "above" else value < other)


@dataclass(frozen=True)
class Claim:
    """A claim in short words, where it stands, and the checks that put it to the model.

    ``because`` says why nothing can be checked, or what else is to be known.
    """

    claim: str
    where: str
    checks: tuple[Check, ...] = ()
    because: str | None = None

    def __post_init__(self) -> None:
        """Refuse a claim that is neither checked nor says why not."""
        if not self.checks and not self.because:
            raise ValueError("needs checks, or in because why there are none")


@dataclass(frozen=True)
class Worked:
    """A number at the parameters' means, and in each draw (None: it is not asked of draws)."""

    mean: float
    draws: Array | None


@dataclass(frozen=True)
class Answer:
    """What the model says to a check: both sides, whether it holds, and in what share of draws."""

    check: Check
    value: float
    other: float
    holds: bool
    probability: float | None


@dataclass(frozen=True)
class Answered:
    """A claim with the model's answer to each check."""

    number: str
    claim: Claim
    answers: tuple[Answer, ...]

    @property
    def verdict(self) -> Verdict:
        """What the answers come to."""
        if not self.answers:
            return "not testable here"
        held = [answer.holds for answer in self.answers]
        return "agrees" if all(held) else "agrees in part" if any(held) else "does not agree"

    @property
    def why(self) -> str:
        """Why a claim is not borne out or not checked, and what else is to be known."""
        failed = [answer.check for answer in self.answers if not answer.holds]
        reasons = [check.because or f"{check.says}: no reason is on file" for check in failed]
        return "; ".join(dict.fromkeys([*([self.claim.because] if self.claim.because else []), *reasons]))


def numbers_of(claims: Iterable[Claim]) -> dict[str, list[Number]]:
    """Return every number that the checks ask for, each once, by scenario."""
    found: dict[str, dict[Number, None]] = {}
    for claim in claims:
        for check in claim.checks:
            for side in check.sides():
                for number in side:
                    if number is not None:
                        found.setdefault(number.scenario, {})[number] = None
    return {scenario: list(numbers) for scenario, numbers in found.items()}


def work_out(
    study: Study, numbers: Iterable[Number], tables: Mapping[str, SeedTable], *, n_draws: int, seed: int
) -> dict[Number, Worked]:
    """Work out numbers of one scenario, at the means and in draws.

    Parameters
    ----------
    study, tables
        The scenario's study, and the tables of the evidence.
    numbers
        Of this scenario.
    n_draws
        How many draws; 0 for the means alone.
    seed
        The same for all scenarios, so that checks across them compare draw by draw.
    """
    numbers = list(numbers)
    needed = {name for number in numbers for name in (number.strategy, number.against) if name}
    at_means = Setting(study, frozenset(needed), tables, {})
    drawn = replace(at_means, draws=study.draws(n_draws=n_draws, seed=seed)) if n_draws else None
    found = {}
    for number in numbers:
        measure = MEASURES[number.measure]
        mean = float(measure.work_out(at_means, number)[0])
        draws = measure.work_out(drawn, number) if drawn is not None and measure.drawn else None
        found[number] = Worked(mean, draws)
    return found


def answer(number: str, claim: Claim, worked: Mapping[Number, Worked]) -> Answered:
    """Answer a claim from the numbers that its checks ask for."""
    return Answered(number, claim, tuple(_answer(check, worked) for check in claim.checks))


def _answer(check: Check, worked: Mapping[Number, Worked]) -> Answer:
    sides = [_divided(worked[number], worked[over] if over else None) for number, over in check.sides()]
    if isinstance(check.than, int | float):
        sides.append(Worked(float(check.than), np.array([float(check.than)])))
    value, other = sides
    probability = None
    if value.draws is not None and other.draws is not None:
        probability = float(np.mean(check.holds(value.draws, other.draws)))
    holds = bool(check.holds(np.array(value.mean), np.array(other.mean)))
    return Answer(check, value.mean, other.mean, holds, probability)


def _divided(one: Worked, by: Worked | None) -> Worked:
    if by is None:
        return one
    draws = None if one.draws is None or by.draws is None else _ratio(one.draws, by.draws)
    return Worked(float(_ratio(np.array(one.mean), np.array(by.mean))), draws)


def _ratio(one: Array, by: Array) -> Array:
    return np.where(by != 0, one / np.where(by != 0, by, 1.0), np.nan)
