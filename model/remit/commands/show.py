"""`remit show`: every resolved value and the file that sets it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from remit.commands.screen import say
from remit.files.loaded import Loaded
from remit.files.studies import read_study
from remit.files.yaml_out import yaml_line
from remit.report.model_tables import parameters_table


def show_study(scenario: str | None, *, others: Iterable[str], settings: Iterable[str]) -> None:
    """Print settings, strategies and parameters of a scenario.

    On a terminal a parameter takes two lines, elsewhere a single one, so that it can be searched for.

    Raises
    ------
    InputError
        Where anything that the user gave is wrong.
    """
    loaded = read_study(scenario, others=others, settings=settings)
    study = loaded.study
    say(f"{study.title}" + (f": {study.because}" if study.because else ""))
    for path, value in _settings(loaded.resolved["settings"]):
        say(f"  {path}: {value}")
    for name, strategy in study.strategies.items():
        lines = ", then ".join(line.therapy for line in strategy.lines)
        say(f"  strategy {name}: {lines}" + (" (comparator)" if name == study.comparator else ""))
    say("")
    for first, second in _parameters(loaded):
        say(f"{first}\n  {second}" if sys.stdout.isatty() else f"{first}  {second}")
    assumed = sum(parameter.source == "assumption" for parameter in study.parameters.values())
    say("")
    say(f"{len(study.parameters)} parameters, {assumed} of them assumptions.")


def _settings(data: Mapping[str, Any], before: str = "settings") -> Iterator[tuple[str, str]]:
    """Yield the dotted path of every setting, as `--set` takes it, and its value."""
    for key, value in data.items():
        if isinstance(value, dict):
            yield from _settings(value, f"{before}.{key}")
        else:
            yield f"{before}.{key}", yaml_line(value)


def _parameters(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Yield for each parameter its value, and what stands behind it."""
    for row in parameters_table(loaded.study, loaded.origins).to_dict("records"):
        name, value, mean = str(row["parameter"]), row["value"], float(row["mean"])
        shown = value if isinstance(value, str) else f"{value:.6g}"
        parts = [f"mean {mean:.6g}"] if not math.isnan(mean) and f"{mean:.6g}" != shown else []
        parts += [str(row["distribution"]).removesuffix("()"), str(row["source"]), str(row["set_in"])]
        posterior = loaded.study.posterior
        columns = loaded.study.parameters[name].columns(name)
        fitted = posterior is not None and any(column in posterior.columns for column in columns)
        yield f"{name} = {shown} {row['unit']}{' (fitted)' if fitted else ''}", "; ".join(parts)
