"""Units: which a parameter's name may carry, and how they turn into the model's own (years, per year)."""

from __future__ import annotations

import re

MONTHS_PER_YEAR = 12.0
DAYS_PER_YEAR = 365.25
CURRENCIES = ("EUR", "USD", "GBP", "CHF")

YEARS_IN = {
    "day": 1 / DAYS_PER_YEAR,
    "week": 7 / DAYS_PER_YEAR,
    "month": 1 / MONTHS_PER_YEAR,
    "year": 1.0,
}
_PLAIN = {
    "probability": ("p_", "share_"),
    "share": ("share_",),
    "hazard ratio": ("hr_", "smr_"),
    "odds ratio": ("or_",),
    "ratio": ("rr_", "shape_"),
    "log odds ratio": ("log_or_",),
    "utility": ("utility_",),
    "QALY": ("qaly_loss_",),
    "kg": ("weight_",),
}
PREFIXES = (
    "p_",
    "share_",
    "rate_",
    "hr_",
    "or_",
    "rr_",
    "smr_",
    "log_or_",
    "cost_",
    "utility_",
    "qaly_loss_",
    "time_",
    "age_",
    "weight_",
    "shape_",
)
_QUANTITY = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s+([a-z]+)\s*")


def to_years(quantity: str) -> float:
    """Return a time such as ``"43 days"`` in years (1 year = 12 months = 365.25 days).

    Raises
    ------
    ValueError
        Where the text is not a number followed by days, weeks, months or years.

    Examples
    --------
    >>> to_years("6 months")
    0.5
    """
    match = _QUANTITY.fullmatch(quantity)
    unit = match.group(2).removesuffix("s") if match else ""
    if match is None or unit not in YEARS_IN:
        raise ValueError(f"{quantity!r} is not a time: write a number and its unit, such as '43 days'")
    return float(match.group(1)) * YEARS_IN[unit]


def is_time(text: str) -> bool:
    """Tell whether a text is a time with its unit, such as ``"43 days"``."""
    try:
        to_years(text)
    except ValueError:
        return False
    return True


def unit_factor(unit: str) -> float:
    """Return what a value in ``unit`` is multiplied with to be in years, per year, or unchanged.

    Raises
    ------
    ValueError
        Where the unit is not known.
    """
    if unit in _PLAIN or unit in CURRENCIES:
        return 1.0
    if unit.removesuffix("s") in YEARS_IN:
        return YEARS_IN[unit.removesuffix("s")]
    head, _, period = unit.rpartition("per ")
    if period in YEARS_IN and head in ("", *(f"{currency} " for currency in CURRENCIES)):
        return 1.0 / YEARS_IN[period]
    raise ValueError(f"unknown unit {unit!r}; known are {', '.join(known_units())}")


def known_units() -> list[str]:
    """Return every unit that a parameter may carry."""
    times = [f"{name}s" for name in YEARS_IN]
    rates = [f"per {name}" for name in YEARS_IN]
    costs = [c + suffix for c in CURRENCIES[:2] for suffix in ("", " per month", " per year")]
    return [*_PLAIN, *times, *rates, *costs]


def prefix_of(name: str) -> str | None:
    """Return the prefix that says what a parameter is (``p_``, ``cost_``, ...), or None."""
    matching = [prefix for prefix in PREFIXES if name.startswith(prefix)]
    return max(matching, key=len) if matching else None


def unit_fits(name: str, unit: str) -> bool:
    """Tell whether a parameter of this name may carry this unit."""
    prefix = prefix_of(name)
    if prefix is None:
        return False
    if unit in _PLAIN:
        return prefix in _PLAIN[unit]
    if prefix in ("time_", "age_"):
        return unit.removesuffix("s") in YEARS_IN
    if prefix == "rate_":
        return unit.startswith("per ") and unit[4:] in YEARS_IN
    return prefix == "cost_" and currency_of(unit) is not None


def currency_of(unit: str) -> str | None:
    """Return the currency of a cost's unit (``EUR`` of ``EUR per month``), or None."""
    head = unit.partition(" per ")[0]
    return head if head in CURRENCIES else None
