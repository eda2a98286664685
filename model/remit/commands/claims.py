"""`remit claims`: what the model says to the claims of the seed, as a table and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from remit.analysis.claims import Answer, Answered, Worked, answer, numbers_of, work_out
from remit.analysis.measures import Number
from remit.commands.screen import say, show_table, stage
from remit.errors import InputError, Problem
from remit.files.claims import LoadedClaims, read_claims
from remit.files.results import save_table
from remit.files.runs import writing_failed
from remit.report.claims_tables import claims_page, claims_table, number_of
from remit.report.figures.style import percent

DRAWS = 500


def answer_claims(*, draws: int | None, out: str | None) -> Path:
    """Put every claim to the model, print what it says and write it; return the folder.

    Parameters
    ----------
    draws
        In how many draws each check is tried; 0 for the parameters' means alone, None for ``DRAWS``.
    out
        The exact folder to write.

    Raises
    ------
    InputError
        Where the claims or a scenario are wrong, or the folder cannot be written.
    """
    n_draws = DRAWS if draws is None else draws
    if n_draws < 0:
        raise InputError(Problem("draws must be 0 or more", key="--draws", value=draws))
    loaded = read_claims()
    worked = _worked(loaded, n_draws)
    answered = [answer(number, claim, worked) for number, claim in loaded.claims.items()]
    _show(answered)
    folder = Path(out) if out is not None else Path("runs") / "claims"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_table(folder / "claims.csv", claims_table(answered))
        (folder / "claims.md").write_text(claims_page(answered, n_draws=n_draws), encoding="utf-8")
    except OSError as error:
        raise writing_failed(error) from error
    say(f"Claims: {folder}")
    return folder


def _worked(loaded: LoadedClaims, n_draws: int) -> Mapping[Number, Worked]:
    """Work out every number, scenario by scenario, with the same seed for all."""
    seed = loaded.studies["base"].study.psa.seed
    found: dict[Number, Worked] = {}
    for scenario, numbers in numbers_of(loaded.claims.values()).items():
        study = loaded.studies[scenario].study
        with stage(f"{study.title}: {len(numbers)} numbers"):
            found |= work_out(study, numbers, loaded.tables, n_draws=n_draws, seed=seed)
    return found


def _show(answered: Sequence[Answered]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    title = "What the model says to the claims of the seed"
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("Claim, and what is asked", overflow="fold")
    table.add_column("Scenario", overflow="fold")
    for head in ("Model", "Asked for", "Draws"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("Verdict")
    for one in answered:
        table.add_row(one.number, escape(one.claim.claim), "", "", "", "", one.verdict)
        for each in one.answers:
            asked = f"  {escape(each.check.says)}"
            table.add_row("", asked, each.check.scenario or "base", *_cells(each), _word(each))
    show_table(table)
    for one in answered:
        if one.why:
            say(f"{one.number}: {one.why}")
    words = [one.verdict for one in answered]
    counts = ", ".join(f"{word}: {words.count(word)}" for word in dict.fromkeys(words))
    say(f"Of {len(answered)} claims: {counts}.")


def _cells(each: Answer) -> tuple[str, str, str]:
    sign = {"above": ">", "below": "<", "equal": "="}[each.check.is_]
    near = f" ± {each.check.within:g}" if each.check.within else ""
    surely = "" if each.probability is None else percent(each.probability)
    return number_of(each, each.value), f"{sign} {number_of(each, each.other)}{near}", surely


def _word(each: Answer) -> str:
    return "yes" if each.holds else "no"
