"""Antigen status: dim disease, selection by an earlier therapy, and who can still be given a line."""

import numpy as np
import pytest
from chains import stratum
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit

from remit.pathway.antigen import (
    Status,
    escaped,
    naive_status,
    overlap,
    positive_odds,
    response_by_status,
    selection,
    status_after,
)
from remit.pathway.response import Response
from remit.pathway.therapies import Therapy
from remit.survival.cure import Cure, under_hazard_ratio


def status(positive, dim, negative):
    return Status(*(np.array([float(share)]) for share in (positive, dim, negative)))


NAIVE, SEEN = status(0.935, 0.06, 0.005), status(0.78, 0.15, 0.07)


def values(**numbers):
    chosen = {"or_cr_dim_cd19": 0.3, "hr_relapse_dim_cd19": 1.8, **numbers}
    return stratum("base").values.with_values({name: np.array([float(x)]) for name, x in chosen.items()})


def mixed(p_positive, dim, ratio):
    """Return remission among those treated, and in dim disease."""
    in_dim = expit(logit(p_positive) + np.log(ratio))
    return (1 - dim) * p_positive + dim * in_dim, in_dim


@given(st.floats(0.01, 0.99), st.floats(0, 0.95), st.floats(0.02, 5))
@settings(deadline=None, max_examples=60)
def test_the_odds_in_positive_disease_are_those_that_brentq_finds(p, dim, ratio):
    found = positive_odds(*(np.array([x]) for x in (p, dim, ratio)))[0]
    sought = brentq(lambda x: mixed(expit(x), dim, ratio)[0] - p, -30, 30, xtol=1e-14)
    assert np.log(found) == pytest.approx(sought, abs=1e-8)


@pytest.mark.parametrize(("shift", "inside"), [(-0.05, True), (-0.0001, True), (-0.6, False), (0.3, False)])
def test_status_is_selected_as_far_as_the_shift_of_remission_asks_for_it(shift, inside):
    p = np.array([0.7])
    moved = selection(NAIVE, SEEN, p, np.array([shift]), "CD19", values())
    odds = brentq(lambda x: mixed(expit(x), 0.06 / 0.995, 0.3)[0] - 0.7, -9, 9, xtol=1e-15)
    reached = logit(mixed(expit(odds), moved.dim_of_treated[0], 0.3)[0]) - logit(0.7)
    s = (moved.negative[0] - 0.005) / (0.07 - 0.005)
    assert moved.positive[0] + moved.dim[0] + moved.negative[0] == pytest.approx(1, abs=1e-14)
    assert moved.dim[0] == pytest.approx(0.06 + s * 0.09, abs=1e-13)
    if inside:
        assert 0 < s < 1
        assert reached == pytest.approx(shift, abs=1e-10)
    elif shift < 0:  # more than all of the status seen can explain
        assert s == pytest.approx(1, abs=1e-14)
        assert shift < reached < 0
    else:
        assert s == 0


def test_without_a_shift_the_status_stays_naive():
    moved = selection(NAIVE, SEEN, np.array([0.7]), np.array([0.0]), "CD19", values())
    assert (moved.positive[0], moved.dim[0], moved.negative[0]) == (0.935, 0.06, 0.005)


def test_a_response_by_status_is_the_trial_s_in_naive_patients_and_lower_in_dim_disease():
    trial = Response(np.array([0.8]), Cure(np.array([0.5]), np.array([1.5])))
    same = response_by_status(trial, NAIVE, NAIVE, "CD19", values())
    assert same.p_cr == pytest.approx([0.8], abs=1e-13)
    assert same.remission.durable == pytest.approx([0.5], abs=1e-12)
    assert same.remission.rate == pytest.approx([1.5], rel=1e-10)
    worse = response_by_status(trial, NAIVE, status(0, 1, 0), "CD19", values())
    x = brentq(lambda x: mixed(expit(x), 0.06 / 0.995, 0.3)[0] - 0.8, -9, 9, xtol=1e-15)
    p_dim = expit(x + np.log(0.3))
    assert worse.p_cr == pytest.approx([p_dim], abs=1e-12)
    weight = 0.06 / 0.995 * p_dim / 0.8
    clear = brentq(lambda d: (1 - weight) * d + weight * d**1.8 - 0.5, 0, 1, xtol=1e-15)
    assert worse.remission.durable == pytest.approx([clear**1.8], abs=1e-11)
    assert worse.remission.rate[0] > under_hazard_ratio(trial.remission, np.array([1.0])).rate[0]


def test_status_after_a_failure_is_that_of_the_files_and_none_where_they_say_nothing():
    v = values()
    assert status_after("blinatumomab", "relapse", v).negative == pytest.approx([0.225])
    assert status_after("blinatumomab", "no_response", v).negative == pytest.approx([0.07])
    assert status_after("blinatumomab", "not_infused", v) is None
    assert status_after("tisagenlecleucel", "no_response", v) is None


def test_antigens_tell_which_therapies_overlap_and_which_disease_escapes():
    one, two, both, none = (
        Therapy(name, "cells", antigens)
        for name, antigens in (("a", ("CD19",)), ("b", ("CD22",)), ("c", ("CD19", "CD22")), ("d", ()))
    )
    assert overlap(one, both)
    assert not overlap(one, two)
    assert escaped(one, one)
    assert escaped(both, one)  # who has lost both cannot be reached through one
    assert not escaped(one, both)
    assert not escaped(one, none)
    with pytest.raises(Exception, match="no antigen"):
        naive_status(none, values())
