"""A params folder of one's own to break things in, and a terminal like any other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PARAMS = Path(__file__).parents[1] / "params"


@pytest.fixture(autouse=True, scope="session")
def _width_of_no_terminal():
    """Leave out how wide the terminal is in which the tests are run: workers of pytest-xdist are told it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a working directory with a copy of the params folder."""
    shutil.copytree(PARAMS, tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    return tmp_path
