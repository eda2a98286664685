"""The commands: arguments to calls. No logic."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from remit.cli.options import (
    Debug,
    Draws,
    Force,
    Others,
    Out,
    Processes,
    Scenario,
    Seed,
    Sets,
    Version,
)

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
        "  remit run half-price-car-t --draws 1000    a scenario, 1,000 draws\n\n"
        "  remit run --set settings.horizon='20 years'\n\n"
        "  remit run healthcare-payer --with start-infused\n\n"
        "  remit sweep price-by-durable-share         a grid, with figures\n\n"
        "  remit clinic scarce                        patients who queue for scarce places\n\n"
        "  remit pool                                 the trials behind it, pooled\n\n"
        "  remit claims                               the seed's claims, put to the model\n\n"
        "  remit show base                            every number and its file\n\n"
        "  remit check                                are all YAML files sound?\n\n"
        "  remit verify --engines                     do the engines agree?\n\n"
        "  remit fit curve.csv --unit months          families fitted to your own curve"
    ),
)

STATE = {"debug": False}


@app.callback()
def _root(debug: Debug = False, version: Version = False) -> None:  # noqa: ARG001 - its callback acts
    STATE["debug"] = debug


@app.command()
def run(  # noqa: PLR0913, PLR0917 - one for each option
    scenario: Scenario = None,
    with_: Others = None,
    set_: Sets = None,
    draws: Draws = None,
    seed: Seed = None,
    jobs: Processes = None,
    out: Out = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this part: psa, beside, one_way, two_way, prices, scenarios, sequences, information, "
            "information_without, difference, budget, trace, curves, partitioned, patients, figures."
        ),
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="Leave out this part.")] = None,
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
    draws: Annotated[
        int | None, typer.Option(min=0, help="Draws at each point; 0 for the parameters' means.")
    ] = None,
    jobs: Processes = None,
    out: Out = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the finished points of an interrupted sweep.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Run even a very large grid.")] = False,
    force: Force = False,
) -> None:
    """Evaluate a grid, a list or a Latin hypercube of points: a table, lines, maps, scatter."""
    from remit.commands.sweep import SweepOptions, run_sweep_file

    command = tuple(sys.argv[1:])
    run_sweep_file(name, SweepOptions(draws, jobs, out, resume, yes, force, command))


@app.command()
def clinic(  # noqa: PLR0913, PLR0917 - one for each option
    name: Annotated[
        str | None,
        typer.Argument(
            help="A clinic in params/clinics (an unknown name lists them), or a path.",
            metavar="[CLINIC]",
            show_default="scarce",
        ),
    ] = None,
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="Its study.", show_default="as the clinic says")
    ] = None,
    patients: Annotated[int | None, typer.Option(help="Patients who count in each replication.")] = None,
    replications: Annotated[int | None, typer.Option(help="Replications.")] = None,
    seed: Seed = None,
    jobs: Processes = None,
    out: Out = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the finished replications of an interrupted clinic.")
    ] = False,
    film: Annotated[
        bool,
        typer.Option(
            "--film", help="Film the first replication under the last rule too: figures/clinic.gif."
        ),
    ] = False,
    force: Force = False,
) -> None:
    """Let patients queue for scarce places, and compare rules for whom to give what: waits, health, costs."""
    from remit.commands.clinic import ClinicOptions, run_clinic_file

    command = tuple(sys.argv[1:])
    options = ClinicOptions(scenario, patients, replications, seed, jobs, out, resume, film, force, command)
    run_clinic_file(name, options)


@app.command()
def calibrate(
    scenario: Scenario = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last finished stage of an interrupted one.")
    ] = False,
    out: Out = None,
    force: Force = False,
) -> None:
    """Fit a scenario's parameters to its targets: posterior, tables and figures of the fit."""
    from remit.commands.calibrate import calibrate as calibrate_scenario

    calibrate_scenario(scenario, resume=resume, out=out, force=force, command=sys.argv[1:])


@app.command()
def pool(
    scenario: Scenario = None,
    out: Annotated[
        str | None, typer.Option(help="The exact folder to write.", show_default="runs/pools/SCENARIO")
    ] = None,
) -> None:
    """Pool the trials that a scenario's population names: tables and forest plots."""
    from remit.commands.pool import pool_trials

    pool_trials(scenario, out=out)


