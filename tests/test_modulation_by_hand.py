"""What antigen modulation comes to by hand, in the engine and in the second model."""

import functools
import math

import pytest

import independent
from independent_patients import Past
from remit.files.studies import read_study
from remit.pathway.build import response_after_nonresponse

EARLIER, LATER = "blinatumomab", "tisagenlecleucel"
C = f"share_causal_modulation_{EARLIER}"
B, H = (f"{what}_later_after_nonresponse_{EARLIER}" for what in ("log_or_cr", "hr_relapse"))
B_R, H_R = (f"{what}_later_after_relapse_{EARLIER}" for what in ("log_or_cr", "hr_relapse"))
# 317 of 339 patients without blinatumomab, 20 of 31 who had not responded to it (Myers 2022).
NAIVE, AFTER_NONRESPONSE = 317 / 339, 20 / 31
FAILED = Past(0, EARLIER, "no_response")
RELAPSED = Past(0, EARLIER, "relapse", relapse=2.0)


def logit(p):
    return math.log(p / (1 - p))


def expit(x):
    return 1 / (1 + math.exp(-x))


@functools.cache
def study():
    return read_study(posterior=False).study


@functools.cache
def files_of_base():
    return independent.Files()


def strata(**changed):
    """Return the second model's strata with their shares, where some parameters are changed."""
    files = files_of_base()
    return independent.Population(files, files.in_years(study().means | changed)).strata()


def by_engine(**changed):
    """Return the engine's CR, durable share and relapse rate after non-response, by stratum."""
    changed_study = study().set(changed)
    serial = changed_study.strategies["blinatumomab_then_car_t"]
    found = []
    for stratum in changed_study.strata(changed_study.values(None)):
        response = response_after_nonresponse(serial, changed_study.therapies, stratum.values)
        cure = response.remission
        found.append(tuple(float(x[0]) for x in (response.p_cr, cure.durable, cure.rate)))
    return found


def by_second_model(past, **changed):
    return [stratum.response(LATER, (past,), ahead=False) for stratum, _ in strata(**changed)]


@pytest.mark.parametrize(("c", "expected"), [(0, 0.72), (1, 0.35)])
def test_remission_after_nonresponse_runs_from_0_72_to_0_35(c, expected):
    """The second scale of the decision map, at the means, over those who do not respond."""
    for responses in (by_engine(**{C: c}), by_second_model(FAILED, **{C: c})):
        failing = [share * (1 - stratum.p_cr(EARLIER)) for stratum, share in strata()]
        mean = sum(w * p for w, (p, *_) in zip(failing, responses, strict=True)) / sum(failing)
        assert mean == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("c", [0, 0.25, 1])
def test_on_the_scale_of_those_who_would_respond_the_20_of_31_come_back_for_every_c(c):
    alike = {f"or_cr_tempo_rapid_{EARLIER}": 1.0, C: c}
    q = study().means[f"p_cr_{EARLIER}"]
    b = study().means[B]
    alike[f"p_cr_{LATER}"] = q * NAIVE + (1 - q) * expit(logit(NAIVE) + (1 - c) * b)
    for responses in (by_engine(**alike), by_second_model(FAILED, **alike)):
        for p, *_ in responses:
            assert p == pytest.approx(expit(logit(NAIVE) + b), abs=1e-12)
            assert p == pytest.approx(AFTER_NONRESPONSE, abs=1e-3)


def test_without_a_causal_part_those_who_would_not_respond_are_worse_by_the_whole_association():
    p, d = (study().means[f"{name}_{LATER}"] for name in ("p_cr", "share_durable"))
    after_relapse = by_second_model(RELAPSED, **{C: 0})
    for responses in (by_engine(**{C: 0}), by_second_model(FAILED, **{C: 0})):
        for (stratum, _), (p_not, d_not, _), (p_would, d_would, _) in zip(
            strata(), responses, after_relapse, strict=True
        ):
            q = stratum.p_cr(EARLIER)
            assert logit(p_not) - logit(p_would) == pytest.approx(study().means[B], abs=1e-11)
            assert q * p_would + (1 - q) * p_not == pytest.approx(p, abs=1e-12)
            # Among those in remission after CAR T, given first, the share who would not have responded.
            weight = (1 - q) * p_not / p
            assert d_not == pytest.approx(d_would ** study().means[H], abs=1e-12)
            assert (1 - weight) * d_would + weight * d_not == pytest.approx(d, abs=1e-12)


def test_without_a_causal_part_no_more_have_lost_the_antigen_than_before():
    naive = study().means["share_antigen_naive_cd19_negative"]
    for stratum, _ in strata(**{C: 0}):
        assert stratum.negative_share(FAILED, LATER) == naive
    for stratum, _ in strata(**{C: 1}):
        assert stratum.negative_share(FAILED, LATER) > naive


@pytest.mark.parametrize("c", [0, 0.5, 1])
def test_without_an_association_a_later_car_is_as_if_given_first(c):
    nothing = {B: 0.0, B_R: 0.0, H: 1.0, H_R: 1.0, C: c}
    expected = [(stratum.p_cr(LATER), *stratum.trial(LATER)) for stratum, _ in strata()]
    for found in (by_engine(**nothing), *(by_second_model(past, **nothing) for past in (FAILED, RELAPSED))):
        for one, other in zip(found, expected, strict=True):
            assert one == pytest.approx(other, rel=1e-12)
