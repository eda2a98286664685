"""The claims file: what it may hold, and how its mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

from pathlib import Path

import pytest

from remit.errors import InputError
from remit.files.claims import read_claims

FILE = Path("params/claims.yaml")
HEAD = "1:\n  claim: C\n  where: W\n"

pytestmark = pytest.mark.usefixtures("project")


def claims(check: str) -> None:
    FILE.write_text(f"{HEAD}  checks:\n    - {{says: S, {check}}}\n", encoding="utf-8")


def refusals() -> list[str]:
    with pytest.raises(InputError) as caught:
        read_claims(posterior=False)
    return [str(problem) for problem in caught.value.problems]


def test_a_claim_is_read_with_the_studies_that_it_asks():
    claims("measure: qalys, strategy: car_t, is: above, than: {scenario: rapid-progression}")
    found = read_claims(posterior=False)
    assert list(found.claims) == ["1"]
    assert list(found.studies) == ["base", "rapid-progression"]
    assert set(found.tables) == {"blinatumomab", "car_t"}


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("measure: qaly, strategy: car_t, is: above, than: 0", "claims.yaml:5: 1.checks.0.measure = 'qaly': there is no such measure (did you mean 'qalys'?)"),
        ("strategy: car_t, is: above, than: 0", "claims.yaml:5: 1.checks.0: a check needs its measure"),
        ("measure: '', strategy: car_t, is: above, than: 0", "claims.yaml:5: 1.checks.0.measure = '': a check needs its measure"),
        ("measure: qalys, is: above, than: 0", "claims.yaml:5: 1.checks.0.strategy: qalys needs its strategy"),
        ("measure: inmb, strategy: car_t, is: above, than: 0", "1.checks.0.against: inmb needs its against"),
        ("measure: qalys, strategy: car_t, therapy: blinatumomab, is: above, than: 0", "1.checks.0.therapy: qalys takes no therapy"),
        ("measure: qalys, strategy: cart, is: above, than: 0", "1.checks.0.strategy = 'cart': base does not compare it (did you mean 'car_t'?)"),
        ("measure: qalys, strategy: clofarabine, is: above, than: 0", "1.checks.0.strategy = 'clofarabine': base does not compare it"),
        ("measure: p_cr, therapy: dual_antigen_car, is: above, than: 0", "1.checks.0.therapy = 'dual_antigen_car': base does not give it"),
        ("measure: qalys, strategy: car_t, scenario: high-burdn, is: above, than: 0", "1.checks.0.scenario = 'high-burdn': there is no such scenario (did you mean 'high-burden'?)"),
        ("measure: qalys, strategy: car_t, is: above, than: {scenario: high-burdn}", "1.checks.0.than.scenario = 'high-burdn': there is no such scenario"),
        ("measure: qalys, strategy: car_t, is: above, than: {strategy: cart}", "1.checks.0.than.strategy = 'cart': base does not compare it"),
        ("measure: qalys, strategy: car_t, is: above, than: 0, over: {measure: cost}", "1.checks.0.over.measure = 'cost': there is no such measure (did you mean 'costs'?)"),
        ("measure: qalys, strategy: car_t, is: higher, than: 0", "1.checks.0.is = 'higher': must be one of above, below, equal"),
        ("measure: qalys, strategy: car_t, is: above, than: much", "1.checks.0.than = 'much': must be a number or keys with values"),
        ("measure: qalys, strategy: car_t, is: above, than: {strategie: car_t}", "1.checks.0.than.strategie = 'car_t': there is no such key here (did you mean 'strategy'?)"),
        ("measure: qalys, strategy: car_t, is: above, than: 0, within: 1", "1.checks.0.within = 1: within is how far from equal"),
        ("measure: rfs, strategy: car_t, at: 6, is: above, than: 0", "1.checks.0.at = 6: must be a text"),
        ("measure: rfs, strategy: car_t, at: 6 moons, is: above, than: 0", "1.checks.0.at = '6 moons'"),
        ("measure: rows, table: cart, is: above, than: 0", "1.checks.0.table = 'cart': there is no such table in the evidence (did you mean 'car_t'?)"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_check_is_told_with_its_place(check, words):
    claims(check)
    found = refusals()
    assert any(words in line for line in found), found


def test_a_claim_without_checks_says_why():
    FILE.write_text(HEAD, encoding="utf-8")
    assert any("claims.yaml:1: 1: needs checks, or in because" in line for line in refusals())
    FILE.write_text(f"{HEAD}  because: B\n", encoding="utf-8")
    assert read_claims(posterior=False).claims["1"].because == "B"


def test_a_file_that_is_missing_is_told():
    FILE.unlink()
    assert "claims.yaml: there is no such file" in refusals()[0]
