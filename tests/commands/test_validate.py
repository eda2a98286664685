"""`remit validate` and `remit average` as a user runs them."""

import csv
from pathlib import Path

import pytest

from remit.commands.average import average
from remit.commands.validate import validate
from remit.errors import InputError
from remit.files.studies import read_study

pytestmark = pytest.mark.usefixtures("project")


def rows(path):
    with Path(path).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_outcomes_that_took_no_part_are_predicted_and_the_others_are_not(capsys):
    folder = validate("updated-evidence", out="out", force=False, command=[])
    used = set(read_study("updated-evidence").calibration.targets)
    found = rows(folder / "results/validation.csv")
    assert found
    assert not used & {row["target"] for row in found}
    for row in found:
        inside = (
            float(row["posterior_predictive_low"])
            <= float(row["reported"])
            <= float(row["posterior_predictive_high"])
        )
        assert row["foretold"] == str(inside)
    told = sum(row["foretold"] == "True" for row in found)
    assert f"{told} of {len(found)} outcomes" in capsys.readouterr().out
    # Every number of both tables of the seed whose denominator is known has its row.
    seed = rows(folder / "results/seed_tables.csv")
    assert {"mt103_205_cr", "eliana_cr", "eliana_os"} <= {row["target"] for row in seed}


def test_an_outcome_of_a_user_is_predicted_too(capsys, monkeypatch):
    monkeypatch.setattr("remit.commands.validate._draw", lambda *_: None)  # drawn in the test above
    path = Path("params/evidence/targets.yaml")
    own = (
        "mine:\n  title: Mine\n  strategy: car_t\n  evidence: eliana_primary_efs_6m\n  validates: of my own\n"
    )
    path.write_text(path.read_text() + own + "  likelihood: {type: binomial, n: 500}\n")
    validate("trials-only", out="out", force=False, command=[])
    assert "Mine (Tisagenlecleucel, of my own)" in capsys.readouterr().out


def test_scenarios_are_averaged_by_the_evidence_in_their_posteriors():
    folder = average(["base", "relapse-weibull"], draws=60, out="out", force=False, command=[])
    found = rows(folder / "results/average.csv")
    weights = {row["scenario"]: float(row["weight"]) for row in found}
    assert weights["base"] + weights["relapse-weibull"] == pytest.approx(1.0)
    evidence = [read_study(name).study.posterior.log_evidence for name in ("base", "relapse-weibull")]
    assert (weights["base"] > weights["relapse-weibull"]) == (evidence[0] > evidence[1])
    gains = {row["scenario"]: float(row["incremental_qalys"]) for row in found if row["strategy"] == "car_t"}
    assert min(gains["base"], gains["relapse-weibull"]) - 0.2 < gains["average"] < max(gains.values()) + 0.2


@pytest.mark.parametrize(
    ("scenarios", "rule"),
    [(["base", "trials-only"], "other targets"), (["base", "half-price-car-t"], "no calibration of its own")],
)
def test_what_has_no_common_fit_is_not_averaged(scenarios, rule):
    with pytest.raises(InputError, match=rule):
        average(scenarios, draws=10, out="out", force=False, command=[])
