"""Where two rates of a path coincide, the closed form fails; nothing that is shown may come from it."""

import numpy as np
import pytest

from remit import evaluate, load_study
from remit.analysis.follow_up import follow_health_states, model_curves
from remit.pathway.graph import HEALTH_STATES

TIMES = np.array([0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 30.0])


@pytest.fixture(scope="module", params=[1.0, 1 + 1e-11])
def study(request):
    base = load_study()
    # The wait for blinatumomab equals its second response phase, 0.30 of the mean.
    response = base.means["time_response_blinatumomab"] * 365.25 / 12
    return base.set({"time_wait_blinatumomab": 0.30 * response * request.param})


def test_such_a_study_goes_through_the_stepping_solver(study):
    assert evaluate(study).stepped.all()


def test_its_trace_is_made_of_shares_and_agrees_with_the_stepping_solver(study):
    plain = study.with_settings(discount_costs=0.0, discount_qalys=0.0)
    times = plain.clock.times
    stepped = evaluate(plain, solver="stepping")
    for place, trace in enumerate(follow_health_states(plain, times).values()):
        assert trace.min() > -1e-10
        np.testing.assert_allclose(trace.sum(axis=1), 1.0, atol=1e-10)
        weights = np.append(plain.clock.at_start, 0) + np.append(0, plain.clock.at_end)
        alive = weights @ (1 - trace[:, HEALTH_STATES.index("death")])
        assert alive == pytest.approx(stepped.life_years[0, place], rel=1e-8)


def test_its_curves_are_finite_and_fall(study):
    for curve in model_curves(study, {}, TIMES):
        assert np.isfinite(curve.survival).all()
        assert (np.diff(curve.survival, axis=0) <= 1e-9).all()
