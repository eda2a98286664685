"""A user's table of draws is checked before it is used."""

import numpy as np
import pandas as pd
import pytest

from remit import evaluate, load_study, run_psa
from remit.errors import InputError


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"p_cr_blinatumomab": [1.5]}, "from 0 to 1"),
        ({"p_cr_blinatumomab": [np.nan]}, "finite"),
        ({"cost_salvage": [-1.0]}, "from 0"),
        ({"utility_on_treatment": [1.2]}, "from -0.6 to 1"),
        ({"p_cr_blinatumomab": [0.3] * 10, "p_trm_first_hsct": [0.1] * 9}, "has 9 draws, others 10"),
        ({"p_cr_blinatumomab": []}, "has 0 draws"),
        ({"share_tempo_slow": [0.9]}, "needs all its columns"),
        ({f"share_tempo_{k}": [0.5] for k in ("slow", "base", "rapid")}, "must sum to 1"),
        ({"age_start": [45.0]}, "an age is no draw"),
        ({"p_cr_blinatumumab": [0.4]}, "p_cr_blinatumomab"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_in_a_line(study, table, words):
    with pytest.raises(InputError, match=words):
        evaluate(study, table)


def test_every_mistake_of_a_table_is_told_at_once(study):
    with pytest.raises(InputError) as error:
        evaluate(study, {"p_cr_blinatumomab": [2.0], "cost_salvage": [-1.0], "nonsense": [1.0]})
    assert len(error.value.problems) == 3


def test_a_mapping_and_a_data_frame_with_draw_numbers_give_the_same(study):
    columns = {"p_cr_blinatumomab": [0.3, 0.5], "cost_salvage": [1e4, 2e4]}
    frame = pd.DataFrame({"draw": [0, 1], **columns})
    np.testing.assert_array_equal(evaluate(study, columns).costs, evaluate(study, frame).costs)


def test_a_column_of_one_value_holds_for_every_draw(study):
    one = evaluate(study, {"p_cr_blinatumomab": [0.3, 0.5], "cost_salvage": [1e4]})
    two = evaluate(study, {"p_cr_blinatumomab": [0.3, 0.5], "cost_salvage": [1e4, 1e4]})
    np.testing.assert_array_equal(one.costs, two.costs)


def test_without_uncertainty_psa_repeats_the_deterministic_run_and_draws_nothing(study):
    fixed = study.set(
        {
            name: p.means(name)[name]
            for name, p in study.parameters.items()
            if p.is_uncertain and not p.by and not isinstance(p.central, dict)
        }
    )
    fixed = fixed.set({name: dict(p.value) for name, p in fixed.parameters.items() if p.is_uncertain})
    psa = run_psa(fixed, n_draws=5, seed=1)
    assert psa.parameters == {}
    np.testing.assert_array_equal(psa.outcomes.costs, evaluate(fixed).costs.repeat(5, axis=0))


def test_an_age_in_months_is_turned_into_years(study):
    from dataclasses import replace

    age = replace(study.parameters["age_start"], value=144, unit="months")
    assert replace(study, parameters={**study.parameters, "age_start": age}).age == pytest.approx(12)


@pytest.mark.parametrize("jobs", [0, -1, True, 1.5])
def test_a_silly_number_of_jobs_is_refused(study, jobs):
    with pytest.raises(InputError, match="jobs"):
        evaluate(study, jobs=jobs)
