"""Every row of the table of YAML's traps, and what a file may not be."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from remit.errors import InputError, Problem
from remit.files import yaml_text
from remit.files.yaml_text import Document, key_text, number_hint, parse_yaml, read_yaml


@pytest.fixture(params=["libyaml", "pure Python"], autouse=True)
def parser(request, monkeypatch):
    if request.param == "libyaml":
        if not hasattr(yaml, "CBaseLoader"):
            pytest.skip("PyYAML without libyaml")
    else:
        monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    return request.param


def read(text: str) -> Document:
    return parse_yaml(textwrap.dedent(text), "x.yaml")


def refusals(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text)
    lines = [str(problem) for problem in caught.value.problems]
    assert all("\n" not in line and line.startswith("x.yaml:") for line in lines)
    return lines


def refusal(text: str) -> str:
    (line,) = refusals(text)
    return line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000.0),
        ("1.5e5", 150000.0),
        ("1E-4", 0.0001),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        (".5", 0.5),
        ("0.40", 0.4),
        ("3.", 3.0),
        ("0x1F", 31),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
    ],
)
def test_numbers_truth_and_nothing_are_read_as_yaml_1_2_says(text, value):
    data = read(f"a: {text}").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "NO", "on", "yes", "off", "y", "2024-01-31", "2024-01-31 12:30:00", "475,000", "$475000", "40%",
        "1/3", "nan", "inf", "1_000", "1.2.3", "0b11", "43 days", "105:203-215", "-x", "=",
    ],
)  # fmt: skip
def test_words_of_older_yaml_and_dates_stay_texts(text):
    assert read(f"a: {text}").data == {"a": text}


@pytest.mark.parametrize("text", ["010", "1e3", "12:30", ".nan", "true", "~", "2024-01-31"])
def test_what_is_quoted_is_a_text_whatever_it_looks_like(text):
    assert read(f"a: '{text}'").data == {"a": text}


@pytest.mark.parametrize("text", ["12:30", "190:20:30", "-1:30", "1:30.5"])
def test_base_60_is_refused(text):
    assert "base-60" in refusal(f"a: {text}")


@pytest.mark.parametrize(("text", "plain"), [("010", "10"), ("-07", "-7"), ("00.5", "0.5"), ("01e3", "1e3")])
def test_a_leading_zero_is_refused(text, plain):
    assert f"a = '{text}': older YAML reads a leading zero as base 8 (write {plain}" in refusal(f"a: {text}")


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.inf", "+.INF"])
def test_infinite_and_missing_numbers_are_refused_in_values_and_keys(text):
    assert "infinite or missing" in refusal(f"a: [{text}]")
    assert "infinite or missing" in refusal(f"{text}: 1")


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1e-999", "9" * 400])
def test_a_number_that_no_float_holds_is_refused(text):
    assert "number" in refusal(f"a: {text}")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("475,000", "write 475000"),
        ("1,234.50", "write 1234.50"),
        ("$475000", "write 475000"),
        ("€ 475.000,50", "write 475000.50"),
        ("475000 EUR", "write 475000"),
        ("475 000", "write 475000"),
        ("475_000", "write 475000"),
        ("475k", "write 475000"),
        ("1.000.000", "write 1000000"),
        ("40%", "write 0.40"),
        ("3.5 %", "write 0.035"),
        ("1/3", "write 0.333333"),
        ("0,35", "write 0.35"),
        ("\u22120.5", "write -0.5"),
        ("010", "write 10"),
        ("0.4", "write 0.4 without quotes"),
        ("1e3", "write 1e3 without quotes"),
        ("43 days", "write the number alone: 43"),
        ("nan", "give a number, or leave the key out"),
        ("-inf", "give a number, or leave the key out"),
        ("n/a", "give a number, or leave the key out"),
    ],
)
def test_a_number_in_disguise_has_a_hint(text, hint):
    assert number_hint(text) == hint


@pytest.mark.parametrize(
    "text", ["", "ten", "1/0", "1.2.3", "2024-01-31", "12:30", "5-10", "5 million", "9" * 50]
)
def test_what_is_no_number_has_no_hint(text):
    assert number_hint(text) is None


def test_equal_keys_are_refused_with_both_lines():
    assert refusal("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n") == (
        "x.yaml:5: b.c: the key stands twice, on line 3 and on line 5 (keep one of them)"
    )


@pytest.mark.parametrize("text", ["a: 1\n'a': 2", "12: 1\n12.0: 2", "12: 1\n'12': 2", "'12': 1\n12: 2"])
def test_keys_that_differ_only_in_their_writing_are_equal(text):
    assert "on line 1 and on line 2" in refusal(text)


def test_two_documents_are_refused():
    assert "x.yaml:2: a second document begins here" in refusal("a: 1\n---\nb: 1\n")


@pytest.mark.parametrize("tag", ["!foo", "!!python/object:os.system", "!!str", "!!binary"])
@pytest.mark.parametrize("node", ["1", "[1]", "{b: 1}"])
def test_a_tag_is_refused_by_its_name(tag, node):
    assert refusal(f"\na: {tag} {node}") == f"x.yaml:2: a: the tag '{tag}' is not allowed (leave it out)"


def test_anchors_and_aliases_are_refused_even_where_they_recurse():
    anchor, alias = refusals("a: &b [*b]")
    assert "the anchor '&b'" in anchor
    assert "the alias '*b'" in alias


def test_an_alias_bomb_is_refused_before_it_is_built():
    bomb = "a0: &a0 [1, 1]\n" + "".join(f"a{i + 1}: &a{i + 1} [{f'*a{i}, ' * 9}]\n" for i in range(8))
    assert "anchor" in refusals(bomb)[0]


def test_merging_points_to_extends():
    assert "extends" in refusal("<<: {a: 1}")


@pytest.mark.parametrize("text", ["[" * 3000, "{a: " * 3000, "- " * 3000, "? " * 3000])
def test_deep_nesting_is_refused_without_recursion(text):
    assert "nested more than 50 deep" in refusal(text)


def test_fifty_levels_are_allowed_and_one_more_is_not():
    assert read("a: " + "[" * 49 + "]" * 49)
    assert "nested" in refusal("a: " + "[" * 50 + "]" * 50)


def test_too_many_values_are_refused(monkeypatch):
    assert yaml_text.MAX_NODES == 100_000
    monkeypatch.setattr(yaml_text, "MAX_NODES", 1000)
    assert read("a: [" + "1," * 997 + "]")
    assert "more than 1,000 values" in refusal("a: [" + "1," * 998 + "]")


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text("#" + "é" * 1_000_000, encoding="utf-8")
    with pytest.raises(InputError, match="larger than 2 MB"):
        read_yaml(path)
    with pytest.raises(InputError, match="larger than 2 MB"):
        parse_yaml("#" * 2_000_001, "x.yaml")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n\tb: 1", 2, "a tab"),
        ("a: b: c", 1, "': '"),
        ("a: 1\n  b: 2", 2, "indented too far"),
        ("z: 1\na: 'x\nb: 2\n", 2, "a quote opens here and is not closed"),
        ('a: "\\q"', 1, "backslash"),
        ("a: 1\nb\n", 2, "colon"),
        ("a: %x", 1, "cannot begin with '%'"),
        ("a: @x", 1, "cannot begin with '@'"),
        ("a: [1,}", 1, "bracket"),
        ("b: 1\na: [1\n", 2, "bracket"),
        ("- a\nb: 1", 2, "does not fit"),
        ("a: 'b' c", 1, "does not fit"),
        ("%YAML 3.0\n---\na: 1", 1, "'%'"),
        ("a: !<x", 1, "tag"),
        ("a: &", 1, "anchor"),
        ("a: *", 1, "alias"),
    ],
)
def test_broken_syntax_is_told_in_plain_words_with_its_line(text, line, words, parser):
    told = refusal(text)
    assert words in told
    if parser == "libyaml":  # the pure parser places a few of them elsewhere
        assert told.startswith(f"x.yaml:{line}: ")


@pytest.mark.parametrize(
    "text", ["a: \x00", "a\x07: 1", "a: \x85", "a: 1\u2028b: 2", "a: \ufeff", "a: \ud800"]
)
def test_characters_that_yaml_does_not_allow_are_refused_by_number(text):
    assert f"U+{ord(next(c for c in text if c not in 'a: 1')):04X}" in refusal(text)


@pytest.mark.parametrize("escape", ["\\0", "\\x1b", "\\u202e", "\\u200b", "\\n"])
def test_keys_with_invisible_characters_are_refused(escape):
    assert "character U+" in refusal(f'"a{escape}b": 1')


def test_a_right_to_left_mark_typed_into_a_key_is_refused():
    assert "U+202E" in refusal("a\u202eb: 1")


def test_a_control_character_escaped_in_a_text_is_refused():
    assert "U+0000" in refusal('a: "x\\0"')


@pytest.mark.parametrize("text", ["? [1, 2]\n: 3", "? {a: 1}\n: 3", "true: 1", "~: 1", "'': 1", ": 1"])
def test_a_key_must_be_a_word_or_a_number(text):
    assert "key" in refusal(text)


def test_numbers_as_keys_stay_numbers():
    data = read("ages: {12: 0.93, 12.5: 0.9, x: 1}").data
    assert data == {"ages": {12: 0.93, 12.5: 0.9, "x": 1}}


@pytest.mark.parametrize("text", ["- 1", "3", "just words"])
def test_the_top_level_must_be_a_mapping(text):
    assert "keys with values" in refusal(text)


@pytest.mark.parametrize(
    ("text", "words"), [("", "empty"), (" \n", "empty"), ("# x\n", "no keys"), ("---\n", "no keys")]
)
def test_an_empty_file_is_called_so(text, words):
    assert words in refusal(text)


def test_all_problems_of_a_text_are_told_at_once():
    told = refusals("a: 010\nb: .inf\nc: {d: 1, d: 2}\ne: !x 1\n")
    assert [line.split(":")[1] for line in told] == ["1", "2", "3", "4"]


def test_every_value_knows_its_line():
    document = read("""\
        a: {b: [1, 2,
          {c: 3}]}

        x:
          y:
            - 1
            - z: 3
              w: 2
          12: 0.5
        """)
    lines = {
        (): 1, ("a",): 1, ("a", "b", 1): 1, ("a", "b", 2): 2, ("a", "b", 2, "c"): 2, ("x",): 4, ("x", "y"): 5,
        ("x", "y", 0): 6, ("x", "y", 1, "w"): 8, ("x", 12): 9,
    }  # fmt: skip
    assert {path: document.line(path) for path in lines} == lines
    assert document.where(("x", "y")) == ("x.yaml", 5)


def test_a_path_that_is_not_there_has_the_line_of_its_nearest_ancestor():
    document = read("a: 1\nb:\n  c: 1\n")
    assert [document.line(path) for path in [("b", "nope", 3), ("b", "c", 0), ("nope",)]] == [2, 3, 1]


def test_a_key_path_is_dotted_and_never_endless():
    assert key_text(("strategies", "compare", 0)) == "strategies.compare.0"
    assert key_text(("x" * 61,)) == "x" * 57 + "..."


def test_a_byte_order_mark_is_accepted_and_line_ends_of_all_systems(tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: caf\xc3\xa9\r\n")
    document = read_yaml(path)
    assert document.data == {"a": 1, "b": "café"}
    assert document.file == str(path)
    assert document.line(("b",)) == 2


@pytest.mark.parametrize("content", [b"a: 1\nb: caf\xe9\n", "a: 1".encode("utf-16"), b"a: \xed\xa0\x80"])
def test_a_file_that_is_not_utf_8_is_refused(tmp_path, content):
    path = tmp_path / "x.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not UTF-8"):
        read_yaml(path)


def test_a_missing_file_is_told_with_its_nearest_neighbour(tmp_path):
    (tmp_path / "base.yaml").write_text("a: 1")
    with pytest.raises(InputError, match=r"no such file \(did you mean 'base.yaml'"):
        read_yaml(tmp_path / "bass.yaml")
    with pytest.raises(InputError, match="no such file"):
        read_yaml(tmp_path / "nowhere" / "a.yaml")
    with pytest.raises(InputError, match="no such file"):
        read_yaml(tmp_path / "a\0b")


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(InputError, match="a folder"):
        read_yaml(tmp_path)


def test_a_name_too_long_for_the_disk_is_told(tmp_path):
    with pytest.raises(InputError, match="name too long"):
        read_yaml(tmp_path / ("x" * 5000))


def test_a_file_without_permission_is_told(tmp_path, monkeypatch):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(InputError, match="cannot be read: permission denied"):
        read_yaml(path)


WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12).filter(
    lambda t: t != "<<"
)
NUMBERS = st.integers(-(10**15), 10**15) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(data=st.dictionaries(WORDS, VALUES, min_size=1, max_size=4), indent=st.sampled_from([None, 2]))
def test_json_is_yaml_and_comes_back_as_it_was(data, indent):
    assert parse_yaml(json.dumps(data, indent=indent), "x.yaml").data == data


LOOKS_LIKE_YAML = st.text(st.sampled_from("ab01 \n\n:::-[]{},&*!|>'\"%@`#?~<.\t\\ue"), max_size=60)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60) | LOOKS_LIKE_YAML)
@example(text='a: "\\UFFFFFFFF"')
@example(text='a: "\\ud800"')
def test_no_text_raises_anything_but_an_input_error(text):
    problems = problems_of(lambda: parse_yaml(text, "x.yaml"))
    assert all("\n" not in str(problem) for problem in problems)


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=40))
def test_no_bytes_raise_anything_but_an_input_error(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("fuzz") / "x.yaml"
    path.write_bytes(content)
    problems_of(lambda: read_yaml(path))


def problems_of(reading: Callable[[], Document]) -> tuple[Problem, ...]:
    try:
        reading()
    except InputError as error:
        return error.problems
    return ()
