"""What a calibration is asked for and cannot give is refused before anything is worked out."""

import re
from pathlib import Path

import numpy as np
import pytest

from remit import evaluate
from remit.analysis.follow_up import model_curves
from remit.commands.calibrate import calibrate
from remit.errors import InputError
from remit.files.studies import read_study

pytestmark = pytest.mark.usefixtures("project")
TARGETS, BASE = Path("params/evidence/targets.yaml"), Path("params/base.yaml")


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert re.search(old, text, re.DOTALL), old
    path.write_text(re.sub(old, new, text, count=1, flags=re.DOTALL), encoding="utf-8")


@pytest.mark.parametrize(
    ("key", "likelihood"),
    [
        ("cited_qalys_car_t", "{type: binomial, n: 20}"),
        ("cited_costs_car_t", "{type: normal, sd: 5000}"),
        ("adjusted_hr_death", "{type: binomial, n: 20}"),
        ("eliana_os_6m", "{type: lognormal, sdlog: 0.1}"),
    ],
)
def test_a_likelihood_must_suit_what_it_is_of(key, likelihood):
    change(TARGETS, rf"(\n{key}:.*?likelihood: )\{{[^}}]*\}}", rf"\g<1>{likelihood}")
    with pytest.raises(InputError, match=rf"targets.yaml:\d+: {key}.likelihood .*binomial likelihood"):
        read_study(posterior=False)


@pytest.mark.parametrize(
    ("beside", "rule"),
    [("[trials-onl]", "did you mean 'trials-only'"), ("[trials-only, trials-only]", "twice")],
)
def test_what_stands_beside_is_a_scenario_and_stands_there_once(beside, rule):
    change(BASE, r"beside: \[[^]]*\]", f"beside: {beside}")
    with pytest.raises(InputError, match=rf"base.yaml:\d+: beside.*{rule}"):
        read_study(posterior=False)


def test_a_calibration_to_costs_alone_is_refused():
    change(BASE, r"  targets:.*?    - cited_costs_car_t ", "  targets:\n    - cited_costs_car_t ")
    with pytest.raises(InputError, match="not on costs"):
        read_study(posterior=False)


def test_another_relapse_family_asks_for_its_own_calibration():
    with pytest.raises(InputError, match=r"settings.relapse = 'weibull'.*relapse-weibull has one"):
        read_study(settings=["settings.relapse=weibull"])
    assert read_study("relapse-weibull").study.settings.relapse == "weibull"


def test_a_scenario_does_not_write_over_the_posterior_of_another():
    own = Path("params/scenarios/mine.yaml")
    own.write_text(
        "extends: ../base.yaml\ntitle: Mine\nbecause: a test\n"
        "calibration: {posterior: trials-only, targets: [eliana_os_6m], draws: 300, last: 300, ess: 20}\n"
    )
    before = Path("params/posteriors/trials-only.csv").read_bytes()
    with pytest.raises(InputError, match=r"that of trials-only.*another name"):
        calibrate("mine", resume=False, out="out", force=False, command=[])
    assert Path("params/posteriors/trials-only.csv").read_bytes() == before


@pytest.mark.parametrize("n_draws", [2, 5, 9])
def test_a_few_draws_are_followed_as_the_first_of_many(n_draws):
    study = read_study().study
    draws = study.draws(n_draws=n_draws, seed=1)
    curves = list(model_curves(study, draws, np.array([0.5, 1.0])))
    assert all(curve.survival.shape == (2, n_draws) for curve in curves)
    assert evaluate(study, draws).qalys.shape[0] == n_draws
