"""The seed paper's tables, read again from their text by another route, against params/evidence."""

import copy
import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError

from remit.inputs.evidence import Landmark, Reports, SeedTable, Share, StudyRow
from remit.inputs.sources import Source

HERE = Path(__file__).parent
PARAMS = HERE.parents[1] / "params"
TEXT = (HERE / "seed_tables.txt").read_text(encoding="utf-8")
BLINATUMOMAB = yaml.safe_load((PARAMS / "evidence" / "blinatumomab.yaml").read_text(encoding="utf-8"))
CAR_T = yaml.safe_load((PARAMS / "evidence" / "car_t.yaml").read_text(encoding="utf-8"))
LANDMARKS = yaml.safe_load((PARAMS / "evidence" / "landmarks.yaml").read_text(encoding="utf-8"))
SOURCES = yaml.safe_load((PARAMS / "sources.yaml").read_text(encoding="utf-8"))

# First author, year, journal and where: the numbered references of the rows, copied from the seed's list.
REFERENCES = {
    5: ("Topp MS", 2014, "J Clin Oncol", "32(36):4134-4140"),
    6: ("Topp MS", 2015, "Lancet Oncol", "16(1):57-66"),
    7: ("Martinelli G", 2017, "J Clin Oncol", "35(16):1795-1802"),
    8: ("Kantarjian H", 2017, "N Engl J Med", "376(9):836-847"),
    9: ("Aldoss I", 2017, "Am J Hematol", "92(9):858-865"),
    10: ("von Stackelberg A", 2016, "J Clin Oncol", "34(36):4381-4389"),
    13: ("Maude SL", 2014, "N Engl J Med", "371(16):1507-1517"),
    14: ("Park JH", 2018, "N Engl J Med", "378(5):449-459"),
    15: ("Maude SL", 2018, "N Engl J Med", "378(5):439-448"),
    16: ("Lee DW III", 2016, "Blood", "128(22), abstract 218"),
    17: ("Gardner RA", 2017, "Blood", "129(25):3322-3331"),
    18: ("Hay KA", 2019, "Blood", "133(15):1652-1663"),
    19: ("Pan J", 2017, "Leukemia", "31(12):2587-2593"),
    20: ("Ghorashian S", 2019, "Nat Med", "25(9):1408-1414"),
    21: ("Khaled SK", 2018, "Blood", "132(suppl 1), abstract 4016"),
    50: ("Topp MS", 2011, "J Clin Oncol", "29(18):2493-2498"),
    51: ("Gökbuget N", 2017, "Haematologica", "102(4):e132-e135"),
    52: ("Gökbuget N", 2018, "Blood", "131(14):1522-1531"),
}

SHARE = r"NA|NR|\d+"
SURVIVAL = r"\d+-(?:y|mo) = \d+%|(?:Median = )?\d+(?:\.\d+)? mo|NR§?"
ROW = re.compile(
    r"(?P<label>\D.*?) +(?P<n>\d+) +(?P<median>\d+) \((?P<youngest><?\d+)-(?P<oldest>\d+)\)"
    rf" +(?P<cr>{SHARE}) +(?P<mrd_cr>{SHARE}) +(?P<relapse>{SHARE})"
    rf" +(?P<without_event>{SURVIVAL}) +(?P<os>{SURVIVAL})"
)
SECOND_LINE = re.compile(r"(?P<median>\d+) \((?P<youngest><?\d+)-(?P<oldest>\d+)\)")
CELLS = ("cr", "mrd_cr", "relapse", "without_event", "os")


def printed_rows(number):
    part = TEXT.split("Table 2.")[number - 1]
    lines = [line.replace("\u00a0", " ").strip() for line in part.splitlines()]
    rows = [
        ROW.fullmatch(line) or SECOND_LINE.fullmatch(line)
        for line in lines
        if re.search(r"\(<?\d+-\d+\)", line)
    ]
    assert all(rows)
    return [row.groupdict() for row in rows]


def label_and_references(label):
    if label == "Phase 38":  # "Phase 3", reference 8: the list's 38 is an economic evaluation
        return "Phase 3", [8]
    name, numbers = re.fullmatch(r"(.*?\D)((?:\d+,)*\d+)", label).groups()
    return name, [int(number) for number in numbers.split(",")]


def number(text):
    return float(text) if "." in text else int(text)


def meaning(text):
    """What a printed cell says: (value, unit, at)."""
    if text in ("NA", "NR", "NR§"):
        return text.rstrip("§"), None, None
    if text.endswith("%"):
        time, unit, share = re.fullmatch(r"(\d+)-(y|mo) = (\d+)%", text).groups()
        return int(share), "percent", f"{time} {'years' if unit == 'y' else 'months'}"
    if text.endswith(" mo"):
        return number(text.removeprefix("Median = ").removesuffix(" mo")), "months", None
    return int(text), "percent", None


