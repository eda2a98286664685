"""The verification tests: that they pass on what is shipped, and that each of them can fail."""

from dataclasses import replace

import numpy as np
import pytest

from remit import load_study
from remit import study as studies
from remit.analysis.verification import TESTS, Check, Subject, balance, symmetry, verify
from remit.economics import outcomes, scales, valuation
from remit.engine import clock, closed_form
from remit.inputs import draws as drawing
from remit.inputs.distributions import Fixed
from remit.pathway import graph, lines, sequence
from remit.pathway.population import Population
from remit.pathway.remission import Class
from remit.survival import life_table


def trimmed(study):
    """Return a study of one stratum, two strategies and one-phase sojourns: quick, as able to fail."""
    kept = {name: study.strategies[name] for name in ("blinatumomab", "blinatumomab_then_car_t")}
    plain = study.set({name: 1.0 for name in study.parameters if name.startswith("shape_")})
    return replace(plain, strategies=kept, population=Population("All", study.population.life_table))


@pytest.fixture(scope="module")
def small():
    return trimmed(load_study())


def test_every_test_passes_on_the_base_case():
    checks = list(verify(load_study()))
    assert [check for check in checks if not check.passed] == []
    names = {check.test for check in checks}
    assert {f"V{n:02}" for n in (1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21)} <= names
    assert {"V30", "V31", "V33", "V34", "V35", "V63", "V73", "V74", "V75"} <= names


@pytest.mark.parametrize("scenario", ["base", "scenarios/no-cure", "scenarios/start-infused"])
def test_every_test_passes_on_some_of_what_is_shipped(scenario):
    checks = list(verify(trimmed(load_study(f"params/{scenario}.yaml"))))
    assert [check for check in checks if not check.passed] == []


def test_a_study_without_uncertainty_or_later_lines_can_be_verified(small):
    certain = {
        name: replace(p, uncertainty=Fixed("a test"), correlated_with=None)
        for name, p in small.parameters.items()
    }
    single = {"blinatumomab": small.strategies["blinatumomab"]}
    study = replace(small, parameters=certain, strategies=single)
    assert [check for check in verify(study) if not check.passed] == []


def test_nan_never_passes():
    assert not Check("V00", "about", float("nan"), 1.0).passed
    assert not Check("V00", "about", 1.1, 1.0).passed
    assert Check("V00", "about", 1.0, 1.0).passed


# Each defect is put into the model; the test named must see it.


def drop_deaths(patch):
    """Leave the hazards of death out of the rates at which states are left."""

    def exit_rates(self, epoch):
        total = np.zeros_like(self.initial)
        for move, hazard in zip(self.transitions, self.hazards[epoch], strict=True):
            if move.destination < len(self.states) - 1:
                total[move.origin] += hazard
        return total

    patch.setattr(graph.Pathway, "exit_rates", exit_rates)


def scale(home, name, factor, pick=None):
    """Return a defect: what a function returns, or one part of it, times a factor."""

    def defect(patch):
        original = getattr(home, name)

        def wrong(*args, **kwargs):
            found = original(*args, **kwargs)
            if pick is None:
                return found * factor
            return tuple(part * factor if i == pick else part for i, part in enumerate(found))

        patch.setattr(home, name, wrong)

    return defect


def put(home, name, new):
    """Return a defect: another thing in place of a function."""
    return lambda patch: patch.setattr(home, name, new)


def young_again(patch):
    original = studies.background_survival
    patch.setattr(studies, "background_survival", lambda *a, **k: original(*a, **k)[::-1])


def nobody_dies_of_age(patch):
    original = studies.background_survival
    patch.setattr(studies, "background_survival", lambda *a, **k: np.ones_like(original(*a, **k)))


def no_rescue(patch):
    original = lines.Course.send

    def send(self, origin, hazard, branches, *events):
        original(self, origin, hazard, [b for b in branches if b[0] != "rescued"], *events)

    patch.setattr(lines.Course, "send", send)


def deaths_twice(patch):
    original = valuation._happened

    def happened(*args):
        return {
            event: count * (2 if "death" in event.kind else 1) for event, count in original(*args).items()
        }

    patch.setattr(valuation, "_happened", happened)


def without_prices(kind):
    kept = tuple(price for price in valuation.EVENT_PRICES if price.kind != kind)
    return put(valuation, "EVENT_PRICES", kept)


def price_squared(patch):
    wrong = tuple(
        replace(p, parameters=p.parameters * 2) if p.parameters == ("cost_drug_{therapy}",) else p
        for p in valuation.EVENT_PRICES
    )
    patch.setattr(valuation, "EVENT_PRICES", wrong)


def cost_without_a_parameter(patch):
    original = valuation._event_costs

    def costs(pathway, *args):
        yield from original(pathway, *args)
        yield "drug", np.ones(pathway.n_draws)

    patch.setattr(valuation, "_event_costs", costs)


def qalys_from_nothing(patch):
    original = valuation._qalys
    patch.setattr(valuation, "_qalys", lambda *args: original(*args) + 0.1)


def swapped_discounting(patch):
    original = scales.Discounting
    patch.setattr(studies, "Discounting", lambda costs, qalys: original(qalys, costs))


def compounding(patch):
    patch.setattr(scales, "_factor", lambda rate: lambda t: (1.0 + rate) ** np.asarray(t))


