"""The graph that every engine reads: what it refuses, and how it is put in order."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from chains import base, strata

from remit.errors import RemitError
from remit.pathway.graph import Event, Pathway, Sketch, State, Transition

ONE = np.ones(1)
ALIVE, DEAD = State("alive", "relapse", "waiting"), State("dead", "death", "dead")


def pathway(**changed):
    fields = {
        "states": (ALIVE, DEAD),
        "transitions": (Transition(0, 1),),
        "initial": np.array([[1.0], [0.0]]),
        "epochs": (0.0,),
        "hazards": np.ones((1, 1, 1)),
    }
    return Pathway(**(fields | changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hazards": np.ones((1, 2, 1))}, "must be \\(epoch, transition, draw\\)"),
        ({"hazards": np.ones((2, 1, 1))}, "must be \\(epoch, transition, draw\\)"),
        ({"hazards": np.full((1, 1, 1), np.nan)}, "finite and not negative"),
        ({"hazards": np.full((1, 1, 1), np.inf)}, "finite and not negative"),
        ({"hazards": np.full((1, 1, 1), -0.1)}, "finite and not negative"),
        ({"states": (DEAD, ALIVE)}, "death last"),
        ({"states": (ALIVE, ALIVE, DEAD)}, "a share for every state"),
        ({"epochs": (1.0,)}, "a first epoch at 0"),
        ({"transitions": (Transition(1, 0),)}, "topological order"),
        ({"transitions": (Transition(0, 0),)}, "topological order"),
    ],
)
def test_a_pathway_that_no_engine_could_follow_is_refused(changed, said):
    assert pathway().n_draws == 1
    with pytest.raises(RemitError, match=said):
        pathway(**changed)


def sketch():
    drawn = Sketch(2, (0.0, 2.0))
    for name in ("dead", "c", "a", "b"):
        drawn.add(State(name, "death" if name == "dead" else "relapse", "waiting"))
    return drawn


def test_states_added_in_any_order_are_put_in_topological_order_death_last():
    drawn = sketch()
    for origin, destination in (("b", "c"), ("a", "b"), ("c", "dead"), ("a", "dead")):
        drawn.move(origin, destination, ONE)
    drawn.start("a", ONE)
    frozen = drawn.freeze()
    assert [state.name for state in frozen.states] == ["a", "b", "c", "dead"]
    assert [(move.origin, move.destination) for move in frozen.transitions] == [
        (0, 1),
        (0, 3),
        (1, 2),
        (2, 3),
    ]
    assert frozen.initial[:, 0].tolist() == [1, 0, 0, 0]


def test_hazards_of_one_move_add_up_and_moves_with_other_events_stay_apart():
    drawn = sketch()
    drawn.move("a", "dead", np.array([1.0, 2.0]))
    drawn.move("a", "dead", np.array([[10.0], [20.0]]))
    drawn.move("a", "dead", ONE, (Event("death"),))
    frozen = drawn.freeze()
    assert len(frozen.transitions) == 2
    assert frozen.hazards[:, 0].tolist() == [[11, 12], [21, 22]]
    assert frozen.exit_rates(0)[frozen.transitions[0].origin].tolist() == [12, 13]
    assert frozen.exit_rates(1)[frozen.transitions[0].origin].tolist() == [22, 23]


def test_some_of_the_draws_are_the_same_pathway():
    drawn = sketch()
    drawn.move("a", "dead", np.array([1.0, 2.0]))
    drawn.start("a", np.array([0.5, 0.6]))
    taken = drawn.freeze().take(np.array([1]))
    assert taken.hazards[:, 0].tolist() == [[2.0], [2.0]]
    assert 0.6 in taken.initial[:, 0]


def test_a_circle_and_a_second_state_of_one_name_are_refused():
    drawn = sketch()
    with pytest.raises(RemitError, match="two states named a"):
        drawn.add(State("a", "relapse", "waiting"))
    for origin, destination in (("a", "b"), ("b", "a")):
        drawn.move(origin, destination, ONE)
    with pytest.raises(RemitError, match=r"runs in a circle: \['[ab]'"):
        drawn.freeze()


@pytest.mark.parametrize("start", ["enrolled", "infused", "remission"])
def test_every_state_of_the_base_case_can_be_reached_and_left(start):
    """Remission that is durable is left by excess death in the first two years only."""
    for one in strata():
        for name in base().strategies:
            built = base().pathway(name, one.values, start=start)
            assert built.initial.sum() == pytest.approx(1, abs=1e-12)
            reached = built.initial[:, 0] > 0
            for move, hazard in zip(built.transitions, built.hazards[0], strict=True):
                reached[move.destination] |= reached[move.origin] and hazard[0] > 0
            unreached = [s.name for s, there in zip(built.states, reached, strict=True) if not there]
            assert set(unreached) <= ({"salvage_not_treated"} if start != "enrolled" else set())
            stuck = [
                s.name for s, rate in zip(built.states, built.exit_rates(0), strict=True) if rate[0] == 0
            ]
            assert set(stuck) <= {"dead", "line_1.hsct_durable_later", *after(built, "hsct_durable_later")}


def after(built, ending):
    return [state.name for state in built.states if state.name.endswith(ending)]


def test_the_order_of_states_is_the_same_in_every_process():
    """The order of a set of names is not: it decides the order of sums, and so their last bits."""
    code = (
        "from remit import load_study; s = load_study(); v = s.strata(s.values(None))[0].values;"
        "print([x.name for x in s.pathway('blinatumomab_then_car_t', v, start='remission').states])"
    )
    orders = {
        subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(orders) == 1
