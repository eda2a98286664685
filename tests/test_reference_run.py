"""The committed run that the README shows is what the model computes today."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from remit.commands.run import RunOptions, run

REFERENCE = Path("runs/reference")
TABLES = sorted(path.name for path in (REFERENCE / "results").glob("*.csv"))


@pytest.fixture(scope="module")
def rerun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    manifest = json.loads((REFERENCE / "manifest.json").read_text())
    out = tmp_path_factory.mktemp("reference") / "run"
    return run(RunOptions(out=str(out), draws=manifest["draws"], seed=manifest["seed"], skip=("figures",)))


def test_the_reference_run_has_the_tables_that_the_readme_quotes() -> None:
    assert {
        "outcomes.csv",
        "incremental.csv",
        "incremental_psa.csv",
        "psa_summary.csv",
        "structures.csv",
    } <= set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_rerun_of_the_reference_run_gives_every_number_again(name: str, rerun: Path) -> None:
    stored = pd.read_csv(REFERENCE / "results" / name)
    again = pd.read_csv(rerun / "results" / name)
    # 1e-6 across platforms; on one platform the bytes are the same (tested elsewhere).
    pd.testing.assert_frame_equal(again, stored, rtol=1e-6, atol=1e-9, check_exact=False)
