"""What the figures of a sweep say about it: what is varied, how it is called, what differs with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from remit.report.context import context_of
from remit.report.decision_map import MapDrawing, drawing_from, drawing_to, within_a_sentence
from remit.report.figures.style import Context
from remit.report.sweep_tables import cells
from remit.report.words import label_of
from remit.study import Study

# How settings are called; others lose their underscores.
TITLES = {
    "scenario": "Scenario",
    "strategy": "Strategy",
    "strategies.compare": "Strategies compared",
    "strategies.comparator": "Comparator",
    "population": "Population",
    "settings.horizon": "Horizon",
    "settings.start": "Start",
    "settings.perspective": "Perspective",
    "settings.correction": "Within-cycle correction",
    "settings.discount_costs": "Discount rate of costs, a year",
    "settings.discount_qalys": "Discount rate of QALYs, a year",
    "settings.wtp.threshold": "Willingness to pay per QALY",
}
# Of these settings the values are shares.
SHARES = ("discount_costs", "discount_qalys", "discount", "not_given", "share")


@dataclass(frozen=True)
class SweepAxis:
    """What is varied: its name in the table (without ``at_``), how it is called, and its unit.

    ``unit`` is ``share`` where values are shown as percentages; times in texts carry their own. ``labels``
    are how values that are no numbers are called, ``ends`` those of a range of a Latin hypercube.
    """

    name: str
    title: str
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[float, float] | None = None

    @property
    def column(self) -> str:
        """Its column in the table."""
        return f"at_{self.name}"


@dataclass(frozen=True)
class SweepDrawing:
    """What is drawn of a sweep, and what its captions say.

    ``values`` of ``strategy`` (against the comparator) over ``axes``; ``design`` is ``grid``, ``list`` or
    ``latin_hypercube``, the last with the seed ``cube_seed``. ``draws`` 0: at the parameters' means. In
    ``varied`` are the fields of the Context that differ between points.
    """

    axes: tuple[SweepAxis, ...]
    strategy: str
    values: tuple[str, ...]
    kind: str | None
    design: str
    cube_seed: int | None
    draws: int
    varied: tuple[str, ...] = ()
    map: MapDrawing | None = None


def sweep_drawing_to(drawing: SweepDrawing) -> dict[str, Any]:
    """Return what is drawn as plain data."""
    plain = asdict(drawing)
    return {**plain, "map": drawing_to(drawing.map) if drawing.map is not None else None}


def sweep_drawing_from(data: Mapping[str, Any]) -> SweepDrawing:
    """Return what is drawn from plain data."""
    axes = tuple(
        SweepAxis(**{**axis, "ends": tuple(axis["ends"]) if axis["ends"] else None}) for axis in data["axes"]
    )
    lists = {name: tuple(data[name]) for name in ("values", "varied")}
    drawn = drawing_from(data["map"]) if data["map"] is not None else None
    return SweepDrawing(**{**data, **lists, "axes": axes, "map": drawn})


def sweep_axis(
    study: Study, name: str, title: str | None, tried: Sequence[tuple[Mapping[str, Any], Study]]
) -> SweepAxis:
    """Say how an axis of a sweep is called.

    Parameters
    ----------
    study
        That the sweep starts from.
    name, title
        The axis, and how its file calls it.
    tried
        Points, and the study of each.
    """
    if name in study.parameters:
        parameter = study.parameters[name]
        share = parameter.unit in ("share", "probability")
        own = title or _of_parameter(study, name)
        return SweepAxis(name, own, "share" if share else parameter.unit)
    unit = "share" if name.rpartition(".")[2] in SHARES else ""
    labels = {}
    for point, at in tried:
        if name in point:
            labels[cells([point[name]])[0]] = _label(name, point[name], at)
    return SweepAxis(name, title or _title(study, name), unit, {str(k): v for k, v in labels.items() if v})


def together(contexts: Sequence[Context]) -> tuple[Context, tuple[str, ...]]:
    """Return one context for studies that differ, and which of its fields differ between them.

    It has the strategies of all of them, those of the first in their places; fields that differ are as in
    the first.
    """
    first = contexts[0]
    strategies = tuple(dict.fromkeys(name for one in contexts for name in one.strategies))
    labels = {name: label for one in reversed(contexts) for name, label in one.labels.items()}
    apart = {"strategies", "labels"}
    varied = tuple(
        name
        for name, value in vars(first).items()
        if name not in apart and any(getattr(one, name) != value for one in contexts)
    )
    return replace(first, strategies=strategies, labels=labels), varied


def _label(name: str, value: object, study: Study) -> str | None:
    """Return how a value is called, or None where it is called what it is."""
    if name == "scenario":
        return study.title
    if name in ("strategy", "strategies.comparator"):
        return label_of(study, str(value))
    if name == "strategies.compare" and isinstance(value, list | tuple):
        return "; ".join(context_of(study).label(str(one)) for one in value)
    return None


def _of_parameter(study: Study, name: str) -> str:
    """Return how a parameter is called, with its therapy where its own title does not say it."""
    title = study.parameters[name].title
    whose = [one.title for key, one in study.therapies.items() if name.endswith(f"_{key}")]
    more = [therapy for therapy in whose if therapy.lower() not in title.lower()]
    return f"{more[0]}: {within_a_sentence(title)}" if more else title


def _title(study: Study, name: str) -> str:
    parts = name.split(".")
    if parts[:2] == ["settings", "payment"] and len(parts) == 4 and parts[2] in study.therapies:
        therapy = study.therapies[parts[2]].title
        known = {
            "discount": f"Discount on the price of {therapy}",
            "not_given": f"Charged for {therapy} not given",
        }
        if parts[3] in known:
            return known[parts[3]]
    words = name.removeprefix("settings.").replace("_", " ").replace(".", ", ")
    return TITLES.get(name) or words[:1].upper() + words[1:]
