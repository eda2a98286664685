"""What the model says to the claims, as tables: a row for each check, and a page for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from remit.analysis.claims import Answer, Answered
from remit.analysis.measures import MEASURES
from remit.report.figures.style import percent

if TYPE_CHECKING:
    import pandas as pd

RATIO = ".2f"


def claims_table(answered: Iterable[Answered]) -> pd.DataFrame:
    """Return `claims.csv`: a row for each check, and one for a claim without any."""
    import pandas as pd

    rows = []
    for one in answered:
        row = {"number": one.number, "claim": one.claim.claim, "where": one.claim.where}
        end = {"verdict": one.verdict, "why": one.why}
        rows += [{**row, **_checked(answer), **end} for answer in one.answers] or [{**row, **end}]
    columns = ["number", "claim", "where", "check", "scenario", "measure", "value", "is", "than", "within"]
    return pd.DataFrame(rows, columns=[*columns, "holds", "probability", "verdict", "why"])


def claims_page(answered: Sequence[Answered], *, n_draws: int) -> str:
    """Return the claims as a table in Markdown, a row for each claim."""
    head = [
        "# What the model says to the claims of the seed",
        "",
        "Written by `remit claims`. Numbers are at the parameters' means"
        + (f"; in brackets the share of {n_draws:,} draws in which a check holds." if n_draws else "."),
        "",
        "| # | claim | scenario | what the model says | verdict | why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    rows = [
        "| "
        + " | ".join(
            _cell(text)
            for text in (
                one.number,
                one.claim.claim,
                ", ".join(scenarios_of(one)) or "-",
                "<br>".join(in_words(answer) for answer in one.answers) or "-",
                one.verdict,
                one.why or "-",
            )
        )
        + " |"
        for one in answered
    ]
    return "\n".join([*head, *rows]) + "\n"


def in_words(answer: Answer) -> str:
    """Say what a check asks and what came out."""
    check = answer.check
    value, other = (number_of(answer, side) for side in (answer.value, answer.other))
    relation = {"above": "above", "below": "below", "equal": "at"}[check.is_]
    near = f" ± {format(check.within, form_of(answer))}" if check.within else ""
    surely = "" if answer.probability is None else f" ({percent(answer.probability)})"
    return f"{check.says}: {value}, {'' if answer.holds else 'not '}{relation} {other}{near}{surely}"


def scenarios_of(one: Answered) -> list[str]:
    """Return the scenarios that a claim asks, each once."""
    sides = [number for check in one.claim.checks for side in check.sides() for number in side]
    return list(dict.fromkeys(number.scenario for number in sides if number is not None))


def number_of(answer: Answer, value: float) -> str:
    """Write one side of a check."""
    return format(value, form_of(answer))


def form_of(answer: Answer) -> str:
    """Return how the numbers of a check are written."""
    return RATIO if answer.check.over else MEASURES[answer.check.measure].form


def _checked(answer: Answer) -> dict[str, object]:
    check = answer.check
    return {
        "check": check.says,
        "scenario": check.scenario or "base",
        "measure": check.measure,
        "value": answer.value,
        "is": check.is_,
        "than": answer.other,
        "within": check.within,
        "holds": answer.holds,
        "probability": answer.probability,
    }


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
