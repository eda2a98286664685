"""`remit verify`: the verification tests on one scenario, with what each measured."""

from __future__ import annotations

from collections.abc import Iterable

from remit.analysis.verification import verify
from remit.commands.screen import say, show_table
from remit.files.studies import read_study


def verify_study(scenario: str | None, *, others: Iterable[str], settings: Iterable[str]) -> bool:
    """Run the verification tests and return whether all passed."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    study = read_study(scenario, others=others, settings=settings).study
    table = Table(title=f"Verification: {study.title}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Test")
    table.add_column("About")
    for head in ("Measured", "Tolerated", "Result"):
        table.add_column(head, justify="right", no_wrap=True)
    checks = list(verify(study))
    for check in checks:
        result = "passed" if check.passed else "FAILED"
        table.add_row(check.test, check.about, f"{check.measured + 0.0:.2g}", f"{check.tolerance:g}", result)
    show_table(table)
    failed = [check.test for check in checks if not check.passed]
    say(
        f"{len(checks) - len(failed)} of {len(checks)} passed."
        + (f" Failed: {', '.join(failed)}" if failed else "")
    )
    return not failed