def some_always_respond(patch):
    original = sequence.trial_response

    def response(therapy, values):
        found = original(therapy, values)
        return replace(found, p_cr=np.maximum(found.p_cr, 0.1))

    patch.setattr(sequence, "trial_response", response)


def nobody_wholly_durable(patch):
    original = lines.remission_classes

    def classes(therapy, remission, values, *family):
        durable, *rest = original(therapy, remission, values, *family)
        relapsing = Class(
            "fragile_too", 0.1 * durable.share, values.full(1.0), durable=False, positive=values.full(0.0)
        )
        return [replace(durable, share=0.9 * durable.share), *rest, relapsing]

    patch.setattr(lines, "remission_classes", classes)


def memory_of_earlier_pathways(patch):
    original, calls = studies.build_pathway, []

    def build(strategy, therapies, values, **kwargs):
        calls.append(1)
        nudge = values["rate_death_not_treated"] * (1 + 1e-6 * len(calls))
        return original(strategy, therapies, values.with_values({"rate_death_not_treated": nudge}), **kwargs)

    patch.setattr(studies, "build_pathway", build)


def causal_share_that_always_acts(patch):
    original = sequence.modulation

    def modulation(later, earlier, values):
        split = original(later, earlier, values)
        return replace(split, nonresponder=split.nonresponder - values[f"share_causal_modulation_{earlier}"])

    patch.setattr(sequence, "modulation", modulation)


def some_always_fit(patch):
    original = lines.scaled
    patch.setattr(lines, "scaled", lambda branches, share: original(branches, np.maximum(share, 0.01)))


def draws_off_the_mean(patch):
    original = studies.Study.values

    def values(self, drawn):
        found = original(self, drawn)
        return (
            found.with_values({"utility_active_disease": found["utility_active_disease"] * 1.01})
            if drawn
            else found
        )

    patch.setattr(studies.Study, "values", values)


def jobs_that_matter(patch):
    original = symmetry.evaluate

    def evaluate(study, parameters=None, *, jobs=1, **kwargs):
        found = original(study, parameters, jobs=jobs, **kwargs)
        return replace(found, costs=found.costs * (1 + 1e-15 * (jobs - 1)))

    patch.setattr(symmetry, "evaluate", evaluate)


def draws_that_depend_on_their_number(patch):
    original = drawing.uniforms
    patch.setattr(drawing, "uniforms", lambda seed, name, n: original(seed + n, name, n))


def too_long_steps(patch):
    original = clock.step_weights
    patch.setattr(clock, "step_weights", lambda *a: tuple(1.1 * part for part in original(*a)))


DEFECTS = [
    ("V01", "rows with death", drop_deaths),
    ("V01", "as month by month", scale(closed_form.Solution, "occupancy", 1 + 1e-6)),
    ("V01", "trace over 1,200", scale(balance, "cohort_trace", 1 + 5e-10)),
    ("V02", "largest decrease", young_again),
    ("V02", "nobody can reach", no_rescue),
    ("V02", "alive at a lifetime", nobody_dies_of_age),
    ("V03", "change of its occupancy", put(closed_form, "_add_moves", lambda *_: None)),
    ("V03", "those alive: one per", put(closed_form, "_add_moves", lambda *_: None)),
    ("V03", "no more than one", deaths_twice),
    ("V03", "unit cost", without_prices("leukaemia_death")),
    ("V04", "cost categories", scale(outcomes, "_total", 1 + 1e-7)),
    ("V04", "QALYs by state", scale(outcomes, "_total", 1 + 1e-7)),
    ("V04", "life-years by state", scale(outcomes, "_total", 1 + 1e-7)),
    ("V05", "weights", too_long_steps),
    ("V10", "utilities 1", scale(valuation, "_qalys", 0.99)),
    ("V11", "utilities 0", qalys_from_nothing),
    ("V12", "costs 0", cost_without_a_parameter),
    ("V13", "mortality 0", too_long_steps),
    ("V14", "all die", nobody_dies_of_age),
    ("V15", "do not depend", swapped_discounting),
    ("V15", "raises nothing", compounding),
    ("V17", "remission or after", some_always_respond),
    ("V17", "HSCT in remission", some_always_respond),
    ("V18", "all cured", nobody_wholly_durable),
    ("V19", "one cycle", too_long_steps),
    ("V20", "doubled", price_squared),
    ("V20", "price 0", cost_without_a_parameter),
    ("V21", "life table", scale(life_table, "_cumulative", 1.01)),
    ("V30", "identical", memory_of_earlier_pathways),
    ("V31", "another order", memory_of_earlier_pathways),
    ("V33", "ratios of 1", causal_share_that_always_acts),
    ("V34", "first line alone", some_always_fit),
    ("V35", "twice the costs", cost_without_a_parameter),
    ("V63", "totals", drop_deaths),
    ("V63", "events", drop_deaths),
    ("V73", "at its mean", draws_off_the_mean),
    ("V74", "two jobs", jobs_that_matter),
    ("V75", "fewer draws", draws_that_depend_on_their_number),
]


@pytest.mark.parametrize(("name", "about", "defect"), DEFECTS, ids=[f"{n} {a}" for n, a, _ in DEFECTS])
def test_a_defect_in_the_model_is_seen_by_its_test(name, about, defect, small, monkeypatch):
    defect(monkeypatch)
    subject = Subject(small)
    own = [test for test in TESTS if name in (test.__doc__ or "")]
    failed = {
        check.about for test in own for check in test(subject) if check.test == name and not check.passed
    }
    assert any(about in one for one in failed)
