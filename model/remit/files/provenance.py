"""What a run was made with: command, versions, commit; nothing that tells of the folders of this machine."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import remit

PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "seaborn")


def command_words(words: Iterable[str]) -> list[str]:
    """Return the words of a command, absolute paths made relative or cut down to their name."""
    return [_without_folders(word) for word in words]


def machine() -> dict[str, Any]:
    """Return the versions of remit, Python and the packages behind the numbers."""
    return {
        "remit": remit.__version__,
        **_commit(),
        "python": platform.python_version(),
        "platform": f"{sys.platform} {platform.machine()}",
        "packages": {name: version(name) for name in PACKAGES},
    }


def _without_folders(word: str) -> str:
    before, equals, after = word.rpartition("=")
    path = Path(after)
    if not path.is_absolute():
        return word
    here = Path.cwd()
    shown = path.relative_to(here).as_posix() if path.is_relative_to(here) else f".../{path.name}"
    return f"{before}{equals}{shown}"


def _commit() -> dict[str, Any]:
    """Return the commit of the source tree, where remit runs from one."""
    tree = Path(remit.__file__).resolve().parents[2]
    git = shutil.which("git")
    if git is None or not (tree / ".git").exists():
        return {"commit": None, "dirty": None}

    def ask(*words: str) -> str | None:
        command = [git, "-C", str(tree), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        return done.stdout.strip() if done.returncode == 0 else None

    status = ask("status", "--porcelain", "--untracked-files=no")
    return {"commit": ask("rev-parse", "HEAD"), "dirty": None if status is None else bool(status)}
