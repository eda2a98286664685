"""What giving one therapy before another loses: parts add up, and vanish where they must."""

import numpy as np
import pytest

from remit import evaluate
from remit.analysis.sequencing import losses
from remit.files.studies import read_study


@pytest.fixture(scope="module")
def study():
    return read_study(posterior=False).study


def by_part(study, draws=None):
    return {(one.strategy, one.part): one for one in losses(study, draws)}


def test_modulation_and_attrition_add_up_to_the_loss_against_the_later_therapy_first(study):
    draws = study.draws(n_draws=20, seed=5)
    parts, outcomes = by_part(study, draws), evaluate(study, draws)
    for name in ("blinatumomab_then_car_t", "blinatumomab_bridge_to_car_t"):
        total, modulation, attrition = (parts[name, x] for x in ("total", "modulation", "attrition"))
        places = [outcomes.strategies.index(x) for x in ("car_t", name)]
        np.testing.assert_allclose(total.qalys, modulation.qalys + attrition.qalys, atol=1e-12)
        np.testing.assert_allclose(total.costs, modulation.costs + attrition.costs, atol=1e-7)
        np.testing.assert_allclose(
            total.qalys, outcomes.qalys[:, places[0]] - outcomes.qalys[:, places[1]], atol=1e-9
        )
        assert total.nmb(80000.0) == pytest.approx(80000 * total.qalys - total.costs)


def test_without_a_causal_part_nothing_is_lost_by_modulation(study):
    parts = by_part(study.set({"share_causal_modulation_blinatumomab": 0.0}))
    assert [one.qalys.tolist() for (_, part), one in parts.items() if part == "modulation"] == [[0.0], [0.0]]
    whole = by_part(study.set({"share_causal_modulation_blinatumomab": 1.0}))
    assert all(one.qalys[0] > 1 for (_, part), one in whole.items() if part == "modulation")


def test_collecting_cells_at_the_start_is_compared_with_the_same_therapies(study):
    parts, outcomes = by_part(study), evaluate(study)
    found = {name: one for (name, part), one in parts.items() if part == "collecting cells later"}
    assert found.keys() == {"blinatumomab_then_car_t"}
    bridge, serial = (outcomes.strategies.index(f"blinatumomab_{x}_car_t") for x in ("bridge_to", "then"))
    gap = outcomes.qalys[:, bridge] - outcomes.qalys[:, serial]
    np.testing.assert_allclose(found["blinatumomab_then_car_t"].qalys, gap, atol=1e-9)


def test_strategies_without_a_modulating_line_lose_nothing(study):
    from dataclasses import replace

    few = {name: study.strategies[name] for name in ("blinatumomab", "car_t")}
    assert list(losses(replace(study, strategies=few))) == []
