"""Digitised curves as CSV files: what is read, and one line for each mistake."""

from pathlib import Path

import pytest

from remit.files.digitised import read_curves, read_digitised, read_listed
from remit.files.reader import Reader

SOUND = """# read from a figure
time,survival,n_at_risk
0,1,60
3,0.8,
6,0.7,30

12,0.5,
# the table goes on
12,,9
"""
LIST = """title: Curves
curves:
  own: {title: Own trial, file: own.csv, time_unit: months, endpoint: efs, of: treated, origin: infusion,
        n: 60, events: 24, source: maude2018, where: Figure 1, tag: DERIVED}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "own.csv").write_text(SOUND)
    (tmp_path / "curves.yaml").write_text(LIST)
    return tmp_path


def test_a_sound_file_is_read_in_years(folder):
    reader = Reader()
    curve = read_digitised(folder / "own.csv", "months", reader, events=24)
    assert reader.problems == []
    assert curve.times.tolist() == [0, 0.25, 0.5, 1]
    assert curve.survival.tolist() == [1, 0.8, 0.7, 0.5]
    assert curve.risk_times.tolist() == [0, 0.5, 1]
    assert curve.at_risk.tolist() == [60, 30, 9]
    assert curve.events == 24


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("time,survival,n_at_risk", "month,survival,n", 2, "begins with the columns time,survival,n_at_risk"),
        ("3,0.8,", "3,0.8", 4, "row = '3,0.8': a row has 3 cells"),
        ("3,0.8,", "3,80%,", 4, "survival = '80%': survival is a share from 0 to 1"),
        ("3,0.8,", "three,0.8,", 4, "time = 'three': this is not a number"),
        ("3,0.8,", "inf,0.8,", 4, "time = 'inf': this is not a number"),
        ("3,0.8,", ",0.8,", 4, "time: a row needs its time"),
        ("3,0.8,", "3,,", 4, "a row needs its survival, its number at risk, or both"),
        ("6,0.7,30", "6,0.7,30.5", 5, "n_at_risk = '30.5': a number at risk is a whole number"),
        ("6,0.7,30", "6,0.7,-1", 5, "n_at_risk = '-1': a number at risk is a whole number"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_line(folder, old, new, line, said):
    path = folder / "own.csv"
    path.write_text(SOUND.replace(old, new))
    reader = Reader()
    assert read_digitised(path, "months", reader) is None
    (problem,) = reader.problems
    assert str(problem).startswith(f"{path}:{line}: ")
    assert said in str(problem)


def test_all_mistakes_of_a_file_are_told_at_once(folder):
    path = folder / "own.csv"
    path.write_text(SOUND.replace("3,0.8,", "3,x,").replace("6,0.7,30", "6,0.7,y"))
    reader = Reader()
    assert read_digitised(path, "months", reader) is None
    assert [problem.line for problem in reader.problems] == [4, 5]


@pytest.mark.parametrize(
    ("content", "unit", "said"),
    [
        ("", "months", "begins with the columns"),
        ("time,survival,n_at_risk\n", "months", "the curve has no rows"),
        (SOUND, "month", None),
        (SOUND, "moons", "no such unit of time"),
        (None, "months", "the curve cannot be read: no such file"),
        (b"\xff\xfe", "months", "it is not utf-8 text"),
    ],
)
def test_a_file_that_is_no_curve_is_told(tmp_path, content, unit, said):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    reader = Reader()
    curve = read_digitised(path, unit, reader)
    assert [said in str(problem) for problem in reader.problems] == ([True] if said else [])
    assert (curve is None) == bool(said)


def test_a_listed_curve_is_read_with_what_is_said_of_it(folder):
    reader = Reader()
    curves = read_curves(folder, reader, sources=["maude2018"])
    assert reader.problems == []
    assert curves["own"].endpoint == "efs"
    assert read_listed(folder, curves["own"], reader).events == 24
    assert read_curves(Path(folder, "nowhere"), reader) == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("own.csv", "other.csv", "no such file in"),
        ("maude2018", "maud2018", "no such source in sources.yaml (did you mean 'maude2018'?)"),
        ("months", "moons", "time_unit"),
        ("endpoint: efs", "endpoint: rfs", "RFS starts at remission: it is of responders, not of treated"),
        ("of: treated", "of: unclear", "a note saying what is not known"),
        ("tag: DERIVED", "tag: RECALLED", "has source assumption, and a note"),
        ("events: 24", "events: 61", "has at most as many events"),
    ],
)
def test_a_mistake_in_the_list_of_curves_is_told_with_its_line(folder, old, new, said):
    (folder / "curves.yaml").write_text(LIST.replace(old, new))
    reader = Reader()
    read_curves(folder, reader, sources=["maude2018"])
    (problem,) = reader.problems
    assert said in str(problem)
    assert problem.line in {3, 4}


def test_the_number_of_patients_must_be_that_of_the_table(folder):
    (folder / "curves.yaml").write_text(LIST.replace("n: 60", "n: 61"))
    reader = Reader()
    assert read_listed(folder, read_curves(folder, reader)["own"], reader) is None
    assert "starts with 60 at risk, the entry says n: 61" in str(reader.problems[0])
