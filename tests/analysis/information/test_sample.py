"""The expected value of a study's data, against the closed form of a normal mean."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from remit.analysis import evppi, evsi
from remit.errors import InputError
from remit.inputs.draws import uniforms

MEAN, SD, BETWEEN = 400.0, 1_000.0, 6_000.0  # of the benefit, and its sd between patients


def unit_loss(mean, sd):
    return sd * norm.pdf(mean / sd) - abs(mean) * norm.sf(abs(mean) / sd)


def truth(seed, n_draws=5_000):
    """Return the benefit in each draw, and costs and QALYs with other noise around it."""
    theta = MEAN + SD * ndtri(uniforms(seed, "theta", n_draws))
    noise = 2_000 * ndtri(uniforms(seed, "noise", n_draws))
    costs = np.stack([np.zeros(n_draws), -theta - noise], axis=1)
    return theta, costs, np.zeros_like(costs)


def data(theta, size, seed, n_statistics=1):
    """Return the means of as many patients, (draw, statistic), from the same uniforms at each size."""
    sd = BETWEEN / np.sqrt(size)
    return np.stack(
        [theta + sd * ndtri(uniforms(seed, f"data {i}", theta.size)) for i in range(n_statistics)], axis=1
    )


@pytest.mark.parametrize("size", [5, 40, 400])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_normal_mean_seen_in_n_patients_has_the_value_of_its_closed_form(seed, size):
    theta, costs, qalys = truth(seed)
    estimate, error = evsi(costs, qalys, data(theta, size, seed), [0.0])
    expected = unit_loss(MEAN, SD**2 / np.sqrt(SD**2 + BETWEEN**2 / size))
    assert 0 < error[0] < 60
    assert abs(estimate[0] - expected) < 3 * error[0]


@pytest.mark.parametrize("n_statistics", [2, 4])
def test_several_means_are_worth_as_much_as_all_their_patients_together(n_statistics):
    theta, costs, qalys = truth(4)
    estimate, error = evsi(costs, qalys, data(theta, 50, 4, n_statistics), [0.0])
    expected = unit_loss(MEAN, SD**2 / np.sqrt(SD**2 + BETWEEN**2 / (50 * n_statistics)))
    assert abs(estimate[0] - expected) < 3 * error[0]


def test_it_rises_with_the_number_of_patients_towards_the_value_of_knowing_the_truth():
    theta, costs, qalys = truth(5)
    known, error = evppi(costs, qalys, {"theta": theta}, [0.0], names=["theta"])
    curve = [
        float(evsi(costs, qalys, data(theta, size, 5), [0.0])[0][0]) for size in 2 ** np.arange(3, 20, 2)
    ]
    assert (np.diff(curve) > -0.1 * error).all()
    assert curve[0] < 0.5 * curve[-1]
    assert curve[-1] == pytest.approx(known[0], rel=0.01)


def test_data_that_do_not_fit_the_draws_are_refused():
    theta, costs, qalys = truth(1, 100)
    with pytest.raises(InputError, match=r"summaries must have the axes \(draw, statistic\)"):
        evsi(costs, qalys, theta, [0.0])
    with pytest.raises(InputError, match="must have a row for each of 100 draws"):
        evsi(costs, qalys, theta[:99, None], [0.0])
    with pytest.raises(InputError, match="summaries holds nan"):
        evsi(costs, qalys, np.full((100, 1), np.nan), [0.0])
    with pytest.raises(InputError, match="summaries is empty"):
        evsi(costs, qalys, np.empty((100, 0)), [0.0])


def test_data_that_come_out_alike_are_draws_of_their_own():
    """The error is smooth in the size of a study, though a share of few patients has few values."""
    rng = np.random.default_rng(4)
    p, noise = rng.beta(2, 2, 2000), rng.normal(0, 2000, 2000)
    costs = np.stack([np.zeros(2000), 20_000 * (p - 0.5) + noise], axis=1)
    errors = []
    for size in (80, 160, 240, 320, 640):
        share = rng.binomial(size, p) / size
        errors.append(evsi(costs, np.zeros((2000, 2)), share[:, None], [0.0])[1][0])
    assert max(errors) < 1.3 * min(errors)
