"""A params folder of one's own to break things in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PARAMS = Path(__file__).parents[1] / "params"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a working directory with a copy of the params folder."""
    shutil.copytree(PARAMS, tmp_path / "params")
    monkeypatch.chdir(tmp_path)
    return tmp_path
