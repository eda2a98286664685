"""Time to relapse of any family in the cohort: the memoryless give the exponential, others their own law."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from remit import evaluate
from remit.analysis.predictions import predict
from remit.files.studies import read_study
from remit.inputs.targets import SurvivalAt

MEMORYLESS = {
    "weibull": {"shape_relapse_weibull": 1.0},
    "gamma": {"shape_relapse_gamma": 1.0},
    "generalised-gamma": {
        "shape_relapse_generalised_gamma": 1.0,
        "shape_relapse_generalised_gamma_power": 1.0,
    },
}


@pytest.fixture(scope="module")
def study():
    return read_study(posterior=False).study


@pytest.mark.parametrize("cycles", [None, "uneven"])
@pytest.mark.parametrize("family", MEMORYLESS)
def test_a_memoryless_family_gives_the_totals_of_the_exponential(study, family, cycles):
    """V60: through all thirteen phases, three strategies, two lines, several moves in a step."""
    if cycles:
        cycle = study.settings.cycle[0]
        uneven = (replace(cycle, length=5 / 12, until=1.25), replace(cycle, length=2.0, until=None))
        study = study.with_settings(cycle=uneven)
    plain = evaluate(study)
    other = evaluate(study.set(MEMORYLESS[family]).with_settings(relapse=family))
    for name in ("life_years", "qalys", "costs"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name), rel=1e-8)


@pytest.mark.parametrize(
    ("family", "name", "shape", "law"),
    [
        (
            "weibull",
            "shape_relapse_weibull",
            1.4,
            lambda m: stats.weibull_min(1.4, scale=m / np.log(2) ** (1 / 1.4)),
        ),
        ("log-normal", "shape_relapse_log_normal", 0.9, lambda m: stats.lognorm(0.9, scale=m)),
        ("log-logistic", "shape_relapse_log_logistic", 2.0, lambda m: stats.fisk(2.0, scale=m)),
    ],
)
def test_without_hsct_relapse_free_survival_is_mixture_cure_of_the_family_and_other_death(
    study, family, name, shape, law
):
    fixed = {name: shape, "p_hsct_remission_tisagenlecleucel": 0.0, "share_durable_tisagenlecleucel": 0.45}
    own = study.set(fixed).with_settings(relapse=family)
    months = np.array([3.0, 6.0, 12.0, 18.0, 24.0])
    found = predict(own, {}, [SurvivalAt("car_t", "remission", "rfs", month / 12) for month in months])
    rate, excess = (
        study.means[f] * 12 for f in ("rate_relapse_fragile_tisagenlecleucel", "rate_death_remission_excess")
    )
    fragile = law(np.log(2) / rate).sf(months / 12)
    background = study.survival(study.values(None), months / 12)[:, 0]
    expected = (0.45 + 0.55 * fragile) * np.exp(-excess * months / 12) * background
    assert np.array(found)[:, 0] == pytest.approx(expected, abs=2e-3)


def test_time_since_remission_matters_where_the_hazard_rises(study):
    """More relapse late, so less relapse-free survival lost early, at the same median."""
    quantity = SurvivalAt("car_t", "remission", "rfs", 2 / 12)
    rising = study.set({"shape_relapse_weibull": 2.0}).with_settings(relapse="weibull")
    assert predict(rising, {}, [quantity])[0][0] > predict(study, {}, [quantity])[0][0] + 0.02
