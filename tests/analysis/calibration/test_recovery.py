"""The check of the method: a calibration to data that the model made finds the parameters that made them.

Simulation-based calibration (Talts et al., arXiv 1804.06788): truths are drawn from the prior, data are
simulated from the model at each, and the posterior of each data set is found by the staged sampler. Then
intervals hold the truth as often as they say, and the rank of the truth among the posterior is uniform.
Small enough to repeat: one strategy, one stratum, eight parameters and six targets; the engine, the
likelihoods, the sampler and the resampling are those of `remit calibrate`. All repeats begin with the same
draws of the prior, so that these are predicted once; every later stage has a seed of its own.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from remit.analysis.calibration import calibrate
from remit.analysis.calibration.calibrate import plan_calibration, posterior_of, run_stages
from remit.analysis.calibration.sampler import Plan
from remit.analysis.predictions import predict
from remit.files.studies import read_study
from remit.inputs.draws import draw_parameters
from remit.inputs.targets import Binomial, Expected, NormalError, ShareOf, SurvivalAt, Target

REPEATS = 150
PLAN = Plan(draws=600, last=900, ess=150.0)
NAME = "blinatumomab"
FREE = (
    "p_cr_blinatumomab",
    "share_durable_blinatumomab",
    "rate_relapse_fragile_blinatumomab",
    "rate_death_after_nonresponse_blinatumomab",
    "rate_death_treated_blinatumomab",
    "p_hsct_remission_blinatumomab",
    "rate_death_after_relapse_blinatumomab",
    "utility_norm",
)
QALYS = Expected(NAME, "qalys")
DATA = {
    "response": (ShareOf(NAME, "remission"), Binomial(70)),
    "os_6m": (SurvivalAt(NAME, "infusion", "os", 0.5), Binomial(70)),
    "os_12m": (SurvivalAt(NAME, "infusion", "os", 1.0, 0.5), Binomial(40)),
    "rfs_6m": (SurvivalAt(NAME, "remission", "rfs", 0.5), Binomial(60)),
    "rfs_12m": (SurvivalAt(NAME, "remission", "rfs", 1.0, 0.5), Binomial(30)),
    "qalys": (QALYS, NormalError(0.3)),
}
# What is asked of each posterior: the parameters that the data inform, and expected QALYs.
ASKED = (*FREE[:5], "qalys")


def small_study():
    """One strategy and one stratum; all parameters but a few at their means."""
    study = read_study(posterior=False).study
    means = {}
    for name, parameter in study.parameters.items():
        if not parameter.is_uncertain or name in FREE:
            continue
        mean = parameter.means(name)
        if parameter.by:
            means[name] = {at: mean[name] * value for at, value in parameter.value.items()}
        else:
            means[name] = parameter.value if isinstance(parameter.value, dict) else mean[name]
    study = study.set(means)
    one = replace(study.population, strata={})
    return replace(study, population=one, strategies={NAME: study.strategies[NAME]})


class Start:
    """Predictions of the first stage: the same draws and quantities each time, so predicted once."""

    def __init__(self, whole):
        self.whole, self.known, self.draws = whole, None, None

    def __call__(self, study, draws, quantities):
        if self.known is None:
            self.draws, self.known = draws, self.whole(study, draws, quantities)
        assert all(np.array_equal(column, self.draws[name]) for name, column in draws.items())
        return self.known


@pytest.fixture(scope="module")
def recovered():
    """Return for each question the share of the posterior below the truth, and the least ESS of all."""
    study = small_study()
    truth = draw_parameters(study.parameters, seed=11, n_draws=REPEATS)
    predicted = dict(zip(DATA, predict(study, truth, [q for q, _ in DATA.values()]), strict=True))
    targets = [Target(key, key, q, 0.5, error, "", "", "") for key, (q, error) in DATA.items()]
    empty = plan_calibration(study, targets, PLAN)
    assert set(empty.streams) == set(FREE)
    noise = np.random.default_rng(12)
    below = {name: np.zeros(REPEATS) for name in ASKED}
    start = Start(predict)
    ess = []
    for i in range(REPEATS):
        seen = tuple(
            replace(t, value=float(t.likelihood.simulate(predicted[t.key][[i]], noise.random(1))[0]))
            for t in targets
        )
        calibration = replace(empty, targets=seen)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(calibrate, "predict", start)
            first = next(run_stages(calibration))
        calibration = replace(calibration, plan=replace(PLAN, seed=1000 + i))
        *_, last = run_stages(calibration, done=first)
        ess.append(last.ess)
        rows = dict(posterior_of(calibration, last, "a repeat", rows=400).columns)
        for name in FREE[:5]:
            below[name][i] = np.mean(rows[name] < truth[name][i])
        # The last stage has predicted QALYs already: its own weights, without another run of the engine.
        qalys = last.predictions[list(DATA).index("qalys")]
        below["qalys"][i] = last.weights[qalys < predicted["qalys"][i]].sum()
    return below, np.array(ess)


def coverage(below, level):
    return np.mean([np.abs(2 * share - 1) < level for share in below.values()])


def test_the_95_per_cent_intervals_hold_the_truth_about_95_times_in_100(recovered):
    below, _ = recovered
    assert 0.90 < coverage(below, 0.95) < 0.98


def test_half_of_the_truths_lie_in_the_50_per_cent_intervals(recovered):
    below, _ = recovered
    assert 0.43 < coverage(below, 0.50) < 0.57


@pytest.mark.parametrize("name", ASKED)
def test_the_rank_of_the_truth_among_the_posterior_is_uniform(recovered, name):
    below, _ = recovered
    counts = np.histogram(below[name], bins=10, range=(0, 1))[0]
    assert counts.sum() == REPEATS
    assert stats.chisquare(counts).pvalue > 1e-4


def test_every_repeat_rests_on_enough_draws(recovered):
    _, ess = recovered
    assert ess.min() >= PLAN.ess
