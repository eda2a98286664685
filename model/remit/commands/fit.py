"""`remit fit`: survival families fitted to a digitised Kaplan-Meier curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from remit.commands.screen import say, show_table, stage
from remit.errors import InputError, Problem, nearest
from remit.files.digitised import read_curves, read_digitised, read_listed
from remit.files.places import params_folder
from remit.files.reader import Reader
from remit.files.results import save_figure, save_table
from remit.files.runs import writing_failed
from remit.survival.digitised import Cleaned, Digitised, clean
from remit.survival.families import FAMILIES
from remit.survival.fitting import Fit, fit_all
from remit.survival.patients import Patients
from remit.survival.reconstruct import reconstruct

UNIT = "months"


@dataclass(frozen=True)
class _Given:
    """A curve as the user gave it: what it is called, where it stands, its unit of time, and its points."""

    title: str
    name: str
    path: Path
    unit: str
    curve: Digitised


def fit_curve(name: str, *, unit: str | None, families: Sequence[str], out: str | None) -> Path:
    """Fit families to a curve, say what came of it, and return the folder with tables and figure.

    Raises
    ------
    InputError
        Where the curve, or anything else that the user gave, is wrong.
    """
    chosen = _families(families)
    given = _given(name, unit)
    cleaned = clean_file(given.curve, given.path, given.unit)
    patients = reconstruct(cleaned.curve)
    if not patients.events.any():
        raise InputError(Problem("the curve never falls: there is no event to fit to", str(given.path)))
    with stage(f"{given.title}: {2 * len(chosen)} fits"):
        fits = fit_all(patients, chosen)
    _say(given, cleaned, patients, fits)
    folder = Path(out) if out else Path("runs") / "fits" / given.name
    try:
        _write(folder, given, cleaned.curve, patients, fits)
    except OSError as error:
        raise writing_failed(error) from error
    say(f"Folder: {folder}")
    return folder


def _families(names: Sequence[str]) -> list[str]:
    problems = [
        Problem(
            "no such family", key="--family", value=name, hint=nearest(name, FAMILIES) or _known(FAMILIES)
        )
        for name in names
        if name not in FAMILIES
    ]
    if problems:
        raise InputError(problems)
    return [name for name in FAMILIES if not names or name in names]


def _known(names: Iterable[str]) -> str:
    return f"known: {', '.join(names)}"


def _given(name: str, unit: str | None) -> _Given:
    """Read a CSV, or the curve of this key in ``params/evidence/curves.yaml``."""
    reader = Reader()
    if name.lower().endswith(".csv") or "/" in name or "\\" in name:
        path, unit = Path(name), unit or UNIT
        curve = read_digitised(path, unit, reader)
        reader.stop_if_broken()
        return _Given(path.stem, path.stem, path, unit, curve)  # type: ignore[arg-type]  # stopped if None
    folder = params_folder() / "evidence"
    curves = read_curves(folder, reader)
    reader.stop_if_broken()
    if name not in curves:
        hint = nearest(name, curves) or (_known(sorted(curves)) if curves else "give a path to a CSV file")
        raise InputError(Problem(f"there is no curve {name!r} in {folder / 'curves.yaml'}", hint=hint))
    entry = curves[name]
    if unit is not None and unit != entry.time_unit:
        raise InputError(Problem(f"times of {name} are in {entry.time_unit}", key="--unit", value=unit))
    curve = read_listed(folder, entry, reader)
    reader.stop_if_broken()
    return _Given(entry.title, name, folder / entry.file, entry.time_unit, curve)  # type: ignore[arg-type]


def clean_file(curve: Digitised, path: Path, unit: str) -> Cleaned:
    """Clean a curve, its file named in every mistake.

    Raises
    ------
    InputError
        With every reason why it cannot be used.
    """
    try:
        return clean(curve, unit=unit.removesuffix("s"))
    except InputError as error:
        raise InputError([replace(told, file=str(path)) for told in error.problems]) from None


def _say(given: _Given, cleaned: Cleaned, patients: Patients, fits: list[Fit]) -> None:
    for repair in cleaned.repairs:
        say(f"{given.path}: {repair}")
    count, events = patients.times.size, int(patients.events.sum())
    say(f"{given.title}: {count} patients reconstructed, {events} with the event, {count - events} censored.")
    _show(given.title, fits)
    if cleaned.curve.risk_times.size == 1:
        say("Without later numbers at risk nobody is taken for censored before the end: fits are too sure.")


def _show(title: str, fits: list[Fit]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from remit.report.fit_tables import RESTRICTED, YEARS, fit_label

    shown = Table(title=f"{title}: fits by AIC", title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    shown.pad_edge, shown.padding = False, (0, 1, 0, 0)
    shown.add_column("Family", overflow="fold")
    shown.add_column("Parameters", overflow="fold")
    heads = ["log L", "AIC", "Durable", *(f"S({year})" for year in YEARS), f"Mean to {RESTRICTED}"]
    for head in heads:
        shown.add_column(head, justify="right", no_wrap=True)
    for fit in fits:
        own = {name: value for name, value in fit.estimates.items() if name != "durable"}
        shown.add_row(
            fit_label(fit),
            ", ".join(f"{name} {value:.3g}" for name, value in own.items()),
            f"{fit.log_likelihood:.1f}",
            f"{fit.aic:.1f}",
            "" if fit.durable is None else f"{fit.durable:.3f}",
            *(f"{fit.curve.survival(float(year))[0]:.3f}" for year in YEARS),
            f"{fit.curve.restricted_mean(float(RESTRICTED))[0]:.2f}",
        )
    show_table(shown)


def _write(folder: Path, given: _Given, curve: Digitised, patients: Patients, fits: list[Fit]) -> None:
    from remit.report.figures.fit import fit_figure
    from remit.report.fit_tables import fits_table, patients_table
    from remit.report.render import render

    folder.mkdir(parents=True, exist_ok=True)
    save_table(folder / "fits.csv", fits_table(fits))
    save_table(folder / "patients.csv", patients_table(patients))
    save_figure(folder, "fit", render(fit_figure(given.title, curve, patients, fits)))
