"""Value of information as tables: expected losses, EVPI, EVPPI, EVSI, and the few numbers that sum it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remit.analysis.acceptability import best_on_average
from remit.analysis.information import Population, evpi, evpi_error, evppi_of_each, expected_losses
from remit.analysis.information.choice import Choice
from remit.economics.comparison import iterate_nmb
from remit.inputs.parameters import Parameter

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
# What modulation of a later therapy by an earlier one rests on.
MODULATION = (
    "share_causal_modulation_",
    "share_selection_modulation_",
    "time_half_life_exposure_",
    "log_or_cr_later_after_",
    "hr_relapse_later_after_",
)
EFFICACY = ("p_cr_", "share_durable_", "rate_relapse_", "p_hsct_remission_")


def expected_loss_table(choice: Choice, wtp: Array) -> pd.DataFrame:
    """Return `expected_loss.csv`: `wtp, strategy, expected_loss, on_ceaf`, per patient.

    The least expected loss at each WTP is the EVPI; `on_ceaf` marks the strategy that has it.
    """
    import pandas as pd

    rows = []
    for threshold, nmb in zip(wtp, iterate_nmb(choice.costs, choice.qalys, wtp), strict=True):
        losses, best = expected_losses(nmb), best_on_average(nmb)
        for place, strategy in enumerate(choice.strategies):
            rows.append((threshold, strategy, losses[place], place == best))
    return pd.DataFrame(rows, columns=["wtp", "strategy", "expected_loss", "on_ceaf"])


def population_evpi_table(choice: Choice, wtp: Array, population: Population) -> pd.DataFrame:
    """Return `evpi.csv`: `wtp, evpi, standard_error` per patient and `population_evpi` of all who come."""
    import pandas as pd

    found = evpi(choice.costs, choice.qalys, wtp)
    error = evpi_error(choice.costs, choice.qalys, wtp)
    columns = {"wtp": wtp, "evpi": found, "standard_error": error}
    return pd.DataFrame({**columns, "population_evpi": found * population.effective()})


def population_table(population: Population) -> pd.DataFrame:
    """Return `population.csv`: how many patients a year, for how long, discounted how, and their sum."""
    import pandas as pd

    columns = {name: [getattr(population, name)] for name in ("per_year", "years", "discount")}
    return pd.DataFrame({**columns, "effective": [population.effective()]})


def evppi_table(
    choice: Choice,
    draws: Mapping[str, Array],
    parameters: Mapping[str, Parameter],
    *,
    therapies: Mapping[str, str],
    names: Sequence[str],
    wtp_of_names: Array,
    groups: Mapping[str, Sequence[str]],
    wtp_of_groups: Array,
) -> pd.DataFrame:
    """Return `evppi.csv`: `wtp, parameters, evppi, standard_error, kind, title`, per patient.

    Parameters
    ----------
    choice, draws
        Of PSA.
    parameters
        Of the study, for titles and for the columns of named shares, which are learnt together.
    therapies
        Therapy -> how it is called, said with the parameters that are a therapy's own.
    names, wtp_of_names
        Parameters that are learnt alone (kind `single`), and at which WTP.
    groups, wtp_of_groups
        Title -> parameters that are learnt together (kind `group`), and at which WTP.

    Raises
    ------
    InputError
        Where a parameter has no draws, or a group is too large for so many.
    """
    import pandas as pd

    single = {name: [name] for name in names}
    titles = {name: title_of(name, parameters[name], therapies) for name in names}
    parts = [
        _evppi(choice, draws, parameters, single, wtp_of_names, "single").assign(
            title=lambda table: table["key"].map(titles)
        ),
        _evppi(choice, draws, parameters, groups, wtp_of_groups, "group").assign(
            title=lambda table: table["key"]
        ),
    ]
    return pd.concat(parts, ignore_index=True).drop(columns="key")


def _evppi(
    choice: Choice,
    draws: Mapping[str, Array],
    parameters: Mapping[str, Parameter],
    groups: Mapping[str, Sequence[str]],
    wtp: Array,
    kind: str,
) -> pd.DataFrame:
    import pandas as pd

    columns = {
        key: [column for name in names for column in parameters[name].columns(name)]
        for key, names in groups.items()
    }
    found = evppi_of_each(choice.costs, choice.qalys, draws, wtp, groups=columns) if groups else {}
    rows = [
        (threshold, "; ".join(groups[key]), estimate, error, kind, key)
        for key, (estimates, errors) in found.items()
        for threshold, estimate, error in zip(wtp, estimates, errors, strict=True)
    ]
    return pd.DataFrame(rows, columns=["wtp", "parameters", "evppi", "standard_error", "kind", "key"])


def title_of(name: str, parameter: Parameter, therapies: Mapping[str, str]) -> str:
    """Return how a parameter is called among those of all therapies: its title, and whose it is."""
    for therapy, label in therapies.items():
        own = f"_{therapy}_" in f"{name}_"
        if own and label.lower() not in parameter.title.lower():
            return f"{parameter.title}: {within(label)}"
    return parameter.title


def within(label: str) -> str:
    """Return a label as it stands within a sentence: small, but for abbreviations.

    Examples
    --------
    >>> within("Blinatumomab"), within("BCMA CAR T")
    ('blinatumomab', 'BCMA CAR T')
    """
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def parameter_groups(names: Iterable[str], therapies: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the parameters that research would learn together, title -> names; empty groups are left out.

    Parameters
    ----------
    names
        Parameters that are drawn and matter.
    therapies
        Therapy -> how it is called.

    Examples
    --------
    >>> parameter_groups(["cost_travel", "p_cr_x", "share_durable_x"], {"x": "Xmab"})
    {'Response and relapse with xmab': ['p_cr_x', 'share_durable_x'], 'All costs': ['cost_travel']}
    """
    known = list(names)
    found: dict[str, list[str]] = {}
    for start, title in ((MODULATION, "Antigen modulation after"), (EFFICACY, "Response and relapse with")):
        for therapy, label in therapies.items():
            own = [name for name in known if name.startswith(start) and name.endswith(f"_{therapy}")]
            found[f"{title} {within(label)}"] = own
    found["All costs"] = [name for name in known if name.startswith("cost_")]
    found["Quality of life"] = [name for name in known if name.startswith(("utility_", "qaly_loss_"))]
    return {title: own for title, own in found.items() if own}