def pairs(number, table):
    studies = table["studies"]
    return [(key, row, studies[key]) for key, row in zip(studies, printed_rows(number), strict=False)]


PAIRS = [*pairs(1, BLINATUMOMAB), *pairs(2, CAR_T)]
WHOLE = [(key, row, study) for key, row, study in PAIRS if "label" in row]
every_row = pytest.mark.parametrize(("row", "study"), [p[1:] for p in PAIRS], ids=[p[0] for p in PAIRS])
every_whole_row = pytest.mark.parametrize(("row", "study"), [p[1:] for p in WHOLE], ids=[p[0] for p in WHOLE])


def column(study, name):
    return study.get("rfs", study.get("efs")) if name == "without_event" else study[name]


def parse(cls, data):
    adapter = TypeAdapter(list[cls], config=ConfigDict(extra="forbid", strict=True))
    return adapter.validate_json(json.dumps([data]))[0]


def test_table_1_has_eight_rows_and_table_2_ten():
    assert (len(printed_rows(1)), len(BLINATUMOMAB["studies"])) == (8, 8)
    assert (len(printed_rows(2)), len(CAR_T["studies"])) == (10, 10)


@every_row
def test_the_ages_of_every_row_are_those_printed(row, study):
    youngest = row["youngest"] if row["youngest"].startswith("<") else int(row["youngest"])
    assert study["age"] == {"median": int(row["median"]), "youngest": youngest, "oldest": int(row["oldest"])}


@every_whole_row
def test_the_name_number_and_references_of_every_row_are_those_printed(row, study):
    assert (study["printed"], study["reference"]) == label_and_references(row["label"])
    assert study["n"] == int(row["n"])


@pytest.mark.parametrize("name", CELLS)
@every_whole_row
def test_every_cell_says_what_is_printed(row, study, name):
    cell = column(study, name)
    assert (cell["value"], cell.get("unit"), cell.get("at")) == meaning(row[name])


def test_the_survival_column_has_the_name_of_its_head():
    assert all("rfs" in study and "efs" not in study for study in BLINATUMOMAB["studies"].values())
    assert all("efs" in study and "rfs" not in study for study in CAR_T["studies"].values())


def test_the_second_line_of_hebei_prints_an_age_and_nothing_else():
    study = CAR_T["studies"]["hebei_mrd"]
    assert study["continues"] == "hebei"
    assert study["n"] == "not printed"
    assert all(column(study, name) == {"value": "not printed"} for name in CELLS)


def test_not_available_and_not_reported_are_kept_apart():
    cells = [column(study, name)["value"] for _, _, study in WHOLE for name in CELLS]
    body = "\n".join(line for line in TEXT.splitlines() if re.search(r"\(\d+-\d+\)", line))
    assert cells.count("NA") == len(re.findall(r"\bNA\b", body)) == 2
    assert cells.count("NR") == len(re.findall(r"\bNR\b", body)) == 8


def test_every_footnote_of_the_text_stands_in_the_table_and_no_other():
    for part, table in zip(TEXT.split("Table 2."), (BLINATUMOMAB, CAR_T), strict=True):
        after = part.split("\u00a0")[-1].split("\n\n")
        printed = [text.strip().lstrip("*") for text in after if text.strip() not in ("", "§")]
        printed = [text for text in printed if not text.startswith("NA, not available")]
        assert [note["text"] for note in table["footnotes"]] == printed
    assert BLINATUMOMAB["legend"] in TEXT.splitlines()


def test_only_cells_that_print_the_section_mark_have_its_footnote():
    text = next(note["text"] for note in CAR_T["footnotes"] if note["mark"] == "§")
    marked = {(key, name) for key, row, _ in WHOLE for name in CELLS if row[name].endswith("§")}
    noted = {
        (key, name)
        for key, _, study in PAIRS
        for name in CELLS
        if column(study, name).get("footnote") == text
    }
    assert marked == noted == {("hebei", "without_event"), ("hebei", "os")}


def test_the_shares_after_hsct_are_those_of_the_footnote():
    time, lfs, _, relapse = re.search(
        r"After HSCT: (\d+)-month LFS, ([\d.]+)%; (\d+)-month relapse rate, ([\d.]+)%", TEXT
    ).groups()
    hebei = CAR_T["studies"]["hebei"]
    for cell, value in ((hebei["lfs_after_hsct"], lfs), (hebei["relapse_after_hsct"], relapse)):
        assert (cell["value"], cell["unit"]) == (float(value), "percent")
        assert (cell["at"], cell["of"]) == (f"{time} months", "transplanted")


