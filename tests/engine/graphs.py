"""Small pathways built by hand, and the plain grids and scales that they are followed on."""

from __future__ import annotations

import numpy as np

from remit.engine.background import make_background, no_background
from remit.engine.clock import Cycle, MoveScale, Profile, Scales, make_clock
from remit.pathway.graph import Event, Pathway, State, Transition

MONTH = 1 / 12
HEALTH_STATES = ("relapse", "remission", "hsct")


def pathway(moves, initial, *, epochs=(0.0,)):
    """Build a pathway from (origin, destination, hazard) of each move; every move is an event of its own.

    Hazards are numbers, (draw,) or (epoch, draw); ``initial`` is (alive state,) or (alive state, draw).
    """
    moves = sorted(moves, key=lambda move: move[:2])
    initial = np.asarray(initial, dtype=float).reshape(len(initial), -1)
    n_draws = max(initial.shape[1], *(np.shape(h)[-1] if np.ndim(h) else 1 for *_, h in moves), 1)
    n_alive = len(initial)
    states = [
        State(f"state_{i}", HEALTH_STATES[i % 3], "remission", therapy=f"therapy_{i}") for i in range(n_alive)
    ]
    hazards = np.zeros((len(epochs), len(moves), n_draws))
    for number, (*_, hazard) in enumerate(moves):
        hazards[:, number] = hazard
    shares = np.vstack([np.broadcast_to(initial, (n_alive, n_draws)), np.zeros((1, n_draws))])
    return Pathway(
        states=(*states, State("dead", "death", "dead")),
        transitions=tuple(Transition(a, b, (Event(f"move_{a}_{b}"),)) for a, b, _ in moves),
        initial=shares,
        epochs=epochs,
        hazards=hazards,
    )


def random_pathway(seed, *, n_alive=7, n_draws=5, epochs=(0.0,)):
    """Build an acyclic pathway with random moves, rates over three orders of magnitude."""
    rng = np.random.default_rng(seed)
    moves = []
    for a in range(n_alive):
        later = range(a + 1, n_alive + 1)
        chosen = {a + 1, *rng.choice(later, size=min(3, len(later)), replace=False).tolist()}
        moves += [(a, b, 10 ** rng.uniform(-1.5, 1.5, size=(len(epochs), n_draws))) for b in sorted(chosen)]
    initial = rng.dirichlet(np.ones(n_alive), size=n_draws).T
    return pathway(moves, initial, epochs=epochs)


def monthly(horizon, **options):
    """Lay a monthly grid."""
    return make_clock([Cycle(MONTH)], horizon=horizon, **options)


def uneven(horizon, *, breaks=()):
    """Lay a grid of weeks, then months, then years."""
    cycles = [Cycle(7 / 365.25, 0.3), Cycle(MONTH, 2.0), Cycle(1.0)]
    return make_clock(cycles, horizon=horizon, breaks=breaks)


def plain_scales(clock, *, rate=0.0):
    """Count years and moves, discounted at ``rate``."""

    def factor(t):
        return (1 + rate) ** -t

    profile = Profile("years", factor(clock.times[:-1]), factor(clock.times[1:]))
    return Scales((profile,), {"count": MoveScale(factor(clock.middles))})


def dying(clock, hazard, n_draws):
    """Return a background of constant hazard."""
    survival = np.exp(-hazard * clock.times)[:, None] * np.ones(n_draws)
    return make_background(survival, clock.lengths)


def nobody_dies(clock, n_draws):
    """Return a background in which nobody dies."""
    return no_background(len(clock.lengths), n_draws)
