"""One number of the model with everything that makes it traceable, and the rules that it must obey."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from remit.inputs.distributions import Beta, Dirichlet, Fixed, Gamma, LogNormal, Normal, Uniform
from remit.inputs.units import currency_of, prefix_of, unit_factor, unit_fits

Denominator = Literal["enrolled", "infused", "treated", "responders", "population", "other"]
Number = int | float
Value = Number | dict[str, Number] | dict[Number, Number]


@dataclass(frozen=True)
class PriceYear:
    """The year of prices, where the source does not say it."""

    value: int
    assumed: Literal[True]
    note: str


@dataclass(frozen=True)
class Correlation:
    """A correlation with another parameter: that of their normal scores (Gaussian copula)."""

    parameter: str
    correlation: Number


@dataclass(frozen=True)
class Parameter:
    """A parameter: its value in its unit, how sure it is, and where it comes from.

    ``value`` is a number; named shares that sum to 1 (one column each in the draws); or points by
    age or by time since the decision, in which case the draws carry a level (1 = as printed).
    """

    title: str
    value: Value
    unit: str
    uncertainty: Any
    source: str
    where: str | None = None
    note: str | None = None
    of: Denominator | None = None
    because: str | None = None
    price_year: int | PriceYear | None = None
    by: Literal["age", "time"] | None = None
    correlated_with: Correlation | None = None

    @property
    def central(self) -> Value:
        """What the distribution is centred on: the value, or the level 1 of a profile."""
        return 1.0 if self.by else self.value

    @property
    def factor(self) -> float:
        """What a draw is multiplied with to be in years, per year, or unchanged; 1 for a level."""
        return 1.0 if self.by else unit_factor(self.unit)

    @property
    def is_uncertain(self) -> bool:
        """Whether PSA draws it."""
        return not isinstance(self.uncertainty, Fixed)

    def columns(self, name: str) -> list[str]:
        """Return the names of its columns in a table of draws."""
        if isinstance(self.central, dict):
            return [f"{name}_{component}" for component in self.central]
        return [name]

    def means(self, name: str) -> dict[str, float]:
        """Return the mean of every column, in the parameter's own unit."""
        if isinstance(self.central, dict):
            return {f"{name}_{key}": float(share) for key, share in self.central.items()}
        return {name: float(self.uncertainty.mean(float(self.central)))}


def parameter_problems(name: str, parameter: Parameter, currency: str | None) -> Iterator[tuple[str, str]]:
    """Yield (field, rule broken) for one parameter; nothing for a sound one.

    Parameters
    ----------
    name
        The parameter's name, whose prefix says what it is.
    parameter
        The parameter.
    currency
        The currency of the study, or None where any will do.
    """
    prefix = prefix_of(name)
    if prefix is None:
        known = "p_, share_, rate_, hr_, cost_, utility_, time_ ..."
        yield "", f"a parameter's name begins with what it is: {known}"
        return
    try:
        unit_factor(parameter.unit)
    except ValueError as error:
        yield "unit", str(error)
        return
    if not unit_fits(name, parameter.unit):
        yield "unit", f"a parameter named {prefix}... cannot be in {parameter.unit!r}"
    yield from _provenance(prefix, parameter, currency)
    broken = list(_range(prefix, parameter))
    yield from broken
    if not broken:
        yield from _uncertainty(name, prefix, parameter)


def _provenance(prefix: str, parameter: Parameter, currency: str | None) -> Iterator[tuple[str, str]]:
    if parameter.source == "assumption" and not parameter.note:
        yield "note", "an assumption needs a note that gives its reason"
    if prefix in ("p_", "share_") and parameter.of is None:
        yield "of", "a proportion needs its denominator (enrolled, infused, treated, responders, ...)"
    if prefix == "cost_":
        if parameter.price_year is None:
            yield "price_year", "a cost needs its price year"
        if currency is not None and currency_of(parameter.unit) != currency:
            yield "unit", f"the study counts in {currency}: give this cost in {currency} in the scenario"


def bounds_of(name: str, parameter: Parameter) -> tuple[float, float]:
    """Return the lowest and highest value that a draw of a parameter may have; a level is not negative."""
    prefix = prefix_of(name)
    if parameter.by is not None:
        return 0.0, math.inf
    if prefix in ("p_", "share_"):
        return 0.0, 1.0
    if prefix == "utility_":
        return -0.6, 1.0
    return (-math.inf if prefix == "log_or_" else 0.0), math.inf


