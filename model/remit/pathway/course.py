"""What the builders of a pathway share: the sketch they draw on, and how states are linked and named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.inputs.values import Values
from remit.pathway.graph import Condition, Diagnostic, Event, HealthState, Sketch, State
from remit.pathway.modulation import Modulation
from remit.pathway.therapies import Line, Policy, Strategy, Therapy
from remit.survival.phases import EXPONENTIAL

Array = NDArray[np.float64]
Branch = tuple[str, Array, tuple[Event, ...]]
Fate = Literal["no_response", "relapse", "not_infused", "response", "skipped"]


@dataclass(frozen=True)
class Past:
    """How a line that lies behind a patient ended, and whether its antigens were lost with it.

    ``response``: a later line was given in its remission; ``skipped``: it was not given at all.
    """

    fate: Fate
    negative: bool = False

    @property
    def given(self) -> bool:
        """Whether the line was given."""
        return self.fate not in ("not_infused", "skipped")

    def __str__(self) -> str:
        """Return the words for it in the names of states."""
        return f"after_{self.fate}{'_negative' if self.negative else ''}"


History = tuple[Past, ...]

# Places of the sojourns of one line, so that no two on a path share their rates.
PLACES_PER_LINE = 5
SECOND_ATTEMPT, RESPONSE, HSCT = 1, 2, 3


@dataclass
class Course:
    """What the builders of a pathway share: the sketch, the strategy and the stratum's values.

    ``excess`` is the hazard of death in remission apart from relapse, (epoch, draw); ``relapse`` the
    family of the time to relapse of those whose remission is not durable; ``hsct`` therapy -> who is planned
    for HSCT in its remission.
    """

    sketch: Sketch
    strategy: Strategy
    therapies: Mapping[str, Therapy]
    values: Values
    excess: Array
    relapse: str = EXPONENTIAL
    hsct: Mapping[str, Policy] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    splits: dict[tuple[str, str], Modulation] = field(default_factory=dict)

    def line(self, number: int) -> Line:
        """Return a line of the strategy."""
        return self.strategy.lines[number]

    def kind(self, number: int) -> Therapy:
        """Return what a line gives."""
        return self.therapies[self.line(number).therapy]

    def policy(self, number: int) -> Policy:
        """Return who is planned for HSCT in the remission of a line."""
        line = self.line(number)
        return line.hsct or self.hsct.get(line.therapy, "historical")

    def state(self, name: str, health_state: HealthState, condition: Condition, number: int) -> str:
        """Add a state of a line."""
        return self.sketch.add(State(name, health_state, condition, self.line(number).therapy, number + 1))

    def send(self, origin: str, hazard: Array, branches: list[Branch], *events: Event) -> None:
        """Send those who leave ``origin`` with a hazard to where they go.

        Branches that nobody takes stay, with a hazard of 0: were they left out, the graph, and with it
        the last bits of a draw's results, would depend on the other draws of its block.
        """
        for destination, share, own in branches:
            self.sketch.move(origin, destination, hazard * share, (*events, *own))


def chain(course: Course, phases: list[str], rates: list[Array], end: list[Branch]) -> None:
    """Link phases in a row and send those who leave the last one to where it ends."""
    for origin, destination, rate in zip(phases, phases[1:], rates, strict=False):
        course.sketch.move(origin, destination, rate)
    course.send(phases[-1], rates[-1], end)


def scaled(branches: list[Branch], share: Array) -> list[Branch]:
    """Return the same branches taken by a share only."""
    return [(destination, part * share, events) for destination, part, events in branches]


def death(kind: str) -> Branch:
    """Return the branch to death of a kind."""
    return ("dead", np.ones(1), (Event(kind),))


def state_name(number: int, history: History, state: str) -> str:
    """Return the name of a state of a line for patients with a history of failures."""
    return ".".join((f"line_{number + 1}", *map(str, history), state))
