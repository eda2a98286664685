"""Adults, older adults and adults in CR with MRD: what their posteriors predict, and what they are of."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit

from remit import evaluate
from remit.analysis.predictions import predict
from remit.analysis.verification.check import Subject
from remit.analysis.verification.extremes import certain_cure
from remit.files.pools import gather
from remit.files.studies import read_study, targets_of
from remit.report.model_tables import landmarks_table

ROWS = 100


@pytest.fixture(scope="module")
def adults():
    return read_study("adult")


def two(study):
    """Return a study of blinatumomab and CAR T alone, in this order."""
    return replace(study, strategies={name: study.strategies[name] for name in ("blinatumomab", "car_t")})


def drawn(study):
    return evaluate(two(study), study.draws(n_draws=ROWS, seed=3))


@pytest.fixture(scope="module")
def outcomes(adults):
    return drawn(adults.study)


@pytest.mark.parametrize("name", ["adult", "mrd-positive"])
def test_the_posterior_predicts_every_target_within_its_interval(name):
    loaded = read_study(name)
    targets = targets_of(loaded.targets, loaded.calibration)
    found = predict(
        loaded.study, loaded.study.draws(n_draws=ROWS, seed=3), [target.quantity for target in targets]
    )
    assert {target.population for target in targets} == {name}
    for target, predicted in zip(targets, found, strict=True):
        low, high = target.interval
        assert low < predicted.mean() < high, target.key


def test_car_t_first_gains_health_in_adults_and_costs_more(outcomes):
    gained = outcomes.qalys[:, 1] - outcomes.qalys[:, 0]
    assert np.mean(gained > 0) > 0.9
    assert 1 < gained.mean() < 4
    assert np.all(outcomes.costs[:, 1] > outcomes.costs[:, 0])


def test_older_adults_have_less_health_of_either_therapy_and_gain_by_car_t_too(outcomes):
    older = drawn(read_study("older-adults").study)
    assert np.all(older.qalys.mean(axis=0) < outcomes.qalys.mean(axis=0))
    gained = older.qalys[:, 1] - older.qalys[:, 0]
    assert np.mean(gained > 0) > 0.9
    assert gained.mean() < np.mean(outcomes.qalys[:, 1] - outcomes.qalys[:, 0])


def test_blinatumomab_does_more_in_cr_with_mrd_than_in_relapsed_adults(outcomes):
    """Median OS 36.5 months (BLAST) against 6 to 8: more than twice the life-years."""
    early = evaluate(two(read_study("mrd-positive").study))
    assert early.life_years[0, 0] > 2 * outcomes.life_years[:, 0].mean()


def test_response_to_car_t_is_the_pool_of_the_three_trials_in_adults(adults):
    """44 + 45 + 13 of 53 + 53 + 13, which are as alike as chance has it: log odds with 1/102 + 1/17."""
    parameter = adults.study.parameters["p_cr_tisagenlecleucel"]
    assert parameter.value == pytest.approx(102 / 119, abs=1e-6)
    assert parameter.uncertainty.sd_logit == pytest.approx(np.sqrt(1 / 102 + 1 / 17), rel=1e-4)
    trials = adults.study.population.pooling
    counted = {
        t: [each.trial.key for each in gather(adults.evidence, t, "cr", trials[t]).counted] for t in trials
    }
    assert counted == {t: list(trials[t]) for t in trials}


def test_the_odds_ratio_of_the_older_is_that_of_the_counts_in_the_evidence(adults):
    """Those older than 60 against the rest of MSKCC and FHCRC."""
    shares = [adults.evidence.shares[f"{trial}_response_over_60"] for trial in ("mskcc", "fhcrc")]
    yes, n = sum(s.events for s in shares), sum(s.n for s in shares)
    rows = [adults.evidence.tables["car_t"].studies[trial] for trial in ("mskcc", "fhcrc")]
    all_yes, all_n = sum(round(row.cr.probability * row.n) for row in rows), sum(row.n for row in rows)
    ratio = np.exp(logit(yes / n) - logit((all_yes - yes) / (all_n - n)))
    spread = np.sqrt(1 / yes + 1 / (n - yes) + 1 / (all_yes - yes) + 1 / (all_n - n - all_yes + yes))
    parameter = adults.study.parameters["or_cr_age_older_tisagenlecleucel"]
    assert parameter.value == pytest.approx(ratio, abs=0.005)
    assert parameter.uncertainty.sdlog == pytest.approx(spread, abs=0.005)


def test_nothing_of_children_stands_beside_adults(adults):
    assert {target.population for target in adults.targets_shown.values()} == {"adult"}
    assert adults.published is None
    assert adults.beside == ()
    table = landmarks_table(adults.evidence.landmarks, adults.study)
    assert set(table["label"]) == {"Phase 2 confirmatory", "ALCANTARA", "MSKCC", "FHCRC"}


def test_what_is_of_a_population_is_of_those_that_extend_it_too():
    for name in (None, "subgroups"):
        loaded = read_study(name, posterior=False)
        assert {target.population for target in loaded.targets_shown.values()} == {"paediatric"}
        labels = set(landmarks_table(loaded.evidence.landmarks, loaded.study)["label"])
        assert labels == {"MT103-205", "ELIANA primary", "ELIANA, update of 2018"}
    assert read_study(posterior=False).published.title == "Thielen 2020"


@pytest.mark.parametrize("name", ["adult", "mrd-positive"])
def test_adults_can_be_seen_in_the_setting_of_another_scenario(name):
    loaded = read_study(name, others=["us-payer"], posterior=False)
    assert loaded.study.settings.currency == "USD"
    assert np.all(evaluate(two(loaded.study)).costs > 100_000)


def test_adults_who_are_all_cured_survive_like_the_population_of_their_ages(adults):
    (check,) = certain_cure(Subject(two(adults.study)))
    assert check.passed
