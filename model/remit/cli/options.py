"""Arguments and options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Scenario = Annotated[
    str | None, typer.Argument(help="A scenario in params/scenarios, or a path.", show_default="base")
]
Others = Annotated[list[str] | None, typer.Option("--with", help="Another scenario, applied on top.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", help="NAME=VALUE; fixes a parameter or changes a setting.")
]
Draws = Annotated[int | None, typer.Option(help="Draws of the PSA.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the draws.")]
Processes = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, help="Processes; the results do not depend on it.", show_default="number of cores"
    ),
]
Out = Annotated[
    str | None, typer.Option(help="The exact folder to write.", show_default="runs/DATE-SCENARIO-HASH")
]
Force = Annotated[bool, typer.Option("--force", help="Repeat a finished run.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def _version(wanted: bool) -> None:
    if wanted:
        from remit import __version__

        typer.echo(__version__)
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
]
