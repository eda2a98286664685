"""`remit pool`: what it prints and writes."""

from pathlib import Path

import pandas as pd
import pytest

from remit.commands.pool import pool_trials
from remit.errors import InputError

PATIENTS = Path("params/populations/paediatric.yaml")

pytestmark = pytest.mark.usefixtures("project")


def test_the_pools_of_a_population_are_printed_and_written_with_their_figure(capsys):
    folder = pool_trials(None, out=None)
    assert folder == Path("runs/pools/base")
    assert {path.name for path in folder.iterdir()} == {
        "pooled.csv",
        "pooled_trials.csv",
        "forest.png",
        "forest.svg",
    }
    pooled = pd.read_csv(folder / "pooled.csv").set_index(["therapy", "outcome"])
    assert len(pooled) == 8
    assert pooled.loc[("car_t", "cr"), "share"] == pytest.approx(114 / 140)
    trials = pd.read_csv(folder / "pooled_trials.csv")
    assert set(trials[trials["left_out"].notna()]["trial"]) >= {"Seattle Children's Hospital", "CARPALL"}
    shown = capsys.readouterr().out
    assert "0.814 (0.741-0.870)" in shown
    assert "CD19 CAR T cells, cr: left out Seattle Children's Hospital: CR is of an unclear" in shown


def test_the_same_pools_are_the_same_bytes_in_another_folder():
    first, second = pool_trials(None, out="one"), pool_trials(None, out="two")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_a_population_that_names_no_trials_and_a_folder_that_is_a_file_are_told():
    text = PATIENTS.read_text()
    Path("taken").write_text("")
    with pytest.raises(InputError, match="taken"):
        pool_trials(None, out="taken")
    start, end = text.index("  pooling:"), text.index("parameters:")
    PATIENTS.write_text(text[:start] + "\n" + text[end:])
    with pytest.raises(InputError, match="pools no trials"):
        pool_trials(None, out="out")
