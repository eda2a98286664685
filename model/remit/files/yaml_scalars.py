"""What a single word of YAML means: the core schema of YAML 1.2, less what is nearly always a slip."""

from __future__ import annotations

import re
from decimal import Decimal

MAX_DIGITS = 300  # more than a float can hold

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"([-+]?)0+([0-9].*)")
_BASE_60 = re.compile(r"[-+]?[0-9]+(:[0-9]{1,2})+(\.[0-9]*)?")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_FINITE = re.compile(r"[-+]?\.(nan|inf)", re.IGNORECASE)


class ScalarError(ValueError):
    """A word that YAML would accept and we do not; ``rule`` and ``hint`` as in a Problem."""

    def __init__(self, rule: str, hint: str) -> None:
        super().__init__(rule)
        self.rule, self.hint = rule, hint


def check_text(text: str) -> None:
    """Refuse control characters, and halves of characters that no file could hold.

    Raises
    ------
    ScalarError
        Naming the first of them.
    """
    if not text.isprintable() and (found := _CONTROL.search(text)):
        raise ScalarError(f"the text holds the control character {code_point(found.group())}", "delete it")


def code_point(character: str) -> str:
    """Return the name of a character that cannot be shown, such as U+202E."""
    return f"U+{ord(character):04X}"


def plain_value(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted word.

    Raises
    ------
    ScalarError
        For a number with leading zeros, in base 60, infinite or missing, or beyond what a float holds.

    >>> plain_value("1e3"), plain_value("NO"), plain_value("~")
    (1000.0, 'NO', None)
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ScalarError(
            "an infinite or missing number is not allowed", "give a number, or leave the key out"
        )
    if _BASE_60.fullmatch(text):
        raise ScalarError("older YAML reads this as a base-60 number", "put it in quotes if it is a text")
    if _FLOAT.fullmatch(text) or _OTHER_BASE.fullmatch(text):
        return _number(text)
    return text


def _number(text: str) -> int | float:
    if len(text) > MAX_DIGITS:
        raise ScalarError(f"the number has more than {MAX_DIGITS} digits", "put it in quotes if it is a text")
    if _OTHER_BASE.fullmatch(text):
        return int(text, 0)
    if zeros := _LEADING_ZERO.fullmatch(text):
        plain = zeros[1] + zeros[2]
        raise ScalarError(
            "older YAML reads a leading zero as base 8", f"write {plain}, or quotes if it is a text"
        )
    if _INTEGER.fullmatch(text):
        return int(text)
    number, exact = float(text), Decimal(text)
    if abs(number) == float("inf") or (number == 0 and exact != 0):
        raise ScalarError("the number is beyond what a computer holds", "write it in larger or smaller units")
    return number


_CURRENCY = r"(?:US\$|[$€£¥]|USD|EUR|GBP|CHF|JPY|CAD|AUD)"
_IN_CURRENCY = re.compile(rf"([-+]?)\s*{_CURRENCY}?\s*([-+]?.*?)\s*{_CURRENCY}?", re.IGNORECASE)
_NO_NUMBER = re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE)
_ABSENT = re.compile(r"-|\?|n/?a|none|unknown|missing", re.IGNORECASE)
_RATIO = re.compile(r"([0-9.]+)\s*/\s*([0-9.]+)")
_WITH_UNIT = re.compile(
    r"([-+]?[0-9][0-9.,]*)\s+(?!thousand|million|billion|k\b|m\b|bn\b)[a-zA-Z].*", re.IGNORECASE
)
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}([, '_])[0-9]{3}(\1[0-9]{3})*(\.[0-9]+)?")
_CONTINENTAL = re.compile(r"[-+]?[1-9][0-9]{0,2}(\.[0-9]{3})+,[0-9]+|[-+]?[1-9][0-9]{0,2}(\.[0-9]{3}){2,}")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_TYPESET = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\xa0": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'"}
)


def number_hint(text: str) -> str | None:
    """Return how to write the number that ``text`` seems to mean, or None where it means none.

    >>> number_hint("$475,000"), number_hint("40%"), number_hint("ten")
    ('write 475000', 'write 0.40', None)
    """
    if len(text) > 40:
        return None
    if _FLOAT.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        return f"write {text} without quotes"
    shown = text.translate(_TYPESET).strip()
    if _NO_NUMBER.fullmatch(shown) or _ABSENT.fullmatch(shown):
        return "give a number, or leave the key out"
    if plain := _plain_digits(shown):
        return f"write {plain}"
    if unit := _WITH_UNIT.fullmatch(shown):
        plain = _plain_digits(unit[1])
        return f"write the number alone: {plain}" if plain else None
    return None


def _plain_digits(text: str) -> str | None:
    currency = _IN_CURRENCY.fullmatch(text)
    bare = currency[1] + currency[2] if currency else text
    if ratio := _RATIO.fullmatch(bare):
        return _quotient(ratio[1], ratio[2])
    for ending, power in (("%", -2), ("k", 3), ("K", 3)):
        if bare.endswith(ending):
            number = _decimal(bare.removesuffix(ending).rstrip())
            return None if number is None else format(number.scaleb(power), "f")
    number = _decimal(bare)
    return None if number is None else format(number, "f")


def _quotient(above: str, below: str) -> str | None:
    try:
        return f"{float(above) / float(below):.6g}"
    except (ValueError, ZeroDivisionError):
        return None


def _decimal(text: str) -> Decimal | None:
    if _THOUSANDS.fullmatch(text):
        text = re.sub("[, '_]", "", text)
    elif _CONTINENTAL.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    number = Decimal(text) if _FLOAT.fullmatch(text) else None
    return number if number is not None and -MAX_DIGITS < number.adjusted() < MAX_DIGITS else None
