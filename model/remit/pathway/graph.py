"""The pathway: states and the competing events between them, in continuous time.

Every engine reads this one frozen object. It knows of no cycle, no discounting, no price. Background
mortality is common to all alive states and is kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remit.errors import RemitError

Array = NDArray[np.float64]
Diagnostic = tuple[str, Array | NDArray[np.bool_]]
HealthState = Literal["relapse", "remission", "hsct", "death"]
HEALTH_STATES: tuple[HealthState, ...] = ("relapse", "remission", "hsct", "death")
Condition = Literal[
    "waiting",
    "treated",
    "refractory",
    "relapsed",
    "remission",
    "remission_immunoglobulin",
    "remission_hsct_planned",
    "hsct_first_year",
    "hsct_later",
    "dead",
]


@dataclass(frozen=True)
class State:
    """A refined state: what the patient is living through, under which therapy, in which line."""

    name: str
    health_state: HealthState
    condition: Condition
    therapy: str = ""
    line: int = 0


@dataclass(frozen=True, order=True)
class Event:
    """What happens at a move and may cost money or health: its kind and the therapy it belongs to."""

    kind: str
    therapy: str = ""


@dataclass(frozen=True)
class Transition:
    """A move between two states, by index, with the events that it brings."""

    origin: int
    destination: int
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Pathway:
    """States in topological order (death last), moves between them, and their hazards.

    Attributes
    ----------
    states
        The refined states; the last one is death.
    transitions
        The moves, ordered by origin.
    initial
        (state, draw) shares at time 0.
    epochs
        Years at which hazards change; the first is 0.
    hazards
        (epoch, transition, draw) hazards per year.
    starting_events
        Events at time 0, each with the share of patients to whom it happens, (draw,).
    diagnostics
        Named (draw,) arrays that a report should show, such as where a share was capped.
    phased
        Whether some states are phases of a relapse time that is not exponential: hazards into them, and
        so their occupancy, may be negative, and their sum over phases is what counts.
    """

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    initial: Array
    epochs: tuple[float, ...]
    hazards: Array
    starting_events: tuple[tuple[Event, Array], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    phased: bool = False

    def __post_init__(self) -> None:
        """Refuse what no engine could follow."""
        n_states, n_draws = self.initial.shape
        if self.hazards.shape != (len(self.epochs), len(self.transitions), n_draws):
            raise RemitError("hazards of a pathway must be (epoch, transition, draw)")
        if n_states != len(self.states) or self.states[-1].health_state != "death" or self.epochs[0] != 0:
            raise RemitError("a pathway needs a share for every state, death last, and a first epoch at 0")
        if any(move.origin >= move.destination for move in self.transitions):
            raise RemitError("the states of a pathway must stand in topological order")
        lowest = -np.inf if self.phased else 0.0
        if not bool(np.all(np.isfinite(self.hazards) & (self.hazards >= lowest))):
            raise RemitError("hazards of a pathway must be finite and not negative")

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return int(self.initial.shape[1])

    def exit_rates(self, epoch: int) -> Array:
        """Return the total hazard of leaving each state, background mortality apart, (state, draw)."""
        total = np.zeros_like(self.initial)
        for move, hazard in zip(self.transitions, self.hazards[epoch], strict=True):
            total[move.origin] += hazard
        return total

    def take(self, draws: NDArray[np.intp]) -> Pathway:
        """Return the pathway of some of the draws."""
        return Pathway(
            self.states,
            self.transitions,
            self.initial[:, draws],
            self.epochs,
            self.hazards[:, :, draws],
            tuple((event, share[draws]) for event, share in self.starting_events),
            phased=self.phased,
        )


class Sketch:
    """A pathway in the making: states and moves are added in any order, then put in order and frozen."""

    def __init__(self, n_draws: int, epochs: tuple[float, ...]) -> None:
        self._n_draws = n_draws
        self._epochs = epochs
        self._states: dict[str, State] = {}
        self._moves: dict[tuple[str, str, tuple[Event, ...]], Array] = {}
        self._initial: dict[str, Array] = {}
        self._starting: dict[Event, Array] = {}

    def add(self, state: State) -> str:
        """Add a state and return its name."""
        if state.name in self._states:
            raise RemitError(f"the pathway has two states named {state.name}")
        self._states[state.name] = state
        return state.name

    def __contains__(self, name: str) -> bool:
        """Tell whether a state of this name stands already."""
        return name in self._states

    def move(self, origin: str, destination: str, hazard: Array, events: tuple[Event, ...] = ()) -> None:
        """Add a hazard per year, (draw,) or (epoch, draw), from one state to another."""
        key = (origin, destination, events)
        full = np.broadcast_to(hazard, (len(self._epochs), self._n_draws))
        self._moves[key] = self._moves[key] + full if key in self._moves else full

    def start(self, state: str, share: Array, events: tuple[Event, ...] = ()) -> None:
        """Put a share of the cohort into a state at time 0, with the events that this brings."""
        self._initial[state] = self._initial.get(state, np.zeros(self._n_draws)) + share
        for event in events:
            self._starting[event] = self._starting.get(event, np.zeros(self._n_draws)) + share

    def freeze(self, diagnostics: tuple[Diagnostic, ...] = (), *, phased: bool = False) -> Pathway:
        """Return the pathway with its states in topological order, death last."""
        # Lists, not sets: the order of a set of names differs from one process to the next.
        graph: dict[str, list[str]] = {name: [] for name in self._states}
        for origin, destination, _ in self._moves:
            graph[destination].append(origin)
        try:
            order = [name for name in TopologicalSorter(graph).static_order() if name != "dead"]
        except CycleError as error:
            raise RemitError(f"the pathway runs in a circle: {error.args[1]}") from None
        names = [*order, "dead"]
        index = {name: position for position, name in enumerate(names)}
        keys = sorted(self._moves, key=lambda key: (index[key[0]], index[key[1]], key[2]))
        initial = np.zeros((len(names), self._n_draws))
        for name, share in self._initial.items():
            initial[index[name]] = share
        hazards = np.zeros((len(self._epochs), len(keys), self._n_draws))
        for position, key in enumerate(keys):
            hazards[:, position] = self._moves[key]
        return Pathway(
            states=tuple(self._states[name] for name in names),
            transitions=tuple(Transition(index[a], index[b], events) for a, b, events in keys),
            initial=initial,
            epochs=self._epochs,
            hazards=hazards,
            starting_events=tuple(self._starting.items()),
            diagnostics=diagnostics,
            phased=phased,
        )
