"""The command line: arguments to calls, errors to one line and an exit code. No logic."""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from remit.errors import RemitError

app = typer.Typer(
    name="remit",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    help=(
        "Which immunotherapy gives patients with relapsed or refractory B-ALL most health for its cost.\n\n"
        "Examples:\n\n"
        "  remit run                                  the base case\n\n"
        "  remit run half-price-car-t --draws 1000    a scenario, with 1,000 draws\n\n"
        "  remit run --set settings.horizon='20 years' --set cost_drug_tisagenlecleucel=200000\n\n"
        "  remit run healthcare-payer --with start-infused\n\n"
        "  remit sweep price-by-durable-share         a grid, with line plot and heat map\n\n"
        "  remit show base                            every number and the file that sets it\n\n"
        "  remit check                                are all YAML files sound?"
    ),
)

Scenario = Annotated[Optional[str], typer.Argument(help="A scenario in params/scenarios, or a path.", show_default="base")]  # noqa: UP045 - typer reads it
Others = Annotated[Optional[list[str]], typer.Option("--with", help="Another scenario, applied on top.")]  # noqa: UP045
Sets = Annotated[Optional[list[str]], typer.Option("--set", help="NAME=VALUE; fixes a parameter or changes a setting.")]  # noqa: UP045
Draws = Annotated[Optional[int], typer.Option(help="Draws of the PSA.")]  # noqa: UP045
Seed = Annotated[Optional[int], typer.Option(help="Seed of the draws.")]  # noqa: UP045
Jobs = Annotated[Optional[int], typer.Option(min=1, help="Threads; the results do not depend on it.", show_default="all cores")]  # noqa: UP045
Out = Annotated[Optional[str], typer.Option(help="The exact folder to write.", show_default="runs/DATE-SCENARIO-HASH")]  # noqa: UP045
Force = Annotated[bool, typer.Option("--force", help="Repeat a finished run.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@app.callback()
def _root(debug: Debug = False) -> None:
    _STATE["debug"] = debug


@app.command()
def run(
    scenario: Scenario = None,
    with_: Others = None,
    set_: Sets = None,
    draws: Draws = None,
    seed: Seed = None,
    jobs: Jobs = None,
    out: Out = None,
    only: Annotated[Optional[list[str]], typer.Option(help="Only this part: psa, trace, curves, figures.")] = None,  # noqa: UP045
    skip: Annotated[Optional[list[str]], typer.Option(help="Leave out this part.")] = None,  # noqa: UP045
    no_figures: Annotated[bool, typer.Option("--no-figures", help="The same as --skip figures.")] = False,
    force: Force = False,
) -> None:
    """Run a scenario: base case, PSA, comparison, tables and figures into a run folder."""
    from remit.commands.run import RunOptions
    from remit.commands.run import run as run_scenario

    run_scenario(
        RunOptions(
            scenario=scenario,
            others=tuple(with_ or ()),
            settings=tuple(set_ or ()),
            draws=draws,
            seed=seed,
            jobs=jobs,
            out=out,
            only=tuple(only or ()),
            skip=(*(skip or ()), *(("figures",) if no_figures else ())),
            force=force,
            command=tuple(sys.argv[1:]),
        )
    )


@app.command()
def sweep(
    name: Annotated[str, typer.Argument(help="A sweep in params/sweeps, or a path.", metavar="SWEEP")],
    draws: Annotated[Optional[int], typer.Option(min=0, help="Draws at each point; 0 for the parameters' means.")] = None,  # noqa: UP045
    jobs: Jobs = None,
    out: Out = None,
    yes: Annotated[bool, typer.Option("--yes", help="Run even a very large grid.")] = False,
    force: Force = False,
) -> None:
    """Evaluate a grid over parameters, settings and scenarios: table, line plot, heat map."""
    from remit.commands.sweep import run_sweep_file

    run_sweep_file(name, draws=draws, jobs=jobs, out=out, yes=yes, force=force, command=sys.argv[1:])


@app.command()
def show(scenario: Scenario = None, with_: Others = None, set_: Sets = None) -> None:
    """Show every resolved value with its mean, distribution, source and the file that set it."""
    from remit.commands.show import show_study

    show_study(scenario, others=with_ or (), settings=set_ or ())


@app.command()
def check(path: Annotated[Optional[str], typer.Argument(help="A scenario or a path.", show_default="all of params")] = None) -> None:  # noqa: UP045
    """Check the YAML of a scenario, or of all scenarios, without running anything."""
    from remit.commands.check import check_files

    check_files(path)


@app.command()
def verify(scenario: Scenario = None, with_: Others = None, set_: Sets = None) -> None:
    """Run the verification tests on a scenario and show what each measured."""
    from remit.commands.verify import verify_study

    if not verify_study(scenario, others=with_ or (), settings=set_ or ()):
        raise typer.Exit(1)


@app.command()
def plot(run_folder: Annotated[str, typer.Argument(help="A finished run.", metavar="RUN")]) -> None:
    """Draw the figures of a finished run again."""
    from remit.commands.plot import plot_run

    plot_run(run_folder)


_STATE = {"debug": False}


def main() -> None:
    """Run the command line; exit code 2 for a user's mistake, 1 for ours."""
    try:
        code = app(standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except RemitError as error:
        _stop(error, error.exit_code)
    except typer.Exit as error:
        raise SystemExit(error.exit_code) from None
    except (KeyboardInterrupt, typer.Abort):
        _stop(RemitError("Interrupted; nothing half-written was left."), 130)
    except Exception as error:
        if hasattr(error, "format_message"):  # a mistake in the options
            _stop(RemitError(f"{error.format_message()} (see: remit --help)"), 2)
        _stop(RemitError(f"Internal error: {error!r} (run `remit --debug ...` for details, and please report it)"), 1)


def _stop(error: Exception, code: int) -> None:
    if _STATE["debug"]:
        raise error
    from remit.commands.screen import complain

    complain(error)
    raise SystemExit(code) from None