def test_a_footnote_whose_mark_is_lost_is_never_called_verified():
    for table in (BLINATUMOMAB, CAR_T):
        lost = {note["text"]: note["reading"] for note in table["footnotes"] if note["mark"] == "lost"}
        assert "VERIFIED" not in lost.values()
        for study in table["studies"].values():
            for cell in (study, *(column(study, name) for name in CELLS)):
                if cell.get("footnote") in lost:
                    assert cell["reading"] == lost[cell["footnote"]]


def test_the_row_whose_survival_exceeds_its_response_is_of_responders():
    nci = CAR_T["studies"]["nci"]
    assert nci["efs"]["value"] > nci["cr"]["value"]
    assert (nci["efs"]["endpoint"], nci["efs"]["of"]) == ("lfs", "responders")
    assert (nci["os"]["endpoint"], nci["os"]["of"]) == ("os", "infused")


def whole_patients(percent, n):
    return [k for k in range(n + 1) if int(100 * k / n + 0.5) == percent]


@every_whole_row
def test_a_derived_denominator_of_mrd_negative_cr_is_what_whole_patients_allow(row, study):
    cell, n = study["mrd_cr"], study["n"]
    if cell.get("reading") != "DERIVED":
        return
    (responders,) = whole_patients(study["cr"]["value"], n)
    assert row["mrd_cr"] == str(cell["value"])
    if cell["of"] == "responders":
        assert cell["value"] > study["cr"]["value"]
        assert whole_patients(cell["value"], responders)
    else:
        assert whole_patients(cell["value"], n)
        assert not whole_patients(cell["value"], responders)


@every_row
def test_every_row_has_a_source_that_is_its_numbered_reference(row, study):
    keys = [study["source"], *study.get("also", [])]
    assert set(keys) <= SOURCES.keys()
    if "label" in row:
        assert [SOURCES[key]["reference"] for key in keys] == label_and_references(row["label"])[1]


@pytest.mark.parametrize("number", REFERENCES)
def test_a_source_agrees_with_the_numbered_reference(number):
    (key,) = [key for key, source in SOURCES.items() if source.get("reference") == number]
    source = SOURCES[key]
    author, year, journal, citation = REFERENCES[number]
    assert source["authors"].startswith(f"{author}, ")
    assert (source["year"], source["journal"], source["citation"]) == (year, journal, citation)
    surname = author.rsplit(" ", 2 if author.endswith("III") else 1)[0]
    assert key == f"{surname.lower().replace(' ', '_').replace('ö', 'o')}{year}"


def test_every_source_is_a_source_and_none_has_the_name_kept_for_assumptions():
    for data in SOURCES.values():
        parse(Source, data)
    assert "assumption" not in SOURCES


def test_every_reported_number_names_a_source_or_is_an_assumption():
    for kind in ("landmarks", "shares"):
        for row in LANDMARKS[kind].values():
            assert row["source"] in SOURCES or (row["source"] == "assumption" and row["tag"] == "RECALLED")


def test_the_landmarks_agree_with_the_rows_of_the_tables():
    eliana, tower = CAR_T["studies"]["eliana"], BLINATUMOMAB["studies"]["tower"]
    children = BLINATUMOMAB["studies"]["mt103_205"]
    adults = {
        f"{key}_{name}_median": table["studies"][key][name]
        for table, key, names in (
            (BLINATUMOMAB, "phase_2_pilot", ("rfs", "os")),
            (BLINATUMOMAB, "phase_2_confirmatory", ("rfs", "os")),
            (BLINATUMOMAB, "alcantara", ("rfs", "os")),
            (BLINATUMOMAB, "city_of_hope_retrospective", ("rfs",)),
            (BLINATUMOMAB, "blast", ("os",)),
            (CAR_T, "mskcc", ("efs", "os")),
            (CAR_T, "fhcrc", ("os",)),
        )
        for name in names
    }
    for key, cell in {
        **adults,
        "eliana_primary_efs_12m": eliana["efs"],
        "eliana_primary_os_12m": eliana["os"],
        "tower_efs_6m": tower["rfs"],
        "tower_os_median": tower["os"],
        "mt103_205_rfs_median": children["rfs"],
        "mt103_205_os_median": children["os"],
    }.items():
        mark = LANDMARKS["landmarks"][key]
        factor = 100 if mark["unit"] == "probability" else 1
        assert mark["value"] * factor == pytest.approx(cell["value"])
        assert [mark.get(field) for field in ("at", "endpoint", "of")] == [
            cell.get(field) for field in ("at", "endpoint", "of")
        ]


@pytest.mark.parametrize("table", [BLINATUMOMAB, CAR_T], ids=["blinatumomab", "car_t"])
def test_every_table_fits_its_dataclass(table):
    seed = parse(SeedTable, table)
    assert list(seed.studies) == list(table["studies"])
    assert all(isinstance(row, StudyRow) for row in seed.studies.values())


