"""Draws shared between studies are those of each study."""

from __future__ import annotations

import numpy as np

from remit import load_study
from remit.analysis.shared_draws import SharedDraws


def test_shared_draws_are_those_of_each_study_to_the_last_bit():
    base, adult = load_study(), load_study("adult")
    studies = (
        base,
        base.set({"p_cr_blinatumomab": 0.4}),
        adult,
        base,
        adult.set({"share_durable_tisagenlecleucel": 0.3, "cost_drug_tisagenlecleucel": 1.0}),
    )
    shared = SharedDraws(7, 40)
    for study in studies:
        own, found = study.draws(seed=7, n_draws=40), shared.of(study)
        assert list(own) == list(found)
        assert all(np.array_equal(own[name], found[name]) for name in own)


def test_a_draw_follows_the_correlations_of_the_parameters_behind_it():
    study = load_study()
    linked = {name: p for name, p in study.parameters.items() if p.correlated_with is not None}
    assert linked, "no parameter of the base case is correlated: this test needs another study"
    name = next(iter(linked))
    shared = SharedDraws(7, 40)
    shared.of(study)
    behind = linked[name].correlated_with.parameter
    changed = study.set({behind: study.means[behind]})
    own, found = changed.draws(seed=7, n_draws=40), shared.of(changed)
    assert all(np.array_equal(own[column], found[column]) for column in own)
