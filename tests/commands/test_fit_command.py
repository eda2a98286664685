"""`remit fit` on a curve digitised from a trial that never was."""

import sys
from pathlib import Path

import pandas as pd
import pytest

from remit import cli

sys.path.insert(0, str(Path(__file__).parents[1] / "survival"))
from trials import CURED, digitise, simulate

pytestmark = pytest.mark.usefixtures("project")
ENTRY = """title: Curves
curves:
  own: {title: Own trial, file: own.csv, time_unit: months, endpoint: efs, of: treated, origin: infusion,
        n: 80, source: maude2018, where: Figure 1, tag: DERIVED}
"""


@pytest.fixture
def remit(monkeypatch, capsys):
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["remit", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        return int(stopped.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def own(project):
    """Write the curve as a user would: months, the table among the points, one click too high."""
    curve = digitise(simulate(CURED, 80, 1), points=120)
    rows = [(12 * t, f"{s:.3f}", "") for t, s in zip(curve.times, curve.survival, strict=True)]
    rows[60] = (rows[60][0], f"{float(rows[59][1]) + 0.002:.3f}", "")
    rows += [(12 * t, "", f"{n:.0f}") for t, n in zip(curve.risk_times, curve.at_risk, strict=True)]
    text = "".join(f"{t:.3f},{s},{n}\n" for t, s, n in sorted(rows, key=lambda row: row[0]))
    (project / "own.csv").write_text("time,survival,n_at_risk\n" + text)
    return Path("own.csv")


def test_a_csv_is_cleaned_reconstructed_and_fitted(remit, own):
    code, out, _ = remit("fit", str(own), "--family", "weibull", "--family", "exponential")
    assert code == 0
    assert "own.csv: 1 point above an earlier one flattened" in out
    assert "own: 80 patients reconstructed, 52 with the event, 28 censored." in out
    folder = Path("runs/fits/own")
    fits = pd.read_csv(folder / "fits.csv")
    assert sorted(zip(fits["family"], fits["cure"], strict=True)) == [
        ("exponential", False),
        ("exponential", True),
        ("weibull", False),
        ("weibull", True),
    ]
    assert fits["aic"].is_monotonic_increasing
    best = fits.iloc[0]
    assert best["cure"]
    assert best["durable"] == pytest.approx(0.31, abs=0.02)
    assert best["survival_1y"] == pytest.approx(0.52, abs=0.02)
    patients = pd.read_csv(folder / "patients.csv")
    assert (len(patients), patients["event"].sum()) == (80, 52)
    assert (folder / "fit.png").read_bytes().startswith(b"\x89PNG")


def test_a_curve_that_is_listed_is_found_by_its_key_and_checked(remit, own):
    Path("params/evidence/own.csv").write_text(own.read_text())
    Path("params/evidence/curves.yaml").write_text(ENTRY)
    assert remit("check")[0] == 0
    code, out, _ = remit("fit", "own", "--family", "exponential", "--out", "there")
    assert code == 0
    assert "Own trial: fits by AIC" in out
    assert Path("there/fits.csv").is_file()
    text = own.read_text().replace("\n0.000,1.000,\n", "\n0.000,0.900,\n", 1)
    Path("params/evidence/own.csv").write_text(text)
    code, _, err = remit("check")
    assert code == 2
    assert "params/evidence/own.csv: survival = 0.9: survival at time 0 must be 1" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fit"], "Missing argument"),
        (["fit", "nobody"], "there is no curve 'nobody'"),
        (["fit", "nobody.csv"], "the curve cannot be read: no such file"),
        (["fit", "own.csv", "--family", "weibul"], "did you mean 'weibull'?"),
        (["fit", "own.csv", "--unit", "moons"], "no such unit of time"),
        (["fit", "flat.csv"], "the curve never falls"),
        (["fit", "rising.csv"], "rising.csv: survival = 0.9: survival rises by 0.1 at 2 months"),
        (["fit", "own.csv", "--family", "exponential", "--out", "own.csv"], "cannot write"),
    ],
)
@pytest.mark.usefixtures("own")
def test_a_mistake_is_one_line_and_exit_code_2(remit, words, said):
    head = "time,survival,n_at_risk\n0,1,10\n"
    Path("flat.csv").write_text(head + "1,1,\n2,1,\n")
    Path("rising.csv").write_text(head + "1,0.8,\n2,0.9,\n")
    code, _, err = remit(*words)
    assert code == 2
    assert len([line for line in err.strip().splitlines() if "fits ..." not in line]) == 1
    assert said in err
