"""`remit claims`: what it prints and writes."""

from pathlib import Path

import pandas as pd
import pytest

from remit.commands.claims import answer_claims
from remit.errors import InputError

pytestmark = pytest.mark.usefixtures("project")

CLAIMS = """
1:
  claim: One is better than the other
  where: W
  checks:
    - {says: QALYs, measure: qalys, strategy: car_t, is: above, than: {strategy: blinatumomab}}
    - {says: CR, measure: p_cr, therapy: tisagenlecleucel, is: below, than: 0.5, because: "it is 81% | so"}
2:
  claim: Nobody knows
  where: W
  because: no data
"""


@pytest.fixture(autouse=True)
def _claims(project):
    """Write two claims, put to the priors: no posterior has to belong."""
    assert Path.cwd() == project
    Path("params/claims.yaml").write_text(CLAIMS, encoding="utf-8")
    base = Path("params/base.yaml")
    base.write_text(base.read_text().partition("calibration:")[0].replace("beside: [", "beside: [] # ["))


def test_claims_are_printed_and_written_as_a_table_and_a_page(capsys):
    folder = answer_claims(draws=20, out=None)
    assert folder == Path("runs/claims")
    table = pd.read_csv(folder / "claims.csv").set_index("check")
    assert table["verdict"].tolist() == ["agrees in part", "agrees in part", "not testable here"]
    assert table.loc["QALYs", "probability"] > 0.9
    assert table.loc["QALYs", "value"] > table.loc["QALYs", "than"]
    assert not table.loc["CR", "holds"]
    assert table["why"].tolist() == ["it is 81% | so", "it is 81% | so", "no data"]
    page = (folder / "claims.md").read_text()
    assert "| 1 | One is better than the other | base | QALYs: " in page
    assert "not below 0.500 (0%) | agrees in part | it is 81% \\| so |" in page
    assert "| 2 | Nobody knows | - | - | not testable here | no data |" in page
    shown = capsys.readouterr().out
    assert "agrees in part" in shown
    assert "1: it is 81% | so" in shown
    assert "Of 2 claims: agrees in part: 1, not testable here: 1." in shown


def test_the_same_claims_are_the_same_bytes_in_another_folder():
    first, second = answer_claims(draws=5, out="one"), answer_claims(draws=5, out="two")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_without_draws_there_are_no_probabilities():
    folder = answer_claims(draws=0, out="out")
    assert pd.read_csv(folder / "claims.csv")["probability"].isna().all()
    assert "%)" not in (folder / "claims.md").read_text()


def test_a_folder_that_is_a_file_and_a_negative_number_of_draws_are_told():
    Path("taken").write_text("")
    with pytest.raises(InputError, match="taken"):
        answer_claims(draws=0, out="taken")
    with pytest.raises(InputError, match="draws must be 0 or more"):
        answer_claims(draws=-1, out="out")
