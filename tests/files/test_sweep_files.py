"""Sweeps of listed points and Latin hypercubes: what they hold, and how their mistakes are told."""

# ruff: noqa: E501 - one line for each mistake in the tables

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remit.analysis.latin_hypercube import latin_hypercube
from remit.errors import InputError
from remit.files.sweeps import LoadedSweep, read_sweep

PRICE, CR = "cost_drug_tisagenlecleucel", "p_cr_blinatumomab"
CUBE = "latin_hypercube: {points: 10, seed: 1}\n"

pytestmark = pytest.mark.usefixtures("project")


def read(points: str) -> LoadedSweep:
    path = Path("params/sweeps/mine.yaml")
    path.write_text(f"title: Mine\n{points}\nplot: {{strategy: car_t}}\n", encoding="utf-8")
    return read_sweep(path, posterior=False)


def refusals(points: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(points)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("points: []", "mine.yaml:2: points: a list of points needs a point or more"),
        (f"points: [{{{PRICE}: 1}}, {{{CR}: 0.5}}]", f"points.1: every point names what the first does: this one lacks {PRICE} and has {CR} beside"),
        (f"points: [{{{PRICE}: 1}}, {{{PRICE}: 1.0}}]", "points.1: this point stands there twice"),
        (f"points: [{{{PRICE}: 1}}]\nover: {{{PRICE}: [1, 2]}}", "leave one of the two out"),
        (f"points:\n  - {{{PRICE}: 1, {CR}: 0.5}}\n  - {{{PRICE}: 2, {CR}: 1.2}}", f"mine.yaml:4: {CR} = 1.2: at the point {PRICE} = 2, {CR} = 1.2: a probability lies between 0 and 1"),
        ("points: [{p_cr_blinatumomap: 1}]", "mine.yaml:2: points.0.p_cr_blinatumomap = 'p_cr_blinatumomap': no such parameter or setting (did you mean 'p_cr_blinatumomab'?)"),
        (f"{CUBE}over: {{{CR}: {{from: 0.6, to: 0.5}}}}", f"mine.yaml:3: over.{CR}: the range is reversed: from 0.6 is above to 0.5"),
        (f"{CUBE}over: {{{CR}: {{from: 0.5, to: 1.5}}}}", f"at the point {CR} = 1.5: a probability lies between 0 and 1"),
        (f"{CUBE}over: {{{CR}: [0.5, 0.6]}}", "a Latin hypercube draws within a range: write {from: ..., to: ...}"),
        (f"{CUBE}over: {{{CR}: {{from: 0.5, to: 0.6, points: 3}}}}", "leave `points` out here"),
        (f"{CUBE}over: {{}}", "a sweep needs at least one axis"),
        (f"latin_hypercube: {{points: 1, seed: 1}}\nover: {{{CR}: {{from: 0, to: 1}}}}", "latin_hypercube.points = 1: points go from 2 to 100,000"),
        (f"latin_hypercube: {{points: 5, seed: -1}}\nover: {{{CR}: {{from: 0, to: 1}}}}", "latin_hypercube.seed = -1: seed must be"),
    ],
)  # fmt: skip
def test_a_mistake_in_points_is_told_with_its_line(points, words):
    said = refusals(points)
    assert any(words in line for line in said), said


def test_listed_points_come_in_their_order_with_all_that_they_set():
    read_ = read(f"points: [{{{PRICE}: 2, scenario: base}}, {{scenario: healthcare-payer, {PRICE}: 1}}]")
    first, second = (read_.study_at(point) for point in read_.sweep.points())
    assert [study.parameters[PRICE].value for study in (first, second)] == [2, 1]
    assert [study.settings.perspective for study in (first, second)] == ["societal", "healthcare"]


def test_an_axis_of_strategies_compares_each_with_the_comparator_alone():
    read_ = read("over: {strategy: [car_t, car_t_twice]}")
    compared = [tuple(read_.study_at(point).strategies) for point in read_.sweep.points()]
    assert compared == [("blinatumomab", "car_t"), ("blinatumomab", "car_t_twice")]


def test_points_may_compare_different_strategies():
    read_ = read("over: {strategies.compare: [[blinatumomab, car_t], [clofarabine, blinatumomab]]}")
    compared = [tuple(read_.study_at(point).strategies) for point in read_.sweep.points()]
    assert compared == [("blinatumomab", "car_t"), ("clofarabine", "blinatumomab")]


def test_a_latin_hypercube_hits_every_slice_of_every_range_once():
    points = np.array(latin_hypercube([(0, 1), (-2, 2), (10, 1e6)], n_points=50, seed=4))
    for column, (low, high) in zip(points.T, [(0, 1), (-2, 2), (10, 1e6)], strict=True):
        slices = np.floor(50 * (column - low) / (high - low)).astype(int)
        assert sorted(slices) == list(range(50))


def test_a_latin_hypercube_is_the_same_for_the_same_seed_alone():
    one, again, other = (latin_hypercube([(0, 1)], n_points=5, seed=seed) for seed in (1, 1, 2))
    assert one == again != other
