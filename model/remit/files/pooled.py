"""Parameters whose uncertainty comes from a pool of trials, resolved to the distribution that it predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from remit.files.evidence import SEED_TABLES, Evidence
from remit.files.layers import Layers
from remit.files.parameters import POOLED
from remit.files.pools import TREATED, Gathered, Outcome, check_trials, gather
from remit.files.reader import Reader
from remit.inputs.parameters import agree_in_print
from remit.pathway.population import Population
from remit.survival.pooling import Pool


@dataclass(frozen=True)
class Pooled:
    """An ``uncertainty`` of type pooled: which outcome, of which therapy class, over which trials.

    Without ``trials`` those that the population names for the class.
    """

    outcome: Outcome
    of: str
    trials: tuple[str, ...] | None = None
    type: Literal["pooled"] = "pooled"


def resolve_pooled(layers: Layers, population: Population | None, evidence: Evidence, reader: Reader) -> None:
    """Turn each pooled uncertainty into the logit-normal that its pool predicts for a further trial.

    The value becomes the median of the pool, and the note says which trials it rests on.

    Parameters
    ----------
    layers
        The parameters, as scenarios left them.
    population
        Whose trials are pooled; None where it could not be read, which is told elsewhere.
    evidence
        What trials reported.
    reader
        Where mistakes are kept.
    """
    for name, raw in list(layers.data.items()):
        spread = raw.get("uncertainty") if isinstance(raw, dict) else None
        if isinstance(spread, dict) and spread.get("type") == POOLED and population is not None:
            before = len(reader.problems)
            gathered = _gathered(name, raw, layers, population, evidence, reader)
            if gathered is not None and len(reader.problems) == before:
                _put(name, raw, gathered, layers, reader)


def _gathered(
    name: str, raw: dict[Any, Any], layers: Layers, population: Population, evidence: Evidence, reader: Reader
) -> Gathered | None:
    """Return the trials of a parameter's pool, or None where something is wrong with it."""
    path = (name, "uncertainty")
    wanted = reader.attempt(Pooled, raw["uncertainty"], layers.where, path)
    if wanted is None:
        return None
    if wanted.of not in SEED_TABLES:
        at = (*path, "of")
        reader.refuse("no such table of trials", layers.where(at), at, wanted.of, SEED_TABLES)
        return None
    if wanted.of not in evidence.tables:  # it could not be read, which is told there
        return None
    trials = population.pooling.get(wanted.of) if wanted.trials is None else wanted.trials
    if trials is None:
        rule = f"the population pools no trials of {wanted.of}: name them there, or here as `trials`"
        reader.refuse(rule, layers.where(path), path)
        return None
    known = evidence.tables[wanted.of].studies
    if wanted.trials is not None:
        check_trials(list(trials), wanted.of, evidence, layers.where, (*path, "trials"), reader)
    _check_kind(name, raw, wanted, layers, reader)
    usable = [key for key in trials if key in known and isinstance(known[key].n, int)]
    return gather(evidence, wanted.of, wanted.outcome, usable) if usable else None


def _check_kind(name: str, raw: dict[Any, Any], wanted: Pooled, layers: Layers, reader: Reader) -> None:
    """Refuse a pool of another kind of number, or of other patients, than the parameter is about."""
    if not name.startswith(("p_", "share_")):
        path = (name, "uncertainty")
        reader.refuse("only a parameter named p_... or share_... can be pooled", layers.where(path), path)
        return
    patients = TREATED if wanted.outcome == "cr" else ("responders",)
    if "of" in raw and raw["of"] not in patients:
        rule = f"this outcome is of {' or '.join(patients)}, the parameter of {raw['of']}"
        at = (name, "uncertainty", "outcome")
        reader.refuse(rule, layers.where(at), at, wanted.outcome)


def _put(name: str, raw: dict[Any, Any], gathered: Gathered, layers: Layers, reader: Reader) -> None:
    """Put the predictive distribution in the place of the pool, or say why there is none."""
    path, at_value = (name, "uncertainty"), (name, "value")
    try:
        pool = gathered.pool
    except ValueError as error:
        whys = "; ".join(f"{each.key}: {each.why}" for each in gathered.left_out)
        reader.refuse(f"{error}" + (f" ({whys})" if whys else ""), layers.where(path), path)
        return
    if pool.predictive is None:
        rule = "all or none of the patients had the event: such a pool predicts no distribution"
        reader.refuse(rule, layers.where(path), path)
        return
    median, sd_logit = pool.predictive
    value = raw.get("value")
    printed = isinstance(value, int | float) and not isinstance(value, bool)
    if printed and not raw.get("because") and not agree_in_print(float(value), median):  # type: ignore[arg-type]
        rule = f"the pool's median is {median:.4g}; make them agree, or say why not in `because`"
        reader.refuse(rule, layers.where(at_value), at_value, value)
        return
    note = ". ".join(str(part) for part in (raw.get("note"), _in_words(gathered, pool)) if part)
    places = {at: layers.where(at) for at in (at_value, path)}
    layers.put(path, {"type": "logit-normal", "sd_logit": sd_logit}, places[path])
    layers.put((name, "note"), note, places[path])
    if printed:
        layers.put(at_value, median, places[at_value])


def _in_words(gathered: Gathered, pool: Pool) -> str:
    counts = ", ".join(f"{trial.key} {trial.events}/{trial.n}" for trial in pool.trials)
    spread = f"tau {pool.tau:.3g}" if pool.estimable else "tau not estimable from a single trial"
    out = ", ".join(each.key for each in gathered.left_out)
    return f"Pooled {gathered.outcome} of {counts}; {spread}" + (f"; left out: {out}" if out else "")
