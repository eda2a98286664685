"""The committed clinic that the README shows is what the model computes today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from remit.analysis.clinic.compare import results_of, run_rules
from remit.analysis.clinic.opening import open_clinic
from remit.files.clinics import read_clinic
from remit.report.clinic_tables import clinic_replications_table

REFERENCE = Path("runs/reference/clinic/clinic_replications.csv")


def test_a_rerun_of_the_first_replications_gives_every_number_again() -> None:
    stored = pd.read_csv(REFERENCE).query("replication < 2").reset_index(drop=True)
    read = read_clinic("scarce")
    opened = open_clinic(read.loaded.study, replace(read.plan, replications=2))
    pieces = list(run_rules(opened, n_replications=2, seed=read.plan.seed))
    again = clinic_replications_table(results_of(opened, pieces))
    pd.testing.assert_frame_equal(again, stored, rtol=1e-6, atol=1e-9, check_exact=False)
