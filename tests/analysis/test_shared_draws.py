"""Draws shared between studies are those of each study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from remit import load_study
from remit.analysis.shared_draws import SharedDraws
from remit.inputs.parameters import Correlation
from remit.study import Study


def test_shared_draws_are_those_of_each_study_to_the_last_bit():
    base, adult = load_study(), load_study("adult")
    studies = (
        base,
        base.set({"p_cr_blinatumomab": 0.4}),
        adult,
        base,
        adult.set({"share_durable_tisagenlecleucel": 0.3, "cost_drug_tisagenlecleucel": 1.0}),
        replace(base, psa=replace(base.psa, sampling="sobol")),
    )
    shared = SharedDraws(7, 40)
    for study in studies:
        own, found = study.draws(seed=7, n_draws=40), shared.of(study)
        assert list(own) == list(found)
        assert all(np.array_equal(own[name], found[name]) for name in own)


def test_a_draw_follows_its_own_distribution_and_the_correlations_behind_it():
    study = load_study()
    fitted = study.posterior.columns
    plain = [n for n, p in study.parameters.items() if p.is_uncertain and not p.by and n not in fitted]
    first, second, third = [name for name in plain if study.parameters[name].columns(name) == [name]][:3]
    kept = study.parameters[third].uncertainty

    def chained(*, to_third: bool, uncertainty: object) -> Study:
        links = {first: Correlation(second, 0.8), second: Correlation(third, 0.7) if to_third else None}
        own = {n: replace(study.parameters[n], correlated_with=link) for n, link in links.items()}
        own[third] = replace(study.parameters[third], correlated_with=None, uncertainty=uncertainty)
        return replace(study, parameters={**study.parameters, **own})

    studies = (
        chained(to_third=True, uncertainty=kept),
        chained(to_third=False, uncertainty=kept),
        chained(to_third=False, uncertainty=study.parameters[first].uncertainty),
    )
    shared = SharedDraws(7, 40)
    for one in studies:
        own, found = one.draws(seed=7, n_draws=40), shared.of(one)
        assert all(np.array_equal(own[name], found[name]) for name in own)
    firsts = [one.draws(seed=7, n_draws=40)[first] for one in studies[:2]]
    assert not np.array_equal(*firsts)  # else the test would show nothing
