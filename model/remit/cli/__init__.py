"""The command line: commands, and errors to one line and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback

import typer

from remit.cli.app import STATE, app
from remit.commands.screen import complain
from remit.errors import RemitError

INTERRUPTED = 130


def main() -> None:
    """Run the command line; exit code 2 for a user's mistake, 1 for ours."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is ended cleans up as on Ctrl-C
    try:
        code = app(args=sys.argv[1:] or ["--help"], prog_name="remit", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # an interrupt too is said in one line
        raise SystemExit(_told(error)) from None
    if code == INTERRUPTED:  # typer takes Ctrl-C for an ordinary end
        complain("Interrupted: nothing half-written was left.")
    raise SystemExit(code if isinstance(code, int) else 0)


def _told(error: BaseException) -> int:
    """Say what went wrong, in one line for each mistake, and return the exit code."""
    if isinstance(error, typer.Exit | SystemExit):
        return int(getattr(error, "exit_code", None) or getattr(error, "code", None) or 0)
    if STATE["debug"]:
        traceback.print_exception(error)
    if isinstance(error, BrokenPipeError):  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    text, code = _in_words(error)
    complain(text)
    return code


def _in_words(error: BaseException) -> tuple[str, int]:
    if isinstance(error, RemitError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return "Interrupted: nothing half-written was left.", INTERRUPTED
    if isinstance(error, MemoryError):
        return "Out of memory: fewer draws or fewer --jobs need less.", 1
    if hasattr(error, "format_message"):  # a mistake in the options
        command = getattr(getattr(error, "ctx", None), "command_path", "remit")
        return f"{' '.join(error.format_message().split())} (see: {command} --help)", 2
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"Internal error: {said} (please report it; `remit --debug ...` shows where)", 1
