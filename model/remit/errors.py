"""One class per kind of mistake, so that the command line can say it in one line and exit rightly."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake of a user, with everything needed to mend it; printed as one line."""

    rule: str
    file: str | None = None
    line: int | None = None
    key: str | None = None
    value: object = None
    hint: str | None = None

    def __str__(self) -> str:
        """Return ``file:line: key = value: rule (hint)``; parts that are not known are left out."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        subject = self.key or ""
        if self.value is not None:
            subject += f" = {_one_line(self.value)}"
        text = ": ".join(part for part in (place, subject.strip(), self.rule) if part)
        return f"{text} ({self.hint})" if self.hint else text


class RemitError(Exception):
    """A failure that remit understands; ``exit_code`` 1 says that the fault is not the user's."""

    exit_code = 1


class InputError(RemitError):
    """One or more mistakes in what the user gave: every one of them, not the first only.

    Parameters
    ----------
    problems
        The mistakes, or a single one, or a plain sentence.
    """

    exit_code = 2

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return a hint that names the known word nearest to ``name``, or None where none is near."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {matches[0]!r}?" if matches else None


def _one_line(value: object, length: int = 60) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= length else text[: length - 3] + "..."
