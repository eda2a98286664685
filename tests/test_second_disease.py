"""Multiple myeloma from YAML alone: illustrative, apart from B-ALL, and by the same rules."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from remit.errors import InputError
from remit.evaluation import evaluate
from remit.files.reader import read_document
from remit.files.studies import read_study
from remit.pathway.response import trial_response
from remit.report.model_tables import landmarks_table

PARAMS = Path(__file__).parents[1] / "params"
OWN = ("disease/myeloma", "populations/myeloma", "therapies/bcma_car", "therapies/bcma_bispecific")


@cache
def study():
    return read_study("myeloma").study


def test_it_runs_from_its_priors_and_not_from_the_posterior_of_b_all():
    loaded = read_study("myeloma")
    assert loaded.study.posterior is None
    assert loaded.calibration is None
    assert loaded.beside == ()
    assert loaded.published is None
    outcomes = evaluate(loaded.study)
    assert np.all((outcomes.qalys > 1) & (outcomes.qalys < outcomes.life_years))
    assert np.all(outcomes.costs > 100_000)


def test_every_number_of_it_is_called_an_assumption():
    for name in OWN:
        parameters = read_document(PARAMS / f"{name}.yaml").data["parameters"]
        assert {one["source"] for one in parameters.values()} == {"assumption"}, name


def test_nothing_of_cd19_or_of_transplant_reaches_it():
    loaded = study()
    assert "share_antigen_naive_cd19_positive" not in loaded.values(None)
    outcomes = evaluate(loaded, counts=True)
    assert not any(event.kind == "hsct" and np.any(count > 0) for event, count in outcomes.events.items())


def test_the_bispecific_modulates_later_cells_and_not_those_given_first():
    loaded = study()
    none, all_ = (
        evaluate(loaded.set({"share_causal_modulation_bcma_bispecific": c})).qalys[0] for c in (0.0, 1.0)
    )
    names = list(loaded.strategies)
    car, later = names.index("bcma_car"), names.index("bcma_bispecific_then_car")
    assert none[car] == pytest.approx(all_[car], rel=1e-12)
    assert none[later] > all_[later]
    assert trial_response("bcma_car", loaded.values(None)).p_cr == pytest.approx([0.7])


def test_curves_without_any_reported_point_have_an_empty_table_of_them():
    table = landmarks_table(read_study("myeloma").evidence.landmarks, study())
    assert table.empty
    assert {"strategy", "origin", "endpoint", "year", "follow_up_end"} <= set(table.columns)


@pytest.mark.usefixtures("project")
def test_all_strategies_of_a_disease_are_looked_at_and_those_of_another_are_not():
    read_study(posterior=False, everything=True)
    read_study("myeloma", posterior=False, everything=True)
    file = Path("params/therapies/bcma_car.yaml")
    file.write_text(file.read_text().replace("  p_cr_bcma_car:", "  p_of_bcma_car:"))
    read_study(posterior=False, everything=True)
    with pytest.raises(InputError, match="p_cr_bcma_car"):
        read_study("myeloma", posterior=False, everything=True)
