"""Why the mean over draws is not the result at the means: the part of each group of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.analysis.ranges import varied_columns
from remit.economics.outcomes import Outcomes
from remit.errors import InputError, Problem, nearest
from remit.evaluation import evaluate
from remit.study import Study

Array = NDArray[np.float64]

DRAWS = 300  # of each group: the linear part of what they do is known without error
# Group -> prefixes of its parameters' names; the longest prefix decides.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "costs": ("cost_",),
    "utilities": ("utility_", "qaly_loss_"),
    "probabilities and shares": ("p_", "share_"),
    "hazards and ratios": ("rate_", "hr_", "smr_", "or_", "rr_", "log_or_", "shape_"),
    "times": ("time_", "age_", "weight_"),
}
INTERACTION, ALL = "interaction", "all"


@dataclass(frozen=True)
class Departure:
    """How far a mean over draws lies from the deterministic result, (strategy,) each.

    ``group`` names the parameters that were drawn, the others at their means; ``interaction`` is what all
    of them together (``all``) do beyond the sum of the groups. Standard errors are of Monte Carlo.
    """

    group: str
    costs: Array
    qalys: Array
    costs_error: Array
    qalys_error: Array


def groups_of(study: Study) -> dict[str, list[str]]:
    """Return the columns that PSA draws in groups, by what they are."""
    found: dict[str, list[str]] = {group: [] for group in GROUPS}
    for column in varied_columns(study):
        fits = [(p, group) for group, own in GROUPS.items() for p in own if column.owner.startswith(p)]
        found[max(fits, key=lambda fit: len(fit[0]))[1]].append(column.name)
    return {group: columns for group, columns in found.items() if columns}


def explain_difference(
    study: Study,
    probabilistic: Outcomes,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    without: Sequence[str] = (),
    n_draws: int = DRAWS,
    seed: int | None = None,
    jobs: int = 1,
) -> list[Departure]:
    """Split the difference between probabilistic and deterministic results by group of parameters.

    Of each group the mean over draws is estimated by the intercept of a regression on the group's columns
    less their means (control variates): what is linear in them has no error, and what is left is what makes
    the difference. The draws of a posterior stay joint within a group.

    Parameters
    ----------
    study
        What is compared, and how.
    probabilistic
        Outcomes of its PSA.
    groups
        Name -> columns; None: by what the parameters are.
    without
        Columns that are known to have no effect, left out.
    n_draws, seed
        Of each group; the study's own seed if None.
    jobs
        Threads.

    Returns
    -------
    list of Departure
        One for each group, then ``interaction``, then ``all``.

    Raises
    ------
    InputError
        Where a group names what is not drawn, or a column stands in two groups, or the draws are too few for
        a group's columns.

    References
    ----------
    Control variates: Owen, Monte Carlo theory, methods and examples, 2013, chapter 8.9.
    """
    chosen = _checked_groups(study, groups_of(study) if groups is None else groups, set(without), n_draws)
    drawn = study.draws(n_draws=n_draws, seed=study.psa.seed if seed is None else seed)
    at_means = evaluate(study)
    found = []
    for group, columns in chosen.items():
        outcomes = evaluate(study, _joint(study, columns, drawn), jobs=jobs, n_draws=n_draws)
        centred = np.stack([drawn[name] - study.means[name] for name in columns], axis=1)
        costs, costs_error = _intercept(outcomes.costs - at_means.costs, centred)
        qalys, qalys_error = _intercept(outcomes.qalys - at_means.qalys, centred)
        found.append(Departure(group, costs, qalys, costs_error, qalys_error))
    whole = Departure(
        ALL,
        probabilistic.costs.mean(axis=0) - at_means.costs[0],
        probabilistic.qalys.mean(axis=0) - at_means.qalys[0],
        _error(probabilistic.costs),
        _error(probabilistic.qalys),
    )
    return [*found, _interaction(whole, found), whole]


def _checked_groups(
    study: Study, groups: Mapping[str, Sequence[str]], without: set[str], n_draws: int
) -> dict[str, list[str]]:
    known = [column.name for column in varied_columns(study)]
    problems, seen = [], set[str]()
    for group, columns in groups.items():
        for name in columns:
            if name not in known:
                hint = nearest(name, known)
                problems.append(Problem("no draw has this parameter", key=f"{group}.{name}", hint=hint))
            elif name in seen:
                problems.append(Problem("stands in two groups", key=f"{group}.{name}"))
            seen.add(name)
    kept = {group: [name for name in columns if name not in without] for group, columns in groups.items()}
    kept = {group: columns for group, columns in kept.items() if columns}
    for group, columns in kept.items():
        if n_draws < 2 * len(columns) + 2:
            rule = f"{len(columns)} columns need {2 * len(columns) + 2} draws or more"
            problems.append(Problem(rule, key=group, value=n_draws))
    if problems:
        raise InputError(problems)
    return kept


def _joint(study: Study, columns: Sequence[str], drawn: Mapping[str, Array]) -> dict[str, Array]:
    """Return the draws of a group; of named shares all components, for they sum to 1."""
    owners = {column.name: column.owner for column in varied_columns(study)}
    wanted = dict.fromkeys(
        part for name in columns for part in study.parameters[owners[name]].columns(owners[name])
    )
    return {name: drawn[name] for name in wanted}


def _intercept(outcomes: Array, centred: Array) -> tuple[Array, Array]:
    """Return the mean of outcomes, (strategy,), where the columns have theirs, and its standard error."""
    from threadpoolctl import threadpool_limits

    scale = centred.std(axis=0)
    design = np.column_stack([np.ones(len(centred)), centred / np.where(scale > 0, scale, 1.0)])
    with threadpool_limits(1):
        found, _, rank, _ = np.linalg.lstsq(design, outcomes, rcond=1e-10)
        left = outcomes - design @ found
        spread = np.linalg.pinv(design, rcond=1e-10)[0]
    variance = np.sum(left**2, axis=0) / max(len(centred) - int(rank), 1)
    return np.asarray(found[0]), np.sqrt(variance * np.sum(spread**2))


def _interaction(whole: Departure, parts: Sequence[Departure]) -> Departure:
    def rest(name: str) -> Array:
        return np.asarray(getattr(whole, name) - sum(getattr(part, name) for part in parts))

    def error(name: str) -> Array:
        return np.asarray(np.sqrt(sum(getattr(part, name) ** 2 for part in (whole, *parts))))

    return Departure(INTERACTION, rest("costs"), rest("qalys"), error("costs_error"), error("qalys_error"))


def _error(values: Array) -> Array:
    n = values.shape[0]
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(n)) if n > 1 else np.full(values.shape[1], np.nan)
