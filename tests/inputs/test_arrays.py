"""Arrays as a caller hands them over."""

import doctest

import numpy as np
import pandas as pd
import pytest

from remit.errors import InputError
from remit.inputs import arrays as module
from remit.inputs.arrays import as_float, as_floats


def test_the_examples_in_the_docstrings_hold():
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("value", [[1, 2], (1.0, 2.0), np.array([1, 2], np.int8), pd.Series([1, 2])])
def test_whatever_holds_numbers_is_read_as_float64(value):
    got = as_floats("x", value, "strategy")
    assert got.dtype == np.float64
    assert got.tolist() == [1.0, 2.0]


def test_float64_is_not_copied():
    given = np.ones((3, 2))
    assert as_floats("x", given, "draw", "strategy") is given


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([[1], [1, 2]], "x must be an array, but its rows differ in length"),
        (["475,000"], "x must hold numbers"),
        ([True], "x must hold numbers, but its type is bool"),
        ([None], "x must hold numbers"),
        ([1j], "x must hold numbers"),
        ([[1.0]], "x must have the axes (strategy), but its shape is (1, 1)"),
        ([], "x is empty"),
        ([0, np.nan], "x holds nan at strategy 1 (counted from 0): every entry must be a finite number"),
        ([0, 1, -np.inf], "x holds -inf at strategy 2"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(value, words):
    with pytest.raises(InputError) as caught:
        as_floats("x", value, "strategy")
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("value", [np.nan, np.inf, "0.03", None, [0.03], True])
def test_what_is_no_single_finite_number_is_refused(value):
    with pytest.raises(InputError, match="rate"):
        as_float("rate", value)