def _range(prefix: str, parameter: Parameter) -> Iterator[tuple[str, str]]:
    numbers = list(parameter.value.values()) if isinstance(parameter.value, dict) else [parameter.value]
    if not numbers or not all(math.isfinite(number) for number in numbers):
        yield "value", "a value is a finite number, or at least one"
        return
    low, high = min(numbers), max(numbers)
    if prefix in ("p_", "share_") and not 0 <= low <= high <= 1:
        hint = f"; did you mean {high / 100:g}?" if 1 < high <= 100 else ""
        yield "value", f"a probability lies between 0 and 1{hint}"
    elif prefix == "utility_" and not -0.6 <= low <= high <= 1:
        yield "value", "a utility lies between -0.6 and 1"
    elif prefix in ("hr_", "or_", "rr_", "smr_", "shape_") and low <= 0:
        yield "value", "a ratio must be above 0"
    elif prefix in ("rate_", "cost_", "time_", "age_", "qaly_loss_", "weight_") and low < 0:
        yield "value", f"a {prefix.rstrip('_').replace('_', ' ')} cannot be negative"


def _uncertainty(name: str, prefix: str, parameter: Parameter) -> Iterator[tuple[str, str]]:
    distribution, central = parameter.uncertainty, parameter.central
    sojourn = prefix == "shape_" and not name.startswith("shape_relapse_")
    if sojourn and not isinstance(distribution, Fixed):
        yield (
            "uncertainty",
            "the shape of a sojourn decides its number of phases: it must be fixed",
        )
    elif isinstance(central, dict):
        yield from _shares({str(name): float(share) for name, share in central.items()}, distribution)
    elif isinstance(distribution, Dirichlet):
        yield "uncertainty", "named shares take a dirichlet distribution, and only they do"
    else:
        yield from _single(prefix, parameter, float(central))
    if parameter.correlated_with is not None:
        if isinstance(central, dict) or isinstance(distribution, Fixed):
            yield "correlated_with", "only an uncertain parameter of a single number can be correlated"
        if not -1 < parameter.correlated_with.correlation < 1:
            yield "correlated_with", "a correlation lies between -1 and 1, both excluded"


def _shares(shares: dict[str, float], distribution: object) -> Iterator[tuple[str, str]]:
    if abs(sum(shares.values()) - 1) > 1e-9:
        yield "value", f"shares must sum to 1, these sum to {sum(shares.values()):.10g}"
    elif isinstance(distribution, Dirichlet):
        problem = distribution.problem(shares)
        if problem:
            yield "uncertainty", problem
    elif not isinstance(distribution, Fixed):
        yield "uncertainty", "named shares take a dirichlet distribution, and only they do"


def _single(prefix: str, parameter: Parameter, central: float) -> Iterator[tuple[str, str]]:
    distribution = parameter.uncertainty
    problem = distribution.problem(central)
    if problem:
        yield "uncertainty", problem
        return
    if isinstance(distribution, Beta | Uniform) and not parameter.because and not _agree(parameter):
        mean = distribution.mean(central)
        yield "value", f"the distribution's mean is {mean:.4g}; make them agree, or say why not in `because`"
    if isinstance(distribution, Beta) and prefix == "cost_":
        yield "uncertainty", "a cost takes a gamma or log-normal distribution"
    if _goes_outside(prefix, distribution):
        yield (
            "uncertainty",
            f"a {distribution.type} distribution goes outside the range of a {prefix}... parameter",
        )


def _goes_outside(prefix: str, distribution: object) -> bool:
    """Tell whether a distribution has mass where no such parameter can be."""
    if prefix in ("p_", "share_"):
        beyond = isinstance(distribution, Uniform) and not 0 <= distribution.low < distribution.high <= 1
        return beyond or isinstance(distribution, Normal | Gamma | LogNormal)
    if prefix in ("log_or_", "utility_"):
        return False
    return isinstance(distribution, Normal) or (isinstance(distribution, Uniform) and distribution.low < 0)


def _agree(parameter: Parameter) -> bool:
    """Tell whether value and mean agree to the digits in which the value is printed."""
    value = float(parameter.central)  # type: ignore[arg-type]  # named shares were returned earlier
    return agree_in_print(value, float(parameter.uncertainty.mean(value)))


def agree_in_print(printed: float, exact: float) -> bool:
    """Tell whether a number as printed is another one rounded to its digits.

    Examples
    --------
    >>> agree_in_print(0.81, 0.8143), agree_in_print(0.81, 0.8157)
    (True, False)
    """
    exponent = Decimal(repr(printed)).normalize().as_tuple().exponent
    digits = -int(exponent) if isinstance(exponent, int) and exponent < 0 else 0
    return abs(exact - printed) <= 0.5 * float(10**-digits) * (1 + 1e-9)
