"""YAML text to parser events, and what the parser complains of in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

from remit.errors import InputError, Problem
from remit.files.yaml_scalars import code_point

MAX_CHARACTERS = 2_000_000

# What YAML 1.2 does not allow in a text, and the three further line breaks that PyYAML counts and editors do
# not: they would shift every line number.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def events(text: str, name: str) -> Iterator[tuple[yaml.Event, int]]:
    """Yield the parser's events of ``text``, each with its line (from 1).

    Events instead of nodes, since composing nodes recurses: 3,000 brackets or an alias bomb would act before
    they could be refused.

    Raises
    ------
    InputError
        With one problem in plain words: the text is too long, holds a character that is not allowed, or
        breaks the syntax.
    """
    _check_characters(text, name)
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml, where present, is ten times faster
    line = 1
    try:
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else line
            yield event, line
    except yaml.MarkedYAMLError as error:
        raise InputError(_problem(error, text, name)) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the pure parser on "\UFFFFFFFF"
        raise InputError(Problem("the YAML cannot be read from here on", name, line)) from error


def _check_characters(text: str, name: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InputError(Problem(f"the file is larger than {MAX_CHARACTERS // 1_000_000} MB", name))
    if found := _FORBIDDEN.search(text):
        line = text.count("\n", 0, found.start()) + 1
        rule = f"the character {code_point(found.group())} is not allowed in YAML"
        raise InputError(Problem(rule, name, line, hint="delete it"))


_COLUMNS = "keys of one mapping stand in one column, items of a list begin with '- '"
# Part of the parser's words, our words, a hint, and whether the line is the one where the thing began.
_PHRASES: tuple[tuple[str, str, str | None, bool], ...] = (
    (
        "mapping values are not allowed",
        "a ': ' where none can stand, or a line indented too far",
        f"put a text that holds ': ' in quotes; {_COLUMNS}",
        False,
    ),
    ("quoted scalar found unexpected", "a quote opens here and is not closed", None, True),
    ("quoted scalar", "a backslash escape that YAML does not know", "use single quotes", False),
    ("expected ',' or", "a bracket opens here and is not closed, or a comma is missing", None, True),
    ("flow", "a value is missing between brackets, or a bracket does not match", None, False),
    ("expected ':'", "a key without its colon", "write `key: value`", True),
    ("tag", "'!' begins a tag, which is not used here", "put the text in quotes", False),
    ("anchor", "'&' begins an anchor, which is not used here", "put the text in quotes", False),
    ("alias", "'*' begins an alias, which is not used here", "put the text in quotes", False),
    ("block scalar", "'|' and '>' must be followed by a line break", None, False),
    ("block", "this does not fit what stands before it", f"{_COLUMNS}; quotes go round a whole value", False),
    ("directive", "a line that begins with '%' is not used here", None, False),
    ("incompatible", "a line that begins with '%' is not used here", None, False),
    ("document start", "text follows where the document has ended", None, False),
)


def _problem(error: yaml.MarkedYAMLError, text: str, name: str) -> Problem:
    said = f"{error.context or ''} {error.problem or ''}"
    lines = re.split("\r\n|\r|\n", text)
    mark = error.problem_mark
    row = min(mark.line, len(lines) - 1) if mark else 0
    character = lines[row][mark.column : mark.column + 1] if mark else ""
    if character == "\t" or "tab character" in said:
        return Problem("a tab where YAML wants spaces", name, row + 1, hint="indent with spaces")
    if "cannot start any token" in said:
        rule = f"a value cannot begin with {character!r}"
        return Problem(rule, name, row + 1, hint="put the value in quotes")
    for part, rule, hint, at_start in _PHRASES:
        if part in said:
            start = error.context_mark.line if at_start and error.context_mark else row
            return Problem(rule, name, start + 1, hint=hint)
    return Problem("the YAML cannot be read from here on", name, row + 1)