def voi_table(
    evpi_of: pd.DataFrame,
    evppi_of: pd.DataFrame,
    evsi_of: pd.DataFrame,
    *,
    wtp: float,
    population: Population,
) -> pd.DataFrame:
    """Return T13, `voi.csv`: the value of information at one WTP of the tables, a row for each kind and size.

    Kinds: `evpi`; `group` and `single` (EVPPI), the highest first; `evsi`, one row a design at the size that
    pays best, or where none pays at the largest, with `cost`, `enbs` and `in_words`. `value` and
    `standard_error` are per patient, `population` of all whom it helps.

    Parameters
    ----------
    evpi_of, evppi_of, evsi_of
        As :func:`population_evpi_table`, :func:`evppi_table` and :func:`evsi_table` return them.
    wtp, population
        At which WTP, and who is helped.
    """
    import pandas as pd

    helped = population.effective()
    learnt = evppi_of[evppi_of["wtp"] == wtp]
    learnt = learnt.sort_values(["kind", "evppi"], ascending=[True, False], kind="stable")
    rows = [
        _voi_row("Everything", "evpi", row.evpi, row.standard_error, row.population_evpi)
        for row in evpi_of[evpi_of["wtp"] == wtp].itertuples()
    ]
    rows += [
        _voi_row(row.title, row.kind, row.evppi, row.standard_error, row.evppi * helped)
        for row in learnt.itertuples()
    ]
    for _, own in evsi_of[evsi_of["wtp"] == wtp].groupby("design", sort=False):
        paying = own[own["best"]]
        row = (paying if len(paying) else own.tail(1)).iloc[0]
        told = _voi_row(row.title, "evsi", row.evsi, row.standard_error, row.population_evsi)
        words = (
            f"best size {row.n}" if len(paying) else f"no size pays (sizes {own.n.min()} to {own.n.max()})"
        )
        rows.append({**told, "n": row.n, "cost": row.cost, "enbs": row.enbs, "in_words": words})
    names = ["information", "kind", "n", "value", "standard_error", "population", "cost", "enbs", "in_words"]
    return pd.DataFrame(rows, columns=names).astype({"n": "Int64"})


def voi_at(
    wtp: Array,
    evpi_of: pd.DataFrame,
    evppi_of: pd.DataFrame,
    evsi_of: pd.DataFrame,
    *,
    population: Population,
    too_few_draws: Mapping[str, int],
) -> pd.DataFrame:
    """Return :func:`voi_table` at several WTP, below each other, with a column `wtp`.

    ``too_few_draws`` are titles of what as many draws cannot tell, with how many can: rows without numbers.
    """
    import pandas as pd

    parts = [
        voi_table(evpi_of, evppi_of, evsi_of, wtp=at, population=population).assign(wtp=at) for at in wtp
    ]
    nan = float("nan")
    for title, needed in too_few_draws.items():
        row = {**_voi_row(title, "not told", nan, nan, nan), "in_words": f"needs {needed:,} draws"}
        parts.append(pd.DataFrame([row]))
    return pd.concat(parts, ignore_index=True)


def _voi_row(title: str, kind: str, value: float, error: float, everybody: float) -> dict[str, Any]:
    named = {"information": title, "kind": kind, "value": value, "standard_error": error}
    return {**named, "population": everybody, "in_words": ""}
