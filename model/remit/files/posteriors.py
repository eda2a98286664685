"""Posteriors as CSV: written by a calibration, read by every run, refused where they do not belong.

A posterior belongs to the targets, priors, structure and population that it was fitted with; its file
says so by a hash of each.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from remit.economics.payment import Payment
from remit.errors import InputError, Problem
from remit.files.places import public_name
from remit.inputs.posterior import Posterior
from remit.inputs.targets import Target
from remit.study import Study

# What does not change a result.
WORDS = ("title", "label", "note", "because", "source", "where", "compared_with", "price_year")
# Settings that a calibration does not depend on: targets say their own perspective.
APART = ("perspective", "wtp", "currency")
Marks = dict[str, str]


def marks_of(study: Study, targets: Sequence[Target]) -> Marks:
    """Return the hash of each thing that a posterior belongs to.

    Therapies that no target's strategy gives do not count: adding one asks for no new calibration.
    """
    names = sorted({name for target in targets for name in target.strategies})
    strategies = {name: study.strategies[name] for name in names if name in study.strategies}
    used = {line.therapy for one in strategies.values() for line in one.lines} | {
        study.settings.hsct_reference
    }
    others = tuple(f"_{therapy}" for therapy in study.therapies if therapy not in used)
    priors = {n: p for n, p in study.parameters.items() if not (others and n.endswith(others))}
    settings = {k: v for k, v in vars(study.settings).items() if k not in APART}
    # To be paid for at infusion is the same whether it is written or not.
    ways = {name: way for name, way in study.settings.payment.items() if name in used}
    settings["payment"] = {name: way for name, way in ways.items() if way != Payment()}
    therapies = {name: study.therapies[name] for name in sorted(used)}
    parts: dict[str, Any] = {
        "targets": [(t.key, type(t.quantity).__name__, t.quantity, t.value, t.likelihood) for t in targets],
        "priors": {n: (type(p.uncertainty).__name__, p) for n, p in sorted(priors.items())},
        "structure": [strategies, therapies, settings],
        "population": [study.population, study.life_table],
    }
    return {name: _hash(part) for name, part in parts.items()}


def posterior_file(params: Path, name: str) -> Path:
    """Return the file of a posterior."""
    return params / "posteriors" / f"{name}.csv"


def write_posterior(path: Path, posterior: Posterior, marks: Marks, said: Mapping[str, object]) -> None:
    """Write a posterior beside its place and move it there when complete.

    Parameters
    ----------
    path
        The file.
    posterior
        Its rows.
    marks
        What it belongs to.
    said
        What else its head says.
    """
    body = _body(posterior)
    head = {
        "posterior": posterior.name,
        **said,
        "rows": posterior.n_rows,
        "effective_sample_size": f"{posterior.ess:.1f}",
        "log_evidence": f"{posterior.log_evidence:.4f}",
        **{f"belongs_to_{part}": mark for part, mark in marks.items()},
    }
    said_all = [f"# {key}: {value}" for key, value in head.items()]
    digest = _digest(said_all, body)
    lines = ["# Written by `remit calibrate`; an edited file is refused.", *said_all, f"# sha256: {digest}"]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n" + body)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def scenario_of(path: Path) -> str | None:
    """Return the scenario that a posterior was made by; None where there is none, or its head is damaged."""
    try:
        with path.open(encoding="utf-8") as stream:
            head = [
                line.rstrip("\n") for line in itertools.takewhile(lambda line: line.startswith("#"), stream)
            ]
    except (OSError, UnicodeDecodeError):
        return None
    return next((line.removeprefix("# scenario: ") for line in head if line.startswith("# scenario: ")), None)


def read_posterior(path: Path, study: Study, targets: Sequence[Target], command: str) -> Posterior:
    """Read a posterior, and refuse one that does not belong to the study it is to be used for.

    Parameters
    ----------
    path
        The file.
    study, targets
        Of the calibration: as its scenario has them, without what others set on top.
    command
        What makes the posterior.

    Raises
    ------
    InputError
        Where there is none, it was edited, or it belongs to something else, with the command to make it.
    """
    lines, head = _belonging(path, study, targets, command)
    names = lines[0].split(",")
    rows = np.loadtxt(lines[1:], delimiter=",", ndmin=2, dtype=np.float64)
    return Posterior(
        head["posterior"],
        {name: np.ascontiguousarray(rows[:, place]) for place, name in enumerate(names)},
        float(head["effective_sample_size"]),
        float(head["log_evidence"]),
    )


def check_posterior(path: Path, study: Study, targets: Sequence[Target], command: str) -> None:
    """Refuse a posterior as :func:`read_posterior` does, without reading its rows.

    Raises
    ------
    InputError
        Where there is none, it was edited, or it belongs to something else.
    """
    _belonging(path, study, targets, command)


def _belonging(
    path: Path, study: Study, targets: Sequence[Target], command: str
) -> tuple[list[str], dict[str, str]]:
    """Return the lines of a posterior's table and its head, if it belongs to the study."""
    hint = f"make it: {command}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        rule = "there is no posterior of this calibration"
        raise InputError(Problem(rule, public_name(path), hint=hint)) from None
    lines = text.split("\n")
    count = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = dict(line[2:].split(": ", 1) for line in lines[:count] if ": " in line)
    body = "\n".join(lines[count:])
    if _digest(lines[1 : max(count - 1, 1)], body) != head.get("sha256"):
        raise InputError(Problem("this posterior was edited or cut short", public_name(path), hint=hint))
    now = marks_of(study, targets)
    changed = [part for part, mark in now.items() if head.get(f"belongs_to_{part}") != mark]
    if changed:
        rule = f"this posterior belongs to other {', '.join(changed)} than the study now has"
        raise InputError(Problem(rule, public_name(path), hint=hint))
    return lines[count:], head


def _digest(head: Sequence[str], body: str) -> str:
    """Return the hash of a posterior's head, its first and last line left out, and its body."""
    return hashlib.sha256("\n".join([*head, body]).encode()).hexdigest()


def _body(posterior: Posterior) -> str:
    rows = zip(*posterior.columns.values(), strict=True)
    return "\n".join([",".join(posterior.columns), *(",".join(f"{x:.7g}" for x in row) for row in rows), ""])


def _hash(part: object) -> str:
    return hashlib.sha256(json.dumps(_plain(part), sort_keys=True).encode()).hexdigest()[:16]


def _plain(part: Any) -> Any:  # noqa: ANN401 - whatever the dataclasses hold
    """Return numbers and names alone, as JSON holds them."""
    if dataclasses.is_dataclass(part):
        return {
            f.name: _plain(getattr(part, f.name)) for f in dataclasses.fields(part) if f.name not in WORDS
        }
    if isinstance(part, Mapping):
        return {str(key): _plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(value) for value in part]
    if isinstance(part, np.ndarray):
        return part.tolist()
    return float(part) if isinstance(part, int) and not isinstance(part, bool) else part