@app.command()
def validate(scenario: Scenario = None, out: Out = None, force: Force = False) -> None:
    """Predict outcomes that took no part in the calibration, and show which lie inside the intervals."""
    from remit.commands.validate import validate as validate_scenario

    validate_scenario(scenario, out=out, force=force, command=sys.argv[1:])


@app.command()
def average(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help="Scenarios with calibrations of their own.", show_default="base and relapse-..."),
    ] = None,
    draws: Draws = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Show structures of the model side by side, and averaged by how well each fits its targets."""
    from remit.commands.average import average as average_scenarios

    average_scenarios(scenarios or [], draws=draws, out=out, force=force, command=sys.argv[1:])


@app.command()
def claims(
    draws: Annotated[
        int | None,
        typer.Option(help="Draws of each check; 0 for the parameters' means alone.", show_default="500"),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="The exact folder to write.", show_default="runs/claims"),
    ] = None,
) -> None:
    """Put the claims of the seed to the model: what it says, agrees or not, and why."""
    from remit.commands.claims import answer_claims

    answer_claims(draws=draws, out=out)


@app.command()
def show(scenario: Scenario = None, with_: Others = None, set_: Sets = None) -> None:
    """Show every resolved value with its mean, distribution, source and the file that set it."""
    from remit.commands.show import show_study

    show_study(scenario, others=with_ or (), settings=set_ or ())


@app.command()
def check(
    path: Annotated[
        str | None, typer.Argument(help="A scenario or a path.", show_default="all of params")
    ] = None,
) -> None:
    """Check the YAML of a scenario, or of all scenarios, without running anything."""
    from remit.commands.check import check_files

    check_files(path)


@app.command()
def verify(  # noqa: PLR0913, PLR0917 - one for each option
    scenario: Scenario = None,
    with_: Others = None,
    set_: Sets = None,
    engines: Annotated[
        bool, typer.Option("--engines", help="Compare the engines with each other instead.")
    ] = False,
    all_: Annotated[bool, typer.Option("--all", help="With --engines: on every shipped scenario.")] = False,
    patients: Annotated[
        int | None,
        typer.Option(min=1, help="With --engines: patients followed one by one.", show_default="120,000"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="With --engines: their seed.", show_default="1")
    ] = None,
    jobs: Processes = None,
    out: Annotated[
        str | None, typer.Option(help="With --engines: a .csv file for every comparison.", metavar="FILE")
    ] = None,
) -> None:
    """Run the verification tests on a scenario and show what each measured."""
    if not engines:
        own = {"--all": all_, "--patients": patients, "--seed": seed, "--jobs": jobs, "--out": out}
        for name, given in own.items():
            if given not in (None, False):
                raise typer.BadParameter("it goes with --engines", param_hint=name)
        from remit.commands.verify import verify_study

        passed = verify_study(scenario, others=with_ or (), settings=set_ or ())
    else:
        from remit.commands.engines import EngineOptions, compare_engines_of

        others, settings = tuple(with_ or ()), tuple(set_ or ())
        passed = compare_engines_of(
            EngineOptions(scenario, all_, others, settings, patients, seed, jobs, out)
        )
    if not passed:
        raise typer.Exit(1)


@app.command()
def plot(run_folder: Annotated[str, typer.Argument(help="A finished run.", metavar="RUN")]) -> None:
    """Draw the figures of a finished run again."""
    from remit.commands.plot import plot_run

    plot_run(run_folder)


@app.command()
def fit(
    curve: Annotated[
        str, typer.Argument(help="A CSV file, or a curve of params/evidence/curves.yaml.", metavar="CURVE")
    ],
    unit: Annotated[
        str | None, typer.Option(help="The unit of the times in a CSV.", show_default="months")
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family (may be repeated).", show_default="all")
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="The exact folder to write.", show_default="runs/fits/CURVE")
    ] = None,
) -> None:
    """Fit survival families to a digitised Kaplan-Meier curve with its numbers at risk."""
    from remit.commands.fit import fit_curve

    fit_curve(curve, unit=unit, families=family or (), out=out)
