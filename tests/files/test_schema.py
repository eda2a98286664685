"""What does not fit a dataclass is told with its place and in plain words."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.errors import InputError
from remit.files.schema import attempt, validate
from remit.files.yaml_text import parse_yaml


@dataclass(frozen=True, slots=True)
class Beta:
    type: Literal["beta"]
    events: int
    n: float

    def __post_init__(self) -> None:
        if self.events > self.n:
            raise ValueError("more events\nthan patients")


@dataclass(frozen=True)
class Gamma:
    type: Literal["gamma"]
    mean: float


@dataclass(frozen=True)
class Metres:
    metres: int


@dataclass(frozen=True)
class Feet:
    feet: int
    inches: int = 0


Number = int | float


@dataclass(frozen=True, kw_only=True)
class Entry:
    value: float
    unit: Literal["probability", "EUR"] = "EUR"
    n: int = 1
    title: str = ""
    listed: bool = True
    from_: float = 0.0
    uncertainty: Beta | Gamma | None = None
    parts: tuple[Beta | Gamma, ...] = ()
    nested: Beta | None = None
    length: Metres | Feet | None = None
    named: dict[str, Beta] = field(default_factory=dict)
    by_age: dict[int, float] = field(default_factory=dict)
    interval: tuple[float, float] = (0.0, 1.0)
    names: tuple[str, ...] = ()
    horizon: float | str = 1.0
    youngest: float | Literal["birth", "school"] = 0.0
    points: Number | dict[str, Number] | dict[Number, Number] = 0
    share: Annotated[float, Ge(0)] = 0.0
    ratio: Annotated[float, Gt(0)] | None = None


def make(text: str, cls: type = Entry) -> object:
    document = parse_yaml(textwrap.dedent(text), "x.yaml")
    return validate(cls, document.data, where=document.where)


def told(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        make(text)
    lines = [str(problem) for problem in caught.value.problems]
    for line in lines:
        assert line.startswith("x.yaml:")
        assert not any(
            jargon in line for jargon in ("Input should", "http", "pydantic", "\n", "Value error", "[key]")
        )
    return lines


def only(text: str) -> str:
    (line,) = told(f"value: 1\n{text}")
    return line.removeprefix("x.yaml:")


def test_a_sound_mapping_becomes_its_dataclass():
    entry = make("""\
        value: 1
        from: 2
        uncertainty: {type: beta, events: 3, n: 4}
        parts: [{type: gamma, mean: 1}, {type: beta, events: 0, n: 1.5}]
        named: {a: {type: beta, events: 3, n: 4}}
        length: {feet: 5, inches: 3}
        interval: [0, 0.5]
        names: [NO, on]
        horizon: 88 years
        """)
    assert entry == Entry(
        value=1.0,
        from_=2.0,
        uncertainty=Beta("beta", 3, 4.0),
        parts=(Gamma("gamma", 1.0), Beta("beta", 0, 1.5)),
        named={"a": Beta("beta", 3, 4.0)},
        length=Feet(5, 3),
        interval=(0.0, 0.5),
        names=("NO", "on"),
        horizon="88 years",
    )
    assert type(entry.value) is float


@pytest.mark.parametrize("table", [{12: 0.93, 12.5: 0.9}, {"a": 1, "b": 2}])
def test_a_table_keeps_numbers_as_keys_and_names_as_keys(table):
    entry, problems = attempt(Entry, {"value": 1, "points": table}, where=lambda _: ("x.yaml", 1))
    assert not problems
    assert entry.points == table
    assert list(map(type, entry.points)) == list(map(type, table))


def test_nothing_is_refused_unless_the_key_is_optional():
    assert make("value: 1\nuncertainty:\nnested: ~\n") == Entry(value=1.0)
    assert only("title: ~") == "2: title: must be a text, but nothing is given"


def test_an_unknown_key_is_told_with_the_nearest_of_its_own_mapping():
    assert only("tilte: x") == "2: tilte = 'x': there is no such key here (did you mean 'title'?)"
    assert only("nested: {type: beta, events: 1, n: 2, event: 3}") == (
        "2: nested.event = 3: there is no such key here (did you mean 'events'?)"
    )
    assert only("uncertainty: {type: beta, events: 1, n: 2, zzz: 3}").endswith(
        "(known keys: type, events, n)"
    )
    assert only("12: 3").startswith("2: 12 = 3: there is no such key here")


def test_a_field_with_an_underscore_is_a_key_without_it():
    assert "did you mean 'from'" in only("from_: 3")


def test_a_missing_key_is_told_at_the_line_of_its_mapping():
    assert (
        only("\n\nnested: {type: beta, n: 2}")
        == "4: nested.events: this key is missing (it must be a whole number)"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("horizon: [1]", "horizon = [1]: must be a number or a text"),
        ("n: 3.0", "n = 3.0: must be a whole number (write 3)"),
        ("n: true", "n = True: must be a whole number"),
        ("n: '475,000'", "n = '475,000': must be a whole number (write 475000)"),
        ("from: 40%", "from = '40%': must be a number (write 0.40)"),
        ("from: true", "from = True: must be a number"),
        ("from: '0.4'", "from = '0.4': must be a number (write 0.4 without quotes)"),
        ("listed: NO", "listed = 'NO': must be true or false"),
        ("listed: 1", "listed = 1: must be true or false"),
        ("title: 3", "title = 3: must be a text (put it in quotes if it is a text)"),
        ("title: true", "title = True: must be a text (put it in quotes if it is a text)"),
        (
            "unit: probabilty",
            "unit = 'probabilty': must be one of probability, EUR (did you mean 'probability'?)",
        ),
        (
            "youngest: birht",
            "youngest = 'birht': must be a number or one of birth, school (did you mean 'birth'?)",
        ),
        ("youngest: 3%", "youngest = '3%': must be a number or one of birth, school (write 0.03)"),
        ("nested: 3", "nested = 3: must be keys with values (its keys: type, events, n)"),
        ("uncertainty: 3", "uncertainty = 3: must be keys with values (with `type` one of beta, gamma)"),
        ("named: [1]", "named = [1]: must be keys with values"),
        ("named: {a: 3}", "named.a = 3: must be keys with values (its keys: type, events, n)"),
        ("by_age: {x: 1}", "by_age.x: the key must be a whole number"),
        ("by_age: {12: 3%}", "by_age.12 = '3%': must be a number (write 0.03)"),
        ("points: {0.5: x}", "points.0.5 = 'x': must be a number"),
        ("points: 1/3", "points = '1/3': must be a number or keys with values (write 0.333333)"),
        ("interval: [1]", "interval = [1]: must be a list of 2 values, but has 1"),
        ("interval: []", "interval = []: must be a list of 2 values, but has 0"),
        ("interval: [1, 2, 3]", "interval = [1, 2, 3]: must be a list of 2 values, but has 3"),
        ("interval: [1, x]", "interval.1 = 'x': must be a number"),
        ("interval: 1", "interval = 1: must be a list of 2 values"),
        ("names: x", "names = 'x': must be a list"),
        ("names: [a, 3]", "names.1 = 3: must be a text (put it in quotes if it is a text)"),
        ("share: -1", "share = -1: must be 0 or more"),
        ("ratio: 0", "ratio = 0: must be above 0"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_what_to_write(text, line):
    assert only(text) == f"2: {line}"


@pytest.mark.parametrize("name", ["from", "horizon"])
def test_a_number_must_be_finite_wherever_it_comes_from(name):
    _, (problem,) = attempt(Entry, {"value": 1, name: float("inf")}, where=lambda _: ("x.yaml", 1))
    assert problem.rule == "must be a finite number"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "{type: bata, x: 1}",
            "uncertainty.type = 'bata': must be one of beta, gamma (did you mean 'beta'?)",
        ),
        ("{type: 3}", "uncertainty.type = 3: must be one of beta, gamma"),
        ("{type: [beta]}", "uncertainty.type = ['beta']: must be one of beta, gamma"),
        ("{events: 3}", "uncertainty.type: this key is missing (one of beta, gamma)"),
        ("{type: gamma, mean: x}", "uncertainty.mean = 'x': must be a number"),
        ("{type: beta, events: 9, n: 3}", "uncertainty.events = 9: more events than patients"),
    ],
)
def test_of_several_dataclasses_only_the_one_meant_is_spoken_of(text, line):
    assert only(f"uncertainty: {text}") == f"2: {line}"


def test_dataclasses_without_a_type_are_told_apart_by_what_fits_best():
    assert only("length: {feet: 5, inch: 1}") == (
        "2: length.inch = 1: there is no such key here (did you mean 'inches'?)"
    )


def test_a_sentence_of_the_dataclass_is_told_at_the_key_that_it_names():
    assert (
        only("\nnested: {type: beta, events: 5, n: 4}") == "3: nested.events = 5: more events than patients"
    )
    assert only("parts:\n- {type: gamma, mean: 1}\n- {type: beta, events: 5, n: 4}") == (
        "4: parts.1.events = 5: more events than patients"
    )


def test_all_problems_are_told_at_once_in_the_order_of_lines():
    lines = told("n: x\nvalue: 40%\nparts: [{type: gamma}, 7]\nzzz: 1\n")
    assert [line.split(" ")[0] for line in lines] == [
        "x.yaml:1:",
        "x.yaml:2:",
        "x.yaml:3:",
        "x.yaml:3:",
        "x.yaml:4:",
    ]


def test_what_is_no_mapping_is_told():
    _, (problem,) = attempt(Metres, [1], where=lambda _: ("x.yaml", 1))
    assert str(problem) == "x.yaml:1: must be keys with values (its keys: metres)"


def test_the_path_of_a_part_leads_to_its_line_and_key():
    document = parse_yaml("a:\n  b:\n    value: 1\n    n: x\n", "x.yaml")
    with pytest.raises(InputError) as caught:
        validate(Entry, document.data["a"]["b"], where=document.where, path=("a", "b"))
    assert str(caught.value) == "x.yaml:4: a.b.n = 'x': must be a whole number"


def test_problems_can_be_gathered_from_many_files_before_they_are_raised():
    gathered = []
    for name in ("x.yaml", "y.yaml"):
        document = parse_yaml("value: x", name)
        entry, problems = attempt(Entry, document.data, where=document.where)
        assert entry is None
        gathered += problems
    assert [problem.file for problem in gathered] == ["x.yaml", "y.yaml"]


def test_importing_the_schema_does_not_import_pydantic():
    code = "import sys, remit.files.schema; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["beta", "gamma", "40%", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "events", "n", "mean", "feet", "a", 12, 0.5]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
KEYS = st.sampled_from([*(name.removesuffix("_") for name in Entry.__dataclass_fields__), "zzz", 3])


@settings(max_examples=200, deadline=None)
@given(data=st.dictionaries(KEYS, PLAIN, max_size=4) | PLAIN)
def test_no_data_make_anything_but_an_entry_or_plain_problems(data):
    entry, problems = attempt(Entry, data, where=lambda _: ("x.yaml", 1))
    assert (entry is None) == bool(problems)
    assert not any("Input should" in str(problem) or "\n" in str(problem) for problem in problems)
