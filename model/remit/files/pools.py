"""From the rows of the evidence to the trials of a pool, and what is left out of it and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from remit.files.evidence import SEED_TABLES, Evidence
from remit.files.reader import Reader
from remit.files.schema import Where
from remit.files.yaml_text import KeyPath
from remit.inputs.evidence import Quantity, Share, StudyRow
from remit.survival.pooling import Pool, Trial, pool

Outcome = Literal["cr", "mrd_cr", "hsct", "relapse"]
OUTCOMES: Mapping[Outcome, str] = {
    "cr": "Complete remission, of those treated",
    "mrd_cr": "MRD-negative, of those in complete remission",
    "hsct": "HSCT in remission, of responders",
    "relapse": "Relapse, of responders",
}
TREATED = ("infused", "treated")


@dataclass(frozen=True)
class Counted:
    """A trial of a pool; ``rounded`` where its events are a printed percentage of n.

    ``reading`` is how surely the denominator is known, and ``source`` a key of sources.yaml.
    """

    trial: Trial
    rounded: bool
    reading: str
    source: str


@dataclass(frozen=True)
class LeftOut:
    """A trial that the population names and an outcome cannot use, and why."""

    key: str
    title: str
    why: str


@dataclass(frozen=True)
class Gathered:
    """The trials of one therapy class and outcome."""

    therapy: str
    outcome: Outcome
    counted: tuple[Counted, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def pool(self) -> Pool:
        """What the trials say together.

        Raises
        ------
        ValueError
            Where there is none.
        """
        return pool([each.trial for each in self.counted])


def gather(evidence: Evidence, therapy: str, outcome: Outcome, trials: Iterable[str]) -> Gathered:
    """Count the events of trials, whose keys are those of the table of a therapy class."""
    studies = evidence.tables[therapy].studies
    hsct = {share.hsct_of: share for share in evidence.shares.values() if share.hsct_of}
    counted, left_out = [], []
    for key in trials:
        row = studies[key]
        found = _hsct(key, row, hsct.get(key)) if outcome == "hsct" else _of_row(key, row, outcome)
        if isinstance(found, str):
            left_out.append(LeftOut(key, row.title, found))
        else:
            counted.append(found)
    return Gathered(therapy, outcome, tuple(counted), tuple(left_out))


def check_pooling(
    pooling: Mapping[str, Iterable[str]], evidence: Evidence, where: Where, path: KeyPath, reader: Reader
) -> None:
    """Note a mistake for each trial and therapy class that cannot be pooled.

    Parameters
    ----------
    pooling
        Therapy class -> keys of trials.
    evidence
        What trials reported.
    where, path
        Give the file and line of what stands below a key path, and that of ``pooling``.
    reader
        Where mistakes are kept.
    """
    for therapy, trials in pooling.items():
        at = (*path, therapy)
        if therapy not in SEED_TABLES:
            reader.refuse("no such table of trials", where(at), at, therapy, SEED_TABLES)
        elif therapy in evidence.tables:  # else it could not be read, which is told there
            check_trials(list(trials), therapy, evidence, where, at, reader)


def check_trials(
    trials: list[str], therapy: str, evidence: Evidence, where: Where, path: KeyPath, reader: Reader
) -> None:
    """Note a mistake for each trial that the table of a therapy class lacks, that has no n or comes twice."""
    studies = evidence.tables[therapy].studies
    if not trials:
        reader.refuse("an empty pool: name one trial or more, or leave it out", where(path), path)
    for place, key in enumerate(trials):
        at = (*path, place)
        if key not in studies:
            reader.refuse(f"no such trial in evidence/{therapy}.yaml", where(at), at, key, studies)
        elif not isinstance(studies[key].n, int):
            reader.refuse("a trial without n cannot be pooled", where(at), at, key)
        elif key in trials[:place]:
            reader.refuse("a trial is pooled once", where(at), at, key)


def _of_row(key: str, row: StudyRow, outcome: Outcome) -> Counted | str:
    """Return the count of a row of a table, or why there is none."""
    responders = _cr(key, row)
    if outcome == "cr" or isinstance(responders, str):
        return responders
    cell: Quantity = getattr(row, outcome)
    all_responders = responders.trial.events
    share = cell.probability
    if share is None:
        return f"{outcome} is {cell.value}"
    if cell.of == "responders":
        events = round(share * all_responders)
    elif cell.of in TREATED and outcome == "mrd_cr":
        events = min(round(share * responders.trial.n), all_responders)
    else:
        return f"{outcome} is of {_denominator(cell)}"
    if all_responders == 0:
        return "nobody responded"
    trial = Trial(key, row.title, events, all_responders)
    return Counted(trial, True, _weaker(cell.reading, responders.reading), row.source)


def _cr(key: str, row: StudyRow) -> Counted | str:
    """Return the count of complete remissions, or why there is none; responders are this count too."""
    share = row.cr.probability
    if share is None:
        return f"CR is {row.cr.value}"
    if row.cr.of not in TREATED:
        return f"CR is of {_denominator(row.cr)}, so responders are not known"
    n = int(row.n)
    return Counted(Trial(key, row.title, round(share * n), n), True, str(row.cr.reading), row.source)


def _hsct(key: str, row: StudyRow, share: Share | None) -> Counted | str:
    if share is None:
        return "no share of responders with HSCT in remission is at hand"
    if not share.n:
        return "its HSCT share has no n"
    exact = share.events is not None
    events = share.events if share.events is not None else round(float(share.value) * share.n)
    return Counted(Trial(key, row.title, events, share.n), not exact, share.tag, share.source)


def _denominator(cell: Quantity) -> str:
    if cell.of == "unclear":
        return "an unclear denominator"
    return f"the {cell.of}"


def _weaker(*readings: str | None) -> str:
    """Return the least sure of some readings."""
    order = ("RECALLED", "DERIVED", "VERIFIED")
    return min((str(reading) for reading in readings), key=order.index)
