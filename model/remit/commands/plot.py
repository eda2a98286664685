"""`remit plot`: draw the figures of a finished run again, from its own results and inputs."""

from __future__ import annotations

from pathlib import Path

from remit.commands.screen import say, stage
from remit.files.runs import read_manifest, read_table, redraw
from remit.report.context import context_from
from remit.report.figures import draw


def plot_run(name: str) -> None:
    """Redraw the figures of a run folder.

    Raises
    ------
    InputError
        Where the folder is no finished run.
    """
    folder = Path(name)
    manifest = read_manifest(folder)
    results = {path.name: read_table(folder, path.name) for path in sorted((folder / "results").iterdir())}
    with stage("figures"):
        count = redraw(folder, draw(results, context_from(manifest["context"])))
    say(f"{count} figures drawn in {folder / 'figures'}")
