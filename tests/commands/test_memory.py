"""More draws or strata than memory allows are refused before anything begins, with an estimate."""

from dataclasses import replace

import pytest

from remit.commands.memory import check_memory
from remit.errors import InputError
from remit.files.studies import read_study
from remit.inputs.distributions import Fixed
from remit.inputs.parameters import Parameter
from remit.pathway.population import Population
from remit.settings import Plan


def of_features(study, n_levels):
    """Return the study in a population of two features with so many levels each."""
    levels = tuple(f"l{number}" for number in range(n_levels))
    shares = dict.fromkeys(levels, 1 / n_levels)
    made = {
        f"share_{name}": Parameter("made up", shares, "share", Fixed("x"), "assumption", of="other", note="x")
        for name in ("one", "other")
    }
    population = Population("Made up", "us_2014", {"one": levels, "other": levels})
    return replace(study, population=population, parameters={**study.parameters, **made})


def test_the_base_case_fits_and_too_many_draws_or_strata_do_not():
    study = read_study(posterior=False).study
    check_memory(study, jobs=2)
    many = replace(study, psa=Plan(10_000_000, 1))
    with pytest.raises(InputError, match=r"10,000,000 draws need about \d+ GB of memory; there are \d+"):
        check_memory(many, jobs=1)
    check_memory(of_features(study, 3), jobs=1)
    with pytest.raises(InputError, match=r"4,900 strata x 4 strategies need about \d+ GB.*fewer features"):
        check_memory(of_features(study, 70), jobs=1)
