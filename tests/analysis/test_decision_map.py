"""The decision map: what a point implies, where a curve is above 0, and what a wrong choice loses."""

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit

from remit import load_study
from remit.analysis import acceptability
from remit.analysis import decision_map as module
from remit.analysis.acceptability import ceac, probability_best
from remit.analysis.decision_map import Stretch, begun_alike, cr_after_nonresponse, stretches_above
from remit.analysis.information import evpi, expected_losses

CAUSAL = "share_causal_modulation_blinatumomab"
SEQUENCE = "blinatumomab_then_car_t"


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.mark.parametrize("one", [module, acceptability])
def test_the_examples_in_the_docstrings_hold(one):
    result = doctest.testmod(one)
    assert result.attempted > 0
    assert result.failed == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 4))
@settings(deadline=None, max_examples=50)
def test_expected_losses_are_never_negative_and_the_least_is_the_evpi(seed, n_draws, n_strategies):
    random = np.random.default_rng(seed)
    costs, qalys = random.normal(1e5, 1e4, (n_draws, n_strategies)), random.random((n_draws, n_strategies))
    losses = expected_losses(5e4 * qalys - costs)
    assert np.all(losses >= 0)
    assert losses.min() == pytest.approx(evpi(costs, qalys, [5e4])[0], rel=1e-9, abs=1e-6)
    assert probability_best(5e4 * qalys - costs) == pytest.approx(ceac(costs, qalys, [5e4])[0])


def test_a_strategy_that_is_best_in_every_draw_loses_nothing():
    nmb = np.random.default_rng(3).normal(size=(30, 3))
    nmb[:, 1] = nmb.max(axis=1) + 2.0
    losses = expected_losses(nmb)
    assert losses[1] == 0.0
    assert losses[0] == pytest.approx(np.mean([row.max() - row[0] for row in nmb]))
    assert probability_best(nmb).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("gain", "stretches"),
    [
        ([-1, -2, -3, -4], []),
        ([0, 0, 0, 0], []),
        ([1, 1, 1, 1], [(0, 6)]),
        ([-1, 1, 3, 3], [(0.5, 6)]),
        ([1, -3, -1, 2], [(0, 0.25), (4, 6)]),
        ([-1, 1, -1, -1], [(0.5, 2)]),
        ([1, 0, 1, 1], [(0, 6)]),
    ],
)
def test_stretches_above_0_are_those_of_straight_lines_between_the_points(gain, stretches):
    found = stretches_above(np.array([0.0, 1.0, 3.0, 6.0]), np.array(gain, dtype=float))
    assert found == [Stretch(*ends) for ends in stretches]


@pytest.mark.parametrize("c", [0.0, 0.4, 1.0])
def test_remission_after_nonresponse_is_what_brentq_solves_in_a_stratum(study, c):
    at = study.set({CAUSAL: c})
    (strategies,) = cr_after_nonresponse(at, [("tempo", "rapid")])
    values = next(s for s in at.strata(at.values(None)) if s.name == "rapid").values
    q, p = (float(values[f"p_cr_{therapy}"][0]) for therapy in ("blinatumomab", "tisagenlecleucel"))
    b = float(values["log_or_cr_later_after_nonresponse_blinatumomab"][0])
    x = brentq(lambda x: q * expit(x) + (1 - q) * expit(x + (1 - c) * b) - p, -10, 10, xtol=1e-15)
    by_name = dict(zip(at.strategies, strategies, strict=True))
    assert by_name[SEQUENCE] == pytest.approx(expit(x + b), abs=1e-9)
    assert np.isnan([by_name["blinatumomab"], by_name["car_t"]]).all()


def test_remission_after_nonresponse_of_all_weighs_strata_by_their_nonresponders(study):
    groups = [("", "all"), *(("tempo", level) for level in study.features["tempo"])]
    place = list(study.strategies).index(SEQUENCE)
    whole, *levels = (row[place] for row in cr_after_nonresponse(study, groups))
    strata = study.strata(study.values(None))
    failed = [float(s.share[0] * (1 - s.values["p_cr_blinatumomab"][0])) for s in strata]
    assert whole == pytest.approx(np.average(levels, weights=failed), abs=1e-9)
    assert min(levels) < whole < max(levels)


def test_strategies_begun_alike_have_the_same_first_line(study):
    assert begun_alike(study, SEQUENCE) == ("blinatumomab", SEQUENCE, "blinatumomab_bridge_to_car_t")
    assert begun_alike(study, "car_t") == ("car_t",)
