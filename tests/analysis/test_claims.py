"""The claims of the seed: which way each comes out, and how a check is answered."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from remit.analysis.claims import Answered, Check, Claim, Worked, answer, numbers_of, work_out
from remit.analysis.measures import Number
from remit.errors import InputError
from remit.files.claims import LoadedClaims, read_claims

ALL = [str(number) for number in range(1, 14)]


@cache
def loaded() -> tuple[LoadedClaims, bool]:
    """Return the claims, and whether posteriors belong to them; else they are put to the priors."""
    try:
        return read_claims(), True
    except InputError:  # what is wrong with the file itself is told by the next line
        return read_claims(posterior=False), False


def answered(number: str) -> Answered:
    claims, _ = loaded()
    claim = claims.claims[number]
    worked: dict[Number, Worked] = {}
    for scenario, numbers in numbers_of([claim]).items():
        study = claims.studies[scenario].study
        worked |= work_out(study, numbers, claims.tables, n_draws=0, seed=1)
    return answer(number, claim, worked)


def test_the_thirteen_claims_are_there():
    assert list(loaded()[0].claims) == ALL


@pytest.mark.parametrize("number", ALL)
def test_a_claim_comes_out_as_it_says_but_where_a_reason_is_on_file(number):
    """At the means. What should equal a reported number is held against the posteriors alone."""
    one, fitted = answered(number), loaded()[1]
    for each in one.answers:
        expected = each.check.because is None and (fitted or each.check.is_ != "equal")
        assert each.holds or not expected, (each.check.says, each.value, each.other)
    if not one.answers:
        assert one.verdict == "not testable here"
        assert one.why


# How a check is answered ------------------------------------------------------------------------------------

THIS = Number(measure="qalys", scenario="base", strategy="car_t")
OTHER = Number(measure="qalys", scenario="base", strategy="blinatumomab")


def check(**options) -> Check:
    usual = {"says": "s", "measure": "qalys", "strategy": "car_t", "is_": "above", "than": 5.0}
    return Check(**{**usual, **options})


def one_answer(asked: Check, worked: dict[Number, Worked]):
    (only,) = answer("1", Claim("c", "w", (asked,)), worked).answers
    return only


def test_what_a_number_does_not_give_is_taken_over_as_far_as_its_measure_needs_it():
    asked = check(than=Number(strategy="blinatumomab"), over=Number(scenario="no-hsct"))
    (this, below), (other, under) = asked.sides()
    assert this == THIS
    assert other == OTHER
    assert (below.scenario, below.strategy) == ("no-hsct", "car_t")
    assert (under.scenario, under.strategy) == ("no-hsct", "blinatumomab")
    mixed = check(than=Number(measure="p_cr", therapy="blinatumomab", scenario="cns")).sides()[1][0]
    assert mixed == Number(measure="p_cr", therapy="blinatumomab", scenario="cns")


def test_the_share_of_draws_compares_draw_by_draw():
    worked = {
        THIS: Worked(3.0, np.array([1.0, 2.0, 3.0, 4.0])),
        OTHER: Worked(2.0, np.array([0.0, 1.0, 2.0, 9.0])),
    }
    found = one_answer(check(than=Number(strategy="blinatumomab")), worked)
    assert (found.value, found.other, found.holds, found.probability) == (3.0, 2.0, True, 0.75)
    turned = one_answer(check(than=Number(strategy="blinatumomab"), is_="below"), worked)
    assert (turned.holds, turned.probability) == (False, 0.25)


def test_a_ratio_divides_both_sides_in_every_draw_and_leaves_a_fixed_value_alone():
    below = Number(measure="qalys", scenario="no-hsct", strategy="car_t")
    worked = {THIS: Worked(6.0, np.array([2.0, 4.0])), below: Worked(3.0, np.array([1.0, 4.0]))}
    found = one_answer(check(than=1.5, over=Number(scenario="no-hsct")), worked)
    assert (found.value, found.other, found.holds, found.probability) == (2.0, 1.5, True, 0.5)


def test_equal_is_to_within_and_nothing_compares_with_what_is_no_number():
    worked = {THIS: Worked(5.4, np.array([5.4, 5.6, np.nan, 4.5]))}
    found = one_answer(check(is_="equal", than=5.0, within=0.5), worked)
    assert (found.holds, found.probability) == (True, 0.5)
    nobody = {THIS: Worked(float("nan"), None)}
    for lies in ("above", "below", "equal"):
        found = one_answer(check(is_=lies), nobody)
        assert (found.holds, found.probability) == (False, None)


@pytest.mark.parametrize(
    ("values", "verdict", "why"),
    [
        ((6.0, 7.0), "agrees", ""),
        ((6.0, 4.0), "agrees in part", "second: no reason is on file"),
        ((4.0, 4.0), "does not agree", "a reason; second: no reason is on file"),
    ],
)
def test_a_claim_agrees_where_all_of_its_checks_hold(values, verdict, why):
    checks = (check(says="first", because="a reason"), check(says="second", strategy="blinatumomab"))
    worked = {THIS: Worked(values[0], None), OTHER: Worked(values[1], None)}
    found = answer("1", Claim("c", "w", checks), worked)
    assert (found.verdict, found.why) == (verdict, why)


def test_what_cannot_be_checked_says_why():
    found = answer("1", Claim("c", "w", because="no data"), {})
    assert (found.verdict, found.why) == ("not testable here", "no data")
    noted = answer("1", Claim("c", "w", (check(),), because="only so far"), {THIS: Worked(9.0, None)})
    assert (noted.verdict, noted.why) == ("agrees", "only so far")
    with pytest.raises(ValueError, match="needs checks, or in because"):
        Claim("c", "w")
