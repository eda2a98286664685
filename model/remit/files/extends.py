"""One way to inherit: a file names one other file that it extends, and chains of these are allowed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from remit.errors import Problem, nearest
from remit.files.reader import Reader
from remit.files.yaml_text import Document

MOST_PARENTS = 10


def parent_of(
    document: Document, seen: Sequence[Path], reader: Reader, *, kind: str, example: str
) -> Path | None:
    """Return the file that a file extends, or None where that is not possible.

    Parameters
    ----------
    document
        The file.
    seen
        The files on the way down to it, resolved, itself last.
    reader
        Where mistakes are kept: no such file, files that extend each other in a circle, too many.
    kind, example
        What such a file is called in messages, and one that it could extend.
    """
    path, named, at = Path(document.file), document.data.get("extends"), ("extends",)
    place = document.where(at)
    if not isinstance(named, str):
        reader.refuse(f"a {kind} extends one file, such as {example}", place, at, named)
        return None
    parent = Path(os.path.normpath(path.parent / named))  # so that a file has one name in all messages
    if missing := _missing(parent):
        rule, hint = missing
        reader.problems.append(Problem(rule, *place, key="extends", value=named, hint=hint))
    elif parent.resolve() in seen:
        names = " -> ".join(file.name for file in [*seen, parent])
        reader.refuse(f"{kind}s extend each other in a circle: {names}", place, at, named)
    elif len(seen) > MOST_PARENTS:
        reader.refuse(f"more than {MOST_PARENTS} files extend one another", place, at, named)
    else:
        return parent
    return None


def _missing(parent: Path) -> tuple[str, str | None] | None:
    """Say why a file cannot be extended, with the nearest one that is there; None where it can."""
    try:
        if parent.is_file():
            return None
        near = nearest(parent.name, (file.name for file in parent.parent.glob("*.yaml")))
    except OSError as error:  # a name that is too long, a folder that may not be read
        return f"the file cannot be read: {(error.strerror or 'unknown reason').lower()}", None
    return "there is no such file", near
