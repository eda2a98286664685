"""Antigen modulation: a prognostic part that holds in either order, and a causal part with share c."""

import numpy as np
import pytest
from chains import stratum
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit, logit

from remit.pathway.modulation import Causes, modulated_response, modulates, modulation
from remit.survival.cure import under_hazard_ratio

EARLIER, LATER = "blinatumomab", "tisagenlecleucel"


def values(*, c=0.5, tempo="base", **changed):
    own = stratum(tempo).values
    numbers = {f"share_causal_modulation_{EARLIER}": c, **changed}
    return own.with_values({name: np.array([float(x)]) for name, x in numbers.items()})


ALL = Causes(np.ones(1), np.ones(1))


def after(reason, given_values, causes=ALL):
    split = modulation(LATER, EARLIER, given_values)
    return modulated_response(split, EARLIER, reason, causes, given_values)


@given(st.floats(0, 1), st.floats(-5, 3), st.floats(0.02, 0.98), st.floats(0.02, 0.98))
@settings(deadline=None, max_examples=40)
def test_the_later_therapy_given_first_keeps_its_trial_remission_for_every_c(c, b, q, p):
    numbers = {f"log_or_cr_later_after_nonresponse_{EARLIER}": b, f"p_cr_{EARLIER}": q, f"p_cr_{LATER}": p}
    split = modulation(LATER, EARLIER, values(c=c, **numbers))
    mixed = q * expit(split.responder) + (1 - q) * expit(split.nonresponder)
    assert mixed == pytest.approx([p], abs=1e-12)
    assert split.nonresponder - split.responder == pytest.approx([(1 - c) * b], abs=1e-9)


def test_the_split_is_what_brentq_solves():
    v = values(c=0.3)
    q, p = (float(v[f"p_cr_{therapy}"][0]) for therapy in (EARLIER, LATER))
    b = float(v[f"log_or_cr_later_after_nonresponse_{EARLIER}"][0])
    x = brentq(lambda x: q * expit(x) + (1 - q) * expit(x + 0.7 * b) - p, -10, 10, xtol=1e-15)
    assert modulation(LATER, EARLIER, v).responder == pytest.approx([x], abs=1e-10)
    assert after("no_response", v).p_cr == pytest.approx([expit(x + b)], abs=1e-12)


@pytest.mark.parametrize("c", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_with_naive_remission_of_317_in_339_remission_after_nonresponse_is_20_of_31_for_every_c(c):
    """The transport check: p given first is chosen so that p_R is 317/339 at this c."""
    b = float(logit(20 / 31) - logit(317 / 339))
    assert b == pytest.approx(-2.07, abs=0.01)
    naive, q = 317 / 339, 0.39
    first = q * naive + (1 - q) * expit(logit(naive) + (1 - c) * b)
    numbers = {
        f"p_cr_{EARLIER}": q,
        f"p_cr_{LATER}": first,
        f"log_or_cr_later_after_nonresponse_{EARLIER}": b,
    }
    v = values(c=c, **numbers)
    assert expit(modulation(LATER, EARLIER, v).responder) == pytest.approx([naive], abs=1e-12)
    assert after("no_response", v).p_cr == pytest.approx([20 / 31], abs=1e-12)


def test_in_the_decision_problem_remission_after_nonresponse_falls_from_about_0_72_to_0_35():
    ends = [float(after("no_response", values(c=c)).p_cr[0]) for c in (0.0, 1.0)]
    assert ends == pytest.approx([0.72, 0.35], abs=0.03)


def test_without_a_causal_part_the_prognostic_part_alone_is_left():
    v = values(c=0.0)
    split = modulation(LATER, EARLIER, v)
    nonresponse, relapse = after("no_response", v), after("relapse", v)
    assert nonresponse.p_cr == pytest.approx(expit(split.nonresponder), abs=1e-15)
    assert relapse.p_cr == pytest.approx(expit(split.responder), abs=1e-15)
    assert relapse.remission.durable.tobytes() == split.would_respond.durable.tobytes()
    ratio = v[f"hr_relapse_later_after_nonresponse_{EARLIER}"]
    assert nonresponse.remission.durable == pytest.approx(split.would_respond.durable**ratio, rel=1e-12)


def test_with_all_of_it_causal_there_is_no_prognosis_to_tell_apart():
    v = values(c=1.0)
    split = modulation(LATER, EARLIER, v)
    trial = split.trial
    assert split.responder == pytest.approx(logit(trial.p_cr), abs=1e-12)
    assert split.would_respond.durable == pytest.approx(trial.remission.durable, abs=1e-14)
    b = v[f"log_or_cr_later_after_nonresponse_{EARLIER}"]
    assert after("no_response", v).p_cr == pytest.approx(expit(logit(trial.p_cr) + b), abs=1e-12)
    b_relapse = v[f"log_or_cr_later_after_relapse_{EARLIER}"]
    assert after("relapse", v).p_cr == pytest.approx(expit(logit(trial.p_cr) + b_relapse), abs=1e-12)


@pytest.mark.parametrize("reason", ["no_response", "relapse"])
@pytest.mark.parametrize("c", [0.0, 0.4, 1.0])
def test_without_an_association_the_later_therapy_does_what_its_trial_says(reason, c):
    nothing = {f"log_or_cr_later_after_{x}_{EARLIER}": 0.0 for x in ("nonresponse", "relapse")}
    nothing |= {f"hr_relapse_later_after_{x}_{EARLIER}": 1.0 for x in ("nonresponse", "relapse")}
    v = values(c=c, **nothing)
    got = after(reason, v)
    assert got.p_cr == pytest.approx(v[f"p_cr_{LATER}"], abs=1e-13)
    assert got.remission.durable == pytest.approx(v[f"share_durable_{LATER}"], abs=1e-14)
    assert got.remission.rate == pytest.approx(v[f"rate_relapse_fragile_{LATER}"], rel=1e-12)


@pytest.mark.parametrize("c", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("tempo", ["slow", "base", "rapid"])
def test_the_curve_given_first_is_the_trial_s_for_every_c(c, tempo):
    v = values(c=c, tempo=tempo)
    split = modulation(LATER, EARLIER, v)
    q = v[f"p_cr_{EARLIER}"]
    weight = (
        (1 - q)
        * expit(split.nonresponder)
        / (q * expit(split.responder) + (1 - q) * expit(split.nonresponder))
    )
    other = under_hazard_ratio(split.would_respond, split.prognostic)
    durable = (1 - weight) * split.would_respond.durable + weight * other.durable
    assert durable == pytest.approx(v[f"share_durable_{LATER}"], abs=1e-12)


def test_after_relapse_only_the_causal_part_acts():
    v = values(c=0.5)
    split = modulation(LATER, EARLIER, v)
    b, ratio = (v[f"{x}_later_after_relapse_{EARLIER}"] for x in ("log_or_cr", "hr_relapse"))
    got = after("relapse", v)
    assert got.p_cr == pytest.approx(expit(split.responder + 0.5 * b), abs=1e-14)
    assert got.remission.durable == pytest.approx(split.would_respond.durable ** (ratio**0.5), rel=1e-12)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_remission_of_none_or_all_cannot_be_shifted(p):
    assert after("no_response", values(**{f"p_cr_{LATER}": p})).p_cr.tolist() == [p]


def test_only_a_therapy_with_its_parameter_modulates():
    assert modulates(EARLIER, values())
    assert not modulates(LATER, values())