def test_the_landmarks_fit_their_dataclasses():
    reports = parse(Reports, LANDMARKS)
    assert all(isinstance(mark, Landmark) for mark in reports.landmarks.values())
    assert all(isinstance(share, Share) for share in reports.shares.values())


def broken(data, path, value):
    data = copy.deepcopy(data)
    *above, last = path.split(".")
    place = data
    for step in above:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("eliana.cr.value", 181, "181 percent is outside 0 to 100"),
        ("eliana.cr.unit", None, "needs its unit"),
        ("eliana.cr.of", None, "needs its denominator"),
        ("eliana.cr.reading", None, "needs reading"),
        ("carpall.os.note", None, "unclear needs a note"),
        ("eliana.cr.value", "NR", "NR has no unit"),
        ("eliana.cr.value", "n/a", "Input should be"),
        ("eliana.cr.patients", 61, "Unexpected keyword argument"),
        ("eliana.efs.at", None, "needs the time"),
        ("eliana.efs.at", "12", "is not a time"),
        ("mskcc.efs.at", "6 months", "has no time of its own"),
        ("eliana.os.endpoint", None, "needs its endpoint"),
        ("hebei.os.endpoint", "os", "has no endpoint"),
        ("nci.efs.of", "infused", "LFS starts at remission"),
        ("eliana.efs.value", 82, "82% of infused exceeds the CR of 81%"),
        ("nci.mrd_cr.of", "infused", "86% of infused exceeds the CR of 67%"),
        ("eliana.os.value", 49, "OS of 49 is below 50"),
        ("fhcrc.os.value", 7, "OS of 7 is below 7.6"),
        ("eliana.efs", None, "one column of survival without event"),
        ("eliana.age.median", 24, "not within 3 to 23"),
        ("eliana.n", 0, "n = 0 patients"),
        ("hebei_mrd.continues", "nowhere", "not in this table"),
        ("hebei_mrd.reading", None, "belongs to this row"),
        ("hebei.os.reading", None, "belongs to this cell"),
        ("nci.efs.footnote", "LFS", "a footnote that the table has not"),
    ],
)
def test_a_row_that_cannot_be_is_refused_in_a_plain_sentence(path, value, words):
    parse(SeedTable, CAR_T)
    with pytest.raises(ValidationError, match=re.escape(words)):
        parse(SeedTable, broken(CAR_T, f"studies.{path}", value))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("landmarks.eliana_primary_os_6m.value", 1.1, "1.1 probability is outside 0 to 1"),
        ("landmarks.eliana_primary_os_6m.value", 0.8, "outside its interval 0.81 to 0.95"),
        ("landmarks.rialto_os_median.value", 10, "outside its interval 11 to NE"),
        ("landmarks.eliana_primary_rfs_12m.value", 0.81, "rises with time"),
        ("landmarks.eliana_3y_efs_median.value", 37, "rises with time"),
        ("landmarks.eliana_primary_os_6m.of", "enrolled", "mixes endpoints"),
        ("landmarks.eliana_enrolled_update_os_18m.origin", "moon", "Input should be"),
        ("landmarks.mt103_205_os_median.origin", None, "needs its origin"),
        ("landmarks.eliana_final_os_5y.source", "rives2022", "has source assumption"),
        ("landmarks.eliana_final_os_5y.note", None, "has source assumption, and a note"),
        ("landmarks.eliana_final_os_5y.tag", "VERIFIED", "has source assumption"),
        ("landmarks.eliana_primary_os_6m.unit", "percent", "probability (0 to 1) or months"),
        ("shares.mt103_205_response.events", 30, "30 of 70 is not 0.39"),
        ("shares.mt103_205_response.unit", "months", "A share is a probability"),
    ],
)
def test_a_report_that_cannot_be_is_refused_in_a_plain_sentence(path, value, words):
    parse(Reports, LANDMARKS)
    with pytest.raises(ValidationError, match=re.escape(words)):
        parse(Reports, broken(LANDMARKS, path, value))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("accessed", " ", "how the source was read"),
        ("about", "a trial", "not both"),
        ("year", 18, "not a year of publication"),
        ("doi", "doi:10.1056", "begins with '10.'"),
        ("reference", 0, "starts at 1"),
        ("pages", "1-2", "Unexpected keyword argument"),
    ],
)
def test_a_source_that_cannot_be_is_refused(path, value, words):
    with pytest.raises(ValidationError, match=re.escape(words)):
        parse(Source, broken(SOURCES["maude2018"], path, value))
    with pytest.raises(ValidationError, match="needs a title"):
        parse(Source, {"accessed": "not read"})
