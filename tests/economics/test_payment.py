"""Ways of paying: chances against a matrix exponential, prices against what was counted and followed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

import remit.economics.payment as payment_module
from remit import evaluate
from remit.analysis.follow_up import without_event
from remit.economics.payment import START, Instalment, Payment, charges_of
from remit.errors import InputError
from remit.evaluation import unit_costs
from remit.files.posteriors import marks_of
from remit.files.studies import read_study, targets_of
from remit.pathway.graph import Event, Pathway, State, Transition
from remit.pathway.population import Population

CELLS, PRICE = "tisagenlecleucel", "cost_drug_tisagenlecleucel"
DRUGS = ("cost_lymphodepletion_drug_tisagenlecleucel",)
MONTH = 1 / 12
YEARLY = tuple(12.0 * year for year in range(1, 6))


def in_remission(*months):
    """Pay the same part of the price in each month of those in remission."""
    return Payment(due=tuple(Instalment(month, 1 / len(months), "in_remission") for month in months))


@pytest.fixture(scope="module")
def loaded():
    return read_study(posterior=False)


@pytest.fixture(scope="module")
def study(loaded):
    """Patients alike, and no drugs but the therapies, so that a bill for drugs is one for their prices."""
    alike = replace(loaded.study, population=Population("All", loaded.study.population.life_table))
    return alike.set(dict.fromkeys(DRUGS, 0.0))


@pytest.fixture(scope="module")
def undiscounted(study):
    return study.with_settings(discount_costs=0.0)


def drugs(outcomes):
    """Return the bill for drugs, (draw, strategy)."""
    return outcomes.costs_by_category[:, :, outcomes.categories.index("drug")]


def only(study, strategy):
    return replace(study, strategies={strategy: study.strategies[strategy]}, comparator=strategy)


def bill(study, strategy, payment, therapy=CELLS):
    paying = study if payment is None else study.with_settings(payment={therapy: payment})
    return float(drugs(evaluate(only(paying, strategy)))[0, 0])


# Two infusions of one therapy, after which patients fare differently; relapse may be rescued in line 3.
STATES = (
    State("first", "relapse", "treated", CELLS, 1),
    State("remission", "remission", "remission", CELLS, 1),
    State("transplanted", "hsct", "hsct_later", CELLS, 1),
    State("again", "relapse", "treated", CELLS, 2),
    State("remission again", "remission", "remission", CELLS, 2),
    State("rescued", "remission", "remission", "", 3),
    State("dead", "death", "dead"),
)
MOVES = {
    (0, 1): 9.0,
    (0, 6): 0.7,
    (1, 2): 0.5,
    (1, 3): 1.1,
    (2, 3): 0.2,
    (3, 4): 6.0,
    (3, 5): 0.4,
    (3, 6): 2.0,
    (4, 5): 0.3,
    (4, 6): 0.9,
}
INFUSION = Event("infusion", CELLS)


def by_hand(start, counted, month):
    """Return the share in some states a number of months after a start in one of them."""
    generator = np.zeros((7, 7))
    for (origin, destination), hazard in MOVES.items():
        generator[origin, destination] += hazard
        generator[origin, origin] -= hazard
    return float(expm(generator * month / 12)[start, counted].sum())


def small_pathway():
    infusions = {(1, 3): (INFUSION,), (2, 3): (INFUSION,)}
    moves = tuple(Transition(*move, infusions.get(move, ())) for move in MOVES)
    initial = np.zeros((7, 8))
    initial[0] = 1.0
    hazards = np.array([[[hazard] * 8 for hazard in MOVES.values()]])
    return Pathway(
        STATES, moves, initial, (0.0,), hazards, starting_events=((INFUSION, np.ones(initial.shape[1])),)
    )


@pytest.mark.parametrize("month", [1.0, 3.0, 30.0])
@pytest.mark.parametrize(
    ("only_if", "place", "start", "counted"),
    [
        ("in_remission", START, 0, [1, 2]),  # HSCT in it counts, a later line's remission does not
        ("in_remission", 3, 3, [4]),
        ("alive", START, 0, range(6)),
        ("alive", 3, 3, range(6)),
    ],
)
def test_the_share_of_a_price_is_that_of_a_matrix_exponential(month, only_if, place, start, counted):
    due = (Instalment(0.0, 0.25), Instalment(month, 0.75, only_if))
    charges = charges_of(small_pathway(), {CELLS: Payment(0.4, due=due)}, 0.04)
    chance = by_hand(start, list(counted), month)
    expected = 0.6 * (0.25 + 0.75 * chance * 1.04 ** (-month / 12))
    assert set(charges) == {(INFUSION, START), (INFUSION, 3)}
    assert charges[INFUSION, place] == pytest.approx(np.full(8, expected), abs=1e-10)


def test_where_the_whole_price_is_paid_at_infusion_nobody_is_followed(study, monkeypatch):
    def followed(*_):
        raise AssertionError

    monkeypatch.setattr(payment_module, "occupancy_over", followed)
    assert bill(study, "car_t", Payment(0.3)) > 0
    with pytest.raises(AssertionError):
        bill(study, "car_t", in_remission(3.0))


def test_a_therapy_that_is_not_listed_is_paid_at_infusion(study):
    listed, not_listed = (evaluate(study.with_settings(payment=way)) for way in ({CELLS: Payment()}, {}))
    assert listed.costs_by_category.tobytes() == not_listed.costs_by_category.tobytes()


@pytest.mark.parametrize("strategy", ["car_t", "blinatumomab_then_car_t"])
def test_a_price_is_charged_at_every_infusion(undiscounted, strategy):
    events = evaluate(undiscounted, counts=True).events
    place = list(undiscounted.strategies).index(strategy)
    expected = sum(
        count[0, place] * undiscounted.means[f"cost_drug_{event.therapy}"]
        for event, count in events.items()
        if event.kind == "infusion"
    )
    assert bill(undiscounted, strategy, None) == pytest.approx(expected, rel=1e-13)


def test_a_discount_of_30_percent_leaves_seven_tenths_of_the_bill(study):
    assert bill(study, "car_t", Payment(0.3)) == pytest.approx(0.7 * bill(study, "car_t", None), rel=1e-15)
    assert bill(study, "blinatumomab", Payment(0.3)) == bill(study, "blinatumomab", None)


def test_instalments_that_are_always_due_are_the_whole_price_but_for_discounting(study, undiscounted):
    fifths = Payment(due=tuple(Instalment(month, 0.2) for month in YEARLY))
    whole = bill(undiscounted, "car_t", None)
    assert bill(undiscounted, "car_t", fifths) == pytest.approx(whole, rel=1e-14)
    later = np.mean([1.04**-year for year in range(1, 6)])
    assert bill(study, "car_t", fifths) == pytest.approx(later * bill(study, "car_t", None), rel=1e-14)


def test_instalments_of_the_living_lie_between_those_in_remission_and_all(study):
    ways = ("in_remission", "alive", "always")
    due = [Payment(due=tuple(Instalment(month, 0.2, only_if) for month in YEARLY)) for only_if in ways]
    bills = [bill(study, "car_t", payment) for payment in due]
    assert bills == sorted(bills)
    assert bills[0] < 0.9 * bills[1] < 0.81 * bills[2]


def test_a_product_made_and_not_given_is_charged_at_its_discounted_price(undiscounted):
    lost = evaluate(undiscounted, counts=True).events[Event("product_not_given", CELLS)][0]
    whole = drugs(evaluate(undiscounted))[0]
    ways = Payment(discount=0.2), Payment(discount=0.2, not_given=0.5)
    without, paid = (drugs(evaluate(undiscounted.with_settings(payment={CELLS: way})))[0] for way in ways)
    assert lost[1] > 0.05
    assert lost[2] > 0.01
    assert paid - without == pytest.approx(0.5 * 0.8 * lost * undiscounted.means[PRICE], rel=1e-9)
    wholly = undiscounted.with_settings(payment={CELLS: Payment(not_given=1.0)})
    assert drugs(evaluate(wholly))[0] - whole == pytest.approx(lost * undiscounted.means[PRICE], rel=1e-9)


@pytest.mark.parametrize(
    ("strategy", "therapy", "start", "relapse"),
    [
        ("car_t", CELLS, "enrolled", "exponential"),
        ("car_t", CELLS, "infused", "exponential"),
        ("car_t", CELLS, "enrolled", "weibull"),
        ("blinatumomab", "blinatumomab", "enrolled", "exponential"),
    ],
)
def test_an_outcome_based_price_counts_those_in_remission_then(study, strategy, therapy, start, relapse):
    """Against the share in remission from infusion, as it is held against relapse-free survival."""
    alike = study.with_settings(start=start, relapse=relapse)
    values = alike.wide_values(None)
    followed = without_event(
        alike, strategy, "infusion", ("rfs",), np.array([3 * MONTH]), values, alike.strata(values)
    )
    # An instalment leaves background mortality out.
    chance = (followed["rfs"][0] / alike.survival(values, np.array([3 * MONTH]))[0])[0]
    expected = bill(alike, strategy, None) * chance * 1.04**-0.25
    assert 0.2 < chance < 0.8
    assert bill(alike, strategy, in_remission(3.0), therapy) == pytest.approx(expected, rel=1e-9)


def test_the_same_therapy_is_worth_less_of_its_price_after_some_failures_than_after_others(study):
    values = study.wide_values(None)
    pathway = study.pathway("blinatumomab_then_car_t", study.strata(values)[0].values)
    charges = charges_of(pathway, {CELLS: in_remission(3.0)}, 0.0)
    share = {
        pathway.states[place].name: float(np.ravel(paid)[0])
        for (event, place), paid in charges.items()
        if event == INFUSION
    }
    assert share["line_2.after_no_response.treated_1"] < share["line_2.after_relapse.treated_1"] - 0.05


@pytest.mark.parametrize("start", ["enrolled", "infused"])
def test_unit_costs_times_prices_are_the_costs_whatever_the_way_of_paying(study, start):
    ways = {CELLS: replace(in_remission(3.0, 24.0), not_given=0.5), "blinatumomab": Payment(0.1)}
    paying = only(study, "blinatumomab_then_car_t").with_settings(payment=ways, start=start)
    draws = paying.draws(n_draws=8, seed=2)
    outcomes, each = evaluate(paying, draws), unit_costs(paying, draws)
    prices = {name: draws.get(name, np.full(8, paying.means[name])) for name in each}
    summed = sum(each[name] * prices[name][:, None, None] for name in each)
    assert summed == pytest.approx(outcomes.costs_by_category, rel=1e-9, abs=1e-6)


def test_a_draw_is_paid_for_alike_alone_and_among_others(study):
    alone = only(study, "blinatumomab_then_car_t")
    paying = alone.with_settings(payment=dict.fromkeys((CELLS, "blinatumomab"), in_remission(3.0, 30.0)))
    draws = paying.draws(n_draws=150, seed=3)
    together = evaluate(paying, draws).costs
    for low, high in ((0, 1), (7, 40), (40, 150)):
        apart = evaluate(paying, {name: column[low:high] for name, column in draws.items()}).costs
        assert apart.tobytes() == together[low:high].tobytes()


SCENARIOS = {
    "outcome-based-payment": (-1, Payment(due=(Instalment(3.0, 1.0, "in_remission"),))),
    "instalments": (-1, Payment(due=tuple(Instalment(month, 0.2, "in_remission") for month in YEARLY))),
    "product-made-not-given": (1, Payment(not_given=1.0)),
    "discount-car-t": (-1, Payment(discount=0.3)),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_of_payment_moves_the_cost_of_its_therapy_alone(loaded, name):
    direction, payment = SCENARIOS[name]
    scenario = read_study(name, posterior=False).study
    assert scenario.settings.payment == {CELLS: payment}
    before, after = evaluate(loaded.study), evaluate(scenario)
    change = np.sign(after.costs - before.costs)[0]
    assert change.tolist() == [0, direction, direction, direction]
    assert after.qalys.tobytes() == before.qalys.tobytes()


def test_a_scenario_pays_for_a_therapy_that_the_base_case_does_not_list(loaded):
    change = ["settings.payment={blinatumomab: {discount: 0.2}}"]
    settings = read_study(settings=change, posterior=False).study.settings
    assert settings.payment == {**loaded.study.settings.payment, "blinatumomab": Payment(0.2)}


def test_an_unknown_therapy_cannot_be_paid_for(study):
    with pytest.raises(InputError, match=r"unknown therapy.*did you mean 'blinatumomab'"):
        study.with_settings(payment={"blinatumumab": Payment()})


def test_a_posterior_belongs_to_ways_of_paying_that_change_a_cost(loaded):
    targets = targets_of(loaded.targets, loaded.calibration)

    def marks(**payment):
        return marks_of(loaded.study.with_settings(payment=payment), targets)

    assert marks() == marks(tisagenlecleucel=Payment()) == marks_of(loaded.study, targets)
    assert marks(tisagenlecleucel=Payment(0.1))["structure"] != marks()["structure"]
